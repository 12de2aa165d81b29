/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a thread cannot go on.
 *
 * A fault is first shown to quire_vm, which can put some right (a page that was lazy).  What is left is
 * told, with what quire knows of the address, and given to the program's k_sys_fatal_error_handler(); when
 * that returns, the thread is dead, and the system goes on.  The handler runs as in an interrupt, wherever
 * the machine handles faults, so it can end threads and wait for nothing.
 */
#include "kernel.h"

static const char *reason_text(unsigned reason)
{
	static const char *const text[] = {"CPU exception", "Unhandled interrupt", "Stack overflow",
					   "Kernel oops", "Kernel panic"};

	return reason < ARRAY_SIZE(text) ? text[reason] : "Unknown error";
}

void k_fatal_halt(unsigned int reason)
{
	(void)reason;
	printk("Halting system\n");
	quire_arch_stop(1);
}

__weak void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *esf)
{
	if (z_ztest_fault_expected != NULL && z_ztest_fault_expected(reason, esf))
		return;
	k_fatal_halt(reason);
}

/* The thread that a handler has let die, or that cannot go on in its own call. */
static _Noreturn void end_current(void)
{
	z_kernel.current->irq_locked = 0;
	z_kernel.current->base.sched_locked = 0;
	z_thread_end();
}

void z_fatal_error(unsigned int reason, const struct arch_esf *esf)
{
	struct k_thread *self = z_kernel.current;

	printk("E: >>> ZEPHYR FATAL ERROR %u: %s on CPU 0\n", reason, reason_text(reason));
	if (self == NULL || z_kernel.in_fault != 0) {
		printk("E: %s\n", self == NULL ? "There is no thread yet."
					       : "And that in the handler of another.");
		k_fatal_halt(reason);
	}
	printk("E: Current thread: %p (%s)\n", (void *)self,
	       self->name[0] != '\0' ? self->name : "unknown");
	z_kernel.in_fault++;
	k_sys_fatal_error_handler(reason, esf);
	z_kernel.in_fault--;
	end_current();
}

void z_oops(unsigned int reason)
{
	if (quire_arch_is_user()) {
		(void)z_ask(Z_CALL_OOPS, reason, 0, 0, 0);
		return;
	}
	z_fatal_error(reason, NULL);
}

void z_machine_fatal(unsigned reason, const char *message)
{
	if (message != NULL)
		printk("E: %s\n", message);
	z_oops(reason);
}

/* -- what the machine found -- */

static const char *access_text(unsigned access)
{
	return access == QUIRE_WRITE  ? "write to"
	       : access == QUIRE_READ ? "read from"
	       : access == QUIRE_EXEC ? "jump to"
				      : "access to";
}

static void tell_fault(const struct quire_fault_raw *raw, uintptr_t pc)
{
	struct quire_fault fault;
	char text[QUIRE_FAULT_TEXT];

	printk("E: %s %p in %s mode, pc %p\n", access_text(raw->access), (void *)(uintptr_t)raw->va,
	       raw->user ? "user" : "kernel", (void *)pc);
	if (quire_fault_explain(zephyr_machine.space, raw, &fault) < 0)
		return;
	(void)quire_fault_text(&fault, text, sizeof(text));
	printk("E: %s\n", text);
}

static unsigned fault_reason(const struct quire_fault_raw *raw, uintptr_t stack)
{
	const struct k_thread *self = z_kernel.current;
	uintptr_t va = (uintptr_t)raw->va;

	if (self != NULL && (z_stack_overflown(self, va) || z_stack_overflown(self, stack)))
		return K_ERR_STACK_CHK_FAIL;
	return K_ERR_CPU_EXCEPTION;
}

bool quire_kernel_fault(const struct quire_fault_raw *raw, uintptr_t pc, uintptr_t stack)
{
	struct arch_esf esf = {pc, stack, (uintptr_t)raw->va, raw->access, raw->user};

	if (zephyr_machine.vm != NULL && raw->cause != QUIRE_CAUSE_BUS &&
	    raw->cause != QUIRE_CAUSE_ALIGN && quire_vm_fault(zephyr_machine.vm, raw) == 0)
		return true;
	if (z_kernel.current == NULL)
		return false;
	tell_fault(raw, pc);
	z_fatal_error(fault_reason(raw, stack), &esf);
	return false;
}

bool quire_kernel_exception(const char *what, bool user, uintptr_t pc)
{
	struct arch_esf esf = {pc, 0, 0, 0, user};

	if (z_kernel.current == NULL)
		return false;
	printk("E: %s in %s mode, pc %p\n", what, user ? "user" : "kernel", (void *)pc);
	z_fatal_error(K_ERR_CPU_EXCEPTION, &esf);
	return false;
}
