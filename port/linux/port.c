/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that are mmap() calls.
 *
 * The table is an array of words, as the chip has it, and what the words say is made true at once:
 * a run of entries that show consecutive pages becomes one mmap() for each side of the window, an
 * invalid run one mmap() of nothing.  MAP_FIXED replaces what was there in one step, so another
 * thread that reads a page while it is shown again sees the old bytes or the new ones and never a
 * hole.  With a cache (cache.c), what is mapped is its copy of a page.
 *
 * The entries of these MMUs have no room for read and write, so the attributes that `prepare` is
 * told are kept for the `write` that follows.  They also are why `write` applies even an entry that
 * does not change: its protection may.
 */
#include "machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static quire_linux_shown load_shown(const struct quire_linux_mmu *mmu, uint32_t index)
{
	return atomic_load_explicit(&mmu->record[index].shown, memory_order_relaxed);
}

static void store_shown(struct quire_linux_mmu *mmu, uint32_t index, quire_linux_shown shown)
{
	atomic_store_explicit(&mmu->record[index].shown, shown, memory_order_release);
}

/* What an entry wants shown: 0 if it is invalid. */
static quire_linux_shown wanted(const struct quire_linux_mmu *mmu, uint32_t index)
{
	struct quire_decoded decoded = {0};

	mmu->mmu->format->decode(mmu->mmu, 0, mmu->table[index], &decoded);
	if (decoded.kind != QUIRE_ENTRY_LEAF)
		return 0;
	return QUIRE_LINUX_MAPPED |
	       (quire_linux_shown)mmu->promised[index] << QUIRE_LINUX_ATTR_SHIFT |
	       (quire_linux_shown)decoded.target << QUIRE_LINUX_TARGET_SHIFT | decoded.pa;
}

/* Whether the page after one that shows `before` continues it. */
static bool continues(const struct quire_linux_mmu *mmu, quire_linux_shown before,
		      quire_linux_shown after)
{
	quire_linux_shown page = (quire_linux_shown)1 << mmu->shift;

	return before == 0 ? after == 0 : before + page == after;
}

/* The window that an entry belongs to, NULL for entries that the chip has and no window uses. */
static const struct quire_window *window_of(const struct quire_linux_mmu *mmu, uint32_t index)
{
	quire_va walk = (quire_va)index << mmu->shift;
	const struct quire_chip_layout *layout = &mmu->machine->layout;

	for (unsigned w = 0; w < layout->window_count; w++)
		if (layout->window[w].walker == mmu->number && walk >= layout->window[w].walk &&
		    walk - layout->window[w].walk < layout->window[w].size)
			return &layout->window[w];
	return NULL;
}

/*
 * How many of entries [first, first + count) do not continue the one before them, and the same of
 * the entry behind: the kernel mappings of one side of the window that begin there.
 */
uint32_t quire_linux_boundaries(const struct quire_linux_mmu *mmu,
				const struct quire_window *window, uint32_t first, uint32_t count)
{
	uint32_t start = (uint32_t)(window->walk >> mmu->shift);
	uint32_t end = start + (uint32_t)(window->size >> mmu->shift);
	uint32_t found = 0;

	for (uint32_t i = first; i <= first + count; i++)
		if (i > start && i < end)
			found += !continues(mmu, load_shown(mmu, i - 1), load_shown(mmu, i));
	return found;
}

/* The host's protection for a page of one side.  Flash is never writable. */
static int protection(const struct quire_linux *machine, const struct quire_window *window,
		      unsigned side, quire_linux_shown shown)
{
	unsigned attr = quire_linux_shown_attr(shown);
	bool data = side == 0;
	bool fetch = side == quire_linux_sides(window) - 1;
	int result = PROT_NONE;

	if ((data && (attr & QUIRE_READ) != 0) ||
	    (fetch && (attr & (QUIRE_READ | QUIRE_EXEC)) != 0))
		result |= PROT_READ;
	if (data && (attr & QUIRE_WRITE) != 0 && quire_linux_shown_target(shown) != QUIRE_FLASH0)
		result |= PROT_WRITE;
	if (fetch && (attr & QUIRE_EXEC) != 0 && machine->options.executable)
		result |= PROT_EXEC;
	return result;
}

