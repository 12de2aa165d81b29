/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache: what esp_cache_msync() takes and refuses on each chip, and that it does what it says.
 * The cache of the machine gives nothing without being told to, and shows nothing that was changed
 * behind it.
 */
#include "rig.h"

#include "esp_private/esp_cache_esp32_private.h"
#include "esp_private/esp_cache_private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define INVALIDATE ESP_CACHE_MSYNC_FLAG_INVALIDATE
#define UNALIGNED  ESP_CACHE_MSYNC_FLAG_UNALIGNED
#define C2M        ESP_CACHE_MSYNC_FLAG_DIR_C2M
#define M2C        ESP_CACHE_MSYNC_FLAG_DIR_M2C
#define TYPE_DATA  ESP_CACHE_MSYNC_FLAG_TYPE_DATA
#define TYPE_INST  ESP_CACHE_MSYNC_FLAG_TYPE_INST

#define SPIRAM   0x400u /* MALLOC_CAP_SPIRAM */
#define INTERNAL 0x800u /* MALLOC_CAP_INTERNAL */

static int msync_with(void *p, size_t size, unsigned flags)
{
	return esp_cache_msync(p, size, (int)flags);
}

/* -- lines -- */

static void lines_are_those_of_the_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		const struct facts *chip = &facts[i];
		size_t alignment = 77;
		int local;

		start(chip->name);
		assert_int_equal(esp_cache_get_line_size_by_addr(NULL), 0);
		assert_int_equal(esp_cache_get_line_size_by_addr(at(chip->ways[0].start)),
				 chip->line);
		assert_int_equal(esp_cache_get_line_size_by_addr(at(chip->ways[0].end - 1)),
				 chip->line);
		assert_int_equal(esp_cache_get_line_size_by_addr(&local), chip->internal_line);
		assert_int_equal(esp_cache_get_alignment(SPIRAM, NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_cache_get_alignment(SPIRAM, &alignment), ESP_OK);
		assert_int_equal(alignment, chip->line);
		assert_int_equal(esp_cache_get_alignment(INTERNAL, &alignment), ESP_OK);
		assert_int_equal(alignment, chip->internal_line);
		stop();
	}
}

/* -- errors, in their order -- */

static void every_error_of_msync_on_every_chip(void **state)
{
	static uint8_t outside[256] __attribute__((aligned(128)));

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		const struct facts *chip = &facts[i];
		size_t line = chip->line;
		uint8_t *p = at(chip->ways[0].start + PAGE);
		int elsewhere = chip->internal_line ? ESP_OK : ESP_ERR_NOT_SUPPORTED;

		start(chip->name);
		assert_int_equal(msync_with(NULL, 3, C2M | M2C), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(at(0xffffff00), 0x200, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, SIZE_MAX - 1, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(at(0x60000000), 64, C2M | M2C), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, C2M | M2C), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, TYPE_DATA | TYPE_INST), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(outside, 128, M2C), elsewhere);
		assert_int_equal(msync_with(outside, 128, 0), elsewhere);
		assert_int_equal(msync_with(at(chip->ways[0].start - 128), 256, UNALIGNED | M2C),
				 ESP_ERR_NOT_SUPPORTED);
		assert_int_equal(msync_with(p + 1, line, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line - 1, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line + 1, M2C), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, M2C | UNALIGNED), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, TYPE_INST), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, C2M | TYPE_INST), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, line, M2C | TYPE_INST), ESP_OK);
		assert_int_equal(msync_with(p, line, M2C | TYPE_DATA), ESP_OK);
		assert_int_equal(msync_with(p, line, C2M | INVALIDATE), ESP_OK);
		assert_int_equal(msync_with(p + 1, line + 1, C2M | UNALIGNED), ESP_OK);
		assert_int_equal(msync_with(p, line, 0x7fffff00), ESP_OK);
		stop();
	}
}

static void size_zero_is_checked_and_does_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		uint8_t *p = at(facts[i].ways[0].start);
		int elsewhere = facts[i].internal_line ? ESP_OK : ESP_ERR_NOT_SUPPORTED;

		start(facts[i].name);
		assert_int_equal(msync_with(p, 0, 0), ESP_OK);
		assert_int_equal(msync_with(p, 0, M2C), ESP_OK);
		assert_int_equal(msync_with(p + 1, 0, 0), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p + 1, 0, UNALIGNED), ESP_OK);
		assert_int_equal(msync_with(p - 128, 0, 0), elsewhere);
		stop();
	}
}

