/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs out and what breaks: descriptors, kernel mappings, the machine itself.  After each
 * failure everything is as it was, and goes on when the cause is gone.
 */
#define _GNU_SOURCE
#include "rig.h"

#include "esp_private/esp_cache_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_log.h"

/* -- descriptors -- */

static void no_descriptor_left_is_no_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		struct quire_esp_options options = options_for(facts[i].name);
		const void *block = NULL;
		void *p[3], *out = NULL;

		options.mappings = 2 + 3; /* code and constants, and three */
		options.keep = 0;
		start_with(&options);
		for (unsigned n = 0; n < 3; n++)
			p[n] = map_ok(MIB(1) + n * PAGE, PAGE, FLASH, RODATA, 0);
		assert_int_equal(esp_mmu_map(MIB(3), PAGE, FLASH, RODATA, 0, &out), ESP_ERR_NO_MEM);
		assert_int_equal(esp_mmu_map_virt(facts[i].ways[0].end - PAGE, MIB(3), PAGE, FLASH,
						  RODATA, 0, &out),
				 ESP_ERR_NO_MEM);
		assert_int_equal(esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, FLASH, &block),
				 ESP_ERR_NO_MEM);
		assert_null(out);
		assert_null(block);
		/* What is there already needs none. */
		assert_int_equal(esp_mmu_map(MIB(1), PAGE, FLASH, RODATA, 0, &out),
				 ESP_ERR_INVALID_STATE);
		assert_ptr_equal(out, p[0]);
		unmap_ok(p[1]);
		map_ok(MIB(3), PAGE, FLASH, RODATA, 0);
		check_space();
		stop();
	}
}

/* What is only kept gives up its descriptor. */
static void what_is_kept_gives_way_to_what_is_wanted(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	const void *block[3];

	(void)state;
	options.mappings = 2 + 3;
	options.keep = 16;
	start_with(&options);
	for (unsigned n = 0; n < 40; n++)
		unmap_ok(map_ok(n * PAGE, PAGE, FLASH, n % 2 ? RODATA : CODE, 0));
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(
			esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, FLASH, &block[n]),
			ESP_OK);
	check_space();
}

/* -- the machine -- */

static void what_the_machine_refuses_has_not_happened(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		struct quire_esp_options options = options_for(facts[i].name);
		void *p, *out = NULL;
		size_t free_before;

		fail_maps(&options);
		options.keep = 0;
		start_with(&options);
		fill(FLASH, MIB(1), 4 * PAGE);
		/* A page is lost, and only the next change can say so. */
		fail_next_maps(1000);
		p = map_ok(MIB(1), PAGE, FLASH, RODATA, 0);
		free_before = largest(R, FLASH);
		for (unsigned n = 0; n < 3; n++) {
			assert_int_equal(esp_mmu_map(MIB(2), PAGE, FLASH, RODATA, 0, &out),
					 ESP_FAIL);
			assert_int_equal(esp_mmu_map_virt(facts[i].ways[0].end - PAGE, MIB(2), PAGE,
							  FLASH, RODATA, 0, &out),
					 ESP_FAIL);
		}
		assert_null(out);
		assert_int_equal(largest(R, FLASH), free_before);
		fail_next_maps(0);
		assert_int_equal(esp_mmu_map(MIB(2), PAGE, FLASH, RODATA, 0, &out), ESP_FAIL);
		/* That has mended it. */
		expect_bytes(p, FLASH, MIB(1), PAGE);
		out = map_ok(MIB(1) + PAGE, 3 * PAGE, FLASH, RODATA, 0);
		expect_bytes(out, FLASH, MIB(1) + PAGE, 3 * PAGE);
		unmap_ok(p);
		unmap_ok(out);
		check_space();
		stop();
	}
}

