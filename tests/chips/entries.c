/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of every chip: known values, all values there and back, and what must not decode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/chip.h"
#include "quire/error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RWX          (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)

/* What the words in the table are, page by page. */
struct fact {
	const char *chip;
	unsigned mmu, target, page;
	uint32_t entry;
};

static const struct fact facts[] = {
	{"esp32", 0, 0, 0, 0x0},          {"esp32", 0, 0, 5, 0x5},
	{"esp32", 0, 0, 255, 0xff},       {"esp32", 1, 1, 5, 0x5},
	{"esp32", 1, 1, 255, 0xff},       {"esp32s2", 0, 0, 5, 0x8005},
	{"esp32s2", 0, 1, 5, 0x10005},    {"esp32s2", 0, 0, 16383, 0xbfff},
	{"esp32s3", 0, 0, 5, 0x5},        {"esp32s3", 0, 1, 5, 0x8005},
	{"esp32s3", 0, 1, 16383, 0xbfff}, {"esp32c2", 0, 0, 63, 0x3f},
	{"esp32c3", 0, 0, 255, 0xff},     {"esp32c5", 0, 0, 5, 0x405},
	{"esp32c5", 0, 1, 5, 0x605},      {"esp32c5", 0, 0, 511, 0x5ff},
	{"esp32c6", 0, 0, 5, 0x205},      {"esp32c6", 0, 0, 255, 0x2ff},
	{"esp32c61", 0, 0, 5, 0x405},     {"esp32c61", 0, 1, 511, 0x7ff},
	{"esp32h2", 0, 0, 0, 0x200},      {"esp32h21", 0, 0, 7, 0x207},
	{"esp32h4", 0, 0, 1, 0x401},      {"esp32h4", 0, 1, 1, 0x601},
	{"esp32p4", 0, 0, 5, 0x1005},     {"esp32p4", 0, 0, 2047, 0x17ff},
	{"esp32p4", 1, 1, 5, 0xc05},      {"esp32p4", 1, 1, 1023, 0xfff},
	{"esp32s31", 0, 0, 5, 0x1005},    {"esp32s31", 1, 1, 5, 0xc05},
};

/* What an empty entry is. */
static const struct {
	const char *chip;
	uint32_t entry;
} empty[] = {
	{"esp32", 0x100},   {"esp32s2", 0x4000}, {"esp32s3", 0x4000}, {"esp32c2", 0x40},
	{"esp32c3", 0x100}, {"esp32c5", 0},      {"esp32c6", 0},      {"esp32c61", 0},
	{"esp32h2", 0},     {"esp32h21", 0},     {"esp32h4", 0},      {"esp32p4", 0},
	{"esp32s31", 0},
};

static struct quire_chip_layout layout_of(const char *name)
{
	struct quire_chip_layout layout;

	assert_int_equal(quire_chip_layout(quire_chip_by_name(name), 0, &layout), QUIRE_OK);
	return layout;
}

static struct quire_decoded decode(const struct quire_mmu *mmu, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_TABLE, .shift = 99};

	mmu->format->decode(mmu, 0, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

static void test_known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		const struct fact *f = &facts[i];
		struct quire_chip_layout layout = layout_of(f->chip);
		const struct quire_mmu *mmu = &layout.mmu[f->mmu];
		quire_pa pa = f->page * quire_mmu_page_size(mmu);
		struct quire_decoded out = decode(mmu, f->entry);

		assert_int_equal(mmu->format->leaf(mmu, 0, f->target, pa, QUIRE_READ), f->entry);
		assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
		assert_int_equal(out.target, f->target);
		assert_true(out.pa == pa);
		assert_int_equal(out.attr, RWX);
	}
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(COUNT(empty), quire_chip_count());
	for (size_t i = 0; i < COUNT(empty); i++) {
		struct quire_chip_layout layout = layout_of(empty[i].chip);

		for (unsigned m = 0; m < layout.walker_count; m++) {
			const struct quire_mmu *mmu = &layout.mmu[m];

			assert_int_equal(mmu->invalid, empty[i].entry);
			assert_int_equal(decode(mmu, mmu->invalid).kind, QUIRE_ENTRY_INVALID);
			assert_int_equal(mmu->format->table(mmu, 0), mmu->invalid);
		}
	}
}

/* All pages of a target in one MMU, there and back; neighbours differ by the same step. */
static unsigned round_trip(const struct quire_mmu *mmu, unsigned target, quire_size size)
{
	const struct quire_format *format = mmu->format;
	quire_size page = quire_mmu_page_size(mmu);
	quire_entry step =
		format->leaf(mmu, 0, target, page, RWX) - format->leaf(mmu, 0, target, 0, RWX);
	unsigned pages = 0;

	for (quire_pa pa = 0; pa < size; pa += page, pages++) {
		quire_entry entry = format->leaf(mmu, 0, target, pa, RWX);
		struct quire_decoded out = decode(mmu, entry);

		assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
		assert_true(out.pa == pa && out.target == target);
		assert_true(entry == format->leaf(mmu, 0, target, 0, RWX) + step * pages);
	}
	return pages;
}

static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);
		struct quire_chip_layout layout = layout_of(chip->name);

		for (unsigned m = 0; m < chip->mmu_count; m++) {
			for (unsigned t = 0; t < 2; t++) {
				if (chip->mmu[m].entry.targets & QUIRE_TARGET_BIT(t))
					assert_true(round_trip(&layout.mmu[m], t,
							       layout.memory[t].size) >= 64);
			}
		}
	}
}

/* A page beyond the field cannot become another memory or an empty entry. */
static void test_field_is_kept(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		struct quire_chip_layout layout = layout_of(quire_chip_at(c)->name);
		const struct quire_mmu *mmu = &layout.mmu[0];
		quire_pa beyond = (quire_pa)1 << mmu->pa_bits;

		assert_int_equal(mmu->format->leaf(mmu, 0, QUIRE_FLASH0, beyond, RWX),
				 mmu->format->leaf(mmu, 0, QUIRE_FLASH0, 0, RWX));
	}
}

/* A leaf without access is invalid, keeps its page's number, and is linear too. */
static void test_no_access(void **state)
{
	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		struct quire_chip_layout layout = layout_of(quire_chip_at(c)->name);
		const struct quire_mmu *mmu = &layout.mmu[0];
		quire_size page = quire_mmu_page_size(mmu);
		quire_entry five = mmu->format->leaf(mmu, 0, QUIRE_FLASH0, 5 * page, QUIRE_USER);
		quire_entry six = mmu->format->leaf(mmu, 0, QUIRE_FLASH0, 6 * page, QUIRE_USER);

		assert_int_equal(decode(mmu, five).kind, QUIRE_ENTRY_INVALID);
		assert_int_equal(five & 0xff & ~mmu->invalid, 5);
		assert_int_equal(six - five, 1);
	}
}

/* Entries that count and name no memory, or one that the chip has not. */
static void test_no_memory(void **state)
{
	struct quire_chip_layout s2 = layout_of("esp32s2"), p4 = layout_of("esp32p4");

	(void)state;
	assert_int_equal(decode(&s2.mmu[0], 0x00005).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&s2.mmu[0], 0x18005).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&s2.mmu[0], 0x0c005).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&p4.mmu[1], 0x00805).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(p4.mmu[0].format->leaf(&p4.mmu[0], 0, 5, 0, RWX), 0x1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_no_access),
		cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_field_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
