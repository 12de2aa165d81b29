/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of a board: its memory.
 *
 * Nothing is here but what Zephyr would have: the image where it was loaded, one to one, each part with
 * its rights, and behind it RAM that nothing shows until somebody maps it.
 *
 *     windows  "low" devices | "vm"  image ......... | "ram"                   | "stacks" | "high"
 *     RAM                           image frames ... | RAM that nobody manages |
 *
 * "vm" is the kernel's window and begins with the image; "stacks" is for stacks between guards; in the
 * others things are only where they are asked for, one to one.  Tables, book and the words of the frames are static memory of the image,
 * so that a frame that is free is free.  All of the program's constants may be read by user mode.
 *
 * One CPU, and no interrupt that does anything: no locks.
 */
#include "board_machine.h"

#include "board.h"
#include "common/print.h"
#include "quire/error.h"

#define PAGE         4096u
#define EXTENTS      4096u
#define EXTENT_BYTES 64u /* no more than this each: init says if it is */
#define TABLES       96u
#define FRAMES       (ZEPHYR_RAM_SIZE / PAGE)
#define LOWEST       PAGE /* nothing is at address 0 */
#define HIGHEST      ((quire_va)1 << 32)
#define STACKS       (64u << 20) /* addresses for stacks, behind RAM */
#define PARTS        (8 + BOARD_DEVICES)

struct zephyr_machine zephyr_machine;
struct quire_zephyr_map quire_zephyr_map;

