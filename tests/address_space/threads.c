/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four threads as four CPUs: three make address spaces of their own, fill, run and destroy them, and run
 * one that all have; the fourth never leaves that one, so nobody can destroy it, and changes the
 * kernel's part.  ThreadSanitizer watches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "quire/address_space.h"
#include "quire/port/riscv.h"
#include "quire/port/tables.h"
#include "quire/quire.h"

#define CPUS   4u
#define BITS   3u
#define ROOM   6u
#define ROUNDS 1500u
#define PAGE   0x1000u
#define USER   0x40000000u
#define KERNEL 0x4000000000u
#define COMMON CPUS        /* the space that all have; the others are the threads' own */
#define TREES  (CPUS + 2u) /* and the kernel's */

static _Alignas(PAGE) uint64_t memory[TREES][ROOM][512];
static uint64_t book[TREES][2048];
static struct quire_table_slot slots[TREES][ROOM - 1];
static struct quire_tables tables[TREES];
static pthread_mutex_t mutex[TREES + 1];
static struct quire_contexts contexts;
static struct quire_context_cpu state[CPUS];
static uint32_t used[QUIRE_CONTEXT_WORDS(BITS)];
static struct quire_walker kernel_walker;
static struct quire_space kernel;
static struct quire_address_spaces all;
static struct quire_address_space space[CPUS + 1];
static atomic_uint wrong, ready;
static _Thread_local quire_pa loaded;
static _Thread_local unsigned flushes;
static atomic_uint all_flushes;

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static void expect(bool holds)
{
	if (!holds)
		atomic_fetch_add(&wrong, 1);
}

static void publish(void)
{
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool deep)
{
	(void)va, (void)size, (void)shift, (void)asid, (void)deep;
}

static void flush_asid(uint32_t asid)
{
	flushes += asid == QUIRE_ASID_ALL;
}

static void load(quire_pa root, uint32_t asid)
{
	expect(asid >> BITS == 0 && (asid == 0) == (root == all.idle));
	loaded = root;
}

static const struct quire_cpu_ops cpu = {.name = "threads",
					 .publish = publish,
					 .flush_pages = flush_pages,
					 .flush_asid = flush_asid,
					 .load = load,
					 .flush_most = 512,
					 .asid_bits = BITS};

static struct quire_walker walker_of(unsigned tree)
{
	struct quire_walker walker = {.mmu = &quire_mmu_sv39,
				      .port = &quire_tables_port,
				      .port_ctx = &tables[tree],
				      .root = (uintptr_t)memory[tree]};

	tables[tree] = (struct quire_tables){.cpu = &cpu, .mmu = &quire_mmu_sv39};
	if (tree <= COMMON) {
		tables[tree].context = &space[tree].context;
		tables[tree].contexts = &contexts;
	}
	quire_table_pool_init(&walker.pool, slots[tree], (uintptr_t)memory[tree][1],
			      sizeof(memory[tree][0]), ROOM - 1);
	return walker;
}

static int create(unsigned tree, quire_va base, struct quire_walker *walker)
{
	const struct quire_window window = {.name = "all",
					    .base = base,
					    .exec_base = base,
					    .walk = base,
					    .size = 0x40000000,
					    .caps = QUIRE_CAP_MASK,
					    .targets = 1};
	const struct quire_memory ram = {
		.name = "ram", .base = 0x100000000, .size = 0x40000000, .caps = QUIRE_CAP_MASK};
	struct quire_space_config config = {.windows = &window,
					    .memories = &ram,
					    .window_count = 1,
					    .memory_count = 1,
					    .lock = {lock, unlock, &mutex[tree]},
					    .memory = book[tree],
					    .memory_size = sizeof(book[tree])};

	if (tree <= COMMON)
		return quire_address_space_create(&all, &space[tree], &config, walker);
	config.walkers = walker;
	config.walker_count = 1;
	return quire_space_init(&kernel, &config);
}

/* Map something, look at it, and take some of it away again. */
static void change(struct quire_space *s, unsigned n)
{
	const struct quire_want want = {.pa = 0x100000000 + n % 64 * PAGE,
					.size = (1 + n % 7) * PAGE,
					.attr = QUIRE_READ,
					.flags = QUIRE_SHARED};
	struct quire_got got;
	quire_pa pa = 0;

	if (quire_space_map(s, &want, &got) < 0)
		return;
	expect(quire_space_to_physical(s, got.va, &pa, NULL) != QUIRE_OK || pa != 0);
	if (n % 4 != 0)
		(void)quire_space_unmap(s, got.mapping);
}

/* A space from its first to its last moment. */
static void live(unsigned self, unsigned n)
{
	struct quire_walker walker = walker_of(self);

	expect(create(self, USER, &walker) == QUIRE_OK);
	change(&space[self].space, n);
	expect(quire_address_space_switch(&space[self], self) == QUIRE_OK);
	expect(loaded == (uintptr_t)memory[self]);
	change(&space[self].space, n + 1);
	expect(quire_address_space_destroy(&space[self]) == QUIRE_EREFERENCED);
	if (n % 2)
		expect(quire_address_space_switch(&space[COMMON], self) == QUIRE_OK);
	else
		expect(quire_address_space_leave(&all, self) == QUIRE_OK);
	change(&space[COMMON].space, n);
	expect(quire_address_space_destroy(&space[self]) == QUIRE_OK);
	expect(space[self].walker.pool.free == ROOM - 1);
	expect(quire_address_space_destroy(&space[COMMON]) == QUIRE_EREFERENCED);
}

static void *body(void *arg)
{
	unsigned self = (unsigned)(uintptr_t)arg;

	if (self == 0)
		expect(quire_address_space_switch(&space[COMMON], 0) == QUIRE_OK);
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < CPUS)
		;
	for (unsigned n = 0; n < ROUNDS; n++) {
		if (self == 0)
			change(&kernel, n);
		else
			live(self, n);
	}
	atomic_fetch_add(&all_flushes, flushes);
	return NULL;
}

static void test_threads(void **unused)
{
	static const struct quire_address_range shared = {KERNEL, 0x40000000};
	const struct quire_lock contexts_lock = {lock, unlock, &mutex[TREES]};
	struct quire_walker walker;
	pthread_t thread[CPUS];

	(void)unused;
	for (unsigned i = 0; i <= TREES; i++)
		pthread_mutex_init(&mutex[i], NULL);
	assert_int_equal(quire_contexts_init(&contexts, BITS, CPUS, state, used, &contexts_lock),
			 QUIRE_OK);
	kernel_walker = walker_of(TREES - 1);
	assert_int_equal(create(TREES - 1, KERNEL, &kernel_walker), QUIRE_OK);
	all = (struct quire_address_spaces){.contexts = &contexts,
					    .cpu = &cpu,
					    .kernel = &kernel,
					    .shared = &shared,
					    .shared_count = 1,
					    .idle = kernel_walker.root};
	assert_int_equal(quire_address_spaces_init(&all), QUIRE_OK);
	walker = walker_of(COMMON);
	assert_int_equal(create(COMMON, USER, &walker), QUIRE_OK);
	for (unsigned i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, body, (void *)(uintptr_t)i), 0);
	for (unsigned i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(wrong, 0);
	assert_true(contexts.rollovers > 100);
	assert_true(all_flushes <= contexts.rollovers * CPUS);
	assert_int_equal(quire_contexts_check(&contexts, NULL), QUIRE_OK);
	assert_int_equal(quire_space_check(&kernel, NULL), QUIRE_OK);
	assert_int_equal(quire_space_check(&space[COMMON].space, NULL), QUIRE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
