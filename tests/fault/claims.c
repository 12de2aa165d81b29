/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults in claims, whose pages only the tables know: what an entry allows counts, which may be less than
 * the claim does, and a guard is told by the memory it guards.  On Sv39, for its marks.
 *
 *   page  0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *        |..|a |..|..|gg|rw|r |  |rw|gg|..|gg|::|..|bb|..|
 *                        c  c  c  C
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/fault.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "space/private.h"

#define TABLES 0x88000000u
#define RAM    0x80000000u
#define START  0x40000000u
#define PAGE   0x1000u
#define INTO   0x123u
#define AT(n)  ((quire_va)START + (quire_va)(n)*PAGE)
#define R      QUIRE_READ
#define RW     (QUIRE_READ | QUIRE_WRITE)

enum { TAG_A = 1, TAG_B, TAG_C, TAG_LONE };

static uint64_t tables[4][512];
static uint64_t book[1024];
static struct quire_sim sim;
static struct quire_table_slot slots[3];
static struct quire_walker walker;
static struct quire_space space;

static void map(unsigned page, unsigned tag)
{
	const struct quire_want want = {
		.pa = RAM + page * PAGE, .size = PAGE, .attr = R, .tag = (uint16_t)tag};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(&space, AT(page), &want, &got), 0);
}

static void claim(unsigned page, unsigned pages, unsigned flags, unsigned tag)
{
	const struct quire_want want = {.attr = RW, .tag = (uint16_t)tag};

	extent_new(&space, space.book, tree_behind(&space, space.book, page), page, pages,
		   EXTENT_CLAIMED, &want, flags);
}

/* A page of a claim, anywhere in memory, marked as never used. */
static void put(unsigned page, unsigned attr)
{
	const struct quire_run run = {.walk = AT(page),
				      .size = PAGE,
				      .pa = RAM + (100 - 3 * page) * PAGE,
				      .attr = (uint8_t)attr};

	quire_walk_set(&walker, &run, QUIRE_SET_FRESH);
	(void)quire_walk_used(&walker, AT(page), PAGE, QUIRE_USED_MASK);
}

static void space_open(void)
{
	static const struct quire_window window = {.name = "all",
						   .base = START,
						   .exec_base = START,
						   .walk = START,
						   .size = 16 * PAGE,
						   .caps = QUIRE_CAP_MASK,
						   .targets = 1};
	static const struct quire_memory memory = {
		.name = "ram", .base = RAM, .size = 0x1000000, .caps = QUIRE_CAP_MASK};
	const struct quire_space_config config = {.windows = &window,
						  .memories = &memory,
						  .walkers = &walker,
						  .window_count = 1,
						  .memory_count = 1,
						  .walker_count = 1,
						  .memory = book,
						  .memory_size = sizeof(book)};
	const struct quire_sim_config machine = {.mmu = &quire_mmu_sv39,
						 .memory = tables,
						 .base = TABLES,
						 .bytes = sizeof(tables),
						 .root = TABLES,
						 .entry_bytes = 8};

	assert_int_equal(quire_sim_init(&sim, &machine), 0);
	walker = (struct quire_walker){
		.mmu = &quire_mmu_sv39, .port = &quire_sim_port, .port_ctx = &sim, .root = TABLES};
	quire_table_pool_init(&walker.pool, slots, TABLES + 4096, 4096, 3);
	assert_int_equal(quire_space_init(&space, &config), 0);
}

static void start(void)
{
	struct range r;

	space_open();
	map(1, TAG_A);
	map(14, TAG_B);
	assert_int_equal(quire_space_reserve_at(&space, AT(12), PAGE, 0), 0);
	claim(4, 6, CLAIM_GUARDS | CLAIM_LAZY, TAG_C);
	claim(11, 1, CLAIM_GUARD_BELOW, TAG_LONE);
	put(5, RW);
	put(6, R);
	put(8, RW);
	assert_int_equal(claim_range_find(&space, AT(8), PAGE, &r), 0);
	claim_range_widen(&space, &r);
	range_set_attr(&space, &r, RW | QUIRE_USER);
	range_set_attr(&space, &(struct range){.book = r.book, .start = 8, .end = 10, .node = 0},
		       RW | QUIRE_EXEC);
	assert_int_equal(quire_space_check(&space, NULL), 0);
}

