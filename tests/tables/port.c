/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port of tables in memory, call by call: what it writes where, and what it asks a processor
 * that writes down all it is asked.  What the contexts answer is this test's to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "quire/error.h"
#include "quire/port/riscv.h"
#include "quire/port/tables.h"

#define BASE 0x80000000u

static char asked[2000]; /* of the processors, in order, "; " behind each */
static struct quire_mmu mmu;
static uint64_t memory[8][512];
static uint32_t answer;
static struct quire_context context;
static struct quire_contexts contexts;

uint32_t quire_context_asid(const struct quire_contexts *all, const struct quire_context *one)
{
	assert_ptr_equal(all, &contexts);
	assert_ptr_equal(one, &context);
	return answer;
}

static void note(const char *format, ...)
{
	size_t used = strlen(asked);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(asked + used, sizeof(asked) - used, format, arguments);
	va_end(arguments);
}

static void publish(void)
{
	note("publish; ");
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	note("pages %llx+%llx by %u of %x%s; ", (unsigned long long)va, (unsigned long long)size,
	     shift, asid, tables ? " and tables" : "");
}

static void flush_asid(uint32_t asid)
{
	note("asid %x; ", asid);
}

static void sync_range(quire_va va, quire_size size, unsigned how)
{
	note("sync %llx+%llx %u; ", (unsigned long long)va, (unsigned long long)size, how);
}

static void shoot(void *ctx, const struct quire_shot *shot)
{
	note("others: ");
	quire_shot_do(ctx, shot);
}

static struct quire_cpu_ops cpu;

/* A port for Sv39 in `memory`, on a processor that flushes up to four pages one by one. */
static struct quire_tables port_new(void)
{
	asked[0] = '\0';
	answer = 0x17;
	mmu = quire_mmu_sv39;
	memset(memory, 0, sizeof(memory));
	cpu = (struct quire_cpu_ops){.name = "notebook",
				     .publish = publish,
				     .flush_pages = flush_pages,
				     .flush_asid = flush_asid,
				     .sync = sync_range,
				     .flush_most = 4,
				     .asid_bits = 16};
	return (struct quire_tables){.cpu = &cpu, .mmu = &mmu, .offset = (uintptr_t)memory - BASE};
}

/* A walker on it, with all tables behind the root; the port asks it what is mapped. */
static void walker_new(struct quire_walker *w, struct quire_tables *t,
		       const struct quire_port *port)
{
	static struct quire_table_slot slots[7];

	*w = (struct quire_walker){.mmu = &mmu, .port = port, .port_ctx = t, .root = BASE};
	quire_table_pool_init(&w->pool, slots, BASE + 4096, 4096, 7);
	t->walker = w;
}

static void asks(const char *expected)
{
	assert_string_equal(asked, expected);
	asked[0] = '\0';
}

static void flush(struct quire_tables *t, quire_va walk, quire_size size, unsigned what)
{
	quire_tables_port.flush(t, walk, size, what);
}

/* -- entries -- */

/* Hardware that sets D in an entry right after it was read, as another CPU may. */
static quire_entry read_then_dirty(void *ctx, quire_pa table, unsigned index)
{
	quire_entry entry = quire_tables_port.read(ctx, table, index);

	if (entry & 0x40) { /* as long as A says that somebody is there */
		struct quire_tables *t = ctx;

		((uint64_t *)(uintptr_t)(table + t->offset))[index] |= 0x80;
	}
	return entry;
}

/* A mark that hardware sets while others are cleared is not lost. */
static void test_marks_of_others(void **state)
{
	struct quire_tables t = port_new();
	struct quire_port port = quire_tables_port;
	struct quire_walker w;
	const struct quire_run run = {.walk = 0x5000,
				      .size = 0x1000,
				      .pa = BASE,
				      .target = QUIRE_RAM,
				      .attr = QUIRE_READ | QUIRE_WRITE};

	(void)state;
	walker_new(&w, &t, &port);
	quire_walk_set(&w, &run, QUIRE_SET_FRESH);
	assert_int_equal(memory[2][5] & 0xc0, 0xc0);
	(void)quire_walk_used(&w, 0x5000, 0x1000, QUIRE_DIRTY);
	assert_int_equal(memory[2][5] & 0xc0, 0x40);
	port.read = read_then_dirty;
	assert_int_equal(quire_walk_used(&w, 0x5000, 0x1000, QUIRE_ACCESSED),
			 QUIRE_ACCESSED | QUIRE_DIRTY);
	assert_int_equal(memory[2][5] & 0xc0, 0x80);
	assert_false(port.exchange(&t, BASE + 8192, 5, 1, 2));
	assert_true(memory[2][5] != 2);
	memory[0][0] = 0x80;
	mmu.entry_bytes = 4;
	assert_true(port.exchange(&t, BASE, 0, 0x80, 0x1234567));
	assert_false(port.exchange(&t, BASE, 0, 0x80, 0));
	assert_true(memory[0][0] == 0x1234567);
}

