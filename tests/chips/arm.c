/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARMv7's short descriptors against values put together by hand from the figures of the Arm
 * Architecture Reference Manual (ARMv7-A and ARMv7-R edition, B3.5.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/arm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define R            QUIRE_READ
#define W            QUIRE_WRITE
#define X            QUIRE_EXEC
#define U            QUIRE_USER
#define G            QUIRE_LEAF_GLOBAL
#define C            QUIRE_LEAF_CLUSTER

static const struct quire_mmu *const mmus[] = {&quire_mmu_armv7, &quire_mmu_armv7_kernel,
					       &quire_mmu_armv7_user};

static quire_entry leaf(unsigned level, quire_pa pa, unsigned attr)
{
	return quire_format_armv7.leaf(&quire_mmu_armv7, level, 0, pa, attr);
}

static struct quire_decoded decode(unsigned level, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_TABLE, .shift = 99};

	quire_format_armv7.decode(&quire_mmu_armv7, level, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

/* nG S AP2 TEX AP1 AF C B 1 XN: bits 11, 10, 9, 8 to 6, 5, 4, 3, 2, 1, 0. */
static void test_small_pages(void **state)
{
	static const struct {
		unsigned attr;
		quire_entry low;
	} facts[] = {
		{R, 0xe13},
		{R | W, 0xd13},
		{W, 0xd13}, /* writable means readable */
		{R | X, 0xe12},
		{X, 0xe12}, /* and so does executable */
		{R | W | X | U, 0xd32},
		{R | U, 0xe33},
		{R | W | G, 0x513},
		{R | W | QUIRE_CACHE_WT, 0xd17},
		{R | W | QUIRE_UNCACHED, 0xd1b},
		{R | W | QUIRE_DEVICE_IO, 0xd1f},
		{0, 0xe10}, /* no access: type 00, S tells it from nothing */
		{U | QUIRE_DEVICE_IO | G, 0x63c},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++)
		assert_int_equal(leaf(1, 0x87654000, facts[i].attr), 0x87654000 | facts[i].low);
}

/* XN in bit 15, TEX in 14 to 12, bits 8 to 6 zero; 16 alike. */
static void test_large_pages(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		quire_pa pa = 0x87650000 + i * 0x1000;

		assert_int_equal(leaf(1, pa, R | C), 0x87658e11);
		assert_int_equal(leaf(1, pa, R | W | C), 0x8765cc11);
		assert_int_equal(leaf(1, pa, R | X | U | C), 0x87650e31);
		assert_int_equal(leaf(1, pa, R | W | C | G | QUIRE_DEVICE_IO), 0x8765c41d);
		assert_int_equal(leaf(1, pa, C), 0x87650e90);
	}
}

/* nG 17, S 16, AP2 15, TEX 14 to 12, AP1 11, AF 10, XN 4, C 3, B 2; supersections 18. */
static void test_sections(void **state)
{
	(void)state;
	assert_int_equal(leaf(0, 0x87600000, R), 0x87638412);
	assert_int_equal(leaf(0, 0x87600000, R | W), 0x87634412);
	assert_int_equal(leaf(0, 0x87600000, R | X | U), 0x87638c02);
	assert_int_equal(leaf(0, 0x87600000, R | W | G | QUIRE_DEVICE_IO), 0x8761441e);
	assert_int_equal(leaf(0, 0x87600000, 0), 0x87638410);
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(leaf(0, 0x87000000 + i * 0x100000, R | W | C), 0x87074412);
		assert_int_equal(leaf(0, 0x87000000 + i * 0x100000, C), 0x87078410);
	}
}

static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned word = 0; word < 8u * 64u; word++) {
		unsigned level = word >> 6 & 1, cluster = (word & 0x80) ? C : 0;
		unsigned attr = (word & QUIRE_ATTR_MASK) | cluster | ((word & 0x100) ? G : 0);
		quire_pa pa = (quire_pa)0x9b << 24;
		struct quire_decoded out = decode(level, leaf(level, pa, attr));
		unsigned want = attr & QUIRE_ATTR_MASK;

		if (want & (W | X))
			want |= R;
		assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
		assert_int_equal(out.attr, want);
		assert_int_equal(out.target, QUIRE_RAM);
		assert_true(out.pa == pa);
		assert_int_equal(out.cluster, cluster != 0);
		assert_int_equal(out.used,
				 QUIRE_ACCESSED | ((want & W) ? (unsigned)QUIRE_DIRTY : 0u));
	}
}

