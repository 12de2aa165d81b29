/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses k_mem_phys_addr() and k_mem_virt_addr() take.  By themselves in this file, so that a program may
 * define its own (CONFIG_KERNEL_VM_USE_CUSTOM_MEM_RANGE_CHECK).
 */
#include "machine.h"

#include "zephyr/kernel/mm.h"

bool sys_mm_is_virt_addr_in_range(void *virt)
{
	uintptr_t va = (uintptr_t)virt, phys;

	if (va - quire_zephyr_map.vm_base < quire_zephyr_map.vm_size)
		return true;
	return zephyr_machine.phys_of != NULL && zephyr_machine.phys_of(va, &phys);
}

bool sys_mm_is_phys_addr_in_range(uintptr_t phys)
{
	return phys - quire_zephyr_map.ram_base < quire_zephyr_map.ram_size;
}
