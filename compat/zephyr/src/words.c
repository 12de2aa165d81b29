/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zephyr's words and quire's: flags and attributes, physical addresses and memories, results.
 *
 * Zephyr has flags for how memory is cached that mean what the architecture makes of them; quire has
 * modes that mean what they say.  Not cached is, for devices, device memory, and for RAM, normal memory.
 */
#include "words.h"

extern const size_t quire_zephyr_compiled_page[] __attribute__((weak));

size_t zephyr_chosen(enum zephyr_chosen what, size_t otherwise)
{
	return quire_zephyr_compiled_page != NULL ? quire_zephyr_compiled_page[what] : otherwise;
}

/* How memory is to be cached that shows this target. */
static unsigned zephyr_mode(uint32_t flags, unsigned target)
{
	switch (flags & K_MEM_CACHE_MASK) {
	case K_MEM_CACHE_WB:
		return QUIRE_CACHE_WB;
	case K_MEM_CACHE_WT:
		return QUIRE_CACHE_WT;
	case K_MEM_CACHE_NONE:
		return zephyr_machine.memory[target].mode == QUIRE_DEVICE_IO ? QUIRE_DEVICE_IO
									     : QUIRE_UNCACHED;
	case K_MEM_ARM_NORMAL_NC:
		return QUIRE_UNCACHED;
	default:
		return QUIRE_DEVICE_IO;
	}
}

unsigned zephyr_attr(uint32_t flags, unsigned target)
{
	return QUIRE_READ | (flags & K_MEM_PERM_RW ? QUIRE_WRITE : 0u) |
	       (flags & K_MEM_PERM_EXEC ? QUIRE_EXEC : 0u) |
	       (flags & K_MEM_PERM_USER ? QUIRE_USER : 0u) | zephyr_mode(flags, target);
}

unsigned zephyr_target(uintptr_t phys, size_t size)
{
	for (unsigned t = 0; t < zephyr_machine.memory_count; t++) {
		const struct quire_memory *memory = &zephyr_machine.memory[t];

		if (phys >= memory->base && phys - memory->base < memory->size &&
		    size <= memory->size - (phys - memory->base))
			return t;
	}
	return QUIRE_TARGETS_MAX;
}

bool zephyr_is_range(uintptr_t start, size_t size)
{
	uintptr_t inside = quire_zephyr_map.page - 1;

	return size != 0 && ((start | size) & inside) == 0 && start + (size - 1) >= start;
}

int zephyr_errno(int result)
{
	switch (result) {
	case QUIRE_OK:
		return 0;
	case QUIRE_EFOREIGN:
	case QUIRE_EUNMAPPED:
	case QUIRE_ERESERVED:
	case QUIRE_ETARGET:
	case QUIRE_EBEYOND:
		return -EFAULT;
	case QUIRE_EPOOL:
	case QUIRE_ETABLES:
	case QUIRE_ESPACE:
	case QUIRE_EROUND:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}
