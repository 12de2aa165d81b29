/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ESP-IDF does wrongly, done right: one test for each, named after what is right.
 * docs/esp-idf.md has them in a table.
 */
#include "rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "spi_flash_mmap.h"

/* -- addresses are taken as they are -- */

static void unmap_by_an_unrelated_pointer_with_equal_low_bits_is_not_found(void **state)
{
	void *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	for (uint32_t high = 0; high < 0x80; high += 2) {
		void *other = at((number(p) & 0x1ffffff) | high << 24);

		if (other != p && high != 0x42)
			assert_int_equal(esp_mmu_unmap(other), ESP_ERR_NOT_FOUND);
	}
#if UINTPTR_MAX > UINT32_MAX
	assert_int_equal(esp_mmu_unmap((void *)((uintptr_t)p | (uintptr_t)1 << 32)),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_map_release_block((void *)((uintptr_t)p | (uintptr_t)1 << 32)),
			 ESP_ERR_NOT_FOUND);
#endif
	unmap_ok(p);
}

static void unmap_by_the_other_side_of_the_same_address_works(void **state)
{
	void *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	unmap_ok(at(number(p) - 0x3c000000 + 0x42000000));
	assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
	p = map_ok(MIB(2), PAGE, FLASH, CODE, 0);
	unmap_ok(at(number(p) - 0x42000000 + 0x3c000000));
	assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
}

static void a_chosen_address_with_equal_low_bits_is_not_found(void **state)
{
	void *p = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_map_virt(0x50400000, MIB(2), PAGE, FLASH, RODATA, 0, &p),
			 ESP_ERR_NOT_FOUND);
	assert_null(p);
}

/* -- capabilities -- */

static void what_is_mapped_to_be_read_does_not_satisfy_who_wants_to_execute(void **state)
{
	uint8_t *data, *code;
	void *p = NULL;

	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(2), 2 * PAGE);
	data = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
	assert_int_equal(esp_mmu_map(MIB(2), PAGE, FLASH, CODE, 0, &p), ESP_ERR_INVALID_ARG);
	assert_null(p);
	code = map_ok(MIB(2), PAGE, FLASH, CODE, SHARED);
	assert_in_range(number(code), 0x42000000, 0x43ffffff);
	expect_bytes(code, FLASH, MIB(2), PAGE);
	unmap_ok(data);
	expect_bytes(code, FLASH, MIB(2), PAGE);
	unmap_ok(code);
}

static void what_is_mapped_to_be_read_does_not_satisfy_who_wants_to_write(void **state)
{
	uint8_t *reading, *writing;
	void *p = NULL;

	(void)state;
	start("esp32c5");
	reading = map_ok(MIB(2), PAGE, PSRAM, RODATA, 0);
	assert_int_equal(esp_mmu_map(MIB(2), PAGE, PSRAM, DATA, 0, &p), ESP_ERR_INVALID_ARG);
	writing = map_ok(MIB(2), PAGE, PSRAM, DATA, SHARED);
	assert_ptr_not_equal(writing, reading);
	writing[100] = 42;
	assert_int_equal(reading[100], 42);
	unmap_ok(reading);
	unmap_ok(writing);
}

/* The pages of these chips have no permissions of their own: code can be read, and is found so. */
static void what_is_mapped_to_be_executed_satisfies_who_wants_to_read(void **state)
{
	uint8_t *code;
	void *p = NULL;

	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(2), 2 * PAGE);
	code = map_ok(MIB(2), 2 * PAGE, FLASH, CODE, 0);
	assert_int_equal(esp_mmu_map(MIB(2) + PAGE, PAGE, FLASH, RODATA, 0, &p),
			 ESP_ERR_INVALID_STATE);
	assert_ptr_equal(p, at(number(code) + PAGE - 0x42000000 + 0x3c000000));
	expect_bytes(p, FLASH, MIB(2) + PAGE, PAGE);
}

static void one_page_is_mapped_for_code_and_for_data_where_the_windows_are_different(void **state)
{
	static const char *const chips[] = {"esp32", "esp32s2"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		void *data, *code;

		start(chips[i]);
		fill(FLASH, MIB(2), PAGE);
		data = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
		code = map_ok(MIB(2), PAGE, FLASH, CODE, 0);
		expect_bytes(data, FLASH, MIB(2), PAGE);
		expect_bytes(code, FLASH, MIB(2), PAGE);
		unmap_ok(data);
		expect_bytes(code, FLASH, MIB(2), PAGE);
		stop();
	}
}

