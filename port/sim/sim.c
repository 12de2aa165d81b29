/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The software MMU.
 *
 * One idea carries the TLB: it caches *entries*, each with the place it was read from, whatever its
 * kind.  A leaf answers an access, an invalid entry refuses one, a table shortens the next walk.
 * What is stale is then a plain question: would a walk of now find the same entry in the same
 * place?
 *
 * The format's decode() is the only thing shared with the walker: it is the machine's definition.
 */
#include "quire/port/sim.h"

#include <string.h>

#include "quire/error.h"

/* -- memory --------------------------------------------------------------------------------------
 */

/* The bytes of an entry, or NULL if it is not in the memory. */
static unsigned char *place(const struct quire_sim_config *c, quire_pa table, unsigned index)
{
	quire_size offset = table - c->base + (quire_size)index * c->entry_bytes;

	if (table - c->base >= c->bytes || offset >= c->bytes || offset % c->entry_bytes != 0)
		return NULL;
	return (unsigned char *)c->memory + offset;
}

static quire_entry load(const struct quire_sim_config *c, const unsigned char *from)
{
	uint32_t word;
	quire_entry entry;

	if (c->entry_bytes == sizeof(entry)) {
		memcpy(&entry, from, sizeof(entry));
		return entry;
	}
	memcpy(&word, from, sizeof(word));
	return word;
}

static void store(const struct quire_sim_config *c, unsigned char *to, quire_entry entry)
{
	uint32_t word = (uint32_t)entry;

	if (c->entry_bytes == sizeof(entry))
		memcpy(to, &entry, sizeof(entry));
	else
		memcpy(to, &word, sizeof(word));
}

/* -- geometry ------------------------------------------------------------------------------------
 */

/* How often all that the tables can translate fits in a size, or comes before an address.  Two
   shifts: together they may be as wide as the type. */
static quire_size times_all(const struct quire_mmu *mmu, quire_size size)
{
	return size >> mmu->level[0].shift >> mmu->level[0].bits;
}

static quire_size covers(const struct quire_mmu *mmu, unsigned level)
{
	return (quire_size)1 << mmu->level[level].shift;
}

static unsigned index_at(const struct quire_mmu *mmu, unsigned level, quire_va walk)
{
	return (unsigned)(walk >> mmu->level[level].shift) & ((1u << mmu->level[level].bits) - 1u);
}

/* -- the hardware's walk -------------------------------------------------------------------------
 */

static bool read_step(const struct quire_sim *sim, struct quire_sim_tlb *step)
{
	const struct quire_mmu *mmu = sim->config.mmu;
	const unsigned char *at;

	step->index = index_at(mmu, step->level, step->walk);
	at = place(&sim->config, step->table, step->index);
	if (!at)
		return false;
	step->entry = load(&sim->config, at);
	step->what = (struct quire_decoded){.kind = QUIRE_ENTRY_INVALID, .used = QUIRE_USED_MASK};
	mmu->format->decode(mmu, step->level, step->entry, &step->what);
	return true;
}

/* log2 of the bytes that an entry covers; with the others of its cluster, if it is one of one. */
static unsigned span_shift(const struct quire_mmu *mmu, const struct quire_sim_tlb *e)
{
	const struct quire_level *l = &mmu->level[e->level];

	return l->shift + (e->what.kind == QUIRE_ENTRY_LEAF && e->what.cluster ? l->cluster : 0u);
}

static quire_size span_of(const struct quire_mmu *mmu, const struct quire_sim_tlb *e)
{
	return (quire_size)1 << span_shift(mmu, e);
}

/* Where a leaf's first byte is, or its cluster's. */
static quire_pa span_base(const struct quire_mmu *mmu, const struct quire_sim_tlb *e)
{
	return e->what.pa & ~(quire_pa)(span_of(mmu, e) - 1);
}

