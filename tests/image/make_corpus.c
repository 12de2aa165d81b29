/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the seeds of the fuzzers of image formats: small files that are right, so that damage to
 * them goes deep.  Run by hand when a format's reader learns something new:
 *
 *   make image_corpus && tests/image/image_corpus ../tests/fuzz/corpus
 */
#include "toolkit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *directory;
static struct made made;

static void save_bytes(const char *name, const uint8_t *bytes, size_t size)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
		fprintf(stderr, "cannot write %s\n", path);
		exit(1);
	}
}

static void save(const char *name)
{
	save_bytes(name, made.bytes, made.size);
}

static void app_images(void)
{
	app_small(&made);
	save("app_image/small");
	made.bytes[23] = 0;
	made.size -= 32;
	app_reseal(&made);
	save("app_image/no_digest");
	app_begin(&made, 0, 0x3fff0000);
	app_segment(&made, 0x3fff0000, 0x60)[0] = 0x50;
	app_seal(&made);
	save("app_image/loader");
	app_begin(&made, 12, 0x42000150);
	app_describe(app_segment(&made, 0x3c000020, 0x100), 14);
	app_segment(&made, 0, 0x20);
	app_segment(&made, 0x42000150, 0x20);
	app_segment(&made, 0x40380000, 0x20);
	app_seal(&made);
	save("app_image/four_segments");
}

static void tables(void)
{
	made.size = 0;
	table_row(&made, 1, 2, 0x9000, 0x4000, "nvs");
	table_row(&made, 1, 0, 0xd000, 0x2000, "otadata");
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_row(&made, 0, 0x10, 0x20000, 0x10000, "sixteen bytes ok");
	table_md5(&made);
	memset(made.bytes + made.size, 0xff, 32);
	made.size += 32;
	save("partition/five_rows");
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x10000, "\xd0\xb8\xd0\xbd");
	memset(made.bytes + made.size, 0xff, 32);
	made.size += 32;
	save("partition/no_md5");
}

static void texts(void)
{
	static const char usual[] = "# name, type, subtype, offset, size, flags\n"
				    "nvs,data,nvs,0x9000,24K,\n"
				    "phy_init,data,phy,,4096,encrypted\r\n"
				    "factory,app,factory,,1M\n"
				    "mine,0x40,0x1,4M,1m,encrypted:readonly\n";

	save_bytes("csv/usual", (const uint8_t *)usual, sizeof usual - 1);
}

/* An ELF, with the number of the chip before it. */
static void save_elf(const char *name, unsigned chip)
{
	memmove(made.bytes + 1, made.bytes, made.size);
	made.bytes[0] = (uint8_t)chip;
	made.size++;
	save(name);
}

static void elves(void)
{
	static struct elf_writer writer;
	char name[64];

	for (unsigned i = 0; i < quire_chip_count(); i += 4) {
		elf_program(&made, quire_chip_at(i), 0x10000, 0x40, 0x40, 0x40);
		snprintf(name, sizeof name, "elf/%s", quire_chip_at(i)->name);
		save_elf(name, i);
	}
	elf_begin(&writer, &made, 94, 0x40080000);
	elf_section(&writer, "", 1, ELF_ALLOC, 0x40080000, 0x20);
	elf_end(&writer);
	put32(made.bytes + 28, (uint32_t)made.size);
	put16(made.bytes + 44, 1);
	put16(made.bytes + 48, 0);
	put32(made.bytes + made.size, 1);
	put32(made.bytes + made.size + 4, 52);
	put32(made.bytes + made.size + 8, 0x40080000);
	put32(made.bytes + made.size + 16, 0x20);
	put32(made.bytes + made.size + 20, 0x20);
	put32(made.bytes + made.size + 24, 5);
	made.size += 32;
	save_elf("elf/program_header", 0);
}

/* A dump as the fuzzer takes it: options, then pieces. */
struct sparse {
	uint8_t bytes[8192];
	size_t size;
};

static void add_piece(struct sparse *sparse, uint32_t offset)
{
	uint8_t *at = sparse->bytes + sparse->size;

	put32(at, offset);
	put16(at + 3, (unsigned)made.size);
	memcpy(at + 5, made.bytes, made.size);
	sparse->size += 5 + made.size;
}

static void add_app(struct sparse *sparse, const struct quire_chip *chip, uint32_t offset)
{
	app_begin(&made, chip->image_id, 0x3fff0000);
	app_segment(&made, 0x3fff0000, 0x60)[0] = 0x50;
	app_seal(&made);
	add_piece(sparse, offset);
}

static void add_table(struct sparse *sparse)
{
	made.size = 0;
	table_row(&made, 1, 0, 0xd000, 0x2000, "otadata");
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_row(&made, 0, 0x10, 0x20000, 0x10000, "ota_0");
	table_row(&made, 0, 0x11, 0x30000, 0x10000, "ota_1");
	table_md5(&made);
	add_piece(sparse, 0x8000);
}

static void dump_of(const char *chip_name, unsigned first, unsigned second)
{
	const struct quire_chip *chip = quire_chip_by_name(chip_name);
	struct sparse sparse = {.bytes = {0, (uint8_t)first, (uint8_t)second}, .size = 3};
	char name[64];

	add_app(&sparse, chip, chip->bootloader_offset);
	add_table(&sparse);
	add_app(&sparse, chip, 0x10000);
	add_app(&sparse, chip, 0x20000);
	add_app(&sparse, chip, 0x30000);
	snprintf(name, sizeof name, "flash/%s_%u_%u", chip_name, first, second);
	save_bytes(name, sparse.bytes, sparse.size);
}

int main(int count, char **arguments)
{
	if (count != 2) {
		fprintf(stderr, "usage: image_corpus DIRECTORY\n");
		return 2;
	}
	directory = arguments[1];
	app_images();
	tables();
	texts();
	elves();
	dump_of("esp32", 0, 0);
	dump_of("esp32s3", 1, 2);
	dump_of("esp32p4", 3, 2);
	return 0;
}