/* Make `size` bytes of one side show what `shown` says.  False and errno if mmap fails. */
static bool show_side(struct quire_linux *machine, const struct quire_window *window, unsigned side,
		      quire_va walk, size_t size, quire_linux_shown shown)
{
	uintptr_t va = (uintptr_t)(quire_linux_side(window, side) + (walk - window->walk));
	const struct quire_linux_system *system = &machine->system;
	int fd = quire_linux_cache_shown(machine, shown);

	if (shown == 0) {
		machine->counts.unmaps++;
		return system->map(system->ctx, (void *)va, size, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
				   0) != MAP_FAILED;
	}
	if (fd < 0) {
		errno = ENODEV;
		return false;
	}
	machine->counts.maps++;
	return system->map(system->ctx, (void *)va, size, protection(machine, window, side, shown),
			   MAP_SHARED | MAP_FIXED, fd,
			   (off_t)(quire_linux_shown_pa(shown) -
				   machine->layout.memory[quire_linux_shown_target(shown)].base)) !=
	       MAP_FAILED;
}

static bool show_sides(struct quire_linux *machine, const struct quire_window *window,
		       quire_va walk, size_t size, quire_linux_shown shown)
{
	bool done = true;

	if (!quire_linux_cache_fill(machine, shown, size))
		return false;
	for (unsigned s = 0; s < quire_linux_sides(window); s++)
		done &= show_side(machine, window, s, walk, size, shown);
	return done;
}

/*
 * A failed mmap() may have unmapped what it was to replace, or not.  Take such addresses back before
 * somebody else gets them; where nothing is missing this fails, as it should, and what is still
 * shown there is hidden.
 */
static void hide_lost(const struct quire_linux *machine, const struct quire_window *window,
		      quire_va walk, size_t size)
{
	for (unsigned s = 0; s < quire_linux_sides(window); s++) {
		uintptr_t va = (uintptr_t)(quire_linux_side(window, s) + (walk - window->walk));

		machine->system.map(
			machine->system.ctx, (void *)va, size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
		mprotect((void *)va, size, PROT_NONE);
	}
}

/* Page by page, what could not be done at once; pages that fail are lost until repair(). */
static void show_pages(struct quire_linux_mmu *mmu, const struct quire_window *window,
		       uint32_t first, uint32_t count)
{
	struct quire_linux *machine = mmu->machine;
	size_t page = (size_t)1 << mmu->shift;

	machine->counts.retries++;
	for (uint32_t i = first; i < first + count; i++) {
		quire_va walk = (quire_va)i << mmu->shift;
		quire_linux_shown shown = wanted(mmu, i);

		if (!show_sides(machine, window, walk, page, shown)) {
			machine->trouble_errno = errno;
			machine->trouble = true;
			machine->counts.failures++;
			hide_lost(machine, window, walk, page);
			shown |= QUIRE_LINUX_LOST;
		}
		store_shown(mmu, i, shown);
	}
}

/* Tell the cache: what the run is to show first, so that a page which stays shown stays in it. */
static void exchange(struct quire_linux_mmu *mmu, uint32_t first, uint32_t count,
		     quire_linux_shown shown)
{
	quire_size page = (quire_size)1 << mmu->shift;

	quire_linux_cache_enter(mmu->machine, shown, count * page);
	for (uint32_t i = first; i < first + count; i++)
		quire_linux_cache_leave(mmu->machine, load_shown(mmu, i), page);
}

/* One run that continues itself, inside one window. */
static void show_run(struct quire_linux_mmu *mmu, const struct quire_window *window, uint32_t first,
		     uint32_t count, quire_linux_shown shown)
{
	struct quire_linux *machine = mmu->machine;
	uint32_t before = quire_linux_boundaries(mmu, window, first, count);

	exchange(mmu, first, count, shown);
	if (show_sides(machine, window, (quire_va)first << mmu->shift, (size_t)count << mmu->shift,
		       shown))
		for (uint32_t i = 0; i < count; i++)
			store_shown(mmu, first + i,
				    shown == 0 ? 0 : shown + ((quire_linux_shown)i << mmu->shift));
	else
		show_pages(mmu, window, first, count);
	machine->counts.mappings += quire_linux_sides(window) *
				    (quire_linux_boundaries(mmu, window, first, count) - before);
}

/* Divide changed entries into runs, and show each. */
static void show_entries(struct quire_linux_mmu *mmu, uint32_t index, uint32_t count)
{
	uint32_t end = index + count;

	while (index < end) {
		const struct quire_window *window = window_of(mmu, index);
		quire_linux_shown shown = wanted(mmu, index), next = shown;
		uint32_t first = index++;

		while (index < end && window_of(mmu, index) == window &&
		       continues(mmu, next, wanted(mmu, index)))
			next = wanted(mmu, index++);
		if (window != NULL)
			show_run(mmu, window, first, index - first, shown);
	}
}

/* Note who changes the entries; before the pages change, so that a fault always finds its cause. */
static void sign_entries(struct quire_linux_mmu *mmu, uint32_t index, uint32_t count)
{
	struct quire_linux_who who;

	quire_linux_who_now(&who, ++mmu->machine->counts.changes);
	for (uint32_t i = index; i < index + count; i++)
		quire_linux_note_write(wanted(mmu, i) != 0 ? &mmu->record[i].mapper
							   : &mmu->record[i].unmapper,
				       &who);
}

static quire_entry port_read(void *ctx, quire_pa table, unsigned index)
{
	const struct quire_linux_mmu *mmu = ctx;

	(void)table;
	return mmu->table[index];
}

static void port_write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		       quire_entry step)
{
	struct quire_linux_mmu *mmu = ctx;

	(void)table;
	for (unsigned i = 0; i < count; i++)
		mmu->table[index + i] = (quire_entry)(first + i * step);
	sign_entries(mmu, index, count);
	show_entries(mmu, index, count);
}