static struct quire_space space;
static struct quire_frames frames;
static struct quire_vm vm;
static struct quire_walker walker;
static struct quire_tables tables;
static struct quire_memory memory[4];
static struct quire_table_slot slots[TABLES];
static uint64_t root[PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t pool[TABLES][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t book[EXTENTS * EXTENT_BYTES / 8];
static uint64_t words[FRAMES + FRAMES / 8 + 512];

static bool worked(const char *what, int result)
{
	if (result < 0)
		board_print("%s: %s\n", what, quire_error_name(result));
	return result >= 0;
}

/* -- the space -- */

/*
 * What a machine must break before it makes is not there for a moment: a cluster of pages of which one
 * changes, and the stack that runs may be in another.  So such a machine gets no clusters.  (No stack is as
 * large as a block, and the tables and the book are in parts of the image that stay as they are.)
 */
static const struct quire_mmu *choose_mmu(void)
{
	static struct quire_mmu mmu;

	mmu = *board.mmu;
	for (unsigned i = 0; i < mmu.levels && (mmu.flags & QUIRE_MMU_BREAK_BEFORE_MAKE); i++)
		mmu.level[i].cluster = 0;
	return &mmu;
}

static void make_walker(void)
{
	const struct quire_mmu *mmu = choose_mmu();

	tables = (struct quire_tables){.cpu = &quire_cpu,
				       .mmu = mmu,
				       .upper_from = board.upper_from,
				       .upper_add = board.upper_add,
				       .walker = &walker};
	walker = (struct quire_walker){.mmu = mmu,
				       .port = &quire_tables_port,
				       .port_ctx = &tables,
				       .root = (uintptr_t)root,
				       .notes = QUIRE_LEAF_GLOBAL};
	quire_table_pool_init(&walker.pool, slots, (uintptr_t)pool, PAGE, TABLES);
}

static struct quire_window window(const char *name, quire_va from, quire_va to, unsigned caps)
{
	return (struct quire_window){.name = name,
				     .base = from,
				     .exec_base = from,
				     .walk = from,
				     .size = to - from,
				     .caps = (uint8_t)caps,
				     .targets = 1u << QUIRE_RAM | 1u << QUIRE_DEVICE,
				     .place = QUIRE_PLACE_FIRST_HIGH};
}

/* Bytes can be asked for as a capability, and are in the kernel's window alone: what may go anywhere
   goes there.  A stack does not ask for it, and goes into the first. */
static int make_space(void)
{
	quire_va from = (uintptr_t)board_text_start, to = from + ZEPHYR_VM_SIZE;
	quire_va ram_end = board.ram_base + board.ram_size, stacks_end = ram_end + STACKS;
	const unsigned others = QUIRE_CAP_MASK & ~(unsigned)QUIRE_CAP_8BIT;
	const struct quire_window windows[] = {
		window("stacks", ram_end, stacks_end, others),
		window("vm", from, to, QUIRE_CAP_MASK), window("low", LOWEST, from, others),
		window("ram", to, ram_end, others), window("high", stacks_end, HIGHEST, others)};
	const struct quire_space_config config = {.windows = windows,
						  .memories = memory,
						  .walkers = &walker,
						  .window_count = 5,
						  .memory_count = 4,
						  .walker_count = 1,
						  .memory = book,
						  .memory_size = sizeof(book)};

	memory[QUIRE_RAM] =
		(struct quire_memory){"ram", board.ram_base, board.ram_size, QUIRE_CAP_MASK, 0};
	memory[QUIRE_DEVICE] =
		(struct quire_memory){"device", 0, HIGHEST, QUIRE_CAP_MASK, QUIRE_DEVICE_IO};
	return quire_space_init(&space, &config);
}

/* -- the image -- */

static unsigned image_parts(struct quire_boot_part *parts)
{
	unsigned n = 0;

	parts[n++] = QUIRE_BOOT_TEXT("text", board_text_start, board_text_end);
	parts[n++] = QUIRE_BOOT_TEXT("shared", zephyr_shared_start, zephyr_shared_end);
	parts[n++] = QUIRE_BOOT_PART("rodata", board_rodata_start, board_rodata_end,
				     QUIRE_READ | QUIRE_USER, QUIRE_RAM, 0);
	parts[n++] = QUIRE_BOOT_DATA("tables", zephyr_kernel_data_start, zephyr_kernel_data_end);
	parts[n++] = QUIRE_BOOT_DATA("data", zephyr_kernel_data_end, zephyr_kernel_bss_start);
	parts[n++] = QUIRE_BOOT_DATA("book", zephyr_kernel_bss_start, zephyr_kernel_bss_end);
	parts[n++] = QUIRE_BOOT_DATA("bss", zephyr_kernel_bss_end, board_data_end);
	parts[n++] = QUIRE_BOOT_STACK("stack", board_stack_start, board_stack_end);
	for (unsigned i = 0; i < n; i++)
		parts[i].flags |= QUIRE_BOOT_SHARED;
	return n;
}

static bool map_image(void)
{
	static struct quire_boot_part parts[PARTS];
	unsigned image = image_parts(parts), n = image, culprit = 0;
	struct quire_boot boot = {parts, 0, 0, ZEPHYR_TAG_MACHINE};

	for (unsigned i = 0; i < BOARD_DEVICES && board.device[i].size != 0; i++)
		parts[n++] = QUIRE_BOOT_DEVICE(board.device[i].name, board.device[i].base,
					       board.device[i].size);
	boot.count = (uint8_t)n;
	if (!worked("the image", quire_boot_map(&space, &boot, &culprit))) {
		board_print("(%s)\n", parts[culprit].name);
		return false;
	}
	for (unsigned i = 0; i < image; i++) {
		if (parts[i].start != parts[i].end &&
		    !worked("the image", quire_space_tag(&space, parts[i].start, ZEPHYR_TAG_IMAGE)))
			return false;
	}
	return true;
}

void zephyr_board_shared_for_user(bool user)
{
	unsigned attr = QUIRE_READ | QUIRE_EXEC | (user ? QUIRE_USER : 0u);
	quire_va va = (uintptr_t)zephyr_shared_start;

	(void)quire_space_protect(&space, va, (uintptr_t)zephyr_shared_end - va, attr, 0);
}

/* -- frames -- */

static bool hold(const char *from, const char *to)
{
	uintptr_t pa = (uintptr_t)from;

	return worked("frames of the image",
		      quire_frames_hold(&frames, pa, (uintptr_t)to - pa, pa, 0));
}

/* The image's are held where it sees them; behind guards they are lost. */
static bool make_frames(void)
{
	const struct quire_frame_bank bank = {.name = "ram",
					      .base = (uintptr_t)board_text_start,
					      .size = ZEPHYR_RAM_SIZE,
					      .target = QUIRE_RAM,
					      .rank = QUIRE_FRAME_NORMAL};
	const struct quire_frames_config config = {.banks = &bank,
						   .bank_count = 1,
						   .page = PAGE,
						   .memory = words,
						   .memory_size = sizeof(words)};

	return worked("frames", quire_frames_init(&frames, &config)) &&
	       hold(board_text_start, board_data_end) && hold(board_stack_start, board_stack_end) &&
	       worked("guards", quire_frames_reserve(&frames, (uintptr_t)board_data_end, PAGE)) &&
	       worked("guards", quire_frames_reserve(&frames, (uintptr_t)board_stack_end, PAGE));
}

/* -- all of it -- */

static bool make_vm(void)
{
	const struct quire_vm_config config = {.space = &space, .frames = &frames};

	return worked("virtual memory", quire_vm_init(&vm, &config));
}

static void tell(void)
{
	uintptr_t base = (uintptr_t)board_text_start;

	quire_zephyr_map = (struct quire_zephyr_map){.page = PAGE,
						     .vm_base = base,
						     .vm_size = ZEPHYR_VM_SIZE,
						     .ram_base = base,
						     .ram_size = ZEPHYR_RAM_SIZE,
						     .image_start = base,
						     .image_end = (uintptr_t)board_image_end,
						     .frame = frames.word};
	zephyr_machine = (struct zephyr_machine){.space = &space,
						 .vm = &vm,
						 .frames = &frames,
						 .memory = memory,
						 .memory_count = 4,
						 .vm_caps = QUIRE_CAP_8BIT,
						 .phys_of = zephyr_board_phys_of,
						 .put = quire_arch_put,
						 .fatal = zephyr_board_fatal};
}

bool zephyr_board_memory(void)
{
	make_walker();
	if (!worked("the space", make_space()) || !map_image() || !make_frames() || !make_vm())
		return false;
	tell();
	quire_cpu_mmu_on(walker.mmu, walker.root, 0);
	return true;
}
