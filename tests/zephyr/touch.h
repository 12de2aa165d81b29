/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Touching memory from a thread that may die of it.
 *
 * A test says what it expects of one access; the access is made by a thread of its own, in kernel or
 * user mode, and a fatal error of that thread is the answer "no".  Written against Zephyr's interfaces
 * alone, so that the tests run wherever those are.
 */
#ifndef TOUCH_H
#define TOUCH_H

#include <zephyr/kernel.h>
#include <zephyr/kernel/mm.h>
#include <zephyr/ztest.h>

#ifndef K_USER_TEXT /* where user mode runs code that the kernel may not: quire's boards */
#define K_USER_TEXT
#endif

enum touch_how { TOUCH_READ, TOUCH_WRITE };

/* Whether a thread in kernel mode, or in user mode, may read or write a byte there. */
bool touch_works(volatile void *at, enum touch_how how);
bool touch_works_for_user(volatile void *at, enum touch_how how);

/* Expect the access to work, or the thread that makes it to die. */
#define zassert_works(at, how)       zassert_true(touch_works(at, how), #at)
#define zassert_faults(at, how)      zassert_false(touch_works(at, how), #at)
#define zassert_user_works(at, how)  zassert_true(touch_works_for_user(at, how), #at)
#define zassert_user_faults(at, how) zassert_false(touch_works_for_user(at, how), #at)

/* Both guards of a mapping: the byte before its first and the byte behind its last page. */
void assert_guarded(uint8_t *va, size_t size);

/* Whether all bytes are this. */
bool all_bytes_are(const volatile uint8_t *va, size_t size, uint8_t value);

#endif