/* Try the lost pages again.  True if none is left. */
static bool repair(struct quire_linux *machine)
{
	machine->trouble = false;
	for (unsigned w = 0; w < machine->layout.walker_count; w++)
		for (uint32_t i = 0; i < machine->mmu[w].entries; i++)
			if ((load_shown(&machine->mmu[w], i) & QUIRE_LINUX_LOST) != 0)
				show_entries(&machine->mmu[w], i, 1);
	return !machine->trouble;
}

/* The sentence about lost pages; false if there are none. */
static bool describe_trouble(const struct quire_linux *machine, char *why)
{
	uint32_t lost = 0;

	for (unsigned w = 0; w < machine->layout.walker_count; w++)
		for (uint32_t i = 0; i < machine->mmu[w].entries; i++)
			lost += (load_shown(&machine->mmu[w], i) & QUIRE_LINUX_LOST) != 0;
	if (why != NULL)
		*why = '\0';
	if (lost != 0)
		quire_linux_why(why, 0,
				"%s: mmap failed in the middle of a change and %u pages do not "
				"show what their entries say: %s",
				machine->chip->name, lost, strerror(machine->trouble_errno));
	return lost != 0;
}

/* The change after one that failed is refused, so that somebody hears of it. */
static int refuse_for_trouble(struct quire_linux *machine)
{
	describe_trouble(machine, machine->refusal);
	if (repair(machine))
		quire_linux_why(machine->refusal, 0,
				"%s: mmap failed in the middle of an earlier change (%s); all "
				"pages are right again now",
				machine->chip->name, strerror(machine->trouble_errno));
	return QUIRE_EPORT;
}

static int refuse_beyond(struct quire_linux *machine, const struct quire_change *change)
{
	const struct quire_memory *memory = &machine->layout.memory[change->target];

	return quire_linux_why(machine->refusal, QUIRE_EBEYOND,
			       "%s: %s at 0x%llx are asked for, and %s has %s", machine->chip->name,
			       quire_linux_amount(change->size).text,
			       (unsigned long long)change->pa, memory->name,
			       quire_linux_amount(memory->size).text);
}

/*
 * May the change be made?  An unmap always: it needs no memory, and the reserve of kernel mappings
 * is kept for it.
 */
static int port_prepare(void *ctx, const struct quire_change *change)
{
	struct quire_linux_mmu *mmu = ctx;
	struct quire_linux *machine = mmu->machine;
	const struct quire_memory *memory;
	uint32_t first = (uint32_t)(change->walk >> mmu->shift);
	int result;

	if (change->kind == QUIRE_CHANGE_UNMAP)
		return QUIRE_OK;
	if (machine->trouble)
		return refuse_for_trouble(machine);
	if (machine->cache_failed) {
		machine->cache_failed = false;
		return QUIRE_EPORT;
	}
	if (change->target >= QUIRE_LINUX_MEMORIES)
		return QUIRE_ETARGET;
	memory = &machine->layout.memory[change->target];
	if (change->pa < memory->base || change->pa - memory->base > memory->size ||
	    change->size > memory->size - (change->pa - memory->base))
		return refuse_beyond(machine, change);
	result = quire_linux_room(machine, 2 * QUIRE_LINUX_SIDES);
	if (result == QUIRE_OK)
		memset(mmu->promised + first, change->attr, (size_t)(change->size >> mmu->shift));
	return result;
}