/* The pieces of a page that is split count as used where hardware may mark it meanwhile. */
static void test_marks_of_pieces(void **state)
{
	const struct quire_run large = {.walk = 0x200000,
					.size = 0x200000,
					.pa = BASE,
					.target = QUIRE_RAM,
					.attr = QUIRE_READ | QUIRE_WRITE};

	(void)state;
	for (unsigned marked_by_others = 0; marked_by_others < 2; marked_by_others++) {
		struct quire_tables t = port_new();
		struct quire_port port = quire_tables_port;
		struct quire_run piece = large;
		struct quire_walker w;

		if (!marked_by_others)
			port.exchange = NULL;
		walker_new(&w, &t, &port);
		quire_walk_set(&w, &large, QUIRE_SET_FRESH);
		(void)quire_walk_used(&w, large.walk, large.size, QUIRE_USED_MASK);
		piece.size = 0x1000;
		piece.attr = QUIRE_READ;
		quire_walk_set(&w, &piece, QUIRE_SET_ACCESS);
		assert_int_equal(quire_walk_used(&w, large.walk + 0x1000, 0x1000, 0),
				 marked_by_others ? QUIRE_USED_MASK : 0);
	}
}

static void test_wide(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	quire_tables_port.write(&t, BASE + 4096, 3, 0xfedcba9876543210, 3, 0x1000);
	asks("publish; ");
	assert_true(memory[1][2] == 0 && memory[1][3] == 0xfedcba9876543210 &&
		    memory[1][4] == 0xfedcba9876544210 && memory[1][5] == 0xfedcba9876545210 &&
		    memory[1][6] == 0);
	quire_tables_port.write(&t, BASE, 511, 5, 1, 77);
	asks("publish; ");
	assert_true(memory[0][511] == 5 && memory[1][0] == 0);
	assert_true(quire_tables_port.read(&t, BASE + 4096, 4) == 0xfedcba9876544210);
	asks("");
}

static void test_narrow(void **state)
{
	struct quire_tables t = port_new();
	const uint32_t *word = (const uint32_t *)memory;

	(void)state;
	mmu = quire_mmu_sv32;
	quire_tables_port.write(&t, BASE, 1023, 0xfffff0c7, 2, (quire_entry)-0x400);
	asks("publish; ");
	assert_true(word[1022] == 0 && word[1023] == 0xfffff0c7 && word[1024] == 0xffffecc7 &&
		    word[1025] == 0);
	assert_true(quire_tables_port.read(&t, BASE, 1024) == 0xffffecc7);
}

/* -- flushing -- */

static void test_pages_or_all(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	flush(&t, 0x40001000, 0x1000, 0);
	asks("pages 40001000+1000 by 12 of ffffffff; ");
	flush(&t, 0x40001000, 0x4000, QUIRE_FLUSH_TABLES);
	asks("pages 40001000+4000 by 12 of ffffffff and tables; ");
	flush(&t, 0x40001000, 0x5000, QUIRE_FLUSH_TABLES);
	asks("asid ffffffff; ");
	flush(&t, 0x40001000, 0x1000, QUIRE_FLUSH_FRESH);
	asks("pages 40001000+1000 by 12 of ffffffff; ");
	cpu.flush_most = 0;
	flush(&t, 0x40001000, 0x1000, 0);
	asks("asid ffffffff; ");
}

static void test_contexts(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	t.context = &context;
	t.contexts = &contexts;
	flush(&t, 0x5000, 0x1000, 0);
	asks("pages 5000+1000 by 12 of 17; ");
	flush(&t, 0x5000, 0x200000, 0);
	asks("asid 17; ");
	answer = 0x18;
	flush(&t, 0x5000, 0x1000, 0);
	asks("pages 5000+1000 by 12 of 18; ");
	answer = QUIRE_CONTEXT_NONE;
	flush(&t, 0x5000, 0x1000, 0);
	flush(&t, 0x5000, 0x200000, QUIRE_FLUSH_TABLES);
	asks("");
}

static void test_others(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	t.shoot = shoot;
	t.shoot_ctx = &cpu;
	flush(&t, 0x5000, 0x2000, QUIRE_FLUSH_TABLES);
	asks("pages 5000+2000 by 12 of ffffffff and tables; "
	     "others: pages 5000+2000 by 12 of ffffffff and tables; ");
	flush(&t, 0x5000, 0x9000, 0);
	asks("asid ffffffff; others: asid ffffffff; ");
	flush(&t, 0x5000, 0x1000, QUIRE_FLUSH_FRESH);
	asks("pages 5000+1000 by 12 of ffffffff; others: pages 5000+1000 by 12 of ffffffff; ");
	t.lazy_fresh = true;
	flush(&t, 0x5000, 0x1000, QUIRE_FLUSH_FRESH);
	asks("pages 5000+1000 by 12 of ffffffff; ");
	flush(&t, 0x5000, 0x1000, QUIRE_FLUSH_TABLES);
	asks("pages 5000+1000 by 12 of ffffffff and tables; "
	     "others: pages 5000+1000 by 12 of ffffffff and tables; ");
	cpu.broadcasts = true;
	flush(&t, 0x5000, 0x1000, 0);
	asks("pages 5000+1000 by 12 of ffffffff; ");
	cpu.broadcasts = false;
	t.context = &context;
	t.contexts = &contexts;
	answer = QUIRE_CONTEXT_NONE;
	flush(&t, 0x5000, 0x1000, 0);
	asks("");
}

