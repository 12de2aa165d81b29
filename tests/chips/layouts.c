/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every window of every chip at every page size, against facts written down once more: as address
 * ranges with inclusive entry numbers of the hardware, where the records say sizes and our numbers.
 * A slip in one of the two shows as a difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "quire/chip.h"
#include "quire/error.h"

/* One window: where data and code see it, which entries of the hardware serve it, what it can do
   (x r w, b for bytes, and words always), what it can show (f p). */
struct fact {
	const char *chip;
	unsigned page_kib;
	unsigned window;
	uint32_t start, end;
	uint32_t exec;
	unsigned first, last;
	const char *caps;
	const char *targets;
};

static const struct fact facts[] = {
	{"esp32", 64, 0, 0x400d0000, 0x40400000, 0x400d0000, 77, 127, "x", "f"},
	{"esp32", 64, 1, 0x3f400000, 0x3f800000, 0x3f400000, 0, 63, "rb", "f"},
	{"esp32", 64, 2, 0x3f800000, 0x3fc00000, 0x3f800000, 0, 127, "rwb", "p"},
	{"esp32s2", 64, 0, 0x40080000, 0x40400000, 0x40080000, 8, 63, "x", "fp"},
	{"esp32s2", 64, 1, 0x3f000000, 0x3f400000, 0x3f000000, 128, 191, "rb", "fp"},
	{"esp32s2", 64, 2, 0x3f500000, 0x3f800000, 0x3f500000, 336, 383, "rw", "fp"},
	{"esp32s2", 64, 3, 0x3f800000, 0x3ff80000, 0x3f800000, 256, 247, "rwb", "fp"},
	{"esp32s3", 64, 0, 0x3c000000, 0x3e000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32c2", 64, 0, 0x3c000000, 0x3c400000, 0x42000000, 0, 63, "xrb", "f"},
	{"esp32c2", 32, 0, 0x3c000000, 0x3c200000, 0x42000000, 0, 63, "xrb", "f"},
	{"esp32c2", 16, 0, 0x3c000000, 0x3c100000, 0x42000000, 0, 63, "xrb", "f"},
	{"esp32c3", 64, 0, 0x3c000000, 0x3c800000, 0x42000000, 0, 127, "xrb", "f"},
	{"esp32c5", 64, 0, 0x42000000, 0x44000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32c6", 64, 0, 0x42000000, 0x43000000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32c6", 32, 0, 0x42000000, 0x42800000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32c6", 16, 0, 0x42000000, 0x42400000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32c6", 8, 0, 0x42000000, 0x42200000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32c61", 64, 0, 0x42000000, 0x44000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32c61", 32, 0, 0x42000000, 0x43000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32c61", 16, 0, 0x42000000, 0x42800000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32c61", 8, 0, 0x42000000, 0x42400000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32h2", 64, 0, 0x42000000, 0x43000000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h2", 32, 0, 0x42000000, 0x42800000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h2", 16, 0, 0x42000000, 0x42400000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h2", 8, 0, 0x42000000, 0x42200000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h21", 64, 0, 0x42000000, 0x43000000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h21", 32, 0, 0x42000000, 0x42800000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h21", 16, 0, 0x42000000, 0x42400000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h21", 8, 0, 0x42000000, 0x42200000, 0x42000000, 0, 255, "xrb", "f"},
	{"esp32h4", 64, 0, 0x42000000, 0x44000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32h4", 32, 0, 0x42000000, 0x43000000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32h4", 16, 0, 0x42000000, 0x42800000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32h4", 8, 0, 0x42000000, 0x42400000, 0x42000000, 0, 511, "xrwb", "fp"},
	{"esp32p4", 64, 0, 0x40000000, 0x44000000, 0x40000000, 0, 1023, "xrwb", "f"},
	{"esp32p4", 64, 1, 0x48000000, 0x4c000000, 0x48000000, 0, 1023, "xrwb", "p"},
	{"esp32s31", 64, 0, 0x40000000, 0x44000000, 0x40000000, 0, 1023, "xrwb", "f"},
	{"esp32s31", 64, 1, 0x50000000, 0x54000000, 0x50000000, 0, 1023, "xrwb", "p"},
	{"esp32s31", 32, 0, 0x40000000, 0x42000000, 0x40000000, 0, 1023, "xrwb", "f"},
	{"esp32s31", 32, 1, 0x50000000, 0x52000000, 0x50000000, 0, 1023, "xrwb", "p"},
	{"esp32s31", 128, 0, 0x40000000, 0x48000000, 0x40000000, 0, 1023, "xrwb", "f"},
	{"esp32s31", 128, 1, 0x50000000, 0x54000000, 0x50000000, 0, 1023, "xrwb", "p"},
	{"esp32s31", 256, 0, 0x40000000, 0x50000000, 0x40000000, 0, 1023, "xrwb", "f"},
	{"esp32s31", 256, 1, 0x50000000, 0x54000000, 0x50000000, 0, 1023, "xrwb", "p"},
};

/* What each chip's entries can name, in MiB at a page size in KiB. */
struct room {
	const char *chip;
	unsigned page_kib, flash_mib, psram_mib;
};

static const struct room rooms[] = {
	{"esp32", 64, 16, 8},     {"esp32s2", 64, 1024, 1024}, {"esp32s3", 64, 1024, 1024},
	{"esp32c2", 64, 4, 0},    {"esp32c2", 32, 2, 0},       {"esp32c2", 16, 1, 0},
	{"esp32c3", 64, 16, 0},   {"esp32c5", 64, 32, 32},     {"esp32c6", 64, 16, 0},
	{"esp32c6", 32, 8, 0},    {"esp32c6", 16, 4, 0},       {"esp32c6", 8, 2, 0},
	{"esp32c61", 64, 32, 32}, {"esp32c61", 32, 16, 16},    {"esp32c61", 16, 8, 8},
	{"esp32c61", 8, 4, 4},    {"esp32h2", 64, 16, 0},      {"esp32h2", 32, 8, 0},
	{"esp32h2", 16, 4, 0},    {"esp32h2", 8, 2, 0},        {"esp32h21", 64, 16, 0},
	{"esp32h21", 32, 8, 0},   {"esp32h21", 16, 4, 0},      {"esp32h21", 8, 2, 0},
	{"esp32h4", 64, 32, 32},  {"esp32h4", 32, 16, 16},     {"esp32h4", 16, 8, 8},
	{"esp32h4", 8, 4, 4},     {"esp32p4", 64, 128, 64},    {"esp32s31", 64, 128, 64},
	{"esp32s31", 32, 64, 32}, {"esp32s31", 128, 256, 64},  {"esp32s31", 256, 512, 64},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KIB          1024u
#define MIB          (1024u * KIB)

static struct quire_chip_layout layout_of(const char *name, uint32_t page)
{
	struct quire_chip_layout layout;

	assert_int_equal(quire_chip_layout(quire_chip_by_name(name), page, &layout), QUIRE_OK);
	return layout;
}

static unsigned caps_from(const char *letters)
{
	return QUIRE_CAP_32BIT | (strchr(letters, 'x') ? QUIRE_CAP_EXEC : 0u) |
	       (strchr(letters, 'r') ? QUIRE_CAP_READ : 0u) |
	       (strchr(letters, 'w') ? QUIRE_CAP_WRITE : 0u) |
	       (strchr(letters, 'b') ? QUIRE_CAP_8BIT : 0u);
}

static unsigned targets_from(const char *letters)
{
	return (strchr(letters, 'f') ? 1u : 0u) | (strchr(letters, 'p') ? 2u : 0u);
}

static void check_fact(const struct fact *f)
{
	const struct quire_chip *chip = quire_chip_by_name(f->chip);
	struct quire_chip_layout layout = layout_of(f->chip, f->page_kib * KIB);
	const struct quire_window *w = &layout.window[f->window];
	quire_size page = quire_mmu_page_size(&layout.mmu[w->walker]);
	unsigned first = (unsigned)(w->walk / page);
	unsigned last = (unsigned)((w->walk + w->size) / page) - 1;

	assert_true(f->window < layout.window_count);
	assert_true(w->base == f->start && w->base + w->size == f->end);
	assert_true(w->exec_base == f->exec);
	assert_int_equal(quire_chip_entry_number(&chip->mmu[w->walker], first), f->first);
	assert_int_equal(quire_chip_entry_number(&chip->mmu[w->walker], last), f->last);
	assert_int_equal(w->caps, caps_from(f->caps));
	assert_int_equal(w->targets, targets_from(f->targets));
}

static void test_windows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		print_message("%s %u KiB window %u\n", facts[i].chip, facts[i].page_kib,
			      facts[i].window);
		check_fact(&facts[i]);
	}
}

static unsigned facts_for(const char *chip, uint32_t page)
{
	unsigned n = 0;

	for (size_t i = 0; i < COUNT(facts); i++)
		n += strcmp(facts[i].chip, chip) == 0 && facts[i].page_kib * KIB == page;
	return n;
}

static const struct room *room_for(const char *chip, uint32_t page)
{
	for (size_t i = 0; i < COUNT(rooms); i++) {
		if (strcmp(rooms[i].chip, chip) == 0 && rooms[i].page_kib * KIB == page)
			return &rooms[i];
	}
	return NULL;
}

/* Call `visit` for every chip and page size of its first MMU. */
static void for_each_layout(void (*visit)(const struct quire_chip *, uint32_t,
					  const struct quire_chip_layout *))
{
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);

		for (unsigned s = 0; s < QUIRE_CHIP_PAGE_SIZES_MAX; s++) {
			uint32_t page = (uint32_t)1 << chip->mmu[0].page_shift[s];
			struct quire_chip_layout layout;

			if (chip->mmu[0].page_shift[s] == 0)
				break;
			layout = layout_of(chip->name, page);
			visit(chip, page, &layout);
		}
	}
}

