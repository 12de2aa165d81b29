/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mmap lock: many that map, or one that writes.
 *
 * It is a phase-fair lock.  Who maps waits behind whoever waits to write; when a writer is done, all
 * who wait to map at that moment are *due*, and come before the next writer; writers go in the order
 * of their tickets.  So neither side can starve the other, however many they are.
 *
 * Being fair can lock up where mappings last: a task that holds one and maps another would wait for
 * a writer that waits for the task.  So whoever holds one passes.  And while any is held, the writer
 * is waiting for that, and a call that only maps for a moment delays nobody: it passes as well.
 * That is why reads of encrypted flash, which map, are never held up by a blocked writer.
 */
#include "mmap_lock.h"

#include "esp_log.h"
#include "esp_private/flash_mmap.h"

#include <string.h>

static const char TAG[] = "flash_mmap";

static struct {
	uint32_t entered;             /* tasks that map right now, and hold nothing yet */
	struct quire_esp_hold *holds; /* mappings that block writers */
	uint32_t waiting;             /* tasks that wait to map */
	uint32_t due;                 /* those of them who come before the next writer */
	uint32_t round;               /* freezes that have ended */
	uint32_t tickets;             /* given to writers */
	uint32_t turn;                /* of the writer who is in, or is next */
	uint32_t depth;               /* of freezes of the task that is in */
	uintptr_t writer;
} lock;

static uintptr_t self(const struct quire_esp *m)
{
	return m->board->self ? m->board->self(m->board_ctx) : 0;
}

static void wait_for_change(struct quire_esp *m)
{
	if (m->board->wait)
		m->board->wait(m->board_ctx);
}

static void changed(struct quire_esp *m)
{
	if (m->board->wake)
		m->board->wake(m->board_ctx);
}

static bool holds_one(uintptr_t task)
{
	for (const struct quire_esp_hold *hold = lock.holds; hold != NULL; hold = hold->next)
		if (hold->task == task)
			return true;
	return false;
}

/* Whether a task that came in the given round may map now. */
static bool may_enter(uintptr_t task, bool blocks, uint32_t round)
{
	if (lock.depth > 0)
		return lock.writer == task;
	if (round != lock.round || lock.tickets == lock.turn)
		return true;
	return holds_one(task) || (!blocks && lock.holds != NULL);
}

void quire_esp_mmap_enter(struct quire_esp *m, bool blocks)
{
	uintptr_t task = self(m);
	uint32_t round = lock.round;

	lock.waiting++;
	while (!may_enter(task, blocks, round))
		wait_for_change(m);
	lock.waiting--;
	lock.entered++;
	if (round != lock.round && --lock.due == 0)
		changed(m);
}

void quire_esp_mmap_leave(struct quire_esp *m)
{
	lock.entered--;
	changed(m);
}

void quire_esp_mmap_hold(struct quire_esp *m, struct quire_esp_hold *hold)
{
	hold->task = self(m);
	hold->next = lock.holds;
	lock.holds = hold;
	quire_esp_mmap_leave(m);
}

void quire_esp_mmap_drop(struct quire_esp *m, struct quire_esp_hold *hold)
{
	struct quire_esp_hold **link = &lock.holds;

	while (*link != hold)
		link = &(*link)->next;
	*link = hold->next;
	changed(m);
}

esp_err_t quire_esp_mmap_freeze(struct quire_esp *m)
{
	uintptr_t task = self(m);
	uint32_t ticket;

	if (lock.depth > 0 && lock.writer == task) {
		lock.depth++;
		return ESP_OK;
	}
	if (holds_one(task))
		return ESP_ERR_INVALID_STATE;
	ticket = lock.tickets++;
	while (lock.turn != ticket || lock.depth > 0 || lock.due > 0 || lock.entered > 0 ||
	       lock.holds != NULL)
		wait_for_change(m);
	lock.depth = 1;
	lock.writer = task;
	return ESP_OK;
}

esp_err_t quire_esp_mmap_unfreeze(struct quire_esp *m)
{
	if (lock.depth == 0 || lock.writer != self(m))
		return ESP_ERR_INVALID_STATE;
	if (--lock.depth > 0)
		return ESP_OK;
	lock.turn++;
	lock.round++;
	lock.due = lock.waiting;
	changed(m);
	return ESP_OK;
}

uint32_t quire_esp_mmap_writers(void)
{
	return lock.tickets - lock.turn;
}

void quire_esp_mmap_reset(void)
{
	memset(&lock, 0, sizeof(lock));
}

/* -- esp_private/flash_mmap.h -- */

esp_err_t flash_mmap_lock_init(void)
{
	return quire_esp_machine() == NULL ? ESP_FAIL : ESP_OK;
}

void flash_mmap_lock_freeze(void)
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err;

	if (m == NULL)
		return;
	quire_esp_lock(m);
	err = quire_esp_mmap_freeze(m);
	quire_esp_unlock(m);
	if (err != ESP_OK)
		ESP_LOGE(TAG, "freeze: this task holds a mapping with BLOCKS_WRITE itself and "
			      "would wait for ever; nothing is frozen");
}

void flash_mmap_lock_unfreeze(void)
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err;

	if (m == NULL)
		return;
	quire_esp_lock(m);
	err = quire_esp_mmap_unfreeze(m);
	quire_esp_unlock(m);
	if (err != ESP_OK)
		ESP_LOGE(TAG, "unfreeze: this task has not frozen anything");
}
