/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: prove that book, tables and words tell one story.
 *
 * From the book: each page of each claim is in the tables, allows what the claim says, and is a frame
 * whose word names that very page; each guard is not.  From the words: each frame that is seen in this
 * space is what the tables show there.  A word names one page, so if both hold, and there are as many
 * such frames as pages, no frame is seen twice and none is lost.
 */
#include "vm/private.h"

/* A proof in progress: the first thing found wrong stops it. */
struct proof {
	struct quire_vm *vm;
	struct quire_space *s;
	const char *wrong;
	unsigned window;
	quire_pa behind; /* where the memory of others goes on in the next page */
	bool first;      /* of a claim's pages */
	uint32_t mappings, anonymous, lazy, physical, guards;
};

static void must(struct proof *p, bool holds, const char *otherwise)
{
	if (!holds && !p->wrong)
		p->wrong = otherwise;
}

/* Whether a leaf allows what it should, as far as this MMU's entries can say that. */
static bool allows(const struct proof *p, const struct quire_decoded *leaf, unsigned attr)
{
	const struct quire_mmu *mmu = walker_of(p->s, p->window)->mmu;
	unsigned level = quire_mmu_last_level(mmu);
	struct quire_decoded wanted;

	mmu->format->decode(mmu, level, mmu->format->leaf(mmu, level, leaf->target, leaf->pa, attr),
			    &wanted);
	return leaf->attr == wanted.attr;
}

/* A page that is a frame of its own, at this address. */
static void frame_must(struct proof *p, quire_pa pa, quire_va va)
{
	const struct quire_frames *frames = p->vm->config.frames;
	uint32_t frame = frame_of(frames, pa);

	must(p, frame != NO_FRAME, "a page is not a frame");
	if (p->wrong)
		return;
	must(p, frame_flags(frames, frame) & QUIRE_FRAME_MAPPED, "a page's frame is not in use");
	must(p, frame_va(frames, frame) == va, "a frame's word names another page");
	must(p, frame_owner(frames, frame) == p->vm->config.owner,
	     "a page's frame is somebody else's");
	p->anonymous++;
}

/* A page of memory of others: it goes on where the one before ended. */
static void physical_must(struct proof *p, quire_pa pa)
{
	must(p, p->first || pa == p->behind, "a page does not go on where the one before ends");
	p->behind = pa + vm_page(p->vm);
	p->first = false;
	p->physical++;
}

static void page_must(struct proof *p, const struct quire_extent *e, quire_page page)
{
	quire_va walk = walk_address(p->s, p->window, page);
	unsigned attr = extent_attr(e), claim = extent_claim(e);
	struct quire_decoded leaf;
	quire_pa pa;
	bool zeros;

	leaf_at(p->s, p->window, page, &leaf);
	must(p, leaf.kind == QUIRE_ENTRY_LEAF, "a page of a mapping is not in the tables");
	if (p->wrong)
		return;
	pa = leaf.pa + (walk & (((quire_size)1 << leaf.shift) - 1));
	zeros = (claim & CLAIM_LAZY) && vm_is_zero_page(p->vm, pa);
	must(p, allows(p, &leaf, zeros ? attr & ~(unsigned)QUIRE_WRITE : attr),
	     "a page does not allow what its mapping does");
	if (zeros)
		p->lazy++;
	else if (claim & CLAIM_ANONYMOUS)
		frame_must(p, pa, visible_address(p->s, p->window, page, 0));
	else
		physical_must(p, pa);
}

static void claim_must(struct proof *p, const struct quire_extent *e)
{
	struct quire_decoded leaf;

	p->first = p->first || !extent_is_part(e);
	p->mappings += !extent_is_part(e);
	for (quire_page page = e->start; page < extent_end(e) && !p->wrong; page++) {
		if (!claim_guards(e, page)) {
			page_must(p, e, page);
			continue;
		}
		leaf_at(p->s, p->window, page, &leaf);
		must(p, leaf.kind == QUIRE_ENTRY_INVALID, "a guard shows something");
		p->guards++;
	}
	if ((extent_claim(e) & CLAIM_KEEPS_ABOVE) && vm_shares_guards(p->vm) && !p->wrong) {
		const struct quire_book *b = &p->s->book[p->window];
		const struct quire_extent *next = extent_at(p->s, tree_behind(p->s, b, e->start));

		must(p,
		     extent_is_part(next) || extent_kind(next) == EXTENT_MAPPED ||
			     !is_shown(p->s, p->window, extent_end(e)),
		     "a mapping has lost the guard that it shares");
	}
}

