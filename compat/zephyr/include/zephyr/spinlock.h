/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of a system with one CPU on which nothing is ever preempted: they lock nothing out, and see to
 * it that nobody takes one twice, gives back one that he has not, or waits with one held.
 */
#ifndef ZEPHYR_SPINLOCK_H
#define ZEPHYR_SPINLOCK_H

#include "zephyr/toolchain.h"
#include "zephyr/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k_spinlock {
	uintptr_t owner; /* the thread, 0: nobody */
};

struct z_spinlock_key {
	int key;
};
typedef struct z_spinlock_key k_spinlock_key_t;

#define K_SPINLOCK_INIT                                                                            \
	{                                                                                          \
		0                                                                                  \
	}

k_spinlock_key_t k_spin_lock(struct k_spinlock *l);
int k_spin_trylock(struct k_spinlock *l, k_spinlock_key_t *k);
void k_spin_unlock(struct k_spinlock *l, k_spinlock_key_t key);
void k_spin_release(struct k_spinlock *l);
bool k_spin_is_locked(struct k_spinlock *l);

/* A block with the lock held; leave it by `K_SPINLOCK_BREAK` or at its end. */
#define K_SPINLOCK(lck)                                                                            \
	for (k_spinlock_key_t z_key_ = k_spin_lock(lck), *z_once_ = &z_key_; z_once_;              \
	     k_spin_unlock(lck, z_key_), z_once_ = NULL)
#define K_SPINLOCK_BREAK continue

#ifdef __cplusplus
}
#endif

#endif
