/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shadows: a copy of the table for each space, and a switch that writes the difference.
 *
 * A switch goes over the entries once for each question: may they be shown (ask), what has to be written
 * back (save), what do they say (write), what has to be forgotten (forget).  Each pass finds its own
 * stretches, since what can be asked in one call, written in one and flushed in one are three things:
 *
 *   asked      entries that show consecutive pages alike, before if they go, afterwards if they stay
 *   saved      entries that go, and whose pages may be dirty
 *   written    those that show consecutive pages alike, or one and the same invalid entry
 *   forgotten  entries that differ, and were valid or are remembered even if they were not
 *
 * Entries that are alike in both end every stretch: nobody touches them, asks about them or flushes
 * them.
 */
#include "quire/shadow.h"
#include "lock.h"

/* A switch in one table: either may be NULL, which shows nothing. */
struct change {
	struct quire_shadow_table *table;
	const struct quire_shadow *from, *to;
};

static unsigned entries_of(const struct quire_mmu *mmu)
{
	return 1u << mmu->level[0].bits;
}

static quire_entry entry_in(const struct change *c, const struct quire_shadow *shadow, unsigned i)
{
	return shadow ? shadow->entry[i] : c->table->mmu->invalid;
}

static unsigned attr_in(const struct quire_shadow *shadow, unsigned i)
{
	return shadow ? shadow->attr[i] : 0;
}

/* What an entry shows, and with which attributes. */
static struct quire_decoded shown(const struct change *c, const struct quire_shadow *shadow,
				  unsigned i)
{
	const struct quire_mmu *mmu = c->table->mmu;
	struct quire_decoded out = {.kind = QUIRE_ENTRY_INVALID};

	mmu->format->decode(mmu, 0, entry_in(c, shadow, i), &out);
	out.attr = (uint8_t)attr_in(shadow, i);
	return out;
}

static bool is_leaf(const struct change *c, const struct quire_shadow *shadow, unsigned i)
{
	return shown(c, shadow, i).kind == QUIRE_ENTRY_LEAF;
}

static bool is_alike(const struct change *c, unsigned i)
{
	return entry_in(c, c->from, i) == entry_in(c, c->to, i) &&
	       attr_in(c->from, i) == attr_in(c->to, i);
}

/* Whether an entry shows what follows what the one before it shows, in the same way. */
static bool follows(const struct change *c, const struct quire_shadow *shadow, unsigned i)
{
	struct quire_decoded before = shown(c, shadow, i - 1), here = shown(c, shadow, i);

	return before.kind == QUIRE_ENTRY_LEAF && here.kind == QUIRE_ENTRY_LEAF &&
	       here.target == before.target && here.attr == before.attr &&
	       here.pa == before.pa + quire_mmu_page_size(c->table->mmu);
}

static quire_va walk_of(const struct change *c, unsigned i)
{
	return (quire_va)i << c->table->mmu->level[0].shift;
}

/* -- stretches -- */

/* Whether a pass has to do with an entry, and whether the entry continues the stretch before it. */
struct pass {
	bool (*wants)(const struct change *c, unsigned i);
	bool (*continues)(const struct change *c, unsigned i);
};

/* The next stretch of a pass from `*first` on; its length, and 0 at the end of the table. */
static unsigned stretch_next(const struct change *c, const struct pass *pass, unsigned *first)
{
	unsigned end = entries_of(c->table->mmu), i = *first;

	while (i < end && !pass->wants(c, i))
		i++;
	*first = i;
	if (i < end)
		i++;
	while (i < end && i > *first && pass->wants(c, i) && pass->continues(c, i))
		i++;
	return i - *first;
}

static bool always(const struct change *c, unsigned i)
{
	(void)c;
	(void)i;
	return true;
}

static bool differs(const struct change *c, unsigned i)
{
	return !is_alike(c, i);
}

/* An entry that shows something now, or did, and another thing or nothing is shown then. */
static bool must_ask(const struct change *c, unsigned i)
{
	return differs(c, i) && (is_leaf(c, c->to, i) || is_leaf(c, c->from, i));
}

static bool asked_together(const struct change *c, unsigned i)
{
	if (is_leaf(c, c->to, i) || is_leaf(c, c->to, i - 1))
		return follows(c, c->to, i);
	return follows(c, c->from, i);
}

