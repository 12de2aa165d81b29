/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several spaces: each has a root of its own, in which the arena is its own and everything of the
 * kernel is shared; contexts give them ASIDs.
 */
#include "board_host.h"

#include "quire/context.h"
#include "quire/error.h"
#include "suite/suite.h"

#define SPACES   8u
#define TABLES   24u
#define MAPPINGS 1200u
#define PAGE     t->page

static struct one {
	struct quire_space space;
	struct quire_walker walker;
	struct quire_tables tables;
	struct quire_context context;
	struct target target;
	quire_pa book;
	quire_size book_size;
	bool made;
} spaces[SPACES];

static struct quire_contexts contexts;
static struct quire_context_cpu cpus[1];
static uint32_t used[QUIRE_CONTEXT_WORDS(16)];
static unsigned flushes;

/* -- making and running them -- */

static void start_contexts(unsigned bits)
{
	static const struct quire_lock none;
	unsigned most = quire_cpu_asid_bits();

	if (most == 0) /* numbers that nobody looks at */
		most = 16;
	for (unsigned i = 0; i < SPACES; i++)
		spaces[i].context.id = 0;
	quire_cpu.flush_asid(QUIRE_ASID_ALL);
	flushes = 0;
	quire_contexts_init(&contexts, bits < most ? bits : most, 1, cpus, used, &none);
}

static void make_tree(struct one *s)
{
	const struct quire_mmu *mmu = board.user_mmu ? board.user_mmu : board.mmu;
	quire_size root = board_root_bytes(mmu);

	s->tables = host.tables;
	s->tables.mmu = mmu;
	s->tables.context = &s->context;
	s->tables.contexts = &contexts;
	s->tables.walker = &s->walker;
	s->walker = (struct quire_walker){
		.mmu = mmu, .port = &quire_tables_port, .port_ctx = &s->tables};
	s->walker.root = board_take(root, root < 4096 ? 4096 : root);
	s->context = (struct quire_context){.root = s->walker.root};
	board_pool(&s->walker, TABLES * board_table_bytes(mmu));
	for (unsigned i = 0; i < host.shared_count; i++)
		quire_walk_share_tables(&host.walker, s->walker.root, host.shared_walk[i],
					host.shared_size[i]);
}

static bool make_space(struct target *t, struct one *s)
{
	const struct quire_memory memory[] = {host.space.memory[BOARD_FRAMES],
					      host.space.memory[BOARD_BIG]};
	const struct quire_window window = {.name = "user",
					    .base = t->arena,
					    .exec_base = t->arena,
					    .walk = t->walk,
					    .size = t->arena_size,
					    .caps = QUIRE_CAP_MASK,
					    .targets = 3};
	struct quire_space_config config = {.windows = &window,
					    .memories = memory,
					    .walkers = &s->walker,
					    .window_count = 1,
					    .memory_count = 2,
					    .walker_count = 1};

	if (!s->made) {
		make_tree(s);
		s->book_size = quire_space_memory_size(&config, MAPPINGS);
		s->book = board_take(s->book_size, 8);
		s->made = true;
	}
	config.memory = board_at(s->book);
	config.memory_size = s->book_size;
	s->target = *t;
	s->target.space = &s->space;
	s->target.walker = &s->walker;
	s->target.operations = 20000;
	return RESULT(quire_space_init(&s->space, &config), QUIRE_OK);
}

static bool make_spaces(struct target *t, unsigned bits)
{
	start_contexts(bits);
	for (unsigned i = 0; i < SPACES; i++)
		NEED(make_space(t, &spaces[i]));
	return true;
}

static bool run(struct one *s)
{
	struct quire_context_load load;
	bool on = quire_cpu_interrupts(false);

	NEED(RESULT(quire_context_use(&contexts, 0, &s->context, &load), QUIRE_OK));
	if (load.flush) {
		flushes++;
		board_cpu.flush_asid(QUIRE_ASID_ALL);
	}
	quire_cpu.load(load.root, quire_cpu_asid_bits() ? load.asid : 0);
	host.active = &s->space;
	quire_cpu_interrupts(on);
	return true;
}

/* Back to the kernel's own. */
static void leave(void)
{
	quire_cpu.load(host.walker.root, 0);
	host.active = &host.space;
}

