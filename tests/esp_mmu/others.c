/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside others: the heap, himem, flash handles and the application itself have addresses in the
 * same windows.  Their blocks are seen by who looks, and are not esp_mmu_map's to take.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_himem.h"
#include "spi_flash_mmap.h"

static const char *const chips[] = {"esp32", "esp32s3", "esp32p4"};

#define EVERY_CHIP                                                                                 \
	unsigned i = 0;                                                                            \
	i < sizeof(chips) / sizeof(chips[0]);                                                      \
	i++

/* The dump has a row with these addresses, capabilities and this use. */
static void expect_row(uint32_t va, unsigned caps, const char *use)
{
	unsigned shown = 0;
	char *text = NULL, start_of[20];
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	const char *row, *end;

	assert_non_null(stream);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(stream), ESP_OK);
	fclose(stream);
	snprintf(start_of, sizeof(start_of), " 0x%x    ", va);
	row = strstr(text, start_of);
	if (row == NULL)
		fail_msg("there is no row for 0x%x in\n%s", va, text);
	end = strchr(row, '\n');
	if ((size_t)(end - row) < strlen(use) || memcmp(end - strlen(use), use, strlen(use)) != 0)
		fail_msg("0x%x is not for \"%s\" in\n%s", va, use, text);
	assert_int_equal(sscanf(row, " %*x %*x %*x %x", &shown), 1);
	assert_int_equal(shown, caps);
	free(text);
}

/* -- the heap -- */

static void the_heaps_psram_is_looked_up_and_not_taken(void **state)
{
	(void)state;
	for (EVERY_CHIP) {
		mmu_target_t target = FLASH;
		mmu_mem_caps_t caps;
		esp_paddr_t pa = 1;
		uint32_t block;
		void *p, *out = NULL;

		start(chips[i]);
		p = heap_caps_malloc(1000, MALLOC_CAP_SPIRAM);
		assert_non_null(p);
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, &target), ESP_OK);
		assert_int_equal(target, PSRAM);
		assert_int_equal(esp_mmu_paddr_to_vaddr(pa, PSRAM, MMU_VADDR_DATA, &out), ESP_OK);
		assert_ptr_equal(out, p);
		assert_int_equal(esp_mmu_paddr_find_caps_of(pa, PSRAM, &caps), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_paddr_find_caps(pa, &caps), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_paddr_to_vaddr(0, PSRAM, MMU_VADDR_DATA, &out), ESP_OK);
		block = number(out);
		assert_int_equal(esp_mmu_unmap(out), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(out), ESP_ERR_NOT_FOUND);
		expect_row(block, DATA, "psram0  heap");
		if (i == 1)
			assert_int_equal(
				esp_mmu_map_virt(block, MIB(2), PAGE, FLASH, RODATA, 0, &out),
				ESP_ERR_INVALID_ARG);
		memset(p, 7, 1000);
		heap_caps_free(p);
		stop();
	}
}

/* What the heap shows is no block, as on a chip: whoever asks for its pages gets an address of his
   own, which he may give up, and is told of that one and never of the heap's. */
static void a_page_of_the_heap_is_mapped_again(void **state)
{
	static const char *const can[] = {"esp32s2", "esp32s3", "esp32c5", "esp32p4"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		esp_paddr_t pa = 0, page;
		void *mine, *chosen = NULL, *out = NULL;
		uint8_t *p;

		start(can[i]);
		p = heap_caps_malloc(1000, MALLOC_CAP_SPIRAM);
		assert_non_null(p);
		p[0] = 77;
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_OK);
		page = pa / PAGE * PAGE;
		for (int shared = 0; shared < 2; shared++) {
			mine = map_ok(page, PAGE, PSRAM, DATA, shared ? SHARED : 0);
			assert_ptr_not_equal(mine, p - (pa - page));
			assert_int_equal(((uint8_t *)mine)[pa - page], 77);
			out = NULL;
			assert_int_equal(esp_mmu_map(page, PAGE, PSRAM, DATA, 0, &out),
					 ESP_ERR_INVALID_STATE);
			assert_ptr_equal(out, mine);
			/* A part of it is shown by a block now. */
			out = NULL;
			assert_int_equal(esp_mmu_map(page, 2 * PAGE, PSRAM, DATA, 0, &out),
					 ESP_ERR_INVALID_ARG);
			assert_null(out);
			unmap_ok(mine);
			assert_int_equal(esp_mmu_map_virt(number(mine), page, PAGE, PSRAM, DATA,
							  shared ? SHARED : 0, &chosen),
					 ESP_OK);
			assert_ptr_equal(chosen, mine);
			unmap_ok(chosen);
		}
		/* Its addresses are out of reach. */
		for (int shared = 0; shared < 2; shared++)
			assert_int_equal(esp_mmu_map_virt(number(p) / PAGE * PAGE, page, PAGE,
							  PSRAM, DATA, shared ? SHARED : 0, &out),
					 ESP_ERR_INVALID_ARG);
		assert_null(out);
		assert_int_equal(p[0], 77);
		heap_caps_free(p);
		check_space();
		stop();
	}
}

