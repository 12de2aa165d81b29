/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image in one call.
 *
 * Everything that could go wrong is looked at before anything is done, under one lock: every part and
 * guard against the book and against those before it, then descriptors and tables for all of them
 * together, then the port for each part.  What follows cannot fail.  So nothing is ever undone, and a
 * failed call leaves not a bit behind.
 *
 * Where a part or a guard goes is computed anew whenever it is wanted: that is a step or two, and
 * keeping it would take memory for every part.
 */
#include "quire/boot.h"
#include "space/private.h"

/* Pages of one window. */
struct boot_spot {
	struct quire_book *book;
	unsigned window;
	quire_page start, pages;
};

/* -- parts -- */

static bool is_empty(const struct quire_boot_part *part)
{
	return part->start == part->end;
}

static bool is_mapped(const struct quire_boot_part *part)
{
	return !is_empty(part) && !(part->flags & QUIRE_BOOT_RESERVE);
}

/* Where a part goes.  QUIRE_EROUND, QUIRE_EALIGN, QUIRE_EFOREIGN. */
static int part_spot(struct quire_space *s, const struct quire_boot_part *part,
		     struct boot_spot *out)
{
	struct place at;
	int found = place_find(s, part->start, &at);
	struct quire_book *b = &s->book[found ? 0 : at.window];
	quire_page pages;
	int err = pages_of(b, part->end - part->start, &pages);

	if (err)
		return err;
	if ((part->start & (page_size(b) - 1)) != 0)
		return QUIRE_EALIGN;
	if (found || leaves_window(s, &at, (quire_size)pages << b->page_shift))
		return QUIRE_EFOREIGN;
	*out = (struct boot_spot){b, at.window, at.page, pages};
	return QUIRE_OK;
}

static struct quire_want part_want(const struct quire_boot *image, unsigned i)
{
	const struct quire_boot_part *part = &image->parts[i];
	quire_va offset = part->flags & QUIRE_BOOT_FIXED ? 0 : image->offset;

	return (struct quire_want){
		.pa = (quire_pa)(part->start - offset),
		.size = part->end - part->start,
		.target = part->target,
		.attr = part->attr,
		.flags = (part->flags & QUIRE_BOOT_SHARED ? QUIRE_SHARED : 0u) |
			 (part->flags & QUIRE_BOOT_WX ? QUIRE_WX : 0u),
		.tag = (uint16_t)(image->first_tag + i),
	};
}

/* What the tables will say for a part that is mapped. */
static struct quire_run part_run(struct quire_space *s, const struct quire_boot *image, unsigned i)
{
	struct quire_want want = part_want(image, i);
	struct boot_spot spot = {0};

	(void)part_spot(s, &image->parts[i], &spot);
	return run_wanted(s, spot.window, spot.start, spot.pages, &want);
}

/* -- guards -- */

/* The page beside a part, on one side; false if no window has it. */
static bool guard_spot(struct quire_space *s, const struct quire_boot_part *part,
		       enum quire_boot_flag side, struct boot_spot *out)
{
	struct boot_spot spot;
	struct place at;
	quire_va va = part->start - 1;

	if (!(part->flags & side) || is_empty(part) || part_spot(s, part, &spot))
		return false;
	if (side == QUIRE_BOOT_GUARD_ABOVE)
		va = part->start + ((quire_size)spot.pages << spot.book->page_shift);
	if ((va < part->start) != (side == QUIRE_BOOT_GUARD_BELOW) || place_find(s, va, &at))
		return false;
	*out = (struct boot_spot){&s->book[at.window], at.window, at.page, 1};
	return true;
}

static bool meets(const struct boot_spot *a, const struct boot_spot *b)
{
	return a->window == b->window && (quire_size)a->start < (quire_size)b->start + b->pages &&
	       (quire_size)b->start < (quire_size)a->start + a->pages;
}

static enum quire_boot_flag side_of(unsigned guard)
{
	return guard % 2 ? QUIRE_BOOT_GUARD_ABOVE : QUIRE_BOOT_GUARD_BELOW;
}

/* Whether a guard's page is the page of one with a smaller number: guards are numbered two a part. */
static bool guarded_before(struct quire_space *s, const struct quire_boot *image, unsigned guard,
			   const struct boot_spot *spot)
{
	for (unsigned i = 0; i < guard; i++) {
		struct boot_spot other;

		if (guard_spot(s, &image->parts[i / 2], side_of(i), &other) && meets(&other, spot))
			return true;
	}
	return false;
}

