/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of this directory share: the machine.
 *
 * Everything in src/ is words over quire and knows no operating system; what does is a *board*
 * (linux/ is one).  The board makes the machine, and is asked for flash, memory and locks.
 *
 *     esp_mmu_map.h  esp_himem.h  spi_flash_mmap.h  esp_partition.h  esp_cache.h
 *           |             |            |                 |              |
 *           +---- keep-list, bank pool, space -----------+    board: flash, heap, lock
 *
 * One lock makes calls of several steps whole, and the keep-list, which has none of its own, is used
 * with it held.  It is taken by the public functions and never held while flash is read or written.
 * Who waits for the mmap lock (mmap_lock.h), which is a few numbers under this one, lets go of it.
 * Order: this lock, the space's.
 *
 * A mapping's tag says what ESP-IDF wants remembered of it.
 */
#ifndef QUIRE_ESP_MACHINE_H
#define QUIRE_ESP_MACHINE_H

#include <stdatomic.h>

#include "esp_err.h"
#include "hal/mmu_types.h"
#include "quire/bank.h"
#include "quire/chip.h"
#include "quire/keep.h"
#include "quire/quire.h"

/* Bits of a tag: the capabilities as the caller asked for them, and whose it is. */
#define ESP_TAG_CAPS  0x001f /* mmu_mem_caps_t */
#define ESP_TAG_OWNED 0x0020 /* esp_mmu_map() made it, and esp_mmu_unmap() has not been called */
#define ESP_TAG_BOOT  0x0040 /* a reservation: the application's own code and constants */
#define ESP_TAG_BLOCK 0x0080 /* a reservation: esp_mmu_map_reserve_block_with_caps() */
#define ESP_TAG_HIMEM 0x0100 /* a place of himem's window */
#define ESP_TAG_HEAP  0x0200 /* the heap's PSRAM */

/* Whether an extent is what ESP-IDF calls a block.  The heap and himem are mapped, and are none. */
static inline bool quire_esp_is_block(const struct quire_extent_info *info)
{
	return info->kind == QUIRE_MAPPED && !(info->tag & (ESP_TAG_HIMEM | ESP_TAG_HEAP));
}

/* What only the board knows.  Results are quire's; addresses are offsets in flash. */
struct quire_esp_board {
	int (*flash_read)(void *ctx, uint32_t address, void *out, size_t size);
	int (*flash_program)(void *ctx, uint32_t address, const void *bytes, size_t size);
	int (*flash_erase)(void *ctx, uint32_t address, size_t size);
	/* The flash as the cache sees it; NULL if it is not encrypted.  `address` and `size` are
	   multiples of 16. */
	void (*encrypt)(void *ctx, uint32_t address, void *bytes, size_t size);
	void (*decrypt)(void *ctx, uint32_t address, void *bytes, size_t size);
	void *(*allocate)(void *ctx, size_t size); /* NULL if there is no memory */
	void (*release)(void *ctx, void *memory);
	/* Tasks: a number for the calling one; let go of the machine's lock, sleep until somebody
	   calls `wake` (or for no reason), and take it again; wake all that sleep.  NULL on a board
	   with a single task, where nobody could. */
	uintptr_t (*self)(void *ctx);
	void (*wait)(void *ctx);
	void (*wake)(void *ctx);
};

struct quire_esp {
	const struct quire_chip *chip;
	const struct quire_chip_layout *layout; /* memories have their real sizes */
	struct quire_space *space;
	struct quire_keep keep;
	struct quire_lock lock;
	const struct quire_esp_board *board;
	void *board_ctx;
	bool flash_32bit;   /* flash beyond 16 MiB can be mapped */
	uint32_t boot_text; /* bytes reserved at the bottom of the windows for the application */
	uint32_t boot_rodata;
	uint32_t psram_heap;    /* bytes of PSRAM, from 0 on, that are the heap's */
	uint32_t himem_reserve; /* places of himem's window */
	uint32_t page[2];       /* esp_mmu_map.c: bytes of flash's pages and of PSRAM's */
};

