/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address spaces: what a space, a context and the kernel's tables are together.
 *
 * A switch happens under the contexts' lock from the number to the load, so that what the contexts
 * believe a CPU runs is what it has loaded, whenever anybody looks.  Destroying then is safe: once a
 * context has ended, its root is in no CPU, and its number will not be loaded again before everything
 * has been forgotten.  So the tables can be taken apart without a flush.
 */
#include "quire/address_space.h"

#include "context/private.h"
#include "space/private.h"

static unsigned root_shift(const struct quire_walker *w)
{
	return w->mmu->level[0].shift;
}

static struct quire_walker *kernel_walker(const struct quire_address_spaces *all)
{
	return all->kernel->walker;
}

/* -- the kernel's part -- */

static int range_check(const struct quire_walker *w, const struct quire_address_range *range)
{
	quire_va last = range->walk + (range->size - 1);

	if (range->size == 0)
		return QUIRE_EZERO;
	if ((range->walk | range->size) & (((quire_size)1 << root_shift(w)) - 1))
		return QUIRE_EALIGN;
	if (last < range->walk || last >> root_shift(w) >> w->mmu->level[0].bits != 0)
		return QUIRE_EBEYOND;
	return QUIRE_OK;
}

static int part_check(const struct quire_address_spaces *all)
{
	int err = quire_mmu_last_level(kernel_walker(all)->mmu) == 0 ? QUIRE_EFLAG : QUIRE_OK;

	for (unsigned i = 0; i < all->shared_count && !err; i++)
		err = range_check(kernel_walker(all), &all->shared[i]);
	return err;
}

/* How many of a range's root entries have no table yet. */
static uint32_t tables_missing(const struct quire_walker *w,
			       const struct quire_address_range *range)
{
	unsigned first = (unsigned)(range->walk >> root_shift(w));
	unsigned count = (unsigned)(range->size >> root_shift(w));
	uint32_t missing = 0;

	for (unsigned i = first; i < first + count; i++) {
		struct quire_decoded entry;

		w->mmu->format->decode(w->mmu, 0, w->port->read(w->port_ctx, w->root, i), &entry);
		missing += entry.kind != QUIRE_ENTRY_TABLE;
	}
	return missing;
}

/* Make them all, or none. */
static int part_keep(const struct quire_address_spaces *all)
{
	struct quire_walker *w = kernel_walker(all);
	uint32_t missing = 0;

	for (unsigned i = 0; i < all->shared_count; i++)
		missing += tables_missing(w, &all->shared[i]);
	if (missing > w->pool.free)
		return QUIRE_ETABLES;
	for (unsigned i = 0; i < all->shared_count; i++)
		quire_walk_keep_tables(w, all->shared[i].walk, all->shared[i].size);
	return QUIRE_OK;
}

int quire_address_spaces_init(struct quire_address_spaces *all)
{
	int err;

	if (!all || !all->contexts || !all->cpu || (all->kernel && !all->shared))
		return QUIRE_ENULL;
	if (!all->kernel)
		return QUIRE_OK;
	err = part_check(all);
	if (!err)
		err = lock_enter(&all->kernel->lock);
	return err ? err : lock_leave(&all->kernel->lock, part_keep(all));
}

static bool meets(const struct quire_window *w, const struct quire_address_range *range)
{
	return w->walk - range->walk < range->size || range->walk - w->walk < w->size;
}

/* Whether a window would have entries of the kernel's part. */
static bool reaches_kernel(const struct quire_address_spaces *all,
			   const struct quire_space_config *config)
{
	for (unsigned i = 0; i < config->window_count && i < QUIRE_WINDOWS_MAX; i++)
		for (unsigned n = 0; n < all->shared_count; n++)
			if (meets(&config->windows[i], &all->shared[n]))
				return true;
	return false;
}

/* -- create -- */

/* The space alone. */
static int make(struct quire_address_spaces *all, struct quire_address_space *out,
		const struct quire_space_config *config, const struct quire_walker *walker)
{
	struct quire_space_config mine = *config;

	out->walker = *walker;
	out->context = (struct quire_context){.root = walker->root};
	out->all = all;
	mine.walkers = &out->walker;
	mine.walker_count = 1;
	return quire_space_init(&out->space, &mine);
}

static int make_sharing(struct quire_address_spaces *all, struct quire_address_space *out,
			const struct quire_space_config *config, const struct quire_walker *walker)
{
	int err = make(all, out, config, walker);

	for (unsigned i = 0; i < all->shared_count && !err; i++)
		quire_walk_share_tables(kernel_walker(all), walker->root, all->shared[i].walk,
					all->shared[i].size);
	return err;
}

