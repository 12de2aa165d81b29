/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot image as it was mapped: each part allows what it should and no more, the stacks have their
 * guards, all of it is in the book by name, and can be drawn.
 */
#include "board_host.h"

#include "quire/draw.h"
#include "quire/error.h"
#include "suite/suite.h"

static const struct quire_boot_part *part_named(const char *name)
{
	for (unsigned i = 0; i < host.image.count; i++) {
		const char *a = host.image.parts[i].name, *b = name;

		while (*a != '\0' && *a == *b)
			a++, b++;
		if (*a == *b)
			return &host.image.parts[i];
	}
	return NULL;
}

/* What is read there is what the program sees; writing and running are refused as they should be. */
static bool only(struct target *t, const char *name, unsigned attr)
{
	const struct quire_boot_part *part = part_named(name);
	quire_va last = ((part->end + t->page - 1) & ~(t->page - 1)) - 4;
	struct quire_fault_raw raw;
	uint64_t value;

	NEED(SAME(part->attr & QUIRE_ACCESS_MASK, attr));
	NEED(suite_reads(t, 0, part->start, *(volatile uint32_t *)(uintptr_t)part->start));
	NEED(OK(t->touch(t, QUIRE_READ, last, 4, &value, &raw)));
	if (!(attr & QUIRE_WRITE)) {
		NEED(suite_faults_at(t, QUIRE_WRITE, part->start));
		NEED(suite_faults_at(t, QUIRE_WRITE, last + 3));
	}
	if (!(attr & QUIRE_EXEC)) {
		NEED(suite_faults_at(t, QUIRE_EXEC, part->start));
		NEED(suite_faults_at(t, QUIRE_EXEC, last));
	}
	return suite_faults_at(t, QUIRE_READ | QUIRE_USER, part->start);
}

static void parts(struct target *t)
{
	MUST(only(t, "text", RX));
	MUST(only(t, "rodata", QUIRE_READ));
	MUST(only(t, "data", RW));
	MUST(only(t, "stack", RW));
	MUST(only(t, "stack1", RW));
	MUST(only(t, "free", RW));
}

static bool guarded(struct target *t, const char *name)
{
	const struct quire_boot_part *part = part_named(name);
	struct quire_fault_raw raw;
	struct quire_fault fault;

	NEED(suite_faults_at(t, QUIRE_WRITE, part->end));
	NEED(suite_faults_at(t, QUIRE_READ, part->start - t->page));
	NEED(suite_fault_raw(t, QUIRE_WRITE, part->start - 1, 1, &raw));
	NEED(SAME(raw.va, part->start - 1));
	NEED(RESULT(quire_fault_explain(t->space, &raw, &fault), QUIRE_OK));
	NEED(SAME(fault.kind, QUIRE_FAULT_GUARD));
	NEED(SAME(fault.above.distance, 1));
	return OK(quire_boot_name(&host.image, fault.above.mapping.tag) == part->name);
}

static void stacks(struct target *t)
{
	MUST(guarded(t, "stack"));
	MUST(guarded(t, "stack1"));
}

static void in_the_book(struct target *t)
{
	for (unsigned i = 0; i < host.image.count; i++) {
		const struct quire_boot_part *part = &host.image.parts[i];
		struct quire_extent_info info;

		MUST(RESULT(quire_space_query(t->space, part->start, &info), QUIRE_OK));
		MUST(SAME(info.kind, QUIRE_MAPPED));
		MUST(SAME(info.va, part->start));
		MUST(SAME(info.va + info.size, (part->end + t->page - 1) & ~(t->page - 1)));
		MUST(SAME(info.attr, part->attr));
		MUST(SAME(info.pa,
			  part->start - (part->flags & QUIRE_BOOT_FIXED ? 0 : host.offset)));
		MUST(OK(quire_boot_name(&host.image, info.tag) == part->name));
	}
}

/* The image is there: it cannot be mapped again, and nothing comes of trying. */
static void not_twice(struct target *t)
{
	uint32_t tables = t->walker->pool.free, entries = t->walker->counts.entries;
	struct quire_space_stats before, after;
	unsigned culprit = 99;

	quire_space_stats(t->space, &before);
	MUST(OK(quire_boot_map(t->space, &host.image, &culprit) < 0));
	MUST(SAME(culprit, 0));
	quire_space_stats(t->space, &after);
	MUST(SAME(after.mappings, before.mappings));
	MUST(SAME(t->walker->pool.free, tables));
	MUST(SAME(t->walker->counts.entries, entries));
}

/* A device may end where 32 bits do. */
static void last_device(struct target *t)
{
	const struct quire_boot_part part = QUIRE_BOOT_DEVICE("last", 0xfffff000, 0x1000);

	(void)t;
	MUST(SAME(part.start, 0xfffff000));
	MUST(SAME(part.end - part.start, 0x1000));
}

/* -- the drawing -- */

static struct {
	unsigned lines;
	uint32_t seen; /* bit i: the name of part i was in a line */
} drawn;

static bool holds(const char *text, const char *word)
{
	for (; *text != '\0'; text++) {
		const char *a = text, *b = word;

		while (*b != '\0' && *a == *b)
			a++, b++;
		if (*b == '\0')
			return true;
	}
	return false;
}

static void take_line(void *ctx, const char *text)
{
	(void)ctx;
	board_print("# %s\n", text);
	drawn.lines++;
	for (unsigned i = 0; i < host.image.count; i++) {
		if (holds(text, host.image.parts[i].name))
			drawn.seen |= 1u << i;
	}
}

static const char *name_of(void *ctx, uint16_t tag)
{
	(void)ctx;
	return quire_boot_name(&host.image, tag);
}

static void drawing(struct target *t)
{
	const struct quire_draw draw = {take_line, NULL, name_of, NULL};

	drawn.lines = 0;
	drawn.seen = 0;
	MUST(RESULT(quire_draw_map(t->space, &draw), QUIRE_OK));
	MUST(SAME(drawn.seen, (1u << host.image.count) - 1));
	MUST(OK(drawn.lines > host.image.count + 3u));
}

static const struct suite_test tests[] = {
	{"the boot image allows what it should", parts, NULL, 0},
	{"stacks have guards", stacks, NULL, 0},
	{"the boot image is in the book", in_the_book, NULL, 0},
	{"the boot image is mapped once", not_twice, NULL, 0},
	{"a device at the end of 32 bits", last_device, NULL, 0},
	{"the memory map, drawn", drawing, NULL, 0},
};

const struct suite_list board_boot = {tests, SUITE_COUNT(tests)};
