/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one simulated chip is made of, for the files of this directory.
 *
 * A *side* is one of the two places where a window can be seen: its data addresses and its
 * instruction addresses.  A *record* is what the fault handler knows of a page: what it shows, and
 * who changed it last.  Everything else belongs to whoever holds the space's lock; records are
 * written under the lock too, but may be read at any moment, from a signal handler, on any thread.
 */
#ifndef QUIRE_LINUX_MACHINE_H
#define QUIRE_LINUX_MACHINE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <stdatomic.h>

#include "quire/port/flash.h"
#include "quire/port/linux.h"

#define QUIRE_LINUX_MEMORIES 2u /* flash0, psram0 */
#define QUIRE_LINUX_SIDES    2u /* data, instructions */

/*
 * What a page shows, in one word, so that it can be read at once: the physical address in the low
 * 48 bits, which makes the next page of the same run this word plus the page size.
 */
typedef uint64_t quire_linux_shown;
#define QUIRE_LINUX_PA_BITS      48
#define QUIRE_LINUX_TARGET_SHIFT 48
#define QUIRE_LINUX_ATTR_SHIFT   52
#define QUIRE_LINUX_LOST         ((quire_linux_shown)1 << 62) /* the host could not do it */
#define QUIRE_LINUX_MAPPED       ((quire_linux_shown)1 << 63)

/* A quire_linux_who that can be read while it is written: `version` is odd while it is, and the
   reader tries again. */
#define QUIRE_LINUX_NOTE_WORDS ((sizeof(struct quire_linux_who) + 7) / 8)
struct quire_linux_note {
	_Atomic uint32_t version;
	_Atomic uint64_t word[QUIRE_LINUX_NOTE_WORDS];
};

struct quire_linux_record {
	_Atomic quire_linux_shown shown;
	struct quire_linux_note mapper;
	struct quire_linux_note unmapper;
};

/* One MMU: its table, and for each entry what `prepare` promised and what is the case. */
struct quire_linux_mmu {
	struct quire_linux *machine;
	const struct quire_mmu *mmu;
	uint8_t number;
	uint8_t shift; /* log2 of the page size */
	uint32_t entries;
	quire_entry *table;
	uint8_t *promised; /* attributes: entries of these MMUs have no room for them */
	struct quire_linux_record *record;
};

struct quire_linux_memory {
	int fd;        /* -1: there is none */
	bool readonly; /* the physical side cannot be written */
};

/* What the cache knows of one page of a memory. */
struct quire_linux_cached {
	uint32_t users; /* entries that show it */
	bool full;      /* its bytes are in the cache; never without users */
};

/* The cache of one memory. */
struct quire_linux_view {
	int fd;         /* what mappings show; -1: they show the memory itself */
	uint8_t shift;  /* log2 of the page size */
	uint8_t *bytes; /* the same as `fd` */
	uint8_t *clean; /* what they were when the memory had them too; NULL: nobody writes here */
	struct quire_linux_cached *page;
};

/* The flash chip's power, and what it has been through. */
struct quire_linux_flash {
	bool off;
	uint64_t left; /* bytes until the power fails; UINT64_MAX: for ever */
	void (*cut)(void *ctx);
	void *cut_ctx;
	struct quire_linux_flash_counts counts;
};

/* census.c: kernel mappings.  `who` is told in sentences. */
struct quire_linux_census {
	const char *who;
	uint32_t limit;   /* 0: the host's */
	uint32_t granted; /* that there may be before the next census */
	uint32_t taken;   /* how many censuses */
};

struct quire_linux {
	const struct quire_chip *chip;
	struct quire_chip_layout layout;
	struct quire_linux_options options;
	struct quire_linux_system system; /* complete */
	char *flash_path;                 /* our copy */
	struct quire_linux_memory memory[QUIRE_LINUX_MEMORIES];
	struct quire_linux_view view[QUIRE_LINUX_MEMORIES];
	uint8_t line_shift; /* log2 of a line of the cache */
	struct quire_linux_flash flash;
	struct quire_linux_mmu mmu[QUIRE_CHIP_WALKERS_MAX];
	struct quire_walker walker[QUIRE_CHIP_WALKERS_MAX];
	uint8_t reserved[QUIRE_WINDOWS_MAX]; /* bit s: side s is ours */
	bool registered;
	bool mutex_made;
	pthread_mutex_t mutex;
	void *book;
	struct quire_space space;
	struct quire_linux_counts counts;
	struct quire_linux_census census;
	bool trouble; /* some page is lost, or was since the last refusal */
	int trouble_errno;
	bool cache_failed; /* since the last refusal, which says how */
	char refusal[QUIRE_LINUX_TEXT];
};

/* open.c: the calls that are given, and the real ones for the others. */
struct quire_linux_system quire_linux_system_complete(const struct quire_linux_system *given);

