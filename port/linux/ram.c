/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a machine with RAM: options, memories, addresses, the table, and a space over them, in that
 * order, so that whatever is wrong is found before anything of the process has changed.  Closing undoes
 * what has been done, however far that is.
 */
#include "ram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int real_protect(void *ctx, void *address, size_t size, int prot)
{
	(void)ctx;
	return mprotect(address, size, prot);
}

static int lock_mutex(void *ctx)
{
	return -pthread_mutex_lock(ctx);
}

static void unlock_mutex(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* -- options -- */

static int check_page(struct quire_linux_ram *machine, char *why)
{
	size_t host = machine->options.host_page;
	uint32_t page = machine->options.page_size;

	if (host == 0)
		host = (size_t)sysconf(_SC_PAGESIZE);
	if (page == 0)
		page = (uint32_t)host;
	if ((page & (page - 1)) != 0)
		return quire_linux_why(why, QUIRE_EALIGN, "a page of %u bytes is no power of two",
				       page);
	if (page < host)
		return quire_linux_why(
			why, QUIRE_EALIGN, "pages are %s, and this host cannot map less than %s",
			quire_linux_amount(page).text, quire_linux_amount(host).text);
	machine->options.page_size = page;
	machine->shift = (uint8_t)__builtin_ctz(page);
	return QUIRE_OK;
}

/* Whether a run of addresses is whole pages, and some. */
static int check_run(const struct quire_linux_ram *machine, const char *name, quire_va base,
		     quire_size size, char *why)
{
	quire_size page = machine->options.page_size;

	if (size != 0 && base % page == 0 && size % page == 0 && base + size > base)
		return QUIRE_OK;
	return quire_linux_why(why, QUIRE_EALIGN,
			       "\"%s\" is %s at 0x%llx, and that is not whole pages of %s", name,
			       quire_linux_amount(size).text, (unsigned long long)base,
			       quire_linux_amount(page).text);
}

static int check_bank(struct quire_linux_ram *machine, const struct quire_linux_ram_bank *bank,
		      char *why)
{
	struct quire_memory *memory = &machine->memory[bank->target];
	int result = check_run(machine, bank->name, bank->base, bank->size, why);

	if (result < 0)
		return result;
	if (bank->target >= QUIRE_TARGETS_MAX || memory->size != 0)
		return quire_linux_why(why, QUIRE_EFLAG, "\"%s\" is to be memory %u, %s",
				       bank->name, bank->target,
				       bank->target >= QUIRE_TARGETS_MAX ? "which does not exist"
									 : "which is another");
	*memory = (struct quire_memory){bank->name, bank->base, bank->size, QUIRE_CAP_MASK,
					QUIRE_CACHE_WB};
	if (machine->memory_count <= bank->target)
		machine->memory_count = (uint8_t)(bank->target + 1);
	return QUIRE_OK;
}

static int check_window(struct quire_linux_ram *machine, unsigned w, quire_va *walk, char *why)
{
	const struct quire_linux_ram_window *from = &machine->options.window[w];
	struct quire_window *window = &machine->window[w];
	int result = check_run(machine, from->name, from->base, from->size, why);

	*window = (struct quire_window){.name = from->name,
					.base = from->base,
					.exec_base = from->base,
					.walk = *walk,
					.size = from->size,
					.caps = from->caps,
					.place = from->place};
	for (unsigned t = 0; t < machine->memory_count; t++)
		if (machine->memory[t].size != 0)
			window->targets |= (uint8_t)QUIRE_TARGET_BIT(t);
	machine->adopt[w] = from->adopt;
	*walk += from->size;
	return result;
}

static int check_options(struct quire_linux_ram *machine, char *why)
{
	const struct quire_linux_ram_options *options = &machine->options;
	int result = check_page(machine, why);
	quire_va walk = 0;

	if (options->bank_count == 0 || options->bank_count > QUIRE_TARGETS_MAX ||
	    options->window_count == 0 || options->window_count > QUIRE_WINDOWS_MAX)
		return quire_linux_why(why, QUIRE_EFLAG,
				       "there are to be %u banks and %u windows, and of each there "
				       "is at least one and at most %u",
				       options->bank_count, options->window_count,
				       QUIRE_WINDOWS_MAX);
	for (unsigned b = 0; b < options->bank_count && result == QUIRE_OK; b++)
		result = check_bank(machine, &options->bank[b], why);
	for (unsigned w = 0; w < options->window_count && result == QUIRE_OK; w++)
		result = check_window(machine, w, &walk, why);
	machine->window_count = options->window_count;
	machine->entries = (uint32_t)(walk >> machine->shift);
	if (result == QUIRE_OK && walk >> machine->shift > QUIRE_PAGES_MAX)
		result = quire_linux_why(why, QUIRE_EFLAG, "windows of %s are more than can be had",
					 quire_linux_amount(walk).text);
	return result;
}

/* -- memories -- */

static int memory_error(const struct quire_linux_ram *machine, unsigned target, char *why)
{
	return quire_linux_why(why, QUIRE_EPORT, "the host has no %s for \"%s\": %s",
			       quire_linux_amount(machine->memory[target].size).text,
			       machine->memory[target].name, strerror(errno));
}

static int make_memory(struct quire_linux_ram *machine, unsigned target, char *why)
{
	const struct quire_linux_system *system = &machine->system;
	const struct quire_memory *memory = &machine->memory[target];
	void *linear;

	machine->fd[target] = system->memfd(system->ctx, memory->name);
	if (machine->fd[target] < 0 ||
	    system->resize(system->ctx, machine->fd[target], (off_t)memory->size) < 0)
		return memory_error(machine, target, why);
	linear = system->map(system->ctx, NULL, (size_t)memory->size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_NORESERVE, machine->fd[target], 0);
	if (linear == MAP_FAILED)
		return memory_error(machine, target, why);
	machine->linear[target] = linear;
	return QUIRE_OK;
}

static int make_memories(struct quire_linux_ram *machine, char *why)
{
	int result = QUIRE_OK;

	for (unsigned t = 0; t < machine->memory_count && result == QUIRE_OK; t++)
		if (machine->memory[t].size != 0)
			result = make_memory(machine, t, why);
	return result;
}

/* -- addresses -- */

static int reserve_window(struct quire_linux_ram *machine, unsigned w, char *why)
{
	const struct quire_window *window = &machine->window[w];
	void *address = (void *)(uintptr_t)window->base;
	void *got = machine->system.map(
		machine->system.ctx, address, (size_t)window->size, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == address) {
		machine->reserved[w] = true;
		return QUIRE_OK;
	}
	if (got == MAP_FAILED && errno != EEXIST)
		return quire_linux_why(why, QUIRE_EPORT,
				       "the host does not give window \"%s\" its addresses "
				       "0x%llx-0x%llx: %s",
				       window->name, (unsigned long long)window->base,
				       (unsigned long long)(window->base + window->size),
				       strerror(errno));
	if (got != MAP_FAILED) /* kernels before 4.17 take the flag for a hint */
		munmap(got, (size_t)window->size);
	return quire_linux_why(why, QUIRE_ETAKEN,
			       "window \"%s\" needs the addresses 0x%llx-0x%llx, and this process "
			       "has something there already",
			       window->name, (unsigned long long)window->base,
			       (unsigned long long)(window->base + window->size));
}

static int reserve_windows(struct quire_linux_ram *machine, char *why)
{
	int result = QUIRE_OK;

	for (unsigned w = 0; w < machine->window_count && result == QUIRE_OK; w++)
		if (!machine->adopt[w])
			result = reserve_window(machine, w, why);
	return result;
}

/* -- table and space -- */

static int make_table(struct quire_linux_ram *machine, char *why)
{
	size_t bytes = machine->entries * sizeof(*machine->table);
	uint8_t bits = 0;

	while ((quire_size)1 << bits < machine->entries)
		bits++;
	machine->table = machine->system.allocate(machine->system.ctx, bytes);
	if (machine->table == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "no memory for a table of %s",
				       quire_linux_amount(bytes).text);
	memset(machine->table, 0, bytes);
	machine->mmu = (struct quire_mmu){
		.name = "linux",
		.format = &quire_linux_ram_format,
		.level = {{.shift = machine->shift, .bits = bits, .leaf = true}},
		.levels = 1,
		.flags = QUIRE_MMU_KERNEL_RUNS_USER,
		.pa_bits = RAM_PA_BITS,
	};
	machine->walker = (struct quire_walker){
		.mmu = &machine->mmu, .port = &quire_linux_ram_port, .port_ctx = machine};
	machine->census.who = machine->memory[machine->options.bank[0].target].name;
	machine->census.limit = machine->options.kernel_mappings;
	machine->counts.mappings = machine->window_count;
	return QUIRE_OK;
}

static int make_mutex(struct quire_linux_ram *machine, char *why)
{
	int error = pthread_mutex_init(&machine->mutex, NULL);

	machine->mutex_made = error == 0;
	if (error != 0)
		return quire_linux_why(why, QUIRE_EPORT, "cannot make a mutex: %s",
				       strerror(error));
	return QUIRE_OK;
}

static int make_space(struct quire_linux_ram *machine, char *why)
{
	uint32_t mappings = machine->options.mappings;
	struct quire_space_config config = {
		.windows = machine->window,
		.memories = machine->memory,
		.walkers = &machine->walker,
		.window_count = machine->window_count,
		.memory_count = machine->memory_count,
		.walker_count = 1,
		.lock = {lock_mutex, unlock_mutex, &machine->mutex},
	};
	int result;

	if (mappings == 0)
		mappings = machine->entries < QUIRE_EXTENTS_MAX / 2
				   ? machine->entries + QUIRE_WINDOWS_MAX
				   : (uint32_t)(QUIRE_EXTENTS_MAX / 2);
	config.memory_size = quire_space_memory_size(&config, mappings);
	if (config.memory_size != 0)
		machine->book =
			machine->system.allocate(machine->system.ctx, (size_t)config.memory_size);
	if (machine->book == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "no memory for a book of %u mappings",
				       mappings);
	config.memory = machine->book;
	result = quire_space_init(&machine->space, &config);
	if (result < 0)
		quire_linux_why(why, result, "no space can be made: %s", quire_error_text(result));
	return result;
}

static int make_fault_stack(struct quire_linux_ram *machine, char *why)
{
	(void)machine;
	if (quire_linux_fault_stack() == QUIRE_OK)
		return QUIRE_OK;
	return quire_linux_why(why, QUIRE_EPORT, "cannot make a stack for faults: %s",
			       strerror(errno));
}

static int build(struct quire_linux_ram *machine, char *why)
{
	static int (*const step[])(struct quire_linux_ram *, char *) = {
		check_options, make_memories, reserve_windows,  make_table,
		make_mutex,    make_space,    make_fault_stack, quire_linux_ram_register,
	};
	int result = QUIRE_OK;

	for (unsigned i = 0; i < sizeof(step) / sizeof(step[0]) && result == QUIRE_OK; i++)
		result = step[i](machine, why);
	return result;
}

int quire_linux_ram_open(struct quire_linux_ram **out,
			 const struct quire_linux_ram_options *options, char why[QUIRE_LINUX_TEXT])
{
	struct quire_linux_system system;
	struct quire_linux_ram *machine;
	int result;

	if (out == NULL || options == NULL || options->bank == NULL || options->window == NULL)
		return quire_linux_why(why, QUIRE_ENULL,
				       "options, a bank, a window and a place for the result are "
				       "needed");
	system = quire_linux_system_complete(options->system);
	machine = system.allocate(system.ctx, sizeof(*machine));
	if (machine == NULL)
		return quire_linux_why(why, QUIRE_EPOOL, "no memory for a machine");
	memset(machine, 0, sizeof(*machine));
	machine->options = *options;
	machine->system = system;
	if (machine->options.protect == NULL)
		machine->options.protect = real_protect;
	for (unsigned t = 0; t < QUIRE_TARGETS_MAX; t++)
		machine->fd[t] = -1;
	result = build(machine, why);
	if (result < 0)
		quire_linux_ram_close(machine);
	else
		*out = machine;
	return result;
}

void quire_linux_ram_close(struct quire_linux_ram *machine)
{
	if (machine == NULL)
		return;
	quire_linux_ram_unregister(machine);
	for (unsigned w = 0; w < machine->window_count; w++)
		if (machine->reserved[w])
			munmap((void *)(uintptr_t)machine->window[w].base,
			       (size_t)machine->window[w].size);
	for (unsigned t = 0; t < QUIRE_TARGETS_MAX; t++) {
		if (machine->linear[t] != NULL)
			munmap(machine->linear[t], (size_t)machine->memory[t].size);
		if (machine->fd[t] >= 0)
			close(machine->fd[t]);
	}
	if (machine->mutex_made)
		pthread_mutex_destroy(&machine->mutex);
	free(machine->table);
	free(machine->book);
	free(machine);
}

struct quire_space *quire_linux_ram_space(struct quire_linux_ram *machine)
{
	return machine == NULL ? NULL : &machine->space;
}

const struct quire_memory *quire_linux_ram_memories(const struct quire_linux_ram *machine,
						    uint8_t *count)
{
	if (machine == NULL)
		return NULL;
	if (count != NULL)
		*count = machine->memory_count;
	return machine->memory;
}

void *quire_linux_ram_at(const struct quire_linux_ram *machine, quire_pa pa)
{
	if (machine == NULL)
		return NULL;
	for (unsigned t = 0; t < machine->memory_count; t++) {
		const struct quire_memory *memory = &machine->memory[t];

		if (memory->size != 0 && pa >= memory->base && pa - memory->base < memory->size)
			return machine->linear[t] + (pa - memory->base);
	}
	return NULL;
}

int quire_linux_ram_counts(struct quire_linux_ram *machine, struct quire_linux_ram_counts *out)
{
	if (machine == NULL || out == NULL)
		return QUIRE_ENULL;
	pthread_mutex_lock(&machine->mutex);
	*out = machine->counts;
	out->censuses = machine->census.taken;
	pthread_mutex_unlock(&machine->mutex);
	return QUIRE_OK;
}

void quire_linux_ram_refusal(struct quire_linux_ram *machine, char why[QUIRE_LINUX_TEXT])
{
	if (machine == NULL || why == NULL)
		return;
	pthread_mutex_lock(&machine->mutex);
	memcpy(why, machine->refusal, sizeof(machine->refusal));
	pthread_mutex_unlock(&machine->mutex);
}
