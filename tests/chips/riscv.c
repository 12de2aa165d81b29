/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's entries against values worked out by hand from the privileged architecture.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/riscv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RW           (QUIRE_READ | QUIRE_WRITE)

static const struct quire_mmu *const all[] = {&quire_mmu_sv32, &quire_mmu_sv39, &quire_mmu_sv48,
					      &quire_mmu_sv39_ext, &quire_mmu_sv48_ext};

static struct quire_decoded decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_INVALID, .shift = 99};

	mmu->format->decode(mmu, level, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

static quire_entry leaf(const struct quire_mmu *mmu, quire_pa pa, unsigned attr)
{
	return mmu->format->leaf(mmu, mmu->levels - 1u, 0, pa, attr);
}

/* D A G U X W R V from the right: 0xc7 is D, A, W, R and V. */
static void test_known_values(void **state)
{
	static const struct {
		unsigned attr;
		quire_entry flags;
	} facts[] = {
		{QUIRE_READ, 0x43},
		{RW, 0xc7},
		{QUIRE_READ | QUIRE_EXEC, 0x4b},
		{QUIRE_EXEC, 0x49},
		{RW | QUIRE_EXEC | QUIRE_USER, 0xdf},
		{QUIRE_WRITE, 0xc7}, /* writable means readable */
		{0, 0x48},           /* no V: bit 3 is the format's own mark */
		{QUIRE_USER, 0x58},
		{QUIRE_READ | QUIRE_LEAF_GLOBAL, 0x63},
		{QUIRE_LEAF_GLOBAL, 0x68},
	};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++)
		for (size_t i = 0; i < COUNT(facts); i++)
			assert_true(leaf(all[m], 0x80201000, facts[i].attr) ==
				    (0x20080400 | facts[i].flags));
	assert_true(quire_format_riscv.table(&quire_mmu_sv39, 0x80201000) == 0x20080401);
	assert_true(leaf(&quire_mmu_sv39, 0xfffffffffff000, QUIRE_READ) == 0x3ffffffffffc43);
	assert_true(leaf(&quire_mmu_sv32, 0x3fffff000, QUIRE_READ) == 0xfffffc43);
}

/* Svpbmt: 0 as the memory is, 1 not cached, 2 a device, in bits 62 and 61.  Without it bits 9 and 8
   are the mode. */
static void test_cache_modes(void **state)
{
	static const struct {
		unsigned mode;
		quire_entry plain, ext;
	} facts[] = {
		{QUIRE_CACHE_WB, 0x200804c7, 0x200804c7},
		{QUIRE_CACHE_WT, 0x200805c7, 0x200805c7},
		{QUIRE_UNCACHED, 0x200806c7, 0x20000000200804c7},
		{QUIRE_DEVICE_IO, 0x200807c7, 0x40000000200804c7},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		unsigned attr = RW | facts[i].mode;

		assert_true(leaf(&quire_mmu_sv32, 0x80201000, attr) == facts[i].plain);
		assert_true(leaf(&quire_mmu_sv39, 0x80201000, attr) == facts[i].plain);
		assert_true(leaf(&quire_mmu_sv48, 0x80201000, attr) == facts[i].plain);
		assert_true(leaf(&quire_mmu_sv39_ext, 0x80201000, attr) == facts[i].ext);
		assert_true(leaf(&quire_mmu_sv48_ext, 0x80201000, attr) == facts[i].ext);
	}
	for (size_t m = 0; m < COUNT(all); m++) /* write-through is 1, not cached 2, device 3 */
		assert_int_equal(all[m]->missing_modes, m < 3 ? 0x0e : 0x02);
}

/* Svnapot: bit 63, and a page number that ends in 1000. */
static void test_clusters(void **state)
{
	const quire_entry want = 0x80000000200860c7; /* pages 0x80210 to 0x8021f */

	(void)state;
	for (unsigned page = 0; page < 16; page++)
		assert_true(leaf(&quire_mmu_sv39_ext, 0x80210000 + page * 0x1000u,
				 RW | QUIRE_LEAF_CLUSTER) == want);
	assert_true(leaf(&quire_mmu_sv48_ext, 0x80220000, RW | QUIRE_LEAF_CLUSTER) ==
		    0x800000002008a0c7);
	assert_true(decode(&quire_mmu_sv39_ext, 2, want).cluster);
	assert_true(decode(&quire_mmu_sv39_ext, 2, want).pa == 0x80210000);
	assert_int_equal(decode(&quire_mmu_sv39_ext, 2, want).kind, QUIRE_ENTRY_LEAF);
	assert_int_equal(decode(&quire_mmu_sv39_ext, 1, want).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv48_ext, 2, want).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv48_ext, 3, want).kind, QUIRE_ENTRY_LEAF);
	assert_false(decode(&quire_mmu_sv39_ext, 2, want ^ (quire_entry)1 << 63).cluster);
	for (size_t m = 0; m < COUNT(all); m++)
		for (unsigned l = 0; l < all[m]->levels; l++)
			assert_int_equal(all[m]->level[l].cluster,
					 m >= 3 && l + 1u == all[m]->levels ? 4 : 0);
}