/* ESP-IDF checks against one range from flash to PSRAM. */
static void the_hole_between_the_windows_is_not_cached(void **state)
{
	static const char *const chips[] = {"esp32p4", "esp32s31"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		start(chips[i]);
		assert_int_equal(msync_with(at(0x44000000), 128, 0), ESP_ERR_NOT_SUPPORTED);
		assert_int_equal(msync_with(at(0x46000000), 128, M2C), ESP_ERR_NOT_SUPPORTED);
		assert_int_equal(msync_with(at(0x43ffff80), 256, 0), ESP_ERR_NOT_SUPPORTED);
		assert_int_equal(esp_cache_get_line_size_by_addr(at(0x46000000)), 0);
		stop();
	}
}

static void a_range_may_reach_from_one_window_into_the_next(void **state)
{
	(void)state;
	start("esp32");
	assert_int_equal(msync_with(at(0x3f7ffff0), 32, M2C), ESP_OK);
	assert_int_equal(msync_with(at(0x3fbffff0), 32, 0), ESP_ERR_NOT_SUPPORTED);
}

static void either_side_of_a_window_is_cached(void **state)
{
	void *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(1), PAGE, FLASH, CODE, 0);
	assert_in_range(number(p), 0x42000000, 0x43ffffff);
	assert_int_equal(msync_with(p, 64, M2C | TYPE_INST), ESP_OK);
	assert_int_equal(esp_cache_get_line_size_by_addr(p), 32);
	assert_int_equal(msync_with(at(0x43ffffc0), 128, M2C), ESP_ERR_NOT_SUPPORTED);
}

/* ESP-IDF keeps its mutex then, and the next call waits for ever. */
static void an_error_leaves_nothing_locked(void **state)
{
	uint8_t *p;

	(void)state;
	start("esp32p4");
	p = map_ok(0, PAGE, PSRAM, DATA, 0);
	for (unsigned n = 0; n < 3; n++) {
		struct quire_esp_cache_depth depth;

		assert_int_equal(msync_with(p, 128, M2C | UNALIGNED), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, 128, C2M | TYPE_INST), ESP_ERR_INVALID_ARG);
		assert_int_equal(msync_with(p, 128, C2M), ESP_OK);
		quire_esp_cache_depth(&depth);
		assert_int_equal(depth.critical, 0);
	}
}

/* -- what it does -- */

static void memory_is(uint32_t pa, size_t size, uint8_t value)
{
	uint8_t *found = malloc(size);

	assert_non_null(found);
	assert_int_equal(quire_linux_read(quire_esp_linux(), QUIRE_PSRAM0, pa, found, size), 0);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(found[i], value);
	free(found);
}

static void poke_memory(uint32_t pa, size_t size, uint8_t value)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, value, size);
	assert_int_equal(quire_linux_write(quire_esp_linux(), QUIRE_PSRAM0, pa, bytes, size), 0);
	free(bytes);
}

static void memory_gets_what_the_cpu_wrote_when_it_is_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		uint8_t *p;

		if (!facts[i].psram_maps)
			continue;
		start(facts[i].name);
		poke_memory(MIB(5), PAGE, 0);
		p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
		memset(p, 0x11, 4096);
		memory_is(MIB(5), 4096, 0);
		assert_int_equal(msync_with(p, 1024, C2M), ESP_OK);
		memory_is(MIB(5), 1024, 0x11);
		memory_is(MIB(5) + 1024, 3072, 0);
		assert_int_equal(msync_with(p + 1024, 3072, 0), ESP_OK);
		memory_is(MIB(5), 4096, 0x11);
		stop();
	}
}

static void the_cpu_sees_what_memory_has_when_it_is_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		uint8_t *p;

		if (!facts[i].psram_maps)
			continue;
		start(facts[i].name);
		poke_memory(MIB(5), PAGE, 1);
		p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
		assert_int_equal(p[0], 1);
		poke_memory(MIB(5), 1024, 2);
		assert_int_equal(p[0], 1);
		assert_int_equal(msync_with(p, 512, M2C), ESP_OK);
		assert_int_equal(p[511], 2);
		assert_int_equal(p[512], 1);
		assert_int_equal(msync_with(p + 512, 512, C2M | INVALIDATE), ESP_OK);
		assert_int_equal(p[512], 2);
		/* What the CPU wrote is gone, as M2C says. */
		p[0] = 3;
		assert_int_equal(msync_with(p, 512, M2C), ESP_OK);
		assert_int_equal(p[0], 2);
		stop();
	}
}

