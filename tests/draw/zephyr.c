/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel's memory, from boot on, drawn after each step: the map that Zephyr's documentation draws of
 * its own, here made by one quire_boot_map() and a few mappings on Sv39, and drawn from what stands in
 * the book.  The tables are read by the software MMU beside it.
 *
 *   start of RAM    what the firmware keeps for itself: reserved
 *                   the image, section by section, stacks between guards
 *                   free
 *                   mappings, growing down from the top, each between two guards
 *   end of window   the scratch page: reserved
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/boot.h"
#include "quire/draw.h"
#include "quire/fault.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "quire/quire.h"

#define BASE     0x80000000u
#define TABLES   0x88000000u
#define PAGE     0x1000u
#define RW       (QUIRE_READ | QUIRE_WRITE)
#define HEAP_TAG 100u /* tags of what is mapped after the boot */

static uint64_t tables[8][512];
static uint64_t book[2048];
static struct quire_sim sim;
static struct quire_table_slot slots[7];
static struct quire_walker walker;
static struct quire_space space;
static char drawn[6000];

/* What a linker script would say, and what the kernel keeps clear. */
static const struct quire_boot_part parts[] = {
	{"firmware", 0x80000000, 0x80020000, 0, 0, QUIRE_BOOT_RESERVE},
	{"text", 0x80020000, 0x80038000, QUIRE_READ | QUIRE_EXEC, QUIRE_RAM, 0},
	{"rodata", 0x80038000, 0x80040000, QUIRE_READ | QUIRE_USER, QUIRE_RAM, 0},
	{"data", 0x80040000, 0x80041234, RW, QUIRE_RAM, 0},
	{"bss", 0x80042000, 0x80050000, RW, QUIRE_RAM, 0},
	{"irq stack", 0x80051000, 0x80055000, RW, QUIRE_RAM,
	 QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE},
	{"main stack", 0x80056000, 0x80058000, RW, QUIRE_RAM,
	 QUIRE_BOOT_GUARD_BELOW | QUIRE_BOOT_GUARD_ABOVE},
	{"scratch", 0x807ff000, 0x80800000, 0, 0, QUIRE_BOOT_RESERVE},
};
static const struct quire_boot image = {parts, 8, 0, 1};

static const char *name_of(void *ctx, uint16_t tag)
{
	static const char *const later[] = {"heap", "uart", "thread stack"};

	(void)ctx;
	return tag >= HEAP_TAG && tag < HEAP_TAG + 3 ? later[tag - HEAP_TAG]
						     : quire_boot_name(&image, tag);
}

static void line(void *ctx, const char *text)
{
	(void)ctx;
	strcat(strcat(drawn, text), "\n");
}

static void start(void)
{
	static const struct quire_window window = {.name = "kernel",
						   .base = BASE,
						   .exec_base = BASE,
						   .walk = BASE,
						   .size = 0x800000,
						   .caps = QUIRE_CAP_MASK,
						   .targets = 1u << QUIRE_RAM | 1u << QUIRE_DEVICE,
						   .place = QUIRE_PLACE_HIGH};
	static const struct quire_memory memory[] = {
		[QUIRE_RAM] = {"ram", BASE, 0x8000000, QUIRE_CAP_MASK, QUIRE_CACHE_WB},
		[QUIRE_DEVICE] = {"device", 0, 0x20000000, RW, QUIRE_DEVICE_IO},
	};
	const struct quire_space_config config = {.windows = &window,
						  .memories = memory,
						  .walkers = &walker,
						  .window_count = 1,
						  .memory_count = 4,
						  .walker_count = 1,
						  .memory = book,
						  .memory_size = sizeof(book)};
	const struct quire_sim_config machine = {.mmu = &quire_mmu_sv39,
						 .memory = tables,
						 .base = TABLES,
						 .bytes = sizeof(tables),
						 .root = TABLES,
						 .entry_bytes = 8};

	assert_int_equal(quire_sim_init(&sim, &machine), 0);
	walker = (struct quire_walker){
		.mmu = &quire_mmu_sv39, .port = &quire_sim_port, .port_ctx = &sim, .root = TABLES};
	quire_table_pool_init(&walker.pool, slots, TABLES + PAGE, PAGE, 7);
	assert_int_equal(quire_space_init(&space, &config), 0);
}

/* As a kernel maps pages that it has: at the top, between two guards, which it finds by asking for
   room for all three. */
static quire_va map_guarded(quire_pa pa, quire_size size, unsigned attr, uint16_t tag)
{
	const struct quire_want all = {
		.size = size + 2 * PAGE, .target = QUIRE_RAM, .attr = (uint8_t)attr};
	const struct quire_want want = {
		.pa = pa, .size = size, .target = QUIRE_RAM, .attr = (uint8_t)attr, .tag = tag};
	struct quire_got got;
	quire_va va;

	assert_int_equal(quire_space_reserve(&space, &all, &va), 0);
	assert_int_equal(quire_space_release(&space, va), 0);
	assert_int_equal(quire_space_reserve_at(&space, va, PAGE, tag), 0);
	assert_int_equal(quire_space_map_at(&space, va + PAGE, &want, &got), 0);
	assert_int_equal(quire_space_reserve_at(&space, va + PAGE + size, PAGE, tag), 0);
	return got.va;
}

static quire_va map_device(quire_pa pa)
{
	const struct quire_want want = {.pa = pa,
					.size = PAGE,
					.target = QUIRE_DEVICE,
					.attr = RW | QUIRE_DEVICE_IO,
					.tag = HEAP_TAG + 1};
	struct quire_got got;

	assert_int_equal(quire_space_map(&space, &want, &got), 0);
	return got.va;
}