static void unmapping_goes_on_while_mapping_fails(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	void *p[8];

	(void)state;
	fail_maps(&options);
	options.keep = 4;
	start_with(&options);
	for (unsigned n = 0; n < 8; n++)
		p[n] = map_ok(MIB(1) + n * 2 * PAGE, PAGE, FLASH, RODATA, 0);
	fail_next_maps(100000);
	for (unsigned n = 0; n < 8; n++)
		unmap_ok(p[n]);
	fail_next_maps(0);
	assert_int_equal(largest(R, FLASH), MIB(32) - KIB(192));
	check_space();
}

/* Blocks are records of a pool; the dump is the only call that needs memory. */
static void nothing_but_the_dump_needs_the_heap(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	const void *block;
	void *p;

	(void)state;
	fail_maps(&options);
	start_with(&options);
	fail_allocations(true);
	for (unsigned n = 0; n < 40; n++) {
		p = map_ok(n * PAGE, PAGE, FLASH, RODATA, 0);
		if (n % 2)
			unmap_ok(p);
	}
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, FLASH, &block), ESP_OK);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(stderr), ESP_ERR_NO_MEM);
	fail_allocations(false);
}

/* -- what is said -- */

static char said[300];
static unsigned sentences;

static int listen(const char *format, va_list arguments)
{
	sentences++;
	return vsnprintf(said, sizeof(said), format, arguments);
}

