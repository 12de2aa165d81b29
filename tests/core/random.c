/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls by the million on all configurations, every answer compared with the model's.
 *
 * After each call the remembered translations of a small TLB are compared too; every so often the
 * whole map, every page of the tables and the core's own check.  On a difference the sequence is
 * cut down to what is needed for one and printed as a script.
 *
 * The environment variable QUIRE_TEST_OPS sets the number of calls for each configuration.
 * Without it there are 400,000; at 16-bit widths, where the same code has other numbers, 200,000;
 * 30,000 in builds with a sanitizer or without optimisation.
 * QUIRE_TEST_SEED sets another seed than the fixed one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/plans.h"
#include "model/ops.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define OPS 30000u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OPS 30000u
#endif
#endif
#ifndef OPS
#define OPS (QUIRE_WIDTH == 16 ? 200000u : 400000u)
#endif

/* How many shrinking may apply: some seconds. */
#define SHRINK_BUDGET 20000000u

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

/* Let the program use a few pages, some of them where something has just happened. */
static void touch(struct rig *rig, const struct op *op, uint64_t *state)
{
	for (unsigned n = 0; n < rig->model.window_count; n++) {
		const struct model_window *w = &rig->model.window[n];
		quire_va offset = op->va - w->is.base;

		rig_touch(rig, n, rig_below(state, w->pages));
		if (offset < w->is.size)
			rig_touch(rig, n, (uint32_t)(offset >> w->shift));
	}
}

/* What is proved after operation number `i`. */
static const char *prove(struct rig *rig, const struct random_plan *p, uint32_t i)
{
	const char *wrong = rig_compare_tlb(rig);

	if (wrong == NULL && i % p->check_every == 0)
		wrong = rig_check(rig);
	if (wrong == NULL && i % p->compare_every == 0)
		wrong = rig_compare(rig);
	if (wrong == NULL && i % p->verify_every == 0)
		wrong = rig_verify(rig);
	return wrong;
}

/* Take everything away; then nothing may be left anywhere. */
static const char *empty(struct rig *rig)
{
	const char *wrong = NULL;

	for (unsigned n = 0; n < rig->model.window_count && wrong == NULL; n++) {
		struct model_window *w = &rig->model.window[n];

		for (uint32_t i = 0; i < w->pages && wrong == NULL; i = model_row_end(w, i))
			while (w->page[i].mapping != 0 && wrong == NULL) {
				struct op op = {.va = w->is.base + ((quire_va)i << w->shift)};

				op.verb = w->page[i].kind == QUIRE_MAPPED ? OP_UNMAP : OP_RELEASE;
				wrong = op_apply(rig, &op);
			}
	}
	if (wrong == NULL)
		wrong = rig_verify(rig);
	return wrong != NULL ? wrong : rig_is_pristine(rig);
}

static void compare_with_model(void **test)
{
	const struct random_plan *p = *test;
	uint32_t count = (uint32_t)number_from("QUIRE_TEST_OPS", OPS), done = 0;
	uint64_t seed = number_from("QUIRE_TEST_SEED", p->seed), state = seed;
	struct op *ops = malloc(count * sizeof(*ops));
	const char *wrong = NULL;
	static struct rig rig;
	int result = rig_open(&rig, &p->plan);

	assert_non_null(ops);
	if (result != 0)
		fail_msg("%s: %s", p->plan.name, quire_error_name(result));
	while (done < count && wrong == NULL) {
		op_choose(&rig, &p->mix, &state, &ops[done]);
		wrong = op_apply(&rig, &ops[done]);
		touch(&rig, &ops[done], &state);
		done++;
		if (wrong == NULL)
			wrong = prove(&rig, p, done);
	}
	if (wrong == NULL)
		wrong = rig_verify(&rig);
	print_message("%s: seed 0x%llx, %u calls, %u extents at the end\n", p->plan.name,
		      (unsigned long long)seed, (unsigned)done, (unsigned)rig.model.extents);
	if (wrong != NULL) {
		print_error("%s\n", wrong);
		ops_shrink_and_print(stderr, &p->plan, ops, done, SHRINK_BUDGET);
	} else {
		wrong = empty(&rig);
	}
	free(ops);
	rig_close(&rig);
	if (wrong != NULL)
		fail_msg("%s after %u calls", p->plan.name, (unsigned)done);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[64];
	size_t count = 0, from = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	size_t to = argc > 2 ? strtoul(argv[2], NULL, 0) : random_plan_count;

	for (size_t i = from; i < to && i < random_plan_count; i++)
		tests[count++] = (struct CMUnitTest){
			.name = random_plans[i].plan.name,
			.test_func = compare_with_model,
			.initial_state = (void *)(uintptr_t)&random_plans[i],
		};
	return _cmocka_run_group_tests("random", tests, count, NULL, NULL);
}