/* The first and the last byte of each row, as the hardware sees them. */
static void hardware_agrees(void)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info row;

	while (quire_space_next(&space, &cursor, &row) == 0)
		for (unsigned i = 0; i < 2; i++) {
			quire_va va = i ? row.va + row.size - 1 : row.va;
			quire_pa pa = 0;
			enum quire_sim_fault seen = quire_sim_translate(
				&sim, va, row.attr & QUIRE_ACCESS_MASK, &pa, NULL);

			if (row.kind != QUIRE_MAPPED)
				assert_int_equal(seen, QUIRE_SIM_UNMAPPED);
			else
				assert_true(seen == QUIRE_SIM_OK && pa == row.pa + (va - row.va));
		}
}

static void draws(const char *expected)
{
	static const struct quire_draw draw = {line, NULL, name_of, NULL};

	drawn[0] = '\0';
	assert_int_equal(quire_draw_map(&space, &draw), 0);
	assert_string_equal(drawn, expected);
	hardware_agrees();
}

#define IMAGE                                                                                      \
	"window kernel 0x80000000..0x80800000, 8 MiB\n"                                            \
	"  0x80000000    128 KiB  reserved  firmware\n"                                            \
	"  0x80020000     96 KiB  r-x- wb   text          = ram 0x80020000\n"                      \
	"  0x80038000     32 KiB  r--u wb   rodata        = ram 0x80038000\n"                      \
	"  0x80040000      8 KiB  rw-- wb   data          = ram 0x80040000\n"                      \
	"  0x80042000     56 KiB  rw-- wb   bss           = ram 0x80042000\n"                      \
	"  0x80050000      4 KiB  guard     irq stack\n"                                           \
	"  0x80051000     16 KiB  rw-- wb   irq stack     = ram 0x80051000\n"                      \
	"  0x80055000      4 KiB  guard     irq stack\n"                                           \
	"  0x80056000      8 KiB  rw-- wb   main stack    = ram 0x80056000\n"                      \
	"  0x80058000      4 KiB  guard     main stack\n"

static void test_boot(void **state)
{
	(void)state;
	start();
	assert_int_equal(quire_boot_map(&space, &image, NULL), 0);
	draws(IMAGE "  0x80059000   7832 KiB  free\n"
		    "  0x807ff000      4 KiB  reserved  scratch\n"
		    "  mapped 216 KiB, reserved 144 KiB, free 7832 KiB\n");
}

static void unmap_guarded(quire_va va, quire_size size)
{
	assert_int_equal(quire_space_unmap(&space, va), 0);
	assert_int_equal(quire_space_release(&space, va - PAGE), 0);
	assert_int_equal(quire_space_release(&space, va + size), 0);
}

/* What was given back is found again by the next one that fits. */
static void test_running(void **state)
{
	quire_va heap, uart, stack;

	(void)state;
	start();
	assert_int_equal(quire_boot_map(&space, &image, NULL), 0);
	uart = map_device(0x10000000);
	heap = map_guarded(0x80100000, 0x40000, RW, HEAP_TAG);
	stack = map_guarded(0x80059000, 0x2000, RW | QUIRE_USER, HEAP_TAG + 2);
	assert_true(uart > heap && heap > stack);
	unmap_guarded(heap, 0x40000);
	assert_true(map_guarded(0x80200000, 0x3f000, RW, HEAP_TAG) == heap + PAGE);
	unmap_guarded(heap + PAGE, 0x3f000);
	assert_true(map_guarded(0x80100000, 0x40000, RW, HEAP_TAG) == heap);
	draws(IMAGE "  0x80059000   7548 KiB  free\n"
		    "  0x807b8000      4 KiB  guard     thread stack\n"
		    "  0x807b9000      8 KiB  rw-u wb   thread stack  = ram 0x80059000\n"
		    "  0x807bb000      4 KiB  guard     thread stack\n"
		    "  0x807bc000      4 KiB  guard     heap\n"
		    "  0x807bd000    256 KiB  rw-- wb   heap          = ram 0x80100000\n"
		    "  0x807fd000      4 KiB  guard     heap\n"
		    "  0x807fe000      4 KiB  rw-- io   uart          = device 0x10000000\n"
		    "  0x807ff000      4 KiB  reserved  scratch\n"
		    "  mapped 484 KiB, reserved 160 KiB, free 7548 KiB\n");
	assert_int_equal(quire_space_check(&space, NULL), 0);
}

/* A stack that overflows, and a write to the text. */
static void test_faults(void **state)
{
	struct quire_fault_raw raw = {.va = 0x80055ff0, .access = QUIRE_WRITE};
	struct quire_fault fault;
	char text[QUIRE_FAULT_TEXT];

	(void)state;
	start();
	assert_int_equal(quire_boot_map(&space, &image, NULL), 0);
	assert_int_equal(quire_fault_explain(&space, &raw, &fault), 0);
	fault.name = name_of;
	quire_fault_text(&fault, text, sizeof(text));
	assert_string_equal(text,
			    "write to 0x80055ff0: the page is reserved, 16 bytes below \"main "
			    "stack\" 0x80056000..0x80058000 (read, write)");
	raw = (struct quire_fault_raw){.va = 0x80020100, .access = QUIRE_WRITE, .user = true};
	assert_int_equal(quire_fault_explain(&space, &raw, &fault), 0);
	fault.name = name_of;
	quire_fault_text(&fault, text, sizeof(text));
	assert_string_equal(text, "write to 0x80020100 in user mode: 256 bytes into \"text\" "
				  "0x80020000..0x80038000, which allows read, execute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests_name("draw_zephyr", tests, NULL, NULL);
}
