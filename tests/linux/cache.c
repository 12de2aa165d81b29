/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache between mappings and memories: what is stale without a sync, right with it, and how much
 * of it exactly; what keeps dirty bytes and what loses them; and that failures are reported as
 * without a cache.
 */
#include "helpers.h"

#include "quire/port/flash.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define RW     (QUIRE_READ | QUIRE_WRITE)
#define FORGET QUIRE_SYNC_INVALIDATE
#define WRITE  QUIRE_SYNC_WRITE_BACK

static const char *const with_psram[] = {"esp32",    "esp32s2", "esp32s3", "esp32c5",
					 "esp32c61", "esp32h4", "esp32p4", "esp32s31"};
#define CHIPS (sizeof(with_psram) / sizeof(with_psram[0]))

static struct quire_linux *open_cached(const char *name, enum quire_linux_cache cache)
{
	struct quire_linux_options options = {
		.flash_size = MIB(1), .psram_size = MIB(1), .cache = cache};

	watch_faults(&options);
	return open_chip(name, &options);
}

static quire_size line_of(struct quire_linux *machine)
{
	return quire_linux_chip(machine)->cache_line;
}

static void sync_range(struct quire_linux *machine, quire_va va, quire_size size, unsigned how)
{
	assert_int_equal(quire_space_sync(quire_linux_space(machine), va, size, how), QUIRE_OK);
}

static struct quire_linux_counts counts_of(struct quire_linux *machine)
{
	struct quire_linux_counts counts;

	assert_int_equal(quire_linux_counts(machine, &counts), QUIRE_OK);
	return counts;
}

/* `size` bytes of one value, into the memory, or expected there, or at an address. */
static void put(struct quire_linux *machine, unsigned target, quire_pa pa, unsigned value,
		size_t size)
{
	uint8_t bytes[1024];

	assert_in_range(size, 0, sizeof(bytes));
	memset(bytes, (int)value, size);
	assert_int_equal(quire_linux_write(machine, target, pa, bytes, size), QUIRE_OK);
}

static unsigned get(struct quire_linux *machine, unsigned target, quire_pa pa)
{
	uint8_t byte = 0;

	assert_int_equal(quire_linux_read(machine, target, pa, &byte, 1), QUIRE_OK);
	return byte;
}

static void expect_loads(quire_va va, unsigned value, quire_size size)
{
	for (quire_size i = 0; i < size; i++)
		if (*at(va + i) != value)
			fail_msg("0x%llx is 0x%x, not 0x%x", (unsigned long long)(va + i),
				 *at(va + i), value);
}

static void expect_bytes(struct quire_linux *machine, quire_pa pa, unsigned value, quire_size size)
{
	static uint8_t bytes[KIB(64)];

	assert_in_range(size, 0, sizeof(bytes));
	assert_int_equal(quire_linux_read(machine, QUIRE_PSRAM0, pa, bytes, (size_t)size),
			 QUIRE_OK);
	for (quire_size i = 0; i < size; i++)
		if (bytes[i] != value)
			fail_msg("psram 0x%llx is 0x%x, not 0x%x", (unsigned long long)(pa + i),
				 bytes[i], value);
}

static void store(quire_va va, unsigned value, quire_size size)
{
	for (quire_size i = 0; i < size; i++)
		*at(va + i) = (uint8_t)value;
}

/* Run a test on a fresh chip of each kind with PSRAM. */
static void on_each_chip(enum quire_linux_cache cache, void (*test)(struct quire_linux *machine))
{
	for (unsigned i = 0; i < CHIPS; i++) {
		struct quire_linux *machine = open_cached(with_psram[i], cache);
		const char *what = "";

		test(machine);
		if (quire_space_check(quire_linux_space(machine), &what) < 0)
			fail_msg("%s: %s", with_psram[i], what);
		close_chip(machine);
	}
}

/* -- what is stale -- */

