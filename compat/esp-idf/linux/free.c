/* SPDX-License-Identifier: Apache-2.0 */
/*
 * free() and realloc() for both kinds of memory.
 *
 * On a chip there is one free() for all heaps, and applications use it for what heap_caps_malloc()
 * gave them.  So a program that is linked with this library has these two in place of the C
 * library's: a pointer into one of our heaps goes there, and every other one to the function that
 * would have been called, be it the C library's or a sanitizer's.
 *
 * Valgrind puts its own in place of these: it then knows every block of malloc() as it always
 * does, and reports a free() of our memory as an invalid one.  So nothing else of the library calls
 * the C library's past it: heap_caps_free() of what is the host's is a call of free(), from here, so
 * that whoever uses heaps gets this object, also where a sanitizer has a free() to offer.
 */
#include "board.h"

#include "esp_heap_caps.h"

#include <stdlib.h>

extern void __libc_free(void *ptr);
extern void *__libc_realloc(void *ptr, size_t size);
extern void __interceptor_free(void *ptr) __attribute__((weak));
extern void *__interceptor_realloc(void *ptr, size_t size) __attribute__((weak));

QUIRE_ESP_EARLY static void host_free(void *ptr)
{
	if (__interceptor_free != NULL)
		__interceptor_free(ptr);
	else
		__libc_free(ptr);
}

QUIRE_ESP_EARLY static void *host_realloc(void *ptr, size_t size)
{
	if (__interceptor_realloc != NULL)
		return __interceptor_realloc(ptr, size);
	return __libc_realloc(ptr, size);
}

QUIRE_ESP_EARLY void free(void *ptr)
{
	if (ptr != NULL && quire_esp_heap_has(ptr))
		heap_caps_free(ptr);
	else
		host_free(ptr);
}

/* Where it is, or wherever there is room by default. */
QUIRE_ESP_EARLY void *realloc(void *ptr, size_t size)
{
	if (ptr == NULL || !quire_esp_heap_has(ptr))
		return host_realloc(ptr, size);
	return heap_caps_realloc(ptr, size, MALLOC_CAP_DEFAULT);
}

void quire_esp_host_free(void *ptr)
{
	free(ptr);
}

void *quire_esp_host_realloc(void *ptr, size_t size)
{
	return realloc(ptr, size);
}
