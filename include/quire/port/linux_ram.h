/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine with RAM and page permissions as a Linux process, with real pointers.
 *
 * quire_linux_ram_open() gives a ready space: banks of RAM at chosen physical addresses, each a
 * memfd, and windows of virtual addresses at chosen addresses of this process.  What the space maps
 * at 0x80004000 is at (char *)0x80004000, and an access that no mapping allows is a fault, which the
 * process can take, put right, and try again: lazy memory and guards work as on a processor.
 *
 *   windows          0x80000000 |####|    |##|  |#####|     entries: one word a page, and mmap()
 *                                  \       |      /
 *   bank "ram" (memfd)          |..####..##..#####........|  also seen whole, through
 *                                                             quire_linux_ram_at()
 *
 * The MMU has one level, an entry a page; the table is an array, which quire's walker writes as it
 * would any other.  Writing a run of entries is one mmap() of the memfd, or of nothing; nothing is
 * cached, so a flush does nothing.  READ and WRITE of a mapping become the host's protection (which on
 * most processors lets everything be read that may be written), EXEC too if the options say so, and
 * then code in this RAM runs.  Cache modes are kept and mean nothing.
 *
 * A process has one privilege level, so user mode is a *view*: in the user view, pages without QUIRE_USER
 * cannot be touched; in the kernel view all allow what their attributes say.  The view is the
 * process's, not a thread's: views are for a program of one thread.
 *
 * A window's addresses must be free, and stay the machine's; or (`adopt`) they are the caller's, who
 * has something there that he will map himself, page by page, after having copied it: his own
 * program's variables, say.
 *
 * Where mmap() fails although `prepare` had found room, the run is tried again page by page; pages that
 * still fail cannot be touched, and changes are refused with QUIRE_EPORT until they could be mapped.
 *
 * Any number of threads may use one instance, but for opening, closing and views.
 */
#ifndef QUIRE_PORT_LINUX_RAM_H
#define QUIRE_PORT_LINUX_RAM_H

#include "quire/fault.h"
#include "quire/port/linux.h"

struct quire_linux_ram;

/* A bank of RAM: memory `target` of the space. */
struct quire_linux_ram_bank {
	const char *name;
	quire_pa base;   /* a multiple of the page */
	quire_size size; /* bytes, whole pages */
	uint8_t target;  /* below QUIRE_TARGETS_MAX, each once */
};

/* A window. */
struct quire_linux_ram_window {
	const char *name;
	quire_va base;   /* a multiple of the page */
	quire_size size; /* bytes, whole pages */
	uint8_t caps;    /* enum quire_cap */
	uint8_t place;   /* enum quire_place */
	bool adopt;      /* the addresses are the caller's */
};

/* An access that was not allowed. */
struct quire_linux_ram_fault {
	struct quire_linux_ram *machine;
	struct quire_fault_raw raw;
	bool foreign;    /* the address is in no window */
	int signal;      /* SIGSEGV or SIGBUS */
	uintptr_t pc;    /* 0 where the host does not tell */
	uintptr_t stack; /* the stack pointer; 0 likewise */
};

struct quire_linux_ram_options {
	const struct quire_linux_ram_bank *bank;
	const struct quire_linux_ram_window *window;
	uint8_t bank_count;   /* 1 .. QUIRE_TARGETS_MAX */
	uint8_t window_count; /* 1 .. QUIRE_WINDOWS_MAX */
	uint32_t page_size;   /* a power of two, a multiple of the host's; 0: the host's */
	uint32_t mappings;    /* that the book has room for; 0: one for each page, never short */
	bool executable;      /* let the host execute mappings that have EXEC */
	/*
	 * What to do about a fault: QUIRE_LINUX_RETRY, QUIRE_LINUX_REPORT, or leave by siglongjmp() or
	 * setcontext().  Called in the handler, on an alternate stack, in the kernel view (which it stays
	 * in if it leaves; a retry has the view back that there was).  NULL: report.
	 */
	int (*on_fault)(void *ctx, const struct quire_linux_ram_fault *fault);
	void *on_fault_ctx;
	bool foreign_faults;                     /* on_fault gets those in no window too */
	size_t host_page;                        /* 0: the host's; for tests of other hosts */
	uint32_t kernel_mappings;                /* 0: /proc/sys/vm/max_map_count; for tests */
	const struct quire_linux_system *system; /* NULL: the real calls */
	/* mprotect(), with system->ctx; NULL: the real one. */
	int (*protect)(void *ctx, void *address, size_t size, int protection);
};

/*
 * Open a machine.  `*out` is set on success only.  `why`, which may be NULL, gets one sentence on
 * failure.
 * QUIRE_ENULL; QUIRE_EALIGN (a page that is no power of two or smaller than the host's, a bank or a
 * window that is not whole pages); QUIRE_EFLAG (no bank or window, or too many; a target twice);
 * QUIRE_EPOOL (no memory, or more mappings than a book can have); QUIRE_EPORT (a system call failed);
 * QUIRE_ETAKEN (a window's addresses are in use); or what quire_space_init returns.
 */
int quire_linux_ram_open(struct quire_linux_ram **out,
			 const struct quire_linux_ram_options *options, char why[QUIRE_LINUX_TEXT]);

/* Unmap everything and free it; adopted windows stay as they are.  NULL is allowed. */
void quire_linux_ram_close(struct quire_linux_ram *machine);

/* The space over it, its lock a mutex of the instance; and its memories, index = target. */
struct quire_space *quire_linux_ram_space(struct quire_linux_ram *machine);
const struct quire_memory *quire_linux_ram_memories(const struct quire_linux_ram *machine,
						    uint8_t *count);

/* The physical side: a byte of RAM, the rest of its bank following; mapped or not, and whatever its
   mappings allow.  NULL if there is none at that address. */
void *quire_linux_ram_at(const struct quire_linux_ram *machine, quire_pa pa);

/*
 * From now on, as the kernel or as user mode sees it.  One mprotect() for each run of pages that both
 * see differently; nothing, if it is so already.  Safe in a handler.
 * QUIRE_ENULL; QUIRE_EPORT (the host failed; the view is the old one).
 */
int quire_linux_ram_view(struct quire_linux_ram *machine, bool user);

/* Whether it is the user view. */
bool quire_linux_ram_is_user(const struct quire_linux_ram *machine);

/* What the machine has done since open. */
struct quire_linux_ram_counts {
	uint64_t maps;     /* mmap calls that made pages appear */
	uint64_t unmaps;   /* mmap calls that took them away */
	uint64_t protects; /* mprotect calls of views */
	uint64_t views;    /* changes of view */
	uint64_t failures; /* pages that could not be mapped */
	uint32_t mappings; /* kernel mappings that the windows take now, at most */
	uint32_t censuses; /* how often the process's kernel mappings were counted */
};
int quire_linux_ram_counts(struct quire_linux_ram *machine, struct quire_linux_ram_counts *out);

/* The sentence for the change that was refused last, or "" if none was. */
void quire_linux_ram_refusal(struct quire_linux_ram *machine, char why[QUIRE_LINUX_TEXT]);

#endif
