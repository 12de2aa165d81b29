/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a flash dump.  A dump is mostly 0xff, so the input is what is not:
 *
 *   byte 0: bit 0, the dump may be short; bits 1 to 7, what it lacks of its size, in 4 KiB
 *   byte 1, 2: sequence numbers of otadata's two entries at 0xd000 and 0xe000; 0 for none
 *   then pieces: offset (3 bytes), length (2 bytes), bytes
 */
#include "mend.h"

#include "image/build.h"
#include "image/kind.h"

#define DUMP_SIZE 0x40000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void place(uint8_t *dump, uint32_t offset, const uint8_t *bytes, size_t size)
{
	if (offset >= DUMP_SIZE)
		return;
	memcpy(dump + offset, bytes, size < DUMP_SIZE - offset ? size : DUMP_SIZE - offset);
}

static void place_pieces(uint8_t *dump, const uint8_t *data, size_t size)
{
	while (size > 5) {
		uint32_t offset = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
		size_t length = data[3] | (size_t)data[4] << 8;

		if (length > size - 5)
			length = size - 5;
		place(dump, offset, data + 5, length);
		data += 5 + length;
		size -= 5 + length;
	}
}

static void place_otadata(uint8_t *dump, const uint8_t *sequence)
{
	for (unsigned i = 0; i < 2; i++)
		if (sequence[i] != 0)
			image_build_ota_entry(sequence[i], 2, dump + 0xd000 + i * 0x1000);
}

static void check(const struct image_view *view, const struct image_flash *flash)
{
	const struct image_partition *row = flash->app_partition;

	MUST(flash->loader.base == flash->chip->bootloader_offset);
	MUST(flash->loader.base + flash->loader.length <= flash->table_offset);
	MUST(row >= flash->table.row && row < flash->table.row + flash->table.count);
	MUST(flash->app.base == row->offset && flash->app.length <= row->size);
	MUST(flash->app.base + flash->app.length <= view->size);
	MUST(flash->app.chip == flash->chip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image_flash flash;
	struct image_flash_options options = {0};
	struct image_report report = {0};
	struct image_view view;
	uint8_t *dump = malloc(DUMP_SIZE);
	bool done;

	MUST(dump != NULL);
	memset(dump, 0xff, DUMP_SIZE);
	if (size >= 3) {
		place_pieces(dump, data + 3, size - 3);
		place_otadata(dump, data + 1);
	}
	options.may_be_short = size > 0 && (data[0] & 1);
	view = image_view_of_file(dump, DUMP_SIZE - (size > 0 ? (data[0] >> 1) % 64u * 0x1000 : 0));
	MUST(image_kind_of(&view, 0) <= IMAGE_KIND_TABLE);
	while (!(done = image_flash_read(&view, &options, &flash, &report)) && mend(dump, &report))
		;
	if (done)
		check(&view, &flash);
	else
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
	free(dump);
	return 0;
}
