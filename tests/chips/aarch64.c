/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64's entries against values worked out by hand from the Arm ARM, D8.3 to D8.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/aarch64.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DBM          0x0008000000000000u
#define PXN          0x0020000000000000u
#define UXN          0x0040000000000000u
#define NONE         0x0080000000000000u

static const struct quire_mmu *const all[] = {
	&quire_mmu_a64_4k_39,  &quire_mmu_a64_4k_48,  &quire_mmu_a64_16k_39, &quire_mmu_a64_16k_48,
	&quire_mmu_a64_64k_39, &quire_mmu_a64_64k_42, &quire_mmu_a64_64k_48,
};

static struct quire_decoded decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_INVALID, .shift = 99};

	mmu->format->decode(mmu, level, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

static quire_entry leaf(const struct quire_mmu *mmu, unsigned level, quire_pa pa, unsigned attr)
{
	return mmu->format->leaf(mmu, level, QUIRE_RAM, pa, attr);
}

/* nG AF SH1 SH0 | AP2 AP1 NS attr2 | attr1 attr0 page valid: 0xf83 is all of a page that is read. */
static void test_known_values(void **state)
{
	static const struct {
		unsigned attr;
		quire_entry flags;
	} facts[] = {
		{QUIRE_READ, UXN | PXN | 0xf83},
		{QUIRE_READ | QUIRE_WRITE, UXN | PXN | DBM | 0xf03},
		{QUIRE_READ | QUIRE_EXEC,
		 UXN | 0xf83}, /* the kernel's: not the user's to execute */
		{QUIRE_READ | QUIRE_EXEC | QUIRE_USER, PXN | 0xfc3}, /* and the reverse */
		{QUIRE_READ | QUIRE_USER, UXN | PXN | 0xfc3},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_USER, UXN | PXN | DBM | 0xf43},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC, UXN | DBM | 0xf03},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC | QUIRE_USER, PXN | DBM | 0xf43},
		{QUIRE_WRITE, UXN | PXN | DBM | 0xf03}, /* writable means readable */
		{QUIRE_EXEC, UXN | 0xf83},              /* and so does executable */
		{QUIRE_READ | QUIRE_CACHE_WT, UXN | PXN | 0xf87},
		{QUIRE_READ | QUIRE_UNCACHED, UXN | PXN | 0xf8b},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_DEVICE_IO, UXN | PXN | DBM | 0xf0f},
		{QUIRE_READ | QUIRE_LEAF_GLOBAL, UXN | PXN | 0x783},
		{QUIRE_READ | QUIRE_LEAF_CLUSTER, UXN | PXN | 0x0010000000000f83},
		{0, NONE | UXN | PXN | 0xf82},
		{QUIRE_USER, NONE | UXN | PXN | 0xfc2},
		{QUIRE_USER | QUIRE_DEVICE_IO, NONE | UXN | PXN | 0xfce},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		unsigned attr = facts[i].attr;
		quire_entry block = facts[i].flags & ~(quire_entry)2;

		assert_true(leaf(&quire_mmu_a64_4k_48, 3, 0x80201000, attr) ==
			    (0x80201000 | facts[i].flags));
		assert_true(leaf(&quire_mmu_a64_16k_39, 2, 0x80204000, attr) ==
			    (0x80204000 | facts[i].flags));
		assert_true(leaf(&quire_mmu_a64_64k_39, 1, 0x80210000, attr) ==
			    (0x80210000 | facts[i].flags));
		assert_true(leaf(&quire_mmu_a64_4k_39, 1, 0x80200000, attr) ==
			    (0x80200000 | block));
		assert_true(leaf(&quire_mmu_a64_64k_42, 0, 0xa0000000, attr) ==
			    (0xa0000000 | block));
	}
}

/* The highest pages of 48 bits, and tables. */
static void test_addresses(void **state)
{
	(void)state;
	assert_true(leaf(&quire_mmu_a64_4k_39, 2, 0xfffffffff000, QUIRE_READ) ==
		    0x0060ffffffffff83);
	assert_true(leaf(&quire_mmu_a64_4k_39, 0, 0xffffc0000000, QUIRE_READ) ==
		    0x0060ffffc0000f81);
	assert_true(leaf(&quire_mmu_a64_16k_48, 3, 0xffffffffc000, QUIRE_READ) ==
		    0x0060ffffffffcf83);
	assert_true(leaf(&quire_mmu_a64_16k_48, 2, 0xfffffe000000, QUIRE_READ) ==
		    0x0060fffffe000f81);
	assert_true(leaf(&quire_mmu_a64_64k_48, 2, 0xffffffff0000, QUIRE_READ) ==
		    0x0060ffffffff0f83);
	assert_true(leaf(&quire_mmu_a64_64k_48, 1, 0xffffe0000000, QUIRE_READ) ==
		    0x0060ffffe0000f81);
	for (size_t m = 0; m < COUNT(all); m++)
		assert_true(all[m]->format->table(all[m], 0x123456780000) == 0x123456780003);
}

