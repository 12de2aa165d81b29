/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four threads as four CPUs: they run contexts, touch what they show, change tables and end contexts,
 * while the numbers run out all the time.  ThreadSanitizer watches.
 *
 * What a CPU remembers is its own, under a lock of its own since others make it forget.  A context's
 * tables are a number that grows with each change; a change returns when no CPU can meet the older
 * one, and each touch sees that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "quire/context.h"

#define CPUS     4u
#define CONTEXTS 12u
#define BITS     3u
#define ROUNDS   20000u

struct cpu {
	unsigned number;
	uint64_t state;
	pthread_mutex_t mutex;
	struct {
		unsigned context; /* from 1 on */
		unsigned version;
	} tlb[1u << BITS];
	unsigned flushes;
};

static struct quire_contexts all;
static struct quire_context_cpu state[CPUS];
static uint32_t used[QUIRE_CONTEXT_WORDS(BITS)];
static struct quire_context context[CONTEXTS];
static struct cpu cpu[CPUS];
static atomic_uint version[CONTEXTS];    /* what the tables say */
static atomic_uint promised[CONTEXTS];   /* older ones are not met any more */
static pthread_mutex_t change[CONTEXTS]; /* the space's lock */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint wrong;

static int lock(void *ctx)
{
	return pthread_mutex_lock(ctx) == 0 ? 0 : QUIRE_EPORT;
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static unsigned below(struct cpu *c, unsigned n)
{
	c->state = c->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(c->state >> 33) % n;
}

static void expect(bool holds)
{
	if (!holds)
		atomic_fetch_add(&wrong, 1);
}

static void forget_all(struct cpu *c)
{
	pthread_mutex_lock(&c->mutex);
	for (unsigned i = 0; i < 1u << BITS; i++)
		c->tlb[i].context = 0;
	c->flushes++;
	pthread_mutex_unlock(&c->mutex);
}

/* Touch what the context shows: it is its own, and not older than what was promised before. */
static void touch(struct cpu *c, unsigned which, uint32_t asid)
{
	unsigned least = atomic_load(&promised[which]);

	pthread_mutex_lock(&c->mutex);
	if (c->tlb[asid].context == 0) {
		c->tlb[asid].context = which + 1;
		c->tlb[asid].version = atomic_load(&version[which]);
	}
	expect(c->tlb[asid].context == which + 1);
	expect(c->tlb[asid].version >= least);
	pthread_mutex_unlock(&c->mutex);
}

static void run(struct cpu *c)
{
	unsigned which = below(c, CONTEXTS);
	struct quire_context_load load = {0};

	expect(quire_context_use(&all, c->number, &context[which], &load) == QUIRE_OK);
	expect(load.root == context[which].root);
	if (load.flush)
		forget_all(c);
	for (unsigned i = below(c, 4); i > 0; i--)
		touch(c, which, load.asid);
}

static void change_tables(struct cpu *c)
{
	unsigned which = below(c, CONTEXTS), now;
	uint32_t asid;

	pthread_mutex_lock(&change[which]);
	now = atomic_fetch_add(&version[which], 1) + 1;
	asid = quire_context_asid(&all, &context[which]);
	for (unsigned i = 0; i < CPUS && asid != QUIRE_CONTEXT_NONE; i++) {
		pthread_mutex_lock(&cpu[i].mutex);
		cpu[i].tlb[asid].context = 0;
		pthread_mutex_unlock(&cpu[i].mutex);
	}
	atomic_store(&promised[which], now);
	pthread_mutex_unlock(&change[which]);
}

static void end(struct cpu *c)
{
	int result = quire_context_end(&all, &context[below(c, CONTEXTS)]);

	expect(result == QUIRE_OK || result == QUIRE_EREFERENCED);
}

static void *body(void *arg)
{
	struct cpu *c = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		switch (below(c, 8)) {
		case 0:
			end(c);
			break;
		case 1:
			expect(quire_context_leave(&all, c->number) == QUIRE_OK);
			break;
		case 2:
		case 3:
			change_tables(c);
			break;
		default:
			run(c);
			break;
		}
	}
	return NULL;
}

static void test_threads(void **unused)
{
	const struct quire_lock locked = {lock, unlock, &mutex};
	pthread_t thread[CPUS];
	unsigned flushes = 0;
	const char *what = "";

	(void)unused;
	assert_int_equal(quire_contexts_init(&all, BITS, CPUS, state, used, &locked), QUIRE_OK);
	for (unsigned i = 0; i < CONTEXTS; i++) {
		context[i].root = 0x1000u * (i + 1);
		pthread_mutex_init(&change[i], NULL);
	}
	for (unsigned i = 0; i < CPUS; i++) {
		cpu[i] = (struct cpu){.number = i, .state = i};
		pthread_mutex_init(&cpu[i].mutex, NULL);
	}
	for (unsigned i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, body, &cpu[i]), 0);
	for (unsigned i = 0; i < CPUS; i++) {
		pthread_join(thread[i], NULL);
		flushes += cpu[i].flushes;
	}
	assert_int_equal(wrong, 0);
	assert_true(all.rollovers > 100 && flushes <= all.rollovers * CPUS);
	if (quire_contexts_check(&all, &what) != QUIRE_OK)
		fail_msg("%s", what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