/* One line was said since the last one, and it has this in it. */
static void expect_said(const char *words)
{
	assert_int_equal(sentences, 1);
	if (strstr(said, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, said);
	sentences = 0;
}

static void refused(uint32_t va, uint32_t pa, uint32_t size, mmu_target_t target, unsigned caps,
		    esp_err_t err, const char *words)
{
	void *p = NULL;

	assert_int_equal(esp_mmu_map_virt(va, pa, size, target, CAPS(caps), 0, &p), err);
	assert_null(p);
	expect_said(words);
}

static void each_cause_has_a_sentence(void)
{
	const unsigned rodata = RODATA;

	refused(0, PAGE, PAGE, FLASH, DATA, ESP_ERR_NOT_FOUND,
		"mmap: 65536 bytes from 0x10000 on (target 0x1, caps 0x16) cannot be mapped: no "
		"such vaddr range: no window shows flash0 with these caps");
	refused(0, 0x12345, PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": 0x12345 is not a multiple of the page of 64 KiB");
	refused(0x3c012345, PAGE, PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": 0x3c012345 is not a multiple of the page of 64 KiB");
	refused(0, MIB(4) - PAGE, 2 * PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": flash0 ends at 0x400000");
	refused(0, 0, 2 * PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": a part of it is mapped at 0x3c030000 already");
	refused(0, MIB(1), MIB(9), FLASH, rodata, ESP_ERR_NOT_FOUND,
		": no such vaddr range: the largest that is free has 0x7c0000 bytes");
	refused(0, 0, 0, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": sizes are from 1 to 0xffff0000 bytes");
	refused(0, 0, PAGE, FLASH, X | BYTES, ESP_ERR_INVALID_ARG,
		": EXEC goes with neither WRITE nor 8BIT");
	refused(0, 0, PAGE, FLASH, 0x40, ESP_ERR_NOT_FOUND,
		": no such vaddr range: caps are bits of 0x1f");
	refused(0, 0, PAGE, (mmu_target_t)0, rodata, ESP_ERR_INVALID_ARG,
		": one target is expected, 0x1 (flash) or 0x2 (PSRAM)");
	refused(0, 0, PAGE, (mmu_target_t)4, rodata, ESP_ERR_NOT_FOUND,
		": no such vaddr range: targets are bits of 0x3");
	refused(0, 0, PAGE, PSRAM, rodata, ESP_ERR_NOT_SUPPORTED, ": esp32c3 cannot map PSRAM so");
	refused(0x10000000, MIB(1), PAGE, FLASH, rodata, ESP_ERR_NOT_FOUND,
		": no such vaddr range: no window that can do so has all addresses from 0x10000000 "
		"on");
	refused(0x3c020000, MIB(1), 2 * PAGE, FLASH, rodata, ESP_ERR_NOT_FOUND,
		": no such vaddr range: something is mapped at 0x3c030000");
	refused(0x3c000000, MIB(1), PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": 0x3c000000 is reserved");
	refused(0x42100000, MIB(1), PAGE, FLASH, rodata, ESP_ERR_INVALID_ARG,
		": 0x42100000 is on the other bus");
}

static void what_is_refused_is_said_in_one_sentence(void **state)
{
	vprintf_like_t before;
	const void *block;
	void *p;

	(void)state;
	start("esp32c3");
	assert_ptr_equal(map_ok(0, PAGE, FLASH, RODATA, 0), at(0x3c030000));
	esp_log_level_set("mmap", ESP_LOG_ERROR);
	before = esp_log_set_vprintf(listen);
	sentences = 0;
	assert_int_equal(esp_mmu_map(0, PAGE, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_STATE);
	unmap_ok(map_ok(PAGE, PAGE, FLASH, RODATA, 0));
	assert_int_equal(sentences, 0);
	each_cause_has_a_sentence();
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(MIB(9), RODATA, FLASH, &block),
			 ESP_ERR_NOT_FOUND);
	expect_said("mmap: 9437184 bytes (target 0x1, caps 0x12) cannot be reserved: no such vaddr "
		    "range");
	esp_log_set_vprintf(before);
}

/* -- a machine that cannot be started -- */

static void without_a_machine_every_call_fails(void **state)
{
	size_t size = 77;
	const void *block = NULL;
	mmu_mem_caps_t caps;
	esp_paddr_t pa;
	void *p = NULL;

	(void)state;
	assert_int_equal(setenv("QUIRE_CHIP", "esp8266", 1), 0);
	assert_int_equal(esp_mmu_map(0, PAGE, FLASH, RODATA, 0, &p), ESP_FAIL);
	assert_int_equal(esp_mmu_map(0, PAGE, FLASH, RODATA, 0, NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_virt(0, 0, PAGE, FLASH, RODATA, 0, &p), ESP_FAIL);
	assert_int_equal(esp_mmu_unmap(&p), ESP_FAIL);
	assert_int_equal(esp_mmu_unmap(NULL), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, FLASH, &block),
			 ESP_FAIL);
	assert_int_equal(esp_mmu_map_release_block(&p), ESP_FAIL);
	assert_int_equal(esp_mmu_map_get_max_consecutive_free_block_size(RODATA, FLASH, &size),
			 ESP_FAIL);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks(stdout), ESP_FAIL);
	assert_int_equal(esp_mmu_map_dump_mapped_blocks_private(), ESP_FAIL);
	assert_int_equal(esp_mmu_vaddr_to_paddr(&p, &pa, NULL), ESP_FAIL);
	assert_int_equal(esp_mmu_paddr_to_vaddr(0, FLASH, MMU_VADDR_DATA, &p), ESP_FAIL);
	assert_int_equal(esp_mmu_paddr_find_caps(0, &caps), ESP_FAIL);
	assert_int_equal(esp_mmu_paddr_find_caps_of(0, FLASH, &caps), ESP_FAIL);
	assert_int_equal(esp_cache_msync(&p, 4, 0), ESP_FAIL);
	assert_int_equal(esp_cache_get_alignment(0, &size), ESP_FAIL);
	assert_int_equal(esp_cache_get_line_size_by_addr(&p), 0);
	esp_mmu_map_init();
	assert_null(p);
	assert_null(block);
	assert_int_equal(size, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(no_descriptor_left_is_no_memory),
		TEST(what_is_kept_gives_way_to_what_is_wanted),
		TEST(what_the_machine_refuses_has_not_happened),
		TEST(unmapping_goes_on_while_mapping_fails),
		TEST(nothing_but_the_dump_needs_the_heap),
		TEST(what_is_refused_is_said_in_one_sentence),
		TEST(without_a_machine_every_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