/* Whether all entries of a cluster say the same of it. */
static bool cluster_agrees(const struct quire_sim *sim, const struct quire_sim_tlb *step)
{
	const struct quire_mmu *mmu = sim->config.mmu;
	unsigned count = 1u << mmu->level[step->level].cluster;
	struct quire_sim_tlb other = *step;

	for (unsigned i = 0; i < count; i++) {
		const unsigned char *at =
			place(&sim->config, step->table, (step->index & ~(count - 1u)) + i);

		if (!at)
			return false;
		mmu->format->decode(mmu, step->level, load(&sim->config, at), &other.what);
		if (other.what.kind != QUIRE_ENTRY_LEAF || !other.what.cluster ||
		    other.what.attr != step->what.attr || other.what.target != step->what.target ||
		    span_base(mmu, &other) != span_base(mmu, step))
			return false;
	}
	return count > 1;
}

/* Whether hardware could make sense of the entry where it stands. */
static bool well_formed(const struct quire_sim *sim, const struct quire_sim_tlb *step)
{
	const struct quire_mmu *mmu = sim->config.mmu;

	if (step->what.kind == QUIRE_ENTRY_TABLE)
		return step->level + 1u < mmu->levels;
	if (step->what.kind == QUIRE_ENTRY_LEAF)
		return mmu->level[step->level].leaf &&
		       (step->what.pa & (covers(mmu, step->level) - 1)) == 0 &&
		       (!step->what.cluster || cluster_agrees(sim, step));
	return true;
}

/* From the step's level down to the entry that decides, or to level `last`; false: malformed. */
static bool walk_down(const struct quire_sim *sim, struct quire_sim_tlb *step, unsigned last)
{
	while (read_step(sim, step)) {
		if (!well_formed(sim, step))
			return false;
		if (step->what.kind != QUIRE_ENTRY_TABLE || step->level == last)
			return true;
		step->table = step->what.pa;
		step->level++;
	}
	return false;
}

static struct quire_sim_tlb at_root(const struct quire_sim *sim, quire_va walk)
{
	return (struct quire_sim_tlb){.walk = walk, .table = sim->config.root, .used = true};
}

static bool beyond(const struct quire_sim *sim, quire_va walk)
{
	return times_all(sim->config.mmu, walk) != 0;
}

/* The marks that an access needs and a leaf lacks. */
static unsigned marks_missing(const struct quire_sim *sim, const struct quire_sim_tlb *step,
			      unsigned kind)
{
	unsigned needed = kind & QUIRE_WRITE ? QUIRE_ACCESSED | QUIRE_DIRTY : QUIRE_ACCESSED;

	if (sim->config.marks == QUIRE_SIM_MARKS_IGNORED || !sim->config.mmu->format->mark ||
	    step->what.kind != QUIRE_ENTRY_LEAF ||
	    !(kind & (QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC)))
		return 0;
	return needed & ~(unsigned)step->what.used;
}

/* Set the marks that an allowed access needs, in the table and in what is known of it. */
static void marks_set(struct quire_sim *sim, struct quire_sim_tlb *step, unsigned kind)
{
	const struct quire_mmu *mmu = sim->config.mmu;
	unsigned missing = marks_missing(sim, step, kind);
	unsigned char *at = place(&sim->config, step->table, step->index);

	if (!missing || !at || sim->config.marks != QUIRE_SIM_MARKS_SET ||
	    (kind & ~(unsigned)step->what.attr & QUIRE_ACCESS_MASK))
		return;
	step->what.used = (uint8_t)(step->what.used | missing);
	step->entry = mmu->format->mark(mmu, step->level, step->entry, step->what.used);
	store(&sim->config, at, step->entry);
	sim->counts.marked++;
}

/* What the entry that decides means for an access. */
static enum quire_sim_fault judge(const struct quire_sim *sim, const struct quire_sim_tlb *step,
				  quire_va walk, unsigned kind, quire_pa *pa, unsigned *target)
{
	if (step->what.kind == QUIRE_ENTRY_INVALID)
		return QUIRE_SIM_UNMAPPED;
	if (kind & ~(unsigned)step->what.attr & QUIRE_ACCESS_MASK)
		return QUIRE_SIM_FORBIDDEN;
	if (sim->config.marks == QUIRE_SIM_MARKS_FAULT && marks_missing(sim, step, kind))
		return QUIRE_SIM_UNMARKED;
	if (pa)
		*pa = span_base(sim->config.mmu, step) +
		      (walk & (span_of(sim->config.mmu, step) - 1));
	if (target)
		*target = step->what.target;
	return QUIRE_SIM_OK;
}

