/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel in a few pages of code: on any of the boards it maps its own image, turns the MMU on, maps
 * memory wherever there is room, draws what is where, and runs out of stack, which the guard below the
 * stack turns into a sentence.
 *
 * boards/CMakeLists.txt builds it for one machine of each instruction set; boards/machines.cmake has
 * QEMU's command lines, and the tests example_board_... run it.
 */
#include "board.h"
#include "common/print.h"
#include "quire/draw.h"
#include "quire/error.h"

#define TABLES 64u
#define ROOT   65536u /* a multiple of every machine's pages and roots */
#define KERNEL (QUIRE_CAP_MASK & ~QUIRE_CAP_USER) /* addresses that are no program's */

static struct quire_space space;
static struct quire_walker walker;
static struct quire_tables tables;
static struct quire_table_slot slots[TABLES];
static uint64_t book[8192];

/* Where the image runs and where it is: with this board's start they are the same. */
static struct quire_boot_part parts[10];
static struct quire_boot image = {parts, 0, 0, 1};

/* -- the space -- */

/* RAM that nothing is in yet, from the end of the image on. */
static quire_pa take(quire_size size, quire_size align)
{
	static quire_pa next;
	quire_pa pa;

	if (next == 0)
		next = (uintptr_t)board_image_end;
	pa = (next + align - 1) & ~(align - 1);
	next = pa + size;
	for (quire_pa at = pa; at < next; at += 4)
		*(volatile uint32_t *)(uintptr_t)at = 0;
	return pa;
}

static void make_tables(void)
{
	const struct quire_mmu *mmu = board.mmu;
	uint32_t root = quire_mmu_table_bytes(mmu, 0);
	uint32_t table = quire_mmu_table_bytes(mmu, 1);

	tables = (struct quire_tables){.cpu = &quire_cpu, .mmu = mmu, .walker = &walker};
	walker = (struct quire_walker){.mmu = mmu, .port = &quire_tables_port, .port_ctx = &tables};
	walker.root = take(root, ROOT);
	quire_table_pool_init(&walker.pool, slots, take(TABLES * table, table), table, TABLES);
}

/* RAM one to one, devices where they are, and 256 MiB of addresses for whoever asks, from the top. */
static int make_space(quire_va free_from)
{
	const unsigned ram = 1u << QUIRE_RAM, device = 1u << QUIRE_DEVICE;
	struct quire_window window[QUIRE_WINDOWS_MAX] = {
		{"ram", board.ram_base, board.ram_base, board.ram_base, board.ram_size, KERNEL,
		 (uint8_t)ram, 0, QUIRE_PLACE_LOW},
		{"anywhere", free_from, free_from, free_from, (quire_size)1 << 28, QUIRE_CAP_MASK,
		 (uint8_t)ram, 0, QUIRE_PLACE_HIGH},
	};
	const struct quire_memory memory[] = {
		[QUIRE_RAM] = {"ram", board.ram_base, board.ram_size, QUIRE_CAP_MASK, 0},
		[QUIRE_DEVICE] = {"device", 0, (quire_size)1 << 32,
				  QUIRE_CAP_READ | QUIRE_CAP_WRITE, QUIRE_DEVICE_IO}};
	struct quire_space_config config = {.windows = window,
					    .memories = memory,
					    .walkers = &walker,
					    .window_count = 2,
					    .memory_count = 4,
					    .walker_count = 1,
					    .memory = book,
					    .memory_size = sizeof(book)};

	for (unsigned i = 0; i < BOARD_DEVICES && board.device[i].size != 0; i++) {
		quire_va at = board.device[i].base;

		window[config.window_count++] =
			(struct quire_window){board.device[i].name,
					      at,
					      at,
					      at,
					      board.device[i].size,
					      QUIRE_CAP_READ | QUIRE_CAP_WRITE,
					      (uint8_t)device,
					      0,
					      QUIRE_PLACE_LOW};
	}
	return quire_space_init(&space, &config);
}

