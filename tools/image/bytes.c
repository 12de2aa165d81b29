/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views, sentences and text: what all readers share.
 *
 * Texts in firmware are bytes that anybody may have written.  They end up on terminals and in JSON,
 * so they are made harmless here, once: valid UTF-8 without control characters passes, every other
 * byte becomes a question mark.
 */
#include "image/bytes.h"

#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct image_view image_view_of_file(const void *bytes, size_t size)
{
	return (struct image_view){.bytes = bytes, .size = size, .whole = "the file"};
}

void image_buffer_free(struct image_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct image_buffer){0};
}

bool image_is_filled(const uint8_t *bytes, size_t size, uint8_t value)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

struct image_view image_part_of(const struct image_view *view, uint64_t offset, uint64_t size)
{
	return (struct image_view){.bytes = view->bytes + offset,
				   .size = (size_t)size,
				   .base = view->base + offset,
				   .whole = view->whole};
}

static void write_finding(struct image_error *out, enum image_fault fault, uint64_t offset,
			  const char *format, va_list args)
{
	out->fault = fault;
	out->offset = offset;
	vsnprintf(out->text, sizeof out->text, format, args);
}

bool image_fail(struct image_report *report, enum image_fault fault, uint64_t offset,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_finding(&report->error, fault, offset, format, args);
	va_end(args);
	return false;
}

void image_warn(struct image_report *report, enum image_fault fault, uint64_t offset,
		const char *format, ...)
{
	struct image_error warning;
	va_list args;

	report->warnings++;
	if (report->warn == NULL)
		return;
	va_start(args, format);
	write_finding(&warning, fault, offset, format, args);
	va_end(args);
	report->warn(report->ctx, &warning);
}

/* How many bytes the UTF-8 sequence that begins with this byte has; 0 if none begins so. */
static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* The code point of a sequence of `length` bytes, or -1 if its later bytes are no such. */
static int32_t code_point(const uint8_t *in, size_t length)
{
	static const uint8_t lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	int32_t point = in[0] & lead_mask[length];

	for (size_t i = 1; i < length; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return -1;
		point = point << 6 | (in[i] & 0x3f);
	}
	return point;
}

/* The length of the printable character at `in`, 0 if there is none: no controls, no overlong
   forms, no surrogates. */
static size_t printable_length(const uint8_t *in, size_t size)
{
	static const int32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000};
	size_t length = sequence_length(in[0]);
	int32_t point;

	if (length == 0 || length > size)
		return 0;
	point = code_point(in, length);
	if (point < least[length] || point == 0x7f || point > 0x10ffff)
		return 0;
	return point >= 0xd800 && point < 0xe000 ? 0 : length;
}

bool image_copy_text(char *out, const uint8_t *in, size_t size)
{
	bool clean = true;
	size_t at = 0;

	while (at < size && in[at] != 0) {
		size_t length = printable_length(in + at, size - at);

		if (length == 0) {
			out[at++] = '?';
			clean = false;
			continue;
		}
		memcpy(out + at, in + at, length);
		at += length;
	}
	out[at] = 0;
	return clean;
}

void image_sha256(const uint8_t *bytes, size_t size, uint8_t out[32])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, bytes);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}