static void memory_is_newer(struct quire_linux *machine)
{
	quire_va ram = map_pages(machine, QUIRE_PSRAM0, KIB(128), KIB(64), RW, 0);
	quire_va rom = map_pages(machine, QUIRE_FLASH0, KIB(64), KIB(64), QUIRE_READ, 0);

	put(machine, QUIRE_PSRAM0, KIB(128) + 300, 7, 10);
	put(machine, QUIRE_FLASH0, KIB(64) + 300, 7, 10);
	expect_loads(ram, 0, KIB(64));
	expect_loads(rom, 0xff, KIB(64));
	expect_bytes(machine, KIB(128) + 300, 7, 10);
	sync_range(machine, ram + 300, 10, WRITE);
	expect_loads(ram, 0, KIB(64));
	expect_bytes(machine, KIB(128) + 300, 7, 10);
	sync_range(machine, ram + 300, 10, FORGET);
	sync_range(machine, rom + 300, 10, WRITE | FORGET);
	expect_loads(ram + 300, 7, 10);
	expect_loads(rom + 300, 7, 10);
	expect_loads(ram + 310, 0, KIB(64) - 310);
	expect_loads(rom, 0xff, 300);
	assert_int_equal(quire_linux_flash_program(machine, KIB(64) + 300, "\1", 1), QUIRE_OK);
	expect_loads(rom + 300, 7, 10);
	sync_range(machine, rom + 300, 1, FORGET);
	expect_loads(rom + 300, 1, 1);
	assert_int_equal(quire_linux_flash_erase(machine, KIB(64), 4096), QUIRE_OK);
	expect_loads(rom + 300, 1, 1);
	sync_range(machine, rom, KIB(64), FORGET);
	expect_loads(rom, 0xff, KIB(64));
}

static void cache_is_newer(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, KIB(128), KIB(64), RW, 0);
	quire_va code = other_side(machine, va);

	store(va + 4000, 0x31, 7);
	expect_loads(va + 4000, 0x31, 7);
	expect_loads(code + 4000, 0x31, 7);
	expect_bytes(machine, KIB(128) + 4000, 0, 7);
	sync_range(machine, va + 4003, 1, WRITE);
	expect_bytes(machine, KIB(128) + 4000, 0x31, 7);
	store(va + 4000, 0x32, 7);
	sync_range(machine, va + 4000, 7, FORGET);
	expect_loads(va + 4000, 0x31, 7);
	store(va + 4000, 0x33, 7);
	sync_range(machine, va + 4000, 7, FORGET | WRITE);
	expect_loads(va + 4000, 0x33, 7);
	expect_bytes(machine, KIB(128) + 4000, 0x33, 7);
}

static void test_stale(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_STALE, memory_is_newer);
	on_each_chip(QUIRE_LINUX_CACHE_STALE, cache_is_newer);
}

/* A sync that begins and ends inside lines takes both whole, and nothing of their neighbours. */
static void whole_lines(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	quire_size line = line_of(machine);
	struct quire_linux_counts before = counts_of(machine);

	put(machine, QUIRE_PSRAM0, 0, 9, (size_t)(6 * line));
	sync_range(machine, va + 2 * line - 1, line + 2, FORGET);
	expect_loads(va, 0, line);
	expect_loads(va + line, 9, 3 * line);
	expect_loads(va + 4 * line, 0, 2 * line);
	assert_int_equal(counts_of(machine).invalidated - before.invalidated, 3);
	sync_range(machine, va, line, FORGET);
	expect_loads(va, 9, 4 * line);
	expect_loads(va + 4 * line, 0, 2 * line);

	store(va, 0x11, 6 * line);
	before = counts_of(machine);
	sync_range(machine, va + 2 * line - 1, line + 2, WRITE);
	expect_bytes(machine, 0, 9, line);
	expect_bytes(machine, line, 0x11, 3 * line);
	expect_bytes(machine, 4 * line, 9, 2 * line);
	assert_int_equal(counts_of(machine).written_back - before.written_back, 3);
	sync_range(machine, va, KIB(64), WRITE);
	expect_bytes(machine, 0, 0x11, 6 * line);
	assert_int_equal(counts_of(machine).written_back - before.written_back, 6);
}

/* Lines nobody has stored to are not written back, even if the memory has other bytes by now; and
   reading a line again takes a neighbour's store in it along. */
static void only_dirty_lines(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	quire_size line = line_of(machine);

	put(machine, QUIRE_PSRAM0, 0, 9, (size_t)(3 * line));
	store(va + line, 1, 1);
	sync_range(machine, va, KIB(64), WRITE);
	expect_bytes(machine, 0, 9, line);
	expect_bytes(machine, line, 1, 1);
	expect_bytes(machine, line + 1, 0, line - 1); /* the rest of the line as it was cached */
	expect_bytes(machine, 2 * line, 9, line);
	store(va + 2 * line - 1, 2, 2);
	sync_range(machine, va + 2 * line, 1, FORGET);
	expect_loads(va + 2 * line - 1, 2, 1);
	expect_loads(va + 2 * line, 9, line);
}

