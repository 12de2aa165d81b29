/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory domains: what the user threads of one may touch, beyond what all may.
 *
 * There is one set of tables here.  A domain is a list of partitions, and its partitions have their
 * rights while one of its threads runs; at a switch to a thread of another domain those of the one are taken
 * back, to what the mappings allow of themselves, and those of the other are given.  User mode and the kernel
 * have the same rights to a partition, as on all MMUs of Zephyr's.
 */
#ifndef ZEPHYR_APP_MEMORY_MEM_DOMAIN_H
#define ZEPHYR_APP_MEMORY_MEM_DOMAIN_H

#include "zephyr/sys/util.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a partition allows: bits of K_MEM_PERM_* and, in the lowest three, K_MEM_CACHE_*; readable by
   the kernel in any case. */
typedef uint32_t k_mem_partition_attr_t;

#define K_MEM_PARTITION_P_RW_U_RW   ((k_mem_partition_attr_t)(BIT(3) | BIT(5)))
#define K_MEM_PARTITION_P_RW_U_NA   ((k_mem_partition_attr_t)BIT(3))
#define K_MEM_PARTITION_P_RO_U_RO   ((k_mem_partition_attr_t)BIT(5))
#define K_MEM_PARTITION_P_RO_U_NA   ((k_mem_partition_attr_t)0)
#define K_MEM_PARTITION_P_RWX_U_RWX ((k_mem_partition_attr_t)(BIT(3) | BIT(4) | BIT(5)))
#define K_MEM_PARTITION_P_RX_U_RX   ((k_mem_partition_attr_t)(BIT(4) | BIT(5)))
#define K_MEM_PARTITION_P_RWX_U_NA  ((k_mem_partition_attr_t)(BIT(3) | BIT(4)))
#define K_MEM_PARTITION_P_RX_U_NA   ((k_mem_partition_attr_t)BIT(4))

/* The same, not cached. */
#define K_MEM_PARTITION_P_RW_U_RW_NOCACHE ((k_mem_partition_attr_t)(BIT(3) | BIT(5) | 2))
#define K_MEM_PARTITION_P_RW_U_NA_NOCACHE ((k_mem_partition_attr_t)(BIT(3) | 2))
#define K_MEM_PARTITION_P_RO_U_RO_NOCACHE ((k_mem_partition_attr_t)(BIT(5) | 2))

#define K_MEM_PARTITION_IS_WRITABLE(attr)   (((attr)&BIT(3)) != 0U)
#define K_MEM_PARTITION_IS_EXECUTABLE(attr) (((attr)&BIT(4)) != 0U)
#define K_MEM_PARTITION_IS_USER(attr)       (((attr)&BIT(5)) != 0U)

#ifdef CONFIG_USERSPACE

/* Whole pages. */
struct k_mem_partition {
	uintptr_t start;
	size_t size;
	k_mem_partition_attr_t attr;
};

#define K_MEM_PARTITION_DEFINE(name, start, size, attr)                                            \
	struct k_mem_partition name = {(uintptr_t)(start), size, attr}

/* Places of a domain, whatever a program's configuration says. */
#define QUIRE_ZEPHYR_PARTITIONS 16

struct k_mem_domain {
	struct k_mem_partition partitions[QUIRE_ZEPHYR_PARTITIONS]; /* size 0: a free place */
	uint8_t num_partitions;
	/* quire's: what each partition has been given, and what its mapping allows of itself; how many
	   threads are members, descriptors and tables that its rights take. */
	uint8_t granted[QUIRE_ZEPHYR_PARTITIONS];
	uint8_t of_itself[QUIRE_ZEPHYR_PARTITIONS];
	uint32_t threads;
	uint32_t descriptors;
	uint32_t tables;
	struct k_mem_domain *next;
};
typedef struct k_mem_domain k_mem_domain_t;

/* The domain of threads that have been given no other. */
extern struct k_mem_domain k_mem_domain_default;

#else
struct k_mem_domain;
struct k_mem_partition;
#endif /* CONFIG_USERSPACE */

struct k_thread;

/*
 * A partition is whole pages of one mapping, all of which allow the same of themselves; it does not
 * overlap another of its domain, and, with CONFIG_EXECUTE_XOR_WRITE, does not allow both to write and to
 * execute.  All of these are -EINVAL; then, in this order:
 * -ENOMEM  init: no descriptors or tables are left to give the rights with
 * -ENOSPC  add: the domain is full, or as -ENOMEM
 * -ENOENT  remove: no partition has this start and size
 * -EBUSY   deinit: threads are members
 * With nothing changed.  What has been added can be switched to from then on without fail: no other call
 * takes the descriptors and tables that it needs.
 */
int k_mem_domain_init(struct k_mem_domain *domain, uint8_t num_parts,
		      struct k_mem_partition *parts[]);
int k_mem_domain_deinit(struct k_mem_domain *domain);
int k_mem_domain_add_partition(struct k_mem_domain *domain, struct k_mem_partition *part);
int k_mem_domain_remove_partition(struct k_mem_domain *domain, struct k_mem_partition *part);

/* A thread leaves the domain that it is in, and its rights change at once if it is the one that runs.
   -EINVAL for a NULL, and for a thread that has ended: it would be a member for ever. */
int k_mem_domain_add_thread(struct k_mem_domain *domain, struct k_thread *thread);

/* All partitions of a thread's domain are added, or none: -EINVAL, -ENOSPC. */
int k_mem_domain_inherit_thread_partitions(struct k_mem_domain *domain, struct k_thread *thread);

/* -- for the kernel -- */

#ifdef CONFIG_USERSPACE
/* A new thread, in its parent's domain (NULL: the default one); a thread that has ended. */
void z_mem_domain_init_thread(struct k_thread *thread, const struct k_thread *parent);
void z_mem_domain_exit_thread(struct k_thread *thread);

/* The thread that runs next is of `to`: take back what `from` was given, and give `to` what it has.
   Does nothing if both are the same.  Nothing can fail but by the fault of who took descriptors behind
   this layer's back; then a partition is not accessible, and that is printed. */
void z_mem_domain_switch(struct k_mem_domain *from, struct k_mem_domain *to);
#endif

#ifdef __cplusplus
}
#endif

#endif
