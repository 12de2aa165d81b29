/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making one call twice and comparing.  Outputs are poisoned before the call, alike on both sides:
 * a verb that writes one although it failed, or forgets one although it did not, differs.
 */
#include "model/ops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const verb_names[OP_VERBS] = {
	"map",     "map_at", "reserve",     "reserve_at", "release",   "protect",      "move",
	"move_at", "resize", "unmap",       "unmap_part", "switch",    "hide",         "tag",
	"compact", "query",  "to_physical", "aliases",    "find_caps", "largest_free", "sync",
};

static char sentence[256];

/* All that a verb can give back. */
struct answer {
	int result;
	struct quire_got got;
	quire_va va;
	quire_pa pa;
	quire_size size;
	unsigned number;
	uint32_t count;
	struct quire_extent_info info;
	quire_va alias[64];
	unsigned walker; /* that was told to sync */
	struct hardware_sync sync;
};

static void poison(struct answer *a)
{
	memset(a, 0xa5, sizeof(*a));
}

/* The moves that compact proposed, to be the same on both sides. */
struct asked {
	uint32_t count;
	uint64_t sum;
	unsigned refuse;
};

static int ask(void *ctx, const struct quire_move *move)
{
	struct asked *asked = ctx;

	asked->count++;
	asked->sum = asked->sum * 31 + move->from;
	asked->sum = asked->sum * 31 + move->to;
	asked->sum = asked->sum * 31 + move->size + move->tag;
	return (move->tag & 3u) == asked->refuse;
}

static void aliases(struct quire_space *s, const struct op *op, struct answer *a)
{
	struct quire_alias_cursor cursor = {0};
	int result = 0;

	a->count = 0;
	while (a->count < 64 && result == 0) {
		result = quire_space_to_virtual(s, op->want.target, op->want.pa, &cursor,
						&a->alias[a->count]);
		a->count += result == 0;
	}
	a->result = a->count != 0 && result == QUIRE_EUNMAPPED ? 0 : result;
}

static void look_on_space(struct quire_space *s, const struct op *op, struct answer *a)
{
	const struct quire_want *w = &op->want;

	switch (op->verb) {
	case OP_QUERY:
		a->result = quire_space_query(s, op->va, &a->info);
		break;
	case OP_TO_PHYSICAL:
		a->result = quire_space_to_physical(s, op->va, &a->pa, &a->number);
		break;
	case OP_ALIASES:
		aliases(s, op, a);
		break;
	case OP_FIND_CAPS:
		a->result = quire_space_find_caps(s, w->target, w->pa, &a->number);
		break;
	case OP_SYNC:
		a->result = quire_space_sync(s, op->va, w->size, w->flags);
		break;
	default:
		a->result = quire_space_largest_free(s, w->target, w->attr, w->caps, &a->size);
		break;
	}
}

static void on_space(struct quire_space *s, const struct op *op, struct answer *a,
		     struct asked *asked)
{
	const struct quire_want *w = &op->want;

	switch (op->verb) {
	case OP_MAP:
		a->result = quire_space_map(s, w, &a->got);
		break;
	case OP_MAP_AT:
		a->result = quire_space_map_at(s, op->va, w, &a->got);
		break;
	case OP_RESERVE:
		a->result = quire_space_reserve(s, w, &a->va);
		break;
	case OP_RESERVE_AT:
		a->result = quire_space_reserve_at(s, op->va, w->size, w->tag);
		break;
	case OP_RELEASE:
		a->result = quire_space_release(s, op->va);
		break;
	case OP_PROTECT:
		a->result = quire_space_protect(s, op->va, w->size, w->attr, w->flags);
		break;
	case OP_MOVE:
		a->result = quire_space_move(s, op->va, w->align, &a->va);
		break;
	case OP_MOVE_AT:
		a->result = quire_space_move_at(s, op->va, op->to);
		break;
	case OP_RESIZE:
		a->result = quire_space_resize(s, op->va, w->size);
		break;
	case OP_UNMAP:
		a->result = quire_space_unmap(s, op->va);
		break;
	case OP_UNMAP_PART:
		a->result = quire_space_unmap_part(s, op->va, w->size);
		break;
	case OP_SWITCH:
		a->result = quire_space_switch(s, op->va, w);
		break;
	case OP_HIDE:
		a->result = quire_space_switch(s, op->va, NULL);
		break;
	case OP_TAG:
		a->result = quire_space_tag(s, op->va, w->tag);
		break;
	case OP_COMPACT:
		a->result = quire_space_compact(s, op->va, ask, asked, &a->count);
		break;
	default:
		look_on_space(s, op, a);
		break;
	}
}

static void model_aliases_of(struct model *m, const struct op *op, struct answer *a)
{
	a->result = model_aliases(m, op->want.target, op->want.pa, a->alias, 64);
	a->count = a->result > 0 ? (uint32_t)a->result : 0;
	if (a->result >= 0)
		a->result = a->result == 0 ? QUIRE_EUNMAPPED : 0;
}