/* A sync across pages, mapped and not, and of other mappings in between. */
static void across_pages(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(256), RW, 0);
	quire_size page = quire_mmu_page_size(
		&quire_linux_layout(machine)->mmu[quire_linux_layout(machine)->walker_count - 1]);
	struct quire_space *space = quire_linux_space(machine);

	assert_int_equal(quire_space_unmap_part(space, va + page, page), QUIRE_OK);
	store(va, 3, page);
	store(va + 2 * page, 3, page);
	put(machine, QUIRE_PSRAM0, page, 8, 10);
	sync_range(machine, va + 1, 3 * page - 2, WRITE | FORGET);
	expect_bytes(machine, 0, 3, 100);
	expect_bytes(machine, page - 1, 3, 1);
	expect_bytes(machine, page, 8, 10);
	expect_bytes(machine, 2 * page, 3, 100);
	expect_bytes(machine, 3 * page - 1, 3, 1);
	assert_true(read_faults(va + page));
}

static void test_lines(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_STALE, whole_lines);
	on_each_chip(QUIRE_LINUX_CACHE_STALE, only_dirty_lines);
	on_each_chip(QUIRE_LINUX_CACHE_STALE, across_pages);
}

/* -- poison -- */

static void poison(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	quire_va rom = map_pages(machine, QUIRE_FLASH0, 0, KIB(64), QUIRE_READ, 0);
	quire_size line = line_of(machine);
	quire_pa away = MIB(1) - KIB(64); /* in nobody's cache */

	put(machine, QUIRE_PSRAM0, 2 * line - 1, 9, 2);
	expect_loads(va, 0, line);
	expect_loads(va + line, 0xa5, 2 * line);
	expect_loads(va + 3 * line, 0, line);
	expect_bytes(machine, line, 0, line - 1);
	expect_bytes(machine, 2 * line - 1, 9, 2);
	sync_range(machine, va, KIB(64), WRITE);
	expect_bytes(machine, 2 * line - 1, 9, 2);
	sync_range(machine, va + line, 2 * line, FORGET);
	expect_loads(va + 2 * line - 1, 9, 2);
	expect_loads(va + 2 * line + 1, 0, line);

	store(va + 5 * line, 1, 1);
	expect_bytes(machine, 4 * line, 0, line);
	expect_bytes(machine, 5 * line, 0xa5, line);
	expect_bytes(machine, 6 * line, 0, line);
	sync_range(machine, va + 5 * line, 1, WRITE);
	expect_bytes(machine, 5 * line, 1, 1);
	expect_bytes(machine, 5 * line + 1, 0, line - 1);

	put(machine, QUIRE_FLASH0, line, 7, 1);
	expect_loads(rom, 0xff, line);
	expect_loads(rom + line, 0xa5, line);
	expect_loads(rom + 2 * line, 0xff, line);

	put(machine, QUIRE_PSRAM0, away, 5, 10);
	expect_bytes(machine, away, 5, 10);
	expect_loads(map_pages(machine, QUIRE_PSRAM0, away, KIB(64), RW, 0), 5, 10);
}

/* What chips cannot show is not shown: flash that is written is as it was until it is invalidated,
   and what is beside it is right at all times. */
static void flash_is_not_poisoned(struct quire_linux *machine)
{
	quire_va rom = map_pages(machine, QUIRE_FLASH0, 0, KIB(64), QUIRE_READ, 0);
	quire_size line = line_of(machine);

	assert_int_equal(quire_linux_flash_program(machine, line - 1, "ab", 2), QUIRE_OK);
	expect_loads(rom, 0xff, 3 * line);
	sync_range(machine, rom, line, FORGET);
	expect_loads(rom, 0xff, line - 1);
	expect_loads(rom + line - 1, 'a', 1);
	expect_loads(rom + line, 0xff, line);
	sync_range(machine, rom + line, line, FORGET);
	expect_loads(rom + line, 'b', 1);
	expect_loads(rom + line + 1, 0xff, line - 1);

	assert_int_equal(quire_linux_flash_program(machine, line + 1, "c", 1), QUIRE_OK);
	expect_loads(rom + line, 'b', 1);
	expect_loads(rom + line + 1, 0xff, line - 1);
	assert_int_equal(quire_linux_flash_erase(machine, 0, 4096), QUIRE_OK);
	expect_loads(rom + line - 1, 'a', 1);
	expect_loads(rom + line, 'b', 1);
	assert_int_equal(get(machine, QUIRE_FLASH0, line), 0xff);
	assert_int_equal(quire_linux_power_cut(machine, 1, NULL, NULL), QUIRE_OK);
	assert_int_equal(quire_linux_flash_program(machine, line - 1, "de", 2), QUIRE_EPORT);
	expect_loads(rom + line - 1, 'a', 1);
	expect_loads(rom + line, 'b', 1);
	assert_int_equal(quire_linux_power_on(machine), QUIRE_OK);
	expect_loads(rom + line - 1, 'd', 1);
}

