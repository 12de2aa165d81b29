/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: SIGSEGV and SIGBUS of the whole process, of which those in a chip's addresses are ours.
 *
 * One handler serves all open chips.  It is installed with the first of them, in front of whatever
 * was there, which still gets every fault: those that are not ours at once, ours when they have
 * been reported.  With the last chip it is taken away again, unless somebody has put another one in
 * front of it meanwhile; then it stays, and only passes faults on.
 *
 * Someone who replaces our handler and calls it from his own, and is himself replaced by a later
 * open, would make a circle.  It is noticed by the address of the siginfo, which a circle hands
 * round while the stack grows, and ends in the default action.
 *
 * Everything below the handler is safe at any moment: it reads atomics and constants, and writes
 * its report with one write().
 */
#include "machine.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define SIGNALS         2u
#define FAULT_BIT_WRITE 2 /* of x86's page-fault error code */
#define FAULT_BIT_FETCH 16

static const int signals[SIGNALS] = {SIGSEGV, SIGBUS};

/* The only state that instances share. */
static struct {
	pthread_mutex_t mutex; /* of all but the handler's reads */
	unsigned open;
	struct quire_linux *_Atomic machine[QUIRE_LINUX_OPEN];
	struct sigaction previous[SIGNALS];
} registry = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The fault that this thread is handing on to the previous handler. */
static _Thread_local struct {
	const void *info;
	uintptr_t stack;
} passing;

enum quire_linux_access quire_linux_access_of(const void *context, uintptr_t address)
{
	const ucontext_t *machine_state = context;
#if defined(__x86_64__)
	unsigned long long error = (unsigned long long)machine_state->uc_mcontext.gregs[REG_ERR];

	(void)address;
	if ((error & FAULT_BIT_FETCH) != 0)
		return QUIRE_LINUX_ACCESS_FETCH;
	return (error & FAULT_BIT_WRITE) != 0 ? QUIRE_LINUX_ACCESS_WRITE : QUIRE_LINUX_ACCESS_READ;
#elif defined(__aarch64__)
	const struct _aarch64_ctx *record =
		(const struct _aarch64_ctx *)machine_state->uc_mcontext.__reserved;

	if (machine_state->uc_mcontext.pc == address)
		return QUIRE_LINUX_ACCESS_FETCH;
	while (record->magic != 0 && record->magic != ESR_MAGIC)
		record = (const struct _aarch64_ctx *)((const char *)record + record->size);
	if (record->magic == 0)
		return QUIRE_LINUX_ACCESS_UNKNOWN;
	return (((const struct esr_context *)record)->esr & 0x40) != 0 ? QUIRE_LINUX_ACCESS_WRITE
								       : QUIRE_LINUX_ACCESS_READ;
#else
	(void)machine_state;
	(void)address;
	return QUIRE_LINUX_ACCESS_UNKNOWN;
#endif
}

/* The maximal run of mapped pages of a window from entry `first` on, shorter than `limit`. */
static uint32_t run_length(const struct quire_linux_mmu *mmu, uint32_t first, uint32_t limit)
{
	quire_linux_shown shown = atomic_load(&mmu->record[first].shown);
	uint32_t count = 1;

	while (count < limit && shown != 0 &&
	       atomic_load(&mmu->record[first + count].shown) ==
		       shown + ((quire_linux_shown)count << mmu->shift))
		count++;
	return count;
}

/* Keep a run of mapped pages if it is nearer to the fault than those seen before. */
static void consider(struct quire_linux_fault *fault, quire_va page, quire_size page_size,
		     const struct quire_linux_near *run)
{
	if (run->va + run->size <= page) {
		if (fault->below.size == 0 || run->va > fault->below.va)
			fault->below = *run;
	} else if (run->va >= page + page_size) {
		if (fault->above.size == 0 || run->va < fault->above.va)
			fault->above = *run;
	}
}

