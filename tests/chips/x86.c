/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64's entries against values worked out by hand from the SDM, volume 3A, 4.5.4 and 12.12.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define XD           0x8000000000000000u

static struct quire_decoded decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_INVALID, .shift = 99};

	mmu->format->decode(mmu, level, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

static quire_entry leaf(unsigned level, quire_pa pa, unsigned attr)
{
	return quire_format_x86.leaf(&quire_mmu_x86_64, level, 0, pa, attr);
}

/* PAT D A PCD PWT U/S R/W P from the left of the low byte: 0x21 is A and P, 0x40 is D. */
static void test_known_values(void **state)
{
	static const struct {
		unsigned attr;
		quire_entry flags;
	} facts[] = {
		{QUIRE_READ, XD | 0x21},
		{QUIRE_READ | QUIRE_WRITE, XD | 0x63},
		{QUIRE_READ | QUIRE_EXEC, 0x21},
		{QUIRE_EXEC, 0x21},       /* executable means readable */
		{QUIRE_WRITE, XD | 0x63}, /* and so does writable */
		{QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC | QUIRE_USER, 0x67},
		{QUIRE_READ | QUIRE_USER, XD | 0x25},
		{QUIRE_READ | QUIRE_CACHE_WT, XD | 0x29},
		{QUIRE_READ | QUIRE_UNCACHED, XD | 0xa1},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_DEVICE_IO, XD | 0x7b},
		{QUIRE_READ | QUIRE_EXEC | QUIRE_LEAF_GLOBAL, 0x121},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++)
		assert_true(leaf(3, 0x80201000, facts[i].attr) == (0x80201000 | facts[i].flags));
	assert_true(leaf(3, 0xffffffffff000, QUIRE_READ) == 0x800ffffffffff021);
	assert_true(quire_format_x86.table(&quire_mmu_x86_64, 0x80201000) == 0x80201027);
}

/* Bit 7 says that a page is large; the cache mode's third bit is bit 12 then. */
static void test_large(void **state)
{
	(void)state;
	assert_true(leaf(2, 0x80200000, QUIRE_READ | QUIRE_WRITE) == (XD | 0x802000e3));
	assert_true(leaf(2, 0x80200000, QUIRE_READ | QUIRE_UNCACHED) == (XD | 0x802010a1));
	assert_true(leaf(1, 0xc0000000, QUIRE_READ | QUIRE_UNCACHED) == (XD | 0xc00010a1));
	assert_true(leaf(1, 0xc0000000, QUIRE_READ | QUIRE_EXEC | QUIRE_DEVICE_IO) == 0xc00000b9);
}

/* Without P, and the address inverted within its field. */
static void test_no_access(void **state)
{
	(void)state;
	assert_true(leaf(3, 0x80201000, 0) == (XD | 0xfffff7fdfe220));
	assert_true(leaf(3, 0x80201000, QUIRE_USER) == (XD | 0xfffff7fdfe224));
	assert_true(leaf(2, 0x80200000, QUIRE_UNCACHED) == (XD | 0xfffff7fc012a0));
	assert_true(leaf(3, 0x80202000, 0) - leaf(3, 0x80201000, 0) == (quire_entry)-0x1000);
	assert_int_equal(leaf(3, 0, 0) & 1, 0);
	assert_int_equal(decode(&quire_mmu_x86_64, 3, leaf(3, 0, 0)).kind, QUIRE_ENTRY_LEAF);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++) {
		for (unsigned level = 1; level < 4; level++) {
			quire_pa pa = (quire_pa)5 << quire_mmu_x86_64.level[level].shift;
			struct quire_decoded out =
				decode(&quire_mmu_x86_64, level, leaf(level, pa, attr));
			unsigned access = attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC);

			assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
			assert_int_equal(out.attr, attr | (access ? QUIRE_READ : 0u));
			assert_true(out.pa == pa);
			assert_false(out.cluster);
			assert_int_equal(out.used,
					 QUIRE_ACCESSED | ((attr & QUIRE_WRITE) ? QUIRE_DIRTY : 0));
		}
	}
}