static void test_poison(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_POISON, poison);
	on_each_chip(QUIRE_LINUX_CACHE_POISON, flash_is_not_poisoned);
}

/* -- which pages are in the cache -- */

/* All mappings of a page are one; it is read again when the last of them is gone. */
static void aliases(struct quire_linux *machine)
{
	struct quire_space *space = quire_linux_space(machine);
	quire_va a = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	uint64_t fills = counts_of(machine).fills;
	quire_va b = map_pages(machine, QUIRE_PSRAM0, 0, KIB(128), RW, QUIRE_SHARED);

	assert_int_not_equal(a, b);
	assert_true(counts_of(machine).fills > fills);
	store(a + 9, 1, 1);
	expect_loads(b + 9, 1, 1);
	store(b + 9, 2, 1);
	expect_loads(a + 9, 2, 1);
	put(machine, QUIRE_PSRAM0, 9, 3, 1);
	fills = counts_of(machine).fills;
	assert_int_equal(quire_space_unmap(space, b), QUIRE_OK);
	expect_loads(a + 9, 2, 1); /* and written back, over what the memory had */
	expect_bytes(machine, 9, 2, 1);
	put(machine, QUIRE_PSRAM0, 9, 3, 1);
	expect_loads(a + 9, 2, 1);
	assert_int_equal(counts_of(machine).fills, fills);
	assert_int_equal(quire_space_unmap(space, a), QUIRE_OK);
	expect_bytes(machine, 9, 3, 1);
	a = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	expect_loads(a + 9, 3, 1);
	assert_true(counts_of(machine).fills > fills);
}

static void test_aliases(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_STALE, aliases);
}

/* From here on the core's requests to write back come to nothing. */
static void forget_write_backs(struct quire_linux *machine)
{
	static struct quire_port deaf;
	struct quire_space *space = quire_linux_space(machine);

	deaf = *space->walker[0].port;
	deaf.sync = NULL;
	for (unsigned w = 0; w < quire_linux_layout(machine)->walker_count; w++)
		space->walker[w].port = &deaf;
}

/* Moved, switched, made longer and protected, a page that stays shown keeps what was stored, even
   if nobody writes it back. */
static void pages_stay(struct quire_linux *machine)
{
	struct quire_space *space = quire_linux_space(machine);
	struct quire_want next = {.pa = KIB(64), .target = QUIRE_PSRAM0, .attr = RW};
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(256), RW, 0), other = 0;
	uint64_t fills;

	forget_write_backs(machine);
	for (unsigned i = 0; i < 4; i++)
		store(va + i * KIB(64) + 77, i + 1, 1);
	fills = counts_of(machine).fills;
	assert_int_equal(quire_space_move_at(space, va, va + KIB(64)), QUIRE_OK);
	assert_int_equal(quire_space_move(space, va + KIB(64), 0, &other), QUIRE_OK);
	assert_int_equal(quire_space_protect(space, other, KIB(128), QUIRE_READ, 0), QUIRE_OK);
	assert_int_equal(quire_space_protect(space, other, KIB(128), RW, 0), QUIRE_OK);
	for (unsigned i = 0; i < 4; i++)
		expect_loads(other + i * KIB(64) + 77, i + 1, 1);
	assert_int_equal(counts_of(machine).fills, fills);
	assert_int_equal(quire_space_switch(space, other, &next), QUIRE_OK);
	for (unsigned i = 0; i < 3; i++)
		expect_loads(other + i * KIB(64) + 77, i + 2, 1);
	assert_int_equal(quire_space_resize(space, other, KIB(320)), QUIRE_OK);
	expect_loads(other + 77, 2, 1);
	next.pa = 0;
	assert_int_equal(quire_space_switch(space, other, &next), QUIRE_OK);
	expect_loads(other + 77, 0, 1);
	expect_loads(other + KIB(64) + 77, 2, 1);
}

static void test_pages_stay(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_STALE, pages_stay);
}

/* What takes the last mapping of a page away. */
static void end_by_unmap(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_unmap(space, va), QUIRE_OK);
}