enum quire_sim_fault quire_sim_translate(const struct quire_sim *sim, quire_va walk, unsigned kind,
					 quire_pa *pa, unsigned *target)
{
	struct quire_sim_tlb step = at_root(sim, walk);

	if (beyond(sim, walk))
		return QUIRE_SIM_UNMAPPED;
	if (!walk_down(sim, &step, QUIRE_LEVELS_MAX))
		return QUIRE_SIM_MALFORMED;
	return judge(sim, &step, walk, kind, pa, target);
}

/* -- the TLB -------------------------------------------------------------------------------------
 */

static bool matches(const struct quire_sim *sim, const struct quire_sim_tlb *e, quire_va walk)
{
	unsigned shift = span_shift(sim->config.mmu, e);

	return e->used && e->walk >> shift == walk >> shift;
}

/* The cached entry that decides about an address; else the lowest cached table on its way; NULL. */
static struct quire_sim_tlb *cached(const struct quire_sim *sim, quire_va walk)
{
	struct quire_sim_tlb *best = NULL;

	for (unsigned i = 0; i < sim->config.tlb_entries; i++) {
		struct quire_sim_tlb *e = &sim->config.tlb[i];

		if (!matches(sim, e, walk))
			continue;
		if (e->what.kind != QUIRE_ENTRY_TABLE)
			return e;
		if (!best || e->level > best->level)
			best = e;
	}
	return best;
}

static void remember(struct quire_sim *sim, const struct quire_sim_tlb *step)
{
	const struct quire_mmu *mmu = sim->config.mmu;

	if (sim->config.tlb_entries == 0)
		return;
	if (step->what.kind == QUIRE_ENTRY_INVALID && !(mmu->flags & QUIRE_MMU_FLUSH_ON_MAP))
		return;
	if (step->what.kind == QUIRE_ENTRY_LEAF && sim->config.marks == QUIRE_SIM_MARKS_FAULT &&
	    !(step->what.used & QUIRE_ACCESSED))
		return;
	sim->config.tlb[sim->next] = *step;
	sim->next = (sim->next + 1) % sim->config.tlb_entries;
}

/* Walk one level at a time from where the TLB leaves off, remembering each entry. */
static bool walk_and_remember(struct quire_sim *sim, struct quire_sim_tlb *step, unsigned kind)
{
	sim->counts.walks++;
	while (walk_down(sim, step, step->level)) {
		sim->counts.walk_reads++;
		marks_set(sim, step, kind);
		remember(sim, step);
		if (step->what.kind != QUIRE_ENTRY_TABLE)
			return true;
		step->table = step->what.pa;
		step->level++;
	}
	return false;
}

enum quire_sim_fault quire_sim_access(struct quire_sim *sim, quire_va walk, unsigned kind,
				      quire_pa *pa, unsigned *target)
{
	struct quire_sim_tlb *found = cached(sim, walk);
	struct quire_sim_tlb step = at_root(sim, walk);

	if (beyond(sim, walk))
		return QUIRE_SIM_UNMAPPED;
	if (found && found->what.kind != QUIRE_ENTRY_TABLE) {
		sim->counts.hits++;
		marks_set(sim, found, kind);
		return judge(sim, found, walk, kind, pa, target);
	}
	if (found) {
		step.table = found->what.pa;
		step.level = (uint8_t)(found->level + 1);
	}
	if (!walk_and_remember(sim, &step, kind))
		return QUIRE_SIM_MALFORMED;
	return judge(sim, &step, walk, kind, pa, target);
}

/* Whether a walk of now ends in the same entry at the same level.  An invalid entry may also have
   gone with its table: what it said is still true if its addresses end in an invalid one. */
