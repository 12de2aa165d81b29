/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache between mappings and memories, where the options ask for one.
 *
 * A real cache of these chips holds some lines of memory; which ones is luck, and what is in them
 * may be older than the memory (somebody else wrote it) or newer (a store that has not been written
 * back).  A program that works only while luck holds is wrong, so this cache is as unlucky as can
 * be: it holds every page that is shown, whole, from the moment it is shown, and neither takes nor
 * gives a byte without being told to.
 *
 *   loads, stores                     quire_linux_read, _write, flash calls
 *        |                                          |
 *   +----v-----------+  fill, invalidate   +--------v-------+
 *   | view (memfd)   |<--------------------| memory (file)  |
 *   | clean          |-------------------->|                |
 *   +----------------+     write back      +----------------+
 *
 * Mappings of one page share its bytes in the view.  `clean` is what the view held when it last
 * agreed with the memory: a line that differs from it is dirty.  (A store that changes nothing
 * makes no line dirty, then; the memory cannot tell but by what others wrote to it meanwhile.)
 * Nobody writes flash through a mapping, so it has no such copy.
 *
 * A page stays in the cache as long as any entry shows it.  Whoever changes entries counts the new
 * ones before the old, so a page that moves or changes its protection keeps what was stored there.
 * What is dirty when the last entry goes is lost: the core writes it back before.
 *
 * The space's lock is held in all of these but open and close.
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK       4096u
#define CIPHER      16u /* bytes that are decrypted together */
#define POISON_BYTE 0xa5

/* What a mapping shows is here; NULL if it is in no cache: none is asked for, the page is mapped
   past it, or none is shown at all. */
static struct quire_linux_view *view_of(struct quire_linux *machine, quire_linux_shown shown)
{
	unsigned target = quire_linux_shown_target(shown);

	if ((shown & QUIRE_LINUX_MAPPED) == 0 || target >= QUIRE_LINUX_MEMORIES ||
	    machine->view[target].fd < 0 ||
	    (quire_linux_shown_attr(shown) & QUIRE_CACHE_MASK) != QUIRE_CACHE_WB)
		return NULL;
	return &machine->view[target];
}

/* Where in its memory. */
static quire_size offset_of(const struct quire_linux *machine, quire_linux_shown shown)
{
	return quire_linux_shown_pa(shown) -
	       machine->layout.memory[quire_linux_shown_target(shown)].base;
}

int quire_linux_cache_shown(struct quire_linux *machine, quire_linux_shown shown)
{
	unsigned target = quire_linux_shown_target(shown);
	const struct quire_linux_view *view = view_of(machine, shown);

	if (view != NULL)
		return view->fd;
	return target < QUIRE_LINUX_MEMORIES ? machine->memory[target].fd : -1;
}

/* -- pages -- */

void quire_linux_cache_enter(struct quire_linux *machine, quire_linux_shown shown, quire_size size)
{
	struct quire_linux_view *view = view_of(machine, shown);

	if (view == NULL)
		return;
	for (quire_size at = offset_of(machine, shown), end = at + size; at < end;
	     at += (quire_size)1 << view->shift)
		view->page[at >> view->shift].users++;
}

void quire_linux_cache_leave(struct quire_linux *machine, quire_linux_shown shown, quire_size size)
{
	struct quire_linux_view *view = view_of(machine, shown);

	if (view == NULL)
		return;
	for (quire_size at = offset_of(machine, shown), end = at + size; at < end;
	     at += (quire_size)1 << view->shift) {
		struct quire_linux_cached *page = &view->page[at >> view->shift];

		if (--page->users == 0)
			page->full = false;
	}
}

/* The cache takes bytes from the memory.  In pieces, so that no mapping ever shows a cipher. */
static int load(struct quire_linux *machine, unsigned target, quire_size offset, quire_size size)
{
	struct quire_linux_view *view = &machine->view[target];
	const struct quire_linux_options *options = &machine->options;
	uint8_t chunk[CHUNK];

	for (quire_size end = offset + size, n; offset < end; offset += n) {
		n = end - offset < CHUNK ? end - offset : CHUNK;
		if (quire_linux_memory_read(machine, target, offset, chunk, (size_t)n) < 0)
			return -1;
		if (target == QUIRE_FLASH0 && options->decrypt != NULL)
			options->decrypt(options->decrypt_ctx,
					 machine->layout.memory[target].base + offset, chunk,
					 (size_t)n);
		memcpy(view->bytes + offset, chunk, (size_t)n);
		if (view->clean != NULL)
			memcpy(view->clean + offset, chunk, (size_t)n);
	}
	return 0;
}

/* One page, of number `p`, from the memory.  False and errno if that cannot be read. */
static bool fill_page(struct quire_linux *machine, unsigned target, quire_size p)
{
	struct quire_linux_view *view = &machine->view[target];
	quire_size size = (quire_size)1 << view->shift;

	view->page[p].full = load(machine, target, p << view->shift, size) == 0;
	machine->counts.fills += view->page[p].full;
	return view->page[p].full;
}

