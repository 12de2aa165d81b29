/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "zephyr/kernel.h"
#include "zephyr/sys/__assert.h"

enum { TABLES_MAX = 64, TABLES = 0x10000000, TLB = 32, LOG = 8192 };

struct zephyr_machine zephyr_machine;
struct quire_zephyr_map quire_zephyr_map;
_Alignas(PAGE) uint8_t rig_program[IMAGE];
struct k_thread *rig_running;
unsigned rig_fail_space, rig_fail_frames, rig_fail_port;
jmp_buf rig_end;
bool rig_refuse;
bool rig_end_expected;

static struct {
	struct quire_sim sim;
	struct quire_sim_tlb tlb[TLB];
	struct quire_mmu mmu;
	struct quire_port port;
	struct quire_walker walker;
	struct quire_table_slot slots[TABLES_MAX];
	struct quire_space space;
	struct quire_frames frames;
	struct quire_vm vm;
	void *book, *words, *tables;
	unsigned locked, space_locked, frames_locked;
	size_t free;
} rig;

static struct quire_memory memory[4];
static uint8_t ram[RAM_SIZE];

/* -- locks -- */

static int lock(void *ctx)
{
	(void)ctx;
	if (rig.locked++ != 0 || rig.space_locked != 0 || rig.frames_locked != 0)
		abort();
	return 0;
}

static void unlock(void *ctx)
{
	(void)ctx;
	if (rig.locked-- != 1 || rig.space_locked != 0 || rig.frames_locked != 0)
		abort();
}

static int inner_lock(void *ctx)
{
	unsigned *held = ctx,
		 *fail = held == &rig.space_locked ? &rig_fail_space : &rig_fail_frames;

	if (*fail != 0 && --*fail == 0)
		return RIG_BUSY;
	if ((*held)++ != 0)
		abort();
	return 0;
}

static void inner_unlock(void *ctx)
{
	unsigned *held = ctx;

	if ((*held)-- != 1)
		abort();
}

static int prepare(void *ctx, const struct quire_change *change)
{
	(void)ctx;
	(void)change;
	if (rig_refuse)
		return QUIRE_EPORT;
	return rig_fail_port != 0 && --rig_fail_port == 0 ? QUIRE_EPORT : 0;
}

/* -- what the words want of a kernel -- */

static char said[LOG];
static size_t said_length;

void k_str_out(char *c, size_t n)
{
	if (rig.locked != 0 || rig.space_locked != 0 || rig.frames_locked != 0)
		abort();
	assert_true(said_length + n < LOG);
	memcpy(said + said_length, c, n);
	said_length += n;
	said[said_length] = '\0';
}

static char last[LOG];

unsigned rig_said(void)
{
	unsigned lines = 0;

	for (size_t i = 0; i < said_length; i++)
		lines += said[i] == '\n';
	memcpy(last, said, said_length + 1);
	said_length = 0;
	said[0] = '\0';
	return lines;
}

const char *rig_last(void)
{
	return last;
}

static void end(unsigned reason, const char *message)
{
	if (rig.locked != 0 || !rig_end_expected)
		abort();
	assert_int_equal(reason, ZEPHYR_PANIC);
	k_str_out((char *)(uintptr_t)message, strlen(message));
	rig_end_expected = false;
	longjmp(rig_end, 1);
}

void assert_post_action(const char *file, unsigned int line)
{
	(void)file;
	(void)line;
	end(ZEPHYR_PANIC, "assertion");
}

k_tid_t k_current_get(void)
{
	return rig_running;
}

/* -- the program's own addresses -- */

static bool phys_of(uintptr_t va, uintptr_t *phys)
{
	if (va - (uintptr_t)rig_program >= IMAGE)
		return false;
	*phys = RAM_BASE + (va - (uintptr_t)rig_program);
	return true;
}