/* Walk addresses from some point on are the upper half of the program's. */
static void test_upper_half(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	t.upper_from = 0x4000000000;
	t.upper_add = 0xffffff8000000000;
	flush(&t, 0x3ffffff000, 0x1000, 0);
	asks("pages 3ffffff000+1000 by 12 of ffffffff; ");
	flush(&t, 0x4000000000, 0x1000, 0);
	asks("pages ffffffc000000000+1000 by 12 of ffffffff; ");
	quire_tables_port.sync(&t, 0x7fffffff00, 0x100, QUIRE_SYNC_WRITE_BACK);
	asks("sync ffffffffffffff00+100 1; ");
	t.upper_from = 0;
	t.upper_add = 0xffff000000000000;
	flush(&t, 0x1000, 0x1000, 0);
	asks("pages ffff000000001000+1000 by 12 of ffffffff; ");
}

/* -- the cache -- */

static void test_sync(void **state)
{
	struct quire_tables t = port_new();

	(void)state;
	quire_tables_port.sync(&t, 0x1003, 0x7001, 3);
	asks("sync 1003+7001 3; ");
	cpu.sync = NULL;
	quire_tables_port.sync(&t, 0x1003, 0x7001, 3);
	asks("");
}

static void map(struct quire_walker *w, quire_va walk, quire_size size, unsigned attr)
{
	const struct quire_run run = {.walk = walk,
				      .size = size,
				      .pa = 0xc0000000u + (quire_pa)walk,
				      .target = QUIRE_RAM,
				      .attr = (uint8_t)attr};

	quire_walk_set(w, &run, QUIRE_SET_FRESH);
	asked[0] = '\0';
}

/* Nothing is touched that is not mapped, or may not be touched. */
static void test_sync_of_holes(void **state)
{
	struct quire_tables t = port_new();
	struct quire_walker w;

	(void)state;
	walker_new(&w, &t, &quire_tables_port);
	map(&w, 0x2000, 0x3000, QUIRE_READ | QUIRE_WRITE);
	map(&w, 0x5000, 0x1000, QUIRE_READ);
	map(&w, 0x6000, 0x1000, 0);
	map(&w, 0x200000, 0x200000, QUIRE_READ);
	quire_tables_port.sync(&t, 0x0, 0x40000000, 1);
	asks("sync 2000+4000 1; sync 200000+200000 1; ");
	quire_tables_port.sync(&t, 0x2004, 0x2f00, 2);
	asks("sync 2004+2f00 2; ");
	quire_tables_port.sync(&t, 0x5ffc, 0x8, 2);
	asks("sync 5ffc+4 2; ");
	quire_tables_port.sync(&t, 0x212345, 0x10, 2);
	asks("sync 212345+10 2; ");
	quire_tables_port.sync(&t, 0x6000, 0x1fa000, 2);
	quire_tables_port.sync(&t, 0x10000000, 1, 2);
	asks("");
	quire_tables_port.sync(&t, 0x3fffff, 2, 2);
	asks("sync 3fffff+1 2; ");
}

/* A page that the processor would fault for is marked first, and no other. */
static void test_sync_of_unmarked(void **state)
{
	struct quire_tables t = port_new();
	struct quire_walker w;

	(void)state;
	walker_new(&w, &t, &quire_tables_port);
	map(&w, 0x2000, 0x3000, QUIRE_READ | QUIRE_WRITE);
	quire_walk_used(&w, 0x2000, 0x3000, QUIRE_ACCESSED | QUIRE_DIRTY);
	asked[0] = '\0';
	quire_tables_port.sync(&t, 0x2800, 0x1000, 1);
	asks("publish; publish; sync 2800+1000 1; ");
	assert_int_equal(quire_walk_used(&w, 0x2000, 0x1000, 0), QUIRE_ACCESSED);
	assert_int_equal(quire_walk_used(&w, 0x3000, 0x1000, 0), QUIRE_ACCESSED);
	assert_int_equal(quire_walk_used(&w, 0x4000, 0x1000, 0), 0);
	quire_tables_port.sync(&t, 0x2800, 0x1000, 1);
	asks("sync 2800+1000 1; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_marks_of_others),
		cmocka_unit_test(test_marks_of_pieces),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_pages_or_all),
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_upper_half),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_sync_of_holes),
		cmocka_unit_test(test_sync_of_unmarked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