int quire_address_space_create(struct quire_address_spaces *all, struct quire_address_space *out,
			       const struct quire_space_config *config,
			       const struct quire_walker *walker)
{
	int err;

	if (!all || !out || !config || !config->windows || !walker || !walker->mmu || !walker->port)
		return QUIRE_ENULL;
	if (!all->kernel)
		return make(all, out, config, walker);
	if (walker->mmu != kernel_walker(all)->mmu)
		return QUIRE_EFLAG;
	if (reaches_kernel(all, config))
		return QUIRE_ETAKEN;
	err = lock_enter(&all->kernel->lock);
	return err ? err : lock_leave(&all->kernel->lock, make_sharing(all, out, config, walker));
}

/* -- switch -- */

int quire_address_space_switch(struct quire_address_space *to, unsigned cpu)
{
	struct quire_contexts *contexts = to ? to->all->contexts : NULL;
	struct quire_context_load load;
	int err = to ? lock_enter(&contexts->lock) : QUIRE_ENULL;

	if (err)
		return err;
	if (cpu >= contexts->cpus)
		return lock_leave(&contexts->lock, QUIRE_EFLAG);
	context_use(contexts, cpu, &to->context, &load);
	to->all->cpu->load(load.root, load.asid);
	if (load.flush)
		to->all->cpu->flush_asid(contexts->bits == 0 ? 0 : QUIRE_ASID_ALL);
	return lock_leave(&contexts->lock, QUIRE_OK);
}

int quire_address_space_leave(struct quire_address_spaces *all, unsigned cpu)
{
	int err = all ? lock_enter(&all->contexts->lock) : QUIRE_ENULL;

	if (err)
		return err;
	if (cpu >= all->contexts->cpus)
		return lock_leave(&all->contexts->lock, QUIRE_EFLAG);
	all->cpu->load(all->idle, 0);
	if (all->contexts->bits == 0) /* what ran had this number, too */
		all->cpu->flush_asid(0);
	all->contexts->cpu[cpu].running = NULL;
	return lock_leave(&all->contexts->lock, QUIRE_OK);
}

/* -- destroy -- */

/* The first mapping or reservation of a window from an extent on; false if there is no other. */
static bool whole_from(struct quire_space *s, unsigned window, quire_link node, struct whole *out)
{
	if (node == s->book[window].end)
		return false;
	whole_from_head(s, window, node, out);
	return true;
}

static quire_link first_in(struct quire_space *s, unsigned window)
{
	return book_at_or_behind(s, &s->book[window], 0);
}

static bool is_mapped(const struct quire_space *s, const struct whole *m)
{
	return extent_kind(extent_at(s, m->head)) == EXTENT_MAPPED;
}

static struct quire_run run_of_whole(const struct quire_space *s, const struct whole *m)
{
	return run_of(s, m->window, extent_at(s, m->head), m->start, m->pages, m->start);
}

/* Ask the port about all mappings; whoever has claims is to give them up first. */
static int ask_about_all(struct quire_space *s)
{
	struct whole m;
	int err = QUIRE_OK;

	for (unsigned i = 0; i < s->window_count; i++) {
		quire_link node = first_in(s, i);

		for (; !err && whole_from(s, i, node, &m); node = m.next) {
			struct quire_run run = run_of_whole(s, &m);

			if (is_mapped(s, &m))
				err = port_prepare(s, i, QUIRE_CHANGE_UNMAP, &run);
			else if (extent_kind(extent_at(s, m.head)) == EXTENT_CLAIMED)
				err = QUIRE_ECLAIMED;
		}
	}
	return err;
}

static void drop_all(struct quire_space *s)
{
	struct whole m;

	for (unsigned i = 0; i < s->window_count; i++) {
		while (whole_from(s, i, first_in(s, i), &m)) {
			struct quire_run run = run_of_whole(s, &m);

			if (is_mapped(s, &m)) {
				write_back(s, i, m.head, m.start, (quire_page)(m.start + m.pages));
				quire_walk_clear(s->walker, run.walk, run.size);
			}
			parts_drop(s, &m, m.head);
		}
	}
	s->generation++;
}

/* Make the root's entries for the kernel's part invalid again. */
static void unshare(struct quire_address_space *a)
{
	const struct quire_address_spaces *all = a->all;
	const struct quire_walker *w = &a->walker;
	unsigned shift = root_shift(w);

	for (unsigned i = 0; all->kernel && i < all->shared_count; i++)
		w->port->write(w->port_ctx, w->root, (unsigned)(all->shared[i].walk >> shift),
			       w->mmu->invalid, (unsigned)(all->shared[i].size >> shift), 0);
}

int quire_address_space_destroy(struct quire_address_space *address_space)
{
	struct quire_space *s;
	int err = address_space ? lock_enter(&address_space->space.lock) : QUIRE_ENULL;

	if (err)
		return err;
	s = &address_space->space;
	err = ask_about_all(s);
	if (!err)
		err = quire_context_end(address_space->all->contexts, &address_space->context);
	if (!err) {
		drop_all(s);
		unshare(address_space);
	}
	return lock_leave(&s->lock, err);
}
