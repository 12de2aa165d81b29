/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight tasks, and whatever ESP-IDF's interfaces offer, at random: a million calls on one chip, and
 * some on each of the others.
 *
 * Every word of flash says where it is, so a task can tell at any moment whether its own mappings
 * show what it asked for; and each task owns some PSRAM, which it writes through one mapping and
 * finds again through the next, if nothing was lost in between.  Nobody touches what is not his:
 * a mapping that another task takes away is a SIGSEGV, and the test has failed.  At the end all is
 * given back, and the space and the keep-list are proved.
 *
 * QUIRE_TEST_OPS says how many calls are made in all.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "esp_cache.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_mmu_map.h"
#include "esp_partition.h"
#include "esp_private/esp_mmu_map_private.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "quire_esp.h"
#include "spi_flash_mmap.h"

#include "../../compat/esp-idf/src/machine.h"

#define TASKS     8u
#define LIVE      12u
#define CALLS_MAX 32u

/* ThreadSanitizer makes every call some thirty times as expensive. */
#if defined __SANITIZE_THREAD__
#define OPS 100000u
#elif defined __SANITIZE_ADDRESS__
#define OPS 400000u
#else
#define OPS 1000000u
#endif
#define OPS_OTHERS 8000u

#define FLASH_MOST (16u << 20)
#define PSRAM_OWN  8u /* pages of PSRAM for each task */

enum kind { NOTHING, BLOCK, HANDLE, PSRAM, RESERVED, MEMORY };

/* Something that a task has. */
struct live {
	enum kind kind;
	const volatile uint32_t *words;
	uint32_t pa;
	uint32_t size;
	uint32_t handle;
};

struct task {
	unsigned number;
	uint32_t random;
	uint32_t stamp[PSRAM_OWN]; /* what the task wrote last to its PSRAM */
	struct live live[LIVE];
	uint32_t done[CALLS_MAX];
	uint32_t verified; /* words */
};

static struct task tasks[TASKS];
static SemaphoreHandle_t finished;
static FILE *sink;
static const esp_partition_t *storage;
static uint32_t flash_size, page, psram_page, psram_base;
static uint32_t calls_each;

/* cmocka's assertions are for one thread: tasks say what is wrong and end the process. */
#define CHECK(x)                                                                                   \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static uint32_t word_at(uint32_t pa)
{
	return pa * 2654435761u ^ pa >> 9;
}

static uint32_t dice(struct task *t, uint32_t sides)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 17;
	t->random ^= t->random << 5;
	return t->random % sides;
}

/* -- what is there -- */

static void verify(struct task *t, const struct live *l)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t n = dice(t, l->size / 4);

		CHECK(l->words[n] == word_at(l->pa + 4 * n));
	}
	t->verified += 8;
}

/* Something of a kind that the task has, NULL if nothing. */
static struct live *slot_of(struct task *t, enum kind kind)
{
	uint32_t first = dice(t, LIVE);

	for (uint32_t i = 0; i < LIVE; i++)
		if (t->live[(first + i) % LIVE].kind == kind)
			return &t->live[(first + i) % LIVE];
	return NULL;
}

static struct live *free_slot(struct task *t)
{
	return slot_of(t, NOTHING);
}

/* Some pages of flash, but not the first, where the partition table is. */
static void choose_flash(struct task *t, struct live *l)
{
	uint32_t pages = flash_size / page, first = 1 + dice(t, pages - 1), most = pages - first;

	*l = (struct live){.pa = first * page, .size = (1 + dice(t, most < 3 ? most : 3)) * page};
}

static mmu_mem_caps_t choose_caps(struct task *t)
{
	return dice(t, 4) == 0 ? MMU_MEM_CAP_EXEC | MMU_MEM_CAP_32BIT
			       : MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT;
}

/* -- the calls -- */

static bool do_map(struct task *t)
{
	struct live *slot = free_slot(t), want;
	int flags = dice(t, 2) ? ESP_MMU_MMAP_FLAG_PADDR_SHARED : 0;
	void *out = NULL;
	esp_err_t err;

	choose_flash(t, &want);
	if (slot == NULL)
		return false;
	err = esp_mmu_map(want.pa, want.size, MMU_TARGET_FLASH0, choose_caps(t), flags, &out);
	CHECK(err == ESP_OK || err == ESP_ERR_INVALID_STATE || err == ESP_ERR_NOT_FOUND ||
	      (err == ESP_ERR_INVALID_ARG && flags == 0));
	if (err != ESP_OK)
		return false;
	want.kind = BLOCK;
	want.words = out;
	*slot = want;
	verify(t, slot);
	return true;
}