/* Everything unmapped, the kernel's root on. */
static bool empty_all(void)
{
	for (unsigned i = 0; i < SPACES; i++) {
		struct one *s = &spaces[i];
		quire_va va = s->target.arena;

		while (va < s->target.arena + s->target.arena_size) {
			struct quire_extent_info info;

			NEED(RESULT(quire_space_query(&s->space, va, &info), QUIRE_OK));
			if (info.kind == QUIRE_MAPPED) {
				quire_space_unmap(&s->space, info.va);
				quire_space_query(&s->space, va, &info);
			} else if (info.kind == QUIRE_RESERVED) {
				quire_space_release(&s->space, info.va);
			}
			va = info.va + info.size;
		}
		NEED(SAME(s->walker.pool.free, s->walker.pool.count));
	}
	leave();
	return true;
}

/* -- the tests -- */

/* Space i shows frame f + i at the same address. */
static bool fill(struct target *t, unsigned f, unsigned attr)
{
	for (unsigned i = 0; i < SPACES; i++)
		NEED(RESULT(suite_map(&spaces[i].target, t->arena + 3 * PAGE,
				      t->frames + (f + i) * PAGE, PAGE, attr),
			    QUIRE_OK));
	return true;
}

static bool sees(struct target *t, unsigned i, unsigned f, unsigned how)
{
	struct target *s = &spaces[i].target;

	NEED(run(&spaces[i]));
	NEED(suite_reads(s, how, t->arena + 3 * PAGE, suite_number(t, t->frames + (f + i) * PAGE)));
	NEED(suite_writes(s, how, t->arena + 3 * PAGE + 8, 0x900 + i));
	NEED(SAME(t->peek(t, t->frames + (f + i) * PAGE + 8), 0x900 + i));
	return suite_faults_at(s, QUIRE_READ | how, t->arena + 4 * PAGE);
}

static void their_own(struct target *t)
{
	MUST(make_spaces(t, 16));
	MUST(fill(t, 10, RW | USER));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < SPACES; i++)
			MUST(sees(t, i, 10, USER));
	}
	MUST(SAME(flushes, 0));
	leave();
	MUST(suite_faults_at(t, QUIRE_READ, t->arena + 3 * PAGE));
	MUST(empty_all());
}

/* What the kernel maps while a space runs is there at once, and in all the others. */
static void kernel_shared(struct target *t)
{
	quire_va va = host.stub + 2 * PAGE;
	const struct quire_want want = {.pa = host.shared_pa,
					.size = PAGE,
					.target = QUIRE_RAM,
					.attr = RW,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	MUST(make_spaces(t, 16));
	MUST(run(&spaces[0]));
	MUST(suite_faults_at(t, QUIRE_READ, va));
	MUST(RESULT(quire_space_map_at(t->space, va, &want, &got), QUIRE_OK));
	for (unsigned i = 0; i < SPACES; i++) {
		MUST(run(&spaces[i]));
		MUST(suite_writes(t, 0, va + 256, 0x700 + i));
		MUST(SAME(t->peek(t, host.shared_pa + 256), 0x700 + i));
		MUST(suite_faults_at(t, QUIRE_READ | USER, va));
	}
	MUST(RESULT(quire_space_unmap(t->space, va), QUIRE_OK));
	for (unsigned i = 0; i < SPACES; i++) {
		MUST(run(&spaces[i]));
		MUST(suite_faults_at(t, QUIRE_READ, va));
	}
	MUST(empty_all());
}

/* More spaces than ASIDs. */
static void recycled(struct target *t)
{
	MUST(make_spaces(t, 2));
	MUST(fill(t, 30, RW | USER));
	for (unsigned n = 0; n < 200; n++)
		MUST(sees(t, suite_random_below(SPACES), 30, USER));
	MUST(OK(contexts.rollovers > 10));
	MUST(OK(flushes <= contexts.rollovers));
	MUST(RESULT(quire_contexts_check(&contexts, NULL), QUIRE_OK));
	MUST(empty_all());
}

/* More pages than are forgotten one by one. */
static void many_pages(struct target *t)
{
	quire_size pages = 300;
	struct target *s = &spaces[1].target;

	MUST(make_spaces(t, 16));
	MUST(run(&spaces[1]));
	MUST(RESULT(suite_map(s, t->arena, t->frames, pages * PAGE, RW | USER), QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(suite_reads(s, USER, t->arena + i * PAGE,
				 suite_number(t, t->frames + i * PAGE)));
	MUST(RESULT(quire_space_unmap(&spaces[1].space, t->arena), QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena + i * PAGE));
	MUST(empty_all());
}

/* Pages of the space that runs, one that leaves its table behind and one that takes it along. */
static void few_pages(struct target *t)
{
	struct target *s = &spaces[1].target;

	MUST(make_spaces(t, 16));
	MUST(run(&spaces[1]));
	MUST(RESULT(suite_map(s, t->arena, t->frames, 2 * PAGE, RW | USER), QUIRE_OK));
	for (unsigned i = 0; i < 2; i++)
		MUST(suite_reads(s, USER, t->arena + i * PAGE,
				 suite_number(t, t->frames + i * PAGE)));
	MUST(RESULT(quire_space_unmap_part(&spaces[1].space, t->arena, PAGE), QUIRE_OK));
	MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena));
	MUST(suite_reads(s, USER, t->arena + PAGE, suite_number(t, t->frames + PAGE)));
	MUST(RESULT(quire_space_unmap(&spaces[1].space, t->arena + PAGE), QUIRE_OK));
	MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena + PAGE));
	MUST(empty_all());
}

