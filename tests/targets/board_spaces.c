/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several spaces: each has a root of its own, in which the arena is its own and everything of the
 * kernel is shared; there are more of them than ASIDs.
 *
 * What their programs see is seen by real loads and stores.  But an emulated processor forgets more
 * than it has to whenever a root is loaded.  So that a number in two hands is found on all of them,
 * the spaces get a processor that is watched:
 *
 *   load    what it may remember under this number is this space's;
 *   flush   or else it is told to forget everything right behind the load
 */
#include "board_host.h"

#include "quire/address_space.h"
#include "quire/error.h"
#include "suite/suite.h"

#define SPACES   11u
#define FEW      3u /* bits of an ASID: seven numbers for eleven spaces */
#define MANY     16u
#define TABLES   24u
#define MAPPINGS 1200u
#define PAGE     t->page

static struct one {
	struct quire_address_space as;
	struct quire_walker walker; /* to make it of: the pool is as the space before left it */
	struct quire_tables tables;
	struct target target;
	quire_pa book;
	quire_size book_size;
	uint32_t serial; /* of the space that is there now: no two are alike */
	bool alive;
} spaces[SPACES];

static struct quire_contexts contexts;
static struct quire_context_cpu cpus[1];
static uint32_t used[QUIRE_CONTEXT_WORDS(MANY)];
static struct quire_address_range ranges[QUIRE_WINDOWS_MAX];
static struct quire_address_spaces all;

/* -- the processor, watched -- */

#define WATCHED 256u /* numbers: no test comes to more */
#define NOBODY  (~(uint32_t)0)
#define KERNEL  0u

static struct {
	uint32_t owner[WATCHED]; /* whose translations may be kept under a number */
	uint32_t running;        /* serial of a space, or KERNEL */
	uint32_t asid;
	uint32_t loads, flushes;
	bool met; /* who runs may meet what another left behind */
} watch;

static uint32_t serial_of(quire_pa root)
{
	for (unsigned i = 0; i < SPACES; i++)
		if (spaces[i].alive && spaces[i].as.context.root == root)
			return spaces[i].serial;
	return KERNEL;
}

static void watched_load(quire_pa root, uint32_t asid)
{
	watch.loads++;
	watch.running = serial_of(root);
	watch.asid = asid % WATCHED;
	watch.met = watch.owner[watch.asid] != watch.running && watch.owner[watch.asid] != NOBODY;
	watch.owner[watch.asid] = watch.running;
	quire_cpu.load(root, asid);
}

static void watched_flush(uint32_t asid)
{
	if (asid == QUIRE_ASID_ALL || contexts.bits == 0) { /* all of them have number 0 then */
		watch.flushes++;
		watch.met = false;
		for (unsigned i = 0; i < WATCHED; i++)
			watch.owner[i] = i == watch.asid ? watch.running : NOBODY;
	}
	board_cpu.flush_asid(asid);
}

/* -- making and running them -- */

/* Add a root entry to the kernel's part, unless it is there already. */
static void add_range(quire_va walk, quire_size size)
{
	struct quire_address_range *last = ranges;

	for (unsigned i = 0; i < all.shared_count; i++) {
		if (walk - ranges[i].walk < ranges[i].size)
			return;
		last = &ranges[i];
	}
	if (all.shared_count != 0 && last->walk + last->size == walk)
		last->size += size;
	else if (OK(all.shared_count < QUIRE_WINDOWS_MAX))
		ranges[all.shared_count++] = (struct quire_address_range){walk, size};
}

/* The lower half of ARMv7 is a tree of another kind than the kernel's, which has a root of its own.  What
   the kernel has down there is copied by hand. */
static bool own_root(void)
{
	return board.user_mmu != NULL;
}

