/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel of the tests, for any board.
 */
#include "board_host.h"

#include "common/print.h"
#include "quire/error.h"

#define FRAMES_AT   (64u << 20) /* from the start of RAM */
#define FRAMES_SIZE (32u << 20)
#define POOL_BYTES  (8u << 20)
#define POOL_MOST   2048u
#define MAPPINGS    6000u
#define STUB_AT     0x20000000u /* from the start of RAM: nothing is there */
#define BLOCK       ((quire_va)1 << 28)
#define PARTS       (6 + BOARD_DEVICES)

struct board_host host;

/* -- the processor, with a fault if there is to be one -- */

/* On a processor that tells all others by itself: what it would be if it told nobody. */
static bool told_nobody(void)
{
	if (board_seed != SEED_SHOOT || !quire_cpu.broadcasts)
		return false;
#if defined(__aarch64__)
	__asm__ volatile("dsb ishst; tlbi vmalle1; dsb nsh; isb" : : : "memory");
#elif defined(__arm__)
	__asm__ volatile("dsb; mcr p15, 0, %0, c8, c7, 0; dsb; isb" : : "r"(0) : "memory");
#endif
	return true;
}

static void seeded_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	if (board_seed != SEED_PAGES && !told_nobody())
		quire_cpu.flush_pages(va, size, shift, asid, tables);
}

static void seeded_asid(uint32_t asid)
{
	if (board_seed != (asid == QUIRE_ASID_ALL ? SEED_ALL : SEED_ASID) && !told_nobody())
		quire_cpu.flush_asid(asid);
}

struct quire_cpu_ops board_cpu;

static void make_cpu(void)
{
	board_cpu = quire_cpu;
	board_cpu.flush_pages = seeded_pages;
	board_cpu.flush_asid = seeded_asid;
}

/* -- RAM -- */

void *board_at(quire_pa pa)
{
	return (void *)((uintptr_t)pa + host.offset);
}

quire_pa board_take(quire_size size, quire_size align)
{
	quire_pa pa = (host.free + align - 1) & ~(align - 1);
	volatile uint32_t *word = board_at(pa);

	host.free = pa + size;
	if (host.free > board.ram_base + FRAMES_AT) {
		board_text("Bail out! no RAM is left\n");
		board_exit(3);
	}
	for (quire_size i = 0; i < size / 4; i++)
		word[i] = 0;
	return pa;
}

void board_pool(struct quire_walker *walker, quire_size bytes)
{
	quire_size table = quire_mmu_table_bytes(walker->mmu, 1);
	uint32_t count = bytes / table < POOL_MOST ? (uint32_t)(bytes / table) : POOL_MOST;
	quire_pa slots = board_take(count * sizeof(struct quire_table_slot), 8);

	quire_table_pool_init(&walker->pool, board_at(slots),
			      board_take((quire_size)count * table, table), (uint32_t)table, count);
}

quire_va board_walk(quire_va va)
{
	return board.upper_add != 0 && va - board.upper_add >= board.upper_from &&
			       va >= board.upper_add
		       ? va - board.upper_add
		       : va;
}

/* -- touching -- */

static uint32_t peek(struct target *t, quire_pa pa)
{
	(void)t;
	return *(volatile uint32_t *)board_at(pa);
}

static void poke(struct target *t, quire_pa pa, uint32_t word)
{
	(void)t;
	*(volatile uint32_t *)board_at(pa) = word;
	if (quire_cpu.sync)
		quire_cpu.sync((uintptr_t)board_at(pa), 4,
			       QUIRE_SYNC_WRITE_BACK | QUIRE_SYNC_INVALIDATE);
}

static bool touch_user(unsigned access, quire_va va, unsigned bytes, uint64_t *value,
		       struct quire_trap *trap)
{
	quire_va code = host.stub + ((uintptr_t)board_user_code & (host.target.page - 1));
	struct board_order *order = host.order;

	*order = (struct board_order){*value, (uintptr_t)va, access & 7u, bytes};
	quire_cpu_user(code, host.shared + host.target.page, host.shared, trap);
	if (trap->user && host.shared + host.target.page - trap->stack > 256) {
		board_text("Bail out! user mode's stack pointer is not told\n");
		board_exit(3);
	}
	if (trap->reason != QUIRE_TRAP_CALL)
		return false;
	*value = order->value;
	return true;
}