static void no_capabilities_are_mapped_where_they_can_be_read(void **state)
{
	void *p;

	(void)state;
	start("esp32");
	fill(FLASH, MIB(2), PAGE);
	p = map_ok(MIB(2), PAGE, FLASH, 0, 0);
	assert_in_range(number(p), 0x3f400000, 0x3f7fffff);
	expect_bytes(p, FLASH, MIB(2), PAGE);
}

/* -- memories -- */

static void flash_and_psram_of_the_same_address_are_not_the_same(void **state)
{
	mmu_mem_caps_t caps = CAPS(0);
	void *flash, *psram, *back;

	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(2), PAGE);
	fill(PSRAM, MIB(2), PAGE);
	flash = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	psram = map_ok(MIB(2), PAGE, PSRAM, DATA, 0);
	expect_bytes(flash, FLASH, MIB(2), PAGE);
	expect_bytes(psram, PSRAM, MIB(2), PAGE);
	assert_int_equal(esp_mmu_paddr_to_vaddr(MIB(2), PSRAM, MMU_VADDR_DATA, &back), ESP_OK);
	assert_ptr_equal(back, psram);
	assert_int_equal(esp_mmu_paddr_find_caps_of(MIB(2), FLASH, &caps), ESP_OK);
	assert_int_equal(caps, RODATA);
	assert_int_equal(esp_mmu_paddr_find_caps_of(MIB(2), PSRAM, &caps), ESP_OK);
	assert_int_equal(caps, DATA);
}

/* Its caller is about to write flash. */
static void find_caps_answers_for_flash_before_psram(void **state)
{
	mmu_mem_caps_t caps = CAPS(0);
	void *flash;

	(void)state;
	start("esp32s3");
	flash = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	map_ok(MIB(2), PAGE, PSRAM, DATA, 0);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) + 9, &caps), ESP_OK);
	assert_int_equal(caps, RODATA);
	unmap_ok(flash);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) + 9, &caps), ESP_OK);
	assert_int_equal(caps, DATA);
}

static void find_caps_joins_all_addresses_of_a_byte(void **state)
{
	mmu_mem_caps_t caps = CAPS(0);
	void *data;

	(void)state;
	start("esp32s2");
	data = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
	map_ok(MIB(2) + PAGE, 2 * PAGE, FLASH, CODE, 0);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) + PAGE, &caps), ESP_OK);
	assert_int_equal(caps, R | BYTES | X | WORDS);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2), &caps), ESP_OK);
	assert_int_equal(caps, RODATA);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) + 2 * PAGE, &caps), ESP_OK);
	assert_int_equal(caps, CODE);
	unmap_ok(data);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) + PAGE, &caps), ESP_OK);
	assert_int_equal(caps, CODE);
}

static void the_lookup_goes_on_until_the_right_bus(void **state)
{
	static const char *const chips[] = {"esp32", "esp32s2"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		void *data, *code, *back;

		start(chips[i]);
		data = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
		assert_int_equal(
			esp_mmu_paddr_to_vaddr(MIB(2), FLASH, MMU_VADDR_INSTRUCTION, &back),
			ESP_ERR_NOT_FOUND);
		code = map_ok(MIB(2) + PAGE, PAGE, FLASH, CODE, 0);
		assert_int_equal(
			esp_mmu_paddr_to_vaddr(MIB(2) + PAGE, FLASH, MMU_VADDR_INSTRUCTION, &back),
			ESP_OK);
		assert_ptr_equal(back, code);
		assert_int_equal(
			esp_mmu_paddr_to_vaddr(MIB(2) + PAGE, FLASH, MMU_VADDR_DATA, &back),
			ESP_OK);
		assert_ptr_equal(back, (uint8_t *)data + PAGE);
		stop();
	}
}