static bool start_all(void)
{
	static struct quire_cpu_ops watched;
	quire_size entry = (quire_size)1 << board.mmu->level[0].shift;

	watched = board_cpu;
	watched.load = watched_load;
	watched.flush_asid = watched_flush;
	all = (struct quire_address_spaces){.contexts = &contexts,
					    .cpu = &watched,
					    .kernel = own_root() ? NULL : &host.space,
					    .shared = ranges,
					    .idle = host.walker.root};
	for (unsigned i = 0; i < host.shared_count; i++)
		for (quire_size at = 0; at < host.shared_size[i]; at += entry)
			add_range(host.shared_walk[i] + at, entry);
	return RESULT(quire_address_spaces_init(&all), QUIRE_OK);
}

static bool start_contexts(unsigned bits)
{
	unsigned most = quire_cpu_asid_bits();

	if (most == 0) /* numbers that nobody looks at */
		most = MANY;
	quire_cpu.load(host.walker.root, 0);
	quire_cpu.flush_asid(QUIRE_ASID_ALL);
	host.active = &host.space;
	for (unsigned i = 0; i < WATCHED; i++)
		watch.owner[i] = NOBODY;
	watch.owner[0] = KERNEL;
	watch.running = KERNEL;
	watch.asid = watch.loads = watch.flushes = 0;
	watch.met = false;
	return RESULT(
		quire_contexts_init(&contexts, bits < most ? bits : most, 1, cpus, used, NULL),
		QUIRE_OK);
}

static void make_tree(struct one *s)
{
	const struct quire_mmu *mmu = own_root() ? board.user_mmu : board.mmu;
	quire_size root = quire_mmu_table_bytes(mmu, 0);

	s->tables = host.tables;
	s->tables.mmu = mmu;
	s->tables.context = &s->as.context;
	s->tables.contexts = &contexts;
	s->tables.walker = &s->as.walker;
	s->walker = (struct quire_walker){
		.mmu = mmu, .port = &quire_tables_port, .port_ctx = &s->tables};
	s->walker.root = board_take(root, root < 4096 ? 4096 : root);
	board_pool(&s->walker, TABLES * quire_mmu_table_bytes(mmu, 1));
}

static void share_by_hand(struct one *s, bool show)
{
	unsigned shift = s->walker.mmu->level[0].shift;

	for (unsigned i = 0; own_root() && i < all.shared_count; i++) {
		if (show)
			quire_walk_share_tables(&host.walker, s->walker.root, ranges[i].walk,
						ranges[i].size);
		else
			s->walker.port->write(
				&s->tables, s->walker.root, (unsigned)(ranges[i].walk >> shift),
				s->walker.mmu->invalid, (unsigned)(ranges[i].size >> shift), 0);
	}
}

static bool create(struct target *t, struct one *s)
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
	struct quire_space_config config = {
		.windows = &window, .memories = memory, .window_count = 1, .memory_count = 2};

	if (!s->walker.mmu) {
		make_tree(s);
		config.walkers = &s->walker;
		config.walker_count = 1;
		s->book_size = quire_space_memory_size(&config, MAPPINGS);
		s->book = board_take(s->book_size, 8);
	}
	config.memory = board_at(s->book);
	config.memory_size = s->book_size;
	NEED(RESULT(quire_address_space_create(&all, &s->as, &config, &s->walker), QUIRE_OK));
	share_by_hand(s, true);
	s->serial += SPACES;
	s->alive = true;
	s->target = *t;
	s->target.space = &s->as.space;
	s->target.walker = &s->as.walker;
	s->target.operations = 20000;
	return true;
}

/* A table as it was before it was used. */
static bool table_is_clean(const struct one *s, quire_pa table, quire_size bytes)
{
	const struct quire_mmu *mmu = s->walker.mmu;

	for (unsigned i = 0; i < bytes / mmu->entry_bytes; i++)
		if (s->walker.port->read(s->walker.port_ctx, table, i) != mmu->invalid)
			return SAME(i, bytes);
	return true;
}