static const char *name_of(void *ctx, uint16_t tag)
{
	(void)ctx;
	return tag == TAG_C ? "stack" : NULL;
}

static struct quire_fault explained(unsigned page, unsigned access, bool user, unsigned cause)
{
	const struct quire_fault_raw raw = {.va = AT(page) + INTO,
					    .access = (uint8_t)access,
					    .cause = (uint8_t)cause,
					    .user = user};
	struct quire_fault f;

	assert_int_equal(quire_fault_explain(&space, &raw, &f), 0);
	f.name = name_of;
	return f;
}

static int resolved(unsigned page, unsigned access, bool user)
{
	const struct quire_fault_raw raw = {
		.va = AT(page) + INTO, .access = (uint8_t)access, .user = user};

	return quire_fault_resolve(&space, &raw);
}

static void row_is(const struct quire_extent_info *row, unsigned page, unsigned pages,
		   unsigned guards, unsigned tag)
{
	assert_int_equal(row->kind, tag >= TAG_C ? QUIRE_CLAIMED : QUIRE_MAPPED);
	assert_int_equal(row->va, AT(page));
	assert_int_equal(row->exec_va, AT(page));
	assert_int_equal(row->size, pages * PAGE);
	assert_int_equal(row->guards, guards);
	assert_int_equal(row->tag, tag);
}