bool quire_linux_cache_fill(struct quire_linux *machine, quire_linux_shown shown, quire_size size)
{
	struct quire_linux_view *view = view_of(machine, shown);
	bool filled = true;

	if (view == NULL)
		return true;
	for (quire_size p = offset_of(machine, shown) >> view->shift,
			end = p + (size >> view->shift);
	     p < end && filled; p++)
		filled = view->page[p].full ||
			 fill_page(machine, quire_linux_shown_target(shown), p);
	return filled;
}

/* -- lines -- */

static quire_size line_of(const struct quire_linux *machine)
{
	return (quire_size)1 << machine->line_shift;
}

/* Whether the cache has the page of a line. */
static bool holds(const struct quire_linux_view *view, quire_size offset)
{
	return view->page[offset >> view->shift].full;
}

static bool is_dirty(const struct quire_linux *machine, const struct quire_linux_view *view,
		     quire_size offset)
{
	return view->clean != NULL && holds(view, offset) &&
	       memcmp(view->bytes + offset, view->clean + offset, (size_t)line_of(machine)) != 0;
}

/* A memory that cannot be reached makes the next change fail, so that somebody hears of it. */
static void complain(struct quire_linux *machine, unsigned target, const char *verb)
{
	machine->cache_failed = true;
	quire_linux_why(machine->refusal, 0, "%s: the cache cannot %s %s: %s", machine->chip->name,
			verb, machine->layout.memory[target].name, strerror(errno));
}

/* Lines that did not reach the memory are dirty as before. */
static void soil(const struct quire_linux *machine, struct quire_linux_view *view,
		 quire_size offset, quire_size end)
{
	for (; offset < end; offset += line_of(machine))
		view->clean[offset] = (uint8_t)~view->bytes[offset];
}

/* Runs of dirty lines go to the memory.  They are clean before they are written: what is stored
   meanwhile makes them dirty again. */
static void write_back(struct quire_linux *machine, unsigned target, quire_size offset,
		       quire_size end)
{
	struct quire_linux_view *view = &machine->view[target];
	quire_size line = line_of(machine);

	while (offset < end) {
		quire_size start = offset;

		for (; offset < end && is_dirty(machine, view, offset); offset += line)
			memcpy(view->clean + offset, view->bytes + offset, (size_t)line);
		if (offset == start) {
			offset += line;
			continue;
		}
		machine->counts.written_back += (offset - start) >> machine->line_shift;
		if (quire_linux_memory_write(machine, target, start, view->clean + start,
					     (size_t)(offset - start)) < 0) {
			soil(machine, view, start, offset);
			complain(machine, target, "write");
		}
	}
}

void quire_linux_cache_sync(struct quire_linux *machine, quire_linux_shown shown, quire_size size,
			    unsigned how)
{
	unsigned target = quire_linux_shown_target(shown);
	const struct quire_linux_view *view = view_of(machine, shown);
	quire_size offset;

	if (view == NULL)
		return;
	offset = offset_of(machine, shown);
	if (!holds(view, offset))
		return;
	if ((how & QUIRE_SYNC_WRITE_BACK) != 0)
		write_back(machine, target, offset, offset + size);
	if ((how & QUIRE_SYNC_INVALIDATE) == 0)
		return;
	machine->counts.invalidated += size >> machine->line_shift;
	if (load(machine, target, offset, size) < 0)
		complain(machine, target, "read");
}

/* -- the physical side -- */

void quire_linux_cache_written(struct quire_linux *machine, unsigned target, quire_size offset,
			       quire_size size)
{
	struct quire_linux_view *view = &machine->view[target];
	quire_size line = line_of(machine), end = offset + size;

	if (view->fd < 0 || machine->options.cache != QUIRE_LINUX_CACHE_POISON || size == 0)
		return;
	for (quire_size at = offset & ~(line - 1); at < end; at += line) {
		if (!holds(view, at))
			continue;
		memset(view->bytes + at, POISON_BYTE, (size_t)line);
		if (view->clean != NULL)
			memset(view->clean + at, POISON_BYTE, (size_t)line);
	}
}

void quire_linux_cache_read(struct quire_linux *machine, unsigned target, quire_size offset,
			    uint8_t *buffer, quire_size size)
{
	const struct quire_linux_view *view = &machine->view[target];
	quire_size line = line_of(machine), end = offset + size;

	if (view->fd < 0 || machine->options.cache != QUIRE_LINUX_CACHE_POISON ||
	    !machine->chip->cache_writeback)
		return;
	for (quire_size at = offset, n; at < end; at += n) {
		n = line - (at & (line - 1)) < end - at ? line - (at & (line - 1)) : end - at;
		if (is_dirty(machine, view, at & ~(line - 1)))
			memset(buffer + (at - offset), POISON_BYTE, (size_t)n);
	}
}