/* Whole lines, page by page; what is not mapped is in no cache. */
static void port_sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	struct quire_linux_mmu *mmu = ctx;
	quire_va line = (quire_va)1 << mmu->machine->line_shift;
	quire_va page = (quire_va)1 << mmu->shift;
	quire_va end = (walk + size + line - 1) & ~(line - 1);
	quire_va start = walk & ~(line - 1);

	if (mmu->machine->options.cache == QUIRE_LINUX_CACHE_NONE)
		return;
	while (start < end) {
		quire_va stop = (start | (page - 1)) + 1 < end ? (start | (page - 1)) + 1 : end;
		quire_linux_shown shown = load_shown(mmu, (uint32_t)(start >> mmu->shift));

		quire_linux_cache_sync(mmu->machine, shown + (start & (page - 1)), stop - start,
				       how);
		start = stop;
	}
}

/* mmap() has told the processor already. */
static void port_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	(void)ctx;
	(void)walk;
	(void)size;
	(void)what;
}

const struct quire_port quire_linux_port = {
	.prepare = port_prepare,
	.read = port_read,
	.write = port_write,
	.flush = port_flush,
	.sync = port_sync,
};

static int make_mmu(struct quire_linux *machine, unsigned number, char *why)
{
	struct quire_linux_mmu *mmu = &machine->mmu[number];
	const struct quire_linux_system *system = &machine->system;

	mmu->machine = machine;
	mmu->number = (uint8_t)number;
	mmu->mmu = &machine->layout.mmu[number];
	mmu->shift = mmu->mmu->level[0].shift;
	mmu->entries = (uint32_t)1 << mmu->mmu->level[0].bits;
	mmu->table = system->allocate(system->ctx, mmu->entries * sizeof(*mmu->table));
	mmu->promised = system->allocate(system->ctx, mmu->entries);
	mmu->record = system->allocate(system->ctx, mmu->entries * sizeof(*mmu->record));
	if (mmu->table == NULL || mmu->promised == NULL || mmu->record == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "%s: no memory for the tables",
				       machine->chip->name);
	for (uint32_t i = 0; i < mmu->entries; i++)
		mmu->table[i] = mmu->mmu->invalid;
	memset(mmu->promised, QUIRE_READ, mmu->entries);
	memset(mmu->record, 0, mmu->entries * sizeof(*mmu->record));
	machine->walker[number] =
		(struct quire_walker){.mmu = mmu->mmu, .port = &quire_linux_port, .port_ctx = mmu};
	return QUIRE_OK;
}

int quire_linux_mmus_make(struct quire_linux *machine, char *why)
{
	int result = QUIRE_OK;

	for (unsigned w = 0; w < machine->layout.walker_count && result == QUIRE_OK; w++)
		result = make_mmu(machine, w, why);
	return result;
}

void quire_linux_mmus_free(struct quire_linux *machine)
{
	for (unsigned w = 0; w < machine->layout.walker_count; w++) {
		free(machine->mmu[w].table);
		free(machine->mmu[w].promised);
		free(machine->mmu[w].record);
	}
}

bool quire_linux_trouble(struct quire_linux *machine, char why[QUIRE_LINUX_TEXT])
{
	bool lost;

	if (machine == NULL)
		return false;
	pthread_mutex_lock(&machine->mutex);
	lost = describe_trouble(machine, why);
	pthread_mutex_unlock(&machine->mutex);
	return lost;
}

void quire_linux_refusal(struct quire_linux *machine, char why[QUIRE_LINUX_TEXT])
{
	if (machine == NULL || why == NULL)
		return;
	pthread_mutex_lock(&machine->mutex);
	memcpy(why, machine->refusal, sizeof(machine->refusal));
	pthread_mutex_unlock(&machine->mutex);
}

int quire_linux_counts(struct quire_linux *machine, struct quire_linux_counts *out)
{
	if (machine == NULL || out == NULL)
		return QUIRE_ENULL;
	pthread_mutex_lock(&machine->mutex);
	*out = machine->counts;
	pthread_mutex_unlock(&machine->mutex);
	return QUIRE_OK;
}
