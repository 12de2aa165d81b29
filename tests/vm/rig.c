/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/rig.h"

#include <stdlib.h>
#include <string.h>

#define TABLES_BASE 0x10000000u
#define DEVICE_SIZE 0x400000u

static uint8_t ram_a[RIG_FRAMES_MAX * PAGE / 2];
static uint8_t ram_b[RIG_FRAMES_MAX * PAGE / 2];

/* -- locks and callbacks -- */

static int space_lock(void *ctx)
{
	struct rig *r = ctx;

	r->space_locks++;
	if (r->fail_space != 0 && --r->fail_space == 0)
		return RIG_NO_SPACE;
	if (r->space_held++ != 0 || r->frames_held != 0)
		abort(); /* locked twice, or in the wrong order */
	return 0;
}

static void space_unlock(void *ctx)
{
	struct rig *r = ctx;

	if (r->space_held-- != 1 || r->frames_held != 0)
		abort();
}

static int frames_lock(void *ctx)
{
	struct rig *r = ctx;

	r->frames_locks++;
	if (r->fail_frames != 0 && --r->fail_frames == 0)
		return RIG_NO_FRAMES;
	if (r->frames_held++ != 0)
		abort();
	return 0;
}

static void frames_unlock(void *ctx)
{
	struct rig *r = ctx;

	if (r->frames_held-- != 1)
		abort();
}

uint8_t *rig_ram(quire_pa pa)
{
	if (pa - RAM_A < sizeof(ram_a))
		return &ram_a[pa - RAM_A];
	assert_true(pa - RAM_B < sizeof(ram_b));
	return &ram_b[pa - RAM_B];
}

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	struct rig *r = ctx;

	if (r->space_held != 0 || r->frames_held != 0)
		abort(); /* nothing is locked meanwhile */
	assert_true(pa % PAGE == 0 && size % PAGE == 0 && size != 0);
	memset(rig_ram(pa), 0, (size_t)size);
	r->zeroed += (unsigned)(size / PAGE);
	if (r->on_zero)
		r->on_zero(r, pa, size);
}

/* Others may be waited for in here, and they may be waiting for frames. */
static void flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	const struct rig *r = (struct rig *)((char *)ctx - offsetof(struct rig, sim));

	if (r->frames_held != 0)
		abort();
	quire_sim_port.flush(ctx, walk, size, what);
}

/* -- building -- */

struct rig_plan rig_plan(const struct quire_mmu *mmu)
{
	return (struct rig_plan){
		.mmu = mmu,
		.frames_a = 16,
		.frames_b = 24,
		.pages = 64,
		.mappings = 64,
		.tables = 16,
		.place = QUIRE_PLACE_FIRST_HIGH,
		.lazy = true,
	};
}

static void start_frames(struct rig *r)
{
	struct quire_frame_bank banks[2] = {
		{.name = "a",
		 .base = RAM_A,
		 .size = (quire_size)r->plan.frames_a * PAGE,
		 .target = TARGET_A,
		 .traits = QUIRE_FRAME_DMA,
		 .rank = QUIRE_FRAME_NORMAL},
		{.name = "b",
		 .base = RAM_B,
		 .size = (quire_size)r->plan.frames_b * PAGE,
		 .target = TARGET_B,
		 .rank = QUIRE_FRAME_PREFER},
	};
	struct quire_frames_config config = {
		.banks = banks,
		.bank_count = r->plan.frames_b ? 2 : 1,
		.page = PAGE,
		.lock = {frames_lock, frames_unlock, r},
	};

	if (r->plan.adjacent) {
		const struct quire_frame_bank first = banks[0];

		banks[0] = banks[1];
		banks[0].base = RAM_A + (quire_pa)r->plan.frames_a * PAGE;
		banks[0].target = TARGET_A;
		banks[0].rank = QUIRE_FRAME_NORMAL;
		banks[1] = first;
		banks[1].rank = QUIRE_FRAME_PREFER;
	}
	r->frames = r->plan.pool;
	if (r->frames)
		return;
	r->frames = &r->own_frames;
	config.memory_size = quire_frames_memory_size(&config);
	config.memory = r->words = malloc((size_t)config.memory_size);
	assert_non_null(r->words);
	r->words_size = (size_t)config.memory_size;
	assert_int_equal(quire_frames_init(r->frames, &config), 0);
}