static void parts_of_lines_are_written_back_and_nothing_beside_them_is_lost(void **state)
{
	uint8_t *p;

	(void)state;
	start("esp32s3");
	poke_memory(MIB(5), PAGE, 0);
	p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
	memset(p, 7, 256);
	assert_int_equal(msync_with(p + 33, 5, C2M | UNALIGNED), ESP_OK);
	memory_is(MIB(5) + 33, 5, 7);
	memory_is(MIB(5) + 64, 192, 0);
	assert_int_equal(p[0], 7);
	assert_int_equal(p[255], 7);
}

/* A page of ESP32's PSRAM, which esp_mmu_map() does not show. */
static uint8_t *show_esp32_psram(uint32_t pa)
{
	struct quire_want want = {
		.pa = pa, .size = PAGE, .target = QUIRE_PSRAM0, .attr = QUIRE_READ | QUIRE_WRITE};
	struct quire_got got;

	assert_int_equal(quire_space_map(quire_esp_space(), &want, &got), QUIRE_OK);
	return at((uint32_t)got.va);
}

/* ESP-IDF aborts. */
static void memory_to_cache_on_esp32_loses_nothing(void **state)
{
	uint8_t *p;

	(void)state;
	start("esp32");
	poke_memory(MIB(5), PAGE, 1);
	p = show_esp32_psram(MIB(5));
	p[4] = 9; /* shares a line of 32 bytes with what is asked for */
	poke_memory(MIB(5) + 64, 64, 2);
	assert_int_equal(msync_with(p + 8, 8, M2C), ESP_OK);
	assert_int_equal(p[4], 9);
	memory_is(MIB(5) + 4, 1, 9);
	assert_int_equal(msync_with(p + 64, 64, M2C), ESP_OK);
	assert_int_equal(p[64], 2);
}

/* ESP-IDF does nothing. */
static void cache_to_memory_on_esp32_writes_back(void **state)
{
	uint8_t *p;

	(void)state;
	start("esp32");
	poke_memory(MIB(5), PAGE, 1);
	p = show_esp32_psram(MIB(5));
	memset(p, 9, 256);
	memory_is(MIB(5), 256, 1);
	assert_int_equal(msync_with(p, 128, 0), ESP_OK);
	memory_is(MIB(5), 128, 9);
	memory_is(MIB(5) + 128, 128, 1);
}

static unsigned written_back;

static void count_write_back(void)
{
	written_back++;
}

static void cache_sync_writes_back_everything(void **state)
{
	cache_driver_t driver = {.cache_writeback_psram = count_write_back};
	uint8_t *p, *q;

	(void)state;
	start("esp32s3");
	poke_memory(MIB(5), 3 * PAGE, 0);
	p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
	q = map_ok(MIB(5) + 2 * PAGE, PAGE, PSRAM, DATA, 0);
	memset(p, 4, PAGE);
	memset(q, 4, PAGE);
	written_back = 0;
	cache_register_writeback(&driver);
	cache_sync();
	assert_int_equal(written_back, 1);
	memory_is(MIB(5), PAGE, 4);
	memory_is(MIB(5) + 2 * PAGE, PAGE, 4);
	poke_memory(MIB(5), PAGE, 5);
	cache_register_writeback(NULL);
	cache_sync();
	assert_int_equal(written_back, 1);
	assert_int_equal(p[PAGE - 1], 5);
}

static atomic_uint calls_back;

static void count_call_back(void)
{
	atomic_fetch_add(&calls_back, 1);
}

static void *register_and_not(void *unused)
{
	cache_driver_t driver = {.cache_writeback_psram = count_call_back};

	(void)unused;
	for (unsigned i = 0; i < 2000; i++)
		cache_register_writeback(i % 2 ? NULL : &driver);
	return NULL;
}

/* Whoever sets the hook while another syncs: it is called or it is not. */
static void the_hook_may_be_set_while_others_sync(void **state)
{
	cache_driver_t driver = {.cache_writeback_psram = count_call_back};
	pthread_t thread;

	(void)state;
	start("esp32s3");
	assert_int_equal(pthread_create(&thread, NULL, register_and_not, NULL), 0);
	for (unsigned i = 0; i < 200; i++)
		cache_sync();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(atomic_load(&calls_back) <= 200);
	atomic_store(&calls_back, 0);
	cache_register_writeback(&driver);
	cache_sync();
	assert_int_equal(atomic_load(&calls_back), 1);
	cache_register_writeback(NULL);
	cache_sync();
	assert_int_equal(atomic_load(&calls_back), 1);
}

