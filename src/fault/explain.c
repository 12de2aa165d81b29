/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an access met: the book says what is there and what is near, the table whether a mark is
 * missing.
 *
 * The neighbours of an address are found from gap to gap: each extent knows how much is free before it,
 * and what ends there is the one before.
 */
#include "fault/private.h"

/* -- neighbours -- */

/* The extent before another one; NONE if that is the first of its window. */
static quire_link before(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	const struct quire_extent *e = extent_at(s, node);
	quire_page end = (quire_page)(e->start - e->gap);

	return end == 0 ? NONE : tree_covering(s, b, (quire_page)(end - 1u));
}

/* Whether an extent is memory that may be meant: a mapping, or more of a claim than guards. */
static bool is_memory(const struct quire_extent *e)
{
	return extent_kind(e) == EXTENT_MAPPED ||
	       (extent_kind(e) == EXTENT_CLAIMED && claim_start(e) < claim_end(e));
}

static quire_link mapping_before(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	do
		node = before(s, b, node);
	while (node != NONE && !is_memory(extent_at(s, node)));
	return node;
}

/* The first mapping from an extent on; NONE. */
static quire_link mapping_from(struct quire_space *s, const struct quire_book *b, quire_link node)
{
	while (node != b->end && !is_memory(extent_at(s, node)))
		node = book_next(s, b, node);
	return node == b->end ? NONE : node;
}

/* Leave the guards out of what is said of a claim. */
static void leave_guards(quire_size page, struct quire_extent_info *info)
{
	if (info->guards & CLAIM_GUARD_BELOW) {
		info->va += page;
		info->exec_va += page;
		info->size -= page;
	}
	if (info->guards & CLAIM_GUARD_ABOVE)
		info->size -= page;
	info->guards = 0;
}

/* Keep a mapping on one side of the address, if it is nearer than what is kept; `base` is where its
   window is seen. */
static void near_keep(const struct quire_space *s, unsigned window, quire_va base, quire_link node,
		      quire_va va, struct quire_fault_near *out)
{
	struct quire_extent_info info;
	quire_size distance;
	quire_va first;

	if (node == NONE)
		return;
	extent_describe(s, window, node, &info);
	leave_guards(page_size(&s->book[window]), &info);
	first = base + (info.va - s->window[window].base);
	distance = first > va ? first - va : va - (first + info.size - 1);
	if (out->mapping.size == 0 || distance < out->distance)
		*out = (struct quire_fault_near){info, distance};
}

/*
 * What is near an address in its window: `node` covers it, or is the first behind it.  From a guard the
 * nearest is the claim that it is of.
 */
static void near_in(struct quire_space *s, unsigned window, quire_va base, quire_link node,
		    quire_page page, struct quire_fault *out)
{
	struct quire_book *b = &s->book[window];
	const struct quire_extent *e = extent_at(s, node);
	bool covers = e->start <= page, guard = extent_kind(e) == EXTENT_CLAIMED && covers;
	bool from_below = guard && is_memory(e) && page < claim_start(e);
	bool from_above = guard && is_memory(e) && page >= claim_end(e);
	quire_link above = covers && !from_below ? book_next(s, b, node) : node;

	near_keep(s, window, base, from_above ? node : mapping_before(s, b, node), out->raw.va,
		  &out->below);
	near_keep(s, window, base, mapping_from(s, b, above), out->raw.va, &out->above);
}

/* The same for a window that an address is not in. */
static void near_window(struct quire_space *s, unsigned window, quire_va base,
			struct quire_fault *out)
{
	struct quire_book *b = &s->book[window];
	quire_link first = book_at_or_behind(s, b, 0);

	if (base > out->raw.va)
		near_keep(s, window, base, mapping_from(s, b, first), out->raw.va, &out->above);
	else
		near_keep(s, window, base, mapping_before(s, b, b->end), out->raw.va, &out->below);
}

/* -- kinds -- */

/* What there is at a mapped place, for an access. */
enum found { FOUND_NOTHING, FOUND_UNMARKED, FOUND_LEAF };

static enum found look(struct quire_space *s, const struct place *at, unsigned access)
{
	struct quire_walker *w = walker_of(s, at->window);
	unsigned needed = fault_marks(access);
	struct quire_decoded leaf;

	leaf_at(s, at->window, at->page, &leaf);
	if (leaf.kind != QUIRE_ENTRY_LEAF)
		return FOUND_NOTHING;
	return w->mmu->format->mark && (leaf.used & needed) != needed ? FOUND_UNMARKED : FOUND_LEAF;
}

enum quire_fault_kind fault_judge(unsigned attr, const struct quire_fault_raw *raw)
{
	unsigned access = raw->access ? raw->access : QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC;

	if (!(attr & access))
		return QUIRE_FAULT_DENIED;
	return raw->user && !(attr & QUIRE_USER) ? QUIRE_FAULT_USER : QUIRE_FAULT_STALE;
}