static void the_lookup_is_right_on_every_bus_of_esp32s2(void **state)
{
	static const struct {
		unsigned caps;
		uint32_t va;
	} bus[] = {
		{X | WORDS, 0x40200000},     {R, 0x3f100000}, {R | W, 0x3f500000}, {R, 0x3f700000},
		{R | W | BYTES, 0x3f900000}, {R, 0x3fc00000}, {R, 0x3ff70000}};

	(void)state;
	start("esp32s2");
	for (unsigned i = 0; i < sizeof(bus) / sizeof(bus[0]); i++) {
		uint32_t pa = MIB(1) + i * PAGE;
		esp_paddr_t found = 0;
		void *back = NULL;

		assert_int_equal(
			esp_mmu_map_virt(bus[i].va, pa, PAGE, PSRAM, CAPS(bus[i].caps), 0, NULL),
			ESP_OK);
		assert_int_equal(esp_mmu_paddr_to_vaddr(pa + 3, PSRAM,
							bus[i].caps & X ? MMU_VADDR_INSTRUCTION
									: MMU_VADDR_DATA,
							&back),
				 ESP_OK);
		assert_ptr_equal(back, at(bus[i].va + 3));
		assert_int_equal(esp_mmu_vaddr_to_paddr(back, &found, NULL), ESP_OK);
		assert_int_equal(found, pa + 3);
	}
}

static void a_byte_behind_the_end_of_a_memory_is_not_found(void **state)
{
	void *back = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_paddr_to_vaddr(0x40000000, FLASH, MMU_VADDR_DATA, &back),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_to_vaddr(MIB(4), FLASH, MMU_VADDR_DATA, &back),
			 ESP_ERR_NOT_FOUND);
	assert_null(back);
}

static void the_target_may_be_left_out(void **state)
{
	esp_paddr_t pa = 0;
	void *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_OK);
	assert_int_equal(pa, MIB(2));
}

/* ESP32's PSRAM, which only himem and the heap show, can be asked for nevertheless. */
static void addresses_of_psram_on_esp32_are_looked_up(void **state)
{
	esp_paddr_t pa;
	void *out;

	(void)state;
	start("esp32");
	assert_int_equal(esp_mmu_vaddr_to_paddr(at(0x3fa00000), &pa, NULL), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_to_vaddr(MIB(7), PSRAM, MMU_VADDR_DATA, &out),
			 ESP_ERR_NOT_FOUND);
}

/* -- sizes and bytes that do not exist -- */

