/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yardstick: the address-ordered list.  What most firmware does: used blocks in a list by address,
 * the first gap that is large enough, and a walk over all blocks to see whether the physical pages
 * are mapped already.  Nodes come from a static pool, so no heap is in the way; the search stops at
 * the first gap that fits.  As good as a list can be, and linear in everything.
 */
#include "bench.h"

struct node {
	struct node *next; /* by address; free nodes: the next free one */
	uint32_t start;    /* pages */
	uint32_t pages;
	uint32_t phys;
};

struct self {
	struct bench_table table;
	uint32_t pages;
	struct node head; /* an empty block at page 0, before all others */
	struct node *free;
	struct node node[];
};

#define TO_PAGES(bytes) ((uint32_t)((bytes) >> BENCH_PAGE_SHIFT))

static size_t table_offset(const struct bench_arena *arena)
{
	return (sizeof(struct self) + arena->mappings * sizeof(struct node) + 15) / 16 * 16;
}

static size_t need(const struct bench_arena *arena)
{
	return table_offset(arena) + arena->pages * sizeof(quire_entry);
}

static void *open(const struct bench_arena *arena, void *memory)
{
	struct self *self = memory;

	self->table.entry = (quire_entry *)(void *)((char *)memory + table_offset(arena));
	self->table.writes = arena->writes;
	self->pages = arena->pages;
	self->head = (struct node){0};
	self->free = NULL;
	for (uint32_t i = arena->mappings; i > 0; i--) {
		self->node[i - 1].next = self->free;
		self->free = &self->node[i - 1];
	}
	return self;
}

/* Whether any block shows any of these physical pages. */
static bool phys_taken(const struct self *self, uint32_t phys, uint32_t pages)
{
	for (const struct node *n = self->head.next; n != NULL; n = n->next)
		if (phys < n->phys + n->pages && n->phys < phys + pages)
			return true;
	return false;
}

/* The block before the first gap of `pages` or more, or NULL. */
static struct node *first_fit(struct self *self, uint32_t pages)
{
	struct node *n = &self->head;

	for (; n->next != NULL; n = n->next)
		if (n->next->start - (n->start + n->pages) >= pages)
			return n;
	return self->pages - (n->start + n->pages) >= pages ? n : NULL;
}

/* The last block that starts before `page`. */
static struct node *before(struct self *self, uint32_t page)
{
	struct node *n = &self->head;

	while (n->next != NULL && n->next->start < page)
		n = n->next;
	return n;
}

static void insert(struct self *self, struct node *prev, uint32_t start, uint32_t pages,
		   uint32_t phys)
{
	struct node *n = self->free;

	self->free = n->next;
	*n = (struct node){prev->next, start, pages, phys};
	prev->next = n;
	bench_table_write(&self->table, start, (quire_entry)phys << 1 | 1, pages, 2);
}

static int map(void *raw, quire_pa pa, quire_size size, quire_va *va)
{
	struct self *self = raw;
	uint32_t pages = TO_PAGES(size), phys = TO_PAGES(pa), start;
	struct node *prev;

	if (pages == 0 || self->free == NULL || phys_taken(self, phys, pages))
		return -1;
	prev = first_fit(self, pages);
	if (prev == NULL)
		return -1;
	start = prev->start + prev->pages;
	insert(self, prev, start, pages, phys);
	*va = BENCH_WINDOW_BASE + start * BENCH_PAGE;
	return 0;
}

static int map_at(void *raw, quire_va va, quire_pa pa, quire_size size)
{
	struct self *self = raw;
	uint32_t start = TO_PAGES(va - BENCH_WINDOW_BASE), pages = TO_PAGES(size),
		 phys = TO_PAGES(pa);
	struct node *prev = before(self, start);

	if (self->free == NULL || phys_taken(self, phys, pages) ||
	    prev->start + prev->pages > start ||
	    (prev->next != NULL ? prev->next->start : self->pages) < start + pages)
		return -1;
	insert(self, prev, start, pages, phys);
	return 0;
}

static int unmap(void *raw, quire_va va, quire_size size)
{
	struct self *self = raw;
	uint32_t start = TO_PAGES(va - BENCH_WINDOW_BASE);
	struct node *prev = before(self, start), *n = prev->next;

	(void)size;
	if (n == NULL || n->start != start)
		return -1;
	bench_table_write(&self->table, start, 0, n->pages, 0);
	prev->next = n->next;
	n->next = self->free;
	self->free = n;
	return 0;
}

static const struct node *covering(struct self *self, quire_va va)
{
	uint32_t page = TO_PAGES(va - BENCH_WINDOW_BASE);
	const struct node *n = before(self, page + 1);

	return page < n->start + n->pages ? n : NULL;
}

static int query(void *raw, quire_va va)
{
	return covering(raw, va) != NULL ? 0 : -1;
}

static int translate(void *raw, quire_va va, quire_pa *pa)
{
	const struct node *n = covering(raw, va);

	if (n == NULL)
		return -1;
	*pa = va - BENCH_WINDOW_BASE - n->start * BENCH_PAGE + n->phys * BENCH_PAGE;
	return 0;
}

static int reverse(void *raw, quire_pa pa, quire_va *va)
{
	const struct self *self = raw;
	uint32_t phys = TO_PAGES(pa);

	for (const struct node *n = self->head.next; n != NULL; n = n->next) {
		if (phys - n->phys < n->pages) {
			*va = BENCH_WINDOW_BASE + n->start * BENCH_PAGE + pa - n->phys * BENCH_PAGE;
			return 0;
		}
	}
	return -1;
}

const struct bench_contestant bench_list = {"list", true,  need,  open,      map,
					    map_at, unmap, query, translate, reverse};