/* The machine that runs, complete when it stands here; the board's. */
extern _Atomic(struct quire_esp *) quire_esp_running;
struct quire_esp *quire_esp_machine_start(void);

/* The machine, started by the first call that needs it; NULL if it cannot be, and the board has
   said why. */
static inline struct quire_esp *quire_esp_machine(void)
{
	struct quire_esp *m = atomic_load_explicit(&quire_esp_running, memory_order_acquire);

	return m != NULL ? m : quire_esp_machine_start();
}

/* The lock.  Does not fail on any board there is. */
static inline void quire_esp_lock(struct quire_esp *m)
{
	if (m->lock.lock)
		(void)m->lock.lock(m->lock.ctx);
}

static inline void quire_esp_unlock(struct quire_esp *m)
{
	if (m->lock.unlock)
		m->lock.unlock(m->lock.ctx);
}

static inline void *quire_esp_allocate(struct quire_esp *m, size_t size)
{
	return m->board->allocate(m->board_ctx, size);
}

static inline void quire_esp_release(struct quire_esp *m, void *memory)
{
	m->board->release(m->board_ctx, memory);
}

/* Bytes of a page of the MMU that shows a target (QUIRE_FLASH0, QUIRE_PSRAM0); of flash's if it has
   none. */
static inline uint32_t quire_esp_page_size(const struct quire_esp *m, unsigned target)
{
	return m->page[target == QUIRE_PSRAM0];
}

/* -- what several of the calls ask; with the machine locked -- */

/* esp_mmu_look.c: the next mapping of a byte that exists for users, kept ones do not; false if there
   is none.  The cursor is zeroed to begin. */
bool quire_esp_next_alias(struct quire_esp *m, unsigned target, quire_pa pa,
			  struct quire_alias_cursor *cursor, struct quire_extent_info *info);

/* esp_mmu_map.c: addresses for a request that is to be mapped there at once, as it would be
   reserved.  A result of quire's. */
int quire_esp_find_room(struct quire_esp *m, const struct quire_want *want, quire_va *out);

/* esp_mmu_map.c: bytes of the largest gap that would do, with what is kept counted as one. */
quire_size quire_esp_largest_free(struct quire_esp *m, const struct quire_want *want);

/* -- words.c: ESP-IDF's words and quire's -- */

/* A request of these caps and target (quire's): attr, caps, target and tag; the rest is zero.  What
   is neither readable nor writable nor executable is readable, as it is on the chips, and so is code
   where one window fetches and reads; flash is never written through a mapping, but the window
   can. */
struct quire_want quire_esp_want(const struct quire_esp *m, unsigned caps, unsigned target);

/* Quire's number of a target, QUIRE_TARGETS_MAX if `target` is not exactly one of ESP-IDF's. */
static inline unsigned quire_esp_target(unsigned target)
{
	switch (target) {
	case MMU_TARGET_FLASH0:
		return QUIRE_FLASH0;
	case MMU_TARGET_PSRAM0:
		return QUIRE_PSRAM0;
	default:
		return QUIRE_TARGETS_MAX;
	}
}

/* EXEC together with 8BIT or WRITE is refused by ESP-IDF, and nothing else about caps is. */
static inline bool quire_esp_caps_valid(unsigned caps)
{
	return !(caps & MMU_MEM_CAP_EXEC) || !(caps & (MMU_MEM_CAP_8BIT | MMU_MEM_CAP_WRITE));
}

/* The result of a call of quire as ESP-IDF would say it. */
esp_err_t quire_esp_error(int result);

/* -- what the parts start and stop; the machine is complete when `start` is called -- */

esp_err_t quire_esp_mmu_start(struct quire_esp *m);   /* esp_mmu_map.c: pages, boot reservations */
esp_err_t quire_esp_himem_start(struct quire_esp *m); /* himem.c; fine without PSRAM */
void quire_esp_himem_stop(struct quire_esp *m);
void quire_esp_flash_start(struct quire_esp *m);    /* esp_flash.c: the default chip */
void quire_esp_flash_stop(struct quire_esp *m);     /* spi_flash_mmap.c: handles left open */
void quire_esp_partition_stop(struct quire_esp *m); /* partition_table.c */

#endif
