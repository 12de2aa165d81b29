/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random loads, stores, syncs, maps and writes behind the cache's back, against a model.
 *
 * The model knows for each memory its bytes, the bytes in the cache, those of the last agreement,
 * and which pages how many entries show.  It says what every load gives; the chip does it with real
 * pointers.  Pages are few, so that all that can meet does: aliases, dirty lines under a write of
 * the memory, a page that is shown again while others forget it.  In some runs mmap fails now and
 * then; when what was lost has been mended, nothing may be missing.
 */
#include "helpers.h"

#include "quire/port/flash.h"

#include <stdlib.h>
#include <string.h>

#define PAGES     6u /* of each memory */
#define SLOTS     8u /* mappings at once */
#define SLOT      8u /* pages of addresses each may stand in */
#define LONGEST   3u /* pages of a mapping */
#define STEPS     4000u
#define SEED      0u
#define PAGE_MOST 65536u
#define RW        (QUIRE_READ | QUIRE_WRITE)

struct mapping {
	bool live;
	unsigned target, first, pages, place; /* place: page in its slot */
	unsigned attr[LONGEST];
};

static struct quire_linux *machine;
static struct faulty_system faulty;
static struct {
	uint8_t memory[2][PAGES * PAGE_MOST];
	uint8_t cached[2][PAGES * PAGE_MOST];
	uint8_t agreed[2][PAGES * PAGE_MOST];
	unsigned users[2][PAGES];
	struct mapping mapping[SLOTS];
	size_t page[2]; /* bytes */
	size_t line;
	quire_va window[2];
	quire_va window_exec[2];
	enum quire_linux_cache cache;
	bool encrypted;
	uint32_t random;
	unsigned lost; /* how often something had to be mended */
} model;

static uint32_t below(uint32_t limit)
{
	model.random ^= model.random << 13;
	model.random ^= model.random >> 17;
	model.random ^= model.random << 5;
	return (uint32_t)((uint64_t)model.random * limit >> 32);
}

static struct quire_space *space(void)
{
	return quire_linux_space(machine);
}

/* -- what the model does -- */

static void decrypt(void *ctx, quire_pa pa, void *bytes, size_t size)
{
	uint8_t *byte = bytes;

	(void)ctx;
	for (size_t i = 0; i < size; i++)
		byte[i] ^= (uint8_t)((pa + i) * 29 ^ (pa + i) >> 9);
}

/* The cache takes [start, end) from the memory. */
static void model_load(unsigned t, size_t start, size_t end)
{
	memcpy(model.cached[t] + start, model.memory[t] + start, end - start);
	if (t == QUIRE_FLASH0 && model.encrypted)
		decrypt(NULL, start, model.cached[t] + start, end - start);
	memcpy(model.agreed[t] + start, model.cached[t] + start, end - start);
}

static bool model_dirty(unsigned t, size_t line)
{
	return model.users[t][line / model.page[t]] != 0 &&
	       memcmp(model.cached[t] + line, model.agreed[t] + line, model.line) != 0;
}

static void model_write_back(unsigned t, size_t start, size_t end)
{
	for (size_t at = start; at < end; at += model.line) {
		if (!model_dirty(t, at))
			continue;
		memcpy(model.memory[t] + at, model.cached[t] + at, model.line);
		memcpy(model.agreed[t] + at, model.cached[t] + at, model.line);
	}
}

/* quire_linux_write() has changed [start, end). */
static void model_poison(unsigned t, size_t start, size_t end)
{
	if (model.cache != QUIRE_LINUX_CACHE_POISON)
		return;
	for (size_t at = start / model.line * model.line; at < end; at += model.line) {
		if (model.users[t][at / model.page[t]] == 0)
			continue;
		memset(model.cached[t] + at, 0xa5, model.line);
		memset(model.agreed[t] + at, 0xa5, model.line);
	}
}

static void model_show(unsigned t, unsigned first, unsigned pages)
{
	for (unsigned p = first; p < first + pages; p++)
		if (model.users[t][p]++ == 0)
			model_load(t, p * model.page[t], (p + 1) * model.page[t]);
}

static void model_hide(unsigned t, unsigned first, unsigned pages)
{
	for (unsigned p = first; p < first + pages; p++)
		model.users[t][p]--;
}

/* What the core does before pages [from, from + pages) of a mapping go. */
static void model_save(const struct mapping *m, unsigned from, unsigned pages)
{
	size_t page = model.page[m->target];

	for (unsigned i = from; i < from + pages; i++)
		if ((m->attr[i] & QUIRE_WRITE) != 0)
			model_write_back(m->target, (m->first + i) * page,
					 (m->first + i + 1) * page);
}