static void start_walker(struct rig *r)
{
	const struct quire_mmu *mmu = r->plan.mmu;
	quire_size bytes = ((quire_size)r->plan.tables + 1) * 4096;
	const struct quire_sim_config config = {
		.mmu = mmu,
		.memory = r->tables = calloc(1, (size_t)bytes),
		.base = TABLES_BASE,
		.bytes = bytes,
		.root = TABLES_BASE,
		.entry_bytes = mmu->entry_bytes,
		.tlb = r->tlb,
		.tlb_entries = 32,
	};

	assert_true(r->plan.tables <= RIG_TABLES_MAX);
	assert_non_null(r->tables);
	assert_int_equal(quire_sim_init(&r->sim, &config), 0);
	r->walker = (struct quire_walker){
		.mmu = mmu, .port = &r->port, .port_ctx = &r->sim, .root = TABLES_BASE};
	r->port = quire_sim_port;
	r->port.flush = flush;
	quire_table_pool_init(&r->walker.pool, r->slots, TABLES_BASE + 4096, 4096, r->plan.tables);
}

static void start_space(struct rig *r)
{
	const unsigned all = QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_EXEC | QUIRE_CAP_USER;
	const struct quire_window windows[2] = {
		{.name = "vm",
		 .base = r->plan.base ? r->plan.base : RIG_WINDOW,
		 .exec_base = r->plan.base ? r->plan.base : RIG_WINDOW,
		 .walk = RIG_WINDOW,
		 .size = (quire_size)r->plan.pages * PAGE,
		 .caps = (uint8_t)all,
		 .targets = 7,
		 .place = r->plan.place},
		{.name = "data",
		 .base = RIG_WINDOW_2,
		 .exec_base = RIG_WINDOW_2,
		 .walk = RIG_WINDOW_2,
		 .size = (quire_size)r->plan.pages_2 * PAGE,
		 .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE,
		 .targets = 7,
		 .place = r->plan.place},
	};
	const struct quire_memory memories[3] = {
		{.name = "a", .base = RAM_A, .size = sizeof(ram_a), .caps = (uint8_t)all},
		{.name = "b", .base = RAM_B, .size = sizeof(ram_b), .caps = (uint8_t)all},
		{.name = "dev",
		 .base = DEVICE,
		 .size = DEVICE_SIZE,
		 .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_USER,
		 .mode = QUIRE_DEVICE_IO},
	};
	struct quire_space_config config = {
		.windows = windows,
		.memories = memories,
		.walkers = &r->walker,
		.window_count = r->plan.pages_2 ? 2 : 1,
		.memory_count = 3,
		.walker_count = 1,
		.lock = {space_lock, space_unlock, r},
	};

	config.memory_size = quire_space_memory_size(&config, r->plan.mappings);
	config.memory = r->book = malloc((size_t)config.memory_size);
	assert_non_null(r->book);
	assert_int_equal(quire_space_init(&r->space, &config), 0);
}

void rig_start(struct rig *r, const struct rig_plan *plan)
{
	struct quire_vm_config config;

	memset(r, 0, sizeof(*r));
	r->plan = *plan;
	if (!plan->as_it_is) {
		memset(ram_a, 0xa5, (size_t)plan->frames_a * PAGE);
		memset(ram_b, 0xa5, (size_t)plan->frames_b * PAGE);
	}
	start_frames(r);
	start_walker(r);
	start_space(r);
	config = (struct quire_vm_config){
		.space = &r->space,
		.frames = r->frames,
		.owner = plan->owner,
		.guarding = plan->guarding,
		.lazy = plan->lazy,
		.zero = plan->through ? NULL : zero,
		.zero_ctx = r,
	};
	assert_int_equal(quire_vm_init(&r->vm, &config), 0);
}

void rig_stop(struct rig *r)
{
	struct quire_space_stats stats;

	rig_check(r);
	assert_int_equal(quire_vm_close(&r->vm), 0);
	if (!r->plan.pool)
		assert_int_equal(rig_frames(r).in_use, 0);
	assert_int_equal(rig_frames(r).promised, 0);
	assert_int_equal(quire_space_stats(&r->space, &stats), 0);
	assert_int_equal(stats.mappings, 0);
	assert_int_equal(r->walker.pool.free, r->walker.pool.count);
	rig_free(r);
}

