/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions on bare metal: how many each single call takes, on average and at worst.
 *
 * The counter is read before and after every call; what an empty function costs in the same place
 * is taken off.  The program knows its own counts are right when a loop of known length measures as
 * what it is; if not, or if a contestant refuses to work, it says so and leaves with status 1.
 *
 * BENCH_PLACE names the machine and the optimisation, BENCH_COUNTS the live mapping counts.
 */
#include "bench.h"
#include "machine.h"

#define POOL_BYTES (100u << 20)
#ifndef PAIRS
#define PAIRS 20000u
#endif
#define PAIRS_FEW   500u /* of linear contestants */
#define LINEAR_MAX  4096u
#define BOARD_STEPS 4000u

enum op {
	OP_MAP,
	OP_MAP_ONE,
	OP_UNMAP,
	OP_MAP_AT,
	OP_QUERY,
	OP_AGAIN,
	OP_TRANSLATE,
	OP_REVERSE,
	OP_OVERLAP,
	OPS
};

static const char *const op_name[OPS] = {"map",   "map1",      "unmap",   "map_at", "query",
					 "again", "translate", "reverse", "overlap"};

/* What has been counted of one kind of call. */
struct tally {
	uint64_t sum;
	uint32_t worst;
	uint32_t calls;
};

static struct tally tally[OPS];
static uint32_t empty_call; /* instructions between two readings around an empty function */
static char pool[POOL_BYTES] __attribute__((section(".bss.pool"), aligned(16)));

static void count(enum op op, uint32_t instructions)
{
	struct tally *t = &tally[op];

	instructions -= empty_call;
	t->sum += instructions;
	t->calls++;
	if (instructions > t->worst)
		t->worst = instructions;
}

static void row(const char *workload, const char *op, const char *measure, const char *who,
		uint32_t n, uint64_t hundredths)
{
	machine_text(BENCH_PLACE "\t");
	machine_text(workload);
	machine_text("\t");
	machine_text(op);
	machine_text(measure);
	machine_text("\t");
	machine_text(who);
	machine_text("\t");
	machine_number(n);
	machine_text("\t");
	machine_hundredths(hundredths);
	machine_text("\n");
}

/* Print what was counted, and forget it. */
static void print_tally(const char *workload, const char *who, uint32_t n)
{
	for (unsigned op = 0; op < OPS; op++) {
		struct tally *t = &tally[op];

		if (t->calls > 0) {
			row(workload, op_name[op], ".mean", who, n, t->sum * 100 / t->calls);
			row(workload, op_name[op], ".worst", who, n, (uint64_t)t->worst * 100);
		}
		*t = (struct tally){0};
	}
}

static _Noreturn void fail(const char *what, const char *who)
{
	machine_text("FAIL ");
	machine_text(who);
	machine_text(": ");
	machine_text(what);
	machine_text("\n");
	machine_exit(1);
}

/* Calls, counted.  Not inlined, so that the code around each call is the same for everybody. */
static __attribute__((noinline)) int counted_map(const struct bench_contestant *who, void *self,
						 quire_pa pa, quire_size size, quire_va *va)
{
	uint32_t start = machine_instructions();
	int result = who->map(self, pa, size, va);
	uint32_t end = machine_instructions();

	count(OP_MAP, end - start);
	if (size == BENCH_PAGE)
		count(OP_MAP_ONE, end - start);
	return result;
}

static __attribute__((noinline)) int counted_unmap(const struct bench_contestant *who, void *self,
						   quire_va va, quire_size size)
{
	uint32_t start = machine_instructions();
	int result = who->unmap(self, va, size);

	count(OP_UNMAP, machine_instructions() - start);
	return result;
}

static void count_pairs(struct bench_churn *churn, const struct bench_contestant *who, void *self,
			uint32_t pairs)
{
	while (pairs > 0) {
		uint32_t now = pairs < BENCH_SCRIPT ? pairs : BENCH_SCRIPT;

		bench_churn_plan(churn, now);
		for (uint32_t i = 0; i < now; i++) {
			const struct bench_pair *pair = &churn->script[i];
			struct bench_live *live = &churn->live[pair->victim];

			if (live->size != 0 && counted_unmap(who, self, live->va, live->size) < 0)
				fail("unmap", who->name);
			live->pa = pair->pa;
			live->size = pair->size;
			if (counted_map(who, self, pair->pa, pair->size, &live->va) < 0) {
				live->size = 0;
				churn->refused++;
			}
		}
		pairs -= now;
	}
}

