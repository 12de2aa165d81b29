/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine with RAM is made of, for the files ram*.c of this directory. */
#ifndef QUIRE_LINUX_RAM_PRIVATE_H
#define QUIRE_LINUX_RAM_PRIVATE_H

#include "machine.h"
#include "quire/port/linux_ram.h"

/*
 * An entry: the physical address in the low 48 bits, which makes it linear in that; above it target and
 * attributes.  0 is the invalid one.
 */
#define RAM_PA_BITS      48
#define RAM_TARGET_SHIFT 48
#define RAM_ATTR_SHIFT   52
#define RAM_LOST         ((quire_entry)1 << 62) /* the host could not do it; nobody else sees this */
#define RAM_VALID        ((quire_entry)1 << 63)

struct quire_linux_ram {
	struct quire_linux_ram_options options;
	struct quire_linux_system system; /* complete */
	int fd[QUIRE_TARGETS_MAX];        /* -1: there is none */
	uint8_t *linear[QUIRE_TARGETS_MAX];
	struct quire_memory memory[QUIRE_TARGETS_MAX];
	struct quire_window window[QUIRE_WINDOWS_MAX];
	bool adopt[QUIRE_WINDOWS_MAX];
	bool reserved[QUIRE_WINDOWS_MAX];
	uint8_t memory_count;
	uint8_t window_count;
	uint8_t shift; /* log2 of the page */
	bool user;     /* the view */
	bool registered;
	bool mutex_made;
	pthread_mutex_t mutex;
	struct quire_mmu mmu;
	struct quire_walker walker;
	quire_entry *table;
	uint32_t entries;
	uint32_t kernel_from; /* entries that user mode may not use are in [from, to) */
	uint32_t kernel_to;
	uint32_t lost;   /* pages */
	int lost_errno;  /* why */
	uint32_t agreed; /* kernel mappings that were agreed to since entries were last written */
	bool written;    /* entries were, since the last agreement */
	struct quire_linux_census census;
	struct quire_linux_ram_counts counts;
	void *book;
	struct quire_space space;
	char refusal[QUIRE_LINUX_TEXT];
};

/* ram_port.c */
extern const struct quire_format quire_linux_ram_format;
extern const struct quire_port quire_linux_ram_port;
bool quire_linux_ram_is_lost(const struct quire_linux_ram *machine, quire_va va);

/* ram_fault.c */
int quire_linux_ram_register(struct quire_linux_ram *machine, char *why);
void quire_linux_ram_unregister(struct quire_linux_ram *machine);

static inline unsigned ram_attr(quire_entry entry)
{
	return (unsigned)(entry >> RAM_ATTR_SHIFT) & QUIRE_ATTR_MASK;
}

static inline unsigned ram_target(quire_entry entry)
{
	return (unsigned)(entry >> RAM_TARGET_SHIFT) & 0xfu;
}

static inline quire_pa ram_pa(quire_entry entry)
{
	return entry & (((quire_entry)1 << RAM_PA_BITS) - 1);
}

/* The window that an entry belongs to. */
static inline unsigned ram_window(const struct quire_linux_ram *machine, uint32_t index)
{
	quire_va walk = (quire_va)index << machine->shift;
	unsigned w = 0;

	while (w + 1 < machine->window_count && walk >= machine->window[w + 1].walk)
		w++;
	return w;
}

/* Where the page of an entry is seen. */
static inline void *ram_address(const struct quire_linux_ram *machine, uint32_t index)
{
	const struct quire_window *window = &machine->window[ram_window(machine, index)];

	return (void *)(uintptr_t)(window->base + ((quire_va)index << machine->shift) -
				   window->walk);
}

#endif