/* By how much the entry of the page after this one differs from this one's. */
static quire_entry step_after(const struct change *c, unsigned i)
{
	const struct quire_mmu *mmu = c->table->mmu;
	struct quire_decoded d = shown(c, c->to, i);
	quire_pa next = d.pa + quire_mmu_page_size(mmu);

	return mmu->format->leaf(mmu, 0, d.target, next, d.attr) -
	       mmu->format->leaf(mmu, 0, d.target, d.pa, d.attr);
}

static bool written_together(const struct change *c, unsigned i)
{
	quire_entry step = (quire_entry)(entry_in(c, c->to, i) - entry_in(c, c->to, i - 1));

	if (is_leaf(c, c->to, i) || is_leaf(c, c->to, i - 1))
		return follows(c, c->to, i) && step == step_after(c, i - 1);
	return step == 0;
}

/* Whether a program can leave data in the cache that memory does not have. */
static bool may_dirty(unsigned attr)
{
	return (attr & (QUIRE_WRITE | QUIRE_CACHE_MASK)) == (QUIRE_WRITE | QUIRE_CACHE_WB);
}

/* An entry through which something may be dirty, and that nobody would look at for it. */
static bool must_save(const struct change *c, unsigned i)
{
	bool stays =
		entry_in(c, c->from, i) == entry_in(c, c->to, i) && may_dirty(attr_in(c->to, i));

	return may_dirty(attr_in(c->from, i)) && !stays;
}

static bool was_valid(const struct change *c, unsigned i)
{
	return differs(c, i) && is_leaf(c, c->from, i);
}

/* An entry that the hardware may remember otherwise. */
static bool must_forget(const struct change *c, unsigned i)
{
	return differs(c, i) &&
	       (is_leaf(c, c->from, i) || (c->table->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP) != 0);
}

static const struct pass asking = {must_ask, asked_together};
static const struct pass saving = {must_save, always};
static const struct pass breaking = {was_valid, always};
static const struct pass writing = {differs, written_together};
static const struct pass forgetting = {must_forget, always};

/* -- a switch -- */

/* Ask about all stretches.  The port's result. */
static int ask(const struct change *c)
{
	const struct quire_shadow_table *t = c->table;
	unsigned count, i;
	int err = QUIRE_OK;

	if (!t->port->prepare)
		return QUIRE_OK;
	for (i = 0; !err && (count = stretch_next(c, &asking, &i)) != 0; i += count) {
		bool stays = is_leaf(c, c->to, i);
		struct quire_decoded what = shown(c, stays ? c->to : c->from, i);
		struct quire_change change = {
			.kind = stays ? QUIRE_CHANGE_MAP : QUIRE_CHANGE_UNMAP,
			.walk = walk_of(c, i),
			.size = walk_of(c, count),
			.pa = what.pa,
			.target = what.target,
			.attr = what.attr,
		};

		err = t->port->prepare(t->port_ctx, &change);
	}
	return err;
}

static void save(const struct change *c)
{
	struct quire_shadow_table *t = c->table;
	unsigned count, i;

	if (!(t->mmu->flags & QUIRE_MMU_WRITE_BACK_FIRST) || !t->port->sync)
		return;
	for (i = 0; (count = stretch_next(c, &saving, &i)) != 0; i += count) {
		t->port->sync(t->port_ctx, walk_of(c, i), walk_of(c, count), QUIRE_SYNC_WRITE_BACK);
		t->syncs++;
	}
}

static void put(struct quire_shadow_table *t, unsigned i, quire_entry first, unsigned count,
		quire_entry step)
{
	t->port->write(t->port_ctx, t->root, i, first, count, step);
	t->entries += count;
	t->runs++;
}

/* Whether all entries of a stretch were invalid. */
static bool all_fresh(const struct change *c, unsigned first, unsigned count)
{
	unsigned i = first;

	while (i < first + count && !is_leaf(c, c->from, i))
		i++;
	return i == first + count;
}

static void forget(const struct change *c, const struct pass *pass)
{
	struct quire_shadow_table *t = c->table;
	unsigned count, i;

	for (i = 0; (count = stretch_next(c, pass, &i)) != 0; i += count) {
		t->port->flush(t->port_ctx, walk_of(c, i), walk_of(c, count),
			       all_fresh(c, i, count) ? QUIRE_FLUSH_FRESH : 0u);
		t->flushes++;
	}
}