/* -- suspending, freezing, excluding -- */

static void expect_depth(unsigned suspended, unsigned frozen, unsigned disabled, unsigned critical)
{
	struct quire_esp_cache_depth depth;

	quire_esp_cache_depth(&depth);
	assert_int_equal(depth.suspended, suspended);
	assert_int_equal(depth.frozen, frozen);
	assert_int_equal(depth.interrupts_disabled, disabled);
	assert_int_equal(depth.critical, critical);
}

static void what_is_held_is_counted(void **state)
{
	(void)state;
	expect_depth(0, 0, 0, 0);
	esp_cache_suspend_ext_mem_cache();
	esp_cache_suspend_ext_mem_cache();
	esp_cache_freeze_ext_mem_cache();
	expect_depth(2, 1, 0, 0);
	esp_cache_freeze_caches_disable_interrupts();
	expect_depth(2, 2, 1, 0);
	esp_cache_resume_ext_mem_cache();
	esp_cache_unfreeze_caches_enable_interrupts();
	esp_cache_unfreeze_ext_mem_cache();
	expect_depth(1, 0, 0, 0);
	esp_cache_resume_ext_mem_cache();
	esp_cache_resume_ext_mem_cache();
	esp_cache_unfreeze_ext_mem_cache();
	esp_cache_unfreeze_caches_enable_interrupts();
	expect_depth(0, 0, 0, 0);
	esp_cache_sync_ops_enter_critical_section();
	esp_cache_sync_ops_enter_critical_section();
	expect_depth(0, 0, 0, 2);
	esp_cache_sync_ops_exit_critical_section();
	esp_cache_sync_ops_exit_critical_section();
	esp_cache_sync_ops_exit_critical_section();
	expect_depth(0, 0, 0, 0);
}

static unsigned counter; /* no atomic: the section is what protects it */

static void *count(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 20000; i++) {
		esp_cache_sync_ops_enter_critical_section();
		esp_cache_sync_ops_enter_critical_section();
		counter++;
		esp_cache_sync_ops_exit_critical_section();
		counter++;
		esp_cache_sync_ops_exit_critical_section();
	}
	return NULL;
}

static void the_critical_section_excludes_other_threads(void **state)
{
	pthread_t thread[3];

	(void)state;
	counter = 0;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count, NULL), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(counter, 3 * 2 * 20000);
}

/* A thread writes lines back while another one maps and unmaps beside them. */
static void *map_and_unmap(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 500; i++) {
		void *p = NULL;

		if (esp_mmu_map(MIB(6), PAGE, PSRAM, DATA, 0, &p) != ESP_OK ||
		    esp_mmu_unmap(p) != ESP_OK)
			return "refused";
	}
	return NULL;
}

static void msync_is_safe_beside_map_and_unmap(void **state)
{
	pthread_t thread;
	void *wrong;
	uint8_t *p;

	(void)state;
	start("esp32s3");
	p = map_ok(MIB(5), PAGE, PSRAM, DATA, 0);
	assert_int_equal(pthread_create(&thread, NULL, map_and_unmap, NULL), 0);
	for (unsigned i = 0; i < 2000; i++) {
		memset(p, (int)i, 64);
		assert_int_equal(msync_with(p, 64, C2M), ESP_OK);
		memory_is(MIB(5), 64, (uint8_t)i);
	}
	pthread_join(thread, &wrong);
	assert_null(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(lines_are_those_of_the_chip),
		TEST(every_error_of_msync_on_every_chip),
		TEST(size_zero_is_checked_and_does_nothing),
		TEST(the_hole_between_the_windows_is_not_cached),
		TEST(a_range_may_reach_from_one_window_into_the_next),
		TEST(either_side_of_a_window_is_cached),
		TEST(an_error_leaves_nothing_locked),
		TEST(memory_gets_what_the_cpu_wrote_when_it_is_told),
		TEST(the_cpu_sees_what_memory_has_when_it_is_told),
		TEST(parts_of_lines_are_written_back_and_nothing_beside_them_is_lost),
		TEST(memory_to_cache_on_esp32_loses_nothing),
		TEST(cache_to_memory_on_esp32_writes_back),
		TEST(cache_sync_writes_back_everything),
		TEST(the_hook_may_be_set_while_others_sync),
		TEST(what_is_held_is_counted),
		TEST(the_critical_section_excludes_other_threads),
		TEST(msync_is_safe_beside_map_and_unmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