/* An address of a window, or one beside something of the task's own. */
static uint32_t choose_address(struct task *t)
{
	const struct quire_chip_layout *layout = quire_esp_machine()->layout;
	const struct quire_window *w = &layout->window[dice(t, layout->window_count)];
	const struct live *beside = slot_of(t, BLOCK);
	quire_va base = dice(t, 4) == 0 ? w->exec_base : w->base;

	if (beside != NULL && dice(t, 3) == 0)
		return (uint32_t)(uintptr_t)beside->words + dice(t, 8) * page;
	return (uint32_t)base + dice(t, (uint32_t)w->size / page) * page;
}

static bool do_map_virt(struct task *t)
{
	struct live *slot = free_slot(t), want;
	uint32_t va = choose_address(t);
	void *out = NULL;
	esp_err_t err;

	choose_flash(t, &want);
	if (slot == NULL)
		return false;
	err = esp_mmu_map_virt(va, want.pa, want.size, MMU_TARGET_FLASH0, choose_caps(t),
			       ESP_MMU_MMAP_FLAG_PADDR_SHARED, &out);
	CHECK(err == ESP_OK || err == ESP_ERR_INVALID_STATE || err == ESP_ERR_INVALID_ARG ||
	      err == ESP_ERR_NOT_FOUND);
	if (err != ESP_OK)
		return false;
	CHECK((uintptr_t)out == va);
	want.kind = BLOCK;
	want.words = out;
	*slot = want;
	verify(t, slot);
	return true;
}

static bool do_unmap(struct task *t)
{
	struct live *l = slot_of(t, BLOCK);

	if (l == NULL)
		return false;
	verify(t, l);
	CHECK(esp_mmu_unmap((void *)(uintptr_t)l->words) == ESP_OK);
	l->kind = NOTHING;
	return true;
}

static bool do_spi_mmap(struct task *t)
{
	struct live *slot = free_slot(t), want;
	spi_flash_mmap_handle_t handle = 0;
	const void *out = NULL;
	esp_err_t err;

	choose_flash(t, &want);
	if (slot == NULL)
		return false;
	err = spi_flash_mmap(want.pa, want.size,
			     dice(t, 4) == 0 ? SPI_FLASH_MMAP_INST : SPI_FLASH_MMAP_DATA, &out,
			     &handle);
	CHECK(err == ESP_OK || err == ESP_ERR_NOT_FOUND || err == ESP_ERR_NO_MEM);
	if (err != ESP_OK)
		return false;
	want.kind = HANDLE;
	want.words = out;
	want.handle = handle;
	*slot = want;
	verify(t, slot);
	return true;
}

/* Two pages in the wrong order stand side by side. */
static bool do_spi_pages(struct task *t)
{
	spi_flash_mmap_handle_t handle;
	const volatile uint32_t *words;
	const void *out = NULL;
	struct live want;
	int pages[2];
	esp_err_t err;

	choose_flash(t, &want);
	pages[0] = (int)(want.pa / page);
	pages[1] = pages[0] - 1;
	if (pages[1] == 0)
		return false;
	err = spi_flash_mmap_pages(pages, 2, SPI_FLASH_MMAP_DATA, &out, &handle);
	CHECK(err == ESP_OK || err == ESP_ERR_NOT_FOUND || err == ESP_ERR_NO_MEM);
	if (err != ESP_OK)
		return false;
	words = out;
	CHECK(words[5] == word_at((uint32_t)pages[0] * page + 20));
	CHECK(words[page / 4 + 5] == word_at((uint32_t)pages[1] * page + 20));
	spi_flash_munmap(handle);
	return true;
}

static bool do_munmap(struct task *t)
{
	struct live *l = slot_of(t, HANDLE);

	if (l == NULL)
		return false;
	verify(t, l);
	spi_flash_munmap(l->handle);
	l->kind = NOTHING;
	return true;
}

static bool do_partition_mmap(struct task *t)
{
	esp_partition_mmap_handle_t handle;
	uint32_t offset = dice(t, storage->size - 4096) & ~3u;
	const void *out = NULL;
	esp_err_t err =
		esp_partition_mmap(storage, offset, 4096, ESP_PARTITION_MMAP_DATA, &out, &handle);
	struct live l = {.words = out, .pa = storage->address + offset, .size = 4096};

	CHECK(err == ESP_OK || err == ESP_ERR_NOT_FOUND || err == ESP_ERR_NO_MEM);
	if (err != ESP_OK)
		return false;
	verify(t, &l);
	esp_partition_munmap(handle);
	return true;
}