/* -- steps -- */

static struct mapping *any_mapping(bool live)
{
	struct mapping *m = &model.mapping[below(SLOTS)];

	return m->live == live ? m : NULL;
}

static quire_va address_at(const struct mapping *m, unsigned place)
{
	unsigned slot = (unsigned)(m - model.mapping);

	return model.window[m->target] + (slot * SLOT + place) * model.page[m->target];
}

static quire_va address_of(const struct mapping *m)
{
	return address_at(m, m->place);
}

static quire_va exec_of(const struct mapping *m)
{
	return address_of(m) - model.window[m->target] + model.window_exec[m->target];
}

static void choose_pages(struct mapping *m, unsigned target)
{
	m->target = target;
	m->first = below(PAGES);
	m->pages = 1 + below(LONGEST < PAGES - m->first ? LONGEST : PAGES - m->first);
}

static struct quire_want want_of(const struct mapping *m)
{
	return (struct quire_want){.pa = m->first * model.page[m->target],
				   .size = m->pages * model.page[m->target],
				   .target = (uint8_t)m->target,
				   .attr = (uint8_t)m->attr[0],
				   .flags = QUIRE_SHARED};
}

static void set_attr(struct mapping *m, unsigned attr)
{
	for (unsigned i = 0; i < LONGEST; i++)
		m->attr[i] = attr;
}

static void step_map(void)
{
	struct mapping *m = any_mapping(false);
	struct quire_want want;
	struct quire_got got;

	if (m == NULL)
		return;
	choose_pages(m, below(3) == 0 ? QUIRE_FLASH0 : QUIRE_PSRAM0);
	m->place = below(SLOT - LONGEST);
	set_attr(m, m->target == QUIRE_PSRAM0 && below(4) != 0 ? RW : QUIRE_READ);
	want = want_of(m);
	assert_int_equal(quire_space_map_at(space(), address_of(m), &want, &got), QUIRE_OK);
	model_show(m->target, m->first, m->pages);
	m->live = true;
}

static void step_unmap(void)
{
	struct mapping *m = any_mapping(true);

	if (m == NULL)
		return;
	model_save(m, 0, m->pages);
	assert_int_equal(quire_space_unmap(space(), address_of(m)), QUIRE_OK);
	model_hide(m->target, m->first, m->pages);
	m->live = false;
}

static bool in_parts(const struct mapping *m)
{
	for (unsigned i = 1; i < m->pages; i++)
		if (m->attr[i] != m->attr[0])
			return true;
	return false;
}

/* In its slot, often to addresses that it has now. */
static void step_move(void)
{
	struct mapping *m = any_mapping(true);
	unsigned to = below(SLOT - LONGEST);

	if (m == NULL || in_parts(m))
		return;
	if (to != m->place)
		model_save(m, 0, m->pages);
	assert_int_equal(quire_space_move_at(space(), address_of(m), address_at(m, to)), QUIRE_OK);
	m->place = to;
}

static void step_switch(void)
{
	struct mapping *m = any_mapping(true), next;
	struct quire_want want;

	if (m == NULL)
		return;
	next = *m;
	next.first = below(PAGES - m->pages + 1);
	set_attr(&next, m->target == QUIRE_PSRAM0 && below(4) != 0 ? RW : QUIRE_READ);
	want = want_of(&next);
	assert_int_equal(quire_space_switch(space(), address_of(m), &want), QUIRE_OK);
	model_save(m, 0, m->pages);
	model_show(next.target, next.first, next.pages);
	model_hide(m->target, m->first, m->pages);
	*m = next;
}

static void step_protect(void)
{
	struct mapping *m = any_mapping(true);
	unsigned from, pages, attr = below(2) != 0 ? RW : QUIRE_READ;

	if (m == NULL || m->target != QUIRE_PSRAM0)
		return;
	from = below(m->pages);
	pages = 1 + below(m->pages - from);
	assert_int_equal(quire_space_protect(space(), address_of(m) + from * model.page[1],
					     pages * model.page[1], attr, 0),
			 QUIRE_OK);
	if (attr == QUIRE_READ)
		model_save(m, from, pages);
	for (unsigned i = from; i < from + pages; i++)
		m->attr[i] = attr;
}