/* No window and no page size without a fact. */
static void nothing_left_out(const struct quire_chip *chip, uint32_t page,
			     const struct quire_chip_layout *layout)
{
	assert_int_equal(facts_for(chip->name, page), layout->window_count);
	assert_non_null(room_for(chip->name, page));
}

static void test_nothing_left_out(void **state)
{
	(void)state;
	for_each_layout(nothing_left_out);
}

static void memories_fit(const struct quire_chip *chip, uint32_t page,
			 const struct quire_chip_layout *layout)
{
	const struct room *room = room_for(chip->name, page);

	assert_true(layout->memory[0].size == (quire_size)room->flash_mib * MIB);
	assert_true(layout->memory[1].size == (quire_size)room->psram_mib * MIB);
	assert_int_equal(chip->psram, room->psram_mib != 0);
	assert_int_equal(layout->memory[0].caps & QUIRE_CAP_WRITE, 0);
	assert_true(layout->memory[0].base == 0 && layout->memory[1].base == 0);
	for (unsigned w = 0; w < layout->window_count; w++) {
		const struct quire_window *window = &layout->window[w];
		const struct quire_mmu *mmu = &layout->mmu[window->walker];

		for (unsigned t = 0; t < 2; t++) {
			quire_size size = layout->memory[t].size;

			if (!(window->targets & QUIRE_TARGET_BIT(t)))
				continue;
			assert_true(size > 0 && (size - 1) >> mmu->pa_bits == 0);
			assert_true(size % quire_mmu_page_size(mmu) == 0);
			assert_true(size / quire_mmu_page_size(mmu) <= QUIRE_PAGES_MAX);
		}
	}
}

