/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated chip as a Linux process, with real pointers.
 *
 * quire_linux_open() gives a ready space whose windows stand at the chip's own 32-bit addresses:
 * on an ESP32-S3, what the space maps at 0x3c400000 is at (char *)0x3c400000, and at its
 * instruction alias 0x42400000 too.  A physical memory is a file or a memfd; an entry of the MMU is
 * an mmap() of it, one call for each alias of a whole contiguous run; an invalid entry is an
 * address range without access.
 *
 *   flash file  --mmap-->  0x3c000000..  data side         read (never written)
 *   psram memfd --mmap-->  0x42000000..  instruction side  the same entries, read
 *
 * The windows are reserved when the chip is opened and nothing is ever replaced: if anything else
 * of the process is there, open fails and says what.  Hence two chips can be open at once if their
 * windows do not collide.
 *
 * What allows what: READ, WRITE and EXEC of a mapping become the host's protection.  The data side
 * has READ and WRITE; the instruction side can be read if the mapping allows READ or EXEC, and is
 * never written, as on the chip.  Nothing is executable for the host unless the options say so:
 * code in a flash image is Xtensa or RISC-V code, and a jump into it is better reported than
 * executed.  Flash is never writable through a mapping, whatever the mapping says.
 *
 * An access that nothing allows is reported on stderr: address, kind of access, who unmapped the
 * page last, and the nearest mappings; then the previous handler of the signal runs, or the default
 * action.  options.on_fault takes the report instead, and may leave by siglongjmp().
 *
 * If mmap() fails although `prepare` had found room (the process ran out of memory or of kernel
 * mappings in between), the change is tried again page by page; pages that still fail stay without
 * access, the next change is refused with QUIRE_EPORT, and each further one until they could be
 * mapped after all.  quire_linux_trouble() has the sentence.
 *
 * Any number of threads may use one instance, except while it is opened or closed.  A child of
 * fork() shares the memories with its parent, and has the mappings as they were.
 */
#ifndef QUIRE_PORT_LINUX_H
#define QUIRE_PORT_LINUX_H

#include <sys/types.h>

#include "quire/chip.h"
#include "quire/quire.h"

#define QUIRE_LINUX_TEXT  1024u /* room that every sentence of this port fits in */
#define QUIRE_LINUX_NAME  16u   /* a thread's name, as the kernel limits it */
#define QUIRE_LINUX_LABEL 32u   /* a label with its NUL; longer ones are cut */
#define QUIRE_LINUX_OPEN  16u   /* instances open at once */

struct quire_linux;
struct quire_linux_fault;

/* How the flash file is used. */
enum quire_linux_file {
	QUIRE_LINUX_FILE_READ, /* the file itself, read only; physical writes are refused */
	QUIRE_LINUX_FILE_COPY, /* a copy in memory, padded with 0xff to whole pages; the file
				  changes only by quire_linux_sync() */
};

/*
 * What stands between a mapping and its memory.
 *
 * With a cache, a mapping shows the cache's copy of a page: it is filled when the page is mapped
 * and not shown anywhere else, written through data addresses, and agrees with the memory again
 * where quire_space_sync() is called.  The memory itself is what quire_linux_read(), _write() and
 * the flash calls (quire/port/flash.h) work on, as a DMA or the flash controller does.  Mappings of
 * one page share its copy; those with a cache mode other than QUIRE_CACHE_WB show the memory.
 *
 * A sync works on whole lines of the chip (quire_chip.cache_line).  Writing back takes those whose
 * bytes have changed since they last agreed with the memory, whatever has been written there since;
 * reading again takes all of them, changed or not.  Where the chip's cache writes through, the
 * memory is written at once with the sync, and never sooner.  Nothing else writes back: what has
 * not been, when nobody shows a page any more, is lost.  (On chips that write back, the core sees
 * to it before.)
 */
enum quire_linux_cache {
	QUIRE_LINUX_CACHE_NONE,   /* mappings show the memory itself */
	QUIRE_LINUX_CACHE_STALE,  /* what was not synchronised is seen as it was */
	QUIRE_LINUX_CACHE_POISON, /* as 0xa5, line by line: in the cache if quire_linux_write() has
				     written the memory, in what quire_linux_read() gives if the
				     cache has.  The flash calls never poison (flash.h). */
};

/* What a fault callback wants done after it. */
enum quire_linux_after {
	QUIRE_LINUX_REPORT, /* report on stderr, then as if there were no callback */
	QUIRE_LINUX_RETRY,  /* the cause is mended: access again */
};

