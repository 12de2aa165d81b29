/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every chip, at every page size, as a space on software MMUs: each window is mapped from end to
 * end with each memory that it may show, and the hardware sees what the space says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/chip.h"
#include "quire/port/sim.h"
#include "quire/quire.h"

#define MAPPINGS 8u
#define TABLE    0x60000000u

/* One simulated chip. */
static struct {
	struct quire_chip_layout layout;
	struct quire_sim sim[QUIRE_CHIP_WALKERS_MAX];
	struct quire_walker walker[QUIRE_CHIP_WALKERS_MAX];
	uint32_t table[QUIRE_CHIP_WALKERS_MAX][1024];
	struct quire_sim_tlb tlb[QUIRE_CHIP_WALKERS_MAX][8];
	uint64_t memory[4096];
	struct quire_space space;
} m;

static void start_walker(unsigned w)
{
	const struct quire_sim_config config = {.mmu = &m.layout.mmu[w],
						.memory = m.table[w],
						.base = TABLE,
						.bytes = sizeof(m.table[w]),
						.root = TABLE,
						.entry_bytes = 4,
						.tlb = m.tlb[w],
						.tlb_entries = 8};

	assert_int_equal(quire_sim_init(&m.sim[w], &config), QUIRE_OK);
	m.walker[w] = (struct quire_walker){.mmu = &m.layout.mmu[w],
					    .port = &quire_sim_port,
					    .port_ctx = &m.sim[w],
					    .root = TABLE};
}

static void start(const struct quire_chip *chip, uint32_t page)
{
	struct quire_space_config config = {.windows = m.layout.window,
					    .memories = m.layout.memory,
					    .walkers = m.walker,
					    .memory_count = 2,
					    .memory = m.memory,
					    .memory_size = sizeof(m.memory)};

	assert_int_equal(quire_chip_layout(chip, page, &m.layout), QUIRE_OK);
	for (unsigned w = 0; w < m.layout.walker_count; w++)
		start_walker(w);
	config.window_count = m.layout.window_count;
	config.walker_count = m.layout.walker_count;
	assert_true(quire_space_memory_size(&config, MAPPINGS) <= sizeof(m.memory));
	assert_int_equal(quire_space_init(&m.space, &config), QUIRE_OK);
}

/* The first byte, the last, and one in the middle, as the hardware sees them. */
static void hardware_agrees(const struct quire_window *w, unsigned target, quire_pa pa)
{
	const quire_size at[3] = {0, w->size / 2 + 5, w->size - 1};

	for (unsigned i = 0; i < 3; i++) {
		quire_pa seen = 0;
		unsigned which = 9;

		assert_int_equal(
			quire_sim_access(&m.sim[w->walker], w->walk + at[i], 0, &seen, &which),
			QUIRE_SIM_OK);
		assert_true(seen == pa + at[i] && which == target);
	}
}

static void fill_window(const struct quire_window *w, unsigned target)
{
	bool readable = w->caps & QUIRE_CAP_READ;
	const struct quire_want want = {.size = w->size,
					.target = (uint8_t)target,
					.pa = m.layout.memory[target].size - w->size,
					.attr = readable ? QUIRE_READ : QUIRE_EXEC};
	quire_va va = readable ? w->base : w->exec_base;
	struct quire_got got;
	const char *what;

	assert_int_equal(quire_space_map_at(&m.space, va, &want, &got), QUIRE_OK);
	assert_true(got.va == va);
	hardware_agrees(w, target, want.pa);
	assert_int_equal(quire_space_check(&m.space, &what), QUIRE_OK);
	assert_int_equal(quire_space_unmap(&m.space, va), QUIRE_OK);
	assert_int_equal(quire_sim_access(&m.sim[w->walker], w->walk, 0, NULL, NULL),
			 QUIRE_SIM_UNMAPPED);
	assert_int_equal(quire_sim_stale(&m.sim[w->walker], NULL), 0);
}

static void every_window(const struct quire_chip *chip, uint32_t page)
{
	print_message("%s, pages of %u KiB\n", chip->name, (unsigned)page / 1024u);
	start(chip, page);
	for (unsigned w = 0; w < m.layout.window_count; w++) {
		for (unsigned t = 0; t < 2; t++) {
			if (m.layout.window[w].targets & QUIRE_TARGET_BIT(t))
				fill_window(&m.layout.window[w], t);
		}
	}
	for (unsigned w = 0; w < m.layout.walker_count; w++) {
		for (unsigned i = 0; i < 1u << m.layout.mmu[w].level[0].bits; i++)
			assert_int_equal(m.table[w][i], m.layout.mmu[w].invalid);
	}
}

static void test_chips(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);

		for (unsigned s = 0; s < QUIRE_CHIP_PAGE_SIZES_MAX && chip->mmu[0].page_shift[s];
		     s++)
			every_window(chip, (uint32_t)1 << chip->mmu[0].page_shift[s]);
	}
}

/* A mapping that allows nothing is not there for the hardware, and the space knows it is. */
static void test_no_access(void **state)
{
	const struct quire_want want = {.pa = 0x50000, .size = 0x30000, .attr = 0};
	struct quire_got got;
	const char *what;

	(void)state;
	start(quire_chip_by_name("esp32s3"), 0);
	assert_int_equal(quire_space_map(&m.space, &want, &got), QUIRE_OK);
	assert_int_equal(quire_sim_access(&m.sim[0], got.va - 0x3c000000, 0, NULL, NULL),
			 QUIRE_SIM_UNMAPPED);
	assert_int_equal(quire_space_check(&m.space, &what), QUIRE_OK);
	assert_int_equal(quire_space_protect(&m.space, got.va, 0x10000, QUIRE_READ, 0), QUIRE_OK);
	assert_int_equal(quire_sim_access(&m.sim[0], got.va - 0x3c000000, 0, NULL, NULL),
			 QUIRE_SIM_OK);
	assert_int_equal(quire_space_check(&m.space, &what), QUIRE_OK);
	assert_int_equal(quire_space_unmap(&m.space, got.va), QUIRE_OK);
	assert_int_equal(quire_space_check(&m.space, &what), QUIRE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chips),
		cmocka_unit_test(test_no_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