/* Whether a guard's page is yet to be reserved.  QUIRE_ETAKEN if it is, or will be, mapped. */
static int guard_check(struct quire_space *s, const struct quire_boot *image, unsigned guard,
		       bool *needed)
{
	struct boot_spot spot, other;
	quire_link there;

	*needed = guard_spot(s, &image->parts[guard / 2], side_of(guard), &spot);
	if (!*needed)
		return QUIRE_OK;
	there = tree_covering(s, spot.book, spot.start);
	if (there != NONE && extent_kind(extent_at(s, there)) != EXTENT_RESERVED)
		return QUIRE_ETAKEN;
	*needed = there == NONE && !guarded_before(s, image, guard, &spot);
	for (unsigned i = 0; i < image->count; i++) {
		const struct quire_boot_part *part = &image->parts[i];

		if (is_empty(part) || part_spot(s, part, &other) || !meets(&other, &spot))
			continue;
		if (is_mapped(part))
			return QUIRE_ETAKEN;
		*needed = false;
	}
	return QUIRE_OK;
}

/* -- what parts meet -- */

static bool is_taken(struct quire_space *s, const struct quire_boot *image, unsigned i,
		     const struct boot_spot *spot)
{
	struct boot_spot other;
	quire_link next;

	if (tree_covering(s, spot->book, spot->start) != NONE)
		return true;
	next = tree_behind(s, spot->book, spot->start);
	if ((quire_page)(extent_at(s, next)->start - spot->start) < spot->pages)
		return true;
	while (i-- > 0)
		if (!is_empty(&image->parts[i]) && !part_spot(s, &image->parts[i], &other) &&
		    meets(&other, spot))
			return true;
	return false;
}

/* Whether some of a run's physical pages are shown, or will be by a part before it, where the rules of
   map look for them. */
static bool overlaps(struct quire_space *s, const struct quire_boot *image, unsigned i,
		     const struct quire_run *run)
{
	static const struct whole nobody = {.window = QUIRE_WINDOWS_MAX};

	if (others_show(s, &nobody, run, 0))
		return true;
	while (i-- > 0) {
		struct quire_run other;
		struct boot_spot spot;

		if (!is_mapped(&image->parts[i]) || part_spot(s, &image->parts[i], &spot))
			continue;
		other = part_run(s, image, i);
		if (other.target == run->target && other.pa <= run->pa + (run->size - 1) &&
		    run->pa <= other.pa + (other.size - 1) &&
		    window_can(s, spot.window, run->target, run->attr, 0))
			return true;
	}
	return false;
}

/* -- one part -- */

/* What is to be shown, where it may not be wanted at all. */
static int shown_check(struct quire_space *s, const struct quire_boot *image, unsigned i,
		       const struct boot_spot *spot)
{
	struct quire_want want = part_want(image, i);
	struct quire_run run = run_wanted(s, spot->window, spot->start, spot->pages, &want);
	int err;

	if ((want.pa & (page_size(spot->book) - 1)) != 0)
		return QUIRE_EALIGN;
	if (want.pa + (run.size - 1) < want.pa)
		return QUIRE_EWRAP;
	err = want_check_physical(s, spot->book, &want, spot->pages);
	if (!err)
		err = want_check_kind(s, &want);
	if (err)
		return err;
	if (!window_can(s, spot->window, want.target, want.attr, 0))
		return window_refusal(s, spot->window, want.target, want.attr, 0);
	return !(want.flags & QUIRE_SHARED) && overlaps(s, image, i, &run) ? QUIRE_EOVERLAP
									   : QUIRE_OK;
}

static int part_check(struct quire_space *s, const struct quire_boot *image, unsigned i)
{
	const struct quire_boot_part *part = &image->parts[i];
	struct boot_spot spot;
	int err;

	if ((part->flags & ~(unsigned)QUIRE_BOOT_FLAG_MASK) || part->end < part->start)
		return QUIRE_EFLAG;
	if (is_empty(part))
		return QUIRE_OK;
	err = part_spot(s, part, &spot);
	if (!err && is_mapped(part))
		err = shown_check(s, image, i, &spot);
	if (err)
		return err;
	return is_taken(s, image, i, &spot) ? QUIRE_ETAKEN : QUIRE_OK;
}

/* -- all of them: each of these says in *i which part it failed at -- */

static int parts_check(struct quire_space *s, const struct quire_boot *image, unsigned *i)
{
	int err = QUIRE_OK;

	for (*i = 0; *i < image->count; ++*i) {
		err = part_check(s, image, *i);
		if (err)
			break;
	}
	return err;
}

/* Guards, and with them the descriptors for everything. */
static int descriptors_check(struct quire_space *s, const struct quire_boot *image, unsigned *i)
{
	uint32_t left = s->free_count;

	for (*i = 0; *i < image->count; ++*i) {
		uint32_t needed = !is_empty(&image->parts[*i]);

		for (unsigned side = 0; side < 2; side++) {
			bool guard;
			int err = guard_check(s, image, 2 * *i + side, &guard);

			if (err)
				return err;
			needed += guard;
		}
		if (needed > left)
			return QUIRE_EPOOL;
		left -= needed;
	}
	return QUIRE_OK;
}

