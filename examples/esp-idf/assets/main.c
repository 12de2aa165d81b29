/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures in flash, drawn from where they are.
 *
 * The partition "storage1" holds a small archive:
 *
 *     magic | count | { name, width, height, offset } ... | rows of 32 pixels ...
 *
 * If there is none, the program writes it: first erases, then writes everything but the magic, and
 * the magic last.  So wherever the power fails, the archive is either whole or not there, and the
 * next start sees which.  Drawing copies nothing: the archive is mapped, and read through a pointer.
 *
 * The program knows ESP-IDF alone.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "esp_err.h"
#include "esp_partition.h"

#define MAGIC    0x31545351u /* "QST1" */
#define PICTURES 2
#define ROWS     8

struct picture {
	char name[12];
	uint16_t width; /* pixels, at most 32 */
	uint16_t height;
	uint32_t offset; /* of its rows in the archive */
};

struct archive {
	uint32_t magic;
	uint32_t count;
	struct picture picture[PICTURES];
	uint32_t rows[PICTURES][ROWS]; /* the leftmost pixel is the highest bit of `width` */
};

static const struct archive made = {
	.magic = MAGIC,
	.count = PICTURES,
	.picture = {{"chip", 16, ROWS, offsetof(struct archive, rows[0])},
		    {"leaf", 12, ROWS, offsetof(struct archive, rows[1])}},
	.rows = {{0x2aa8, 0x7ffc, 0xc006, 0x47c4, 0xc446, 0x47c4, 0x7ffc, 0x2aa8},
		 {0x01e, 0x07e, 0x1fe, 0x3fc, 0x7f8, 0x7e0, 0xc00, 0x800}},
};

static void write_archive(const esp_partition_t *storage)
{
	size_t sectors = (sizeof(made) + storage->erase_size - 1) / storage->erase_size;

	printf("no archive in \"%s\": writing one\n", storage->label);
	ESP_ERROR_CHECK(esp_partition_erase_range(storage, 0, sectors * storage->erase_size));
	ESP_ERROR_CHECK(esp_partition_write(storage, sizeof(made.magic), &made.count,
					    sizeof(made) - sizeof(made.magic)));
	ESP_ERROR_CHECK(esp_partition_write(storage, 0, &made.magic, sizeof(made.magic)));
}

static void draw(const uint8_t *archive, const struct picture *picture)
{
	const uint32_t *rows = (const void *)(archive + picture->offset);

	printf("%.*s, %u x %u\n", (int)sizeof(picture->name), picture->name, picture->width,
	       picture->height);
	for (unsigned y = 0; y < picture->height; y++) {
		for (unsigned x = picture->width; x > 0; x--)
			putchar(rows[y] >> (x - 1) & 1 ? '#' : '.');
		putchar('\n');
	}
}

void app_main(void)
{
	const esp_partition_t *storage = esp_partition_find_first(
		ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "storage1");
	esp_partition_mmap_handle_t handle;
	const struct archive *archive;
	const void *mapped;

	if (storage == NULL) {
		printf("there is no partition \"storage1\"\n");
		return;
	}
	ESP_ERROR_CHECK(esp_partition_mmap(storage, 0, sizeof(made), ESP_PARTITION_MMAP_DATA,
					   &mapped, &handle));
	archive = mapped;
	if (archive->magic != MAGIC)
		write_archive(storage); /* what is mapped shows it at once */
	for (uint32_t i = 0; i < archive->count; i++)
		draw(mapped, &archive->picture[i]);
	esp_partition_munmap(handle);
	printf("all drawn\n");
}