/* -- himem -- */

static void himems_places_are_looked_up_and_not_taken(void **state)
{
	(void)state;
	for (EVERY_CHIP) {
		uint32_t bank = i == 0 ? KIB(32) : PAGE;
		esp_himem_handle_t memory;
		esp_himem_rangehandle_t range;
		mmu_mem_caps_t caps;
		esp_paddr_t pa = 1;
		void *p = NULL, *out = NULL;

		start(chips[i]);
		assert_int_equal(esp_himem_alloc(bank, &memory), ESP_OK);
		assert_int_equal(esp_himem_alloc_map_range(bank, &range), ESP_OK);
		assert_int_equal(esp_himem_map(memory, range, 0, 0, bank, 0, &p), ESP_OK);
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_OK);
		assert_int_equal(esp_mmu_paddr_to_vaddr(pa, PSRAM, MMU_VADDR_DATA, &out), ESP_OK);
		assert_ptr_equal(out, p);
		assert_int_equal(esp_mmu_paddr_find_caps_of(pa, PSRAM, &caps), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
		expect_row(number(p), DATA, "psram0  himem");
		assert_int_equal(esp_himem_unmap(range, p, bank), ESP_OK);
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(p), ESP_ERR_NOT_FOUND);
		expect_row(number(p), DATA, "-       himem");
		assert_int_equal(esp_himem_map(memory, range, 0, 0, bank, ESP_HIMEM_MAPFLAG_RO, &p),
				 ESP_OK);
		expect_row(number(p), RODATA, "psram0  himem");
		assert_int_equal(esp_himem_unmap(range, p, bank), ESP_OK);
		if (i == 1)
			assert_int_equal(
				esp_mmu_map_virt(number(p), MIB(2), PAGE, FLASH, RODATA, 0, &out),
				ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_himem_free_map_range(range), ESP_OK);
		assert_int_equal(esp_himem_free(memory), ESP_OK);
		stop();
	}
}

/* What himem shows is in the way of who does not share, and is told of to nobody. */
static void a_page_that_himem_shows_is_an_overlap(void **state)
{
	esp_himem_handle_t memory;
	esp_himem_rangehandle_t range;
	void *out = NULL, *mine;
	esp_paddr_t pa = 0;
	uint8_t *p = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_himem_alloc(PAGE, &memory), ESP_OK);
	assert_int_equal(esp_himem_alloc_map_range(PAGE, &range), ESP_OK);
	assert_int_equal(esp_himem_map(memory, range, 0, 0, PAGE, 0, (void **)&p), ESP_OK);
	p[5] = 55;
	assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_OK);
	assert_int_equal(esp_mmu_map(pa, PAGE, PSRAM, DATA, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_virt(0x3c800000, pa, PAGE, PSRAM, DATA, 0, &out),
			 ESP_ERR_INVALID_ARG);
	for (int shared = 0; shared < 2; shared++)
		assert_int_equal(esp_mmu_map_virt(number(p), pa, PAGE, PSRAM, DATA,
						  shared ? SHARED : 0, &out),
				 ESP_ERR_INVALID_ARG);
	assert_null(out);
	mine = map_ok(pa, PAGE, PSRAM, DATA, SHARED);
	assert_ptr_not_equal(mine, p);
	assert_int_equal(((uint8_t *)mine)[5], 55);
	unmap_ok(mine);
	assert_int_equal(esp_mmu_map_virt(0x3c800000, pa, PAGE, PSRAM, DATA, SHARED, &out), ESP_OK);
	assert_ptr_equal(out, at(0x3c800000));
	unmap_ok(out);
	/* What it has and does not show is in nobody's way. */
	assert_int_equal(esp_himem_unmap(range, p, PAGE), ESP_OK);
	unmap_ok(map_ok(pa, PAGE, PSRAM, DATA, 0));
	assert_int_equal(esp_himem_free_map_range(range), ESP_OK);
	assert_int_equal(esp_himem_free(memory), ESP_OK);
	check_space();
}

/* -- handles -- */