static void test_memories(void **state)
{
	(void)state;
	for_each_layout(memories_fit);
}

static bool apart(quire_va a, quire_size a_size, quire_va b, quire_size b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

/* Two windows share no address and no entry. */
static void two_windows(const struct quire_window *a, const struct quire_window *b)
{
	assert_true(apart(a->base, a->size, b->base, b->size));
	assert_true(apart(a->exec_base, a->size, b->exec_base, b->size));
	assert_true(apart(a->base, a->size, b->exec_base, b->size));
	assert_true(apart(a->exec_base, a->size, b->base, b->size));
	if (a->walker == b->walker)
		assert_true(apart(a->walk, a->size, b->walk, b->size));
}

static void windows_are_sound(const struct quire_chip *chip, uint32_t page,
			      const struct quire_chip_layout *layout)
{
	(void)page;
	for (unsigned i = 0; i < layout->window_count; i++) {
		const struct quire_window *w = &layout->window[i];
		quire_size size = quire_mmu_page_size(&layout->mmu[w->walker]);

		assert_true(w->walker < layout->walker_count);
		assert_true(w->size > 0 && w->size % size == 0 && w->walk % size == 0);
		assert_true(w->base % size == 0 && w->exec_base % size == 0);
		assert_true((w->walk + w->size) / size <= chip->mmu[w->walker].entries);
		assert_true(w->exec_base == w->base ||
			    apart(w->base, w->size, w->exec_base, w->size));
		for (unsigned j = 0; j < i; j++)
			two_windows(&layout->window[j], w);
	}
}

static void test_windows_are_sound(void **state)
{
	(void)state;
	for_each_layout(windows_are_sound);
}

static void mmus_are_sound(const struct quire_chip *chip, uint32_t page,
			   const struct quire_chip_layout *layout)
{
	assert_int_equal(layout->walker_count, chip->mmu_count);
	assert_true(quire_mmu_page_size(&layout->mmu[0]) == page);
	for (unsigned m = 0; m < layout->walker_count; m++) {
		const struct quire_mmu *mmu = &layout->mmu[m];

		assert_int_equal(mmu->levels, 1);
		assert_true(mmu->level[0].leaf);
		assert_true(1u << mmu->level[0].bits >= chip->mmu[m].entries);
		assert_true(1u << mmu->level[0].bits < 2u * chip->mmu[m].entries);
		assert_true(mmu->flags & QUIRE_MMU_FLUSH_ON_MAP);
		assert_non_null(mmu->name);
	}
}

static void test_mmus_are_sound(void **state)
{
	(void)state;
	for_each_layout(mmus_are_sound);
}

/* Holes are no part of a window at the default page size. */
static void test_holes(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);
		struct quire_chip_layout layout = layout_of(chip->name, 0);

		for (unsigned h = 0; h < chip->hole_count; h++) {
			const struct quire_chip_hole *hole = &chip->hole[h];

			assert_true(hole->start < hole->end && hole->why && hole->why[0]);
			for (unsigned w = 0; w < layout.window_count; w++)
				assert_true(apart(hole->start, hole->end - hole->start,
						  layout.window[w].base, layout.window[w].size));
		}
	}
}

