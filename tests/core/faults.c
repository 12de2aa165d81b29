/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever can fail is made to fail, in every verb, and then nothing may have changed.
 *
 * Random sequences are run with every number of descriptors from none to enough, with every number
 * of table pages from none to enough, with the port refusing its n-th question in each call, for
 * all n, and with the lock failing at its n-th use.  After every call that fails, for one of these
 * reasons or because it was wrong, the space, its book, its tables and its pools are what they were
 * before, bit for bit, and so are the caller's variables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/image.h"
#include "model/ops.h"

#define REFUSAL (-1234) /* no number of ours: errors of port and lock are passed on as they are */

static const struct rig_plan table_plan = {
	.name = "two tables",
	.mmu = {RIG_TABLE(12, 6), RIG_CACHED(12, 6)},
	.window = {{.name = "both",
		    .base = 0x10000,
		    .exec_base = 0x80000,
		    .size = 0x20000,
		    .caps = QUIRE_CAP_MASK,
		    .targets = 3},
		   {.name = "data",
		    .base = 0x40000,
		    .exec_base = 0x40000,
		    .walker = 1,
		    .walk = 0x20000,
		    .size = 0x20000,
		    .caps = QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_8BIT,
		    .targets = 2}},
	.memory = {{.name = "flash", .size = 0x40000, .caps = QUIRE_CAP_MASK},
		   {.name = "psram", .base = 0x100000, .size = 0x20000, .caps = QUIRE_CAP_MASK}},
	.mappings = 40,
};

/* So many bytes of a tree from the middle of a table on, and memory for large leaves. */
#define TREE_PLAN(name_, size_, mmu_)                                                              \
	{                                                                                          \
		.name = name_, .mmu = {mmu_},                                                      \
		.window = {{.name = "low",                                                         \
			    .base = 0x40000000,                                                    \
			    .exec_base = 0x40000000,                                               \
			    .walk = 0x3fe00000,                                                    \
			    .size = size_,                                                         \
			    .caps = QUIRE_CAP_MASK,                                                \
			    .targets = 1}},                                                        \
		.memory = {{.name = "ram",                                                         \
			    .base = 0x80000000,                                                    \
			    .size = 0x800000,                                                      \
			    .caps = QUIRE_CAP_MASK}},                                              \
		.mappings = 40, .tables = 8                                                        \
	}

static const struct rig_plan tree_plan =
	TREE_PLAN("a tree", 0x600000,
		  RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP | QUIRE_MMU_BREAK_BEFORE_MAKE |
			   QUIRE_MMU_WRITE_BACK_FIRST));

/* The same with clusters, of either kind. */
static const struct rig_plan cluster_plans[] = {
	TREE_PLAN("clusters that are runs", 0xa00000,
		  RIG_CLUSTERS(QUIRE_MMU_BREAK_BEFORE_MAKE, NULL)),
	TREE_PLAN("clusters that are alike", 0xa00000,
		  RIG_CLUSTERS(QUIRE_MMU_FLUSH_ON_MAP, HARDWARE_ALIKE)),
};

static const struct op_mix table_mix = {.live = 16,
					.size = 6,
					.align = 2,
					.fixed = 5,
					.shared = 5,
					.again = 6,
					.partial = 9,
					.wrong = 32,
					.compact_in = 100};
static const struct op_mix tree_mix = {.live = 12,
				       .size = 1024,
				       .align = 9,
				       .fixed = 4,
				       .shared = 8,
				       .again = 6,
				       .partial = 9,
				       .wrong = 16,
				       .compact_in = 100};

/* One sequence on one rig. */
struct run {
	struct rig rig;
	struct image before;
	uint64_t state;
	struct op op;
	unsigned fired;
};

/* What is made to fail around each call; NULL, or what is wrong. */
typedef const char *(*fault_fn)(struct run *run);

static bool only_looks(enum verb verb)
{
	return verb >= OP_QUERY;
}

/* The call itself, on both sides; one that failed, or only looks, changes nothing. */
static const char *call(struct run *run)
{
	const char *wrong = op_apply(&run->rig, &run->op);

	if (wrong == NULL && (run->rig.result < 0 || only_looks(run->op.verb)))
		wrong = image_differs(&run->before, &run->rig);
	if (wrong == NULL && run->rig.result == QUIRE_ETABLES)
		run->fired++;
	return wrong != NULL ? wrong : rig_check(&run->rig);
}

/* A call that is to fail with REFUSAL.  Compact is allowed to have moved something before. */
static const char *refused(struct run *run, const char *outputs)
{
	run->fired++;
	if (run->rig.result != REFUSAL)
		return "the refusal was not passed on";
	if (outputs != NULL)
		return outputs;
	if (run->op.verb != OP_COMPACT)
		return image_differs(&run->before, &run->rig);
	if (quire_space_check(&run->rig.space, NULL) != 0)
		return "compact was stopped and left a mess";
	image_put(&run->before, &run->rig);
	return NULL;
}

