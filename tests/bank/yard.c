/* SPDX-License-Identifier: Apache-2.0 */
#include "yard.h"

#include <stdlib.h>
#include <string.h>

#define OTHER_PAGES 8u /* of each of the windows "code" and "words" */

/* -- what can fail -- */

static bool fires(struct yard_fault *fault)
{
	if (fault->in == 0)
		return false;
	if (fault->in > 1) {
		fault->in--;
		return false;
	}
	if (fault->times == 0)
		return false;
	fault->times--;
	fault->fired++;
	return true;
}

void yard_fail(struct yard_fault *fault, uint32_t n, uint32_t times)
{
	*fault = (struct yard_fault){.in = n, .times = times};
}

static int lock_space(void *ctx)
{
	struct yard *yard = ctx;

	if (fires(&yard->space_lock))
		return REFUSAL;
	assert_int_equal(yard->space_locked++, 0);
	return 0;
}

static void unlock_space(void *ctx)
{
	struct yard *yard = ctx;

	assert_int_equal(yard->space_locked--, 1);
}

static int lock_pool(void *ctx)
{
	struct yard *yard = ctx;

	if (fires(&yard->pool_lock))
		return REFUSAL;
	assert_int_equal(yard->pool_locked++, 0);
	return 0;
}

static void unlock_pool(void *ctx)
{
	struct yard *yard = ctx;

	assert_int_equal(yard->pool_locked--, 1);
}

/* -- the port: the simulator's, with faults and notes -- */

static int prepare(void *ctx, const struct quire_change *change)
{
	struct yard *yard = ctx;

	if (fires(&yard->port_fault))
		return REFUSAL;
	return quire_sim_port.prepare(&yard->sim, change);
}

static quire_entry read(void *ctx, quire_pa table, unsigned index)
{
	struct yard *yard = ctx;

	return quire_sim_port.read(&yard->sim, table, index);
}

static void write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		  quire_entry step)
{
	struct yard *yard = ctx;

	quire_sim_port.write(&yard->sim, table, index, first, count, step);
}

static void flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	struct yard *yard = ctx;

	quire_sim_port.flush(&yard->sim, walk, size, what);
}

static void sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	struct yard *yard = ctx;
	struct yard_sync *s = &yard->sync[yard->syncs++ % YARD_SYNCS];

	*s = (struct yard_sync){walk, size, how, true};
	for (quire_size done = 0; done < size; done += PAGE)
		if (quire_sim_translate(&yard->sim, walk + done, QUIRE_READ, NULL, NULL) !=
		    QUIRE_SIM_OK)
			s->alive = false;
}

static const struct quire_port port = {
	.prepare = prepare, .read = read, .write = write, .flush = flush, .sync = sync};

/* -- making it -- */

static void make_mmu(struct yard *yard)
{
	struct quire_sim_config config = {.mmu = &yard->mmu, .entry_bytes = 4};
	uint32_t entries = 1;
	uint8_t bits = 0;

	for (; entries < yard->plan.pages + 2 * OTHER_PAGES; entries *= 2)
		bits++;
	yard->entry = (struct quire_chip_entry){
		.valid = 0x80000000, .value = 0x000fffff, .select = {0, 0x40000000}, .targets = 3};
	yard->mmu = (struct quire_mmu){
		.name = "yard",
		.format = &quire_chip_format,
		.detail = &yard->entry,
		.level = {{12, bits, true, 0}},
		.levels = 1,
		.flags = (uint8_t)yard->plan.mmu_flags,
		.pa_bits = 32,
	};
	yard->table = calloc(entries, sizeof(*yard->table));
	assert_non_null(yard->table);
	config.memory = yard->table;
	config.bytes = entries * sizeof(*yard->table);
	assert_int_equal(quire_sim_init(&yard->sim, &config), 0);
	yard->walker = (struct quire_walker){.mmu = &yard->mmu, .port = &port, .port_ctx = yard};
}

static void make_space(struct yard *yard)
{
	const unsigned rw = QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_32BIT;
	const quire_size other = OTHER_PAGES * PAGE;
	const struct quire_window window[] = {
		{"code", YARD_CODE, YARD_CODE, 0, other, QUIRE_CAP_READ | QUIRE_CAP_EXEC, 1, 0, 0},
		{"words", YARD_WORDS, YARD_WORDS, other, other, (uint8_t)rw, 3, 0, 0},
		{"data", YARD_DATA, YARD_DATA, 2 * other, yard->plan.pages * PAGE,
		 (uint8_t)(rw | QUIRE_CAP_8BIT), 3, 0, 0},
	};
	const struct quire_memory memory[] = {
		{"flash", 0, 8 * PAGE, QUIRE_CAP_READ | QUIRE_CAP_EXEC, 0},
		{"psram", YARD_PSRAM, yard->plan.psram * PAGE, (uint8_t)rw, 0},
	};
	struct quire_space_config config = {
		.windows = window,
		.memories = memory,
		.walkers = &yard->walker,
		.window_count = 3,
		.memory_count = 2,
		.walker_count = 1,
		.lock = {lock_space, unlock_space, yard},
	};
	uint32_t mappings = yard->plan.mappings;

	config.memory_size = quire_space_memory_size(
		&config, mappings != 0 ? mappings : yard->plan.pages + 2 * OTHER_PAGES);
	config.memory = yard->space_memory = calloc(1, (size_t)config.memory_size);
	assert_non_null(config.memory);
	assert_int_equal(quire_space_init(&yard->space, &config), 0);
}

