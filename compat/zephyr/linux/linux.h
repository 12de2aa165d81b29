/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that a Linux process makes, for the files of this directory.
 *
 *     environment.c   what machine is wanted
 *     image.c         the program's own variables, found and moved into RAM
 *     machine.c       space, frames and quire_vm over port/linux's RAM, before main()
 *     arch.c          threads, user mode, faults
 *
 * User mode sees the program's variables as little as it sees other memory of the kernel (but for
 * partitions), and the code that enters and leaves it runs while they cannot be seen: what that needs is
 * thread-local, which is the host's memory.
 */
#ifndef QUIRE_ZEPHYR_LINUX_H
#define QUIRE_ZEPHYR_LINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "arch.h"
#include "machine.h"
#include "quire/port/linux_ram.h"

/* What machine is wanted. */
struct zephyr_linux_options {
	uint64_t ram_base, ram_size;
	uint64_t vm_base, vm_size;
	uint64_t device_base, device_size;
	uint64_t page;
	bool ram_given, vm_given; /* somebody has said how large */
};

/* Read QUIRE_ZEPHYR_*; on false `why` says what is wrong. */
bool zephyr_linux_environment(struct zephyr_linux_options *options, char why[QUIRE_LINUX_TEXT]);

/* The program's writable memory: whole pages at which it can be moved. */
struct zephyr_linux_image {
	uintptr_t start, end;     /* equal: it cannot be moved */
	uintptr_t open, open_end; /* what the host's linker writes, in user mode too */
	bool runtime;             /* all of it is open: there is a sanitizer or a profiler in it */
};
void zephyr_linux_image_find(struct zephyr_linux_image *image, size_t page);

/* Map it at its own addresses (adopted by the space's machine) to the RAM at `pa`, contents and all.  An error
   of quire's. */
int zephyr_linux_image_move(struct quire_linux_ram *machine, const struct zephyr_linux_image *image,
			    quire_pa pa);

/* Whether all of these bytes are constants: of the program, or of a library of the host's. */
bool zephyr_linux_is_constant(uintptr_t va, size_t size);

/* The machine, once it is made. */
extern struct quire_linux_ram *zephyr_linux_ram;

/* arch.c: what to do about a fault (quire_linux_ram_options.on_fault). */
int zephyr_linux_fault(void *ctx, const struct quire_linux_ram_fault *fault);

/* Begin: this thread of the host is the processor. */
bool zephyr_linux_arch_begin(struct quire_linux_ram *machine, int count, char **arguments);

#endif