static bool do_partition_read(struct task *t)
{
	uint32_t offset = dice(t, storage->size - 256) & ~3u, words[64];

	CHECK(esp_partition_read(storage, offset, words, sizeof(words)) == ESP_OK);
	for (uint32_t i = 0; i < 64; i++)
		CHECK(words[i] == word_at(storage->address + offset + 4 * i));
	return true;
}

static bool do_look(struct task *t)
{
	struct live *l = slot_of(t, dice(t, 2) ? BLOCK : HANDLE);
	mmu_mem_caps_t caps = 0;
	mmu_target_t target = 0;
	esp_paddr_t pa = 0;
	void *va = NULL;
	uint32_t at;

	if (l == NULL)
		return false;
	at = dice(t, l->size);
	CHECK(esp_mmu_vaddr_to_paddr((char *)(uintptr_t)l->words + at, &pa, &target) == ESP_OK);
	CHECK(pa == l->pa + at && target == MMU_TARGET_FLASH0);
	CHECK(esp_mmu_paddr_find_caps(l->pa + at, &caps) == ESP_OK && caps != 0);
	if (esp_mmu_paddr_to_vaddr(l->pa + at, MMU_TARGET_FLASH0, MMU_VADDR_DATA, &va) == ESP_OK)
		CHECK(va != NULL && (uintptr_t)va % 4 == (l->pa + at) % 4);
	return true;
}

static bool do_ask(struct task *t)
{
	mmu_mem_caps_t caps = 0;
	size_t most = 0;
	esp_err_t err = esp_mmu_paddr_find_caps(dice(t, flash_size), &caps);

	CHECK(err == ESP_OK ? caps != 0 : err == ESP_ERR_NOT_FOUND);
	CHECK(esp_mmu_map_get_max_consecutive_free_block_size(MMU_MEM_CAP_READ, MMU_TARGET_FLASH0,
							      &most) == ESP_OK);
	CHECK(most % page == 0);
	return true;
}

static bool do_dump(struct task *t)
{
	if (dice(t, 20) != 0)
		return false;
	CHECK(esp_mmu_map_dump_mapped_blocks(sink) == ESP_OK);
	return true;
}

static bool do_reserve(struct task *t)
{
	struct live *slot = free_slot(t);
	const void *out = NULL;
	esp_err_t err;

	if (slot == NULL)
		return false;
	err = esp_mmu_map_reserve_block_with_caps((1 + dice(t, 3)) * page, MMU_MEM_CAP_READ,
						  MMU_TARGET_FLASH0, &out);
	CHECK(err == ESP_OK || err == ESP_ERR_NOT_FOUND);
	if (err != ESP_OK)
		return false;
	*slot = (struct live){.kind = RESERVED, .words = out};
	return true;
}

static bool do_release(struct task *t)
{
	struct live *l = slot_of(t, RESERVED);

	if (l == NULL)
		return false;
	CHECK(esp_mmu_map_release_block((const void *)(uintptr_t)l->words) == ESP_OK);
	l->kind = NOTHING;
	return true;
}

static bool do_sync(struct task *t)
{
	struct live *l = &t->live[dice(t, LIVE)];
	int flags = l->kind == PSRAM ? ESP_CACHE_MSYNC_FLAG_DIR_C2M : ESP_CACHE_MSYNC_FLAG_DIR_M2C;

	if (l->kind != BLOCK && l->kind != HANDLE && l->kind != PSRAM)
		return false;
	CHECK(esp_cache_msync((void *)(uintptr_t)l->words, l->size, flags) == ESP_OK);
	return true;
}

/* -- PSRAM: what was written must be found again -- */

static uint32_t stamp(const struct task *t, unsigned mine, uint32_t n)
{
	return word_at(t->stamp[mine] + n) ^ (t->number << 8 | mine);
}

