/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench of virtual memory: what quire is made of here, for its own calls and for Zephyr's.
 */
#ifndef BENCH_VM_QUIRE_H
#define BENCH_VM_QUIRE_H

#include "quire/vm.h"
#include "vm.h"

#define VM_SPARE  16u /* descriptors and tables that Zephyr's domains keep free */
#define VM_TABLES (1u + 512u + VM_SPARE) /* of one root entry, all of it */

struct vm_quire {
	struct quire_walker walker;
	struct quire_space space;
	struct quire_memory memory;
	struct quire_frames frames;
	struct quire_vm vm;
	uint64_t *tables; /* the root, then the pool */
	struct quire_table_slot slots[VM_TABLES];
	void *book, *words;
	uint8_t *ram;
	uint32_t flushes;
};

#endif