/* All tables are back in the pool, each of them once, and there is nothing in them. */
static bool gave_back_all(const struct one *s)
{
	const struct quire_table_pool *pool = &s->walker.pool;
	uint64_t seen[(TABLES + 63) / 64] = {0};
	uint32_t at = pool->first_free;

	NEED(SAME(pool->free, TABLES));
	NEED(SAME(pool->count, TABLES));
	for (uint32_t i = 0; i < pool->count; i++) {
		NEED(OK(at < TABLES));
		NEED(OK(!(seen[at / 64] >> at % 64 & 1)));
		seen[at / 64] |= (uint64_t)1 << at % 64;
		at = pool->slots[at].next_or_used;
	}
	NEED(table_is_clean(s, pool->base, (quire_size)pool->count * pool->table_bytes));
	return table_is_clean(s, s->walker.root, quire_mmu_table_bytes(s->walker.mmu, 0));
}

static bool destroy(struct one *s)
{
	NEED(suite_proved(&s->target));
	NEED(RESULT(quire_address_space_destroy(&s->as), QUIRE_OK));
	s->alive = false;
	share_by_hand(s, false);
	s->walker.pool = s->as.walker.pool;
	return gave_back_all(s);
}

static bool run(struct one *s)
{
	NEED(RESULT(quire_address_space_switch(&s->as, 0), QUIRE_OK));
	host.active = &s->as.space;
	NEED(OK(contexts.cpu[0].running == &s->as.context));
	return OK(!watch.met);
}

/* Back to the kernel's own. */
static bool leave(void)
{
	NEED(RESULT(quire_address_space_leave(&all, 0), QUIRE_OK));
	host.active = &host.space;
	NEED(SAME(watch.running, KERNEL));
	NEED(OK(contexts.cpu[0].running == NULL));
	return OK(!watch.met);
}

static bool destroy_all(void)
{
	NEED(leave());
	NEED(RESULT(quire_contexts_check(&contexts, NULL), QUIRE_OK));
	for (unsigned i = 0; i < SPACES; i++)
		NEED(destroy(&spaces[i]));
	return true;
}

/* With ASIDs of at most this many bits.  (If a test has failed, its spaces are still there.) */
static bool make_spaces(struct target *t, unsigned bits)
{
	NEED(start_contexts(bits));
	if (!all.cpu)
		NEED(start_all());
	for (unsigned i = 0; i < SPACES; i++) {
		if (spaces[i].alive)
			NEED(destroy(&spaces[i]));
		if (spaces[i].serial == 0)
			spaces[i].serial = i + 1;
		NEED(create(t, &spaces[i]));
	}
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

static bool sees_now(struct target *t, unsigned i, unsigned f, unsigned how)
{
	struct target *s = &spaces[i].target;

	NEED(suite_reads(s, how, t->arena + 3 * PAGE, suite_number(t, t->frames + (f + i) * PAGE)));
	NEED(suite_writes(s, how, t->arena + 3 * PAGE + 8, 0x900 + i));
	NEED(SAME(t->peek(t, t->frames + (f + i) * PAGE + 8), 0x900 + i));
	return suite_faults_at(s, QUIRE_READ | how, t->arena + 4 * PAGE);
}

static bool sees(struct target *t, unsigned i, unsigned f, unsigned how)
{
	NEED(run(&spaces[i]));
	return sees_now(t, i, f, how);
}

static void their_own(struct target *t)
{
	MUST(make_spaces(t, MANY));
	MUST(fill(t, 10, RW | USER));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < SPACES; i++)
			MUST(sees(t, i, 10, USER));
	}
	MUST(SAME(watch.loads, 3 * SPACES));
	MUST(SAME(watch.flushes, 0));
	MUST(destroy_all());
}

