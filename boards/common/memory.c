/* SPDX-License-Identifier: Apache-2.0 */
/* What a freestanding compiler may call of its own accord: four functions of <string.h>, byte by
   byte. */
#include <stddef.h>

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memset(void *to, int value, size_t size)
{
	unsigned char *p = to;

	while (size-- > 0)
		*p++ = (unsigned char)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *p = to;
	const unsigned char *q = from;

	while (size-- > 0)
		*p++ = *q++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *p = to;
	const unsigned char *q = from;

	if (p <= q)
		return memcpy(to, from, size);
	while (size-- > 0)
		p[size] = q[size];
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *p = a, *q = b;

	for (size_t i = 0; i < size; i++) {
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	}
	return 0;
}