/* Any bytes of a mapping: few, or up to all. */
static void step_sync(void)
{
	struct mapping *m = any_mapping(true);
	unsigned how = 1 + below(3);
	size_t all, start, end, base;

	if (m == NULL)
		return;
	base = m->first * model.page[m->target];
	all = m->pages * model.page[m->target];
	start = below((uint32_t)all);
	end = start + 1 + (below(2) != 0 ? below(300) : below((uint32_t)all));
	if (end > all)
		end = all;
	assert_int_equal(quire_space_sync(space(), address_of(m) + start, end - start, how),
			 QUIRE_OK);
	start = (base + start) / model.line * model.line;
	end = (base + end + model.line - 1) / model.line * model.line;
	if ((how & QUIRE_SYNC_WRITE_BACK) != 0 && m->target == QUIRE_PSRAM0)
		model_write_back(m->target, start, end);
	if ((how & QUIRE_SYNC_INVALIDATE) != 0)
		model_load(m->target, start, end);
}

static void step_store(void)
{
	struct mapping *m = any_mapping(true);
	size_t page, at, size = 1 + below(200);
	unsigned value = below(256);

	if (m == NULL)
		return;
	page = below(m->pages);
	at = below((uint32_t)(model.page[m->target] - size));
	if ((m->attr[page] & QUIRE_WRITE) == 0)
		return;
	at += page * model.page[m->target];
	memset(model.cached[m->target] + m->first * model.page[m->target] + at, (int)value, size);
	memset((uint8_t *)(uintptr_t)address_of(m) + at, (int)value, size);
}

/* On both sides. */
static void expect_loads(const struct mapping *m, size_t at, size_t size)
{
	const uint8_t *expected = model.cached[m->target] + m->first * model.page[m->target] + at;

	assert_memory_equal((const uint8_t *)(uintptr_t)address_of(m) + at, expected, size);
	assert_memory_equal((const uint8_t *)(uintptr_t)exec_of(m) + at, expected, size);
}

static void step_load(void)
{
	struct mapping *m = any_mapping(true);
	size_t all, at, size = 1 + below(5000);

	if (m == NULL)
		return;
	all = m->pages * model.page[m->target];
	at = below((uint32_t)(all - size));
	expect_loads(m, at, size);
}

static void step_physical_write(void)
{
	unsigned t = below(2);
	size_t size = 1 + below(200);
	size_t at = below((uint32_t)(PAGES * model.page[t] - size));

	for (size_t i = 0; i < size; i++)
		model.memory[t][at + i] = (uint8_t)below(256);
	assert_int_equal(quire_linux_write(machine, t, at, model.memory[t] + at, size), QUIRE_OK);
	model_poison(t, at, at + size);
}

static void step_physical_read(void)
{
	uint8_t expected[3000], got[3000];
	unsigned t = below(2);
	size_t size = below(sizeof(got));
	size_t at = below((uint32_t)(PAGES * model.page[t] - size));

	memcpy(expected, model.memory[t] + at, size);
	for (size_t i = 0; i < size && model.cache == QUIRE_LINUX_CACHE_POISON; i++)
		if (model_dirty(t, (at + i) / model.line * model.line))
			expected[i] = 0xa5;
	assert_int_equal(quire_linux_read(machine, t, at, got, size), QUIRE_OK);
	assert_memory_equal(got, expected, size);
}

static void step_program(void)
{
	uint8_t bytes[500];
	size_t size = 1 + below(sizeof(bytes));
	size_t at = below((uint32_t)(PAGES * model.page[0] - size));

	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)below(256);
		model.memory[0][at + i] &= bytes[i];
	}
	assert_int_equal(quire_linux_flash_program(machine, at, bytes, size), QUIRE_OK);
}

static void step_erase(void)
{
	size_t sectors = PAGES * model.page[0] / QUIRE_LINUX_SECTOR;
	size_t at = below((uint32_t)sectors) * QUIRE_LINUX_SECTOR;

	memset(model.memory[0] + at, 0xff, QUIRE_LINUX_SECTOR);
	assert_int_equal(quire_linux_flash_erase(machine, at, QUIRE_LINUX_SECTOR), QUIRE_OK);
}

/* An erase cut short after some bytes, and the power back. */
static void step_power(void)
{
	size_t sectors = PAGES * model.page[0] / QUIRE_LINUX_SECTOR;
	size_t at = below((uint32_t)sectors) * QUIRE_LINUX_SECTOR;
	size_t done = below(QUIRE_LINUX_SECTOR);

	assert_int_equal(quire_linux_power_cut(machine, done, NULL, NULL), QUIRE_OK);
	assert_int_equal(quire_linux_flash_erase(machine, at, QUIRE_LINUX_SECTOR), QUIRE_EPORT);
	memset(model.memory[0] + at, 0xff, done);
	model.memory[0][at + done] |= 0x55;
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	for (unsigned t = 0; t < 2; t++)
		for (unsigned p = 0; p < PAGES; p++)
			if (model.users[t][p] != 0)
				model_load(t, p * model.page[t], (p + 1) * model.page[t]);
}