/* The kernel's own root, between spaces: what is in the arena of any is not there. */
static void left(struct target *t)
{
	quire_va va = t->arena + 3 * PAGE;

	MUST(make_spaces(t, FEW));
	MUST(fill(t, 10, RW | USER));
	for (unsigned n = 0; n < 3 * SPACES; n++) {
		MUST(sees(t, n % SPACES, 10, USER));
		MUST(leave());
		MUST(suite_faults_at(t, QUIRE_READ, va));
		MUST(suite_faults_at(t, QUIRE_READ | USER, va));
		MUST(suite_faults_at(t, QUIRE_WRITE | USER, va));
	}
	MUST(SAME(watch.loads, 6 * SPACES));
	MUST(SAME(watch.flushes, contexts.rollovers));
	MUST(destroy_all());
}

/* The kernel has this page at `va`, whoever runs, and user mode has not. */
static bool kernel_has(struct target *t, quire_va va, uint32_t word)
{
	NEED(suite_writes(t, 0, va + 256, word));
	NEED(SAME(t->peek(t, host.shared_pa + 256), word));
	NEED(suite_faults_at(t, QUIRE_READ | USER, va));
	return suite_faults_at(t, QUIRE_WRITE | USER, va);
}

/* What the kernel maps while a space runs is there at once, and in all the others: in one that is
   made now, too. */
static void kernel_shared(struct target *t)
{
	quire_va va = host.stub + 2 * PAGE;
	const struct quire_want want = {.pa = host.shared_pa,
					.size = PAGE,
					.target = QUIRE_RAM,
					.attr = RW,
					.flags = QUIRE_SHARED};
	struct quire_got got;

	MUST(make_spaces(t, FEW));
	MUST(destroy(&spaces[7]));
	MUST(run(&spaces[0]));
	MUST(suite_faults_at(t, QUIRE_READ, va));
	MUST(RESULT(quire_space_map_at(t->space, va, &want, &got), QUIRE_OK));
	MUST(create(t, &spaces[7]));
	for (unsigned i = 0; i < SPACES; i++) {
		MUST(run(&spaces[i]));
		MUST(kernel_has(t, va, 0x700 + i));
	}
	MUST(leave());
	MUST(kernel_has(t, va, 0x7ff));
	MUST(run(&spaces[5]));
	MUST(suite_writes(t, 0, va, 0x51000000));
	MUST(RESULT(quire_space_protect(t->space, va, PAGE, QUIRE_READ, 0), QUIRE_OK));
	for (unsigned i = 0; i < SPACES; i++) {
		MUST(run(&spaces[i]));
		MUST(suite_reads(t, 0, va, 0x51000000));
		MUST(suite_faults_at(t, QUIRE_WRITE, va));
	}
	MUST(RESULT(quire_space_unmap(t->space, va), QUIRE_OK));
	for (unsigned i = 0; i < SPACES; i++) {
		MUST(run(&spaces[i]));
		MUST(suite_faults_at(t, QUIRE_READ, va));
	}
	MUST(destroy_all());
}

/* -- isolation -- */

/* A page that nobody else has. */
static quire_va private_va(const struct target *t, unsigned i)
{
	return t->arena + (16 + i) * PAGE;
}

/* User mode reaches nothing of the image and of the devices. */
static bool kernel_is_out_of_reach(struct target *s)
{
	for (unsigned i = 0; i < host.image.count; i++) {
		const struct quire_boot_part *part = &host.image.parts[i];
		quire_va last = ((part->end + s->page - 1) & ~(s->page - 1)) - 1;

		NEED(suite_faults_at(s, QUIRE_READ | USER, part->start));
		NEED(suite_faults_at(s, QUIRE_WRITE | USER, part->start));
		NEED(suite_faults_at(s, QUIRE_READ | USER, last));
		NEED(suite_faults_at(s, QUIRE_WRITE | USER, last));
	}
	return true;
}

