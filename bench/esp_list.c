/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yardstick for ESP-IDF's interface: a list of blocks in the manner of ESP-IDF's own manager, written
 * for the bench.
 *
 * What it shares with that is what costs: one mutex, a block from the heap for each mapping, a list
 * by address between two empty blocks, one walk over all of it for physical overlap and one for the
 * first slot that fits, which goes on to the end because it also looks for the largest slot that will
 * be left.  Giving a block back is a walk from the first block on.
 */
#include <pthread.h>
#include <stdlib.h>

#include "esp.h"

struct block {
	struct block *prev, *next;
	uint32_t start; /* pages */
	uint32_t end;
	uint32_t phys;
};

static struct {
	pthread_mutex_t lock;
	struct block head, tail;
	uint32_t largest; /* pages of the largest slot */
	volatile uint32_t entry[ESP_PAGES];
} list = {.lock = PTHREAD_MUTEX_INITIALIZER};

void esp_list_open(void)
{
	list.head = (struct block){.next = &list.tail};
	list.tail = (struct block){.prev = &list.head, .start = ESP_PAGES, .end = ESP_PAGES};
	list.largest = ESP_PAGES;
}

void esp_list_close(void)
{
	while (list.head.next != &list.tail) {
		struct block *b = list.head.next;

		list.head.next = b->next;
		free(b);
	}
}

static bool overlaps(uint32_t phys, uint32_t pages)
{
	for (const struct block *b = list.head.next; b != &list.tail; b = b->next)
		if (phys < b->phys + (b->end - b->start) && b->phys < phys + pages)
			return true;
	return false;
}

/* The block behind the first slot that fits; the largest slot there will be is noted. */
static struct block *slot_find(uint32_t pages)
{
	struct block *found = NULL;
	uint32_t largest = 0;

	for (struct block *b = list.head.next; b != NULL; b = b->next) {
		uint32_t slot = b->start - b->prev->end;

		if (found == NULL && slot >= pages) {
			found = b;
			slot -= pages;
		}
		if (slot > largest)
			largest = slot;
	}
	list.largest = largest;
	return found;
}

static int insert(uint32_t phys, uint32_t pages, struct block *b, void **out)
{
	struct block *next = slot_find(pages);

	if (next == NULL)
		return -1;
	*b = (struct block){.prev = next->prev,
			    .next = next,
			    .start = next->prev->end,
			    .end = next->prev->end + pages,
			    .phys = phys};
	next->prev->next = b;
	next->prev = b;
	for (uint32_t i = 0; i < pages; i++)
		list.entry[b->start + i] = phys + i;
	*out = (void *)(uintptr_t)(ESP_BASE + b->start * ESP_PAGE);
	return 0;
}

static int map_locked(uint32_t phys, uint32_t pages, void **out)
{
	struct block *b;

	if (list.largest < pages || overlaps(phys, pages))
		return -1;
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return -1;
	if (insert(phys, pages, b, out) == 0)
		return 0;
	free(b);
	return -1;
}

int esp_list_map(uint32_t pa, size_t size, void **out)
{
	int result;

	if (pa % ESP_PAGE != 0 || size == 0 || out == NULL)
		return -1;
	pthread_mutex_lock(&list.lock);
	result = map_locked(pa / ESP_PAGE, (uint32_t)((size + ESP_PAGE - 1) / ESP_PAGE), out);
	pthread_mutex_unlock(&list.lock);
	return result;
}

static void drop(struct block *b)
{
	uint32_t slot = b->next->start - b->prev->end;

	for (uint32_t i = b->start; i < b->end; i++)
		list.entry[i] = UINT32_MAX;
	if (slot > list.largest)
		list.largest = slot;
	b->prev->next = b->next;
	b->next->prev = b->prev;
	free(b);
}

int esp_list_unmap(void *ptr)
{
	uint32_t start = (uint32_t)(((uintptr_t)ptr - ESP_BASE) / ESP_PAGE);
	struct block *b;

	pthread_mutex_lock(&list.lock);
	b = list.head.next;
	while (b != &list.tail && b->start != start)
		b = b->next;
	if (b != &list.tail)
		drop(b);
	pthread_mutex_unlock(&list.lock);
	return 0;
}
