/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a machine with RAM: what they say is made true at once, by mmap(), and for the view that is
 * in force.  A run of entries that show consecutive pages alike is one call.
 *
 * How many kernel mappings the windows take is known from the entries alone: one begins where an
 * entry does not continue the one before it.  (The host joins some of them; the count is an upper
 * bound in both views, since user mode's permissions are part of an entry too.)
 */
#include "ram.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* -- the format -- */

static quire_entry format_leaf(const struct quire_mmu *mmu, unsigned level, unsigned target,
			       quire_pa pa, unsigned attr)
{
	(void)mmu;
	(void)level;
	return RAM_VALID | (quire_entry)(attr & QUIRE_ATTR_MASK) << RAM_ATTR_SHIFT |
	       (quire_entry)target << RAM_TARGET_SHIFT | pa;
}

static void format_decode(const struct quire_mmu *mmu, unsigned level, quire_entry entry,
			  struct quire_decoded *out)
{
	(void)mmu;
	(void)level;
	out->kind = (entry & RAM_VALID) != 0 ? QUIRE_ENTRY_LEAF : QUIRE_ENTRY_INVALID;
	out->pa = ram_pa(entry);
	out->target = (uint8_t)ram_target(entry);
	out->attr = (uint8_t)ram_attr(entry);
	out->used = QUIRE_USED_MASK;
	out->cluster = false;
}

const struct quire_format quire_linux_ram_format = {format_leaf, NULL, format_decode, NULL};

/* -- protection -- */

static int protection(const struct quire_linux_ram *machine, quire_entry entry, bool user)
{
	unsigned attr = ram_attr(entry);
	int result = PROT_NONE;

	if ((entry & RAM_VALID) == 0 || (entry & RAM_LOST) != 0 ||
	    (user && (attr & QUIRE_USER) == 0))
		return PROT_NONE;
	if ((attr & QUIRE_READ) != 0)
		result |= PROT_READ;
	if ((attr & QUIRE_WRITE) != 0)
		result |= PROT_READ | PROT_WRITE;
	if ((attr & QUIRE_EXEC) != 0 && machine->options.executable)
		result |= PROT_EXEC;
	return result;
}

/* -- entries -- */

static bool continues(const struct quire_linux_ram *machine, quire_entry before, quire_entry after)
{
	return (before & RAM_VALID) == 0 ? (after & RAM_VALID) == 0
					 : before + ((quire_entry)1 << machine->shift) == after;
}

/* Kernel mappings that begin at entries [first, first + count], inside of windows. */
static uint32_t boundaries(const struct quire_linux_ram *machine, uint32_t first, uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t i = first > 0 ? first : 1; i <= first + count && i < machine->entries; i++)
		found += !continues(machine, machine->table[i - 1], machine->table[i]);
	return found;
}

/* Make [first, first + count), all of one window, show what the first entry and those that continue it
   say.  False and errno if mmap() fails. */
static bool show(struct quire_linux_ram *machine, uint32_t first, uint32_t count)
{
	const struct quire_linux_system *system = &machine->system;
	quire_entry entry = machine->table[first];
	void *address = ram_address(machine, first);
	size_t size = (size_t)count << machine->shift;
	unsigned target = ram_target(entry);

	if ((entry & RAM_VALID) == 0) {
		machine->counts.unmaps++;
		return system->map(system->ctx, address, size, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
				   0) != MAP_FAILED;
	}
	if (machine->fd[target] < 0) {
		errno = ENODEV;
		return false;
	}
	machine->counts.maps++;
	return system->map(system->ctx, address, size, protection(machine, entry, machine->user),
			   MAP_SHARED | MAP_FIXED, machine->fd[target],
			   (off_t)(ram_pa(entry) - machine->memory[target].base)) != MAP_FAILED;
}

/* One page that could not be shown with others: if not alone either, nobody can touch it. */
static void show_alone(struct quire_linux_ram *machine, uint32_t index)
{
	void *address = ram_address(machine, index);
	size_t page = (size_t)1 << machine->shift;

	if (show(machine, index, 1))
		return;
	machine->lost_errno = errno;
	machine->lost++;
	machine->counts.failures++;
	machine->table[index] |= RAM_LOST;
	/* A failed mmap() may have left what was there, or nothing, which somebody else could get. */
	machine->system.map(machine->system.ctx, address, page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
			    0);
	(void)mprotect(address, page, PROT_NONE);
}

/* Divide entries into runs, and show each. */
static void show_entries(struct quire_linux_ram *machine, uint32_t index, uint32_t count)
{
	uint32_t end = index + count;

	while (index < end) {
		uint32_t first = index++;
		unsigned window = ram_window(machine, first);

		while (index < end && ram_window(machine, index) == window &&
		       continues(machine, machine->table[index - 1], machine->table[index]))
			index++;
		if (!show(machine, first, index - first))
			for (uint32_t i = first; i < index; i++)
				show_alone(machine, i);
	}
}

/* Remember where there are pages that the two views see differently. */
static void note_kernel_pages(struct quire_linux_ram *machine, uint32_t first, uint32_t count)
{
	if (machine->kernel_from == machine->kernel_to)
		machine->kernel_from = machine->kernel_to = first;
	if (first < machine->kernel_from)
		machine->kernel_from = first;
	if (first + count > machine->kernel_to)
		machine->kernel_to = first + count;
}

static quire_entry port_read(void *ctx, quire_pa table, unsigned index)
{
	const struct quire_linux_ram *machine = ctx;

	(void)table;
	return machine->table[index] & ~RAM_LOST;
}

