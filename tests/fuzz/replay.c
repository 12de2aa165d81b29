/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer where there is none: gives a fuzzer's function every file of its corpus,
 * and of each a few hundred damaged copies, always the same ones.  That keeps what fuzzing once
 * found from coming back, with any compiler and in every run of the tests.
 *
 * usage: fuzz_NAME DIRECTORY
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAMAGED_COPIES 300u
#define PATH_BYTES     4096
#define FILE_MAX       (4l << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A small generator, so that runs can be repeated anywhere. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Gives the function exactly `size` bytes, so that a sanitizer sees a read behind the last one. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy) {
		fprintf(stderr, "out of memory for %zu bytes\n", size);
		exit(1);
	}
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/*
 * Damages `data` in place in one of four ways and returns its new size: bits turned over, bytes of
 * the kind that lengths and counts break on, a piece copied over another, an end cut off.
 */
static size_t damage(uint8_t *data, size_t size, uint32_t *state)
{
	static const uint8_t awkward[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint32_t times = 1 + next_random(state) % 4;

	for (uint32_t i = 0; i < times && size > 0; i++) {
		size_t at = next_random(state) % size;
		size_t from = next_random(state) % size;
		size_t longest = size - (at > from ? at : from);

		switch (next_random(state) % 8) {
		case 0:
			size = at;
			break;
		case 1:
			memmove(data + at, data + from, 1 + next_random(state) % longest);
			break;
		case 2:
		case 3:
			memset(data + at, awkward[next_random(state) % sizeof(awkward)],
			       size - at < 4 ? size - at : 1 + next_random(state) % 4);
			break;
		default:
			data[at] ^= (uint8_t)(1u << next_random(state) % 8);
			break;
		}
	}
	return size;
}

/* Feeds one file as it is, and its damaged copies.  Returns whether it could be read. */
static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *whole = NULL;
	uint8_t *copy = NULL;
	uint32_t state = 2463534242u;
	bool done = false;

	if (!file || fstat(fileno(file), &status) != 0 || status.st_size > FILE_MAX)
		goto out;
	size_t size = (size_t)status.st_size;
	whole = malloc(size + 1);
	copy = malloc(size + 1);
	if (!whole || !copy || fread(whole, 1, size, file) != size)
		goto out;
	feed(whole, size);
	for (unsigned i = 0; i < DAMAGED_COPIES; i++) {
		memcpy(copy, whole, size);
		feed(copy, damage(copy, size, &state));
	}
	done = true;
out:
	if (!done)
		fprintf(stderr, "%s: cannot be read (files of up to %ld bytes)\n", path, FILE_MAX);
	if (file)
		fclose(file);
	free(whole);
	free(copy);
	return done;
}

int main(int argc, char **argv)
{
	struct dirent **entry;
	unsigned files = 0;
	bool ok = true;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	int count = scandir(argv[1], &entry, NULL, alphasort);
	if (count < 0) {
		fprintf(stderr, "%s: there is no such directory of inputs\n", argv[1]);
		return 1;
	}
	feed((const uint8_t *)"", 0);
	for (int i = 0; i < count; i++) {
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "%s/%s", argv[1], entry[i]->d_name);
		if (entry[i]->d_name[0] != '.') {
			ok = replay_file(path) && ok;
			files++;
		}
		free(entry[i]);
	}
	free(entry);
	printf("%u files, each with %u damaged copies\n", files, DAMAGED_COPIES);
	return ok && files > 0 ? 0 : 1;
}
