/* SPDX-License-Identifier: Apache-2.0 */
/* What a program expects of a C library, byte by byte; user mode may run it.  The four functions that a
   compiler calls by itself are boards/common/memory.c, compiled for this half once more. */
#include <string.h>

void *memchr(const void *in, int value, size_t size)
{
	const unsigned char *p = in;

	for (size_t i = 0; i < size; i++) {
		if (p[i] == (unsigned char)value)
			return (void *)(__UINTPTR_TYPE__)(p + i);
	}
	return NULL;
}

size_t strnlen(const char *text, size_t most)
{
	size_t length = 0;

	while (length < most && text[length] != '\0')
		length++;
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, (size_t)-1);
}

int strncmp(const char *a, const char *b, size_t most)
{
	for (size_t i = 0; i < most; i++) {
		if (a[i] != b[i])
			return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
		if (a[i] == '\0')
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

char *strcpy(char *restrict to, const char *restrict from)
{
	return memcpy(to, from, strlen(from) + 1);
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t length = strnlen(from, size);

	memcpy(to, from, length);
	memset(to + length, 0, size - length);
	return to;
}

char *strchr(const char *text, int c)
{
	return memchr(text, c, strlen(text) + 1);
}

char *strrchr(const char *text, int c)
{
	for (size_t i = strlen(text) + 1; i-- > 0;) {
		if (text[i] == (char)c)
			return (char *)(__UINTPTR_TYPE__)(text + i);
	}
	return NULL;
}

size_t strspn(const char *text, const char *of)
{
	size_t length = 0;

	while (text[length] != '\0' && strchr(of, text[length]))
		length++;
	return length;
}

size_t strcspn(const char *text, const char *of)
{
	size_t length = 0;

	while (!strchr(of, text[length])) /* the end is one of all */
		length++;
	return length;
}

char *strstr(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (;; text++) {
		if (strncmp(text, part, length) == 0)
			return (char *)(__UINTPTR_TYPE__)text;
		if (*text == '\0')
			return NULL;
	}
}
