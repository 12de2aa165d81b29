/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who changed a page last.
 *
 * An access through a stale pointer faults long after the cause: what one wants to know then is who
 * took the page away.  So each page keeps two notes, of its last mapper and its last unmapper, with
 * the thread's number and name and a label that the program chose.  They are complete copies rather
 * than references: nothing is ever forgotten, and a whole window of 512 pages costs the writer some
 * microseconds beside the mmap() call that it makes anyway.
 *
 * The reader may be a signal handler that interrupted the writer's neighbour, so it takes no lock:
 * a note is read word by word, and again if its version moved meanwhile.
 */
#include "machine.h"

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "text/text.h"

#define READ_ATTEMPTS 1000 /* of a note that changes all the time */

static _Thread_local char thread_label[QUIRE_LINUX_LABEL];

void quire_linux_label(const char *label)
{
	struct text t;

	text_begin(&t, thread_label, sizeof(thread_label));
	if (label != NULL)
		text_put(&t, label);
}

/* The calling thread, as of this change. */
void quire_linux_who_now(struct quire_linux_who *who, uint64_t change)
{
	memset(who, 0, sizeof(*who));
	who->change = change;
	who->thread = gettid();
	prctl(PR_GET_NAME, who->name);
	memcpy(who->label, thread_label, sizeof(who->label));
}

/* The space's lock is held: there is one writer. */
void quire_linux_note_write(struct quire_linux_note *note, const struct quire_linux_who *who)
{
	uint64_t word[QUIRE_LINUX_NOTE_WORDS] = {0};
	uint32_t version = atomic_load_explicit(&note->version, memory_order_relaxed);

	memcpy(word, who, sizeof(*who));
	atomic_store_explicit(&note->version, version + 1, memory_order_relaxed);
	for (unsigned i = 0; i < QUIRE_LINUX_NOTE_WORDS; i++)
		atomic_store_explicit(&note->word[i], word[i], memory_order_release);
	atomic_store_explicit(&note->version, version + 2, memory_order_release);
}

/* Gives up on a note that never stands still, and says that nobody is known. */
void quire_linux_note_read(const struct quire_linux_note *note, struct quire_linux_who *who)
{
	uint64_t word[QUIRE_LINUX_NOTE_WORDS];

	for (unsigned attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		uint32_t before = atomic_load_explicit(&note->version, memory_order_acquire);

		for (unsigned i = 0; i < QUIRE_LINUX_NOTE_WORDS; i++)
			word[i] = atomic_load_explicit(&note->word[i], memory_order_acquire);
		if (before % 2 == 0 &&
		    before == atomic_load_explicit(&note->version, memory_order_relaxed)) {
			memcpy(who, word, sizeof(*who));
			return;
		}
	}
	memset(who, 0, sizeof(*who));
}

/* The record of the page at an address, its window and the side; NULL if it is in no window. */
struct quire_linux_record *quire_linux_record_at(const struct quire_linux *machine, quire_va va,
						 unsigned *window, unsigned *side)
{
	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		const struct quire_window *win = &machine->layout.window[w];
		const struct quire_linux_mmu *mmu = &machine->mmu[win->walker];

		for (unsigned s = 0; s < quire_linux_sides(win); s++) {
			quire_va offset = va - quire_linux_side(win, s);

			if (va < quire_linux_side(win, s) || offset >= win->size)
				continue;
			*window = w;
			*side = s;
			return &mmu->record[(win->walk + offset) >> mmu->shift];
		}
	}
	return NULL;
}

int quire_linux_history(struct quire_linux *machine, quire_va va, struct quire_linux_who *mapper,
			struct quire_linux_who *unmapper)
{
	unsigned window, side;
	const struct quire_linux_record *record;

	if (machine == NULL)
		return QUIRE_ENULL;
	record = quire_linux_record_at(machine, va, &window, &side);
	if (record == NULL)
		return QUIRE_EFOREIGN;
	if (mapper != NULL)
		quire_linux_note_read(&record->mapper, mapper);
	if (unmapper != NULL)
		quire_linux_note_read(&record->unmapper, unmapper);
	return QUIRE_OK;
}