/* Marks change AP2 and AF and nothing else; what may not be written is never dirty. */
static void test_marks(void **state)
{
	(void)state;
	for (unsigned word = 0; word < 8u * 64u; word++) {
		unsigned level = word >> 6 & 1;
		unsigned attr = (word & QUIRE_ATTR_MASK) | ((word & 0x80) ? C : 0) |
				((word & 0x100) ? G : 0);
		quire_entry before = leaf(level, 0x9b000000, attr), after;
		struct quire_decoded was = decode(level, before), is;
		quire_entry changing = level == 0 ? 0x8400 : 0x210;

		for (unsigned used = 0; used <= QUIRE_USED_MASK; used++) {
			after = quire_format_armv7.mark(&quire_mmu_armv7, level, before, used);
			is = decode(level, after);
			assert_int_equal((before ^ after) & ~changing, 0);
			assert_int_equal(is.used,
					 used & ((attr & W) ? 3u : (unsigned)QUIRE_ACCESSED));
			assert_true(is.kind == QUIRE_ENTRY_LEAF && is.attr == was.attr &&
				    is.cluster == was.cluster && is.pa == was.pa);
			assert_int_equal(quire_format_armv7.mark(&quire_mmu_armv7, level, after,
								 QUIRE_USED_MASK),
					 before);
		}
	}
}

/* A page that may be written and is clean is read-only to the core, and not accessed faults. */
static void test_known_marks(void **state)
{
	const struct quire_format *f = &quire_format_armv7;

	(void)state;
	assert_int_equal(f->mark(&quire_mmu_armv7, 1, 0x87654d13, 0), 0x87654f03);
	assert_int_equal(f->mark(&quire_mmu_armv7, 1, 0x87654d13, QUIRE_ACCESSED), 0x87654f13);
	assert_int_equal(f->mark(&quire_mmu_armv7, 1, 0x8765cc11, QUIRE_ACCESSED), 0x8765ce11);
	assert_int_equal(f->mark(&quire_mmu_armv7, 0, 0x87634412, 0), 0x8763c012);
}

static void test_tables(void **state)
{
	(void)state;
	assert_int_equal(quire_format_armv7.table(&quire_mmu_armv7, 0x87654c00), 0x87654c01);
	assert_int_equal(decode(0, 0x87654c01).kind, QUIRE_ENTRY_TABLE);
	assert_true(decode(0, 0x87654c01).pa == 0x87654c00);
	/* at the last level the same bits are a large page */
	assert_int_equal(decode(1, 0x87650c01).kind, QUIRE_ENTRY_LEAF);
}

static void test_invalid(void **state)
{
	static const quire_entry invalid[][2] = {
		{0, 0},          {1, 0},          /* the empty entries */
		{0, 0x87600000}, {1, 0x87654000}, /* nothing but an address */
		{0, 0x87654c21}, {0, 0x87634432}, /* another domain: the core would fault */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_int_equal(decode((unsigned)invalid[i][0], invalid[i][1]).kind,
				 QUIRE_ENTRY_INVALID);
}

/* Runs of entries are a first value, a count and a step. */
static void test_linear(void **state)
{
	(void)state;
	for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++) {
		assert_int_equal(leaf(1, 0x5000, attr) - leaf(1, 0x4000, attr), 0x1000);
		assert_int_equal(leaf(0, 0x500000, attr) - leaf(0, 0x400000, attr), 0x100000);
		assert_int_equal(leaf(1, 0x20000, attr | C) - leaf(1, 0x10000, attr | C), 0x10000);
		assert_int_equal(leaf(0, 0x2000000, attr | C) - leaf(0, 0x1000000, attr | C),
				 0x1000000);
	}
}

static void test_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mmus); i++) {
		const struct quire_mmu *mmu = mmus[i];
		unsigned bits = mmu == &quire_mmu_armv7_user ? 31 : 32;

		assert_int_equal(mmu->levels, 2);
		assert_int_equal(mmu->level[0].shift, 20);
		assert_int_equal(mmu->level[0].shift + mmu->level[0].bits, bits);
		assert_int_equal(mmu->level[1].shift, 12);
		assert_int_equal(mmu->level[1].shift + mmu->level[1].bits, 20);
		assert_int_equal(mmu->level[0].cluster, 4);
		assert_int_equal(mmu->level[1].cluster, 4);
		assert_int_equal(mmu->entry_bytes, 4);
		assert_int_equal(mmu->pa_bits, 32);
		assert_int_equal(mmu->invalid, 0);
		assert_int_equal(mmu->missing_modes, 0);
		assert_int_equal(mmu->flags,
				 QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_KERNEL_RUNS_USER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_pages), cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_sections),    cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_marks),       cmocka_unit_test(test_known_marks),
		cmocka_unit_test(test_tables),      cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_linear),      cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