static void end_by_part(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_unmap_part(space, va + KIB(64), KIB(64)), QUIRE_OK);
}

static void end_by_switch(struct quire_space *space, quire_va va)
{
	struct quire_want other = {.pa = KIB(512), .target = QUIRE_PSRAM0, .attr = RW};

	assert_int_equal(quire_space_switch(space, va, &other), QUIRE_OK);
}

static void end_by_hiding(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_switch(space, va, NULL), QUIRE_OK);
}

static void end_by_resize(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_resize(space, va, KIB(64)), QUIRE_OK);
}

static void end_by_protect(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_protect(space, va, KIB(128), QUIRE_READ, 0), QUIRE_OK);
	assert_int_equal(quire_space_unmap(space, va), QUIRE_OK);
}

static void end_by_forbidding(struct quire_space *space, quire_va va)
{
	assert_int_equal(quire_space_protect(space, va + KIB(64), KIB(64), 0, 0), QUIRE_OK);
}

static void (*const endings[])(struct quire_space *space, quire_va va) = {
	end_by_unmap,  end_by_part,    end_by_switch,     end_by_hiding,
	end_by_resize, end_by_protect, end_by_forbidding,
};

/* Stored bytes reach the memory however the mapping goes; or are lost, if the core's write-back is
   left out. */
static void end_each_way(const char *name, bool deaf)
{
	for (unsigned i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct quire_linux *machine = open_cached(name, QUIRE_LINUX_CACHE_STALE);
		quire_va va = map_pages(machine, QUIRE_PSRAM0, KIB(128), KIB(128), RW, 0);

		if (deaf)
			forget_write_backs(machine);
		store(va + KIB(64) + 5, 0x44, KIB(32));
		endings[i](quire_linux_space(machine), va);
		expect_bytes(machine, KIB(192) + 5, deaf ? 0 : 0x44, KIB(32));
		va = map_pages(machine, QUIRE_PSRAM0, KIB(192), KIB(64), QUIRE_READ, QUIRE_SHARED);
		expect_loads(va + 5, deaf ? 0 : 0x44, KIB(32));
		close_chip(machine);
	}
}

static void test_write_back_first(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		end_each_way(with_psram[i], false);
		end_each_way(with_psram[i], true);
	}
}

/* Mappings that are not cached show the memory, at the same time as others that are. */
static void uncached(struct quire_linux *machine)
{
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	quire_va past =
		map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW | QUIRE_UNCACHED, QUIRE_SHARED);

	assert_int_not_equal(va, past);
	store(past, 1, 1);
	expect_bytes(machine, 0, 1, 1);
	expect_loads(va, 0, 1);
	sync_range(machine, past, KIB(64), FORGET);
	expect_loads(va, 0, 1);
	sync_range(machine, va, KIB(64), FORGET);
	expect_loads(va, 1, 1);
	store(va, 2, 1);
	expect_loads(past, 1, 1);
	sync_range(machine, va, KIB(64), WRITE);
	expect_loads(past, 2, 1);
}

static void test_uncached(void **state)
{
	(void)state;
	on_each_chip(QUIRE_LINUX_CACHE_STALE, uncached);
}

/* -- encrypted flash -- */

static uint8_t key_at(quire_pa pa)
{
	return (uint8_t)(pa * 167 ^ pa >> 7 ^ 0x6d);
}

static unsigned strange_ranges;

static void decrypt(void *ctx, quire_pa pa, void *bytes, size_t size)
{
	uint8_t *byte = bytes;

	strange_ranges += pa % 16 != 0 || size % 16 != 0 || size == 0 || ctx != &strange_ranges;
	for (size_t i = 0; i < size; i++)
		byte[i] ^= key_at(pa + i);
}