/* The system calls that can fail, for tests; a NULL member stands for the real one. */
struct quire_linux_system {
	void *(*map)(void *ctx, void *address, size_t size, int protection, int flags, int fd,
		     off_t offset);
	int (*memfd)(void *ctx, const char *name);
	int (*resize)(void *ctx, int fd, off_t size);
	void *(*allocate)(void *ctx, size_t size);
	void *ctx;
};

/* What is opened.  All zero is a chip with 4 MiB of erased flash and no PSRAM. */
struct quire_linux_options {
	uint32_t page_size;       /* as in quire_chip_layout; 0 for the chip's default */
	uint32_t psram_page_size; /* of a second MMU; 0: as in quire_chip_layout */
	const char *flash_path;   /* NULL: erased flash (0xff) in memory */
	enum quire_linux_file flash_file;
	quire_size flash_size; /* bytes; 0: the file's size, or 4 MiB without a file */
	quire_size psram_size; /* bytes; 0: none */
	uint32_t mappings;     /* that the book has room for; 0: one for each page, never short */
	bool executable;       /* let the host execute mappings that have EXEC */
	enum quire_linux_cache cache;
	/* Flash is encrypted: turn `size` bytes of it (both multiples of 16) into what the cache
	   sees.  NULL: it is not.  Needs a cache.  Called with the space's lock held. */
	void (*decrypt)(void *ctx, quire_pa pa, void *bytes, size_t size);
	void *decrypt_ctx;
	int (*on_fault)(void *ctx, const struct quire_linux_fault *fault); /* in the handler */
	void *on_fault_ctx;
	size_t host_page;                        /* 0: the host's; for tests of other hosts */
	uint32_t kernel_mappings;                /* 0: /proc/sys/vm/max_map_count; for tests */
	const struct quire_linux_system *system; /* NULL: the real calls */
};

/*
 * Open a chip.  `*out` is set on success only.  `why`, which may be NULL, gets one sentence on
 * failure.
 * QUIRE_ENULL; QUIRE_EFLAG (no such kind of cache, or `decrypt` without one); QUIRE_EALIGN (a page
 * size that the chip has not, or smaller than the host's page; a memory or a file that is not whole
 * pages; cache lines that are not a power of two, or not whole blocks for `decrypt`); QUIRE_EBEYOND
 * (a memory larger than the chip can address, a file shorter or longer than the flash);
 * QUIRE_ETARGET (PSRAM on a chip without);
 * QUIRE_ETAKEN (a window's addresses are in use); QUIRE_EPOOL (no memory, or more mappings than a
 * book can have); QUIRE_EPORT (a system call failed, or QUIRE_LINUX_OPEN are open); or what
 * quire_space_init returns.
 */
int quire_linux_open(struct quire_linux **out, const struct quire_chip *chip,
		     const struct quire_linux_options *options, char why[QUIRE_LINUX_TEXT]);

/* Unmap everything and free it; the flash file is not written.  NULL is allowed. */
void quire_linux_close(struct quire_linux *machine);

/* The space over it, its lock a mutex of the instance; the chip; and the layout, in which the
   memories have their real sizes.  All live until close. */
struct quire_space *quire_linux_space(struct quire_linux *machine);
const struct quire_chip *quire_linux_chip(const struct quire_linux *machine);
const struct quire_chip_layout *quire_linux_layout(const struct quire_linux *machine);

/*
 * The physical side: `size` bytes at `pa` of a memory, mapped or not.  Without a cache, what is
 * written can be seen through all mappings at once; with one, when they have been synchronised.
 * Writing flash programs it as if it had been erased before; flash.h has the real rules.  With a
 * cache the space's lock is taken: not from a callback that runs under it.
 * QUIRE_ENULL, QUIRE_ETARGET, QUIRE_EBEYOND, QUIRE_EPORT (the call failed), and for write
 * QUIRE_ECAPS (the flash file was opened with QUIRE_LINUX_FILE_READ).
 */
int quire_linux_read(struct quire_linux *machine, unsigned target, quire_pa pa, void *buffer,
		     size_t size);
int quire_linux_write(struct quire_linux *machine, unsigned target, quire_pa pa, const void *bytes,
		      size_t size);