/* Each question is about another random mapping, but one: the same mapping again. */
static void count_questions(struct bench_churn *churn, const struct bench_contestant *who,
			    void *self, uint32_t questions)
{
	for (uint32_t i = 0; i < questions; i++) {
		const struct bench_live *live[4];
		quire_va va;
		quire_pa pa;
		uint32_t at[6];

		for (unsigned k = 0; k < 4; k++)
			live[k] = &churn->live[bench_random_below(&churn->random, churn->count)];
		at[0] = machine_instructions();
		who->query(self, live[0]->va);
		at[1] = machine_instructions();
		who->query(self, live[0]->va);
		at[2] = machine_instructions();
		who->translate(self, live[1]->va, &pa);
		at[3] = machine_instructions();
		who->reverse(self, live[2]->pa, &va);
		at[4] = machine_instructions();
		who->map(self, live[3]->pa, live[3]->size + BENCH_PAGE, &va);
		at[5] = machine_instructions();
		for (unsigned k = 0; k < 5; k++)
			count(OP_QUERY + k, at[k + 1] - at[k]);
	}
}

static void run_churn(const struct bench_contestant *who, uint32_t n, bool writes)
{
	static struct bench_churn churn;
	struct bench_arena arena = bench_churn_arena(n, writes);
	uint32_t pairs = who->linear && n > 64 ? PAIRS_FEW : PAIRS;
	size_t churn_bytes = (bench_churn_need(n) + 15) / 16 * 16;
	void *self = NULL;

	if (churn_bytes + who->need(&arena) <= sizeof pool)
		self = who->open(&arena, pool + churn_bytes);
	if (self == NULL)
		fail("opening", who->name);
	bench_churn_open(&churn, n, pool);
	bench_churn_fill(&churn, who, self);
	bench_churn_run(&churn, who->linear ? n : 4 * n, who, self);
	count_pairs(&churn, who, self, pairs);
	if (who->query != NULL && !writes)
		count_questions(&churn, who, self, pairs / 4);
	row("churn", "refused", "", who->name, n, (uint64_t)churn.refused * 100);
	print_tally(writes ? "churn+writes" : "churn", who->name, n);
}

/*
 * On a checkerboard of single pages: map one more and unmap it; then unmap a random one, which
 * leaves a gap of three pages, map three there, unmap them, and put the one back where it was.
 */
static bool board_step(const struct bench_contestant *who, void *self, uint32_t k, quire_pa spare)
{
	quire_va va = 0;
	uint32_t start;
	int result = counted_map(who, self, spare, BENCH_PAGE, &va);

	if (result >= 0)
		result = counted_unmap(who, self, va, BENCH_PAGE);
	if (result >= 0)
		result = counted_unmap(who, self, bench_board_va(k), BENCH_PAGE);
	if (result >= 0)
		result = counted_map(who, self, (2 * k - 1) * BENCH_PAGE, 3 * BENCH_PAGE, &va);
	if (result >= 0)
		result = counted_unmap(who, self, va, 3 * BENCH_PAGE);
	start = machine_instructions();
	if (result >= 0)
		result = who->map_at(self, bench_board_va(k), 2 * k * BENCH_PAGE, BENCH_PAGE);
	count(OP_MAP_AT, machine_instructions() - start);
	return result >= 0;
}

static void run_board(const struct bench_contestant *who, uint32_t n)
{
	struct bench_arena arena = bench_board_arena(n, false);
	struct bench_random random;
	void *self = who->open(&arena, pool);

	if (self == NULL || bench_board_fill(n, who, self) < 0)
		fail("checkerboard", who->name);
	bench_random_seed(&random, n);
	for (uint32_t i = 0; i < (who->linear ? BOARD_STEPS / 10 : BOARD_STEPS); i++) {
		uint32_t k = 1 + bench_random_below(&random, n - 1);
		quire_pa spare = (2 * bench_random_below(&random, n) + 1) * BENCH_PAGE;

		if (!board_step(who, self, k, spare))
			fail("checkerboard step", who->name);
	}
	print_tally("checkerboard", who->name, n);
}

/* Instructions of a loop of two, around `loops` times. */
static __attribute__((noinline)) uint32_t loop_of_two(uint32_t loops)
{
	uint32_t start = machine_instructions();

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(loops));
	return machine_instructions() - start;
}

/* Measure an empty call, and loops whose difference is known. */
static void calibrate(void)
{
	quire_va va;

	counted_map(&bench_nothing, NULL, 0, 2 * BENCH_PAGE, &va);
	empty_call = tally[OP_MAP].worst;
	tally[OP_MAP] = (struct tally){0};
	if (loop_of_two(2000) - loop_of_two(1000) != 2000)
		fail("the instruction counter is not exact", "calibration");
}

_Noreturn void bench_main(void);
void bench_main(void)
{
	static const struct bench_contestant *const who[] = {&bench_quire, &bench_list,
							     &bench_bitmap};
	static const uint32_t counts[] = {BENCH_COUNTS};

	calibrate();
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
		for (unsigned k = 0; k < sizeof who / sizeof *who; k++) {
			if (who[k]->linear && counts[i] > LINEAR_MAX)
				continue;
			run_churn(who[k], counts[i], false);
			run_churn(who[k], counts[i], true);
			if (counts[i] <= 2048)
				run_board(who[k], counts[i]);
		}
	machine_text("PASS\n");
	machine_exit(0);
}
