/* SPDX-License-Identifier: Apache-2.0 */
/* A machine to test (rig.h). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct rig_host rig_host;
struct quire_linux_ram_fault rig_fault;
unsigned rig_faults;

static sigjmp_buf back;
static volatile bool trying;

/* -- the host -- */

static bool fails(void)
{
	rig_host.calls++;
	if (rig_host.fail_at == 0 || rig_host.calls < rig_host.fail_at ||
	    (rig_host.calls > rig_host.fail_at && !rig_host.for_ever))
		return false;
	errno = rig_host.error != 0 ? rig_host.error : ENOMEM;
	return true;
}

static void *host_map(void *ctx, void *address, size_t size, int protection, int flags, int fd,
		      off_t offset)
{
	(void)ctx;
	return fails() ? MAP_FAILED : mmap(address, size, protection, flags, fd, offset);
}

static int host_memfd(void *ctx, const char *name)
{
	(void)ctx;
	return fails() ? -1 : memfd_create(name, MFD_CLOEXEC);
}

static int host_resize(void *ctx, int fd, off_t size)
{
	(void)ctx;
	return fails() ? -1 : ftruncate(fd, size);
}

static void *host_allocate(void *ctx, size_t size)
{
	(void)ctx;
	return fails() ? NULL : malloc(size);
}

int rig_protect(void *ctx, void *address, size_t size, int protection)
{
	(void)ctx;
	return fails() ? -1 : mprotect(address, size, protection);
}

const struct quire_linux_system rig_system = {
	.map = host_map, .memfd = host_memfd, .resize = host_resize, .allocate = host_allocate};

/* -- the machine -- */

int rig_on_fault(void *ctx, const struct quire_linux_ram_fault *fault)
{
	(void)ctx;
	rig_fault = *fault;
	rig_faults++;
	if (trying)
		siglongjmp(back, 1);
	return QUIRE_LINUX_REPORT;
}

void rig_options(struct quire_linux_ram_options *options)
{
	static const struct quire_linux_ram_bank banks[] = {{"ram", RAM_BASE, RAM_SIZE, QUIRE_RAM},
							    {"top", TOP_BASE, TOP_SIZE, TOP}};
	static const struct quire_linux_ram_window window = {
		"vm", VM_BASE, VM_SIZE, QUIRE_CAP_MASK, QUIRE_PLACE_FIRST_HIGH, false};

	rig_host = (struct rig_host){0};
	*options = (struct quire_linux_ram_options){.bank = banks,
						    .window = &window,
						    .bank_count = 2,
						    .window_count = 1,
						    .on_fault = rig_on_fault,
						    .system = &rig_system,
						    .protect = rig_protect};
}

struct quire_linux_ram *rig_open(const struct quire_linux_ram_options *options)
{
	struct quire_linux_ram *machine = NULL;
	char why[QUIRE_LINUX_TEXT] = "";

	if (quire_linux_ram_open(&machine, options, why) < 0)
		fail_msg("%s", why);
	return machine;
}

/* -- accesses -- */

bool rig_reads(quire_va va)
{
	if (sigsetjmp(back, 1) != 0) {
		trying = false;
		return false;
	}
	trying = true;
	(void)*(volatile uint8_t *)(uintptr_t)va;
	trying = false;
	return true;
}

bool rig_writes(quire_va va, uint8_t value)
{
	if (sigsetjmp(back, 1) != 0) {
		trying = false;
		return false;
	}
	trying = true;
	*(volatile uint8_t *)(uintptr_t)va = value;
	trying = false;
	return true;
}

quire_va rig_map(struct quire_space *space, quire_pa pa, quire_size size, unsigned attr)
{
	struct quire_want want = {.pa = pa,
				  .size = size,
				  .target = pa >= TOP_BASE ? TOP : QUIRE_RAM,
				  .attr = (uint8_t)attr,
				  .flags = QUIRE_SHARED | QUIRE_WX};
	struct quire_got got = {0};

	assert_int_equal(quire_space_map(space, &want, &got), QUIRE_OK);
	return got.va;
}