/* sentence.c: `why` (may be NULL) gets a sentence; returns `result`. */
int quire_linux_why(char *why, int result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "16 MiB", "70000 bytes". */
struct quire_linux_amount {
	char text[32];
};
struct quire_linux_amount quire_linux_amount(uint64_t bytes);

/* memory.c: the physical memories, opened after the layout has been made.  Bytes of one are read
   and written at offsets into it that are known to be good; -1 with errno if the host fails. */
int quire_linux_memories_open(struct quire_linux *machine, char *why);
void quire_linux_memories_close(struct quire_linux *machine);
int quire_linux_memory_check(const struct quire_linux *machine, unsigned target, quire_pa pa,
			     quire_size size);
int quire_linux_memory_read(const struct quire_linux *machine, unsigned target, quire_size offset,
			    void *buffer, size_t size);
int quire_linux_memory_write(const struct quire_linux *machine, unsigned target, quire_size offset,
			     const void *bytes, size_t size);

/*
 * cache.c: what mappings show instead of a memory.  All do nothing, and succeed, for what is in no
 * cache.  `shown` is that of the first page, or of a line in it.
 *
 * enter, leave: so many bytes are shown by one entry more, or less.
 * fill: the bytes are there; false and errno if the memory cannot be read.
 * sync: whole lines of one page.
 * written, read: what the physical side has done, or is about to hand out.
 * restart: everything is what the memories hold.
 */
int quire_linux_cache_open(struct quire_linux *machine, char *why);
void quire_linux_cache_close(struct quire_linux *machine);
int quire_linux_cache_shown(struct quire_linux *machine, quire_linux_shown shown);
void quire_linux_cache_enter(struct quire_linux *machine, quire_linux_shown shown, quire_size size);
void quire_linux_cache_leave(struct quire_linux *machine, quire_linux_shown shown, quire_size size);
bool quire_linux_cache_fill(struct quire_linux *machine, quire_linux_shown shown, quire_size size);
void quire_linux_cache_sync(struct quire_linux *machine, quire_linux_shown shown, quire_size size,
			    unsigned how);
void quire_linux_cache_written(struct quire_linux *machine, unsigned target, quire_size offset,
			       quire_size size);
void quire_linux_cache_read(struct quire_linux *machine, unsigned target, quire_size offset,
			    uint8_t *buffer, quire_size size);
bool quire_linux_cache_restart(struct quire_linux *machine);

/* windows.c: the addresses. */
quire_va quire_linux_side(const struct quire_window *window, unsigned side);
unsigned quire_linux_sides(const struct quire_window *window);
int quire_linux_windows_reserve(struct quire_linux *machine, char *why);
void quire_linux_windows_release(struct quire_linux *machine);

/* port.c: entries. */
extern const struct quire_port quire_linux_port;
int quire_linux_mmus_make(struct quire_linux *machine, char *why);
void quire_linux_mmus_free(struct quire_linux *machine);
uint32_t quire_linux_boundaries(const struct quire_linux_mmu *mmu,
				const struct quire_window *window, uint32_t first, uint32_t count);

/* census.c: whether the process may have `more` kernel mappings, where `have` are ours; a sentence if
   not (of a chip: in machine->refusal). */
int quire_linux_census_room(struct quire_linux_census *census, uint32_t have, uint32_t more,
			    char *why);
int quire_linux_room(struct quire_linux *machine, uint32_t more);

/* history.c: who did it. */
void quire_linux_who_now(struct quire_linux_who *who, uint64_t change);
void quire_linux_note_write(struct quire_linux_note *note, const struct quire_linux_who *who);
void quire_linux_note_read(const struct quire_linux_note *note, struct quire_linux_who *who);
struct quire_linux_record *quire_linux_record_at(const struct quire_linux *machine, quire_va va,
						 unsigned *window, unsigned *side);

/* fault.c: the handler and the instances that it looks after.  quire_linux_registered names the
   chip that has an address in a window, NULL if none. */
int quire_linux_register(struct quire_linux *machine, char *why);
void quire_linux_unregister(struct quire_linux *machine);
const struct quire_chip *quire_linux_registered(quire_va va);

/* What the processor says about an access that faulted: `context` is the handler's third argument. */
enum quire_linux_access quire_linux_access_of(const void *context, uintptr_t address);

/* A field of what a page shows. */
static inline unsigned quire_linux_shown_attr(quire_linux_shown shown)
{
	return (unsigned)(shown >> QUIRE_LINUX_ATTR_SHIFT) & QUIRE_ATTR_MASK;
}

static inline unsigned quire_linux_shown_target(quire_linux_shown shown)
{
	return (unsigned)(shown >> QUIRE_LINUX_TARGET_SHIFT) & 0xfu;
}

static inline quire_pa quire_linux_shown_pa(quire_linux_shown shown)
{
	return (quire_pa)(shown & (((quire_linux_shown)1 << QUIRE_LINUX_PA_BITS) - 1));
}

#endif