/* Make what differs invalid first, and forgotten. */
static void break_first(const struct change *c)
{
	unsigned count, i;

	for (i = 0; (count = stretch_next(c, &breaking, &i)) != 0; i += count)
		put(c->table, i, c->table->mmu->invalid, count, 0);
	forget(c, &breaking);
}

/* Returns how many entries differed. */
static uint32_t write(const struct change *c)
{
	uint32_t written = 0;
	unsigned count, i;

	for (i = 0; (count = stretch_next(c, &writing, &i)) != 0; i += count) {
		quire_entry first = entry_in(c, c->to, i);

		put(c->table, i, first, count, count > 1 ? entry_in(c, c->to, i + 1) - first : 0);
		written += count;
	}
	return written;
}

/* Make the change, which all have agreed to; returns how many entries differed. */
static uint32_t commit(const struct change *c)
{
	unsigned flags = c->table->mmu->flags;
	uint32_t written;

	if (flags & QUIRE_MMU_BREAK_BEFORE_MAKE)
		break_first(c);
	written = write(c);
	if (!(flags & QUIRE_MMU_BREAK_BEFORE_MAKE) || (flags & QUIRE_MMU_FLUSH_ON_MAP))
		forget(c, &forgetting);
	return written;
}

/* The n-th table's part of a switch: to the n-th shadow, or, without shadows, to nothing. */
static struct change change_at(struct quire_shadow *to, struct quire_shadow_table *tables,
			       unsigned n)
{
	struct quire_shadow_table *table = to ? to[n].table : &tables[n];

	return (struct change){table, table->seen, to ? &to[n] : NULL};
}

/* All tables of a machine: ask about all, save all, and then write. */
static int switch_all(struct quire_shadow *to, struct quire_shadow_table *tables, unsigned count,
		      uint32_t *written)
{
	struct change c;
	uint32_t sum = 0;
	int err = QUIRE_OK;

	for (unsigned n = 0; n < count && !err; n++) {
		c = change_at(to, tables, n);
		err = ask(&c);
	}
	for (unsigned n = 0; n < count && !err; n++) {
		c = change_at(to, tables, n);
		save(&c);
	}
	for (unsigned n = 0; n < count && !err; n++) {
		c = change_at(to, tables, n);
		sum += commit(&c);
		c.table->seen = to ? &to[n] : NULL;
	}
	if (!err && written)
		*written = sum;
	return err;
}

/* -- a space's port -- */

static int shadow_prepare(void *ctx, const struct quire_change *change)
{
	const struct quire_shadow *s = ctx;
	const struct quire_shadow_table *t = s->table;
	unsigned shift = t->mmu->level[0].shift;
	unsigned first = (unsigned)(change->walk >> shift),
		 count = (unsigned)(change->size >> shift);
	int err = QUIRE_OK;

	if (t->seen == s && t->port->prepare)
		err = t->port->prepare(t->port_ctx, change);
	if (err || change->kind == QUIRE_CHANGE_UNMAP)
		return err;
	for (unsigned i = first; i < first + count; i++)
		s->promised[i] = change->attr;
	return QUIRE_OK;
}

static quire_entry shadow_read(void *ctx, quire_pa table, unsigned index)
{
	const struct quire_shadow *s = ctx;

	(void)table;
	return s->entry[index];
}

static void shadow_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			 unsigned count, quire_entry step)
{
	const struct quire_shadow *s = ctx;
	const struct quire_shadow_table *t = s->table;

	(void)table;
	for (unsigned i = 0; i < count; i++) {
		struct quire_decoded what = {.kind = QUIRE_ENTRY_INVALID};

		s->entry[index + i] = (quire_entry)(first + step * i);
		t->mmu->format->decode(t->mmu, 0, s->entry[index + i], &what);
		s->attr[index + i] =
			what.kind == QUIRE_ENTRY_LEAF ? s->promised[index + i] : (uint8_t)0;
	}
	if (t->seen == s)
		t->port->write(t->port_ctx, t->root, index, first, count, step);
}