/* S2's entries by address are the hardware's in another order. */
static void test_s2_blocks(void **state)
{
	const struct quire_chip_mmu *mmu = &quire_chip_by_name("esp32s2")->mmu[0];
	bool seen[384] = {false};

	(void)state;
	for (unsigned i = 0; i < 384; i++) {
		unsigned number = quire_chip_entry_number(mmu, i);

		assert_true(number < 384 && !seen[number]);
		seen[number] = true;
	}
	/* DRAM1's last page is served by entry 319, and DRAM0's first, behind it, by 192. */
	assert_int_equal(quire_chip_entry_number(mmu, 256 + 63), 319);
	assert_int_equal(quire_chip_entry_number(mmu, 256 + 64), 192);
}

/* The two MMUs of S31 choose their pages independently. */
static void test_each(void **state)
{
	const struct quire_chip *s31 = quire_chip_by_name("esp32s31");
	const uint32_t sizes[2] = {256 * KIB, 8 * KIB}, none[2] = {64 * KIB, 128 * KIB};
	struct quire_chip_layout layout, before;

	(void)state;
	assert_int_equal(quire_chip_layout_each(s31, sizes, &layout), QUIRE_OK);
	assert_true(layout.window[0].size == 256 * MIB && layout.window[1].size == 8 * MIB);
	assert_true(layout.memory[0].size == 512 * MIB && layout.memory[1].size == 8 * MIB);
	before = layout;
	assert_int_equal(quire_chip_layout_each(s31, none, &layout), QUIRE_EALIGN);
	assert_memory_equal(&layout, &before, sizeof(layout));
}

static void test_errors(void **state)
{
	const struct quire_chip *c3 = quire_chip_by_name("esp32c3");
	const uint32_t size = 0;
	struct quire_chip_layout layout, before;

	(void)state;
	memset(&layout, 0x5a, sizeof(layout));
	before = layout;
	assert_int_equal(quire_chip_layout(NULL, 0, &layout), QUIRE_ENULL);
	assert_int_equal(quire_chip_layout(c3, 0, NULL), QUIRE_ENULL);
	assert_int_equal(quire_chip_layout_each(NULL, &size, &layout), QUIRE_ENULL);
	assert_int_equal(quire_chip_layout_each(c3, NULL, &layout), QUIRE_ENULL);
	assert_int_equal(quire_chip_layout_each(c3, &size, NULL), QUIRE_ENULL);
	assert_int_equal(quire_chip_layout(c3, 32 * KIB, &layout), QUIRE_EALIGN);
	assert_int_equal(quire_chip_layout(c3, 64 * KIB + 1, &layout), QUIRE_EALIGN);
	assert_int_equal(quire_chip_layout(c3, 1, &layout), QUIRE_EALIGN);
	assert_int_equal(quire_chip_layout(quire_chip_by_name("esp32"), 32 * KIB, &layout),
			 QUIRE_EALIGN);
	assert_memory_equal(&layout, &before, sizeof(layout));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),        cmocka_unit_test(test_nothing_left_out),
		cmocka_unit_test(test_memories),       cmocka_unit_test(test_windows_are_sound),
		cmocka_unit_test(test_mmus_are_sound), cmocka_unit_test(test_holes),
		cmocka_unit_test(test_s2_blocks),      cmocka_unit_test(test_each),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
