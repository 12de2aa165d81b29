/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only ARMv7's port can get wrong: what a call gets back, and what a probe looks at.
 */
#include "board_host.h"

#include "quire/error.h"
#include "suite/suite.h"

#define SVC   0xef000000u
#define AGAIN 0xeafffffdu /* b: to the instruction before */

static enum quire_trap_verdict add_one(void *ctx, struct quire_trap *trap)
{
	(void)ctx;
	return trap->reason == QUIRE_TRAP_CALL && ++trap->argument < 43 ? QUIRE_TRAP_RESUME
									: QUIRE_TRAP_LEAVE;
}

/* User mode calls with what the last call gave it. */
static void results(struct target *t)
{
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER};

	t->poke(t, t->frames, SVC);
	t->poke(t, t->frames + 4, AGAIN);
	MUST(RESULT(suite_map(t, t->arena, t->frames, t->page, RX | USER), QUIRE_OK));
	board_host_traps(add_one);
	quire_cpu_user(t->arena, 0, 40, &trap);
	board_host_traps(NULL);
	suite_number_frames(t);
	MUST(SAME(trap.reason, QUIRE_TRAP_CALL));
	MUST(SAME(trap.argument, 43));
}

/* Without a value there is nothing to write; and of what is refused it is not looked at. */
static void no_value(struct target *t)
{
	struct quire_trap trap = {.reason = QUIRE_TRAP_OTHER};

	(void)t;
	MUST(RESULT(quire_cpu_probe(0, 0, 4, NULL, &trap), QUIRE_EFLAG));
	MUST(RESULT(quire_cpu_probe(0, QUIRE_WRITE, 3, NULL, &trap), QUIRE_EFLAG));
}

static const struct suite_test tests[] = {
	{"a call gets its result", results, NULL, 0},
	{"a probe that is refused", no_value, NULL, 0},
};

const struct suite_list board_port = {tests, SUITE_COUNT(tests)};