static bool touch(struct target *t, unsigned access, quire_va va, unsigned bytes, uint64_t *value,
		  struct quire_fault_raw *raw)
{
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER};
	bool done;

	(void)t;
	if (access & QUIRE_USER)
		done = touch_user(access, va, bytes, value, &trap);
	else
		done = quire_cpu_probe(va, access & 7u, bytes, value, &trap) == QUIRE_OK;
	if (!done)
		*raw = trap.fault;
	return done;
}

/* Code of a function that returns TARGET_ANSWER. */
static const uint32_t code[] = {
#if defined(__riscv)
	0x02a00513, 0x00008067 /* li a0, 42; ret */
#elif defined(__aarch64__)
	0x52800540, 0xd65f03c0 /* mov w0, #42; ret */
#elif defined(__arm__)
	0xe3a0002a, 0xe12fff1e /* mov r0, #42; bx lr */
#else
	0x00002ab8, 0x0000c300 /* mov $42, %eax; ret */
#endif
};

/* -- traps -- */

static void (*interrupt)(void);

/* A fault that only wanted a mark, or an old translation, is tried again; not for ever. */
static bool mended(const struct quire_trap *trap)
{
	static quire_va last;
	static unsigned again;
	quire_va page = trap->fault.va & ~(host.target.page - 1);

	if (quire_fault_resolve(host.active, &trap->fault) != QUIRE_OK)
		return false;
	again = trap->fault.va == last ? again + 1 : 0;
	last = trap->fault.va;
	if (again > 1000)
		return false;
	quire_cpu.flush_pages(page, host.target.page, (unsigned)__builtin_ctzll(host.target.page),
			      QUIRE_ASID_ALL, false);
	return true;
}

static enum quire_trap_verdict handle(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	if (trap->reason == QUIRE_TRAP_INTERRUPT && trap->number == BOARD_IPI) {
		board_ipi_done();
		if (interrupt)
			interrupt();
		return QUIRE_TRAP_RESUME;
	}
	if (trap->reason == QUIRE_TRAP_FAULT && mended(trap))
		return QUIRE_TRAP_RESUME;
	return QUIRE_TRAP_LEAVE;
}

/* -- the space -- */

static struct quire_window window[QUIRE_WINDOWS_MAX];
static struct quire_memory memory[4];
static unsigned windows;

static void add_window(const char *name, quire_va base, quire_size size, unsigned targets)
{
	quire_size page = host.target.page;
	quire_va from = base & ~(page - 1);

	window[windows++] =
		(struct quire_window){.name = name,
				      .base = from,
				      .exec_base = from,
				      .walk = board_walk(from),
				      .size = ((base - from) + size + page - 1) & ~(page - 1),
				      .caps = QUIRE_CAP_MASK,
				      .targets = (uint8_t)targets};
}

/* Blocks of 256 MiB below 4 GiB that something is in. */
static uint16_t blocks_taken(void)
{
	uint16_t taken = 0;

	for (unsigned i = 0; i < windows; i++) {
		quire_va end = window[i].base + window[i].size;

		for (quire_va at = window[i].base & ~(BLOCK - 1); at < end; at += BLOCK)
			taken |= at < 16 * BLOCK ? (uint16_t)(1u << (at / BLOCK)) : 0;
	}
	return taken;
}

/* Where nothing else is: much room where addresses are long, else the longest run of blocks. */
static void choose_arena(struct target *t)
{
	uint16_t taken = blocks_taken();
	unsigned length = 0;

	if (board.va_end > (quire_va)1 << 33) {
		quire_va most = (quire_va)1 << 43;

		t->arena = board.va_end / 2;
		t->arena_size = board.va_end / 4 < most ? board.va_end / 4 : most;
		return;
	}
	for (unsigned i = 0; i < board.va_end / BLOCK; i++) {
		length = taken & 1u << i ? 0 : length + 1;
		if (length * BLOCK > t->arena_size) {
			t->arena_size = length * BLOCK;
			t->arena = (i + 1 - length) * BLOCK;
		}
	}
}

