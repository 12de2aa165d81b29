/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct quire_linux_fault last_fault;
char last_text[QUIRE_LINUX_TEXT];
uintptr_t last_stack;
static sigjmp_buf after_fault;

/* What a test that fails leaves open, so that the next one finds the addresses free. */
static struct quire_linux *opened[QUIRE_LINUX_OPEN];

struct quire_linux *open_chip(const char *name, const struct quire_linux_options *options)
{
	struct quire_linux *machine = NULL;
	char why[QUIRE_LINUX_TEXT] = "";

	if (quire_linux_open(&machine, quire_chip_by_name(name), options, why) < 0)
		fail_msg("%s", why);
	for (unsigned i = 0; i < QUIRE_LINUX_OPEN; i++)
		if (opened[i] == NULL) {
			opened[i] = machine;
			break;
		}
	return machine;
}

void close_chip(struct quire_linux *machine)
{
	for (unsigned i = 0; i < QUIRE_LINUX_OPEN; i++)
		if (opened[i] == machine)
			opened[i] = NULL;
	quire_linux_close(machine);
}

int close_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < QUIRE_LINUX_OPEN; i++)
		close_chip(opened[i]);
	return 0;
}

void expect_refusal(const char *name, const struct quire_linux_options *options, int result, ...)
{
	struct quire_linux *machine = NULL;
	char why[QUIRE_LINUX_TEXT] = "";
	const char *word;
	va_list words;

	assert_int_equal(quire_linux_open(&machine, quire_chip_by_name(name), options, why),
			 result);
	assert_null(machine);
	va_start(words, result);
	while ((word = va_arg(words, const char *)) != NULL)
		if (strstr(why, word) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", why, word);
	va_end(words);
}

static quire_va map_either(struct quire_linux *machine, quire_va va, const struct quire_want *want)
{
	struct quire_space *space = quire_linux_space(machine);
	struct quire_got got = {0};
	int result = va == 0 ? quire_space_map(space, want, &got)
			     : quire_space_map_at(space, va, want, &got);

	if (result < 0)
		fail_msg("map: %s", quire_error_text(result));
	return got.va;
}

quire_va map_pages(struct quire_linux *machine, unsigned target, quire_pa pa, quire_size size,
		   unsigned attr, unsigned flags)
{
	return map_pages_at(machine, 0, target, pa, size, attr, flags);
}

quire_va map_pages_at(struct quire_linux *machine, quire_va va, unsigned target, quire_pa pa,
		      quire_size size, unsigned attr, unsigned flags)
{
	struct quire_want want = {.pa = pa,
				  .size = size,
				  .target = (uint8_t)target,
				  .attr = (uint8_t)attr,
				  .flags = (uint8_t)flags};

	return map_either(machine, va, &want);
}

uint32_t pattern(unsigned target, quire_pa pa, unsigned seed)
{
	uint32_t x = (uint32_t)(pa / 4) * 2654435761u + target * 0x9e3779b9u + seed;

	return (x ^ x >> 15) * 0x85ebca6bu;
}

void fill(struct quire_linux *machine, unsigned target, unsigned seed)
{
	const struct quire_memory *memory = &quire_linux_layout(machine)->memory[target];
	uint32_t chunk[1024];

	for (quire_pa pa = 0; pa < memory->size; pa += sizeof(chunk)) {
		for (unsigned i = 0; i < 1024; i++)
			chunk[i] = pattern(target, memory->base + pa + 4 * i, seed);
		assert_int_equal(
			quire_linux_write(machine, target, memory->base + pa, chunk, sizeof(chunk)),
			QUIRE_OK);
	}
}

size_t mismatches(quire_va va, quire_size size, unsigned target, quire_pa pa, unsigned seed)
{
	const volatile uint32_t *word = (const volatile uint32_t *)(uintptr_t)va;
	size_t wrong = 0;

	for (quire_size i = 0; i < size / 4; i++)
		wrong += word[i] != pattern(target, pa + 4 * i, seed);
	return wrong;
}

quire_va other_side(struct quire_linux *machine, quire_va va)
{
	struct quire_extent_info info;

	assert_int_equal(quire_space_query(quire_linux_space(machine), va, &info), QUIRE_OK);
	return va >= info.va && va - info.va < info.size ? va - info.va + info.exec_va
							 : va - info.exec_va + info.va;
}

volatile uint8_t *at(quire_va va)
{
	return (volatile uint8_t *)(uintptr_t)va;
}

static int keep_fault(void *ctx, const struct quire_linux_fault *fault)
{
	(void)ctx;
	last_fault = *fault;
	last_stack = (uintptr_t)__builtin_frame_address(0);
	quire_linux_fault_text(fault, last_text);
	siglongjmp(after_fault, 1);
}

void watch_faults(struct quire_linux_options *options)
{
	options->on_fault = keep_fault;
}

bool read_faults(quire_va va)
{
	if (sigsetjmp(after_fault, 1) != 0)
		return true;
	(void)*at(va);
	return false;
}

bool write_faults(quire_va va)
{
	if (sigsetjmp(after_fault, 1) != 0)
		return true;
	*at(va) = 1;
	return false;
}

bool fetch_faults(quire_va va)
{
	void (*function)(void) = (void (*)(void))(uintptr_t)va;

	if (sigsetjmp(after_fault, 1) != 0)
		return true;
	function();
	return false;
}

void make_file(char path[64], quire_size size)
{
	char chunk[4096];
	int fd;

	strcpy(path, "/tmp/quire-linux-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	memset(chunk, 0x5a, sizeof(chunk));
	while (size > 0) {
		size_t n = size < sizeof(chunk) ? (size_t)size : sizeof(chunk);

		assert_int_equal(write(fd, chunk, n), n);
		size -= n;
	}
	close(fd);
}

/* Counts a call; true if it is one of those that are to fail. */
static bool strikes(const struct faulty_system *faulty, unsigned *calls, unsigned fail)
{
	++*calls;
	return fail != 0 && *calls >= fail && *calls < fail + faulty->failing;
}

static void *faulty_map(void *ctx, void *address, size_t size, int protection, int flags, int fd,
			off_t offset)
{
	struct faulty_system *faulty = ctx;

	if (strikes(faulty, &faulty->maps, faulty->fail_map)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return mmap(address, size, protection, flags, fd, offset);
}

static int faulty_memfd(void *ctx, const char *name)
{
	struct faulty_system *faulty = ctx;

	if (strikes(faulty, &faulty->memfds, faulty->fail_memfd)) {
		errno = EMFILE;
		return -1;
	}
	return memfd_create(name, MFD_CLOEXEC);
}

static int faulty_resize(void *ctx, int fd, off_t size)
{
	struct faulty_system *faulty = ctx;

	if (strikes(faulty, &faulty->resizes, faulty->fail_resize)) {
		errno = ENOSPC;
		return -1;
	}
	return ftruncate(fd, size);
}

static void *faulty_allocate(void *ctx, size_t size)
{
	struct faulty_system *faulty = ctx;

	if (strikes(faulty, &faulty->allocations, faulty->fail_allocation))
		return NULL;
	return malloc(size);
}

void faulty_system_init(struct faulty_system *faulty)
{
	*faulty = (struct faulty_system){
		.system = {faulty_map, faulty_memfd, faulty_resize, faulty_allocate, faulty},
		.failing = 1,
	};
}
