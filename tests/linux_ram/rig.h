/* SPDX-License-Identifier: Apache-2.0 */
/* A machine with RAM, accesses that may fault, and a host that fails when it is told to. */
#ifndef TESTS_LINUX_RAM_RIG_H
#define TESTS_LINUX_RAM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quire/port/linux_ram.h"
#include "quire/quire.h"
#include "quire/vm.h"

#define PAGE     4096u
#define RAM_BASE 0x40000000u
#define RAM_SIZE (64u * PAGE)
#define TOP_BASE 0x48000000u /* a second bank, elsewhere */
#define TOP_SIZE (16u * PAGE)
#define VM_BASE  0x30000000u
#define VM_SIZE  (256u * PAGE)
#define TOP      QUIRE_PSRAM0 /* its target */

/* Which of the host's calls fails: the nth from now on, and with `for_ever` all after it; 0: none. */
struct rig_host {
	unsigned calls; /* made so far */
	unsigned fail_at;
	bool for_ever;
	int error;
};
extern struct rig_host rig_host;
extern const struct quire_linux_system rig_system;
int rig_protect(void *ctx, void *address, size_t size, int protection);

/* Two banks and a window; options may be changed before rig_open(). */
void rig_options(struct quire_linux_ram_options *options);
struct quire_linux_ram *rig_open(const struct quire_linux_ram_options *options);

/* The last fault that an access below met, and how many there were. */
extern struct quire_linux_ram_fault rig_fault;
extern unsigned rig_faults;
int rig_on_fault(void *ctx, const struct quire_linux_ram_fault *fault);

/* Whether an access works. */
bool rig_reads(quire_va va);
bool rig_writes(quire_va va, uint8_t value);

quire_va rig_map(struct quire_space *space, quire_pa pa, quire_size size, unsigned attr);

#endif
