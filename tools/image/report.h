/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers read, and how they say what is wrong.
 *
 * Every reader takes a view: bytes in memory, and where in which file they stand.  The place is
 * part of the view so that a message about an image inside a flash dump names the offset in the
 * dump, which is the number one can look up.
 *
 * A reader returns true, or false with one sentence in the report: which field, at which offset,
 * what was found, what was expected.  What is odd but not wrong goes to the report's `warn`, once
 * for each oddity.  Nothing is printed, nothing is kept between calls, and no byte outside the view
 * is read, whatever the bytes say.
 */
#ifndef IMAGE_REPORT_H
#define IMAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, and where they stand. */
struct image_view {
	const uint8_t *bytes;
	size_t size;
	uint64_t base;     /* offset of bytes[0] in the file */
	const char *whole; /* what the view ends with: "the file", "partition \"factory\"" */
};

/* What kind of rule was broken. */
enum image_fault {
	IMAGE_FAULT_NONE,
	IMAGE_FAULT_TRUNCATED, /* something runs past the end of what it stands in */
	IMAGE_FAULT_MAGIC,     /* not the format it should be */
	IMAGE_FAULT_VALUE,     /* a field holds what it must not hold */
	IMAGE_FAULT_ALIGNMENT, /* an address, offset or size is not a multiple of what it must be */
	IMAGE_FAULT_OVERLAP,   /* two things want the same place */
	IMAGE_FAULT_CHECKSUM,  /* a checksum, CRC or digest does not match */
	IMAGE_FAULT_CHIP,      /* another chip than the one asked for, or none that is known */
	IMAGE_FAULT_ABSENT,    /* something that must be there is not */
	IMAGE_FAULT_TEXT,      /* a line of a partition CSV cannot be read */
	IMAGE_FAULT_LIMIT,     /* more than the format can hold */
	IMAGE_FAULT_MEMORY     /* malloc failed */
};

#define IMAGE_TEXT_MAX 320u

/* One finding: `text` is one sentence without a full stop. */
struct image_error {
	enum image_fault fault;
	uint64_t
		offset; /* in the file, of the field that is wrong; the line for IMAGE_FAULT_TEXT */
	char text[IMAGE_TEXT_MAX];
};

/*
 * Where findings go.  Zero it, and set `warn` to hear warnings; they are counted either way.
 * `error` is what made the last call return false; a success leaves it alone.
 */
struct image_report {
	struct image_error error;
	void (*warn)(void *ctx, const struct image_error *warning);
	void *ctx;
	unsigned warnings;
};

/* A view of a whole file. */
struct image_view image_view_of_file(const void *bytes, size_t size);

/* Memory that a builder made; free it with image_buffer_free, which also empties it. */
struct image_buffer {
	uint8_t *bytes;
	size_t size;
};

void image_buffer_free(struct image_buffer *buffer);

#endif