/*
 * Write all of flash into the file it was copied from, padding included, and wait for the disk.  Of
 * what other threads change meanwhile, any part may be in it.
 * QUIRE_ENULL, QUIRE_ECAPS (there is no file, or it is not a copy), QUIRE_EPORT.
 */
int quire_linux_sync(struct quire_linux *machine);

/*
 * Copy from or to any address of this process, without a fault: what a load or a store there would
 * do.  A range that is only partly accessible may have been copied up to there.
 * QUIRE_ENULL, QUIRE_EUNMAPPED (an access would fault), QUIRE_EPORT (the host forbids to ask).
 */
int quire_linux_peek(quire_va va, void *buffer, size_t size);
int quire_linux_poke(quire_va va, const void *bytes, size_t size);

/*
 * Name what the calling thread does from now on; kept with each page that it maps or unmaps and
 * shown in fault reports.  NULL for none.
 */
void quire_linux_label(const char *label);

/*
 * Let fault reports of the calling thread run on a stack of their own, as is needed where the
 * thread's own stack may be what ran out.  open does this for its caller.  The stack is freed when
 * the thread ends; a thread that has one already keeps it.  QUIRE_EPORT.
 */
int quire_linux_fault_stack(void);

/* Who made a change. */
struct quire_linux_who {
	uint64_t change;             /* counted from 1 since open; 0: nobody ever */
	pid_t thread;                /* the kernel's number */
	char name[QUIRE_LINUX_NAME]; /* the thread's name */
	char label[QUIRE_LINUX_LABEL];
};

enum quire_linux_access {
	QUIRE_LINUX_ACCESS_UNKNOWN, /* the host does not tell */
	QUIRE_LINUX_ACCESS_READ,
	QUIRE_LINUX_ACCESS_WRITE,
	QUIRE_LINUX_ACCESS_FETCH,
};

/* A run of mapped pages near a fault, on the side where the fault was; size 0: none. */
struct quire_linux_near {
	quire_va va;
	quire_size size;
	quire_pa pa;
	uint8_t target;
};

/* An access that was not allowed. */
struct quire_linux_fault {
	struct quire_linux *machine;
	quire_va va;
	int signal; /* SIGSEGV, or SIGBUS: the flash file became shorter */
	enum quire_linux_access access;
	const char *hole; /* not NULL: no window, an address this chip cannot use, and why */
	uint8_t window;
	bool exec_side;
	bool mapped;  /* there is a page, which does not allow this access */
	bool lost;    /* there ought to be a page, and the host could not map it */
	uint8_t attr; /* of that page */
	uint8_t target;
	quire_pa pa;
	struct quire_linux_who mapper;   /* who mapped the page last */
	struct quire_linux_who unmapper; /* who unmapped it last */
	struct quire_linux_near below;   /* not the page itself */
	struct quire_linux_near above;
};

/* The report as it would be printed: some lines, each ended by a newline.  Safe in a handler.
   Returns its length. */
size_t quire_linux_fault_text(const struct quire_linux_fault *fault, char text[QUIRE_LINUX_TEXT]);

/* Who mapped and unmapped the page at an address last; either may be NULL.  Takes no lock.
   QUIRE_ENULL, QUIRE_EFOREIGN. */
int quire_linux_history(struct quire_linux *machine, quire_va va, struct quire_linux_who *mapper,
			struct quire_linux_who *unmapper);

/* What the port has done since open. */
struct quire_linux_counts {
	uint64_t changes;      /* runs of entries written */
	uint64_t maps;         /* mmap calls that made pages appear */
	uint64_t unmaps;       /* mmap calls that took them away */
	uint64_t retries;      /* runs that had to be tried again page by page */
	uint64_t failures;     /* pages that could not be mapped even so */
	uint64_t fills;        /* pages copied into the cache */
	uint64_t written_back; /* lines that a sync copied to the memory */
	uint64_t invalidated;  /* lines that a sync copied from the memory */
	uint32_t mappings;     /* kernel mappings that the windows take now */
	uint32_t censuses;     /* how often the process's kernel mappings were counted */
};
int quire_linux_counts(struct quire_linux *machine, struct quire_linux_counts *out);

/* Whether pages are missing because mmap failed, and the sentence; false and "" if none is. */
bool quire_linux_trouble(struct quire_linux *machine, char why[QUIRE_LINUX_TEXT]);

/* The sentence for the change that the port refused last, or "" if it never refused one. */
void quire_linux_refusal(struct quire_linux *machine, char why[QUIRE_LINUX_TEXT]);

#endif
