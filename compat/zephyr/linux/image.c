/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image: the program's own variables, as part of RAM.
 *
 * In Zephyr a variable has a physical address, and tests map it again elsewhere.  So, before main(), the
 * pages of the program's writable segment are copied to the start of RAM, and RAM is mapped in their place,
 * with one call: from then on they are at their addresses, and in RAM.  Between the copy and the mapping no
 * variable of the program may change that anybody will miss; what runs there writes to its stack, to
 * the heap and to what the C library has elsewhere.
 *
 * The host's linker has pages there too that it made read-only (RELRO) and that stay the host's, and
 * words that it fills in when a function is called for the first time: user mode calls functions as well, so
 * the pages of those words are open to it, unless the program was linked to have everything filled in at
 * its start.  The program's variables begin on another page.
 */
#include "linux.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>

/* All of .data is aligned as the most demanding part of it is. */
__attribute__((__used__, __aligned__(4096), __section__(".data"))) static char begins_a_page = 1;

/* Where the program's variables begin, as the C library's start files say. */
extern char __data_start[] __attribute__((weak));

/* A program that counts what it runs (gcov), or that has a sanitizer in it, does so in user mode too, and
   all over its variables. */
extern void __gcov_exit(void) __attribute__((weak));
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

#define HOST_PAGE           4096u /* the smallest that there are */
#define SEGMENTS            32u
#define UP(address, page)   (((address) + (page)-1) / (page) * (page))
#define DOWN(address, page) ((address) / (page) * (page))

/* What the program's headers say. */
static struct program {
	uintptr_t relro;        /* the end of what is read-only by now */
	uintptr_t plt, plt_end; /* words that are filled in later; equal: none are */
	unsigned segments; /* writable ones, ascending; what aligns more than a page begins one */
	struct {
		uintptr_t start, end;
	} segment[SEGMENTS];
} program;

static bool is_bound(const ElfW(Dyn) * entry)
{
	return entry->d_tag == DT_BIND_NOW ||
	       (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_BIND_NOW) != 0) ||
	       (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NOW) != 0);
}

/* Three words of the linker's own, and one a function. */
static void find_plt(const ElfW(Dyn) * entry)
{
	size_t functions = 0;
	bool bound = false;

	for (; entry->d_tag != DT_NULL; entry++) {
		bound |= is_bound(entry);
		if (entry->d_tag == DT_PLTGOT)
			program.plt = (uintptr_t)entry->d_un.d_ptr;
		else if (entry->d_tag == DT_PLTRELSZ)
			functions = (size_t)entry->d_un.d_val / sizeof(ElfW(Rela));
	}
	program.plt_end = bound ? program.plt : program.plt + (3 + functions) * sizeof(uintptr_t);
}

static void add_segment(uintptr_t start, uintptr_t end)
{
	if (program.segments == SEGMENTS)
		return;
	program.segment[program.segments].start = start;
	program.segment[program.segments++].end = end;
}

/* The first object is the program. */
static int look(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = (uintptr_t)(info->dlpi_addr + header->p_vaddr);
		uintptr_t end = start + header->p_memsz;

		if (header->p_type == PT_LOAD && (header->p_flags & PF_W) != 0)
			add_segment(start, end);
		else if (header->p_type == PT_GNU_RELRO)
			program.relro = end;
		else if (header->p_type == PT_DYNAMIC)
			find_plt((const ElfW(Dyn) *)start);
	}
	return 1;
}

/* Whether there is code everywhere that uses variables of its own. */
static bool has_runtime(void)
{
	return __asan_init != NULL || __tsan_init != NULL || __gcov_exit != NULL;
}

/* The end of the last page.  What of it lies behind the program's own pages (where its pages are larger than
   the host's) is taken, if nobody has it; otherwise the last page stays where it is. */