/* The nearest runs in all windows, on the side where the fault is. */
static void find_near(struct quire_linux_fault *fault, quire_size page_size)
{
	const struct quire_linux *machine = fault->machine;
	quire_va page = fault->va & ~(quire_va)(page_size - 1);

	for (unsigned w = 0; w < machine->layout.window_count; w++) {
		const struct quire_window *window = &machine->layout.window[w];
		const struct quire_linux_mmu *mmu = &machine->mmu[window->walker];
		uint32_t start = (uint32_t)(window->walk >> mmu->shift);
		uint32_t end = start + (uint32_t)(window->size >> mmu->shift);

		for (uint32_t i = start, n; i < end; i += n) {
			quire_linux_shown shown = atomic_load(&mmu->record[i].shown);
			struct quire_linux_near run = {0};

			n = run_length(mmu, i, end - i);
			if (shown == 0)
				continue;
			run.va = quire_linux_side(window, fault->exec_side) +
				 ((quire_va)(i - start) << mmu->shift);
			run.size = (quire_size)n << mmu->shift;
			run.pa = quire_linux_shown_pa(shown);
			run.target = (uint8_t)quire_linux_shown_target(shown);
			consider(fault, page, page_size, &run);
		}
	}
}

static bool describe_page(struct quire_linux_fault *fault)
{
	const struct quire_linux *machine = fault->machine;
	unsigned window, side;
	const struct quire_linux_record *record =
		quire_linux_record_at(machine, fault->va, &window, &side);
	quire_linux_shown shown;
	quire_size page;

	if (record == NULL)
		return false;
	shown = atomic_load(&record->shown);
	page = (quire_size)1 << machine->mmu[machine->layout.window[window].walker].shift;
	fault->window = (uint8_t)window;
	fault->exec_side = side == 1;
	fault->mapped = (shown & QUIRE_LINUX_MAPPED) != 0;
	fault->lost = (shown & QUIRE_LINUX_LOST) != 0;
	fault->attr = (uint8_t)quire_linux_shown_attr(shown);
	fault->target = (uint8_t)quire_linux_shown_target(shown);
	fault->pa = quire_linux_shown_pa(shown) + (fault->va & (page - 1));
	quire_linux_note_read(&record->mapper, &fault->mapper);
	quire_linux_note_read(&record->unmapper, &fault->unmapper);
	find_near(fault, page);
	return true;
}

static bool describe_hole(struct quire_linux_fault *fault)
{
	const struct quire_chip *chip = fault->machine->chip;

	for (unsigned h = 0; h < chip->hole_count; h++)
		if (fault->va >= chip->hole[h].start && fault->va < chip->hole[h].end) {
			fault->hole = chip->hole[h].why;
			find_near(fault, 1);
			return true;
		}
	return false;
}

/* Whose fault it is: a window's owner before a hole's. */
static bool describe(struct quire_linux_fault *fault)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < QUIRE_LINUX_OPEN; i++) {
			fault->machine = atomic_load(&registry.machine[i]);
			if (fault->machine != NULL &&
			    (pass == 0 ? describe_page(fault) : describe_hole(fault)))
				return true;
		}
	return false;
}

static void print_report(const struct quire_linux_fault *fault)
{
	char text[QUIRE_LINUX_TEXT];
	size_t length = quire_linux_fault_text(fault, text);
	ssize_t written = write(STDERR_FILENO, text, length);

	(void)written; /* there is nobody else to tell */
}

/* Die of the signal as if there were no handler: by the access that happens again, or, if a process
   sent the signal, by sending it again. */
static void default_action(int signal_number, const siginfo_t *info)
{
	signal(signal_number, SIG_DFL);
	if (info->si_code <= 0)
		raise(signal_number);
}

