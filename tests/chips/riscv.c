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

static struct quire_decoded decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry)
{
	struct quire_decoded out = {.kind = QUIRE_ENTRY_INVALID, .shift = 99};

	mmu->format->decode(mmu, level, entry, &out);
	assert_int_equal(out.shift, 99);
	return out;
}

/* D A G U X W R V from the left, 0xc0 is D and A. */
static void test_known_values(void **state)
{
	static const struct {
		unsigned attr;
		quire_entry flags;
	} facts[] = {
		{QUIRE_READ, 0xc3},
		{QUIRE_READ | QUIRE_WRITE, 0xc7},
		{QUIRE_READ | QUIRE_EXEC, 0xcb},
		{QUIRE_EXEC, 0xc9},
		{QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC | QUIRE_USER, 0xdf},
		{QUIRE_WRITE, 0xc7}, /* writable means readable */
		{0, 0xc0},
		{QUIRE_USER, 0xd0},
		{QUIRE_READ | QUIRE_CACHE_WT, 0x1c3},
		{QUIRE_READ | QUIRE_DEVICE_IO, 0x3c3},
	};
	const struct quire_format *format = &quire_format_riscv;

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		assert_true(format->leaf(&quire_mmu_sv39, 2, 0, 0x80201000, facts[i].attr) ==
			    (0x20080400 | facts[i].flags));
		assert_true(format->leaf(&quire_mmu_sv32, 1, 0, 0x80201000, facts[i].attr) ==
			    (0x20080400 | facts[i].flags));
	}
	assert_true(format->table(&quire_mmu_sv39, 0x80201000) == 0x20080401);
	assert_true(format->leaf(&quire_mmu_sv39, 2, 0, 0xfffffffffff000, QUIRE_READ) ==
		    0x3ffffffffffcc3);
	assert_true(format->leaf(&quire_mmu_sv32, 1, 0, 0x3fffff000, QUIRE_READ) == 0xfffffcc3);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned attr = 0; attr <= QUIRE_ATTR_MASK; attr++) {
		for (unsigned level = 0; level < 3; level++) {
			quire_pa pa = (quire_pa)5 << quire_mmu_sv39.level[level].shift;
			quire_entry entry =
				quire_format_riscv.leaf(&quire_mmu_sv39, level, 0, pa, attr);
			struct quire_decoded out = decode(&quire_mmu_sv39, level, entry);
			unsigned want = attr | ((attr & QUIRE_WRITE) ? QUIRE_READ : 0u);

			assert_int_equal(out.kind, QUIRE_ENTRY_LEAF);
			assert_int_equal(out.attr, want);
			assert_true(out.pa == pa);
		}
	}
}

static void test_tables(void **state)
{
	quire_entry entry = quire_format_riscv.table(&quire_mmu_sv39, 0x123456000);

	(void)state;
	assert_int_equal(decode(&quire_mmu_sv39, 0, entry).kind, QUIRE_ENTRY_TABLE);
	assert_int_equal(decode(&quire_mmu_sv39, 1, entry).kind, QUIRE_ENTRY_TABLE);
	assert_true(decode(&quire_mmu_sv39, 1, entry).pa == 0x123456000);
	assert_int_equal(decode(&quire_mmu_sv39, 2, entry).kind, QUIRE_ENTRY_INVALID);
	entry = quire_format_riscv.table(&quire_mmu_sv32, 0x123456000);
	assert_int_equal(decode(&quire_mmu_sv32, 0, entry).kind, QUIRE_ENTRY_TABLE);
	assert_int_equal(decode(&quire_mmu_sv32, 1, entry).kind, QUIRE_ENTRY_INVALID);
}

static void test_invalid(void **state)
{
	static const quire_entry invalid[] = {
		0,                  /* the empty entry */
		0x20080400,         /* nothing but a page */
		0x200804ce,         /* everything but V */
		0x200804c5,         /* writable and not readable: reserved */
		0x200804cd,         /* the same, and executable */
		0x004000000000000f, /* reserved bit 54 */
		0x800000000000000f, /* N, of an extension that is not claimed */
		0x20000000200804c3, /* Svpbmt, likewise */
	};

	(void)state;
	assert_true(quire_mmu_sv39.invalid == 0 && quire_mmu_sv32.invalid == 0);
	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_int_equal(decode(&quire_mmu_sv39, 2, invalid[i]).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv39, 0, 0x200804c5).kind, QUIRE_ENTRY_INVALID);
	assert_int_equal(decode(&quire_mmu_sv32, 1, 0x1000000c3).kind, QUIRE_ENTRY_INVALID);
}

static void test_shape(void **state)
{
	(void)state;
	assert_int_equal(quire_mmu_sv39.levels, 3);
	assert_int_equal(quire_mmu_sv39.level[0].shift + quire_mmu_sv39.level[0].bits, 39);
	assert_int_equal(quire_mmu_sv39.pa_bits, 56);
	assert_int_equal(quire_mmu_sv32.levels, 2);
	assert_int_equal(quire_mmu_sv32.level[0].shift + quire_mmu_sv32.level[0].bits, 32);
	assert_int_equal(quire_mmu_sv32.pa_bits, 34);
	for (unsigned l = 1; l < 3; l++)
		assert_int_equal(quire_mmu_sv39.level[l].shift + quire_mmu_sv39.level[l].bits,
				 quire_mmu_sv39.level[l - 1].shift);
	assert_int_equal(quire_mmu_sv32.level[1].shift + quire_mmu_sv32.level[1].bits, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_tables),       cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