static void shadow_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	const struct quire_shadow *s = ctx;
	const struct quire_shadow_table *t = s->table;

	if (t->seen == s)
		t->port->flush(t->port_ctx, walk, size, what);
}

/* The end of the page that an address is in, or of the range if that comes first. */
static quire_va page_end(const struct quire_mmu *mmu, quire_va walk, quire_va last)
{
	quire_va in_page = walk | (quire_mmu_page_size(mmu) - 1);

	return (in_page < last ? in_page : last) + 1;
}

/* What a space that is not seen shows just as the one that is can be in the cache; the rest cannot. */
static void sync_common(const struct change *c, quire_va walk, quire_size size, unsigned how)
{
	const struct quire_shadow_table *t = c->table;
	quire_va last = walk + (size - 1), at = walk;
	quire_size left = size;

	while (left != 0) {
		unsigned i = (unsigned)(at >> t->mmu->level[0].shift);
		quire_size part = page_end(t->mmu, at, last) - at;

		if (is_leaf(c, c->from, i) && entry_in(c, c->from, i) == entry_in(c, c->to, i))
			t->port->sync(t->port_ctx, at, part, how);
		at += part;
		left -= part;
	}
}

static void shadow_sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	const struct quire_shadow *s = ctx;
	struct quire_shadow_table *t = s->table;
	const struct change c = {t, t->seen, s};

	if (!t->port->sync)
		return;
	if (t->seen == s)
		t->port->sync(t->port_ctx, walk, size, how);
	else if (t->seen)
		sync_common(&c, walk, size, how);
}

const struct quire_port quire_shadow_port = {
	.prepare = shadow_prepare,
	.read = shadow_read,
	.write = shadow_write,
	.flush = shadow_flush,
	.sync = shadow_sync,
};

/* -- public -- */

size_t quire_shadow_memory_size(const struct quire_mmu *mmu)
{
	return mmu ? entries_of(mmu) * (sizeof(quire_entry) + 2) : 0;
}

int quire_shadow_table_init(struct quire_shadow_table *table, const struct quire_mmu *mmu,
			    const struct quire_port *port, void *port_ctx, quire_pa root,
			    const struct quire_lock *lock)
{
	if (!table || !mmu || !port)
		return QUIRE_ENULL;
	if (mmu->levels != 1)
		return QUIRE_EFLAG;
	*table = (struct quire_shadow_table){
		.mmu = mmu, .port = port, .port_ctx = port_ctx, .root = root};
	if (lock)
		table->lock = *lock;
	return QUIRE_OK;
}

int quire_shadow_init(struct quire_shadow *shadow, struct quire_shadow_table *table, void *memory)
{
	unsigned count;

	if (!shadow || !table || !memory)
		return QUIRE_ENULL;
	count = entries_of(table->mmu);
	shadow->table = table;
	shadow->entry = memory;
	shadow->attr = (uint8_t *)(shadow->entry + count);
	shadow->promised = shadow->attr + count;
	for (unsigned i = 0; i < count; i++) {
		shadow->entry[i] = table->mmu->invalid;
		shadow->attr[i] = shadow->promised[i] = 0;
	}
	return QUIRE_OK;
}

/* Whether a shadow's table is that of one before it. */
static bool table_twice(const struct quire_shadow *to, unsigned count)
{
	for (unsigned n = 1; n < count; n++)
		for (unsigned i = 0; i < n; i++)
			if (to[i].table == to[n].table)
				return true;
	return false;
}

int quire_shadow_switch(struct quire_shadow *to, unsigned count, uint32_t *written)
{
	int err;

	if (!to)
		return QUIRE_ENULL;
	if (count == 0 || table_twice(to, count))
		return QUIRE_EFLAG;
	err = lock_enter(&to->table->lock);
	return err ? err : lock_leave(&to->table->lock, switch_all(to, NULL, count, written));
}

int quire_shadow_hide(struct quire_shadow_table *tables, unsigned count, uint32_t *written)
{
	int err;

	if (!tables)
		return QUIRE_ENULL;
	if (count == 0)
		return QUIRE_EFLAG;
	err = lock_enter(&tables->lock);
	return err ? err : lock_leave(&tables->lock, switch_all(NULL, tables, count, written));
}