static bool virt_of(uintptr_t phys, uintptr_t *va)
{
	if (phys - RAM_BASE >= IMAGE)
		return false;
	*va = (uintptr_t)rig_program + (phys - RAM_BASE);
	return true;
}

/* -- building -- */

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	if (rig.space_locked != 0 || rig.frames_locked != 0)
		abort();
	memset(rig_ram((uintptr_t)pa), 0, (size_t)size);
}

static void start_walker(const struct rig_plan *plan)
{
	struct quire_sim_config config = {
		.mmu = &rig.mmu,
		.base = TABLES,
		.bytes = (TABLES_MAX + 1) * 4096u,
		.root = TABLES,
		.entry_bytes = 8,
		.tlb = rig.tlb,
		.tlb_entries = TLB,
	};

	rig.mmu = quire_mmu_sv39;
	rig.mmu.missing_modes = plan->one_mode ? 0xe : 0;
	rig.port = quire_sim_port;
	rig.port.prepare = prepare;
	config.memory = rig.tables = calloc(1, (size_t)config.bytes);
	assert_non_null(rig.tables);
	assert_int_equal(quire_sim_init(&rig.sim, &config), 0);
	rig.walker = (struct quire_walker){
		.mmu = &rig.mmu, .port = &rig.port, .port_ctx = &rig.sim, .root = TABLES};
	assert_true(plan->tables <= TABLES_MAX);
	quire_table_pool_init(&rig.walker.pool, rig.slots, TABLES + 4096, 4096, plan->tables);
}

static void start_space(const struct rig_plan *plan)
{
	const uint8_t access = R | W | X | U;
	const struct quire_window windows[2] = {
		{.name = "vm",
		 .base = VM_BASE,
		 .exec_base = VM_BASE,
		 .walk = VM_BASE,
		 .size = VM_SIZE,
		 .caps = access | QUIRE_CAP_8BIT,
		 .targets = 0xc,
		 .place = QUIRE_PLACE_FIRST_HIGH},
		{.name = "direct",
		 .base = RAM_BASE,
		 .exec_base = RAM_BASE,
		 .walk = RAM_BASE,
		 .size = RAM_SIZE,
		 .caps = access,
		 .targets = 0xc,
		 .place = QUIRE_PLACE_FIRST_HIGH},
	};
	struct quire_space_config config = {
		.windows = windows,
		.memories = memory,
		.walkers = &rig.walker,
		.window_count = 2,
		.memory_count = 4,
		.walker_count = 1,
		.lock = {inner_lock, inner_unlock, &rig.space_locked},
	};

	memory[QUIRE_RAM] = (struct quire_memory){"ram", RAM_BASE, RAM_SIZE, access, 0};
	memory[QUIRE_DEVICE] =
		(struct quire_memory){"device", DEVICE, DEVICES, R | W | U, QUIRE_DEVICE_IO};
	config.memory_size = quire_space_memory_size(&config, plan->mappings);
	config.memory = rig.book = malloc((size_t)config.memory_size);
	assert_non_null(rig.book);
	assert_int_equal(quire_space_init(&rig.space, &config), 0);
}

static void start_frames(void)
{
	const struct quire_frame_bank bank = {.name = "ram",
					      .base = RAM_BASE,
					      .size = RAM_SIZE,
					      .target = QUIRE_RAM,
					      .rank = QUIRE_FRAME_NORMAL};
	struct quire_frames_config config = {
		.banks = &bank,
		.bank_count = 1,
		.page = PAGE,
		.lock = {inner_lock, inner_unlock, &rig.frames_locked},
	};

	config.memory_size = quire_frames_memory_size(&config);
	config.memory = rig.words = malloc((size_t)config.memory_size);
	assert_non_null(rig.words);
	assert_int_equal(quire_frames_init(&rig.frames, &config), 0);
	assert_int_equal(quire_frames_hold(&rig.frames, RAM_BASE, IMAGE, VM_BASE, 0), 0);
}