static void test_linear(void **state)
{
	(void)state;
	for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++) {
		for (unsigned level = 1; level < 4; level++) {
			quire_size size = (quire_size)1 << quire_mmu_x86_64.level[level].shift;
			quire_entry step = leaf(level, size, attr) - leaf(level, 0, attr);

			for (unsigned i = 0; i < 512; i += 73)
				assert_true(leaf(level, i * size, attr) ==
					    leaf(level, 0, attr) + i * step);
		}
	}
}

static void test_tables(void **state)
{
	quire_entry entry = quire_format_x86.table(&quire_mmu_x86_64, 0x123456000);

	(void)state;
	for (unsigned level = 0; level < 3; level++) {
		assert_int_equal(decode(&quire_mmu_x86_64, level, entry).kind, QUIRE_ENTRY_TABLE);
		assert_true(decode(&quire_mmu_x86_64, level, entry).pa == 0x123456000);
	}
	assert_int_equal(decode(&quire_mmu_x86_64, 3, entry).kind, QUIRE_ENTRY_LEAF);
	assert_true(decode(&quire_mmu_x86_64, 0, 0x800ffffffffff001).pa == 0xffffffffff000);
}

static void test_invalid(void **state)
{
	static const struct {
		unsigned level;
		quire_entry entry;
	} invalid[] = {
		{0, 0},
		{3, 0},
		{3, 0x80201020},        /* everything but P */
		{0, 0xc00000a1},        /* a large page at the top */
		{1, 0x80200021 | 0x80}, /* 1 GiB, and not aligned */
		{2, 0x80202021 | 0x80}, /* 2 MiB, bit 13 */
		{2, 0x220},             /* without P, and no page */
	};

	(void)state;
	assert_true(quire_mmu_x86_64.invalid == 0 && quire_mmu_x86_64_2m.invalid == 0);
	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_int_equal(decode(&quire_mmu_x86_64, invalid[i].level, invalid[i].entry).kind,
				 QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_x86_64_2m, 1, 0xc00000a1).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_x86_64_2m, 2, 0xc00000a1).kind, QUIRE_ENTRY_LEAF);
}

/* A is bit 5, D is bit 6; nothing else changes. */
static void test_marks(void **state)
{
	static const quire_entry bits[] = {0, 0x20, 0x40, 0x60};
	quire_entry entry = XD | 0x80201007;

	(void)state;
	for (unsigned used = 0; used <= QUIRE_USED_MASK; used++) {
		for (unsigned before = 0; before <= QUIRE_USED_MASK; before++)
			assert_true(quire_format_x86.mark(&quire_mmu_x86_64, 3,
							  entry | bits[before],
							  used) == (entry | bits[used]));
		assert_int_equal(decode(&quire_mmu_x86_64, 3, entry | bits[used]).used, used);
	}
}

static void test_shape(void **state)
{
	static const unsigned shifts[] = {39, 30, 21, 12};

	(void)state;
	assert_int_equal(quire_mmu_x86_64.levels, 4);
	assert_int_equal(quire_mmu_x86_64.pa_bits, 52);
	assert_int_equal(quire_mmu_x86_64.entry_bytes, 8);
	for (unsigned l = 0; l < 4; l++) {
		assert_int_equal(quire_mmu_x86_64.level[l].shift, shifts[l]);
		assert_int_equal(quire_mmu_x86_64.level[l].bits, 9);
		assert_int_equal(quire_mmu_x86_64.level[l].leaf, l >= 1);
		assert_int_equal(quire_mmu_x86_64_2m.level[l].shift, shifts[l]);
		assert_int_equal(quire_mmu_x86_64_2m.level[l].leaf, l >= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_large),
		cmocka_unit_test(test_no_access),    cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_linear),       cmocka_unit_test(test_tables),
		cmocka_unit_test(test_invalid),      cmocka_unit_test(test_marks),
		cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