static bool fresh(const struct quire_sim *sim, const struct quire_sim_tlb *e)
{
	struct quire_sim_tlb now = at_root(sim, e->walk);

	if (!walk_down(sim, &now, e->level))
		return false;
	if (e->what.kind == QUIRE_ENTRY_INVALID)
		return now.what.kind == QUIRE_ENTRY_INVALID;
	return now.level == e->level && now.entry == e->entry;
}

unsigned quire_sim_stale(const struct quire_sim *sim, const struct quire_sim_tlb **first)
{
	const struct quire_sim_tlb *found = NULL;
	unsigned stale = 0;

	for (unsigned i = 0; i < sim->config.tlb_entries; i++) {
		const struct quire_sim_tlb *e = &sim->config.tlb[i];

		if (!e->used || fresh(sim, e))
			continue;
		found = found ? found : e;
		stale++;
	}
	if (first)
		*first = found;
	return stale;
}

/* -- the port ------------------------------------------------------------------------------------
 */

static void violated(struct quire_sim *sim, struct quire_sim_violation violation)
{
	if (sim->counts.violations++ == 0)
		sim->first = violation;
}

/* Validity is a matter of the entry alone in every format; its table's level is not known here. */
static bool is_valid(const struct quire_mmu *mmu, quire_entry entry)
{
	struct quire_decoded what = {.kind = QUIRE_ENTRY_INVALID};

	for (unsigned level = 0; level < mmu->levels && what.kind == QUIRE_ENTRY_INVALID; level++)
		mmu->format->decode(mmu, level, entry, &what);
	return what.kind != QUIRE_ENTRY_INVALID;
}

static bool in_tlb(const struct quire_sim *sim, quire_pa table, unsigned index)
{
	for (unsigned i = 0; i < sim->config.tlb_entries; i++) {
		const struct quire_sim_tlb *e = &sim->config.tlb[i];

		if (e->used && e->what.kind != QUIRE_ENTRY_INVALID && e->table == table &&
		    e->index == index)
			return true;
	}
	return false;
}

/* Whether two entries, at some level, are leaves that differ in nothing but access and marks. */
static bool differ_in_access(const struct quire_mmu *mmu, quire_entry a, quire_entry b)
{
	for (unsigned level = 0; level < mmu->levels; level++) {
		struct quire_decoded x = {.kind = QUIRE_ENTRY_INVALID}, y = x;

		mmu->format->decode(mmu, level, a, &x);
		mmu->format->decode(mmu, level, b, &y);
		if (mmu->level[level].leaf && x.kind == QUIRE_ENTRY_LEAF && y.kind == x.kind &&
		    x.pa == y.pa && x.target == y.target && x.cluster == y.cluster &&
		    ((x.attr ^ y.attr) & QUIRE_CACHE_MASK) == 0)
			return true;
	}
	return false;
}

/* Break before make: what a valid entry may replace is an invalid one that everybody knows of. */
static void watch(struct quire_sim *sim, struct quire_sim_violation change)
{
	const struct quire_mmu *mmu = sim->config.mmu;

	change.wrong = QUIRE_SIM_NOTHING;
	if (!(mmu->flags & QUIRE_MMU_BREAK_BEFORE_MAKE) || change.before == change.after ||
	    !is_valid(mmu, change.after) || differ_in_access(mmu, change.before, change.after))
		return;
	if (is_valid(mmu, change.before))
		change.wrong = QUIRE_SIM_NO_BREAK;
	else if (in_tlb(sim, change.table, change.index))
		change.wrong = QUIRE_SIM_NO_FLUSH;
	if (change.wrong != QUIRE_SIM_NOTHING)
		violated(sim, change);
}

static int sim_prepare(void *ctx, const struct quire_change *change)
{
	struct quire_sim *sim = ctx;

	sim->counts.prepares++;
	sim->change = *change;
	if (sim->fail_in == 0 || --sim->fail_in != 0)
		return QUIRE_OK;
	return sim->fail_with;
}

static quire_entry sim_read(void *ctx, quire_pa table, unsigned index)
{
	struct quire_sim *sim = ctx;
	const unsigned char *at = place(&sim->config, table, index);

	sim->counts.reads++;
	if (at)
		return load(&sim->config, at);
	violated(sim, (struct quire_sim_violation){QUIRE_SIM_WILD, table, index, 0, 0});
	return sim->config.mmu->invalid;
}

