/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual memory without any other system: RAM between guards, and pages that cost nothing until they are
 * written.  A processor with 256 KiB of RAM, in this process; on a board only the first function differs.
 */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quire/port/linux_ram.h"
#include "quire/vm.h"

#define RAM    0x80000000u
#define WINDOW 0x90000000u

static struct quire_linux_ram *machine;
static struct quire_frames frames;
static struct quire_vm vm;
static sigjmp_buf after_fault;

/* RAM that nobody sees, set to zero. */
static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	memset(quire_linux_ram_at(machine, pa), 0, size);
}

/* A write to a lazy page is put right; everything else is a mistake, and said to be one. */
static int on_fault(void *ctx, const struct quire_linux_ram_fault *fault)
{
	char text[QUIRE_FAULT_TEXT];
	struct quire_fault what;

	(void)ctx;
	if (quire_vm_fault(&vm, &fault->raw) == QUIRE_OK)
		return QUIRE_LINUX_RETRY;
	if (quire_fault_explain(quire_linux_ram_space(machine), &fault->raw, &what) == QUIRE_OK) {
		quire_fault_text(&what, text, sizeof(text));
		printf("%s\n", text);
	}
	siglongjmp(after_fault, 1);
}

/* One bank, one window, memory from its top down. */
static int begin(void)
{
	static const struct quire_linux_ram_bank ram = {"ram", RAM, 256u << 10, QUIRE_RAM};
	static const struct quire_linux_ram_window window = {
		"vm", WINDOW, 1u << 20, QUIRE_CAP_READ | QUIRE_CAP_WRITE, QUIRE_PLACE_FIRST_HIGH,
		false};
	const struct quire_linux_ram_options options = {
		.bank = &ram,
		.bank_count = 1,
		.window = &window,
		.window_count = 1,
		.on_fault = on_fault,
	};
	const struct quire_frame_bank bank = {
		.name = "ram", .base = RAM, .size = 256u << 10, .target = QUIRE_RAM};
	struct quire_frames_config pool = {.banks = &bank, .bank_count = 1, .page = 4096};
	char why[QUIRE_LINUX_TEXT];
	int err = quire_linux_ram_open(&machine, &options, why);

	if (err) {
		fprintf(stderr, "%s\n", why);
		return err;
	}
	pool.memory_size = quire_frames_memory_size(&pool);
	pool.memory = malloc(pool.memory_size);
	err = quire_frames_init(&frames, &pool);
	if (err)
		return err;
	return quire_vm_init(&vm, &(struct quire_vm_config){
					  .space = quire_linux_ram_space(machine),
					  .frames = &frames,
					  .lazy = true,
					  .zero = zero,
				  });
}

static void report(const char *when)
{
	struct quire_vm_stats stats;

	if (quire_vm_stats(&vm, &stats) == QUIRE_OK)
		printf("%s: %u KiB in frames, %u KiB lazy, %u KiB to be had\n", when,
		       (unsigned)(stats.anonymous >> 10), (unsigned)(stats.lazy >> 10),
		       (unsigned)(quire_frames_free(&frames) >> 10));
}

int main(void)
{
	const struct quire_vm_want buffer = {
		.size = 3 * 4096, .attr = QUIRE_READ | QUIRE_WRITE, .flags = QUIRE_VM_GUARDS};
	struct quire_vm_want table = buffer;
	quire_va at, lazy;

	if (begin() != QUIRE_OK || quire_vm_map(&vm, &buffer, &at) != QUIRE_OK)
		return 1;
	printf("three pages at 0x%llx\n", (unsigned long long)at);
	strcpy((char *)(uintptr_t)at, "hello from a frame");
	printf("%s\n", (const char *)(uintptr_t)at);

	/* One byte too far. */
	if (sigsetjmp(after_fault, 1) == 0)
		((volatile char *)(uintptr_t)at)[3 * 4096] = 1;

	/* Large, and all zeros as yet. */
	table.size = 128u << 10;
	table.flags |= QUIRE_VM_LAZY;
	if (quire_vm_map(&vm, &table, &lazy) != QUIRE_OK)
		return 1;
	report("mapped");
	((volatile char *)(uintptr_t)lazy)[100000] = 1;
	report("written");

	if (quire_vm_unmap(&vm, at, buffer.size) != QUIRE_OK ||
	    quire_vm_unmap(&vm, lazy, table.size) != QUIRE_OK ||
	    quire_vm_check(&vm, NULL) != QUIRE_OK)
		return 1;
	report("back");
	quire_linux_ram_close(machine);
	return 0;
}
