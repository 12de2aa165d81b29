/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults of machines with RAM.
 *
 * As for chips (fault.c), one handler stands in front of whatever was there, with the first machine, and
 * passes on what is nobody's.  What differs is what it may touch: in the user view, a machine that has
 * adopted the program's own variables hides them, and the handler would fault in its turn.  So each
 * thread that opens a machine remembers it in a place of its own, and the first thing that the handler
 * does is to change to the kernel view.
 */
#include "ram.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define SIGNALS  2u
#define MACHINES 16u

static const int signals[SIGNALS] = {SIGSEGV, SIGBUS};

static struct {
	pthread_mutex_t mutex; /* of all but the handler's reads */
	unsigned open;
	struct quire_linux_ram *_Atomic machine[MACHINES];
	struct sigaction previous[SIGNALS];
} registry = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The machine that this thread opened last. */
static _Thread_local struct quire_linux_ram *mine;

static bool owns(const struct quire_linux_ram *machine, quire_va va)
{
	for (unsigned w = 0; w < machine->window_count; w++)
		if (va >= machine->window[w].base &&
		    va - machine->window[w].base < machine->window[w].size)
			return true;
	return false;
}

/* Whose fault it is: the owner's of the address, or that of a machine which takes all. */
static struct quire_linux_ram *find(quire_va va, bool *foreign)
{
	*foreign = false;
	if (mine != NULL && owns(mine, va))
		return mine;
	for (unsigned i = 0; i < MACHINES; i++) {
		struct quire_linux_ram *machine = atomic_load(&registry.machine[i]);

		if (machine != NULL && owns(machine, va))
			return machine;
	}
	*foreign = true;
	return mine != NULL && mine->options.foreign_faults ? mine : NULL;
}

