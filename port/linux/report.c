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
 * It is made inside a signal handler; see sentence.c.
 */
#include "machine.h"

#include <signal.h>

static void add_header(struct quire_linux_line *line, const struct quire_linux_fault *fault)
{
	static const char *const name[] = {"access", "read", "write", "instruction fetch"};
	const struct quire_linux *machine = fault->machine;
	const struct quire_window *window = &machine->layout.window[fault->window];

	quire_linux_line_text(line, "quire: ");
	quire_linux_line_text(line, name[fault->access]);
	quire_linux_line_text(line, " at ");
	quire_linux_line_hex(line, fault->va);
	if (fault->hole != NULL) {
		quire_linux_line_text(line, ", which ");
		quire_linux_line_text(line, machine->chip->name);
		quire_linux_line_text(line, " cannot use: ");
		quire_linux_line_text(line, fault->hole);
		return;
	}
	quire_linux_line_text(line, ", in window \"");
	quire_linux_line_text(line, window->name);
	quire_linux_line_text(line, "\" of ");
	quire_linux_line_text(line, machine->chip->name);
	if (quire_linux_sides(window) == 2)
		quire_linux_line_text(line,
				      fault->exec_side ? " (instruction side)" : " (data side)");
}

static void add_physical(struct quire_linux_line *line, const struct quire_linux_fault *fault,
			 unsigned target, quire_pa pa)
{
	quire_linux_line_text(line, fault->machine->layout.memory[target].name);
	quire_linux_line_text(line, " from ");
	quire_linux_line_hex(line, pa);
}

/* What a mapped page allows, in the order of the bits. */
static void add_access(struct quire_linux_line *line, unsigned attr)
{
	static const char *const name[] = {"read", "write", "execute", "user"};
	bool any = false;

	for (unsigned i = 0; i < 4; i++)
		if ((attr >> i & 1u) != 0) {
			quire_linux_line_text(line, any ? ", " : "");
			quire_linux_line_text(line, name[i]);
			any = true;
		}
	if (!any)
		quire_linux_line_text(line, "nothing");
}

static void add_cause(struct quire_linux_line *line, const struct quire_linux_fault *fault)
{
	if (fault->hole != NULL)
		return;
	if (fault->lost) {
		quire_linux_line_text(line, ": its entry is valid, but the host could not map it");
		return;
	}
	if (!fault->mapped) {
		quire_linux_line_text(line, ": nothing is mapped there");
		return;
	}
	quire_linux_line_text(line, ": it shows ");
	add_physical(line, fault, fault->target, fault->pa);
	if (fault->signal == SIGBUS) {
		quire_linux_line_text(line, ", and the file behind that has become shorter");
		return;
	}
	quire_linux_line_text(line, ", and the mapping allows ");
	add_access(line, fault->attr);
	if ((fault->attr & QUIRE_WRITE) != 0 && fault->target == QUIRE_FLASH0)
		quire_linux_line_text(line, ", but flash cannot be written through a mapping");
	else if (fault->exec_side && fault->access == QUIRE_LINUX_ACCESS_WRITE)
		quire_linux_line_text(line, ", but the instruction side cannot be written");
	else if ((fault->attr & QUIRE_EXEC) != 0 && fault->access == QUIRE_LINUX_ACCESS_FETCH)
		quire_linux_line_text(line, ", but not execution by the host");
}

static void add_who(struct quire_linux_line *line, const char *did,
		    const struct quire_linux_who *who)
{
	if (who->change == 0)
		return;
	quire_linux_line_text(line, "\n  ");
	quire_linux_line_text(line, did);
	quire_linux_line_text(line, " by thread \"");
	quire_linux_line_text(line, who->name);
	quire_linux_line_text(line, "\" (");
	quire_linux_line_number(line, (uint64_t)who->thread);
	quire_linux_line_text(line, "), change ");
	quire_linux_line_number(line, who->change);
	if (who->label[0] != '\0') {
		quire_linux_line_text(line, ", \"");
		quire_linux_line_text(line, who->label);
		quire_linux_line_text(line, "\"");
	}
}

/* Who unmapped a page that is not there, or who mapped one that is. */
static void add_history(struct quire_linux_line *line, const struct quire_linux_fault *fault)
{
	if (fault->hole != NULL)
		return;
	if (fault->mapped) {
		add_who(line, "mapped", &fault->mapper);
	} else if (fault->unmapper.change != 0) {
		add_who(line, "unmapped", &fault->unmapper);
		add_who(line, "mapped before", &fault->mapper);
	} else {
		quire_linux_line_text(line, "\n  never mapped since the chip was opened");
	}
}

static void add_near(struct quire_linux_line *line, const struct quire_linux_fault *fault,
		     const struct quire_linux_near *near, bool below)
{
	quire_linux_line_text(line, below ? "\n  nearest mapping below: "
					  : "\n  nearest mapping above: ");
	if (near->size == 0) {
		quire_linux_line_text(line, "none");
		return;
	}
	quire_linux_line_hex(line, near->va);
	quire_linux_line_text(line, "-");
	quire_linux_line_hex(line, near->va + near->size);
	quire_linux_line_text(line, ", ");
	add_physical(line, fault, near->target, near->pa);
	quire_linux_line_text(line, below ? ", ends " : ", begins ");
	quire_linux_line_amount(line, below ? fault->va - (near->va + near->size - 1)
					    : near->va - fault->va);
	quire_linux_line_text(line, below ? " lower" : " higher");
}

size_t quire_linux_fault_text(const struct quire_linux_fault *fault, char text[QUIRE_LINUX_TEXT])
{
	struct quire_linux_line line = quire_linux_line(text, QUIRE_LINUX_TEXT);

	add_header(&line, fault);
	add_cause(&line, fault);
	add_history(&line, fault);
	add_near(&line, fault, &fault->below, true);
	add_near(&line, fault, &fault->above, false);
	quire_linux_line_text(&line, "\n");
	return (size_t)(line.at - text);
}
