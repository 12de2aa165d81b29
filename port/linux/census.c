/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel mappings, counted.
 *
 * Linux allows a process a limited number of mappings (65,530 unless set otherwise), and mmap()
 * fails when they are used up.  A change that has begun must not fail, so it is refused before if
 * there is no room.  The chip's own mappings are known exactly; how many the rest of the process
 * has is in /proc/self/maps, which is slow to read.  So each census grants half of the room that it
 * found, and the next is due only when that is used up: their number is logarithmic until the room
 * is nearly gone.
 *
 * A reserve is never given out to new mappings: unmapping a piece from the middle of something
 * takes one too.
 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RESERVE       128u
#define DEFAULT_LIMIT 65530u
#define LIMIT_FILE    "/proc/sys/vm/max_map_count"
#define PROCESS_MAPS  "/proc/self/maps"

static uint32_t read_limit(const struct quire_linux_census *census)
{
	unsigned limit = DEFAULT_LIMIT;
	FILE *file;

	if (census->limit != 0)
		return census->limit;
	file = fopen(LIMIT_FILE, "re");
	if (file != NULL) {
		if (fscanf(file, "%u", &limit) != 1)
			limit = DEFAULT_LIMIT;
		fclose(file);
	}
	return limit;
}

/* Lines of /proc/self/maps, or -1 with errno. */
static long count_mappings(void)
{
	char buffer[16384];
	int fd = open(PROCESS_MAPS, O_RDONLY | O_CLOEXEC);
	long lines = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0 || (got < 0 && errno == EINTR))
		for (ssize_t i = 0; i < got; i++)
			lines += buffer[i] == '\n';
	close(fd);
	return got < 0 ? -1 : lines;
}

int quire_linux_census_room(struct quire_linux_census *census, uint32_t have, uint32_t more,
			    char *why)
{
	uint32_t limit, taken, room;
	long counted;

	if (have + more <= census->granted)
		return QUIRE_OK;
	limit = read_limit(census);
	counted = count_mappings();
	census->taken++;
	if (counted < 0)
		return quire_linux_why(
			why, QUIRE_EPORT,
			"%s: cannot count the mappings of this process in " PROCESS_MAPS ": %s",
			census->who, strerror(errno));
	taken = (uint32_t)counted + RESERVE;
	room = taken < limit ? limit - taken : 0;
	census->granted = have + room / 2;
	if (more <= room)
		return QUIRE_OK;
	return quire_linux_why(
		why, QUIRE_EPORT,
		"%s: this change may take %u more kernel mappings, and of the %u that "
		"a process may have %ld are in use and %u are kept for unmapping; " LIMIT_FILE
		" sets the limit",
		census->who, more, limit, counted, RESERVE);
}

int quire_linux_room(struct quire_linux *machine, uint32_t more)
{
	int result;

	machine->census.who = machine->chip->name;
	machine->census.limit = machine->options.kernel_mappings;
	result = quire_linux_census_room(&machine->census, machine->counts.mappings, more,
					 machine->refusal);
	machine->counts.censuses = machine->census.taken;
	return result;
}