static void reads(const struct quire_fault *f, const char *expected)
{
	char text[QUIRE_FAULT_TEXT];

	assert_int_equal(quire_fault_text(f, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

/* Below the memory, and above it: the guard is told by the nearest byte that it guards. */
static void test_guards(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(4, QUIRE_WRITE, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_GUARD);
	assert_int_equal(f.allowed, 0);
	assert_int_equal(f.into, INTO);
	row_is(&f.here, 4, 1, 1, TAG_C);
	row_is(&f.above.mapping, 5, 3, 0, TAG_C);
	assert_int_equal(f.above.distance, PAGE - INTO);
	row_is(&f.below.mapping, 1, 1, 0, TAG_A);
	assert_int_equal(f.below.distance, 2 * PAGE + INTO + 1);
	reads(&f, "write to 0x40004123: the page is a guard, 3805 bytes below \"stack\" "
		  "0x40005000..0x40008000 (read, write)");
	assert_int_equal(resolved(4, QUIRE_WRITE, false), QUIRE_ERESERVED);

	f = explained(9, QUIRE_READ, true, QUIRE_CAUSE_MISSING);
	assert_int_equal(f.kind, QUIRE_FAULT_GUARD);
	assert_int_equal(f.into, INTO);
	row_is(&f.here, 9, 1, 2, TAG_C);
	row_is(&f.below.mapping, 8, 1, 0, TAG_C);
	assert_int_equal(f.below.distance, INTO + 1);
	row_is(&f.above.mapping, 14, 1, 0, TAG_B);
	assert_int_equal(resolved(9, QUIRE_READ, true), QUIRE_ERESERVED);
	f = explained(9, QUIRE_READ, false, QUIRE_CAUSE_BUS);
	assert_int_equal(f.kind, QUIRE_FAULT_OTHER);
	reads(&f, "read of 0x40009123: the memory answered with an error, 292 bytes above "
		  "\"stack\" 0x40008000..0x40009000 (read, write, execute)");
}

/* A claim that is a guard and nothing else is nobody's neighbour. */
static void test_guard_alone(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(11, QUIRE_READ, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_GUARD);
	row_is(&f.here, 11, 1, 1, TAG_LONE);
	row_is(&f.below.mapping, 8, 1, 0, TAG_C);
	row_is(&f.above.mapping, 14, 1, 0, TAG_B);
	f = explained(12, QUIRE_READ, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_GUARD);
	row_is(&f.below.mapping, 8, 1, 0, TAG_C);
	reads(&f, "read of 0x4000c123: the page is reserved, 7901 bytes below mapping 2 "
		  "0x4000e000..0x4000f000 (read)");
}

/* From a gap, claims are neighbours as mappings are, without their guards. */
static void test_neighbours(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(3, QUIRE_READ, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_UNMAPPED);
	row_is(&f.above.mapping, 5, 3, 0, TAG_C);
	assert_int_equal(f.above.distance, 2 * PAGE - INTO);
	f = explained(10, QUIRE_READ, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_UNMAPPED);
	row_is(&f.below.mapping, 8, 1, 0, TAG_C);
	assert_int_equal(f.below.distance, PAGE + INTO + 1);
	f = explained(14, QUIRE_WRITE, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_DENIED);
	row_is(&f.below.mapping, 8, 1, 0, TAG_C);
}

/* A page that has no entry, inside a claim. */
static void test_missing(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(7, QUIRE_READ, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_UNMAPPED);
	assert_int_equal(f.allowed, 0);
	row_is(&f.here, 5, 3, 0, TAG_C);
	assert_int_equal(f.into, 2 * PAGE + INTO);
	assert_int_equal(resolved(7, QUIRE_READ, false), QUIRE_EUNMAPPED);
	assert_int_equal(resolved(7, QUIRE_EXEC, true), QUIRE_EUNMAPPED);
}

/* A page that may be read only so far, in a claim that may be written. */
static void test_less_than_the_claim(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(6, QUIRE_WRITE, false, QUIRE_CAUSE_UNKNOWN);
	assert_int_equal(f.kind, QUIRE_FAULT_DENIED);
	assert_int_equal(f.allowed, R);
	row_is(&f.here, 5, 3, 0, TAG_C);
	assert_int_equal(f.into, PAGE + INTO);
	reads(&f, "write to 0x40006123: 4387 bytes into \"stack\" 0x40005000..0x40008000, which "
		  "allows read");
	assert_int_equal(resolved(6, QUIRE_WRITE, false), QUIRE_ECAPS);
	assert_int_equal(explained(8, QUIRE_EXEC, false, QUIRE_CAUSE_UNKNOWN).kind,
			 QUIRE_FAULT_DENIED);
	assert_int_equal(explained(5, R, true, QUIRE_CAUSE_UNKNOWN).kind, QUIRE_FAULT_USER);
	assert_int_equal(resolved(5, R, true), QUIRE_ECAPS);
}

/* Marks are set as in a mapping. */
static void test_marks(void **state)
{
	(void)state;
	start();
	for (unsigned page = 5; page < 9; page += 3) {
		assert_int_equal(explained(page, R, false, QUIRE_CAUSE_UNKNOWN).kind,
				 QUIRE_FAULT_MARK);
		assert_int_equal(resolved(page, R, false), 0);
		assert_int_equal(explained(page, R, false, QUIRE_CAUSE_UNKNOWN).kind,
				 QUIRE_FAULT_STALE);
		assert_int_equal(explained(page, QUIRE_WRITE, false, QUIRE_CAUSE_UNKNOWN).kind,
				 QUIRE_FAULT_MARK);
		assert_int_equal(resolved(page, QUIRE_WRITE, false), 0);
		assert_int_equal(explained(page, QUIRE_WRITE, false, QUIRE_CAUSE_UNKNOWN).kind,
				 QUIRE_FAULT_STALE);
	}
	assert_int_equal(explained(6, R, false, QUIRE_CAUSE_UNKNOWN).kind, QUIRE_FAULT_MARK);
	assert_int_equal(resolved(6, R, false), 0);
	assert_int_equal(resolved(6, R, false), 0);
}

/* What has nothing to do with translation is told with the memory it was in. */
static void test_other(void **state)
{
	struct quire_fault f;

	(void)state;
	start();
	f = explained(5, R, false, QUIRE_CAUSE_ALIGN);
	assert_int_equal(f.kind, QUIRE_FAULT_OTHER);
	reads(&f, "read of 0x40005123: misaligned, or not to be accessed like this, 291 bytes into "
		  "\"stack\" 0x40005000..0x40008000 (read, write)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_guard_alone),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_less_than_the_claim),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests_name("fault_claims", tests, NULL, NULL);
}