static void a_block_that_a_handle_shows_stays_until_the_handle_ends(void **state)
{
	(void)state;
	for (EVERY_CHIP) {
		spi_flash_mmap_handle_t handle;
		const void *seen = NULL;
		esp_paddr_t pa;
		void *p;

		start(chips[i]);
		fill(FLASH, MIB(2), 2 * PAGE);
		p = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
		assert_int_equal(
			spi_flash_mmap(MIB(2), 2 * PAGE, SPI_FLASH_MMAP_DATA, &seen, &handle),
			ESP_OK);
		assert_ptr_equal(seen, p);
		unmap_ok(p);
		expect_bytes(seen, FLASH, MIB(2), 2 * PAGE);
		/* It is the handle's alone now. */
		assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
		expect_bytes(seen, FLASH, MIB(2), 2 * PAGE);
		spi_flash_munmap(handle);
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_ERR_NOT_FOUND);
		unmap_ok(map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0));
		check_space();
		stop();
	}
}

static void what_a_handle_shows_is_told_of_and_not_unmapped(void **state)
{
	(void)state;
	for (EVERY_CHIP) {
		spi_flash_mmap_handle_t handle;
		mmu_mem_caps_t caps = CAPS(0);
		const void *seen = NULL;
		void *p = NULL;

		start(chips[i]);
		fill(FLASH, MIB(2), PAGE);
		assert_int_equal(spi_flash_mmap(MIB(2), PAGE, SPI_FLASH_MMAP_DATA, &seen, &handle),
				 ESP_OK);
		assert_int_equal(esp_mmu_map(MIB(2), PAGE, FLASH, RODATA, 0, &p),
				 ESP_ERR_INVALID_STATE);
		assert_ptr_equal(p, seen);
		assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_paddr_find_caps(MIB(2), &caps), ESP_OK);
		assert_int_equal(caps, RODATA);
		expect_bytes(seen, FLASH, MIB(2), PAGE);
		spi_flash_munmap(handle);
		stop();
	}
}

/* -- the application itself -- */

static void code_and_constants_stand_at_the_bottom(void **state)
{
	static const struct {
		const char *chip;
		uint32_t text, rodata;
	} bottom[] = {{"esp32", 0x400d0000, 0x3f400000},
		      {"esp32s2", 0x40080000, 0x3f000000},
		      {"esp32s3", 0x3c000000, 0x3c030000},
		      {"esp32p4", 0x40000000, 0x40030000}};

	(void)state;
	for (unsigned i = 0; i < sizeof(bottom) / sizeof(bottom[0]); i++) {
		struct quire_esp_options options = options_for(bottom[i].chip);
		struct quire_extent_info info;
		esp_paddr_t pa;

		options.boot_text = 3 * PAGE - 5;
		options.boot_rodata = PAGE + 1;
		start_with(&options);
		assert_int_equal(quire_space_query(quire_esp_space(), bottom[i].text, &info), 0);
		assert_int_equal(info.kind, QUIRE_RESERVED);
		assert_int_equal(info.va, bottom[i].text);
		assert_int_equal(info.size, 3 * PAGE);
		assert_int_equal(quire_space_query(quire_esp_space(), bottom[i].rodata, &info), 0);
		assert_int_equal(info.kind, QUIRE_RESERVED);
		assert_int_equal(info.va, bottom[i].rodata);
		assert_int_equal(info.size, 2 * PAGE);
		assert_int_equal(esp_mmu_map_release_block(at(bottom[i].text)), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(at(bottom[i].text)), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_vaddr_to_paddr(at(bottom[i].rodata), &pa, NULL),
				 ESP_ERR_NOT_FOUND);
		stop();
	}
}

static void an_application_that_is_too_large_is_refused(void **state)
{
	struct quire_esp_options options = options_for("esp32c2");
	char why[QUIRE_LINUX_TEXT] = "";

	(void)state;
	options.boot_text = MIB(5);
	assert_false(quire_esp_start(&options, why));
	assert_non_null(strstr(why, "5242880 bytes of code"));
	options.boot_text = MIB(3);
	options.boot_rodata = MIB(2);
	assert_false(quire_esp_start(&options, why));
	options.boot_text = options.boot_rodata = 0;
	start_with(&options);
	assert_int_equal(largest(R, FLASH), MIB(4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(the_heaps_psram_is_looked_up_and_not_taken),
		TEST(a_page_of_the_heap_is_mapped_again),
		TEST(a_page_that_himem_shows_is_an_overlap),
		TEST(himems_places_are_looked_up_and_not_taken),
		TEST(a_block_that_a_handle_shows_stays_until_the_handle_ends),
		TEST(what_a_handle_shows_is_told_of_and_not_unmapped),
		TEST(code_and_constants_stand_at_the_bottom),
		TEST(an_application_that_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