static bool do_psram_map(struct task *t)
{
	struct live *slot = free_slot(t);
	unsigned mine = dice(t, PSRAM_OWN);
	uint32_t pa = psram_base + (t->number * PSRAM_OWN + mine) * psram_page;
	volatile uint32_t *words;
	void *out = NULL;
	esp_err_t err;

	if (slot == NULL || psram_page == 0)
		return false;
	err = esp_mmu_map(pa, psram_page, MMU_TARGET_PSRAM0,
			  MMU_MEM_CAP_READ | MMU_MEM_CAP_WRITE | MMU_MEM_CAP_8BIT, 0, &out);
	CHECK(err == ESP_OK || err == ESP_ERR_INVALID_STATE || err == ESP_ERR_NOT_FOUND);
	if (err != ESP_OK)
		return false;
	words = out;
	for (uint32_t n = 0; t->stamp[mine] != 0 && n < psram_page / 4; n += psram_page / 32)
		CHECK(words[n] == stamp(t, mine, n));
	t->stamp[mine] = 1 + dice(t, 1000000);
	for (uint32_t n = 0; n < psram_page / 4; n += psram_page / 32)
		words[n] = stamp(t, mine, n);
	*slot = (struct live){.kind = PSRAM, .words = words, .pa = pa, .size = psram_page};
	return true;
}

static bool do_psram_unmap(struct task *t)
{
	struct live *l = slot_of(t, PSRAM);

	if (l == NULL)
		return false;
	CHECK(esp_mmu_unmap((void *)(uintptr_t)l->words) == ESP_OK);
	l->kind = NOTHING;
	return true;
}

/* -- memory -- */

static bool do_malloc(struct task *t)
{
	struct live *slot = free_slot(t);
	uint32_t size = 4 * (1 + dice(t, 500));
	uint32_t *words;

	if (slot == NULL)
		return false;
	words = heap_caps_malloc(size, dice(t, 2) ? MALLOC_CAP_SPIRAM : MALLOC_CAP_INTERNAL);
	if (words == NULL)
		return false;
	for (uint32_t n = 0; n < size / 4; n++)
		words[n] = word_at(t->number + n);
	*slot = (struct live){.kind = MEMORY, .words = words, .pa = t->number, .size = size};
	return true;
}

static bool do_free(struct task *t)
{
	struct live *l = slot_of(t, MEMORY);

	if (l == NULL)
		return false;
	for (uint32_t n = 0; n < l->size / 4; n++)
		CHECK(l->words[n] == word_at(l->pa + n));
	heap_caps_free((void *)(uintptr_t)l->words);
	l->kind = NOTHING;
	return true;
}

/* -- a task -- */

typedef bool (*call_fn)(struct task *t); /* whether it came to what it is for */

static const struct {
	call_fn call;
	const char *name;
	unsigned weight;
} calls[] = {
#define CALL(name, weight)                                                                         \
	{                                                                                          \
		do_##name, #name, weight                                                           \
	}
	CALL(map, 3),       CALL(map_virt, 2), CALL(unmap, 3),          CALL(spi_mmap, 2),
	CALL(spi_pages, 1), CALL(munmap, 2),   CALL(partition_mmap, 1), CALL(partition_read, 1),
	CALL(look, 2),      CALL(ask, 1),      CALL(dump, 1),           CALL(reserve, 1),
	CALL(release, 1),   CALL(sync, 1),     CALL(psram_map, 2),      CALL(psram_unmap, 2),
	CALL(malloc, 1),    CALL(free, 1),
#undef CALL
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* One of them, by weight. */
static unsigned choose_call(struct task *t)
{
	unsigned sum = 0, at, i = 0;

	for (unsigned n = 0; n < CALLS; n++)
		sum += calls[n].weight;
	for (at = dice(t, sum); at >= calls[i].weight; i++)
		at -= calls[i].weight;
	return i;
}

static void give_back(struct task *t)
{
	for (unsigned i = 0; i < LIVE; i++) {
		struct live *l = &t->live[i];
		void *ptr = (void *)(uintptr_t)l->words;

		if (l->kind == BLOCK || l->kind == PSRAM)
			CHECK(esp_mmu_unmap(ptr) == ESP_OK);
		else if (l->kind == HANDLE)
			spi_flash_munmap(l->handle);
		else if (l->kind == RESERVED)
			CHECK(esp_mmu_map_release_block(ptr) == ESP_OK);
		else if (l->kind == MEMORY)
			heap_caps_free(ptr);
		l->kind = NOTHING;
	}
}

static void work(void *argument)
{
	struct task *t = argument;

	for (uint32_t n = 0; n < calls_each; n++) {
		unsigned i = choose_call(t);

		t->done[i] += calls[i].call(t);
	}
	give_back(t);
	xSemaphoreGive(finished);
	vTaskDelete(NULL);
}

/* -- the machine -- */

static void fill_flash(void)
{
	static uint32_t words[FLASH_MOST / 4];

	for (uint32_t pa = page; pa < flash_size; pa += 4)
		words[pa / 4] = word_at(pa);
	assert_int_equal(quire_linux_write(quire_esp_linux(), QUIRE_FLASH0, page, &words[page / 4],
					   flash_size - page),
			 QUIRE_OK);
}

static void start(const char *chip, enum quire_linux_cache cache, uint32_t size)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];
	struct quire_esp *m;

	quire_esp_defaults(&options, chip);
	options.flash_size = size;
	flash_size = size;
	options.cache = cache;
	if (!quire_esp_start(&options, why))
		fail_msg("%s", why);
	m = quire_esp_machine();
	page = quire_esp_page_size(m, QUIRE_FLASH0);
	psram_page =
		m->chip->psram && m->chip->image_id != 0 ? quire_esp_page_size(m, QUIRE_PSRAM0) : 0;
	psram_base = m->psram_heap;
	fill_flash();
	storage = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY,
					   "storage1");
	assert_non_null(storage);
}