/* What space i's programs reach of the pages of all spaces: their own. */
static bool only_its_own(struct target *t, unsigned i)
{
	struct target *s = &spaces[i].target;

	for (unsigned j = 0; j < SPACES; j++) {
		if (j == i)
			continue;
		NEED(suite_faults_at(s, QUIRE_READ | USER, private_va(t, j)));
		NEED(suite_faults_at(s, QUIRE_WRITE | USER, private_va(t, j)));
		NEED(suite_faults_at(s, QUIRE_READ, private_va(t, j)));
	}
	NEED(suite_reads(s, USER, private_va(t, i), suite_number(t, t->frames + (90 + i) * PAGE)));
	return suite_writes(s, USER, private_va(t, i) + 8, 0xa00 + i);
}

static void isolated(struct target *t)
{
	quire_va mine = t->arena + 5 * PAGE;

	MUST(make_spaces(t, FEW));
	for (unsigned i = 0; i < SPACES; i++) {
		struct target *s = &spaces[i].target;
		quire_pa frame = t->frames + (90 + i) * PAGE;

		MUST(RESULT(suite_map(s, private_va(t, i), frame, PAGE, RW | USER), QUIRE_OK));
		MUST(RESULT(suite_map(s, mine, frame, PAGE, RW), QUIRE_OK));
	}
	for (unsigned n = 0; n < 2 * SPACES; n++) {
		unsigned i = n * 3 % SPACES;
		struct target *s = &spaces[i].target;

		MUST(run(&spaces[i]));
		MUST(only_its_own(t, i));
		MUST(kernel_is_out_of_reach(s));
		MUST(suite_reads(s, 0, mine + 8, 0xa00 + i));
		MUST(suite_faults_at(s, QUIRE_READ | USER, mine));
		MUST(suite_faults_at(s, QUIRE_WRITE | USER, mine));
	}
	for (unsigned i = 0; i < SPACES; i++)
		MUST(SAME(t->peek(t, t->frames + (90 + i) * PAGE + 8), 0xa00 + i));
	MUST(destroy_all());
}

/* -- numbers -- */

/* More spaces than ASIDs. */
static void recycled(struct target *t)
{
	MUST(make_spaces(t, FEW));
	MUST(fill(t, 30, RW | USER));
	for (unsigned n = 0; n < 300; n++) {
		MUST(sees(t, suite_random_below(SPACES), 30, USER));
		MUST(OK(watch.asid != 0 && watch.asid < 1u << FEW));
	}
	MUST(OK(contexts.rollovers > 10));
	MUST(SAME(watch.flushes, contexts.rollovers));
	MUST(destroy_all());
}

#define WORDS 6u /* of each space, in a page each */

/* Space i's word n, in memory and in the arena. */
static quire_pa word_pa(const struct target *t, unsigned i, unsigned n)
{
	return t->frames + (101 + i * WORDS + n) * PAGE - 4;
}

static quire_va word_va(const struct target *t, unsigned n)
{
	return t->arena + (8 + n + 1) * PAGE - 4;
}

static bool step(struct target *t, unsigned i, unsigned n, uint32_t *word)
{
	struct target *s = &spaces[i].target;

	NEED(run(&spaces[i]));
	NEED(suite_reads(s, USER, word_va(t, n), *word));
	if (suite_random_below(3) == 0) {
		*word = suite_random_number();
		NEED(suite_writes(s, USER, word_va(t, n), *word));
	}
	return suite_random_below(8) != 0 || leave();
}

