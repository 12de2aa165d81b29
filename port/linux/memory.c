/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical memories: one file descriptor each, so that any page of them can be mapped any number of
 * times and all mappings are the same bytes.
 *
 * PSRAM is a memfd.  Flash is a memfd of erased bytes, a memfd with a copy of a file, or the file
 * itself, opened read-only.  The physical side is pread() and pwrite() on the same descriptor; it
 * needs no addresses, and sees what the mappings see if no cache stands between them (cache.c).
 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLASH_DEFAULT ((quire_size)4 << 20)
#define CHUNK         16384u

typedef ssize_t (*transfer_fn)(int fd, void *buffer, size_t size, off_t offset);

/* pwrite() as a transfer_fn: it leaves the buffer alone. */
static ssize_t write_at(int fd, void *buffer, size_t size, off_t offset)
{
	return pwrite(fd, buffer, size, offset);
}

/* All of it, or -1 with errno; a file that ends early is EIO. */
static int transfer_all(transfer_fn transfer, int fd, void *buffer, quire_size size, off_t offset)
{
	char *at = buffer;

	while (size > 0) {
		ssize_t done = transfer(fd, at, (size_t)size, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? EIO : errno;
			return -1;
		}
		at += done;
		offset += done;
		size -= (quire_size)done;
	}
	return 0;
}

/* Bytes [start, end) of a descriptor, or erased ones where `from` is -1, into another. */
static int copy_bytes(int from, int to, quire_size start, quire_size end)
{
	char chunk[CHUNK];

	memset(chunk, 0xff, sizeof(chunk));
	while (start < end) {
		quire_size size = end - start < CHUNK ? end - start : CHUNK;

		if (from >= 0 && transfer_all(pread, from, chunk, size, (off_t)start) < 0)
			return -1;
		if (transfer_all(write_at, to, chunk, size, (off_t)start) < 0)
			return -1;
		start += size;
	}
	return 0;
}

/* The largest page that a memory is mapped with: what its size is a multiple of. */
static quire_size page_of_memory(const struct quire_linux *machine, unsigned target)
{
	quire_size largest = 1;

	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		const struct quire_window *window = &machine->layout.window[w];
		quire_size page = quire_mmu_page_size(&machine->layout.mmu[window->walker]);

		if ((window->targets & QUIRE_TARGET_BIT(target)) != 0 && page > largest)
			largest = page;
	}
	return largest;
}

/* Take `size` for a memory if the chip can address it and it is whole pages. */
static int set_size(struct quire_linux *machine, unsigned target, quire_size size, char *why)
{
	static const char *const name[QUIRE_LINUX_MEMORIES] = {"flash", "psram"};
	struct quire_memory *memory = &machine->layout.memory[target];
	quire_size page = page_of_memory(machine, target);

	if (size > memory->size)
		return quire_linux_why(why, QUIRE_EBEYOND,
				       "%s: %s of %s is more than the %s that its MMU can name",
				       machine->chip->name, name[target],
				       quire_linux_amount(size).text,
				       quire_linux_amount(memory->size).text);
	if (size % page != 0)
		return quire_linux_why(
			why, QUIRE_EALIGN, "%s: %s of %s is not a multiple of its pages of %s",
			machine->chip->name, name[target], quire_linux_amount(size).text,
			quire_linux_amount(page).text);
	memory->size = size;
	return QUIRE_OK;
}

/* A memfd of the memory's size. */
static int make_memfd(struct quire_linux *machine, unsigned target, char *why)
{
	struct quire_linux_memory *memory = &machine->memory[target];
	const struct quire_memory *layout = &machine->layout.memory[target];
	char name[64];

	snprintf(name, sizeof(name), "quire %s %s", machine->chip->name, layout->name);
	memory->fd = machine->system.memfd(machine->system.ctx, name);
	if (memory->fd < 0 ||
	    machine->system.resize(machine->system.ctx, memory->fd, (off_t)layout->size) < 0)
		return quire_linux_why(why, QUIRE_EPORT, "%s: cannot make %s of %s for %s: %s",
				       machine->chip->name, "a memory file",
				       quire_linux_amount(layout->size).text, layout->name,
				       strerror(errno));
	return QUIRE_OK;
}

static int open_psram(struct quire_linux *machine, char *why)
{
	quire_size size = machine->options.psram_size;
	int result;

	if (size == 0) {
		machine->layout.memory[QUIRE_PSRAM0].size = 0;
		return QUIRE_OK;
	}
	if (!machine->chip->psram)
		return quire_linux_why(why, QUIRE_ETARGET,
				       "%s has no PSRAM, and %s of it are asked for",
				       machine->chip->name, quire_linux_amount(size).text);
	result = set_size(machine, QUIRE_PSRAM0, size, why);
	return result < 0 ? result : make_memfd(machine, QUIRE_PSRAM0, why);
}