static void window_must(struct proof *p)
{
	const struct quire_book *b = &p->s->book[p->window];
	quire_page page = 0;

	while (page < b->pages && !p->wrong) {
		quire_link node = tree_covering(p->s, b, page);
		const struct quire_extent *e;

		e = extent_at(p->s, node != NONE ? node : tree_behind(p->s, b, page));
		if (extent_kind(e) == EXTENT_CLAIMED)
			claim_must(p, e);
		page = extent_end(e);
	}
}

/* Every frame that is said to be seen in this space is; those at addresses of claims are counted. */
static uint32_t words_must(struct proof *p)
{
	const struct quire_frames *frames = p->vm->config.frames;
	uint32_t claimed = 0;

	for (uint32_t i = 0; i < frames->count && !p->wrong; i++) {
		struct quire_decoded leaf;
		struct place at;
		quire_link node;

		if (!(frame_flags(frames, i) & QUIRE_FRAME_MAPPED) ||
		    frame_owner(frames, i) != p->vm->config.owner ||
		    place_find(p->s, frame_va(frames, i), &at))
			continue;
		leaf_at(p->s, at.window, at.page, &leaf);
		must(p,
		     leaf.kind == QUIRE_ENTRY_LEAF &&
			     frame_pa(frames, i) - leaf.pa < (quire_size)1 << leaf.shift,
		     "a frame is not seen where its word says");
		node = tree_covering(p->s, &p->s->book[at.window], at.page);
		claimed += extent_kind(extent_at(p->s, node)) == EXTENT_CLAIMED;
	}
	return claimed;
}

static void counts_must(struct proof *p, uint32_t claimed)
{
	const struct quire_vm *vm = p->vm;
	const struct quire_frames *frames = vm->config.frames;

	must(p, p->mappings == vm->mappings, "the number of mappings");
	must(p, p->anonymous == vm->anonymous, "the count of pages with frames");
	must(p, p->lazy == vm->lazy, "the count of lazy pages");
	must(p, p->physical == vm->physical, "the count of pages of others");
	must(p, p->guards == vm->guards, "the count of guards");
	must(p, claimed == p->anonymous, "a frame is in use and not seen");
	must(p, vm->flying != 0 ? vm->promised + vm->flying >= vm->lazy : vm->promised == vm->lazy,
	     "promises are not what lazy pages need");
	must(p, frames->promised >= vm->promised, "frames promised are promised no more");
	must(p,
	     vm->zero_page.count == 0 ||
		     (frame_flags(frames, vm->zero_page.first) & QUIRE_FRAME_SHARED),
	     "the page of zeros is no more");
}

static int check(struct quire_vm *vm, const char **what)
{
	struct proof p = {.vm = vm, .s = vm->config.space};
	uint32_t searches = p.s->searches;

	for (; p.window < p.s->window_count && !p.wrong; p.window++)
		window_must(&p);
	if (!p.wrong)
		counts_must(&p, words_must(&p));
	p.s->searches = searches;
	if (p.wrong && what)
		*what = p.wrong;
	return p.wrong ? QUIRE_ECORRUPT : QUIRE_OK;
}

int quire_vm_check(struct quire_vm *vm, const char **what)
{
	int err = vm_enter(vm, true);

	if (err)
		return err;
	err = frames_enter(vm->config.frames, true);
	if (!err)
		err = frames_leave(vm->config.frames, check(vm, what));
	err = vm_leave(vm, err);
	if (!err)
		err = quire_space_check(vm->config.space, what);
	return err ? err : quire_frames_check(vm->config.frames, what);
}