/* The same addresses, other bytes: written once, and still there after many others have run. */
static void other_bytes(struct target *t)
{
	static uint32_t word[SPACES][WORDS];

	MUST(make_spaces(t, FEW));
	for (unsigned i = 0; i < SPACES; i++) {
		struct target *s = &spaces[i].target;

		MUST(RESULT(suite_map(s, t->arena + 8 * PAGE, t->frames + (100 + i * WORDS) * PAGE,
				      WORDS * PAGE, RW | USER),
			    QUIRE_OK));
		MUST(run(&spaces[i]));
		for (unsigned n = 0; n < WORDS; n++) {
			word[i][n] = suite_random_number();
			MUST(suite_writes(s, USER, word_va(t, n), word[i][n]));
		}
	}
	for (unsigned k = 0; k < 800; k++) {
		unsigned i = suite_random_below(SPACES), n = suite_random_below(WORDS);

		MUST(step(t, i, n, &word[i][n]));
	}
	for (unsigned i = 0; i < SPACES * WORDS; i++) {
		MUST(run(&spaces[i / WORDS]));
		MUST(suite_reads(t, USER, word_va(t, i % WORDS), word[i / WORDS][i % WORDS]));
		MUST(SAME(t->peek(t, word_pa(t, i / WORDS, i % WORDS)),
			  word[i / WORDS][i % WORDS]));
	}
	MUST(SAME(watch.flushes, contexts.rollovers));
	MUST(destroy_all());
}

/* Without ASIDs each space forgets what the one before left, and so does the kernel's root. */
static void no_numbers(struct target *t)
{
	MUST(make_spaces(t, 0));
	MUST(fill(t, 10, RW | USER));
	for (unsigned n = 0; n < 2 * SPACES; n++) {
		MUST(sees(t, n % SPACES, 10, USER));
		MUST(sees(t, n % SPACES, 10, USER));
		if (n % 4 != 0)
			continue;
		MUST(leave());
		MUST(suite_faults_at(t, QUIRE_READ | USER, t->arena + 3 * PAGE));
	}
	MUST(destroy_all());
}

/* -- changes -- */

/* More pages than are forgotten one by one. */
static void many_pages(struct target *t)
{
	quire_size pages = 300;
	struct target *s = &spaces[1].target;

	MUST(make_spaces(t, MANY));
	MUST(run(&spaces[1]));
	MUST(RESULT(suite_map(s, t->arena, t->frames, pages * PAGE, RW | USER), QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(suite_reads(s, USER, t->arena + i * PAGE,
				 suite_number(t, t->frames + i * PAGE)));
	MUST(RESULT(quire_space_unmap(s->space, t->arena), QUIRE_OK));
	for (quire_size i = 0; i < pages; i++)
		MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena + i * PAGE));
	MUST(destroy_all());
}

/* Pages of the space that runs, one that leaves its table behind and one that takes it along. */
static void few_pages(struct target *t)
{
	struct target *s = &spaces[1].target;

	MUST(make_spaces(t, MANY));
	MUST(run(&spaces[1]));
	MUST(RESULT(suite_map(s, t->arena, t->frames, 2 * PAGE, RW | USER), QUIRE_OK));
	for (unsigned i = 0; i < 2; i++)
		MUST(suite_reads(s, USER, t->arena + i * PAGE,
				 suite_number(t, t->frames + i * PAGE)));
	MUST(RESULT(quire_space_unmap_part(s->space, t->arena, PAGE), QUIRE_OK));
	MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena));
	MUST(suite_reads(s, USER, t->arena + PAGE, suite_number(t, t->frames + PAGE)));
	MUST(RESULT(quire_space_unmap(s->space, t->arena + PAGE), QUIRE_OK));
	MUST(suite_faults_at(s, QUIRE_READ | USER, t->arena + PAGE));
	MUST(destroy_all());
}

/* A space is changed while another runs. */
static void from_afar(struct target *t)
{
	struct target *s = &spaces[2].target;
	quire_va va = t->arena + 3 * PAGE;

	MUST(make_spaces(t, MANY));
	MUST(fill(t, 50, RW | USER));
	for (unsigned round = 0; round < 4; round++) {
		MUST(sees(t, 2, 50, USER));
		MUST(sees(t, 3, 50, USER));
		MUST(RESULT(quire_space_unmap(s->space, va), QUIRE_OK));
		MUST(run(&spaces[2]));
		MUST(suite_faults_at(s, QUIRE_READ | USER, va));
		MUST(sees(t, 3, 50, USER));
		MUST(RESULT(suite_map(s, va, t->frames + 52 * PAGE, PAGE, RW | USER), QUIRE_OK));
		MUST(sees(t, 2, 50, USER));
	}
	MUST(destroy_all());
}

