/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The windows: address ranges of this process, taken at the addresses that the chip has.
 *
 * They are reserved with MAP_FIXED_NOREPLACE, so nothing that the process has there is ever lost;
 * an occupied address makes the reservation fail, and /proc/self/maps says who it is.  Reserved
 * addresses have no access and cost no memory.
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ANYBODY "[a mapping without a name]"

/* The first address of a side. */
quire_va quire_linux_side(const struct quire_window *window, unsigned side)
{
	return side == 0 ? window->base : window->exec_base;
}

/* One where both buses see the window at the same addresses. */
unsigned quire_linux_sides(const struct quire_window *window)
{
	return window->base == window->exec_base ? 1 : 2;
}

static const char *side_name(const struct quire_window *window, unsigned side)
{
	if (quire_linux_sides(window) == 1)
		return "addresses";
	return side == 0 ? "data addresses" : "instruction addresses";
}

/* The name in a line of /proc/self/maps, behind its five fields; empty if it has none. */
static const char *maps_name(char *line)
{
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	sscanf(line, "%*s %*s %*s %*s %*s %n", &at);
	return line + at;
}

/* What occupies [start, end): another chip, or the first line of /proc/self/maps that overlaps. */
static void find_occupant(uint64_t start, uint64_t end, char *out, size_t room)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	uint64_t from, to;

	snprintf(out, room, "something that /proc/self/maps does not show");
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		const struct quire_chip *other;
		const char *name;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) != 2 || from >= end ||
		    to <= start)
			continue;
		other = quire_linux_registered((quire_va)(from < start ? start : from));
		name = maps_name(line);
		if (other != NULL)
			snprintf(out, room, "the windows of an open %s at 0x%" PRIx64 "-0x%" PRIx64,
				 other->name, from, to);
		else
			snprintf(out, room, "%s at 0x%" PRIx64 "-0x%" PRIx64,
				 *name != '\0' ? name : ANYBODY, from, to);
		break;
	}
	if (maps != NULL)
		fclose(maps);
}

static int explain_refusal(const struct quire_linux *machine, const struct quire_window *window,
			   unsigned side, int error, char *why)
{
	uint64_t start = quire_linux_side(window, side);
	uint64_t end = start + window->size;
	char occupant[640];

	if (error != EEXIST)
		return quire_linux_why(why, QUIRE_EPORT,
				       "%s: cannot reserve window \"%s\", %s 0x%" PRIx64
				       "-0x%" PRIx64 ": %s",
				       machine->chip->name, window->name, side_name(window, side),
				       start, end, strerror(error));
	find_occupant(start, end, occupant, sizeof(occupant));
	return quire_linux_why(why, QUIRE_ETAKEN,
			       "%s: window \"%s\" needs the %s 0x%" PRIx64 "-0x%" PRIx64
			       ", and part of them is in use by %s",
			       machine->chip->name, window->name, side_name(window, side), start,
			       end, occupant);
}

/* Kernels before 4.17 take MAP_FIXED_NOREPLACE for a hint and go elsewhere: that is a refusal. */
static int reserve_side(struct quire_linux *machine, unsigned w, unsigned side, char *why)
{
	const struct quire_window *window = &machine->layout.window[w];
	void *address = (void *)(uintptr_t)quire_linux_side(window, side);
	void *got = machine->system.map(
		machine->system.ctx, address, (size_t)window->size, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == MAP_FAILED)
		return explain_refusal(machine, window, side, errno, why);
	if (got != address) {
		munmap(got, (size_t)window->size);
		return explain_refusal(machine, window, side, EEXIST, why);
	}
	machine->reserved[w] |= (uint8_t)(1u << side);
	machine->counts.mappings++;
	return QUIRE_OK;
}

int quire_linux_windows_reserve(struct quire_linux *machine, char *why)
{
	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		for (unsigned s = 0; s < quire_linux_sides(&machine->layout.window[w]); s++) {
			int result = reserve_side(machine, w, s, why);

			if (result < 0)
				return result;
		}
	}
	return QUIRE_OK;
}

void quire_linux_windows_release(struct quire_linux *machine)
{
	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		const struct quire_window *window = &machine->layout.window[w];

		for (unsigned s = 0; s < QUIRE_LINUX_SIDES; s++)
			if (machine->reserved[w] >> s & 1u)
				munmap((void *)(uintptr_t)quire_linux_side(window, s),
				       (size_t)window->size);
		machine->reserved[w] = 0;
	}
}