/* No farther than counted pages and entries reach. */
static quire_size largest_memory(const struct quire_mmu *mmu)
{
	return (quire_size)1 << (mmu->pa_bits < 40 ? mmu->pa_bits : 40);
}

static int make_space(const struct board_options *options)
{
	struct target *t = &host.target;
	struct quire_space_config config = {.windows = window,
					    .memories = memory,
					    .walkers = &host.walker,
					    .memory_count = 4,
					    .walker_count = 1,
					    .lock = options->lock};

	t->frames = board.ram_base + FRAMES_AT;
	t->big_size = largest_memory(board.mmu);
	memory[BOARD_FRAMES] =
		(struct quire_memory){"frames", t->frames, FRAMES_SIZE, QUIRE_CAP_MASK, 0};
	memory[BOARD_BIG] = (struct quire_memory){"big", 0, t->big_size, QUIRE_CAP_MASK, 0};
	memory[QUIRE_RAM] =
		(struct quire_memory){"ram", board.ram_base, board.ram_size, QUIRE_CAP_MASK, 0};
	memory[QUIRE_DEVICE] =
		(struct quire_memory){"device", 0, (quire_size)1 << 32,
				      QUIRE_CAP_READ | QUIRE_CAP_WRITE, QUIRE_DEVICE_IO};
	add_window("image", board.ram_base + host.offset, board.ram_size, 1u << QUIRE_RAM);
	for (unsigned i = 0; i < BOARD_DEVICES && board.device[i].size != 0; i++)
		add_window(board.device[i].name, board.device[i].base, board.device[i].size,
			   1u << QUIRE_DEVICE);
	add_window("stub", board.ram_base + STUB_AT, 4 * t->page, 1u << QUIRE_RAM);
	choose_arena(t);
	t->walk = t->arena;
	add_window("arena", t->arena, t->arena_size, 1u << BOARD_FRAMES | 1u << BOARD_BIG);
	config.window_count = (uint8_t)windows;
	config.memory_size = quire_space_memory_size(&config, MAPPINGS);
	config.memory = board_at(board_take(config.memory_size, 4096));
	return quire_space_init(&host.space, &config);
}

/* The tables of what all spaces share stay where they are. */
static bool keep_shared(void)
{
	quire_size entry = (quire_size)1 << board.mmu->level[0].shift;
	unsigned count = 0;

	for (unsigned i = 0; i + 1 < windows; i++) {
		quire_va end = window[i].walk + window[i].size + entry - 1;

		if (board.user_mmu && window[i].walk >= board.va_end)
			continue; /* is in no other tree */
		host.shared_walk[count] = window[i].walk & ~(entry - 1);
		host.shared_size[count] = (end & ~(entry - 1)) - host.shared_walk[count];
		if (!quire_walk_keep_tables(&host.walker, host.shared_walk[count],
					    host.shared_size[count]))
			return false;
		count++;
	}
	host.shared_count = count;
	return true;
}

/* -- the image -- */

static int map_image(void)
{
	static struct quire_boot_part parts[PARTS];
	uintptr_t ram_end = (uintptr_t)(board.ram_base + board.ram_size) + host.offset;
	uintptr_t free = ((uintptr_t)board_image_end + (uintptr_t)host.target.page - 1) &
			 ~((uintptr_t)host.target.page - 1);
	unsigned n = 0, culprit = 0;
	int result;

	parts[n++] = QUIRE_BOOT_TEXT("text", board_text_start, board_text_end);
	parts[n++] = QUIRE_BOOT_RODATA("rodata", board_rodata_start, board_rodata_end);
	parts[n++] = QUIRE_BOOT_DATA("data", board_data_start, board_data_end);
	parts[n++] = QUIRE_BOOT_STACK("stack", board_stack_start, board_stack_end);
	parts[n++] = QUIRE_BOOT_STACK("stack1", board_stack1_start, board_stack1_end);
	parts[n++] = QUIRE_BOOT_DATA("free", free, ram_end);
	for (unsigned i = 0; i < BOARD_DEVICES && board.device[i].size != 0; i++)
		parts[n++] = QUIRE_BOOT_DEVICE(board.device[i].name, board.device[i].base,
					       board.device[i].size);
	host.image = (struct quire_boot){parts, (uint8_t)n, host.offset, 1};
	result = quire_boot_map(&host.space, &host.image, &culprit);
	if (result != QUIRE_OK)
		board_print("# part %u\n", (uint64_t)culprit);
	return result;
}