/* What can be said of a leaf, at each level that has them. */
static void round_trip(const struct quire_mmu *mmu, unsigned level, unsigned attr)
{
	quire_pa pa = (quire_pa)5 << mmu->level[level].shift;
	struct quire_decoded out = decode(mmu, level, leaf(mmu, level, pa, attr));
	unsigned want = attr & QUIRE_ATTR_MASK;
	bool writable = (attr & QUIRE_WRITE) != 0;

	if (attr & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC))
		want |= QUIRE_READ;
	assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
	assert_int_equal(out.attr, want);
	assert_true(out.pa == pa);
	assert_int_equal(out.used, QUIRE_ACCESSED | (writable ? QUIRE_DIRTY : 0));
	assert_true(out.cluster == ((attr & QUIRE_LEAF_CLUSTER) != 0));
	assert_true(leaf(mmu, level, pa * 3, attr) - leaf(mmu, level, pa, attr) == pa * 2);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		for (unsigned level = 0; level < all[m]->levels; level++) {
			for (unsigned attr = 0;
			     attr <= QUIRE_ATTR_MASK && all[m]->level[level].leaf; attr++) {
				round_trip(all[m], level, attr);
				round_trip(all[m], level, attr | QUIRE_LEAF_GLOBAL);
				round_trip(all[m], level, attr | QUIRE_LEAF_CLUSTER);
			}
		}
	}
}

/* AF is 0x400; clean is read-only, 0x80, beside DBM. */
static void test_marks(void **state)
{
	static const quire_entry read[] = {0xb83, 0xf83, 0xb83, 0xf83};
	static const quire_entry write[] = {0xb83, 0xf83, 0xb03, 0xf03};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		unsigned last = all[m]->levels - 1u;

		for (unsigned used = 0; used <= QUIRE_USED_MASK; used++) {
			quire_entry r = leaf(all[m], last, 0x80210000, QUIRE_READ);
			quire_entry w = leaf(all[m], last, 0x80210000, QUIRE_WRITE);

			r = all[m]->format->mark(all[m], last, r, used);
			w = all[m]->format->mark(all[m], last, w, used);
			assert_true(r == (UXN | PXN | 0x80210000 | read[used]));
			assert_true(w == (UXN | PXN | DBM | 0x80210000 | write[used]));
			assert_int_equal(decode(all[m], last, r).used, used & QUIRE_ACCESSED);
			assert_int_equal(decode(all[m], last, w).used, used);
			assert_int_equal(decode(all[m], last, w).attr, QUIRE_READ | QUIRE_WRITE);
			assert_true(all[m]->format->mark(all[m], last, w, QUIRE_USED_MASK) ==
				    leaf(all[m], last, 0x80210000, QUIRE_WRITE));
		}
	}
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		unsigned last = all[m]->levels - 1u;

		for (unsigned level = 0; level < last; level++) {
			struct quire_decoded out = decode(all[m], level, 0x123456780003);

			assert_int_equal(out.kind, QUIRE_ENTRY_TABLE);
			assert_true(out.pa == 0x123456780000);
			/* A block where there is none is nothing. */
			assert_int_equal(decode(all[m], level, 0x0060000000000f81).kind,
					 all[m]->level[level].leaf ? QUIRE_ENTRY_LEAF
								   : QUIRE_ENTRY_INVALID);
		}
		assert_int_equal(decode(all[m], last, 0x123456780003).kind, QUIRE_ENTRY_LEAF);
		assert_int_equal(decode(all[m], last, 0x123456780001).kind, QUIRE_ENTRY_INVALID);
		for (unsigned level = 0; level <= last; level++) {
			assert_true(all[m]->invalid == 0);
			assert_int_equal(decode(all[m], level, 0).kind, QUIRE_ENTRY_INVALID);
			assert_int_equal(decode(all[m], level, 0x0060000080200f80).kind,
					 QUIRE_ENTRY_INVALID);
		}
	}
}

/* Levels tile the address; blocks and clusters are the sizes that the manual lists. */
static void test_shape(void **state)
{
	static const struct {
		unsigned bits, levels, page, block, page_cluster, block_cluster;
	} facts[] = {
		{39, 3, 12, 21, 16, 25}, {48, 4, 12, 21, 16, 25}, {39, 3, 14, 25, 21, 30},
		{48, 4, 14, 25, 21, 30}, {39, 2, 16, 29, 21, 34}, {42, 2, 16, 29, 21, 34},
		{48, 3, 16, 29, 21, 34},
	};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		const struct quire_level *level = all[m]->level;
		unsigned last = all[m]->levels - 1u;

		assert_int_equal(all[m]->levels, facts[m].levels);
		assert_int_equal(level[0].shift + level[0].bits, facts[m].bits);
		assert_int_equal(level[last].shift, facts[m].page);
		assert_int_equal(level[last].shift + level[last].cluster, facts[m].page_cluster);
		assert_int_equal(level[last - 1].shift, facts[m].block);
		assert_true(level[last - 1].leaf && level[last].leaf);
		assert_int_equal(level[last - 1].shift + level[last - 1].cluster,
				 facts[m].block_cluster);
		for (unsigned l = 1; l <= last; l++)
			assert_int_equal(level[l].shift + level[l].bits, level[l - 1].shift);
		for (unsigned l = 0; l + 1 < last; l++)
			assert_true(level[l].leaf == (level[l].shift == 30));
		assert_int_equal(all[m]->pa_bits, 48);
		assert_int_equal(all[m]->entry_bytes, 8);
		assert_int_equal(all[m]->flags, QUIRE_MMU_BREAK_BEFORE_MAKE);
		assert_int_equal(all[m]->missing_modes, 0);
	}
	assert_int_equal(quire_mmu_a64_4k_39.level[0].cluster, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_marks),
		cmocka_unit_test(test_tables),       cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