/* What is in flash is a cipher, what mappings show is not; nothing else is decrypted. */
static void test_decrypt(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1),
					      .cache = QUIRE_LINUX_CACHE_STALE,
					      .decrypt = decrypt,
					      .decrypt_ctx = &strange_ranges};
	uint8_t cipher[256];

	(void)state;
	strange_ranges = 0;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);
		struct quire_linux *machine;
		quire_va va;

		options.psram_size = chip->psram ? MIB(1) : 0;
		machine = open_chip(chip->name, &options);
		for (unsigned i = 0; i < sizeof(cipher); i++)
			cipher[i] = (uint8_t)(i ^ key_at(KIB(64) + 512 + i));
		assert_int_equal(
			quire_linux_flash_program(machine, KIB(64) + 512, cipher, sizeof(cipher)),
			QUIRE_OK);
		va = map_pages(machine, QUIRE_FLASH0, KIB(64), KIB(64), QUIRE_READ, 0);
		for (unsigned i = 0; i < sizeof(cipher); i++) {
			assert_int_equal(*at(va + 512 + i), i);
			assert_int_equal(get(machine, QUIRE_FLASH0, KIB(64) + 512 + i), cipher[i]);
		}
		assert_int_equal(*at(va), 0xff ^ key_at(KIB(64)));
		assert_int_equal(quire_linux_flash_program(machine, KIB(64) + 1024, "\0", 1),
				 QUIRE_OK);
		assert_int_equal(*at(va + 1024), 0xff ^ key_at(KIB(64) + 1024));
		sync_range(machine, va + 1024, 1, FORGET);
		assert_int_equal(*at(va + 1024), key_at(KIB(64) + 1024));
		assert_int_equal(*at(va + 1025), 0xff ^ key_at(KIB(64) + 1025));
		if (chip->psram)
			expect_loads(map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0), 0, 99);
		close_chip(machine);
	}
	assert_int_equal(strange_ranges, 0);
}

/* -- opening -- */

static void test_options(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1)};
	static const uint8_t no_lines[] = {0, 3, 96, 1, 8};
	struct quire_chip chip = *quire_chip_by_name("esp32s3");
	struct quire_linux *machine = NULL;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	options.cache = (enum quire_linux_cache)3;
	expect_refusal("esp32s3", &options, QUIRE_EFLAG, "esp32s3: there is no kind 3 of cache",
		       NULL);
	options.cache = QUIRE_LINUX_CACHE_NONE;
	options.decrypt = decrypt;
	expect_refusal("esp32s3", &options, QUIRE_EFLAG, "decrypted into the cache", NULL);
	options.cache = QUIRE_LINUX_CACHE_POISON;
	for (unsigned i = 0; i < sizeof(no_lines); i++) {
		chip.cache_line = no_lines[i];
		options.decrypt = i < 3 ? NULL : decrypt;
		assert_int_equal(quire_linux_open(&machine, &chip, &options, why), QUIRE_EALIGN);
		assert_non_null(strstr(why, "there is no cache with lines of"));
	}
	options.decrypt = NULL;
	assert_int_equal(quire_linux_open(&machine, &chip, &options, why), QUIRE_OK);
	quire_linux_close(machine);
}

static unsigned count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

/* Each call of open fails once, with nothing left behind. */
static void fail_each(unsigned *fail, const unsigned *calls, struct faulty_system *faulty,
		      int result, const char *word)
{
	struct quire_linux_options options = {.flash_size = MIB(1),
					      .psram_size = MIB(1),
					      .cache = QUIRE_LINUX_CACHE_STALE,
					      .executable = true,
					      .system = &faulty->system};
	unsigned before = *calls, total, descriptors = count_descriptors();

	close_chip(open_chip("esp32p4", &options));
	total = *calls - before;
	assert_true(total >= 4);
	for (unsigned n = 1; n <= total; n++) {
		*fail = *calls + n;
		expect_refusal("esp32p4", &options, result, word, NULL);
		assert_int_equal(count_descriptors(), descriptors);
	}
	*fail = 0;
}

static void test_open_failures(void **state)
{
	struct faulty_system faulty;

	(void)state;
	faulty_system_init(&faulty);
	fail_each(&faulty.fail_memfd, &faulty.memfds, &faulty, QUIRE_EPORT, "Too many open files");
	fail_each(&faulty.fail_resize, &faulty.resizes, &faulty, QUIRE_EPORT, "No space left");
	fail_each(&faulty.fail_map, &faulty.maps, &faulty, QUIRE_EPORT, "Cannot allocate memory");
	fail_each(&faulty.fail_allocation, &faulty.allocations, &faulty, QUIRE_EPOOL,
		  "no memory for");
}

/* Without a cache nothing of it is there, and a sync does nothing. */
static void test_none(void **state)
{
	struct quire_linux_options options = {.flash_size = MIB(1), .psram_size = MIB(1)};
	unsigned before = count_descriptors(), cached;
	struct quire_linux *machine = open_chip("esp32s3", &options);
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);

	(void)state;
	assert_int_equal(count_descriptors() - before, 2);
	store(va, 1, 1);
	expect_bytes(machine, 0, 1, 1);
	sync_range(machine, va, KIB(64), WRITE | FORGET);
	expect_loads(va, 1, 1);
	assert_int_equal(counts_of(machine).fills, 0);
	assert_int_equal(counts_of(machine).written_back, 0);
	assert_int_equal(counts_of(machine).invalidated, 0);
	close_chip(machine);
	machine = open_cached("esp32s3", QUIRE_LINUX_CACHE_STALE);
	cached = count_descriptors();
	assert_int_equal(cached - before, 4);
	close_chip(machine);
	assert_int_equal(count_descriptors(), before);
}