static void tell_registers(struct quire_linux_ram_fault *fault, const void *context)
{
	const ucontext_t *state = context;

#if defined(__x86_64__)
	fault->pc = (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
	fault->stack = (uintptr_t)state->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	fault->pc = (uintptr_t)state->uc_mcontext.pc;
	fault->stack = (uintptr_t)state->uc_mcontext.sp;
#else
	(void)fault;
	(void)state;
#endif
}

static uint8_t access_attribute(enum quire_linux_access access)
{
	static const uint8_t attribute[] = {
		[QUIRE_LINUX_ACCESS_UNKNOWN] = 0,
		[QUIRE_LINUX_ACCESS_READ] = QUIRE_READ,
		[QUIRE_LINUX_ACCESS_WRITE] = QUIRE_WRITE,
		[QUIRE_LINUX_ACCESS_FETCH] = QUIRE_EXEC,
	};

	return attribute[access];
}

static void print_report(const struct quire_linux_ram_fault *fault)
{
	struct quire_fault what;
	char text[QUIRE_FAULT_TEXT + 1];
	size_t length;
	ssize_t written;

	/* The lock may be held by whoever faulted; then there is nothing to be told. */
	if (pthread_mutex_trylock(&fault->machine->mutex) != 0)
		return;
	pthread_mutex_unlock(&fault->machine->mutex);
	if (quire_fault_explain(&fault->machine->space, &fault->raw, &what) < 0)
		return;
	length = quire_fault_text(&what, text, QUIRE_FAULT_TEXT);
	if (length >= QUIRE_FAULT_TEXT)
		length = QUIRE_FAULT_TEXT - 1;
	text[length] = '\n';
	written = write(STDERR_FILENO, text, length + 1);
	(void)written; /* there is nobody else to tell */
}

/* Nobody can put that right, and the book does not know of it. */
static void print_lost(const struct quire_linux_ram *machine)
{
	static const char start[] = "access to a page that could not be mapped: ";
	const char *why = strerrordesc_np(machine->lost_errno);
	ssize_t written = write(STDERR_FILENO, start, sizeof(start) - 1);

	if (why != NULL)
		written += write(STDERR_FILENO, why, strlen(why));
	written += write(STDERR_FILENO, "\n", 1);
	(void)written;
}

/* Let the handler that was there before have it, or die of the signal. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct sigaction *previous = &registry.previous[number == SIGSEGV ? 0 : 1];

	if ((previous->sa_flags & SA_SIGINFO) != 0) {
		previous->sa_sigaction(number, info, context);
	} else if (previous->sa_handler == SIG_DFL ||
		   (previous->sa_handler == SIG_IGN && info->si_code > 0)) {
		signal(number, SIG_DFL);
		if (info->si_code <= 0)
			raise(number);
	} else if (previous->sa_handler != SIG_IGN) {
		previous->sa_handler(number);
	}
}

/* True if the access is to be tried again. */
static bool ask(struct quire_linux_ram *machine, int number, const siginfo_t *info, void *context,
		bool foreign, bool user)
{
	const struct quire_linux_ram_options *options = &machine->options;
	uintptr_t address = (uintptr_t)info->si_addr;
	struct quire_linux_ram_fault fault = {
		.machine = machine, .foreign = foreign, .signal = number};

	fault.raw.va = address;
	fault.raw.access = access_attribute(quire_linux_access_of(context, address));
	fault.raw.cause = number == SIGBUS               ? QUIRE_CAUSE_BUS
			  : info->si_code == SEGV_ACCERR ? QUIRE_CAUSE_UNKNOWN
							 : QUIRE_CAUSE_MISSING;
	fault.raw.user = user;
	tell_registers(&fault, context);
	if (quire_linux_ram_is_lost(machine, fault.raw.va)) {
		print_lost(machine);
		return false;
	}
	if (options->on_fault != NULL &&
	    options->on_fault(options->on_fault_ctx, &fault) == QUIRE_LINUX_RETRY)
		return true;
	if (!foreign)
		print_report(&fault);
	return false;
}

static void handle(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	bool user = mine != NULL && mine->user;
	bool foreign;
	struct quire_linux_ram *machine;

	if (user)
		(void)quire_linux_ram_view(mine, false);
	machine = info->si_code > 0 ? find((quire_va)(uintptr_t)info->si_addr, &foreign) : NULL;
	if (machine != NULL && ask(machine, number, info, context, foreign, user)) {
		if (user)
			(void)quire_linux_ram_view(mine, true);
		errno = saved_errno;
		return;
	}
	errno = saved_errno;
	pass_on(number, info, context);
}

/* (Whoever leaves the handler by a jump finds the signal open.) */
static bool install(unsigned s)
{
	return quire_linux_signal_take(signals[s], handle, &registry.previous[s]);
}

static void uninstall(unsigned s)
{
	quire_linux_signal_give(signals[s], handle, &registry.previous[s]);
}

int quire_linux_ram_register(struct quire_linux_ram *machine, char *why)
{
	int result = QUIRE_OK;
	unsigned slot = 0;

	pthread_mutex_lock(&registry.mutex);
	while (slot < MACHINES && atomic_load(&registry.machine[slot]) != NULL)
		slot++;
	if (slot == MACHINES) {
		result =
			quire_linux_why(why, QUIRE_EPORT, "%u machines are open already", MACHINES);
	} else if (!install(0) || !install(1)) {
		result = quire_linux_why(why, QUIRE_EPORT, "cannot handle faults: %s",
					 strerror(errno));
	} else {
		atomic_store(&registry.machine[slot], machine);
		registry.open++;
		machine->registered = true;
		mine = machine;
	}
	pthread_mutex_unlock(&registry.mutex);
	return result;
}

void quire_linux_ram_unregister(struct quire_linux_ram *machine)
{
	if (!machine->registered)
		return;
	(void)quire_linux_ram_view(machine, false);
	pthread_mutex_lock(&registry.mutex);
	for (unsigned i = 0; i < MACHINES; i++)
		if (atomic_load(&registry.machine[i]) == machine)
			atomic_store(&registry.machine[i], NULL);
	if (mine == machine)
		mine = NULL;
	machine->registered = false;
	if (--registry.open == 0) {
		uninstall(0);
		uninstall(1);
	}
	pthread_mutex_unlock(&registry.mutex);
}
