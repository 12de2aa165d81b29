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

/* All of .data is aligned as the most demanding part of it is. */
__attribute__((__used__, __aligned__(4096), __section__(".data"))) static char begins_a_page = 1;

/* A program that counts what it runs (gcov), or that has a sanitizer in it, does so in user mode too, and
   all over its variables. */
extern void __gcov_exit(void) __attribute__((weak));
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

#define UP(address, page)   (((address) + (page)-1) / (page) * (page))
#define DOWN(address, page) ((address) / (page) * (page))

struct segment {
	uintptr_t first, last;  /* of all of the program */
	uintptr_t start, end;   /* the last writable one */
	uintptr_t relro;        /* the end of what is read-only by now */
	uintptr_t plt, plt_end; /* words that are filled in later; equal: none are */
};

static bool is_bound(const ElfW(Dyn) * entry)
{
	return entry->d_tag == DT_BIND_NOW ||
	       (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_BIND_NOW) != 0) ||
	       (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NOW) != 0);
}

/* Three words of the linker's own, and one a function. */
static void find_plt(struct segment *found, const ElfW(Dyn) * entry)
{
	size_t functions = 0;
	bool bound = false;

	for (; entry->d_tag != DT_NULL; entry++) {
		bound |= is_bound(entry);
		if (entry->d_tag == DT_PLTGOT)
			found->plt = (uintptr_t)entry->d_un.d_ptr;
		else if (entry->d_tag == DT_PLTRELSZ)
			functions = (size_t)entry->d_un.d_val / sizeof(ElfW(Rela));
	}
	found->plt_end = bound ? found->plt : found->plt + (3 + functions) * sizeof(uintptr_t);
}

/* The first object is the program. */
static int look(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct segment *found = ctx;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = (uintptr_t)(info->dlpi_addr + header->p_vaddr);

		if (header->p_type == PT_LOAD) {
			found->last = start + header->p_memsz;
			if (found->first == 0)
				found->first = start;
		}
		if (header->p_type == PT_LOAD && (header->p_flags & PF_W) != 0) {
			found->start = start;
			found->end = start + header->p_memsz;
		} else if (header->p_type == PT_GNU_RELRO) {
			found->relro = start + header->p_memsz;
		} else if (header->p_type == PT_DYNAMIC) {
			find_plt(found, (const ElfW(Dyn) *)start);
		}
	}
	return 1;
}

/* Whether there is code in the program that uses variables of its own wherever it is called. */
static bool has_runtime(const struct segment *program)
{
	const uintptr_t code[] = {(uintptr_t)__asan_init, (uintptr_t)__tsan_init};

	for (unsigned i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		if (code[i] >= program->first && code[i] < program->last)
			return true;
	return __gcov_exit != NULL;
}

void zephyr_linux_image_find(struct zephyr_linux_image *image, size_t page)
{
	struct segment found = {0};
	uintptr_t host = 4096, start;

	(void)dl_iterate_phdr(look, &found);
	start = found.start;
	if (found.relro > start && found.relro <= found.end)
		start = UP(found.relro, host);
	image->start = UP(start, page);
	image->end = page == host ? UP(found.end, page) : DOWN(found.end, page);
	if (image->end < image->start)
		image->end = image->start;
	image->open = image->open_end = image->start;
	image->runtime = has_runtime(&found);
	if (image->runtime) {
		image->open_end = image->end;
	} else if (found.plt_end > image->start && found.plt_end <= image->end) {
		if (found.plt > image->start) /* the linker's own words may be read-only */
			image->open = DOWN(found.plt, page);
		image->open_end = UP(found.plt_end, page);
	}
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
	copy(quire_linux_ram_at(machine, want.pa), start, end - start);
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