/* Every byte of every mapping. */
static void check_all(void)
{
	const char *what = "";

	for (unsigned i = 0; i < SLOTS; i++)
		if (model.mapping[i].live)
			expect_loads(&model.mapping[i], 0,
				     model.mapping[i].pages * model.page[model.mapping[i].target]);
	if (quire_space_check(space(), &what) < 0)
		fail_msg("%s", what);
}

static void take_step(void)
{
	static const struct {
		void (*step)(void);
		unsigned weight;
	} steps[] = {
		{step_map, 12},    {step_unmap, 5},          {step_move, 4},
		{step_switch, 4},  {step_protect, 4},        {step_sync, 20},
		{step_store, 20},  {step_load, 15},          {step_physical_write, 8},
		{step_program, 3}, {step_physical_read, 10}, {step_erase, 1},
		{step_power, 1},
	};
	unsigned total = 0, i = 0, chosen;

	for (unsigned k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
		total += steps[k].weight;
	for (chosen = below(total); chosen >= steps[i].weight; i++)
		chosen -= steps[i].weight;
	steps[i].step();
}

/* Have the port mend what a failed mmap has left, as the next change would. */
static void mend(void)
{
	struct quire_walker *walker = &space()->walker[0];
	struct quire_change change = {.kind = QUIRE_CHANGE_MAP, .size = model.page[0]};

	faulty.fail_map = 0;
	if (!quire_linux_trouble(machine, NULL))
		return;
	model.lost++;
	assert_int_equal(walker->port->prepare(walker->port_ctx, &change), QUIRE_EPORT);
	assert_false(quire_linux_trouble(machine, NULL));
}

/* A step in which some calls of mmap fail. */
static void take_faulty_step(void)
{
	if (below(4) == 0) {
		faulty.fail_map = faulty.maps + 1 + below(4);
		faulty.failing = 1 + below(20);
	}
	take_step();
	mend();
}

/* Where mappings of a memory go: the first window that can show it as the test needs. */
static void choose_window(unsigned target)
{
	const struct quire_chip_layout *layout = quire_linux_layout(machine);
	unsigned needed = target == QUIRE_PSRAM0 ? RW : QUIRE_READ;

	for (unsigned w = layout->window_count; w-- > 0;) {
		const struct quire_window *window = &layout->window[w];
		size_t page = (size_t)quire_mmu_page_size(&layout->mmu[window->walker]);

		if ((window->targets & QUIRE_TARGET_BIT(target)) == 0 ||
		    (window->caps & needed) != needed ||
		    window->size < (quire_size)SLOTS * SLOT * page)
			continue;
		model.window[target] = window->base;
		model.window_exec[target] = window->exec_base;
		model.page[target] = page;
	}
	assert_int_not_equal(model.page[target], 0);
}

static void open_both(const char *name, enum quire_linux_cache cache, bool encrypted, uint32_t seed)
{
	struct quire_linux_options options = {.flash_size = PAGES * PAGE_MOST,
					      .psram_size = PAGES * PAGE_MOST,
					      .cache = cache,
					      .decrypt = encrypted ? decrypt : NULL,
					      .system = &faulty.system};

	faulty_system_init(&faulty);
	machine = open_chip(name, &options);
	memset(&model, 0, sizeof(model));
	memset(model.memory[QUIRE_FLASH0], 0xff, sizeof(model.memory[0]));
	model.line = quire_linux_chip(machine)->cache_line;
	model.cache = cache;
	model.encrypted = encrypted;
	model.random = seed;
	choose_window(QUIRE_FLASH0);
	choose_window(QUIRE_PSRAM0);
}

static void run(const char *name, enum quire_linux_cache cache, bool encrypted, uint32_t seed)
{
	open_both(name, cache, encrypted, seed);
	for (unsigned i = 0; i < STEPS; i++) {
		if (encrypted)
			take_step();
		else
			take_faulty_step();
		if (i % 256 == 255)
			check_all();
	}
	check_all();
	assert_int_equal(model.lost > 10, !encrypted);
	close_chip(machine);
}

static void test_random(void **state)
{
	static const char *const chip[] = {"esp32", "esp32s2", "esp32s3", "esp32p4", "esp32s31"};

	(void)state;
	for (unsigned i = 0; i < sizeof(chip) / sizeof(chip[0]); i++) {
		run(chip[i], QUIRE_LINUX_CACHE_STALE, false, SEED + 1 + i);
		run(chip[i], QUIRE_LINUX_CACHE_STALE, true, SEED + 101 + i);
		run(chip[i], QUIRE_LINUX_CACHE_POISON, false, SEED + 201 + i);
		run(chip[i], QUIRE_LINUX_CACHE_POISON, true, SEED + 301 + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_random, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