struct quire_bank_config yard_config(struct yard *yard)
{
	return (struct quire_bank_config){
		.space = &yard->space,
		.target = QUIRE_PSRAM0,
		.attr = RW,
		.pa = YARD_PSRAM + yard->plan.first_bank * PAGE,
		.banks = yard->plan.banks,
		.va = yard->plan.anywhere ? 0 : YARD_DATA,
		.places = yard->plan.places,
		.caps = QUIRE_CAP_8BIT,
		.tag = YARD_TAG,
		.memory_size = quire_bank_memory_size(yard->plan.banks, yard->plan.places),
		.lock = {lock_pool, unlock_pool, yard},
	};
}

void yard_open(struct yard *yard, const struct yard_plan *plan)
{
	memset(yard, 0, sizeof(*yard));
	yard->plan = *plan;
	make_mmu(yard);
	make_space(yard);
	if (plan->banks == 0)
		return;
	yard->config = yard_config(yard);
	yard->config.memory = malloc((size_t)yard->config.memory_size);
	assert_non_null(yard->config.memory);
	memset(yard->config.memory, 0xa5, (size_t)yard->config.memory_size);
	assert_int_equal(quire_bank_init(&yard->pool, &yard->config), 0);
	yard_check(yard);
}

void yard_close(struct yard *yard)
{
	free(yard->table);
	free(yard->space_memory);
	free(yard->config.memory);
	memset(yard, 0, sizeof(*yard));
}

/* -- looking -- */

void yard_check(struct yard *yard)
{
	const char *what = "nothing said";

	if (quire_space_check(&yard->space, &what) != 0)
		fail_msg("the space: %s", what);
	if (yard->pool.space != NULL && quire_bank_check(&yard->pool, &what) != 0)
		fail_msg("the pool: %s", what);
	assert_int_equal(yard->space_locked, 0);
	assert_int_equal(yard->pool_locked, 0);
	assert_int_equal(yard->sim.counts.violations, 0);
}

/* The walk address of an address of "data". */
static quire_va walk_of(quire_va va)
{
	return va - YARD_DATA + 2 * OTHER_PAGES * PAGE;
}

int yard_read(struct yard *yard, quire_va va)
{
	quire_pa pa = 0;

	if (quire_sim_access(&yard->sim, walk_of(va), QUIRE_READ, &pa, NULL) != QUIRE_SIM_OK)
		return -1;
	return (int)((pa - YARD_PSRAM) / PAGE) - (int)yard->plan.first_bank;
}

bool yard_writable(struct yard *yard, quire_va va)
{
	struct quire_extent_info row;

	assert_int_equal(quire_space_query(&yard->space, va, &row), 0);
	return row.kind == QUIRE_MAPPED && (row.attr & QUIRE_WRITE) != 0;
}

void yard_image_take(struct yard *yard, struct yard_image *image)
{
	size_t memory = (size_t)yard->config.memory_size;

	assert_int_equal(quire_space_snapshot(&yard->space, NULL, 0, &image->rows), 0);
	image->row = calloc(image->rows, sizeof(*image->row));
	image->table = malloc((size_t)yard->sim.config.bytes);
	image->pool = malloc(sizeof(yard->pool) + memory);
	assert_true(image->row && image->table && image->pool);
	assert_int_equal(quire_space_snapshot(&yard->space, image->row, image->rows, &image->rows),
			 0);
	memcpy(image->table, yard->table, (size_t)yard->sim.config.bytes);
	memcpy(image->pool, &yard->pool, sizeof(yard->pool));
	if (memory != 0)
		memcpy(image->pool + sizeof(yard->pool), yard->config.memory, memory);
}

void yard_image_free(struct yard_image *image)
{
	free(image->row);
	free(image->table);
	free(image->pool);
}

static void rows_equal(const struct quire_extent_info *a, const struct quire_extent_info *b)
{
	assert_true(a->va == b->va && a->size == b->size && a->kind == b->kind);
	assert_true(a->tag == b->tag && a->refs == b->refs && a->part == b->part);
	if (a->kind == QUIRE_MAPPED)
		assert_true(a->pa == b->pa && a->target == b->target && a->attr == b->attr);
}

void yard_unchanged(struct yard *yard, const struct yard_image *image)
{
	struct yard_image now = {0};

	yard_image_take(yard, &now);
	assert_int_equal(now.rows, image->rows);
	for (uint32_t i = 0; i < now.rows; i++)
		rows_equal(&now.row[i], &image->row[i]);
	assert_memory_equal(now.table, image->table, (size_t)yard->sim.config.bytes);
	assert_memory_equal(now.pool, image->pool,
			    sizeof(yard->pool) + (size_t)yard->config.memory_size);
	yard_image_free(&now);
}

uint32_t yard_random(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(((*state * UINT64_C(0x2545f4914f6cdd1d) >> 32) * below) >> 32);
}