/* Let the handler that was there before have it. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct sigaction *previous = &registry.previous[number == SIGSEGV ? 0 : 1];
	uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
	bool circle = passing.info == info && stack < passing.stack;

	if (circle || (previous->sa_handler == SIG_DFL && (previous->sa_flags & SA_SIGINFO) == 0)) {
		default_action(number, info);
		return;
	}
	if (previous->sa_handler == SIG_IGN && (previous->sa_flags & SA_SIGINFO) == 0) {
		if (info->si_code > 0)
			default_action(number, info);
		return;
	}
	passing.info = info;
	passing.stack = stack;
	if ((previous->sa_flags & SA_SIGINFO) != 0)
		previous->sa_sigaction(number, info, context);
	else
		previous->sa_handler(number);
	passing.info = NULL;
}

static void handle(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	struct quire_linux_fault fault = {0};
	const struct quire_linux_options *options;

	fault.va = (quire_va)(uintptr_t)info->si_addr;
	fault.signal = number;
	if (info->si_code > 0 && (uintptr_t)fault.va == (uintptr_t)info->si_addr &&
	    describe(&fault)) {
		fault.access = quire_linux_access_of(context, (uintptr_t)info->si_addr);
		options = &fault.machine->options;
		if (options->on_fault != NULL &&
		    options->on_fault(options->on_fault_ctx, &fault) == QUIRE_LINUX_RETRY) {
			errno = saved_errno;
			return;
		}
		print_report(&fault);
	}
	errno = saved_errno;
	pass_on(number, info, context);
}

/* Whether that is what handles a signal. */
static bool is_handled(const struct sigaction *action, quire_linux_handler *handler)
{
	return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == handler;
}

bool quire_linux_signal_take(int number, quire_linux_handler *handler, struct sigaction *previous)
{
	struct sigaction ours = {0}, before;

	if (sigaction(number, NULL, &before) < 0)
		return false;
	if (is_handled(&before, handler))
		return true;
	*previous = before;
	ours.sa_sigaction = handler;
	ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigemptyset(&ours.sa_mask);
	return sigaction(number, &ours, NULL) == 0;
}

void quire_linux_signal_give(int number, quire_linux_handler *handler,
			     const struct sigaction *previous)
{
	struct sigaction current;

	if (sigaction(number, NULL, &current) == 0 && is_handled(&current, handler))
		sigaction(number, previous, NULL);
}

static bool install(unsigned s)
{
	return quire_linux_signal_take(signals[s], handle, &registry.previous[s]);
}

static void uninstall(unsigned s)
{
	quire_linux_signal_give(signals[s], handle, &registry.previous[s]);
}

int quire_linux_register(struct quire_linux *machine, char *why)
{
	int result = QUIRE_OK;
	unsigned slot = 0;

	pthread_mutex_lock(&registry.mutex);
	while (slot < QUIRE_LINUX_OPEN && atomic_load(&registry.machine[slot]) != NULL)
		slot++;
	if (slot == QUIRE_LINUX_OPEN) {
		result = quire_linux_why(why, QUIRE_EPORT, "%s: %u chips are open already",
					 machine->chip->name, QUIRE_LINUX_OPEN);
	} else if (!install(0) || !install(1)) {
		result = quire_linux_why(why, QUIRE_EPORT, "%s: cannot handle faults: %s",
					 machine->chip->name, strerror(errno));
	} else {
		atomic_store(&registry.machine[slot], machine);
		registry.open++;
		machine->registered = true;
	}
	pthread_mutex_unlock(&registry.mutex);
	return result;
}

void quire_linux_unregister(struct quire_linux *machine)
{
	if (!machine->registered)
		return;
	pthread_mutex_lock(&registry.mutex);
	for (unsigned i = 0; i < QUIRE_LINUX_OPEN; i++)
		if (atomic_load(&registry.machine[i]) == machine)
			atomic_store(&registry.machine[i], NULL);
	machine->registered = false;
	if (--registry.open == 0) {
		uninstall(0);
		uninstall(1);
	}
	pthread_mutex_unlock(&registry.mutex);
}

const struct quire_chip *quire_linux_registered(quire_va va)
{
	const struct quire_chip *found = NULL;
	unsigned window, side;

	pthread_mutex_lock(&registry.mutex);
	for (unsigned i = 0; i < QUIRE_LINUX_OPEN && found == NULL; i++) {
		const struct quire_linux *machine = atomic_load(&registry.machine[i]);

		if (machine != NULL && quire_linux_record_at(machine, va, &window, &side) != NULL)
			found = machine->chip;
	}
	pthread_mutex_unlock(&registry.mutex);
	return found;
}