static int open_erased(struct quire_linux *machine, char *why)
{
	quire_size most = machine->layout.memory[QUIRE_FLASH0].size;
	quire_size size = machine->options.flash_size;
	int result;

	if (size == 0)
		size = most < FLASH_DEFAULT ? most : FLASH_DEFAULT;
	result = set_size(machine, QUIRE_FLASH0, size, why);
	if (result == QUIRE_OK)
		result = make_memfd(machine, QUIRE_FLASH0, why);
	if (result == QUIRE_OK && copy_bytes(-1, machine->memory[QUIRE_FLASH0].fd, 0, size) < 0)
		result = quire_linux_why(why, QUIRE_EPORT, "%s: cannot erase %s of flash: %s",
					 machine->chip->name, quire_linux_amount(size).text,
					 strerror(errno));
	return result;
}

static int file_error(const struct quire_linux *machine, const char *verb, char *why)
{
	return quire_linux_why(why, QUIRE_EPORT, "cannot %s flash file \"%s\": %s", verb,
			       machine->flash_path, strerror(errno));
}

/* The file as it is: its size must be that of the flash, in whole pages. */
static int adopt_file(struct quire_linux *machine, int fd, quire_size file_size, char *why)
{
	quire_size size = machine->options.flash_size;
	quire_size page = page_of_memory(machine, QUIRE_FLASH0);

	machine->memory[QUIRE_FLASH0].fd = fd;
	machine->memory[QUIRE_FLASH0].readonly = true;
	if (size != 0 && file_size != size)
		return quire_linux_why(
			why, QUIRE_EBEYOND, "flash file \"%s\" has %s, %s than the flash of %s",
			machine->flash_path, quire_linux_amount(file_size).text,
			file_size < size ? "less" : "more", quire_linux_amount(size).text);
	if (file_size % page != 0)
		return quire_linux_why(
			why, QUIRE_EALIGN,
			"flash file \"%s\" has %s, which are not whole pages of %s (%s past "
			"the last); opened as a copy it would be padded",
			machine->flash_path, quire_linux_amount(file_size).text,
			quire_linux_amount(page).text, quire_linux_amount(file_size % page).text);
	return set_size(machine, QUIRE_FLASH0, file_size, why);
}

/* A memfd with the file's bytes, and erased ones to the end. */
static int copy_file(struct quire_linux *machine, int fd, quire_size file_size, char *why)
{
	quire_size size = machine->options.flash_size;
	quire_size page = page_of_memory(machine, QUIRE_FLASH0);
	int result;

	if (size == 0)
		size = (file_size + page - 1) / page * page;
	if (file_size > size)
		return quire_linux_why(why, QUIRE_EBEYOND,
				       "flash file \"%s\" has %s, more than the flash of %s",
				       machine->flash_path, quire_linux_amount(file_size).text,
				       quire_linux_amount(size).text);
	result = set_size(machine, QUIRE_FLASH0, size, why);
	if (result == QUIRE_OK)
		result = make_memfd(machine, QUIRE_FLASH0, why);
	if (result == QUIRE_OK &&
	    (copy_bytes(fd, machine->memory[QUIRE_FLASH0].fd, 0, file_size) < 0 ||
	     copy_bytes(-1, machine->memory[QUIRE_FLASH0].fd, file_size, size) < 0))
		result = file_error(machine, "copy", why);
	return result;
}

static int open_file(struct quire_linux *machine, char *why)
{
	int fd = open(machine->flash_path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0 || fstat(fd, &status) < 0)
		result = file_error(machine, "open", why);
	else if (!S_ISREG(status.st_mode))
		result = quire_linux_why(why, QUIRE_EPORT, "flash file \"%s\" is no regular file",
					 machine->flash_path);
	else if (status.st_size == 0)
		result = quire_linux_why(why, QUIRE_EALIGN, "flash file \"%s\" is empty",
					 machine->flash_path);
	else if ((uint64_t)status.st_size > machine->layout.memory[QUIRE_FLASH0].size)
		result = quire_linux_why(
			why, QUIRE_EBEYOND,
			"flash file \"%s\" has %s, more than the %s that %s can address",
			machine->flash_path, quire_linux_amount((uint64_t)status.st_size).text,
			quire_linux_amount(machine->layout.memory[QUIRE_FLASH0].size).text,
			machine->chip->name);
	else if (machine->options.flash_file == QUIRE_LINUX_FILE_READ)
		return adopt_file(machine, fd, (quire_size)status.st_size, why);
	else
		result = copy_file(machine, fd, (quire_size)status.st_size, why);
	if (fd >= 0)
		close(fd);
	return result;
}

