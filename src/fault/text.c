/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fault in words:
 *
 *   write to 0x80041ff8 in user mode: the page is reserved, 8 bytes below "stack"
 *   0x80042000..0x80046000 (read, write)
 *
 * The first half is what the processor says, the second what the book does; a mapping that does not
 * allow the access is named with the way into it, anything else with the way to the nearest one.
 */
#include "text/text.h"
#include "quire/fault.h"

/* -- pieces -- */

static void put_access(struct text *t, unsigned attr)
{
	static const char *const name[] = {"read", "write", "execute", "user"};
	bool any = false;

	for (unsigned i = 0; i < 4; i++)
		if (attr >> i & 1u) {
			text_put(t, any ? ", " : "");
			text_put(t, name[i]);
			any = true;
		}
	text_put(t, any ? "" : "nothing");
}

/* What a mapping is called, and its addresses, the first of which is `va`. */
static void put_mapping(struct text *t, const struct quire_fault *f,
			const struct quire_extent_info *mapping, quire_va va)
{
	const char *name = f->name ? f->name(f->name_ctx, mapping->tag) : NULL;

	if (name) {
		text_put(t, "\"");
		text_put_most(t, name, TEXT_NAME);
		text_put(t, "\"");
	} else if (mapping->tag != 0) {
		text_put(t, "mapping ");
		text_number(t, mapping->tag);
	} else {
		text_put(t, "the mapping");
	}
	text_put(t, " ");
	text_range(t, va, mapping->size);
}

/* The way to the nearest mapping, on whichever side. */
static void put_near(struct text *t, const struct quire_fault *f)
{
	bool none_above = f->above.mapping.size == 0, none_below = f->below.mapping.size == 0;
	bool below = none_above || (!none_below && f->below.distance < f->above.distance);
	const struct quire_fault_near *near = below ? &f->below : &f->above;
	const struct quire_extent_info *mapping = &near->mapping;
	quire_va first = f->raw.va + near->distance;

	text_put(t, ", ");
	if (none_above && none_below) {
		text_put(t, "and no mapping is near");
		return;
	}
	if (below)
		first = f->raw.va - near->distance - (mapping->size - 1);
	text_exactly(t, near->distance);
	text_put(t, below ? " above " : " below ");
	put_mapping(t, f, mapping, first);
	text_put(t, " (");
	put_access(t, mapping->attr);
	text_put(t, ")");
}

/* The mapping at the address, and how far into it that is. */
static void put_here(struct text *t, const struct quire_fault *f)
{
	if (f->into != 0) {
		text_exactly(t, f->into);
		text_put(t, " into ");
	}
	put_mapping(t, f, &f->here, f->raw.va - f->into);
}

/* -- halves -- */

static void put_attempt(struct text *t, const struct quire_fault_raw *raw)
{
	text_put(t, raw->access == QUIRE_READ    ? "read of "
		    : raw->access == QUIRE_WRITE ? "write to "
		    : raw->access == QUIRE_EXEC  ? "execution of "
						 : "access to ");
	text_hex(t, raw->va, 1);
	text_put(t, raw->user ? " in user mode: " : ": ");
}

/* Whether a row is a mapping, or pages of a claim. */
static bool is_memory(const struct quire_extent_info *row)
{
	return row->size != 0 &&
	       (row->kind == QUIRE_MAPPED || (row->kind == QUIRE_CLAIMED && row->guards == 0));
}

/* Why it is not about translation, and where it was. */
static void put_other(struct text *t, const struct quire_fault *f)
{
	text_put(t, f->raw.cause == QUIRE_CAUSE_ALIGN
			    ? "misaligned, or not to be accessed like this"
			    : "the memory answered with an error");
	if (!is_memory(&f->here)) {
		put_near(t, f);
		return;
	}
	text_put(t, ", ");
	put_here(t, f);
	text_put(t, " (");
	put_access(t, f->here.attr);
	text_put(t, ")");
}

static void put_allowed(struct text *t, const struct quire_fault *f, const char *but)
{
	put_here(t, f);
	text_put(t, ", which allows ");
	put_access(t, f->allowed);
	text_put(t, but);
}

static void put_finding(struct text *t, const struct quire_fault *f)
{
	switch (f->kind) {
	case QUIRE_FAULT_FOREIGN:
		text_put(t, "the address is in no window");
		put_near(t, f);
		break;
	case QUIRE_FAULT_UNMAPPED:
		text_put(t, "nothing is mapped there");
		put_near(t, f);
		break;
	case QUIRE_FAULT_GUARD:
		text_put(t, f->here.kind == QUIRE_CLAIMED ? "the page is a guard"
							  : "the page is reserved");
		put_near(t, f);
		break;
	case QUIRE_FAULT_DENIED:
		put_allowed(t, f, "");
		break;
	case QUIRE_FAULT_USER:
		put_allowed(t, f, ", but not to user mode");
		break;
	case QUIRE_FAULT_KERNEL:
		put_allowed(t, f, ", but not to the kernel");
		break;
	case QUIRE_FAULT_MARK:
		put_allowed(t, f, ": the page has yet to be marked as used");
		break;
	case QUIRE_FAULT_STALE:
		put_allowed(t, f, " by now: the processor knew an older entry");
		break;
	case QUIRE_FAULT_OTHER:
		put_other(t, f);
		break;
	}
}

size_t quire_fault_text(const struct quire_fault *fault, char *text, size_t room)
{
	struct text t;

	text_begin(&t, text, room);
	put_attempt(&t, &fault->raw);
	put_finding(&t, fault);
	return t.length;
}