bool quire_linux_cache_restart(struct quire_linux *machine)
{
	bool filled = true;

	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES; t++) {
		const struct quire_linux_view *view = &machine->view[t];
		quire_size pages = view->fd < 0 ? 0 : machine->layout.memory[t].size >> view->shift;

		for (quire_size p = 0; p < pages; p++)
			if (view->page[p].users != 0 && !fill_page(machine, t, p)) {
				complain(machine, t, "read");
				filled = false;
			}
	}
	return filled;
}

/* -- open and close -- */

/* The smallest page that shows a memory. */
static uint8_t shift_of_memory(const struct quire_linux *machine, unsigned target)
{
	uint8_t smallest = UINT8_MAX;

	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		const struct quire_window *window = &machine->layout.window[w];
		uint8_t shift = machine->layout.mmu[window->walker].level[0].shift;

		if ((window->targets & QUIRE_TARGET_BIT(target)) != 0 && shift < smallest)
			smallest = shift;
	}
	return smallest;
}

static void *map_all(struct quire_linux *machine, unsigned target, int flags, int fd)
{
	const struct quire_linux_system *system = &machine->system;
	void *bytes =
		system->map(system->ctx, NULL, (size_t)machine->layout.memory[target].size,
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | flags, fd, 0);

	return bytes == MAP_FAILED ? NULL : bytes;
}

/* The bytes of one cache, shared with the children of the process as the memories are. */
static int make_bytes(struct quire_linux *machine, unsigned target)
{
	struct quire_linux_view *view = &machine->view[target];
	const struct quire_linux_system *system = &machine->system;
	char name[64];

	snprintf(name, sizeof(name), "quire %s cache of %s", machine->chip->name,
		 machine->layout.memory[target].name);
	view->fd = system->memfd(system->ctx, name);
	if (view->fd < 0 ||
	    system->resize(system->ctx, view->fd, (off_t)machine->layout.memory[target].size) < 0)
		return -1;
	view->bytes = map_all(machine, target, 0, view->fd);
	if (view->bytes != NULL && target != QUIRE_FLASH0)
		view->clean = map_all(machine, target, MAP_ANONYMOUS, -1);
	return view->bytes == NULL || (target != QUIRE_FLASH0 && view->clean == NULL) ? -1 : 0;
}

static int make_cache(struct quire_linux *machine, unsigned target, char *why)
{
	struct quire_linux_view *view = &machine->view[target];
	const struct quire_linux_system *system = &machine->system;
	const struct quire_memory *memory = &machine->layout.memory[target];
	size_t pages;

	if (machine->memory[target].fd < 0)
		return QUIRE_OK;
	view->shift = shift_of_memory(machine, target);
	pages = (size_t)(memory->size >> view->shift);
	view->page = system->allocate(system->ctx, pages * sizeof(*view->page));
	if (view->page == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "%s: no memory for the cache of %s",
				       machine->chip->name, memory->name);
	memset(view->page, 0, pages * sizeof(*view->page));
	if (make_bytes(machine, target) < 0)
		return quire_linux_why(why, QUIRE_EPORT, "%s: cannot make a cache of %s for %s: %s",
				       machine->chip->name, quire_linux_amount(memory->size).text,
				       memory->name, strerror(errno));
	return QUIRE_OK;
}

/* Whether this chip can have what the options ask for. */
static int check_options(const struct quire_linux *machine, char *why)
{
	const struct quire_linux_options *options = &machine->options;
	unsigned line = machine->chip->cache_line;

	if ((unsigned)options->cache > QUIRE_LINUX_CACHE_POISON)
		return quire_linux_why(why, QUIRE_EFLAG, "%s: there is no kind %u of cache",
				       machine->chip->name, (unsigned)options->cache);
	if (options->decrypt != NULL && options->cache == QUIRE_LINUX_CACHE_NONE)
		return quire_linux_why(why, QUIRE_EFLAG,
				       "%s: flash is decrypted into the cache, and there is none",
				       machine->chip->name);
	if (options->cache != QUIRE_LINUX_CACHE_NONE &&
	    (line == 0 || (line & (line - 1)) != 0 || (options->decrypt != NULL && line < CIPHER)))
		return quire_linux_why(why, QUIRE_EALIGN, "%s: there is no cache with lines of %u",
				       machine->chip->name, line);
	return QUIRE_OK;
}

int quire_linux_cache_open(struct quire_linux *machine, char *why)
{
	int result = check_options(machine, why);

	if (machine->options.cache == QUIRE_LINUX_CACHE_NONE)
		return result;
	while (1u << machine->line_shift < machine->chip->cache_line)
		machine->line_shift++;
	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES && result == QUIRE_OK; t++)
		result = make_cache(machine, t, why);
	return result;
}

void quire_linux_cache_close(struct quire_linux *machine)
{
	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES; t++) {
		struct quire_linux_view *view = &machine->view[t];
		size_t size = (size_t)machine->layout.memory[t].size;

		if (view->bytes != NULL)
			munmap(view->bytes, size);
		if (view->clean != NULL)
			munmap(view->clean, size);
		if (view->fd >= 0)
			close(view->fd);
		free(view->page);
	}
}