/* A file system may forbid to execute what is on it: better known now than at the first mapping. */
static int check_executable(struct quire_linux *machine, unsigned target, char *why)
{
	size_t size = (size_t)page_of_memory(machine, target);
	int fd = machine->memory[target].fd;
	void *page;

	if (!machine->options.executable || machine->memory[target].fd < 0)
		return QUIRE_OK;
	if (machine->view[target].fd >= 0)
		fd = machine->view[target].fd;
	page = machine->system.map(machine->system.ctx, NULL, size, PROT_READ | PROT_EXEC,
				   MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return quire_linux_why(
			why, QUIRE_EPORT, "%s: the host does not let %s be executed: %s",
			machine->chip->name, machine->layout.memory[target].name, strerror(errno));
	munmap(page, size);
	return QUIRE_OK;
}

/* The descriptors are -1 before. */
int quire_linux_memories_open(struct quire_linux *machine, char *why)
{
	int result =
		machine->flash_path != NULL ? open_file(machine, why) : open_erased(machine, why);

	if (result == QUIRE_OK)
		result = open_psram(machine, why);
	if (result == QUIRE_OK)
		result = quire_linux_cache_open(machine, why);
	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES && result == QUIRE_OK; t++)
		result = check_executable(machine, t, why);
	return result;
}

void quire_linux_memories_close(struct quire_linux *machine)
{
	for (unsigned t = 0; t < QUIRE_LINUX_MEMORIES; t++) {
		if (machine->memory[t].fd >= 0)
			close(machine->memory[t].fd);
		machine->memory[t].fd = -1;
	}
}

int quire_linux_memory_check(const struct quire_linux *machine, unsigned target, quire_pa pa,
			     quire_size size)
{
	const struct quire_memory *memory;

	if (target >= QUIRE_LINUX_MEMORIES || machine->layout.memory[target].size == 0)
		return QUIRE_ETARGET;
	memory = &machine->layout.memory[target];
	if (pa < memory->base || pa - memory->base > memory->size ||
	    size > memory->size - (pa - memory->base))
		return QUIRE_EBEYOND;
	return QUIRE_OK;
}

int quire_linux_memory_read(const struct quire_linux *machine, unsigned target, quire_size offset,
			    void *buffer, size_t size)
{
	return transfer_all(pread, machine->memory[target].fd, buffer, size, (off_t)offset);
}

int quire_linux_memory_write(const struct quire_linux *machine, unsigned target, quire_size offset,
			     const void *bytes, size_t size)
{
	union {
		const void *bytes;
		void *buffer; /* write_at() does not write to it */
	} from = {bytes};

	return transfer_all(write_at, machine->memory[target].fd, from.buffer, size, (off_t)offset);
}

/* Where there is a cache, it must stand still while the physical side is at work. */
static void hold_cache(struct quire_linux *machine, bool hold)
{
	if (machine->options.cache == QUIRE_LINUX_CACHE_NONE)
		return;
	if (hold)
		pthread_mutex_lock(&machine->mutex);
	else
		pthread_mutex_unlock(&machine->mutex);
}

int quire_linux_read(struct quire_linux *machine, unsigned target, quire_pa pa, void *buffer,
		     size_t size)
{
	quire_size offset;
	int result;

	if (machine == NULL || buffer == NULL)
		return QUIRE_ENULL;
	result = quire_linux_memory_check(machine, target, pa, size);
	if (result < 0)
		return result;
	offset = pa - machine->layout.memory[target].base;
	hold_cache(machine, true);
	if (quire_linux_memory_read(machine, target, offset, buffer, size) < 0)
		result = QUIRE_EPORT;
	else
		quire_linux_cache_read(machine, target, offset, buffer, size);
	hold_cache(machine, false);
	return result;
}

int quire_linux_write(struct quire_linux *machine, unsigned target, quire_pa pa, const void *bytes,
		      size_t size)
{
	quire_size offset;
	int result;

	if (machine == NULL || bytes == NULL)
		return QUIRE_ENULL;
	result = quire_linux_memory_check(machine, target, pa, size);
	if (result == QUIRE_OK && machine->memory[target].readonly)
		result = QUIRE_ECAPS;
	if (result < 0)
		return result;
	offset = pa - machine->layout.memory[target].base;
	hold_cache(machine, true);
	if (quire_linux_memory_write(machine, target, offset, bytes, size) < 0)
		result = QUIRE_EPORT;
	else
		quire_linux_cache_written(machine, target, offset, size);
	hold_cache(machine, false);
	return result;
}

int quire_linux_sync(struct quire_linux *machine)
{
	int fd, result = QUIRE_OK;

	if (machine == NULL)
		return QUIRE_ENULL;
	if (machine->flash_path == NULL || machine->memory[QUIRE_FLASH0].readonly)
		return QUIRE_ECAPS;
	fd = open(machine->flash_path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return QUIRE_EPORT;
	if (copy_bytes(machine->memory[QUIRE_FLASH0].fd, fd, 0,
		       machine->layout.memory[QUIRE_FLASH0].size) < 0 ||
	    fsync(fd) < 0)
		result = QUIRE_EPORT;
	if (close(fd) < 0)
		result = QUIRE_EPORT;
	return result;
}
