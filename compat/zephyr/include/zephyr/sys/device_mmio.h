/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices' registers: where a driver finds them.
 *
 * A driver keeps the physical address in its constants (ROM) and the address at which it is mapped in
 * its variables (RAM).  With an MMU, which there always is here, mapping is k_mem_map_phys_bare().
 */
#ifndef ZEPHYR_SYS_DEVICE_MMIO_H
#define ZEPHYR_SYS_DEVICE_MMIO_H

#include "zephyr/kernel/mm.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#define DEVICE_MMIO_IS_IN_RAM 1

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

typedef uintptr_t mm_reg_t;
typedef uintptr_t mem_addr_t;
typedef uint32_t io_port_t;

struct z_device_mmio_rom {
	uintptr_t phys_addr;
	size_t size;
};

/* Map a device's registers for reading and writing; flags say the rest, the cache mode first. */
static inline void device_map(mm_reg_t *virt_addr, uintptr_t phys_addr, size_t size, uint32_t flags)
{
	k_mem_map_phys_bare((uint8_t **)virt_addr, phys_addr, size, flags | K_MEM_PERM_RW);
}

#ifdef __cplusplus
}
#endif

#define Z_DEVICE_MMIO_ROM_INITIALIZER(node)                                                        \
	{                                                                                          \
		.phys_addr = DT_REG_ADDR(node), .size = DT_REG_SIZE(node)                          \
	}

/* One region, first in the driver's constants and in its variables. */
#define DEVICE_MMIO_RAM            mm_reg_t _mmio
#define DEVICE_MMIO_RAM_PTR(dev)   ((mm_reg_t *)((dev)->data))
#define DEVICE_MMIO_ROM            struct z_device_mmio_rom _mmio
#define DEVICE_MMIO_ROM_PTR(dev)   ((const struct z_device_mmio_rom *)((dev)->config))
#define DEVICE_MMIO_ROM_INIT(node) ._mmio = Z_DEVICE_MMIO_ROM_INITIALIZER(node)
#define DEVICE_MMIO_MAP(dev, flags)                                                                \
	device_map(DEVICE_MMIO_RAM_PTR(dev), DEVICE_MMIO_ROM_PTR(dev)->phys_addr,                  \
		   DEVICE_MMIO_ROM_PTR(dev)->size, (flags))
#define DEVICE_MMIO_GET(dev) (*DEVICE_MMIO_RAM_PTR(dev))

/* Several regions with names; the driver says DEV_DATA(dev) and DEV_CFG(dev). */
#define DEVICE_MMIO_NAMED_RAM(name)            mm_reg_t name
#define DEVICE_MMIO_NAMED_RAM_PTR(dev, name)   (&(DEV_DATA(dev)->name))
#define DEVICE_MMIO_NAMED_ROM(name)            struct z_device_mmio_rom name
#define DEVICE_MMIO_NAMED_ROM_PTR(dev, name)   (&(DEV_CFG(dev)->name))
#define DEVICE_MMIO_NAMED_ROM_INIT(name, node) .name = Z_DEVICE_MMIO_ROM_INITIALIZER(node)
#define DEVICE_MMIO_NAMED_ROM_INIT_BY_NAME(name, node)                                             \
	.name = {                                                                                  \
		.phys_addr = DT_REG_ADDR_BY_NAME(node, name),                                      \
		.size = DT_REG_SIZE_BY_NAME(node, name),                                           \
	}
#define DEVICE_MMIO_NAMED_MAP(dev, name, flags)                                                    \
	device_map(DEVICE_MMIO_NAMED_RAM_PTR(dev, name),                                           \
		   DEVICE_MMIO_NAMED_ROM_PTR(dev, name)->phys_addr,                                \
		   DEVICE_MMIO_NAMED_ROM_PTR(dev, name)->size, (flags))
#define DEVICE_MMIO_NAMED_GET(dev, name) (*DEVICE_MMIO_NAMED_RAM_PTR((dev), name))

/* Regions that belong to no device. */
#define Z_TOPLEVEL_ROM_NAME(name) _CONCAT(z_mmio_rom__, name)
#define Z_TOPLEVEL_RAM_NAME(name) _CONCAT(z_mmio_ram__, name)
#define DEVICE_MMIO_TOPLEVEL(name, node)                                                           \
	mm_reg_t Z_TOPLEVEL_RAM_NAME(name);                                                        \
	const struct z_device_mmio_rom Z_TOPLEVEL_ROM_NAME(name) =                                 \
		Z_DEVICE_MMIO_ROM_INITIALIZER(node)
#define DEVICE_MMIO_TOPLEVEL_STATIC(name, node)                                                    \
	static mm_reg_t Z_TOPLEVEL_RAM_NAME(name);                                                 \
	static const struct z_device_mmio_rom Z_TOPLEVEL_ROM_NAME(name) =                          \
		Z_DEVICE_MMIO_ROM_INITIALIZER(node)
#define DEVICE_MMIO_TOPLEVEL_DECLARE(name)                                                         \
	extern mm_reg_t Z_TOPLEVEL_RAM_NAME(name);                                                 \
	extern const struct z_device_mmio_rom Z_TOPLEVEL_ROM_NAME(name)
#define DEVICE_MMIO_TOPLEVEL_RAM_PTR(name) (&Z_TOPLEVEL_RAM_NAME(name))
#define DEVICE_MMIO_TOPLEVEL_ROM_PTR(name) (&Z_TOPLEVEL_ROM_NAME(name))
#define DEVICE_MMIO_TOPLEVEL_MAP(name, flags)                                                      \
	device_map(&Z_TOPLEVEL_RAM_NAME(name), Z_TOPLEVEL_ROM_NAME(name).phys_addr,                \
		   Z_TOPLEVEL_ROM_NAME(name).size, (flags))
#define DEVICE_MMIO_TOPLEVEL_GET(name) ((mm_reg_t)Z_TOPLEVEL_RAM_NAME(name))

#endif /* _ASMLANGUAGE */

#endif