static void model_sync_of(struct model *m, const struct op *op, struct answer *a)
{
	a->result = model_sync(m, op->va, op->want.size, op->want.flags, &a->walker, &a->sync.walk);
	if (a->result == 0) {
		a->sync.size = op->want.size;
		a->sync.how = op->want.flags;
		a->count = 1;
	}
}

static void look_on_model(struct model *m, const struct op *op, struct answer *a)
{
	const struct quire_want *w = &op->want;

	switch (op->verb) {
	case OP_QUERY:
		a->result = model_query(m, op->va, &a->info);
		break;
	case OP_TO_PHYSICAL:
		a->result = model_to_physical(m, op->va, &a->pa, &a->number);
		break;
	case OP_ALIASES:
		model_aliases_of(m, op, a);
		break;
	case OP_FIND_CAPS:
		a->result = model_find_caps(m, w->target, w->pa, &a->number);
		break;
	case OP_SYNC:
		model_sync_of(m, op, a);
		break;
	default:
		a->result = model_largest_free(m, w->target, w->attr, w->caps, &a->size);
		break;
	}
}

static void on_model(struct model *m, const struct op *op, struct answer *a, struct asked *asked)
{
	const struct quire_want *w = &op->want;

	switch (op->verb) {
	case OP_MAP:
		a->result = model_map(m, w, &a->got);
		break;
	case OP_MAP_AT:
		a->result = model_map_at(m, op->va, w, &a->got);
		break;
	case OP_RESERVE:
		a->result = model_reserve(m, w, &a->va);
		break;
	case OP_RESERVE_AT:
		a->result = model_reserve_at(m, op->va, w->size, w->tag);
		break;
	case OP_RELEASE:
		a->result = model_release(m, op->va);
		break;
	case OP_PROTECT:
		a->result = model_protect(m, op->va, w->size, w->attr, w->flags);
		break;
	case OP_MOVE:
		a->result = model_move(m, op->va, w->align, &a->va);
		break;
	case OP_MOVE_AT:
		a->result = model_move_at(m, op->va, op->to);
		break;
	case OP_RESIZE:
		a->result = model_resize(m, op->va, w->size);
		break;
	case OP_UNMAP:
		a->result = model_unmap(m, op->va);
		break;
	case OP_UNMAP_PART:
		a->result = model_unmap_part(m, op->va, w->size);
		break;
	case OP_SWITCH:
		a->result = model_switch(m, op->va, w);
		break;
	case OP_HIDE:
		a->result = model_switch(m, op->va, NULL);
		break;
	case OP_TAG:
		a->result = model_tag(m, op->va, w->tag);
		break;
	case OP_COMPACT:
		a->result = model_compact(m, op->va, ask, asked, &a->count);
		break;
	default:
		look_on_model(m, op, a);
		break;
	}
}

/* Make the call on the space, and listen to what the hardware is told to sync. */
static void on_rig(struct rig *rig, const struct op *op, struct answer *a, struct asked *asked)
{
	unsigned before[RIG_WALKERS], count = 0;

	for (unsigned n = 0; n < RIG_WALKERS; n++) {
		rig->hw[n].asked = op->verb == OP_SYNC;
		rig->hw[n].written = (struct page_set){0};
		before[n] = rig->hw[n].syncs;
	}
	on_space(&rig->space, op, a, asked);
	for (unsigned n = 0; n < RIG_WALKERS && op->verb == OP_SYNC; n++)
		if (rig->hw[n].syncs != before[n]) {
			a->walker = n;
			a->sync = rig->hw[n].sync;
			a->count = count += rig->hw[n].syncs - before[n];
		}
	rig->result = a->result;
}

/* Whether the pages that went in this call, and no others, were written back. */
static bool written_back(struct rig *rig)
{
	struct page_set left[RIG_WALKERS];

	for (unsigned n = 0; n < RIG_WALKERS; n++)
		left[n] = rig->hw[n].written;
	for (unsigned i = 0; i < rig->model.window_count; i++) {
		struct model_window *w = &rig->model.window[i];

		left[w->is.walker].count -= w->gone.count;
		left[w->is.walker].sum -= w->gone.sum;
		w->gone = (struct page_set){0};
	}
	for (unsigned n = 0; n < RIG_WALKERS; n++)
		if (left[n].count != 0 || left[n].sum != 0)
			return false;
	return true;
}

static bool same_sync(const struct answer *a, const struct answer *b)
{
	return a->walker == b->walker && a->sync.walk == b->sync.walk &&
	       a->sync.size == b->sync.size && a->sync.how == b->sync.how;
}

