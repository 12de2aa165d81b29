/* SPDX-License-Identifier: Apache-2.0 */
#include "shadow/rig.h"

#include <string.h>

#define TABLE 0x60000000u

unsigned rig_fail_in;

static void wrong(struct watch *w, const char *what)
{
	if (!w->wrong)
		w->wrong = what;
}

static unsigned first_of(const struct watch *w, quire_va walk)
{
	return (unsigned)(walk >> w->mmu->level[0].shift);
}

/* The entry behind a range. */
static unsigned end_of(const struct watch *w, quire_va walk, quire_size size)
{
	return first_of(w, walk + (size - 1)) + 1;
}

static bool dirties(unsigned attr)
{
	return (attr & QUIRE_WRITE) && (attr & QUIRE_CACHE_MASK) == QUIRE_CACHE_WB;
}

static bool valid(const struct watch *w, uint32_t entry)
{
	struct quire_decoded d;

	w->mmu->format->decode(w->mmu, 0, entry, &d);
	return d.kind == QUIRE_ENTRY_LEAF;
}

/* -- the port -- */

static int watch_prepare(void *ctx, const struct quire_change *change)
{
	struct watch *w = ctx;
	unsigned first = first_of(w, change->walk), end = end_of(w, change->walk, change->size);

	w->prepares++;
	if (rig_fail_in != 0 && --rig_fail_in == 0)
		return QUIRE_EPORT;
	for (unsigned i = first; i < end && change->kind != QUIRE_CHANGE_UNMAP; i++)
		w->promised[i] = change->attr;
	for (unsigned i = first; i < end && w->switching; i++)
		w->touched[i]++;
	if (w->switching && change->kind == QUIRE_CHANGE_UNMAP) {
		struct quire_decoded d;

		w->mmu->format->decode(w->mmu, 0, w->table[end - 1], &d);
		if (d.kind != QUIRE_ENTRY_LEAF || d.target != change->target ||
		    d.pa != change->pa + (change->size - ((quire_size)1 << w->mmu->level[0].shift)))
			wrong(w, "asked about another page than the one that goes");
	}
	return QUIRE_OK;
}

static quire_entry watch_read(void *ctx, quire_pa table, unsigned index)
{
	return quire_sim_port.read(&((struct watch *)ctx)->sim, table, index);
}

static void watch_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			unsigned count, quire_entry step)
{
	struct watch *w = ctx;
	uint32_t old[ENTRIES];

	memcpy(old, w->table, sizeof(old));
	quire_sim_port.write(&w->sim, table, index, first, count, step);
	w->writes++;
	w->entries += count;
	for (unsigned i = index; i < index + count; i++) {
		w->attr[i] = valid(w, w->table[i]) ? w->promised[i] : 0;
		if (w->dirty[i] && (w->table[i] != old[i] || !dirties(w->attr[i])) &&
		    (w->mmu->flags & QUIRE_MMU_WRITE_BACK_FIRST))
			wrong(w, "an entry went while its page was dirty");
		if (!dirties(w->attr[i]))
			w->dirty[i] = false;
		w->touched[i] += w->switching;
	}
}

static void watch_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	struct watch *w = ctx;

	quire_sim_port.flush(&w->sim, walk, size, what);
	w->flushes++;
	for (unsigned i = first_of(w, walk); i < end_of(w, walk, size) && w->switching; i++) {
		w->touched[i]++;
		if ((what & QUIRE_FLUSH_FRESH) && valid(w, w->before[i]))
			wrong(w, "said to be fresh, and was valid");
	}
}

static void watch_sync(void *ctx, quire_va walk, quire_size size, unsigned how)
{
	struct watch *w = ctx;

	w->syncs++;
	for (unsigned i = first_of(w, walk); i < end_of(w, walk, size); i++) {
		w->touched[i] += w->switching;
		if (w->switching && !dirties(w->attr[i]))
			wrong(w, "written back where nothing can be dirty");
		if (how & QUIRE_SYNC_WRITE_BACK)
			w->dirty[i] = false;
	}
}

