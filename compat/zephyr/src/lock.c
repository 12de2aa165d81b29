/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of interrupts and spinlocks: nothing is locked out, and nesting is looked after. */
#include "kernel.h"

/* Of a program that has no thread yet. */
static uint8_t early;

static uint8_t *depth(void)
{
	return z_kernel.current != NULL ? &z_kernel.current->irq_locked : &early;
}

static void complain(const char *what)
{
	printk("%s\n", what);
	z_oops(K_ERR_KERNEL_OOPS);
}

unsigned int irq_lock(void)
{
	return (*depth())++;
}

void irq_unlock(unsigned int key)
{
	if (*depth() != key + 1) {
		complain("Interrupts are unlocked in another order than they were locked.");
		return;
	}
	*depth() = (uint8_t)key;
	if (key == 0)
		z_reschedule();
}

static uintptr_t holder(void)
{
	return z_kernel.current != NULL ? (uintptr_t)z_kernel.current : 1;
}

k_spinlock_key_t k_spin_lock(struct k_spinlock *l)
{
	if (l->owner != 0)
		complain("A spinlock is taken that is held already.");
	l->owner = holder();
	return (k_spinlock_key_t){(int)irq_lock()};
}

int k_spin_trylock(struct k_spinlock *l, k_spinlock_key_t *k)
{
	if (l->owner != 0)
		return -EBUSY;
	*k = k_spin_lock(l);
	return 0;
}

void k_spin_unlock(struct k_spinlock *l, k_spinlock_key_t key)
{
	if (l->owner != holder())
		complain("A spinlock is given back by who does not hold it.");
	l->owner = 0;
	irq_unlock((unsigned int)key.key);
}

void k_spin_release(struct k_spinlock *l)
{
	if (l->owner != holder())
		complain("A spinlock is given back by who does not hold it.");
	l->owner = 0;
}

bool k_spin_is_locked(struct k_spinlock *l)
{
	return l->owner != 0;
}