const char *op_alone(struct rig *rig, const struct op *op)
{
	struct answer is, be;
	struct asked asked = {.refuse = op->want.tag};

	poison(&is);
	poison(&be);
	on_rig(rig, op, &is, &asked);
	be.result = is.result;
	if (op->verb == OP_ALIASES || op->verb == OP_COMPACT)
		be.count = is.count;
	if (is.result < 0 && op->verb != OP_COMPACT && !written_back(rig))
		return "pages were written back for nothing";
	return memcmp(&is, &be, sizeof(is)) == 0 ? NULL : "an output was written";
}

const char *op_apply(struct rig *rig, const struct op *op)
{
	struct answer is, be;
	struct asked asked = {.refuse = op->want.tag}, model_asked = asked;
	const char *what = NULL;

	poison(&is);
	poison(&be);
	on_rig(rig, op, &is, &asked);
	if (rig->scarce && is.result == QUIRE_ETABLES)
		be.result = QUIRE_ETABLES;
	else
		on_model(&rig->model, op, &be, &model_asked);
	if (is.result != be.result)
		what = "result";
	else if (is.got.va != be.got.va || is.got.mapping != be.got.mapping || is.va != be.va)
		what = "address";
	else if (is.pa != be.pa || is.number != be.number)
		what = "physical address, target or capabilities";
	else if (is.size != be.size || is.count != be.count)
		what = "size or count";
	else if (asked.count != model_asked.count || asked.sum != model_asked.sum)
		what = "moves proposed";
	else if (op->verb == OP_ALIASES && memcmp(is.alias, be.alias, sizeof(is.alias)) != 0)
		what = "aliases";
	else if (op->verb == OP_QUERY && be.result == 0)
		what = rig_row_difference(&is.info, &be.info);
	else if (!same_sync(&is, &be))
		what = "sync";
	else if (!written_back(rig))
		what = "set of pages written back";
	if (what == NULL)
		return NULL;
	snprintf(sentence, sizeof(sentence),
		 "%s: another %s: result %s, model %s; 0x%llx, model 0x%llx", verb_names[op->verb],
		 what, quire_error_name(is.result), quire_error_name(be.result),
		 (unsigned long long)(op->verb <= OP_MAP_AT ? is.got.va : is.va),
		 (unsigned long long)(op->verb <= OP_MAP_AT ? be.got.va : be.va));
	return sentence;
}

void op_print(FILE *out, const struct op *op)
{
	const struct quire_want *w = &op->want;

	fprintf(out,
		"%-12s va=0x%" PRIx64 " to=0x%" PRIx64 " pa=0x%" PRIx64 " size=0x%" PRIx64
		" align=0x%" PRIx64 " target=%u attr=0x%x caps=0x%x flags=0x%x tag=%u\n",
		verb_names[op->verb], (uint64_t)op->va, (uint64_t)op->to, (uint64_t)w->pa,
		(uint64_t)w->size, (uint64_t)w->align, w->target, w->attr, w->caps, w->flags,
		w->tag);
}

/* Whether a sequence still ends in a difference; `used` counts what that cost. */
static bool differs(const struct rig_plan *plan, const struct op *ops, uint32_t count,
		    uint64_t *used)
{
	static struct rig rig;
	bool found = rig_open(&rig, plan) != 0;

	for (uint32_t i = 0; i < count && !found; i++, (*used)++)
		found = op_apply(&rig, &ops[i]) != NULL;
	if (!found)
		found = rig_verify(&rig) != NULL;
	rig_close(&rig);
	return found;
}

/* Leave out runs of operations, the long ones first, as long as a difference remains. */
static uint32_t shrink(const struct rig_plan *plan, struct op *ops, struct op *trial,
		       uint32_t count, uint64_t budget)
{
	uint64_t used = 0;

	for (uint32_t run = count / 2; run > 0; run /= 2)
		for (uint32_t at = 0; at + run <= count && used < budget;) {
			memcpy(trial, ops, at * sizeof(*ops));
			memcpy(trial + at, ops + at + run, (count - at - run) * sizeof(*ops));
			if (differs(plan, trial, count - run, &used)) {
				count -= run;
				memcpy(ops, trial, count * sizeof(*ops));
			} else {
				at += run;
			}
		}
	return count;
}

void ops_shrink_and_print(FILE *out, const struct rig_plan *plan, const struct op *ops,
			  uint32_t count, uint64_t budget)
{
	struct op *kept = malloc((count + 1) * sizeof(*kept));
	struct op *trial = malloc((count + 1) * sizeof(*trial));

	if (kept != NULL && trial != NULL) {
		memcpy(kept, ops, count * sizeof(*kept));
		count = shrink(plan, kept, trial, count, budget);
		fprintf(out, "%s: %u operations lead there:\n", plan->name, (unsigned)count);
		for (uint32_t i = 0; i < count && i < 200; i++)
			op_print(out, &kept[i]);
		if (count > 200)
			fprintf(out, "... and %u more\n", (unsigned)(count - 200));
	}
	free(kept);
	free(trial);
}