static uintptr_t take_end(uintptr_t end, size_t page)
{
	uintptr_t own = UP(end, HOST_PAGE), last = UP(end, page);
	void *got;

	if (own == last)
		return last;
	got = mmap((void *)own, last - own, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (got != MAP_FAILED && got != (void *)own)
		munmap(got, last - own);
	return got == (void *)own ? last : DOWN(end, page);
}

static void find_open(struct zephyr_linux_image *image, size_t page)
{
	image->open = image->open_end = image->start;
	image->runtime = has_runtime();
	if (image->runtime) {
		image->open_end = image->end;
	} else if (program.plt_end > image->start && program.plt_end <= image->end) {
		if (program.plt > image->start) /* the linker's own words may be read-only */
			image->open = DOWN(program.plt, page);
		image->open_end = UP(program.plt_end, page);
	}
}

void zephyr_linux_image_find(struct zephyr_linux_image *image, size_t page)
{
	uintptr_t start, end;

	(void)dl_iterate_phdr(look, NULL);
	if (program.plt_end == 0) { /* linked statically: words are filled in all the same */
		program.plt = program.segments != 0 ? program.segment[0].start : 0;
		program.plt_end = DOWN((uintptr_t)__data_start, HOST_PAGE);
	}
	*image = (struct zephyr_linux_image){0};
	if (program.segments == 0)
		return;
	start = program.segment[0].start;
	end = program.segment[program.segments - 1].end;
	if (program.relro > start && program.relro <= end)
		start = program.relro;
	image->start = UP(UP(start, HOST_PAGE), page);
	image->end = take_end(end, page);
	if (image->end < image->start)
		image->end = image->start;
	find_open(image, page);
}

/* As memcpy(), of whole words; not that, since a sanitizer's looks for the ends of variables. */
__attribute__((__no_sanitize__("address", "thread"))) static void copy(void *to, uintptr_t from,
								       size_t size)
{
	volatile uint64_t *out = to;
	const volatile uint64_t *in = (const volatile uint64_t *)from;

	for (size_t i = 0; i < size / sizeof(*in); i++)
		out[i] = in[i];
}

/* What of a range the segments have; between them there is nothing. */
static void copy_segments(uint8_t *ram, uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < program.segments; i++) {
		uintptr_t from = DOWN(program.segment[i].start, HOST_PAGE);
		uintptr_t to = UP(program.segment[i].end, HOST_PAGE);

		from = from > start ? from : start;
		to = to < end ? to : end;
		if (from < to)
			copy(ram + (from - start), from, to - from);
	}
}

/* One part of it; user mode may use it or not. */
static int move_part(struct quire_linux_ram *machine, const struct zephyr_linux_image *image,
		     uintptr_t start, uintptr_t end, quire_pa pa, unsigned user)
{
	const struct quire_want want = {.pa = pa + (start - image->start),
					.size = end - start,
					.target = QUIRE_RAM,
					.attr = (uint8_t)(QUIRE_READ | QUIRE_WRITE | user),
					.flags = QUIRE_SHARED,
					.tag = ZEPHYR_TAG_IMAGE};
	struct quire_got got;

	if (start == end)
		return QUIRE_OK;
	copy_segments(quire_linux_ram_at(machine, want.pa), start, end);
	return quire_space_map_at(quire_linux_ram_space(machine), start, &want, &got);
}

int zephyr_linux_image_move(struct quire_linux_ram *machine, const struct zephyr_linux_image *image,
			    quire_pa pa)
{
	int result = move_part(machine, image, image->start, image->open, pa, 0);

	if (result == QUIRE_OK)
		result = move_part(machine, image, image->open, image->open_end, pa, QUIRE_USER);
	if (result == QUIRE_OK)
		result = move_part(machine, image, image->open_end, image->end, pa, 0);
	return result;
}

/* -- constants -- */

/* What is looked for in the objects that the process has. */
struct bytes {
	uintptr_t va;
	size_t size;
};

/* Written by the host's linker at most, and by nobody from then on. */
static bool is_read_only(const ElfW(Phdr) * header)
{
	return (header->p_type == PT_LOAD && (header->p_flags & (PF_R | PF_W)) == PF_R) ||
	       header->p_type == PT_GNU_RELRO;
}

static int look_for(struct dl_phdr_info *info, size_t size, void *argument)
{
	const struct bytes *bytes = argument;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t offset = bytes->va - (uintptr_t)(info->dlpi_addr + header->p_vaddr);

		if (is_read_only(header) && offset < header->p_memsz &&
		    bytes->size <= header->p_memsz - offset)
			return 1;
	}
	return 0;
}

bool zephyr_linux_is_constant(uintptr_t va, size_t size)
{
	struct bytes bytes = {va, size};

	return dl_iterate_phdr(look_for, &bytes) != 0;
}