bool fault_is_kernels(struct quire_space *s, const struct place *at, unsigned attr,
		      const struct quire_fault_raw *raw)
{
	if (raw->access != QUIRE_EXEC || raw->user || !(attr & QUIRE_USER))
		return false;
	if (raw->cause != QUIRE_CAUSE_DENIED && raw->cause != QUIRE_CAUSE_UNKNOWN)
		return false;
	if (walker_of(s, at->window)->mmu->flags & QUIRE_MMU_KERNEL_RUNS_USER)
		return false;
	return look(s, at, raw->access) == FOUND_LEAF;
}

/* A claim's page, which only the tables know. */
static int claimed_attr(struct quire_space *s, const struct place *at, const struct quire_extent *e,
			unsigned *attr)
{
	struct quire_decoded leaf;

	if (claim_guards(e, at->page))
		return QUIRE_ERESERVED;
	leaf_at(s, at->window, at->page, &leaf);
	if (leaf.kind != QUIRE_ENTRY_LEAF)
		return QUIRE_EUNMAPPED;
	*attr = leaf.attr;
	return QUIRE_OK;
}

int fault_attr(struct quire_space *s, const struct place *at, quire_link node, unsigned *attr)
{
	const struct quire_extent *e = extent_at(s, node);

	if (node == NONE)
		return QUIRE_EUNMAPPED;
	if (extent_kind(e) == EXTENT_CLAIMED)
		return claimed_attr(s, at, e, attr);
	if (extent_kind(e) != EXTENT_MAPPED)
		return QUIRE_ERESERVED;
	*attr = extent_attr(e);
	return QUIRE_OK;
}

/* `met` is what fault_attr() says of the place, `attr` what it allows. */
static enum quire_fault_kind kind_of(struct quire_space *s, const struct place *at,
				     const struct quire_fault *f, int met, unsigned attr)
{
	enum quire_fault_kind kind;

	if (fault_is_other(&f->raw))
		return QUIRE_FAULT_OTHER;
	if (met == QUIRE_EUNMAPPED)
		return QUIRE_FAULT_UNMAPPED;
	if (met == QUIRE_ERESERVED)
		return QUIRE_FAULT_GUARD;
	kind = fault_judge(attr, &f->raw);
	if (kind != QUIRE_FAULT_STALE)
		return kind;
	if (fault_is_kernels(s, at, attr, &f->raw))
		return QUIRE_FAULT_KERNEL;
	return look(s, at, f->raw.access) == FOUND_UNMARKED ? QUIRE_FAULT_MARK : QUIRE_FAULT_STALE;
}

/* -- the whole -- */

static void explain_foreign(struct quire_space *s, struct quire_fault *out)
{
	out->kind = fault_is_other(&out->raw) ? QUIRE_FAULT_OTHER : QUIRE_FAULT_FOREIGN;
	for (unsigned i = 0; i < s->window_count; i++) {
		near_window(s, i, s->window[i].base, out);
		near_window(s, i, s->window[i].exec_base, out);
	}
}

/* What stands at a page, as a row: of a claim either a guard or all the rest. */
static void describe_here(struct quire_space *s, unsigned window, quire_link node, quire_page page,
			  struct quire_extent_info *here)
{
	const struct quire_extent *e = extent_at(s, node);
	quire_size one = page_size(&s->book[window]);

	if (page < e->start) {
		gap_describe(s, window, node, here);
		return;
	}
	extent_describe(s, window, node, here);
	if (extent_kind(e) != EXTENT_CLAIMED)
		return;
	if (!claim_guards(e, page)) {
		leave_guards(one, here);
		return;
	}
	here->va = visible_address(s, window, page, 0);
	here->exec_va = visible_address(s, window, page, QUIRE_EXEC);
	here->size = one;
	here->guards = page < claim_start(e) ? CLAIM_GUARD_BELOW : CLAIM_GUARD_ABOVE;
}

static void explain_here(struct quire_space *s, const struct place *at, struct quire_fault *out)
{
	struct quire_book *b = &s->book[at->window];
	quire_link node = book_at_or_behind(s, b, at->page);
	unsigned attr = 0;
	bool covers = extent_at(s, node)->start <= at->page;
	int met = fault_attr(s, at, covers ? node : NONE, &attr);
	quire_size offset = ((quire_size)at->page << b->page_shift) + at->offset;

	describe_here(s, at->window, node, at->page, &out->here);
	out->into = offset - (out->here.va - s->window[at->window].base);
	out->allowed = attr & QUIRE_ACCESS_MASK;
	out->kind = kind_of(s, at, out, met, attr);
	near_in(s, at->window, out->raw.va - offset, node, at->page, out);
}

static int explain(struct quire_space *s, const struct quire_fault_raw *raw,
		   struct quire_fault *out)
{
	struct place at;

	if (raw->access != 0 && !fault_is_access(raw->access))
		return QUIRE_EFLAG;
	*out = (struct quire_fault){.raw = *raw};
	if (place_find(s, raw->va, &at) != QUIRE_OK)
		explain_foreign(s, out);
	else
		explain_here(s, &at, out);
	return QUIRE_OK;
}

int quire_fault_explain(struct quire_space *space, const struct quire_fault_raw *raw,
			struct quire_fault *out)
{
	int err = space_enter(space, raw && out);

	return err ? err : space_leave(space, explain(space, raw, out));
}