/* -- trouble -- */

static struct quire_linux *open_file(char path[64], enum quire_linux_file use)
{
	struct quire_linux_options options = {
		.flash_file = use, .psram_size = MIB(1), .cache = QUIRE_LINUX_CACHE_STALE};

	make_file(path, KIB(256));
	options.flash_path = path;
	watch_faults(&options);
	return open_chip("esp32s3", &options);
}

/* The file itself can be shown through the cache too, and is never written. */
static void test_read_file(void **state)
{
	char path[64];
	struct quire_linux *machine = open_file(path, QUIRE_LINUX_FILE_READ);
	quire_va va = map_pages(machine, QUIRE_FLASH0, 0, KIB(256), QUIRE_READ, 0);

	(void)state;
	expect_loads(va, 0x5a, KIB(256));
	assert_true(write_faults(va));
	assert_non_null(strstr(last_text, "it shows flash0 from 0x0"));
	sync_range(machine, va, KIB(256), WRITE | FORGET);
	expect_loads(va, 0x5a, KIB(256));
	unlink(path);
	close_chip(machine);
}

/* A page that the file no longer has is lost, and says so, until the file is as long as before. */
static void test_short_file(void **state)
{
	char path[64], why[QUIRE_LINUX_TEXT];
	struct quire_linux *machine = open_file(path, QUIRE_LINUX_FILE_READ);
	struct quire_space *space = quire_linux_space(machine);
	struct quire_want want = {.size = KIB(64), .target = QUIRE_PSRAM0, .attr = RW};
	struct quire_got got;
	quire_va va;

	(void)state;
	assert_int_equal(truncate(path, KIB(96)), 0);
	va = map_pages(machine, QUIRE_FLASH0, 0, KIB(256), QUIRE_READ, 0);
	expect_loads(va, 0x5a, KIB(64));
	assert_true(read_faults(va + KIB(64)));
	assert_true(last_fault.lost);
	assert_true(quire_linux_trouble(machine, why));
	assert_non_null(strstr(why, "3 pages do not show what their entries say: Input/output"));
	sync_range(machine, va + KIB(128), KIB(64), FORGET);
	assert_true(read_faults(va + KIB(128)));
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_EPORT);
	assert_int_equal(truncate(path, KIB(256)), 0);
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_EPORT);
	assert_false(quire_linux_trouble(machine, why));
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_OK);
	expect_loads(va + KIB(64), 0x5a, KIB(32));
	expect_loads(va + KIB(96), 0, KIB(160));
	unlink(path);
	close_chip(machine);
}

/* A sync that cannot read is heard of at the next change. */
static void test_sync_fails(void **state)
{
	char path[64], why[QUIRE_LINUX_TEXT];
	struct quire_linux *machine = open_file(path, QUIRE_LINUX_FILE_READ);
	struct quire_space *space = quire_linux_space(machine);
	quire_va va = map_pages(machine, QUIRE_FLASH0, 0, KIB(256), QUIRE_READ, 0);
	struct quire_want want = {.size = KIB(64), .target = QUIRE_PSRAM0, .attr = RW};
	struct quire_got got;

	(void)state;
	assert_int_equal(truncate(path, KIB(96)), 0);
	sync_range(machine, va, KIB(64), FORGET);
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_OK);
	sync_range(machine, va + KIB(128), KIB(64), FORGET);
	expect_loads(va + KIB(128), 0x5a, KIB(64));
	assert_int_equal(quire_space_unmap(space, got.va), QUIRE_OK);
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_EPORT);
	quire_linux_refusal(machine, why);
	assert_string_equal(why, "esp32s3: the cache cannot read flash0: Input/output error");
	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_OK);
	unlink(path);
	close_chip(machine);
}