static void nothing_to_map_is_an_error_also_where_something_is_mapped(void **state)
{
	void *p = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_map(MIB(2), 0, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	assert_int_equal(esp_mmu_map(MIB(2), 0, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map(MIB(2) + PAGE, 0, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	assert_null(p);
}

static void a_size_that_rounds_up_to_nothing_is_an_error(void **state)
{
	void *p = NULL;

	(void)state;
	start("esp32s3");
	for (uint32_t size = 0xffff0001; size != 0; size += size < 0xfffffff0 ? 4095 : 1)
		assert_int_equal(esp_mmu_map(MIB(2), size, FLASH, RODATA, 0, &p),
				 ESP_ERR_INVALID_ARG);
	assert_null(p);
}

static void bytes_that_the_memory_does_not_have_are_refused(void **state)
{
	void *p = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(esp_mmu_map(0x40000000, PAGE, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map(MIB(4), PAGE, FLASH, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map(MIB(8), PAGE, PSRAM, RODATA, 0, &p), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map(MIB(8) - PAGE, 2 * PAGE, PSRAM, RODATA, SHARED, &p),
			 ESP_ERR_INVALID_ARG);
	assert_null(p);
}

static void psram_that_is_not_there_is_refused(void **state)
{
	struct quire_esp_options options = options_for("esp32s3");
	const void *block;
	void *p = NULL;

	(void)state;
	options.psram_size = 0;
	start_with(&options);
	assert_int_equal(esp_mmu_map(0, PAGE, PSRAM, RODATA, 0, &p), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, PSRAM, &block),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(largest(R, PSRAM), 0);
}

/* -- reservations -- */

static void a_block_reserved_late_never_covers_what_is_mapped(void **state)
{
	uint8_t *p[8];

	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(2), 8 * PAGE);
	for (unsigned i = 0; i < 8; i++)
		p[i] = map_ok(MIB(2) + i * PAGE, PAGE, FLASH, RODATA, 0);
	for (unsigned i = 0; i < 8; i += 2)
		unmap_ok(p[i]);
	for (unsigned n = 1; n < 200; n *= 3) {
		const void *block = NULL;
		uint32_t start_of;

		assert_int_equal(
			esp_mmu_map_reserve_block_with_caps(n * PAGE, RODATA, FLASH, &block),
			ESP_OK);
		start_of = number(block);
		for (unsigned i = 1; i < 8; i += 2)
			assert_true(number(p[i]) + PAGE <= start_of ||
				    number(p[i]) >= start_of + n * PAGE);
	}
	for (unsigned i = 1; i < 8; i += 2) {
		expect_bytes(p[i], FLASH, MIB(2) + i * PAGE, PAGE);
		unmap_ok(p[i]);
	}
	check_space();
}

static void a_reserved_block_can_be_given_back(void **state)
{
	const void *block[5];
	size_t before;

	(void)state;
	start("esp32c3");
	before = largest(R, FLASH);
	for (unsigned round = 0; round < 100; round++) {
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(esp_mmu_map_reserve_block_with_caps((i + 1) * PAGE,
									     i % 2 ? RODATA : CODE,
									     FLASH, &block[i]),
					 ESP_OK);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(esp_mmu_map_release_block(block[i]), ESP_OK);
	}
	assert_int_equal(largest(R, FLASH), before);
}

static void nothing_is_mapped_over_a_reserved_block(void **state)
{
	const void *block;
	void *p = NULL;

	(void)state;
	start("esp32c3");
	assert_int_equal(esp_mmu_map_reserve_block_with_caps(2 * PAGE, RODATA, FLASH, &block),
			 ESP_OK);
	assert_int_equal(esp_mmu_map_virt(number(block) + PAGE, MIB(1), PAGE, FLASH, RODATA, 0, &p),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_release_block(block), ESP_OK);
	assert_int_equal(esp_mmu_map_virt(number(block) + PAGE, MIB(1), PAGE, FLASH, RODATA, 0, &p),
			 ESP_OK);
}

/* -- chosen addresses -- */

static void a_second_address_can_be_chosen_for_what_is_mapped(void **state)
{
	uint8_t *p, *out = NULL;

	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(2), 4 * PAGE);
	p = map_ok(MIB(2), 4 * PAGE, FLASH, RODATA, 0);
	assert_int_equal(
		esp_mmu_map_virt(0x3d000000, MIB(2), 4 * PAGE, FLASH, RODATA, 0, (void **)&out),
		ESP_ERR_INVALID_STATE);
	assert_ptr_equal(out, p);
	assert_int_equal(esp_mmu_map_virt(0x3d000000, MIB(2), 4 * PAGE, FLASH, RODATA, SHARED,
					  (void **)&out),
			 ESP_OK);
	assert_ptr_equal(out, at(0x3d000000));
	assert_int_equal(
		esp_mmu_map_virt(0x43000000, MIB(2) + PAGE, PAGE, FLASH, CODE, SHARED, NULL),
		ESP_ERR_NOT_FOUND); /* the same entries */
	assert_int_equal(
		esp_mmu_map_virt(0x43100000, MIB(2) + PAGE, PAGE, FLASH, CODE, SHARED, NULL),
		ESP_OK);
	unmap_ok(p);
	expect_bytes(out, FLASH, MIB(2), 4 * PAGE);
	expect_bytes(at(0x43100000), FLASH, MIB(2) + PAGE, PAGE);
}

static void an_address_on_the_wrong_side_is_refused_after_conflicts(void **state)
{
	uint8_t *p, *out = NULL;

	(void)state;
	start("esp32s3");
	assert_int_equal(
		esp_mmu_map_virt(0x43000000, MIB(2), PAGE, FLASH, RODATA, 0, (void **)&out),
		ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_virt(0x3d000000, MIB(2), PAGE, FLASH, CODE, 0, (void **)&out),
			 ESP_ERR_INVALID_ARG);
	assert_null(out);
	p = map_ok(MIB(2), 4 * PAGE, FLASH, RODATA, 0);
	assert_int_equal(
		esp_mmu_map_virt(0x43000000, MIB(2) + PAGE, PAGE, FLASH, RODATA, 0, (void **)&out),
		ESP_ERR_INVALID_STATE);
	assert_ptr_equal(out, p + PAGE);
	assert_int_equal(esp_mmu_map_virt(0x43000000, MIB(2) + PAGE, PAGE, FLASH, RODATA, SHARED,
					  (void **)&out),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_virt(number(p) - 0x3c000000 + 0x42000000, MIB(3), PAGE, FLASH,
					  CODE, 0, (void **)&out),
			 ESP_ERR_NOT_FOUND);
	assert_ptr_equal(out, p + PAGE);
}

static void a_chosen_address_can_be_had_again_and_again(void **state)
{
	(void)state;
	start("esp32s3");
	fill(FLASH, MIB(1), MIB(1));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t pa = MIB(1) + i % 16 * PAGE, size = (1 + i % 3) * PAGE;
		void *p = NULL;

		size = size > MIB(2) - pa ? MIB(2) - pa : size;
		assert_int_equal(esp_mmu_map_virt(0x3d800000, pa, size, FLASH, RODATA, 0, &p),
				 ESP_OK);
		assert_ptr_equal(p, at(0x3d800000));
		expect_bytes(p, FLASH, pa, size);
		unmap_ok(p);
	}
	check_space();
}

/* -- what was written -- */

static void dirty_psram_is_in_psram_after_unmap(void **state)
{
	static const char *const chips[] = {"esp32s2", "esp32s3", "esp32c5", "esp32c61",
					    "esp32h4", "esp32p4", "esp32s31"};
	uint8_t found[PAGE], expected[PAGE];

	(void)state;
	memset(expected, 0x5a, sizeof(expected));
	for (unsigned i = 0; i < 7; i++) {
		void *p;

		start(chips[i]);
		p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
		memset(p, 0x5a, PAGE);
		unmap_ok(p);
		assert_int_equal(
			quire_linux_read(quire_esp_linux(), QUIRE_PSRAM0, MIB(5), found, PAGE), 0);
		assert_memory_equal(found, expected, PAGE);
		stop();
	}
}

/* A DMA has written between unmap and map. */
static void psram_mapped_again_is_what_it_is_by_then(void **state)
{
	void *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
	memset(p, 1, PAGE);
	unmap_ok(p);
	fill(PSRAM, MIB(5), PAGE);
	p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
	expect_bytes(p, PSRAM, MIB(5), PAGE);
}

static void two_addresses_of_psram_show_the_same(void **state)
{
	uint8_t *p, *q;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(5), 2 * PAGE, PSRAM, DATA, 0);
	q = map_ok(MIB(5) + PAGE, 2 * PAGE, PSRAM, DATA, SHARED);
	for (unsigned i = 0; i < PAGE; i += 997) {
		p[PAGE + i] = (uint8_t)i;
		assert_int_equal(q[i], (uint8_t)i);
		q[i] = (uint8_t)~i;
		assert_int_equal(p[PAGE + i], (uint8_t)~i);
	}
	unmap_ok(p);
	assert_int_equal(q[997], (uint8_t)~997);
}

/* -- room -- */

static void the_smallest_gap_that_fits_is_taken(void **state)
{
	struct quire_esp_options options = options_for("esp32c3");
	uint8_t *p[6];

	(void)state;
	options.keep = 0;
	start_with(&options);
	for (unsigned i = 0; i < 6; i++)
		p[i] = map_ok(MIB(1) + i * 4 * PAGE,
			      (i == 1   ? 3
			       : i == 3 ? 2
					: 1) *
				      PAGE,
			      FLASH, RODATA, 0);
	unmap_ok(p[1]);
	unmap_ok(p[3]);
	assert_ptr_equal(map_ok(MIB(3), 2 * PAGE, FLASH, RODATA, 0), p[3]);
	assert_ptr_equal(map_ok(MIB(3) + 4 * PAGE, PAGE, FLASH, RODATA, 0), p[1]);
}

static void the_upper_half_of_the_window_is_used(void **state)
{
	static const char *const chips[] = {"esp32c6", "esp32h2"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		start(chips[i]);
		fill(FLASH, MIB(2), PAGE);
		assert_true(largest(R, FLASH) > MIB(15));
		assert_int_equal(esp_mmu_map_virt(0x42ff0000, MIB(2), PAGE, FLASH, RODATA, 0, NULL),
				 ESP_OK);
		expect_bytes(at(0x42ff0000), FLASH, MIB(2), PAGE);
		stop();
	}
}

/* -- what is kept for next time -- */

static void a_repeated_pair_changes_no_entry_and_searches_nothing(void **state)
{
	struct quire_linux_counts before, after;
	struct quire_space_stats then, now;
	void *first, *p;

	(void)state;
	start("esp32s3");
	for (unsigned i = 0; i < 40; i++)
		map_ok(MIB(1) + i * PAGE, PAGE, FLASH, RODATA, 0);
	first = map_ok(MIB(4) - 3 * PAGE, 3 * PAGE, FLASH, RODATA, 0);
	unmap_ok(first);
	quire_linux_counts(quire_esp_linux(), &before);
	quire_space_stats(quire_esp_space(), &then);
	for (unsigned i = 0; i < 1000; i++) {
		p = map_ok(MIB(4) - 3 * PAGE, 3 * PAGE, FLASH, RODATA, 0);
		assert_ptr_equal(p, first);
		unmap_ok(p);
	}
	quire_space_stats(quire_esp_space(), &now);
	quire_linux_counts(quire_esp_linux(), &after);
	assert_int_equal(after.changes, before.changes);
	assert_int_equal(now.searches, then.searches);
	assert_int_equal(now.generation, then.generation);
}

/* Who asks what fits, or for what cannot be, takes nothing from those who come again. */
static void asking_what_fits_gives_nothing_up(void **state)
{
	struct quire_linux_counts before, after;
	void *first, *out = NULL;

	(void)state;
	start("esp32s3");
	first = map_ok(MIB(1), PAGE, FLASH, RODATA, 0);
	unmap_ok(first);
	quire_linux_counts(quire_esp_linux(), &before);
	assert_int_equal(largest(R, FLASH), MIB(32) - KIB(192));
	assert_int_equal(spi_flash_mmap_get_free_pages(SPI_FLASH_MMAP_DATA),
			 (MIB(32) - KIB(192)) / PAGE);
	assert_int_equal(esp_mmu_map(MIB(3), MIB(2), FLASH, RODATA, 0, &out), ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map(0, MIB(64), FLASH, RODATA, 0, &out), ESP_ERR_NOT_FOUND);
	assert_ptr_equal(map_ok(MIB(1), PAGE, FLASH, RODATA, 0), first);
	quire_linux_counts(quire_esp_linux(), &after);
	assert_int_equal(after.changes, before.changes);
	unmap_ok(first);
}

static void what_is_kept_does_not_exist_for_anybody(void **state)
{
	mmu_mem_caps_t caps;
	esp_paddr_t pa;
	size_t before;
	void *p, *q;

	(void)state;
	start("esp32s3");
	before = largest(R, FLASH);
	p = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
	unmap_ok(p);
	assert_int_equal(esp_mmu_vaddr_to_paddr(p, &pa, NULL), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_to_vaddr(MIB(2), FLASH, MMU_VADDR_DATA, &q),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_find_caps(MIB(2), &caps), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
	/* An overlap without SHARED, at the same address, and all the room there is. */
	q = map_ok(MIB(2) + PAGE, 2 * PAGE, FLASH, RODATA, 0);
	unmap_ok(q);
	assert_int_equal(esp_mmu_map_virt(number(p), MIB(3), PAGE, FLASH, CODE, 0, &q),
			 ESP_ERR_INVALID_ARG);
	assert_int_equal(esp_mmu_map_virt(number(p), MIB(3), PAGE, FLASH, RODATA, 0, &q), ESP_OK);
	unmap_ok(q);
	assert_int_equal(largest(R, FLASH), before);
}

static void what_is_kept_makes_room(void **state)
{
	struct quire_esp_options options = options_for("esp32c2");
	uint32_t window;
	void *p;

	(void)state;
	options.keep = 16;
	options.boot_text = options.boot_rodata = KIB(96);
	start_with(&options);
	window = (uint32_t)largest(R, FLASH);
	for (unsigned i = 0; i < 16; i++)
		unmap_ok(map_ok(i * 2 * PAGE, PAGE, FLASH, RODATA, 0));
	p = map_ok(0, window, FLASH, RODATA, 0);
	assert_int_equal(largest(R, FLASH), 0);
	unmap_ok(p);
	check_space();
}

/* -- threads -- */

static atomic_bool done;
static atomic_uint answers;

static void *ask_for_caps(void *unused)
{
	mmu_mem_caps_t caps = CAPS(0);

	(void)unused;
	while (!atomic_load(&done)) {
		esp_err_t err = esp_mmu_paddr_find_caps(MIB(2) + 5, &caps);

		if (err == ESP_OK && caps != RODATA && caps != CODE && caps != (RODATA | CODE))
			return "caps that nobody asked for";
		atomic_fetch_add(&answers, 1);
	}
	return NULL;
}

static void find_caps_is_safe_against_unmap_of_what_it_looks_at(void **state)
{
	pthread_t thread[2];
	void *wrong;

	(void)state;
	start("esp32s3");
	atomic_store(&done, false);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask_for_caps, NULL), 0);
	for (unsigned i = 0; i < 3000 || atomic_load(&answers) < 1000; i++) {
		void *p = map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, 0);
		void *q = map_ok(MIB(2) - PAGE * (i % 2), 2 * PAGE, FLASH, CODE, SHARED);

		unmap_ok(p);
		unmap_ok(q);
	}
	atomic_store(&done, true);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(thread[i], &wrong);
		assert_null(wrong);
	}
	check_space();
}