/* A space is changed while another runs. */
static void from_afar(struct target *t)
{
	MUST(make_spaces(t, 16));
	MUST(fill(t, 50, RW | USER));
	for (unsigned round = 0; round < 4; round++) {
		MUST(sees(t, 2, 50, USER));
		MUST(sees(t, 3, 50, USER));
		MUST(RESULT(quire_space_unmap(&spaces[2].space, t->arena + 3 * PAGE), QUIRE_OK));
		MUST(run(&spaces[2]));
		MUST(suite_faults_at(&spaces[2].target, QUIRE_READ | USER, t->arena + 3 * PAGE));
		MUST(sees(t, 3, 50, USER));
		MUST(RESULT(suite_map(&spaces[2].target, t->arena + 3 * PAGE, t->frames + 52 * PAGE,
				      PAGE, RW | USER),
			    QUIRE_OK));
		MUST(sees(t, 2, 50, USER));
	}
	MUST(empty_all());
}

/* The next space with the same root sees nothing of the one before. */
static void ended(struct target *t)
{
	MUST(make_spaces(t, 3));
	MUST(fill(t, 70, RW | USER));
	for (unsigned n = 0; n < 12; n++) {
		struct one *s = &spaces[n % SPACES];

		MUST(sees(t, n % SPACES, 70, USER));
		MUST(RESULT(quire_context_end(&contexts, &s->context), QUIRE_EREFERENCED));
		MUST(run(&spaces[(n + 1) % SPACES]));
		MUST(RESULT(quire_context_end(&contexts, &s->context), QUIRE_OK));
		MUST(RESULT(quire_space_unmap(&s->space, t->arena + 3 * PAGE), QUIRE_OK));
		MUST(SAME(s->walker.pool.free, s->walker.pool.count));
		s->context = (struct quire_context){.root = s->walker.root};
		MUST(run(s));
		MUST(suite_faults_at(&s->target, QUIRE_READ | USER, t->arena + 3 * PAGE));
		MUST(RESULT(suite_map(&s->target, t->arena + 3 * PAGE,
				      t->frames + (70 + n % SPACES) * PAGE, PAGE, RW | USER),
			    QUIRE_OK));
	}
	MUST(empty_all());
}

/* The random operations again, in a space that has an ASID. */
static void random_in_a_space(struct target *t)
{
	MUST(make_spaces(t, 16));
	MUST(run(&spaces[4]));
	suite_random.test[0].run(&spaces[4].target);
	MUST(!suite_failed());
	MUST(empty_all());
}

static const struct suite_test tests[] = {
	{"spaces have their own pages", their_own, NULL, 0},
	{"the kernel is in all spaces", kernel_shared, NULL, 1u << SEED_PAGES},
	{"ASIDs are recycled", recycled, NULL, 0},
	{"an unmap in a space is seen at once", few_pages, NULL, 1u << SEED_PAGES},
	{"an unmap of many pages in a space", many_pages, NULL, 1u << SEED_ASID},
	{"a space is changed while another runs", from_afar, NULL, 0},
	{"a space ends", ended, NULL, 0},
	{"random operations in a space", random_in_a_space, NULL, 0},
};

const struct suite_list board_spaces = {tests, SUITE_COUNT(tests)};