/* One port refuses its first question, then its second, until the call gets through. */
static const char *failing_port(struct run *run, struct hardware *hw)
{
	for (unsigned n = 1;; n++) {
		const char *wrong;

		hw->prepare_in = n;
		hw->refusal = REFUSAL;
		wrong = op_alone(&run->rig, &run->op);
		if (hw->prepare_in != 0) {
			hw->prepare_in = 0;
			image_put(&run->before, &run->rig);
			return NULL;
		}
		wrong = refused(run, wrong);
		if (wrong != NULL)
			return wrong;
	}
}

static const char *failing_prepare(struct run *run)
{
	const char *wrong = NULL;

	for (unsigned n = 0; n < run->rig.config.walker_count && wrong == NULL; n++)
		wrong = failing_port(run, &run->rig.hw[n]);
	return wrong;
}

/* The same for the lock. */
static const char *failing_lock(struct run *run)
{
	for (unsigned n = 1;; n++) {
		const char *wrong;

		run->rig.lock_in = n;
		run->rig.lock_error = REFUSAL;
		wrong = op_alone(&run->rig, &run->op);
		if (run->rig.lock_in != 0) {
			run->rig.lock_in = 0;
			image_put(&run->before, &run->rig);
			return NULL;
		}
		if (run->op.verb == OP_ALIASES && run->rig.result == REFUSAL)
			wrong = NULL; /* several calls in one: the first ones have answered */
		wrong = refused(run, wrong);
		if (wrong != NULL)
			return wrong;
	}
}

static const char *nothing(struct run *run)
{
	(void)run;
	return NULL;
}

/* Run a sequence; returns how often something was made to fail. */
static unsigned sequence(const struct rig_plan *plan, const struct op_mix *mix, uint32_t count,
			 uint64_t seed, fault_fn fault)
{
	static struct run run;
	const char *wrong = NULL;
	unsigned fired;

	run = (struct run){.state = seed};
	assert_int_equal(rig_open(&run.rig, plan), 0);
	assert_true(image_open(&run.before, &run.rig));
	run.rig.scarce = plan->mmu[0].levels > 1;
	for (uint32_t i = 0; i < count && wrong == NULL; i++) {
		op_choose(&run.rig, mix, &run.state, &run.op);
		if (run.rig.scarce && run.op.verb == OP_COMPACT)
			continue; /* may stop halfway: unit tests look at that */
		image_take(&run.before, &run.rig);
		wrong = fault(&run);
		if (wrong == NULL)
			wrong = call(&run);
		if (wrong == NULL && i % 64 == 0)
			wrong = rig_verify(&run.rig);
		if (wrong != NULL)
			op_print(stderr, &run.op);
	}
	fired = run.fired;
	image_close(&run.before);
	rig_close(&run.rig);
	if (wrong != NULL)
		fail_msg("%s, seed %llu: %s", plan->name, (unsigned long long)seed, wrong);
	return fired;
}

static void every_number_of_descriptors(void **unused)
{
	(void)unused;
	for (uint32_t n = 0; n <= 40; n++) {
		struct rig_plan plan = table_plan;
		struct op_mix mix = table_mix;

		plan.mappings = n;
		mix.live = n + 2;
		sequence(&plan, &mix, 3000, n + 1, nothing);
		plan = tree_plan;
		plan.mappings = n;
		sequence(&plan, &tree_mix, 300, n + 1, nothing);
	}
}

static void every_number_of_tables(void **unused)
{
	unsigned fired = 0;

	(void)unused;
	for (uint32_t n = 0; n <= 8; n++) {
		struct rig_plan plan = tree_plan;

		plan.tables = n;
		fired += sequence(&plan, &tree_mix, 3000, n + 1, nothing);
		for (unsigned k = 0; k < 2; k++) {
			plan = cluster_plans[k];
			plan.tables = n;
			sequence(&plan, &tree_mix, 2000, n + 1, nothing);
		}
		if (n == 8)
			break;
		assert_true(fired > 0);
	}
}

static void every_refusal_of_the_port(void **unused)
{
	(void)unused;
	assert_true(sequence(&table_plan, &table_mix, 20000, 1, failing_prepare) > 5000);
	assert_true(sequence(&tree_plan, &tree_mix, 3000, 2, failing_prepare) > 500);
}

static void every_failure_of_the_lock(void **unused)
{
	(void)unused;
	assert_true(sequence(&table_plan, &table_mix, 20000, 3, failing_lock) >= 20000);
	assert_true(sequence(&tree_plan, &tree_mix, 3000, 4, failing_lock) > 2500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_of_descriptors),
		cmocka_unit_test(every_number_of_tables),
		cmocka_unit_test(every_refusal_of_the_port),
		cmocka_unit_test(every_failure_of_the_lock),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
