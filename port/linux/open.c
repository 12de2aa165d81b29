/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a chip: layout, memories, addresses, tables, and a space over them, in that order, so
 * that whatever is wrong is found before anything of the process has changed.  Closing undoes what
 * has been done, however far that is.
 */
#include "machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *real_map(void *ctx, void *address, size_t size, int prot, int flags, int fd,
		      off_t offset)
{
	(void)ctx;
	return mmap(address, size, prot, flags, fd, offset);
}

static int real_memfd(void *ctx, const char *name)
{
	(void)ctx;
	return memfd_create(name, MFD_CLOEXEC);
}

static int real_resize(void *ctx, int fd, off_t size)
{
	(void)ctx;
	return ftruncate(fd, size);
}

static void *real_allocate(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

struct quire_linux_system quire_linux_system_complete(const struct quire_linux_system *given)
{
	struct quire_linux_system system = {0};

	if (given != NULL)
		system = *given;
	if (system.map == NULL)
		system.map = real_map;
	if (system.memfd == NULL)
		system.memfd = real_memfd;
	if (system.resize == NULL)
		system.resize = real_resize;
	if (system.allocate == NULL)
		system.allocate = real_allocate;
	return system;
}

static int lock_mutex(void *ctx)
{
	return -pthread_mutex_lock(ctx);
}

static void unlock_mutex(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static int find_layout(struct quire_linux *machine, char *why)
{
	const uint32_t size[QUIRE_CHIP_WALKERS_MAX] = {machine->options.page_size,
						       machine->options.psram_page_size};
	int result;

	if (size[1] != 0 && machine->chip->mmu_count < 2)
		return quire_linux_why(why, QUIRE_EALIGN,
				       "%s has one MMU, and PSRAM no page size of its own",
				       machine->chip->name);
	if (size[1] != 0)
		result = quire_chip_layout_each(machine->chip, size, &machine->layout);
	else
		result = quire_chip_layout(machine->chip, size[0], &machine->layout);
	if (result < 0 && size[1] != 0)
		quire_linux_why(why, result, "%s has no pages of %s for flash and %s for PSRAM",
				machine->chip->name,
				size[0] == 0 ? "its default size"
					     : quire_linux_amount(size[0]).text,
				quire_linux_amount(size[1]).text);
	else if (result < 0)
		quire_linux_why(why, result, "%s has no pages of %s", machine->chip->name,
				quire_linux_amount(size[0]).text);
	return result;
}

/* The layout for the page size, which the host must be able to map. */
static int make_layout(struct quire_linux *machine, char *why)
{
	size_t host = machine->options.host_page;
	int result = find_layout(machine, why);

	if (host == 0)
		host = (size_t)sysconf(_SC_PAGESIZE);
	if (result < 0)
		return result;
	for (unsigned w = 0; w < machine->layout.walker_count; w++) {
		quire_size page = quire_mmu_page_size(&machine->layout.mmu[w]);

		if (page < host)
			return quire_linux_why(
				why, QUIRE_EALIGN,
				"%s: the pages of its %s are %s, and this host cannot map less "
				"than %s",
				machine->chip->name, machine->layout.mmu[w].name,
				quire_linux_amount(page).text, quire_linux_amount(host).text);
	}
	return QUIRE_OK;
}

static int copy_path(struct quire_linux *machine, char *why)
{
	const char *path = machine->options.flash_path;
	size_t size;

	if (path == NULL)
		return QUIRE_OK;
	size = strlen(path) + 1;
	machine->flash_path = machine->system.allocate(machine->system.ctx, size);
	machine->options.flash_path = machine->flash_path;
	if (machine->flash_path == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "%s: no memory for a path",
				       machine->chip->name);
	memcpy(machine->flash_path, path, size);
	return QUIRE_OK;
}

/* As many extents as there are pages can never run out. */
static uint32_t count_pages(const struct quire_chip_layout *layout)
{
	uint32_t pages = 0;

	for (unsigned w = 0; w < layout->window_count; w++)
		pages += (uint32_t)(layout->window[w].size /
				    quire_mmu_page_size(&layout->mmu[layout->window[w].walker]));
	return pages;
}

static int make_space(struct quire_linux *machine, char *why)
{
	uint32_t mappings = machine->options.mappings;
	struct quire_space_config config = {
		.windows = machine->layout.window,
		.memories = machine->layout.memory,
		.walkers = machine->walker,
		.window_count = machine->layout.window_count,
		.memory_count = QUIRE_LINUX_MEMORIES,
		.walker_count = machine->layout.walker_count,
		.lock = {lock_mutex, unlock_mutex, &machine->mutex},
	};
	int result;

	if (mappings == 0)
		mappings = count_pages(&machine->layout);
	config.memory_size = quire_space_memory_size(&config, mappings);
	if (config.memory_size == 0)
		return quire_linux_why(
			why, QUIRE_EPOOL,
			"%s: a book of %u mappings is more than the %llu it can have",
			machine->chip->name, mappings, (unsigned long long)QUIRE_EXTENTS_MAX);
	machine->book = machine->system.allocate(machine->system.ctx, (size_t)config.memory_size);
	if (machine->book == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "%s: no memory for a book of %u mappings",
				       machine->chip->name, mappings);
	config.memory = machine->book;
	result = quire_space_init(&machine->space, &config);
	if (result < 0)
		quire_linux_why(why, result, "%s: no space can be made: %s", machine->chip->name,
				quire_error_text(result));
	return result;
}

static int make_mutex(struct quire_linux *machine, char *why)
{
	int error = pthread_mutex_init(&machine->mutex, NULL);

	machine->mutex_made = error == 0;
	if (error != 0)
		return quire_linux_why(why, QUIRE_EPORT, "%s: cannot make a mutex: %s",
				       machine->chip->name, strerror(error));
	return QUIRE_OK;
}

static int make_fault_stack(struct quire_linux *machine, char *why)
{
	int result = quire_linux_fault_stack();

	if (result < 0)
		quire_linux_why(why, result, "%s: cannot make a stack for fault reports: %s",
				machine->chip->name, strerror(errno));
	return result;
}

static int build(struct quire_linux *machine, char *why)
{
	static int (*const step[])(struct quire_linux *, char *) = {
		make_layout,
		copy_path,
		quire_linux_memories_open,
		quire_linux_windows_reserve,
		quire_linux_mmus_make,
		make_mutex,
		make_space,
		make_fault_stack,
		quire_linux_register,
	};
	int result = QUIRE_OK;

	for (unsigned i = 0; i < sizeof(step) / sizeof(step[0]) && result == QUIRE_OK; i++)
		result = step[i](machine, why);
	return result;
}

int quire_linux_open(struct quire_linux **out, const struct quire_chip *chip,
		     const struct quire_linux_options *options, char why[QUIRE_LINUX_TEXT])
{
	struct quire_linux_system system;
	struct quire_linux *machine;
	int result;

	if (out == NULL || chip == NULL || options == NULL)
		return quire_linux_why(why, QUIRE_ENULL,
				       "a chip, options and a place for the "
				       "result are needed");
	system = quire_linux_system_complete(options->system);
	machine = system.allocate(system.ctx, sizeof(*machine));
	if (machine == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "%s: no memory for a chip", chip->name);
	memset(machine, 0, sizeof(*machine));
	machine->chip = chip;
	machine->options = *options;
	machine->system = system;
	machine->flash.left = UINT64_MAX;
	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES; t++)
		machine->memory[t].fd = machine->view[t].fd = -1;
	result = build(machine, why);
	if (result < 0)
		quire_linux_close(machine);
	else
		*out = machine;
	return result;
}

void quire_linux_close(struct quire_linux *machine)
{
	if (machine == NULL)
		return;
	quire_linux_unregister(machine);
	quire_linux_windows_release(machine);
	quire_linux_cache_close(machine);
	quire_linux_memories_close(machine);
	quire_linux_mmus_free(machine);
	if (machine->mutex_made)
		pthread_mutex_destroy(&machine->mutex);
	free(machine->book);
	free(machine->flash_path);
	free(machine);
}

struct quire_space *quire_linux_space(struct quire_linux *machine)
{
	return machine == NULL ? NULL : &machine->space;
}

const struct quire_chip *quire_linux_chip(const struct quire_linux *machine)
{
	return machine == NULL ? NULL : machine->chip;
}

const struct quire_chip_layout *quire_linux_layout(const struct quire_linux *machine)
{
	return machine == NULL ? NULL : &machine->layout;
}