/* User mode's code and the page it shares with the kernel. */
static int map_stub(void)
{
	quire_size page = host.target.page;
	quire_pa text = ((uintptr_t)board_user_code - host.offset) & ~(page - 1);
	quire_pa shared = board_take(page, page);
	struct quire_want want = {.pa = text,
				  .size = 2 * page,
				  .target = QUIRE_RAM,
				  .attr = QUIRE_READ | QUIRE_EXEC | QUIRE_USER,
				  .flags = QUIRE_SHARED};
	struct quire_got got;
	int result;

	host.stub = board.ram_base + STUB_AT;
	host.shared = host.stub + 3 * page;
	host.shared_pa = shared;
	host.order = board_at(shared);
	result = quire_space_map_at(&host.space, host.stub, &want, &got);
	if (result != QUIRE_OK)
		return result;
	want.pa = shared;
	want.size = page;
	want.attr = QUIRE_READ | QUIRE_WRITE | QUIRE_USER;
	return quire_space_map_at(&host.space, host.shared, &want, &got);
}

/* -- all of it -- */

static bool said(const char *what, int result)
{
	if (result < 0)
		board_print("Bail out! %s: %s\n", what, quire_error_name(result));
	return result >= 0;
}

static void make_walker(const struct board_options *options)
{
	const struct quire_mmu *mmu = board.mmu;
	quire_size root = quire_mmu_table_bytes(mmu, 0);

	host.tables = (struct quire_tables){.cpu = &board_cpu,
					    .mmu = mmu,
					    .offset = host.offset,
					    .upper_from = board.upper_from,
					    .upper_add = board.upper_add,
					    .shoot = options->shoot,
					    .walker = &host.walker};
	host.walker = (struct quire_walker){.mmu = mmu,
					    .port = &quire_tables_port,
					    .port_ctx = &host.tables,
					    .root = board_take(root, root < 65536 ? 65536 : root),
					    .notes = QUIRE_LEAF_GLOBAL};
	board_pool(&host.walker, POOL_BYTES);
}

static void make_target(void)
{
	host.target = (struct target){.name = board.mmu->name,
				      .space = &host.space,
				      .walker = &host.walker,
				      .mmu = board.mmu,
				      .facts = TARGET_USER | TARGET_EXEC | TARGET_WALKS |
					       (board.mmu->format->mark ? TARGET_MARKS : 0),
				      .page = quire_mmu_page_size(board.mmu),
				      .frames_target = BOARD_FRAMES,
				      .frames_size = FRAMES_SIZE,
				      .big_target = BOARD_BIG,
				      .touch = touch,
				      .peek = peek,
				      .poke = poke,
				      .code = code,
				      .code_words = SUITE_COUNT(code),
				      .operations = 50000};
}

bool board_host_start(const struct board_options *options)
{
	uintptr_t ram = (uintptr_t)board.ram_size;

	make_cpu();
	make_target();
	/* RAM is aligned to its size, and so is what is between it and where the image is linked. */
	host.offset = ((uintptr_t)board_text_start & ~(ram - 1)) - (uintptr_t)board.ram_base;
	host.free = (uintptr_t)board_image_end - host.offset;
	interrupt = options->interrupt;
	host.active = &host.space;
	make_walker(options);
	if (!said("the space", make_space(options)) ||
	    !said("tables to share", keep_shared() ? QUIRE_OK : QUIRE_ETABLES) ||
	    !said("the image", map_image()) || !said("user mode's page", map_stub()))
		return false;
	board_host_join();
	return true;
}

void board_host_traps(quire_trap_fn handler)
{
	quire_cpu_traps(handler ? handler : handle, NULL);
}

void board_host_join(void)
{
	board_host_traps(NULL);
	quire_cpu_mmu_on(board.mmu, host.walker.root, 0);
}
