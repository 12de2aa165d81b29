/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seals that fit: no fuzzer guesses a SHA-256, so whatever seal a reader complains of is put right
 * and the reader asked again, and it gets to see what is behind.  The sentences say all that is
 * needed for that: where the seal is, and of how many bytes.
 */
#ifndef FUZZ_MEND_H
#define FUZZ_MEND_H

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <string.h>

#include "must.h"

#include "image/report.h"

static void mend_sha256(uint8_t *bytes, uint64_t at, unsigned count)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, count, bytes + at - count);
	sha256_digest(&ctx, 32, bytes + at);
}

static void mend_md5(uint8_t *bytes, uint64_t at, unsigned count)
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, count, bytes + at - 16 - count);
	md5_digest(&ctx, 16, bytes + at);
}

/* Put right the seal that the report complains of; false if it is not about a seal. */
static bool mend(uint8_t *bytes, const struct image_report *report)
{
	const char *text = report->error.text;
	uint64_t at = report->error.offset;
	unsigned value;

	if (report->error.fault != IMAGE_FAULT_CHECKSUM)
		return false;
	if (sscanf(text, "checksum: %*x at offset %*x, but the segments' bytes give %x", &value) ==
	    1)
		bytes[at] = (uint8_t)value;
	else if (sscanf(text, "SHA-256: %*8[0-9a-f]... at offset %*x, but the %x bytes", &value) ==
		 1)
		mend_sha256(bytes, at, value);
	else if (sscanf(text, "MD5 row: digest %*8[0-9a-f]... at offset %*x, but the %x", &value) ==
		 1)
		mend_md5(bytes, at, value);
	else
		MUST(!"a seal that cannot be mended");
	return true;
}

#endif