/* -- starting -- */

static void starting_twice_changes_nothing(void **state)
{
	size_t before;

	(void)state;
	start("esp32s3");
	before = largest(R, FLASH);
	assert_int_equal(before, MIB(32) - KIB(192));
	map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
	esp_mmu_map_init();
	esp_mmu_map_init();
	assert_int_equal(largest(R, FLASH), before - PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(unmap_by_an_unrelated_pointer_with_equal_low_bits_is_not_found),
		TEST(unmap_by_the_other_side_of_the_same_address_works),
		TEST(a_chosen_address_with_equal_low_bits_is_not_found),
		TEST(what_is_mapped_to_be_read_does_not_satisfy_who_wants_to_execute),
		TEST(what_is_mapped_to_be_read_does_not_satisfy_who_wants_to_write),
		TEST(what_is_mapped_to_be_executed_satisfies_who_wants_to_read),
		TEST(one_page_is_mapped_for_code_and_for_data_where_the_windows_are_different),
		TEST(no_capabilities_are_mapped_where_they_can_be_read),
		TEST(flash_and_psram_of_the_same_address_are_not_the_same),
		TEST(find_caps_answers_for_flash_before_psram),
		TEST(find_caps_joins_all_addresses_of_a_byte),
		TEST(the_lookup_goes_on_until_the_right_bus),
		TEST(the_lookup_is_right_on_every_bus_of_esp32s2),
		TEST(a_byte_behind_the_end_of_a_memory_is_not_found),
		TEST(the_target_may_be_left_out),
		TEST(addresses_of_psram_on_esp32_are_looked_up),
		TEST(nothing_to_map_is_an_error_also_where_something_is_mapped),
		TEST(a_size_that_rounds_up_to_nothing_is_an_error),
		TEST(bytes_that_the_memory_does_not_have_are_refused),
		TEST(psram_that_is_not_there_is_refused),
		TEST(a_block_reserved_late_never_covers_what_is_mapped),
		TEST(a_reserved_block_can_be_given_back),
		TEST(nothing_is_mapped_over_a_reserved_block),
		TEST(a_second_address_can_be_chosen_for_what_is_mapped),
		TEST(an_address_on_the_wrong_side_is_refused_after_conflicts),
		TEST(a_chosen_address_can_be_had_again_and_again),
		TEST(dirty_psram_is_in_psram_after_unmap),
		TEST(psram_mapped_again_is_what_it_is_by_then),
		TEST(two_addresses_of_psram_show_the_same),
		TEST(the_smallest_gap_that_fits_is_taken),
		TEST(the_upper_half_of_the_window_is_used),
		TEST(a_repeated_pair_changes_no_entry_and_searches_nothing),
		TEST(asking_what_fits_gives_nothing_up),
		TEST(what_is_kept_does_not_exist_for_anybody),
		TEST(what_is_kept_makes_room),
		TEST(find_caps_is_safe_against_unmap_of_what_it_looks_at),
		TEST(starting_twice_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