/* The part of a walker with the lowest addresses from `from` on; count if there is none. */
static unsigned part_from(struct quire_space *s, const struct quire_boot *image, unsigned walker,
			  quire_va from, struct quire_run *run)
{
	unsigned found = image->count;

	for (unsigned i = 0; i < image->count; i++) {
		struct quire_run other;
		struct boot_spot spot;

		if (!is_mapped(&image->parts[i]) || part_spot(s, &image->parts[i], &spot) ||
		    s->window[spot.window].walker != walker)
			continue;
		other = part_run(s, image, i);
		if (other.walk >= from && (found == image->count || other.walk < run->walk)) {
			*run = other;
			found = i;
		}
	}
	return found;
}

/* Tables, in the order of addresses, as a forecast wants it. */
static int tables_check(struct quire_space *s, const struct quire_boot *image, unsigned *i)
{
	for (unsigned walker = 0; walker < s->walker_count; walker++) {
		struct quire_walk_forecast forecast = {.known = 0};
		struct quire_run run = {.size = 0};

		while ((*i = part_from(s, image, walker, run.walk + run.size, &run)) < image->count)
			if (!quire_walk_can_set_next(&s->walker[walker], &run, &forecast))
				return QUIRE_ETABLES;
	}
	return QUIRE_OK;
}

static int port_check(struct quire_space *s, const struct quire_boot *image, unsigned *i)
{
	for (*i = 0; *i < image->count; ++*i) {
		struct quire_run run;
		struct boot_spot spot;
		int err;

		if (!is_mapped(&image->parts[*i]) || part_spot(s, &image->parts[*i], &spot))
			continue;
		run = part_run(s, image, *i);
		err = port_prepare(s, spot.window, QUIRE_CHANGE_MAP, &run);
		if (err)
			return err;
	}
	return QUIRE_OK;
}

/* -- doing it -- */

static void extent_put(struct quire_space *s, const struct boot_spot *spot, enum extent_kind kind,
		       const struct quire_want *want)
{
	quire_page phys = 0;

	if (kind == EXTENT_MAPPED)
		phys = physical_page(s, spot->window, want->target, want->pa);
	extent_new(s, spot->book, tree_behind(s, spot->book, spot->start), spot->start, spot->pages,
		   kind, want, phys);
}

static void part_commit(struct quire_space *s, const struct quire_boot *image, unsigned i)
{
	struct quire_want want = part_want(image, i);
	bool mapped = is_mapped(&image->parts[i]);
	struct boot_spot spot;
	struct quire_run run;

	if (is_empty(&image->parts[i]) || part_spot(s, &image->parts[i], &spot))
		return;
	run = run_wanted(s, spot.window, spot.start, spot.pages, &want);
	if (mapped)
		quire_walk_set(walker_of(s, spot.window), &run, QUIRE_SET_FRESH);
	extent_put(s, &spot, mapped ? EXTENT_MAPPED : EXTENT_RESERVED, &want);
}

static void guard_commit(struct quire_space *s, const struct quire_boot *image, unsigned guard)
{
	struct quire_want want = part_want(image, guard / 2);
	struct boot_spot spot;

	if (guard_spot(s, &image->parts[guard / 2], side_of(guard), &spot) &&
	    tree_covering(s, spot.book, spot.start) == NONE)
		extent_put(s, &spot, EXTENT_RESERVED, &want);
}

static int boot_map(struct quire_space *s, const struct quire_boot *image, unsigned *culprit)
{
	unsigned i = 0;
	int err;

	if (image->count == 0)
		return QUIRE_EFLAG;
	err = parts_check(s, image, &i);
	if (!err)
		err = descriptors_check(s, image, &i);
	if (!err)
		err = tables_check(s, image, &i);
	if (!err)
		err = port_check(s, image, &i);
	if (err) {
		if (culprit)
			*culprit = i;
		return err;
	}
	for (i = 0; i < image->count; i++)
		part_commit(s, image, i);
	for (i = 0; i < 2u * image->count; i++)
		guard_commit(s, image, i);
	return QUIRE_OK;
}

/* -- public -- */

int quire_boot_map(struct quire_space *space, const struct quire_boot *image, unsigned *culprit)
{
	int err = space_enter(space, image && image->parts);

	return err ? err : space_leave(space, boot_map(space, image, culprit));
}

const char *quire_boot_name(const struct quire_boot *image, uint16_t tag)
{
	uint16_t i = (uint16_t)(tag - image->first_tag);

	return i < image->count ? image->parts[i].name : NULL;
}