static void port_write(void *ctx, quire_pa table, unsigned index, quire_entry first, unsigned count,
		       quire_entry step)
{
	struct quire_linux_ram *machine = ctx;
	uint32_t before = boundaries(machine, index, count);

	(void)table;
	for (unsigned i = 0; i < count; i++) {
		machine->lost -= (machine->table[index + i] & RAM_LOST) != 0;
		machine->table[index + i] = first + i * step;
	}
	if ((first & RAM_VALID) != 0 && (ram_attr(first) & QUIRE_USER) == 0)
		note_kernel_pages(machine, index, count);
	machine->written = true;
	show_entries(machine, index, count);
	machine->counts.mappings += boundaries(machine, index, count) - before;
}

bool quire_linux_ram_is_lost(const struct quire_linux_ram *machine, quire_va va)
{
	for (unsigned w = 0; w < machine->window_count; w++) {
		const struct quire_window *window = &machine->window[w];

		if (va >= window->base && va - window->base < window->size)
			return (machine->table[(window->walk + (va - window->base)) >>
					       machine->shift] &
				RAM_LOST) != 0;
	}
	return false;
}

/* -- agreement -- */

/* Try the lost pages again.  The change that comes then is refused all the same, so that somebody hears
   of it. */
static int refuse_for_lost(struct quire_linux_ram *machine)
{
	uint32_t lost = machine->lost;

	machine->lost = 0;
	for (uint32_t i = 0; i < machine->entries; i++)
		if ((machine->table[i] & RAM_LOST) != 0) {
			machine->table[i] &= ~RAM_LOST;
			show_alone(machine, i);
		}
	return quire_linux_why(
		machine->refusal, QUIRE_EPORT,
		"mmap failed in the middle of an earlier change (%s): %u pages could "
		"not be touched since, and %u still cannot",
		strerror(machine->lost_errno), lost, machine->lost);
}

/*
 * May the change be made?  Taking away always: a reserve of kernel mappings is kept for that.  Any other
 * is of one run of memory, and makes two boundaries at most.  Changes of which one call makes several (of
 * scattered pages, each) are asked about one after the other before the first entry is written, hence the
 * sum.
 */
static int port_prepare(void *ctx, const struct quire_change *change)
{
	struct quire_linux_ram *machine = ctx;
	int result;

	if (change->kind == QUIRE_CHANGE_UNMAP)
		return QUIRE_OK;
	if (machine->lost != 0)
		return refuse_for_lost(machine);
	if (machine->written)
		machine->agreed = 0;
	machine->written = false;
	result = quire_linux_census_room(
		&machine->census, machine->counts.mappings + machine->agreed, 2, machine->refusal);
	machine->agreed = result == QUIRE_OK ? machine->agreed + 2 : 0;
	return result;
}

/* mmap() has told the processor already. */
static void port_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	(void)ctx;
	(void)walk;
	(void)size;
	(void)what;
}

const struct quire_port quire_linux_ram_port = {
	.prepare = port_prepare,
	.read = port_read,
	.write = port_write,
	.flush = port_flush,
};

/* -- views -- */

/* The end of the run of entries from `first` on that are to have the same protection; those at its end
   that have it already are not part of it. */
static uint32_t view_run(const struct quire_linux_ram *machine, uint32_t first, bool user)
{
	unsigned window = ram_window(machine, first);
	int wanted = protection(machine, machine->table[first], user);
	uint32_t end = first + 1;

	for (uint32_t i = first + 1; i < machine->kernel_to; i++) {
		quire_entry entry = machine->table[i];

		if (ram_window(machine, i) != window ||
		    protection(machine, entry, user) != wanted ||
		    (machine->adopt[window] && (entry & RAM_VALID) == 0))
			break;
		if (protection(machine, entry, !user) != wanted)
			end = i + 1;
	}
	return end;
}

/* Protect entries [from, to) as the view wants; where it failed, or `to`. */
static uint32_t view_apply(struct quire_linux_ram *machine, uint32_t from, uint32_t to, bool user)
{
	uint32_t i = from;

	while (i < to) {
		int wanted = protection(machine, machine->table[i], user);
		uint32_t end = i + 1;

		if (protection(machine, machine->table[i], !user) != wanted) {
			end = view_run(machine, i, user);
			machine->counts.protects++;
			if (machine->options.protect(machine->system.ctx, ram_address(machine, i),
						     (size_t)(end - i) << machine->shift,
						     wanted) < 0)
				return i;
		}
		i = end;
	}
	return to;
}

int quire_linux_ram_view(struct quire_linux_ram *machine, bool user)
{
	int saved = errno;
	uint32_t done;

	if (machine == NULL)
		return QUIRE_ENULL;
	if (machine->user == user)
		return QUIRE_OK;
	done = view_apply(machine, machine->kernel_from, machine->kernel_to, user);
	machine->counts.views++;
	if (done == machine->kernel_to) {
		machine->user = user;
		errno = saved;
		return QUIRE_OK;
	}
	quire_linux_why(machine->refusal, QUIRE_EPORT,
			"the host could not protect pages for the %s view: %s",
			user ? "user" : "kernel", strerror(errno));
	(void)view_apply(machine, machine->kernel_from, done, !user);
	errno = saved;
	return QUIRE_EPORT;
}

bool quire_linux_ram_is_user(const struct quire_linux_ram *machine)
{
	return machine != NULL && machine->user;
}
