/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a fault:
 *
 *   quire: read at 0x3c123456, in window "mmu" of esp32s3 (data side): nothing is mapped there
 *     unmapped by thread "worker" (4242), change 17, while "loading the font"
 *     mapped before by thread "main" (4200), change 3
 *     nearest mapping below: 0x3c000000-0x3c100000, flash0 from 0x10000, ends 141 KiB lower
 *     nearest mapping above: none
 *
 * It is made inside a signal handler, from what that could find out without a lock.
 */
#include "machine.h"

#include <signal.h>

#include "text/text.h"

static void add_header(struct text *t, const struct quire_linux_fault *fault)
{
	static const char *const name[] = {"access", "read", "write", "instruction fetch"};
	const struct quire_linux *machine = fault->machine;
	const struct quire_window *window = &machine->layout.window[fault->window];

	text_put(t, "quire: ");
	text_put(t, name[fault->access]);
	text_put(t, " at ");
	text_hex(t, fault->va, 1);
	if (fault->hole != NULL) {
		text_put(t, ", which ");
		text_put(t, machine->chip->name);
		text_put(t, " cannot use: ");
		text_put(t, fault->hole);
		return;
	}
	text_put(t, ", in window \"");
	text_put(t, window->name);
	text_put(t, "\" of ");
	text_put(t, machine->chip->name);
	if (quire_linux_sides(window) == 2)
		text_put(t, fault->exec_side ? " (instruction side)" : " (data side)");
}

static void add_physical(struct text *t, const struct quire_linux_fault *fault, unsigned target,
			 quire_pa pa)
{
	text_put(t, fault->machine->layout.memory[target].name);
	text_put(t, " from ");
	text_hex(t, pa, 1);
}

/* What a mapped page allows, in the order of the bits. */
static void add_access(struct text *t, unsigned attr)
{
	static const char *const name[] = {"read", "write", "execute", "user"};
	bool any = false;

	for (unsigned i = 0; i < 4; i++)
		if ((attr >> i & 1u) != 0) {
			text_put(t, any ? ", " : "");
			text_put(t, name[i]);
			any = true;
		}
	if (!any)
		text_put(t, "nothing");
}

static void add_cause(struct text *t, const struct quire_linux_fault *fault)
{
	if (fault->hole != NULL)
		return;
	if (fault->lost) {
		text_put(t, ": its entry is valid, but the host could not map it");
		return;
	}
	if (!fault->mapped) {
		text_put(t, ": nothing is mapped there");
		return;
	}
	text_put(t, ": it shows ");
	add_physical(t, fault, fault->target, fault->pa);
	if (fault->signal == SIGBUS) {
		text_put(t, ", and the file behind that has become shorter");
		return;
	}
	text_put(t, ", and the mapping allows ");
	add_access(t, fault->attr);
	if ((fault->attr & QUIRE_WRITE) != 0 && fault->target == QUIRE_FLASH0)
		text_put(t, ", but flash cannot be written through a mapping");
	else if (fault->exec_side && fault->access == QUIRE_LINUX_ACCESS_WRITE)
		text_put(t, ", but the instruction side cannot be written");
	else if ((fault->attr & QUIRE_EXEC) != 0 && fault->access == QUIRE_LINUX_ACCESS_FETCH)
		text_put(t, ", but not execution by the host");
}

static void add_who(struct text *t, const char *did, const struct quire_linux_who *who)
{
	if (who->change == 0)
		return;
	text_put(t, "\n  ");
	text_put(t, did);
	text_put(t, " by thread \"");
	text_put(t, who->name);
	text_put(t, "\" (");
	text_number(t, (uint64_t)who->thread);
	text_put(t, "), change ");
	text_number(t, who->change);
	if (who->label[0] != '\0') {
		text_put(t, ", \"");
		text_put(t, who->label);
		text_put(t, "\"");
	}
}

/* Who unmapped a page that is not there, or who mapped one that is. */
static void add_history(struct text *t, const struct quire_linux_fault *fault)
{
	if (fault->hole != NULL)
		return;
	if (fault->mapped) {
		add_who(t, "mapped", &fault->mapper);
	} else if (fault->unmapper.change != 0) {
		add_who(t, "unmapped", &fault->unmapper);
		add_who(t, "mapped before", &fault->mapper);
	} else {
		text_put(t, "\n  never mapped since the chip was opened");
	}
}

static void add_near(struct text *t, const struct quire_linux_fault *fault,
		     const struct quire_linux_near *near, bool below)
{
	text_put(t, below ? "\n  nearest mapping below: " : "\n  nearest mapping above: ");
	if (near->size == 0) {
		text_put(t, "none");
		return;
	}
	text_hex(t, near->va, 1);
	text_put(t, "-");
	text_hex(t, near->va + near->size, 1);
	text_put(t, ", ");
	add_physical(t, fault, near->target, near->pa);
	text_put(t, below ? ", ends " : ", begins ");
	text_exactly(t, below ? fault->va - (near->va + near->size - 1) : near->va - fault->va);
	text_put(t, below ? " lower" : " higher");
}

size_t quire_linux_fault_text(const struct quire_linux_fault *fault, char text[QUIRE_LINUX_TEXT])
{
	struct text t;

	text_begin(&t, text, QUIRE_LINUX_TEXT);
	add_header(&t, fault);
	add_cause(&t, fault);
	add_history(&t, fault);
	add_near(&t, fault, &fault->below, true);
	add_near(&t, fault, &fault->above, false);
	text_put(&t, "\n");
	return t.length < QUIRE_LINUX_TEXT ? t.length : QUIRE_LINUX_TEXT - 1;
}