static const struct quire_port watch_port = {
	.prepare = watch_prepare,
	.read = watch_read,
	.write = watch_write,
	.flush = watch_flush,
	.sync = watch_sync,
};

/* -- making it -- */

static int take(void *ctx)
{
	struct rig *r = ctx;

	if (++r->locks == r->fail_lock)
		return QUIRE_EAGAIN;
	return r->held++ == 0 ? QUIRE_OK : QUIRE_EPORT;
}

static void give(void *ctx)
{
	((struct rig *)ctx)->held--;
}

static void init_table(struct rig *r, unsigned n, const struct quire_lock *lock)
{
	struct watch *w = &r->watch[n];
	const struct quire_sim_config config = {.mmu = &r->layout.mmu[n],
						.memory = w->table,
						.base = TABLE,
						.bytes = sizeof(w->table),
						.root = TABLE,
						.entry_bytes = 4,
						.tlb = w->tlb,
						.tlb_entries = TLB};

	w->mmu = &r->layout.mmu[n];
	assert_int_equal(quire_sim_init(&w->sim, &config), QUIRE_OK);
	assert_int_equal(quire_shadow_table_init(&r->table[n], w->mmu, &watch_port, w, TABLE, lock),
			 QUIRE_OK);
	r->walker[0][n] = (struct quire_walker){
		.mmu = w->mmu, .port = &watch_port, .port_ctx = w, .root = TABLE};
	for (unsigned s = 1; s < SPACES; s++) {
		assert_true(quire_shadow_memory_size(w->mmu) <= sizeof(r->shadows[s][n]));
		assert_int_equal(
			quire_shadow_init(&r->shadow[s][n], &r->table[n], r->shadows[s][n]),
			QUIRE_OK);
		r->walker[s][n] = (struct quire_walker){.mmu = w->mmu,
							.port = &quire_shadow_port,
							.port_ctx = &r->shadow[s][n],
							.root = TABLE};
	}
}

struct quire_window rig_window(const struct rig *r, unsigned space, unsigned window)
{
	struct quire_window w = r->layout.window[window];
	quire_size page = (quire_size)1 << r->layout.mmu[w.walker].level[0].shift;
	quire_size kernel = w.size / 4 & ~(page - 1);

	if (space == 0) {
		w.size = kernel;
		return w;
	}
	w.base += kernel;
	w.exec_base += kernel;
	w.walk += kernel;
	w.size -= kernel;
	return w;
}

static void init_space(struct rig *r, unsigned s, const struct quire_lock *lock)
{
	struct quire_window window[QUIRE_WINDOWS_MAX];
	const struct quire_space_config config = {.windows = window,
						  .memories = r->layout.memory,
						  .walkers = r->walker[s],
						  .window_count = r->layout.window_count,
						  .memory_count = 2,
						  .walker_count = r->layout.walker_count,
						  .lock = *lock,
						  .memory = r->memory[s],
						  .memory_size = sizeof(r->memory[s])};

	for (unsigned i = 0; i < r->layout.window_count; i++)
		window[i] = rig_window(r, s, i);
	assert_int_equal(quire_space_init(&r->space[s], &config), QUIRE_OK);
}

void rig_init(struct rig *r, const struct quire_chip *chip, uint32_t page, unsigned flags)
{
	const struct quire_lock lock = {take, give, r};

	memset(r, 0, sizeof(*r));
	rig_fail_in = 0;
	assert_int_equal(quire_chip_layout(chip, page, &r->layout), QUIRE_OK);
	r->walkers = r->layout.walker_count;
	for (unsigned n = 0; n < r->walkers; n++) {
		r->layout.mmu[n].flags |= (uint8_t)flags;
		init_table(r, n, &lock);
	}
	for (unsigned s = 0; s < SPACES; s++)
		init_space(r, s, &lock);
}

/* -- watching a switch -- */