static void write_one(struct quire_sim *sim, quire_pa table, unsigned index, quire_entry entry)
{
	struct quire_sim_violation change = {QUIRE_SIM_WILD, table, index, 0, entry};
	unsigned char *at = place(&sim->config, table, index);

	if (!at) {
		violated(sim, change);
		return;
	}
	change.before = load(&sim->config, at);
	store(&sim->config, at, entry);
	change.after = load(&sim->config, at); /* which may be narrower than `entry` */
	watch(sim, change);
}

static void sim_write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		      quire_entry step)
{
	struct quire_sim *sim = ctx;

	sim->counts.runs++;
	sim->counts.entries += count;
	for (unsigned i = 0; i < count; i++)
		write_one(sim, table, index + i, first + step * i);
}

static void count_flush(struct quire_sim *sim, quire_size size)
{
	const struct quire_mmu *mmu = sim->config.mmu;

	if (times_all(mmu, size) != 0)
		sim->counts.flush_all++;
	else if (size > covers(mmu, mmu->levels - 1u))
		sim->counts.flush_range++;
	else
		sim->counts.flush_page++;
}

/* Whether a flush that says `what` is about an entry: one that says nothing of tables forgets leaves, if
   leaves or nothing is what stands in their place. */
static bool flush_means(const struct quire_sim *sim, const struct quire_sim_tlb *e, unsigned what)
{
	const struct quire_mmu *mmu = sim->config.mmu;
	const unsigned char *at = place(&sim->config, e->table, e->index);
	struct quire_decoded now = {.kind = QUIRE_ENTRY_INVALID};

	if ((what & QUIRE_FLUSH_FRESH) && e->what.kind != QUIRE_ENTRY_INVALID)
		return false;
	if (what & QUIRE_FLUSH_TABLES)
		return true;
	if (at)
		mmu->format->decode(mmu, e->level, load(&sim->config, at), &now);
	return e->what.kind != QUIRE_ENTRY_TABLE && now.kind != QUIRE_ENTRY_TABLE;
}

/* Forget what covers an address of the range, tables on the way to it if they are meant. */
static void sim_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	struct quire_sim *sim = ctx;

	count_flush(sim, size);
	for (unsigned i = 0; i < sim->config.tlb_entries; i++) {
		struct quire_sim_tlb *e = &sim->config.tlb[i];
		quire_size span = span_of(sim->config.mmu, e);
		quire_va start = e->walk & ~(span - 1);

		if (e->used && (walk - start < span || start - walk < size) &&
		    flush_means(sim, e, what)) {
			e->used = false;
			sim->counts.flushed++;
		}
	}
}

const struct quire_port quire_sim_port = {
	.prepare = sim_prepare, .read = sim_read, .write = sim_write, .flush = sim_flush};

void quire_sim_fail_prepare(struct quire_sim *sim, uint32_t n, int error)
{
	sim->fail_in = n;
	sim->fail_with = error;
}

int quire_sim_init(struct quire_sim *sim, const struct quire_sim_config *c)
{
	if (!sim || !c || !c->mmu || !c->memory || (c->tlb_entries && !c->tlb))
		return QUIRE_ENULL;
	if ((c->entry_bytes != 4 && c->entry_bytes != sizeof(quire_entry)) ||
	    c->marks > QUIRE_SIM_MARKS_FAULT)
		return QUIRE_EFLAG;
	if ((c->base | c->root | c->bytes) % c->entry_bytes != 0)
		return QUIRE_EALIGN;
	if (!place(c, c->root, (1u << c->mmu->level[0].bits) - 1u))
		return QUIRE_EBEYOND;
	*sim = (struct quire_sim){.config = *c};
	for (quire_size at = 0; at < c->bytes; at += c->entry_bytes)
		store(c, (unsigned char *)c->memory + at, c->mmu->invalid);
	for (unsigned i = 0; i < c->tlb_entries; i++)
		c->tlb[i] = (struct quire_sim_tlb){.used = false};
	return QUIRE_OK;
}