/* No file of this process may be written, or all may again. */
static void forbid_writes(bool forbid)
{
	static struct rlimit allowed;
	struct rlimit limit;

	if (forbid)
		assert_int_equal(getrlimit(RLIMIT_FSIZE, &allowed), 0);
	limit = allowed;
	if (forbid)
		limit.rlim_cur = 0;
	signal(SIGXFSZ, forbid ? SIG_IGN : SIG_DFL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Nor is one that cannot write silent; and what it could not write stays dirty. */
static void test_write_fails(void **state)
{
	struct quire_linux *machine = open_cached("esp32s3", QUIRE_LINUX_CACHE_STALE);
	struct quire_want want = {.size = KIB(64), .target = QUIRE_FLASH0, .attr = QUIRE_READ};
	quire_va va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(64), RW, 0);
	struct quire_linux_flash_counts counts;
	struct quire_got got;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	store(va, 7, KIB(1));
	forbid_writes(true);
	sync_range(machine, va, KIB(64), WRITE);
	assert_int_equal(quire_linux_write(machine, QUIRE_PSRAM0, 0, "a", 1), QUIRE_EPORT);
	assert_int_equal(quire_linux_flash_program(machine, 0, "a", 1), QUIRE_EPORT);
	assert_int_equal(quire_linux_flash_erase(machine, 0, KIB(4)), QUIRE_EPORT);
	forbid_writes(false);
	assert_true(quire_linux_power(machine));
	assert_int_equal(quire_linux_flash_counts(machine, &counts), QUIRE_OK);
	assert_int_equal(counts.bytes + counts.programs + counts.sectors, 0);
	expect_bytes(machine, 0, 0, KIB(1));
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_EPORT);
	quire_linux_refusal(machine, why);
	assert_string_equal(why, "esp32s3: the cache cannot write psram0: File too large");
	assert_int_equal(quire_space_map(quire_linux_space(machine), &want, &got), QUIRE_OK);
	sync_range(machine, va, KIB(64), WRITE);
	expect_bytes(machine, 0, 7, KIB(1));
	expect_bytes(machine, KIB(1), 0, KIB(1));
	close_chip(machine);
}

/* mmap fails while a mapping with dirty bytes changes: nothing is readable until it is mended, and
   then nothing is missing. */
static void test_lost_pages_stay(void **state)
{
	struct faulty_system faulty;
	struct quire_linux_options options = {.flash_size = MIB(1),
					      .psram_size = MIB(1),
					      .cache = QUIRE_LINUX_CACHE_STALE,
					      .system = &faulty.system};
	struct quire_linux *machine;
	quire_va va;
	char why[QUIRE_LINUX_TEXT];

	(void)state;
	faulty_system_init(&faulty);
	watch_faults(&options);
	machine = open_chip("esp32s3", &options);
	va = map_pages(machine, QUIRE_PSRAM0, 0, KIB(128), RW, 0);
	forget_write_backs(machine);
	store(va, 0x66, KIB(128));
	faulty.fail_map = faulty.maps + 1;
	faulty.failing = 1000;
	assert_int_equal(
		quire_space_protect(quire_linux_space(machine), va, KIB(128), QUIRE_READ, 0),
		QUIRE_OK);
	assert_true(quire_linux_trouble(machine, why));
	assert_true(read_faults(va));
	assert_true(last_fault.lost);
	assert_true(read_faults(other_side(machine, va) + KIB(64)));
	faulty.fail_map = 0;
	assert_int_equal(quire_space_protect(quire_linux_space(machine), va, KIB(128), RW, 0),
			 QUIRE_EPORT);
	assert_false(quire_linux_trouble(machine, why));
	expect_loads(va, 0x66, KIB(128));
	expect_loads(other_side(machine, va), 0x66, KIB(128));
	assert_int_equal(counts_of(machine).fills, 2);
	close_chip(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_stale, close_all),
		cmocka_unit_test_teardown(test_lines, close_all),
		cmocka_unit_test_teardown(test_poison, close_all),
		cmocka_unit_test_teardown(test_aliases, close_all),
		cmocka_unit_test_teardown(test_pages_stay, close_all),
		cmocka_unit_test_teardown(test_write_back_first, close_all),
		cmocka_unit_test_teardown(test_uncached, close_all),
		cmocka_unit_test_teardown(test_decrypt, close_all),
		cmocka_unit_test_teardown(test_options, close_all),
		cmocka_unit_test_teardown(test_open_failures, close_all),
		cmocka_unit_test_teardown(test_none, close_all),
		cmocka_unit_test_teardown(test_read_file, close_all),
		cmocka_unit_test_teardown(test_short_file, close_all),
		cmocka_unit_test_teardown(test_sync_fails, close_all),
		cmocka_unit_test_teardown(test_write_fails, close_all),
		cmocka_unit_test_teardown(test_lost_pages_stay, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
