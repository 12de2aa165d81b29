/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts, of which there are none that a program could meet: locks of them nest and are counted. */
#ifndef ZEPHYR_IRQ_H
#define ZEPHYR_IRQ_H

#include "zephyr/toolchain.h"

#ifdef __cplusplus
extern "C" {
#endif

unsigned int irq_lock(void);
void irq_unlock(unsigned int key);
#define arch_irq_lock()      irq_lock()
#define arch_irq_unlock(key) irq_unlock(key)

#ifdef __cplusplus
}
#endif

#endif
