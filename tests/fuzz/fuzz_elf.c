/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an ELF file, and an image from every one that is accepted.  The first byte chooses
 * the chip, the rest is the file.
 */
#include "must.h"

#include "image/build.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct image_elf *elf)
{
	struct image_piece piece;
	unsigned cursor = 0, sum = 0;

	while (image_elf_next(elf, &cursor, &piece)) {
		MUST(piece.length > 0);
		MUST((uint64_t)piece.offset + piece.length <= elf->view.size);
		MUST((uint64_t)piece.address + piece.length <= UINT32_MAX);
		sum += elf->view.bytes[piece.offset] +
		       elf->view.bytes[piece.offset + piece.length - 1] +
		       (unsigned)strlen(piece.name);
	}
	MUST(cursor > 0 && sum < UINT32_MAX);
}

static void make_image(const struct image_elf *elf, const struct quire_chip *chip)
{
	struct image_build_options options = {.chip = chip};
	struct image_report report = {0};
	struct image_buffer out;
	struct image_view view;
	struct image_app app;

	if (!image_build_from_elf(elf, &options, &out, &report)) {
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
		return;
	}
	view = image_view_of_file(out.bytes, out.size);
	MUST(image_app_read(&view, NULL, &app, &report));
	MUST(app.chip == chip && app.length == out.size);
	image_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_report report = {0};
	struct image_description description;
	struct image_view view;
	struct image_elf elf;

	if (size == 0)
		return 0;
	view = image_view_of_file(data + 1, size - 1);
	if (!image_elf_read(&view, &elf, &report)) {
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
		return 0;
	}
	walk(&elf);
	image_elf_description(&elf, &description);
	(void)image_elf_chip(&elf, NULL, &report);
	make_image(&elf, quire_chip_at(data[0] % quire_chip_count()));
	return 0;
}
