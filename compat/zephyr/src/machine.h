/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of this directory share: the machine.
 *
 * Everything in src/ is words over quire and knows neither an operating system nor a processor; what
 * does is a *machine* (linux/ is one, board/ has others).  There is one a program.  It stands in
 * `zephyr_machine`, which the machine defines, and is complete before main() is called, so that
 * k_mem_map_phys_bare() works as early as in Zephyr: space made, image mapped in it, frames made and
 * those of the image held, quire_vm_init() called.
 *
 *     mm.h   mmu.h   system_mm.h   mem_domain.h   device_mmio.h   kernel_arch_interface.h
 *       |      |          |             |               |                  |
 *       +------+--- quire_vm, quire_space, quire_frames +------------------+    machine: text, panic
 *
 * The window: the space has one with Zephyr's kernel addresses, all of vm_base to vm_base + vm_size, of
 * QUIRE_PLACE_FIRST_HIGH, in which the image is mapped as image_start to image_end.  It may have
 * more, for addresses at which nothing is placed unless it is asked for by its address: where memory and
 * devices may be mapped one to one (K_MEM_DIRECT_MAP), and, where the program runs at other addresses
 * than the window's (a Linux process), where it runs.  `vm_caps` are capabilities that the first has
 * and no other, so that what may go anywhere goes there.
 *
 * The image: plain mappings of the space (quire_space_map_at with QUIRE_SHARED), one for each part
 * that has other rights, at every address at which the program can see it.  Its frames are held
 * (quire_frames_hold) at their addresses in the window.  A program whose addresses are not the window's
 * gives phys_of and virt_of, which are asked first.
 *
 * Tags say whose a mapping is (enum zephyr_tag).
 *
 * Locks: `lock` makes calls of several steps whole, and is held at no other's; the space's is inside of
 * it, the frames' in that.  All three are safe in interrupts.  None is held when the machine is asked
 * to say something, or to end.
 */
#ifndef QUIRE_ZEPHYR_MACHINE_H
#define QUIRE_ZEPHYR_MACHINE_H

#include "quire/quire.h"
#include "quire/vm.h"
#include "quire_zephyr.h"

/* Whose a mapping is. */
enum zephyr_tag {
	ZEPHYR_TAG_IMAGE = 1,       /* the program's; mapped by the machine */
	ZEPHYR_TAG_GUARDED,         /* k_mem_map(), k_mem_map_phys_guard() */
	ZEPHYR_TAG_BARE,            /* k_mem_map_phys_bare(), device_map() */
	ZEPHYR_TAG_ARCH,            /* arch_mem_map() */
	ZEPHYR_TAG_DRIVER,          /* sys_mm_drv_*() */
	ZEPHYR_TAG_SCRATCH,         /* a reservation: K_MEM_VM_RESERVED bytes at the window's end */
	ZEPHYR_TAG_MACHINE = 0x100, /* and up: the machine's own */
};

/* Why the machine is told to end: the numbers of Zephyr's enum k_fatal_error_reason. */
enum zephyr_reason {
	ZEPHYR_CPU_EXCEPTION,
	ZEPHYR_SPURIOUS_IRQ,
	ZEPHYR_STACK_CHECK,
	ZEPHYR_OOPS,
	ZEPHYR_PANIC
};

struct zephyr_machine {
	/* Fill in from here on. */
	struct quire_space *space;
	struct quire_vm *vm;
	struct quire_frames
		*frames; /* bank 0 is RAM as Zephyr knows it: map.ram_base, map.ram_size */
	const struct quire_memory *memory; /* the space's, index = target */
	uint8_t memory_count;
	uint8_t vm_caps; /* enum quire_cap that only the window of Zephyr's addresses has; 0 if it is the
			    only one */
	struct quire_lock lock; /* all NULL: nobody else is there */
	/* Where the program runs at other addresses than the window's: the physical address of what it
	   sees at `va`; where it sees what is at `phys`.  False if that is none of its own; then the
	   arithmetic of the window holds.  NULL: it always does. */
	bool (*phys_of)(uintptr_t va, uintptr_t *phys);
	bool (*virt_of)(uintptr_t phys, uintptr_t *va);
	/* Where the program's constants are in no window: whether these bytes are some of them, which user mode
	   may read as everybody may.  NULL: none are. */
	bool (*is_constant)(uintptr_t va, size_t size);
	/* `length` characters to wherever printk() goes.  From any thread, trap or interrupt. */
	void (*put)(const char *text, size_t length);
	/* The kernel or the running thread cannot go on (k_panic(), k_oops()); the reason is one of enum
	   zephyr_reason, and `message` a sentence without a newline, or NULL if one has been said.  Does not return,
	   unless the program's k_sys_fatal_error_handler() and the scheduler let it. */
	void (*fatal)(unsigned reason, const char *message);
	/* The frames that firmware or hardware owns are to be reserved, in arch_reserved_pages_update();
	   NULL if the machine has done so or has none. */
	void (*reserve)(void);
};

/* The machine: defined, and filled in before main(), by linux/ or board/.  `space` is NULL until then. */
extern struct zephyr_machine zephyr_machine;

/* -- the lock -- */

static inline void zephyr_lock(void)
{
	if (zephyr_machine.lock.lock)
		(void)zephyr_machine.lock.lock(zephyr_machine.lock.ctx);
}

static inline void zephyr_unlock(void)
{
	if (zephyr_machine.lock.unlock)
		zephyr_machine.lock.unlock(zephyr_machine.lock.ctx);
}

#endif
