/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the readers and builders: numbers in bytes, bounds, sentences, text that may be shown.
 *
 * Bounds are compared in 64 bits, and formats count in 32, so no sum here can wrap.
 */
#ifndef IMAGE_BYTES_H
#define IMAGE_BYTES_H

#include "image/report.h"

/* Sentences are checked like printf's. */
#define IMAGE_SENTENCE(text, first) __attribute__((format(printf, text, first)))

static inline uint16_t image_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t image_get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void image_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline void image_put32(uint8_t *at, uint32_t value)
{
	image_put16(at, (uint16_t)value);
	image_put16(at + 2, (uint16_t)(value >> 16));
}

/* Whether `length` bytes from `offset` on lie inside the view. */
static inline bool image_has(const struct image_view *view, uint64_t offset, uint64_t length)
{
	return offset <= view->size && length <= view->size - offset;
}

/* Whether all bytes have one value. */
bool image_is_filled(const uint8_t *bytes, size_t size, uint8_t value);

/* A part of a view, which must lie inside it; it ends with the same whole. */
struct image_view image_part_of(const struct image_view *view, uint64_t offset, uint64_t size);

/* Write down what is wrong; always false, so that a check can end in `return image_fail(...)`. */
bool image_fail(struct image_report *report, enum image_fault fault, uint64_t offset,
		const char *format, ...) IMAGE_SENTENCE(4, 5);

/* Tell what is odd. */
void image_warn(struct image_report *report, enum image_fault fault, uint64_t offset,
		const char *format, ...) IMAGE_SENTENCE(4, 5);

/*
 * Copy a text of at most `size` bytes, which need not be terminated, to `out` (size + 1 bytes).
 * What is not printable UTF-8 becomes one '?' a byte; false if there was such.
 */
bool image_copy_text(char *out, const uint8_t *in, size_t size);

/* The SHA-256 of some bytes. */
void image_sha256(const uint8_t *bytes, size_t size, uint8_t out[32]);

#endif