static void map_image(void)
{
	struct quire_want want = {.pa = RAM_BASE,
				  .size = IMAGE,
				  .target = QUIRE_RAM,
				  .attr = R | W,
				  .flags = QUIRE_SHARED,
				  .tag = ZEPHYR_TAG_IMAGE};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&rig.space, VM_BASE, &want, &got), 0);
}

void rig_start(const struct rig_plan *plan)
{
	struct quire_vm_config config = {.space = &rig.space, .frames = &rig.frames, .zero = zero};

	memset(&rig, 0, sizeof(rig));
	memset(ram, 0xa5, sizeof(ram));
	start_walker(plan);
	start_space(plan);
	start_frames();
	assert_int_equal(quire_vm_init(&rig.vm, &config), 0);
	map_image();
	quire_zephyr_map = (struct quire_zephyr_map){.page = PAGE,
						     .vm_base = VM_BASE,
						     .vm_size = VM_SIZE,
						     .ram_base = RAM_BASE,
						     .ram_size = RAM_SIZE,
						     .image_start = VM_BASE,
						     .image_end = VM_BASE + IMAGE,
						     .frame = rig.frames.word};
	zephyr_machine = (struct zephyr_machine){.space = &rig.space,
						 .vm = &rig.vm,
						 .frames = &rig.frames,
						 .memory = memory,
						 .memory_count = 4,
						 .vm_caps = QUIRE_CAP_8BIT,
						 .lock = {lock, unlock, NULL},
						 .phys_of = phys_of,
						 .virt_of = virt_of,
						 .fatal = end};
	rig.free = k_mem_free_get();
}

void rig_check(void)
{
	const char *what = "nothing said";

	if (quire_vm_check(&rig.vm, &what))
		fail_msg("%s", what);
	assert_int_equal(quire_sim_stale(&rig.sim, NULL), 0);
	assert_int_equal(rig.sim.counts.violations, 0);
	assert_int_equal(rig.locked + rig.space_locked + rig.frames_locked, 0);
}

void rig_stop(void)
{
	rig_check();
	assert_int_equal(k_mem_free_get(), rig.free);
	assert_int_equal(quire_space_unmap(&rig.space, VM_BASE), 0);
	assert_int_equal(rig.walker.pool.free, rig.walker.pool.count);
	assert_int_equal(quire_vm_close(&rig.vm), 0);
	assert_int_equal(said_length, 0);
	free(rig.book);
	free(rig.words);
	free(rig.tables);
	zephyr_machine = (struct zephyr_machine){.space = NULL};
}

int rig_setup(void **state)
{
	(void)state;
	rig_start(&(struct rig_plan){.mappings = 512, .tables = 32});
	return 0;
}

int rig_teardown(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

/* -- looking -- */

uint8_t *rig_ram(uintptr_t phys)
{
	assert_true(phys - RAM_BASE < RAM_SIZE);
	return &ram[phys - RAM_BASE];
}

bool rig_works(const volatile void *va, unsigned kind)
{
	quire_pa pa;

	return quire_sim_access(&rig.sim, (uintptr_t)va, kind, &pa, NULL) == QUIRE_SIM_OK;
}

uint8_t *rig_byte(const volatile void *va)
{
	quire_pa pa = 0;

	assert_int_equal(quire_sim_access(&rig.sim, (uintptr_t)va, R, &pa, NULL), QUIRE_SIM_OK);
	return rig_ram((uintptr_t)pa);
}

bool rig_all(const volatile void *va, size_t size, uint8_t value)
{
	for (size_t i = 0; i < size; i++)
		if (*rig_byte((const volatile char *)va + i) != value)
			return false;
	return true;
}

unsigned rig_descriptors(void)
{
	struct quire_space_stats stats;

	assert_int_equal(quire_space_stats(&rig.space, &stats), 0);
	return stats.descriptors_free;
}

unsigned rig_tables(void)
{
	return rig.walker.pool.free;
}

struct quire_space *rig_space(void)
{
	return &rig.space;
}
