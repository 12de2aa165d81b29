/* SPDX-License-Identifier: Apache-2.0 */
/* The part of C's <string.h> that tests and interfaces use. */
#ifndef ZEPHYR_BOARD_STRING_H
#define ZEPHYR_BOARD_STRING_H

#include <stddef.h>

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int value, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t most);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);
char *strcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t size);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);
size_t strspn(const char *text, const char *of);
size_t strcspn(const char *text, const char *of);
char *strstr(const char *text, const char *part);

#endif
