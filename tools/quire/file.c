/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files.  What is read may be a pipe; what is written appears under its name only when it is
 * complete, so that an interrupted build leaves the old file and not half of a new one.
 */
#include "firmware.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT (1ull << 31) /* far above any flash; what is longer is not an image */

static int read_all(FILE *in, const char *path, uint8_t **bytes, size_t *size, struct sentence *why)
{
	size_t room = 1u << 16, used = 0;
	uint8_t *buffer = malloc(room);

	while (buffer) {
		used += fread(buffer + used, 1, room - used - 1, in);
		if (used < room - 1 || room > FILE_LIMIT)
			break;
		uint8_t *more = realloc(buffer, 2 * room);

		if (!more)
			free(buffer);
		buffer = more;
		room *= 2;
	}
	if (!buffer)
		return sentence_memory(why);
	if (ferror(in) || used >= FILE_LIMIT) {
		free(buffer);
		return ferror(in) ? sentence_set(why, CLI_BAD, "%s: %s", path, strerror(errno))
				  : sentence_set(why, CLI_BAD, "%s: longer than 2 GiB", path);
	}
	buffer[used] = 0;
	*bytes = buffer;
	*size = used;
	return CLI_OK;
}

int file_read(const char *path, uint8_t **bytes, size_t *size, struct sentence *why)
{
	bool pipe = strcmp(path, "-") == 0;
	FILE *in = pipe ? stdin : fopen(path, "rb");
	int status;

	if (!in)
		return sentence_set(why, CLI_BAD, "%s: %s", path, strerror(errno));
	status = read_all(in, path, bytes, size, why);
	if (!pipe)
		fclose(in);
	return status;
}

static bool write_all(FILE *out, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, out) == size && fflush(out) == 0;
}

/* Whether a name stands for something that a rename must not replace: a device, a pipe. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int file_write(const char *path, const void *bytes, size_t size, struct sentence *why)
{
	bool pipe = strcmp(path, "-") == 0, direct = pipe || is_special(path);
	char temporary[4096];
	FILE *out;
	int error = 0;

	if ((size_t)snprintf(temporary, sizeof temporary, direct ? "%s" : "%s.part", path) >=
	    sizeof temporary)
		return sentence_set(why, CLI_BAD, "%.80s...: %s", path, strerror(ENAMETOOLONG));
	out = pipe ? stdout : fopen(temporary, "wb");
	if (!out)
		return sentence_set(why, CLI_SYSTEM, "%s: %s", temporary, strerror(errno));
	errno = 0;
	if (!write_all(out, bytes, size))
		error = errno ? errno : EIO;
	if (!pipe && fclose(out) != 0 && !error)
		error = errno;
	if (!direct && !error && rename(temporary, path) != 0)
		error = errno;
	if (!direct && error)
		unlink(temporary);
	return error ? sentence_set(why, CLI_SYSTEM, "%s: %s", path, strerror(error)) : CLI_OK;
}