/* -- destroying -- */

/* Something of each kind: pages and large ones, held twice, reserved, with a hole. */
static bool furnish(struct target *t, struct one *s)
{
	struct target *its = &s->target;
	const struct quire_mmu *mmu = its->mmu;
	quire_size large = (quire_size)1 << mmu->level[mmu->levels - 2].shift;

	NEED(RESULT(suite_map(its, t->arena + 40 * PAGE, t->frames, 20 * PAGE, RW), QUIRE_OK));
	NEED(RESULT(quire_space_unmap_part(its->space, t->arena + 45 * PAGE, 3 * PAGE), QUIRE_OK));
	NEED(RESULT(quire_space_reserve_at(its->space, t->arena + 70 * PAGE, 5 * PAGE, 1),
		    QUIRE_OK));
	NEED(RESULT(suite_map_big(its, t->arena + large, 0, large, QUIRE_READ | USER), QUIRE_OK));
	NEED(RESULT(suite_map(its, t->arena + 3 * large - PAGE, t->frames, 2 * PAGE, RW | USER),
		    QUIRE_OK));
	return OK(s->as.walker.pool.free < TABLES);
}

/* The next space with the same root and tables sees nothing of the one before. */
static void destroyed(struct target *t)
{
	quire_va va = t->arena + 3 * PAGE;

	MUST(make_spaces(t, FEW));
	MUST(fill(t, 70, RW | USER));
	for (unsigned n = 0; n < 3 * SPACES; n++) {
		unsigned i = n % SPACES;
		struct one *s = &spaces[i];

		MUST(sees(t, i, 70, USER));
		MUST(furnish(t, s));
		MUST(RESULT(quire_address_space_destroy(&s->as), QUIRE_EREFERENCED));
		MUST(sees_now(t, i, 70, USER));
		if (n % 3 == 0)
			MUST(leave());
		else
			MUST(sees(t, (i + 1) % SPACES, 70, USER));
		MUST(destroy(s));
		MUST(create(t, s));
		MUST(run(s));
		MUST(suite_faults_at(&s->target, QUIRE_READ | USER, va));
		MUST(RESULT(suite_map(&s->target, va, t->frames + (70 + i) * PAGE, PAGE, RW | USER),
			    QUIRE_OK));
	}
	MUST(SAME(watch.flushes, contexts.rollovers));
	MUST(destroy_all());
}

/* The random operations again, in a space that has an ASID. */
static void random_in_a_space(struct target *t)
{
	MUST(make_spaces(t, MANY));
	MUST(run(&spaces[4]));
	suite_random.test[0].run(&spaces[4].target);
	MUST(!suite_failed());
	MUST(destroy_all());
}

static const struct suite_test tests[] = {
	{"spaces have their own pages", their_own, NULL, 0},
	{"no space runs: the kernel's own root", left, NULL, 0},
	{"the kernel is in all spaces", kernel_shared, NULL, 1u << SEED_PAGES},
	{"user mode reaches its own space and no more", isolated, suite_needs_user, 0},
	{"ASIDs are recycled", recycled, NULL, 0},
	{"one address, other bytes in each space", other_bytes, NULL, 0},
	{"spaces without ASIDs", no_numbers, NULL, 0},
	{"an unmap in a space is seen at once", few_pages, NULL, 1u << SEED_PAGES},
	{"an unmap of many pages in a space", many_pages, NULL, 1u << SEED_ASID},
	{"a space is changed while another runs", from_afar, NULL, 0},
	{"a space is destroyed, another made of its tables", destroyed, NULL, 0},
	{"random operations in a space", random_in_a_space, NULL, 0},
};

const struct suite_list board_spaces = {tests, SUITE_COUNT(tests)};