static void round_trip(const struct quire_mmu *mmu, unsigned level, unsigned attr)
{
	quire_pa pa = (quire_pa)5 << mmu->level[level].shift;
	struct quire_decoded out;

	if (attr & QUIRE_LEAF_CLUSTER)
		pa = 0x50000;
	out = decode(mmu, level, mmu->format->leaf(mmu, level, 0, pa, attr));
	assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
	assert_int_equal(out.attr,
			 (attr & QUIRE_ATTR_MASK) | ((attr & QUIRE_WRITE) ? QUIRE_READ : 0u));
	assert_int_equal(out.used, (attr & QUIRE_WRITE) ? QUIRE_USED_MASK : QUIRE_ACCESSED);
	assert_true(out.cluster == ((attr & QUIRE_LEAF_CLUSTER) != 0));
	assert_true(out.pa == pa);
}

/* All attributes, at all levels, alone and in clusters, global and not. */
static void test_round_trip(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(all); m++)
		for (unsigned level = 0; level < all[m]->levels; level++)
			for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++) {
				round_trip(all[m], level, attr);
				round_trip(all[m], level, attr | QUIRE_LEAF_GLOBAL);
				if (all[m]->level[level].cluster)
					round_trip(all[m], level, attr | QUIRE_LEAF_CLUSTER);
			}
}

/* Marks are bits 6 and 7, and nothing else changes; a leaf without access stays a leaf. */
static void test_marks(void **state)
{
	static const quire_entry want[] = {0x00, 0x40, 0x80, 0xc0};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++)
		for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++)
			for (unsigned used = 0; used <= QUIRE_USED_MASK; used++) {
				unsigned last = all[m]->levels - 1u;
				quire_entry entry = leaf(all[m], 0x7000, attr);
				quire_entry marked =
					all[m]->format->mark(all[m], last, entry, used);

				assert_true(marked == ((entry & ~(quire_entry)0xc0) | want[used]));
				assert_int_equal(decode(all[m], last, marked).kind,
						 QUIRE_ENTRY_LEAF);
				assert_int_equal(decode(all[m], last, marked).used, used);
			}
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		unsigned last = all[m]->levels - 1u;
		quire_entry entry = all[m]->format->table(all[m], 0x123456000);

		assert_true(entry == 0x48d15801);
		for (unsigned level = 0; level < last; level++) {
			assert_int_equal(decode(all[m], level, entry).kind, QUIRE_ENTRY_TABLE);
			assert_true(decode(all[m], level, entry).pa == 0x123456000);
		}
		assert_int_equal(decode(all[m], last, entry).kind, QUIRE_ENTRY_INVALID);
		for (unsigned bit = 4; bit < 8; bit++) /* U, A and D are reserved there, G is not */
			assert_int_equal(decode(all[m], 0, entry | 1u << bit).kind,
					 bit == 5 ? QUIRE_ENTRY_TABLE : QUIRE_ENTRY_INVALID);
	}
}

static void test_invalid(void **state)
{
	static const quire_entry invalid[] = {
		0,                  /* the empty entry */
		0x20080400,         /* nothing but a page */
		0x200804c0,         /* without the mark of a leaf that allows nothing */
		0x200804ce,         /* everything but V */
		0x200804c5,         /* writable and not readable: reserved */
		0x200804cd,         /* the same, and executable */
		0x004000000000000f, /* reserved bit 54 */
		0x100000000000000f, /* reserved bit 60 */
	};
	static const quire_entry extensions[] = {
		0x80000000200860c7, /* N */
		0x20000000200804c3, /* Svpbmt: not cached */
		0x40000000200804c3, /* a device */
	};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		assert_true(all[m]->invalid == 0);
		for (size_t i = 0; i < COUNT(invalid); i++)
			assert_int_equal(decode(all[m], all[m]->levels - 1u, invalid[i]).kind,
					 QUIRE_ENTRY_INVALID);
	}
	for (size_t i = 0; i < COUNT(extensions); i++) {
		assert_int_equal(decode(&quire_mmu_sv39, 2, extensions[i]).kind,
				 QUIRE_ENTRY_INVALID);
		assert_int_equal(decode(&quire_mmu_sv39_ext, 2, extensions[i]).kind,
				 QUIRE_ENTRY_LEAF);
	}
	/* PBMT 3, and clusters whose page does not end in 1000 */
	assert_int_equal(decode(&quire_mmu_sv39_ext, 2, 0x60000000200804c3).kind,
			 QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv39_ext, 2, 0x80000000200840c7).kind,
			 QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv39_ext, 2, 0x80000000200864c7).kind,
			 QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv32, 1, 0x1000000c3).kind, QUIRE_ENTRY_INVALID);
}

static void test_shape(void **state)
{
	static const struct {
		unsigned levels, bits, pa_bits, entry_bytes;
	} facts[] = {
		{2, 32, 34, 4}, {3, 39, 56, 8}, {4, 48, 56, 8}, {3, 39, 56, 8}, {4, 48, 56, 8}};

	(void)state;
	for (size_t m = 0; m < COUNT(all); m++) {
		const struct quire_level *level = all[m]->level;

		assert_int_equal(all[m]->levels, facts[m].levels);
		assert_int_equal(level[0].shift + level[0].bits, facts[m].bits);
		assert_int_equal(all[m]->pa_bits, facts[m].pa_bits);
		assert_int_equal(all[m]->entry_bytes, facts[m].entry_bytes);
		for (unsigned l = 1; l < all[m]->levels; l++)
			assert_int_equal(level[l].shift + level[l].bits, level[l - 1].shift);
		assert_int_equal(level[all[m]->levels - 1].shift, 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_cache_modes),
		cmocka_unit_test(test_clusters),     cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_marks),        cmocka_unit_test(test_tables),
		cmocka_unit_test(test_invalid),      cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
