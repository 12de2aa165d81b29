/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain mappings: physical memory at chosen addresses, of which any pages can go again.
 *
 * A mapping of the space is lent to who asks for the same pages at the same place, which nobody means here; so the
 * addresses are looked at first.
 */
#include "plain.h"

static bool is_plain(const struct quire_extent_info *row)
{
	return row->kind == QUIRE_MAPPED &&
	       (row->tag == ZEPHYR_TAG_ARCH || row->tag == ZEPHYR_TAG_DRIVER);
}

/* Bytes of a row from va on, at most `size`. */
static size_t rest(const struct quire_extent_info *row, uintptr_t va, size_t size)
{
	quire_size left = row->size - (va - row->va);

	return left < size ? (size_t)left : size;
}

int zephyr_plain_at(uintptr_t va, size_t size, struct zephyr_plain *out)
{
	struct quire_extent_info row;
	int result = quire_space_query(zephyr_machine.space, va, &row);

	if (result < 0)
		return result;
	if (!is_plain(&row))
		return row.kind == QUIRE_GAP ? QUIRE_EUNMAPPED : QUIRE_ECLAIMED;
	*out = (struct zephyr_plain){
		.va = va,
		.phys = (uintptr_t)(row.pa + (va - row.va)),
		.size = rest(&row, va, size),
		.attr = row.attr,
		.target = row.target,
	};
	return QUIRE_OK;
}

int zephyr_plain_all(uintptr_t va, size_t size)
{
	struct zephyr_plain p;
	int result = QUIRE_OK;

	for (; size != 0 && result >= 0; va += p.size, size -= p.size) {
		result = zephyr_plain_at(va, size, &p);
		if (result < 0)
			return result;
	}
	return result;
}

int zephyr_plain_none(uintptr_t va, size_t size)
{
	struct quire_extent_info row;
	int result = quire_space_query(zephyr_machine.space, va, &row);

	if (result < 0)
		return result;
	return row.kind == QUIRE_GAP && rest(&row, va, size) == size ? QUIRE_OK : QUIRE_ETAKEN;
}

int zephyr_plain_want(struct zephyr_plain *p, uint32_t flags)
{
	unsigned target = zephyr_target(p->phys, p->size);

	if (target == QUIRE_TARGETS_MAX)
		return QUIRE_EBEYOND;
	p->target = (uint8_t)target;
	p->attr = (uint8_t)zephyr_attr(flags, target);
	return QUIRE_OK;
}

static int map_once(const struct zephyr_plain *p, unsigned attr, enum zephyr_tag tag)
{
	struct quire_want want = {
		.pa = p->phys,
		.size = p->size,
		.target = p->target,
		.attr = (uint8_t)attr,
		.flags = (uint8_t)(QUIRE_SHARED | (zephyr_is_wx(attr) ? QUIRE_WX : 0u)),
		.tag = (uint16_t)tag,
	};
	struct quire_got got;

	return quire_space_map_at(zephyr_machine.space, p->va, &want, &got);
}

int zephyr_plain_map(const struct zephyr_plain *p, enum zephyr_tag tag)
{
	int result = zephyr_plain_none(p->va, p->size);

	if (result >= 0)
		result = map_once(p, p->attr, tag);
	if (result == QUIRE_EMODE)
		result = map_once(p, zephyr_own_mode(p->attr, p->target), tag);
	if (result < 0 || zephyr_domain_has_room())
		return result;
	(void)quire_space_unmap(zephyr_machine.space, p->va);
	return QUIRE_EPOOL;
}

static int unmap_piece(const struct zephyr_plain *p)
{
	return quire_space_unmap_part(zephyr_machine.space, p->va, p->size);
}

/* The piece that ends with the range. */
static int last_piece(uintptr_t va, size_t size, struct zephyr_plain *out)
{
	int result = QUIRE_OK;

	*out = (struct zephyr_plain){.size = size};
	for (uintptr_t at = va; result >= 0 && at - va < size; at += out->size)
		result = zephyr_plain_at(at, size - (at - va), out);
	return result;
}

enum { UNDO_MAX = 16 };

/* What has been unmapped. */
struct undo {
	struct zephyr_plain piece[UNDO_MAX];
	unsigned count;
};

static int unmap_and_note(const struct zephyr_plain *p, struct undo *undo)
{
	int result = unmap_piece(p);

	if (result >= 0 && undo->count < UNDO_MAX)
		undo->piece[undo->count++] = *p;
	return result;
}

static void undo_all(const struct undo *undo)
{
	for (unsigned i = undo->count; i-- > 0;)
		(void)map_once(&undo->piece[i], undo->piece[i].attr, ZEPHYR_TAG_DRIVER);
}

/*
 * Cutting something off the first or the last piece may want a descriptor or tables, which no other does: so these
 * go first, the last before the first.  What a port refuses after that, it refuses when less than
 * UNDO_MAX pieces are gone, or some of them stay away.
 */
static int unmap_pieces(uintptr_t va, size_t size)
{
	struct undo undo = {.count = 0};
	struct zephyr_plain last, p = {.size = 0};
	int result = last_piece(va, size, &last);

	if (result >= 0)
		result = unmap_and_note(&last, &undo);
	for (uintptr_t at = va; result >= 0 && at != last.va; at += p.size) {
		result = zephyr_plain_at(at, size - (at - va), &p);
		if (result >= 0)
			result = unmap_and_note(&p, &undo);
	}
	if (result < 0)
		undo_all(&undo);
	return result;
}

int zephyr_plain_unmap(uintptr_t va, size_t size)
{
	int result = zephyr_plain_all(va, size);

	if (result < 0)
		return result;
	zephyr_domain_pause(va, size);
	result = unmap_pieces(va, size);
	zephyr_domain_resume();
	return result;
}