static void begin(struct watch *w)
{
	memcpy(w->before, w->table, sizeof(w->before));
	memcpy(w->attr_before, w->attr, sizeof(w->attr_before));
	memset(w->touched, 0, sizeof(w->touched));
	w->switching = true;
}

/* How many entries differ from what they were; nothing else has been touched. */
static uint32_t end(struct watch *w)
{
	uint32_t differ = 0;

	w->switching = false;
	for (unsigned i = 0; i < ENTRIES; i++) {
		if (w->table[i] != w->before[i] || w->attr[i] != w->attr_before[i])
			differ++;
		else if (w->touched[i] != 0)
			wrong(w, "an entry was touched that stays as it is");
	}
	return differ;
}

int rig_switch(struct rig *r, int space, uint32_t *written)
{
	uint32_t said = 77, differ = 0;
	int result;

	for (unsigned n = 0; n < r->walkers; n++)
		begin(&r->watch[n]);
	if (space)
		result = quire_shadow_switch(r->shadow[space], r->walkers, &said);
	else
		result = quire_shadow_hide(r->table, r->walkers, &said);
	for (unsigned n = 0; n < r->walkers; n++) {
		if (result != QUIRE_OK)
			memset(r->watch[n].touched, 0, sizeof(r->watch[n].touched));
		differ += end(&r->watch[n]);
	}
	assert_int_equal(said, result == QUIRE_OK ? differ : 77);
	if (result == QUIRE_OK)
		r->seen = space;
	else
		assert_int_equal(differ, 0);
	if (written)
		*written = differ;
	return result;
}

/* -- what is seen -- */

static void check_page(struct rig *r, struct quire_space *space, const struct quire_window *w,
		       quire_size at)
{
	struct watch *watch = &r->watch[w->walker];
	struct quire_extent_info info = {.kind = QUIRE_GAP};
	unsigned i = first_of(watch, w->walk + at), target = 99;
	quire_pa pa = 0;
	enum quire_sim_fault fault;

	if (space)
		assert_int_equal(quire_space_query(space, w->base + at, &info), QUIRE_OK);
	/* The first pages are where everything happens: those are remembered. */
	if (first_of(watch, at) < TLB / 8)
		fault = quire_sim_access(&watch->sim, w->walk + at, 0, &pa, &target);
	else
		fault = quire_sim_translate(&watch->sim, w->walk + at, 0, &pa, &target);
	if (info.kind != QUIRE_MAPPED || (info.attr & 7) == 0) {
		assert_int_equal(fault, QUIRE_SIM_UNMAPPED);
		assert_int_equal(watch->attr[i], 0);
		return;
	}
	assert_int_equal(fault, QUIRE_SIM_OK);
	assert_int_equal(target, info.target);
	assert_true(pa == info.pa + (w->base + at - info.va));
	assert_int_equal(watch->attr[i], info.attr);
}

void rig_check(struct rig *r)
{
	for (unsigned i = 0; i < 2 * r->layout.window_count; i++) {
		unsigned space = i % 2 ? (unsigned)r->seen : 0;
		struct quire_window w = rig_window(r, i % 2, i / 2);
		quire_size page = (quire_size)1 << r->layout.mmu[w.walker].level[0].shift;

		for (quire_size at = 0; at < w.size; at += page)
			check_page(r, i % 2 && space == 0 ? NULL : &r->space[space], &w, at);
	}
	for (unsigned n = 0; n < r->walkers; n++) {
		if (r->watch[n].wrong)
			fail_msg("%s", r->watch[n].wrong);
		assert_int_equal(quire_sim_stale(&r->watch[n].sim, NULL), 0);
		assert_int_equal(r->watch[n].sim.counts.violations, 0);
	}
	assert_int_equal(r->held, 0);
}

void rig_use(struct rig *r)
{
	for (unsigned n = 0; n < r->walkers; n++)
		for (unsigned i = 0; i < ENTRIES; i++)
			r->watch[n].dirty[i] = dirties(r->watch[n].attr[i]);
}