static int map_image(void)
{
	unsigned n = 0;

	parts[n++] = QUIRE_BOOT_TEXT("text", board_text_start, board_text_end);
	parts[n++] = QUIRE_BOOT_RODATA("rodata", board_rodata_start, board_rodata_end);
	parts[n++] = QUIRE_BOOT_DATA("data", board_data_start, board_data_end);
	parts[n++] = QUIRE_BOOT_STACK("stack", board_stack_start, board_stack_end);
	parts[n++] = QUIRE_BOOT_DATA("tables", walker.root,
				     walker.pool.base + (quire_size)walker.pool.count *
								walker.pool.table_bytes);
	for (unsigned i = 0; i < BOARD_DEVICES && board.device[i].size != 0; i++)
		parts[n++] = QUIRE_BOOT_DEVICE(board.device[i].name, board.device[i].base,
					       board.device[i].size);
	image.count = (uint8_t)n;
	return quire_boot_map(&space, &image, NULL);
}

/* -- what is said -- */

static void line(void *ctx, const char *text)
{
	(void)ctx;
	board_print("%s\n", text);
}

static const char *name(void *ctx, uint16_t tag)
{
	(void)ctx;
	return tag == 100 ? "mine" : quire_boot_name(&image, tag);
}

/* A fault that nobody can put right: say all there is to say, and stop. */
static enum quire_trap_verdict handle(void *ctx, struct quire_trap *trap)
{
	static struct quire_fault fault;
	static char text[QUIRE_FAULT_TEXT];

	(void)ctx;
	if (trap->reason != QUIRE_TRAP_FAULT)
		return QUIRE_TRAP_LEAVE;
	if (quire_fault_resolve(&space, &trap->fault) == QUIRE_OK)
		return QUIRE_TRAP_RESUME;
	quire_fault_explain(&space, &trap->fault, &fault);
	fault.name = name;
	quire_fault_text(&fault, text, sizeof(text));
	board_print("%s\n", text);
	if (fault.kind == QUIRE_FAULT_GUARD && name(NULL, fault.above.mapping.tag))
		board_print("that is the guard of %s\n", name(NULL, fault.above.mapping.tag));
	board_exit(fault.kind == QUIRE_FAULT_GUARD ? 0 : 1);
}

/* -- running out of stack -- */

static unsigned deeper(volatile unsigned *caller)
{
	volatile unsigned here[64];

	here[0] = *caller + 1;
	if (here[0] != 0)
		here[1] = deeper(here);
	return here[0] + here[1];
}

static int run(void)
{
	const struct quire_draw draw = {line, NULL, name, NULL};
	const struct quire_want want = {.pa = take(1 << 16, 1 << 16),
					.size = 1 << 16,
					.target = QUIRE_RAM,
					.attr = QUIRE_READ | QUIRE_WRITE,
					.caps = QUIRE_CAP_USER,
					.tag = 100};
	volatile unsigned zero = 0;
	struct quire_got got;
	int result;

	make_tables();
	result = make_space(board.va_end / 4 * 3 & ~(((quire_va)1 << 28) - 1));
	if (result == QUIRE_OK)
		result = map_image();
	if (result != QUIRE_OK)
		return result;
	quire_cpu_traps(handle, NULL);
	quire_cpu_mmu_on(board.mmu, walker.root, 0);

	result = quire_space_map(&space, &want, &got);
	if (result != QUIRE_OK)
		return result;
	*(volatile uint32_t *)(uintptr_t)got.va = 42;
	result = quire_draw_map(&space, &draw);
	board_print("%u is at %x\n", (uint64_t) * (volatile uint32_t *)(uintptr_t)got.va, got.va);
	return result == QUIRE_OK ? (int)deeper(&zero) : result;
}

int board_main(void)
{
	int result = run();

	board_print("that should not have come to an end: %s\n", quire_error_name(result));
	return 1;
}
