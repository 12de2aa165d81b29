/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdkconfig.h and soc_caps.h against the records of the chips: two descriptions of one thing, made
 * from different sources, must agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/chip.h"
#include "values.h"

extern const struct values values_esp32, values_esp32s2, values_esp32s3, values_esp32c2,
	values_esp32c3, values_esp32c5, values_esp32c6, values_esp32c61, values_esp32h2,
	values_esp32h21, values_esp32h4, values_esp32p4, values_esp32s31;

static const struct values *const all[] = {
	&values_esp32,   &values_esp32s2, &values_esp32s3,  &values_esp32c2, &values_esp32c3,
	&values_esp32c5, &values_esp32c6, &values_esp32c61, &values_esp32h2, &values_esp32h21,
	&values_esp32h4, &values_esp32p4, &values_esp32s31,
};

#define COUNT (sizeof(all) / sizeof(all[0]))

static const struct quire_chip *chip_of(const struct values *v)
{
	const struct quire_chip *chip = quire_chip_by_name(v->target);

	assert_non_null(chip);
	return chip;
}

static void test_there_is_one_for_every_chip(void **state)
{
	(void)state;
	assert_int_equal(COUNT, quire_chip_count());
	for (unsigned i = 0; i < COUNT; i++)
		assert_string_equal(quire_chip_at(i)->name, all[i]->target);
}

static void test_numbers_are_the_chips(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		const struct quire_chip *chip = chip_of(all[i]);

		assert_int_equal(all[i]->id, chip->image_id);
		assert_int_equal(all[i]->cores, chip->cores);
		assert_int_equal(all[i]->soc_cores, chip->cores);
		assert_int_equal(all[i]->unicore, chip->cores == 1);
		assert_int_equal(all[i]->loader, chip->bootloader_offset);
		assert_int_equal(all[i]->psram, chip->psram);
	}
}

/* Espressif's first chips are Xtensa's. */
static void test_architectures(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(all[i]->xtensa, strcmp(all[i]->target, "esp32") == 0 ||
							 strcmp(all[i]->target, "esp32s2") == 0 ||
							 strcmp(all[i]->target, "esp32s3") == 0);
}

static void test_pages_are_the_mmus(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		const struct quire_chip *chip = chip_of(all[i]);

		assert_int_equal(all[i]->page_size, 1u << chip->mmu[0].page_shift[0]);
		assert_int_equal(all[i]->soc_page_size, all[i]->page_size);
		assert_int_equal(all[i]->pages, chip->mmu[0].page_shift[1] != 0);
		/* The first chip's table is two here, and one to those who number MMUs. */
		assert_int_equal(all[i]->mmus, chip->image_id == 0 ? 1 : chip->mmu_count);
	}
}

static void test_caches(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		const struct quire_chip *chip = chip_of(all[i]);

		/* The first chip writes back, and has no operation for it. */
		assert_int_equal(all[i]->writeback, chip->cache_writeback && chip->image_id != 0);
		if (all[i]->line != 0)
			assert_int_equal(all[i]->line, chip->cache_line);
	}
}

static void test_buses(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		const struct quire_chip *chip = chip_of(all[i]);
		bool one = chip->window[0].base == chip->window[0].exec_base &&
			   (chip->window[0].caps & (QUIRE_CAP_READ | QUIRE_CAP_EXEC)) ==
				   (QUIRE_CAP_READ | QUIRE_CAP_EXEC);

		assert_int_equal(all[i]->one_bus, one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_one_for_every_chip),
		cmocka_unit_test(test_numbers_are_the_chips),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_pages_are_the_mmus),
		cmocka_unit_test(test_caches),
		cmocka_unit_test(test_buses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