/* What there is when nobody has anything. */
static uint32_t extents(void)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_keep_drop_all(&quire_esp_machine()->keep, NULL), QUIRE_OK);
	assert_int_equal(quire_space_stats(quire_esp_space(), &stats), QUIRE_OK);
	return stats.mappings;
}

static void prove(uint32_t before)
{
	const char *what = "";

	if (quire_keep_check(&quire_esp_machine()->keep, &what) < 0)
		fail_msg("keep-list: %s", what);
	if (quire_space_check(quire_esp_space(), &what) < 0)
		fail_msg("space: %s", what);
	assert_true(heap_caps_check_integrity_all(true));
	assert_int_equal(extents(), before);
	assert_int_equal(quire_space_check(quire_esp_space(), &what), QUIRE_OK);
}

/* How often each call came to what it is for. */
static uint32_t done(unsigned call)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < TASKS; i++)
		count += tasks[i].done[call];
	return count;
}

static void run(const char *chip, enum quire_linux_cache cache, uint32_t size, uint32_t ops,
		uint32_t seed)
{
	char why[QUIRE_LINUX_TEXT];
	uint32_t before, verified = 0;

	start(chip, cache, size);
	heap_caps_free(heap_caps_malloc(16, MALLOC_CAP_SPIRAM)); /* the heap's mapping stays */
	before = extents();
	calls_each = ops / TASKS;
	finished = xSemaphoreCreateCounting(TASKS, 0);
	memset(tasks, 0, sizeof(tasks));
	for (unsigned i = 0; i < TASKS; i++) {
		tasks[i].number = i;
		tasks[i].random = seed * 977 + i * 7919 + 1;
		assert_int_equal(xTaskCreate(work, "worker", 4096, &tasks[i], 5, NULL), pdPASS);
	}
	for (unsigned i = 0; i < TASKS; i++)
		assert_int_equal(xSemaphoreTake(finished, portMAX_DELAY), pdTRUE);
	for (unsigned i = 0; i < TASKS; i++)
		verified += tasks[i].verified;
	while (uxTaskGetNumberOfTasks() != 0)
		vTaskDelay(1);
	vSemaphoreDelete(finished);
	assert_true(verified > ops / 10);
	prove(before);
	assert_true(quire_esp_stop(why));
}

static void test_a_million_calls(void **state)
{
	const char *text = getenv("QUIRE_TEST_OPS");
	uint32_t ops = text != NULL ? (uint32_t)strtoul(text, NULL, 10) : OPS;

	(void)state;
	print_message("%" PRIu32 " calls by %u tasks\n", ops, TASKS);
	run("esp32s3", QUIRE_LINUX_CACHE_NONE, FLASH_MOST, ops, 1);
	for (unsigned i = 0; i < CALLS; i++) {
		print_message("%7" PRIu32 " %s\n", done(i), calls[i].name);
		assert_true(done(i) > ops / 2000);
	}
}

static void test_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++)
		run(quire_chip_at(i)->name,
		    i % 2 ? QUIRE_LINUX_CACHE_POISON : QUIRE_LINUX_CACHE_STALE, 4u << 20,
		    OPS < 1000000 ? OPS_OTHERS / 10 : OPS_OTHERS, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_million_calls),
		cmocka_unit_test(test_every_chip),
	};
	int failures;

	sink = fopen("/dev/null", "w");
	if (sink == NULL)
		return 1;
	esp_log_level_set("*", ESP_LOG_NONE);
	failures = cmocka_run_group_tests(tests, NULL, NULL);
	fclose(sink);
	return failures;
}