void rig_free(struct rig *r)
{
	free(r->book);
	free(r->words);
	free(r->tables);
}

void rig_check(struct rig *r)
{
	const char *what = "nothing said";

	if (quire_vm_check(&r->vm, &what))
		fail_msg("%s", what);
	assert_int_equal(quire_sim_stale(&r->sim, NULL), 0);
	assert_int_equal(r->sim.counts.violations, 0);
	assert_int_equal(r->space_held, 0);
	assert_int_equal(r->frames_held, 0);
}

/* -- calls -- */

struct quire_vm_want rig_want(unsigned pages, unsigned attr, unsigned flags)
{
	return (struct quire_vm_want){.size = (quire_size)pages * PAGE,
				      .attr = (uint8_t)attr,
				      .flags = (uint8_t)flags,
				      .tag = 7};
}

int rig_map(struct rig *r, unsigned pages, unsigned attr, unsigned flags)
{
	struct quire_vm_want want = rig_want(pages, attr, flags);

	return quire_vm_map(&r->vm, &want, &r->got);
}

int rig_map_at(struct rig *r, quire_va va, unsigned pages, unsigned attr, unsigned flags)
{
	struct quire_vm_want want = rig_want(pages, attr, flags);

	r->got = va;
	return quire_vm_map_at(&r->vm, va, &want);
}

quire_va rig_va(const struct rig *r, unsigned n)
{
	return (r->plan.base ? r->plan.base : RIG_WINDOW) + (quire_va)n * PAGE;
}

struct quire_frames_stats rig_frames(const struct rig *r)
{
	struct quire_frames_stats stats;

	assert_int_equal(quire_frames_stats(r->frames, &stats), 0);
	return stats;
}

struct quire_vm_stats rig_stats(struct rig *r)
{
	struct quire_vm_stats stats;

	assert_int_equal(quire_vm_stats(&r->vm, &stats), 0);
	return stats;
}

/* -- bytes -- */

enum quire_sim_fault rig_access(struct rig *r, quire_va va, unsigned kind, uint8_t **byte)
{
	quire_va walk = va;
	quire_pa pa = 0;
	enum quire_sim_fault fault;

	if (r->plan.base)
		walk = RIG_WINDOW + (va - r->plan.base);
	fault = quire_sim_access(&r->sim, walk, kind, &pa, NULL);
	if (fault == QUIRE_SIM_OK && byte)
		*byte = pa >= DEVICE ? NULL : rig_ram(pa);
	return fault;
}

void rig_write(struct rig *r, quire_va va, uint8_t value)
{
	uint8_t *byte = NULL;

	if (rig_access(r, va, W, &byte) != QUIRE_SIM_OK) {
		const struct quire_fault_raw raw = {.va = va, .access = W};

		assert_int_equal(quire_vm_fault(&r->vm, &raw), 0);
		assert_int_equal(rig_access(r, va, W, &byte), QUIRE_SIM_OK);
	}
	*byte = value;
}

uint8_t rig_read(struct rig *r, quire_va va)
{
	uint8_t *byte = NULL;

	assert_int_equal(rig_access(r, va, R, &byte), QUIRE_SIM_OK);
	return *byte;
}

void rig_must_fault(struct rig *r, quire_va va, unsigned kind)
{
	assert_int_not_equal(rig_access(r, va, kind, NULL), QUIRE_SIM_OK);
}

bool rig_all(struct rig *r, quire_va va, quire_size size, uint8_t value)
{
	while (size != 0) {
		quire_size part = PAGE - va % PAGE < size ? PAGE - va % PAGE : size;
		uint8_t *byte = NULL;

		assert_int_equal(rig_access(r, va, R, &byte), QUIRE_SIM_OK);
		for (quire_size i = 0; i < part; i++)
			if (byte[i] != value)
				return false;
		va += part;
		size -= part;
	}
	return true;
}

uint8_t *rig_behind(struct rig *r, quire_va va)
{
	quire_pa pa = 0;

	assert_int_equal(quire_space_to_physical(&r->space, va, &pa, NULL), 0);
	return rig_ram(pa);
}
