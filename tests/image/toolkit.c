/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files made byte by byte.  Nothing of the code under test is used here: the numbers are written
 * down a second time, on purpose.
 */
#include "toolkit.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void put32(uint8_t *at, uint32_t value)
{
	put16(at, value & 0xffff);
	put16(at + 2, value >> 16);
}

uint32_t get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint8_t *extend(struct made *made, size_t size)
{
	uint8_t *at = made->bytes + made->size;

	assert_true(size <= MADE_MAX - made->size);
	memset(at, 0, size);
	made->size += size;
	return at;
}

void app_begin(struct made *made, unsigned chip_id, uint32_t entry)
{
	uint8_t *header;

	made->size = 0;
	header = extend(made, 24);
	header[0] = 0xe9;
	header[2] = 2;
	header[3] = 0x2f;
	put32(header + 4, entry);
	header[8] = 0xee;
	put16(header + 12, chip_id);
	put16(header + 17, 0xffff);
	header[23] = 1;
}

uint8_t *app_segment(struct made *made, uint32_t address, uint32_t length)
{
	uint8_t *header = extend(made, 8 + length);

	put32(header, address);
	put32(header + 4, length);
	for (uint32_t i = 0; i < length; i++)
		header[8 + i] = (uint8_t)(i * 7 + made->bytes[1]);
	made->bytes[1]++;
	return header + 8;
}

/* Where the segments end. */
static size_t segments_end(const struct made *made)
{
	size_t at = 24;

	for (unsigned i = 0; i < made->bytes[1]; i++)
		at += 8 + get32(made->bytes + at + 4);
	return at;
}

void app_reseal(struct made *made)
{
	size_t end = segments_end(made), at = 24;
	uint8_t sum = 0xef;
	struct sha256_ctx sha;

	for (unsigned i = 0; i < made->bytes[1]; i++) {
		uint32_t length = get32(made->bytes + at + 4);

		for (at += 8; length > 0; length--)
			sum ^= made->bytes[at++];
	}
	made->bytes[end | 15] = sum;
	if (made->bytes[23] == 0)
		return;
	sha256_init(&sha);
	sha256_update(&sha, (end | 15) + 1, made->bytes);
	sha256_digest(&sha, 32, made->bytes + (end | 15) + 1);
}

void app_seal(struct made *made)
{
	size_t end = made->size;

	extend(made, (end | 15) + 1 - end + (made->bytes[23] ? 32 : 0));
	app_reseal(made);
}

void app_describe(uint8_t *at, unsigned page_shift)
{
	memset(at, 0, 256);
	put32(at, 0xabcd5432);
	memcpy(at + 16, "v1.2-3-gabcdef0", 16);
	memcpy(at + 48, "lamp", 5);
	memcpy(at + 80, "12:34:56", 9);
	memcpy(at + 96, "Mar  5 2026", 12);
	memcpy(at + 112, "v5.5.2", 7);
	at[180] = (uint8_t)page_shift;
}

void app_small(struct made *made)
{
	app_begin(made, 9, 0x40378004);
	app_describe(app_segment(made, 0x3c000020, 0x110), 16);
	app_segment(made, 0x40378000, 0x20);
	app_seal(made);
	assert_int_equal(made->size, SMALL_SIZE);
}

void table_row(struct made *made, unsigned type, unsigned subtype, uint32_t offset, uint32_t size,
	       const char *label)
{
	uint8_t *row = extend(made, 32);

	row[0] = 0xaa;
	row[1] = 0x50;
	row[2] = (uint8_t)type;
	row[3] = (uint8_t)subtype;
	put32(row + 4, offset);
	put32(row + 8, size);
	memcpy(row + 12, label, strlen(label) < 16 ? strlen(label) : 16);
}

void table_md5(struct made *made)
{
	size_t size = made->size;
	uint8_t *row = extend(made, 32);
	struct md5_ctx md5;

	memset(row, 0xff, 16);
	row[0] = row[1] = 0xeb;
	md5_init(&md5);
	md5_update(&md5, size, made->bytes);
	md5_digest(&md5, 16, row + 16);
}

void table_end(struct made *made)
{
	size_t rest = 0xc00 - made->size;

	memset(extend(made, rest), 0xff, rest);
}

static uint32_t add_name(struct elf_writer *elf, const char *name)
{
	uint32_t at = elf->names_size;

	assert_true(strlen(name) + 1 <= sizeof elf->names - at);
	memcpy(elf->names + at, name, strlen(name) + 1);
	elf->names_size += (uint32_t)strlen(name) + 1;
	return at;
}

void elf_begin(struct elf_writer *elf, struct made *made, unsigned machine, uint32_t entry)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
	uint8_t *header;

	memset(elf, 0, sizeof *elf);
	elf->made = made;
	elf->count = 1; /* section 0 is none */
	elf->names_size = 1;
	made->size = 0;
	header = extend(made, 52);
	memcpy(header, ident, sizeof ident);
	put16(header + 16, 2);
	put16(header + 18, machine);
	put32(header + 20, 1);
	put32(header + 24, entry);
	put16(header + 40, 52);
	put16(header + 42, 32);
	put16(header + 46, 40);
}

uint8_t *elf_section(struct elf_writer *elf, const char *name, unsigned type, unsigned flags,
		     uint32_t address, uint32_t length)
{
	uint32_t *header = elf->header[elf->count++];
	uint8_t *bytes = elf->made->bytes + elf->made->size;

	assert_true(elf->count < ELF_SECTIONS_MAX);
	header[0] = add_name(elf, name);
	header[1] = type;
	header[2] = flags;
	header[3] = address;
	header[4] = (uint32_t)elf->made->size;
	header[5] = length;
	if (type != 8)
		extend(elf->made, length);
	for (uint32_t i = 0; type != 8 && i < length; i++)
		bytes[i] = (uint8_t)(i * 5 + (i >> 8) + elf->count);
	return bytes;
}

void elf_end(struct elf_writer *elf)
{
	struct made *made = elf->made;
	uint8_t *at;

	elf_section(elf, ".shstrtab", 3, 0, 0, elf->names_size + 10);
	memcpy(made->bytes + elf->header[elf->count - 1][4], elf->names, elf->names_size);
	extend(made, -made->size & 3);
	put32(made->bytes + 32, (uint32_t)made->size);
	put16(made->bytes + 48, elf->count);
	put16(made->bytes + 50, elf->count - 1);
	for (unsigned i = 0; i < elf->count; i++) {
		at = extend(made, 40);
		for (unsigned k = 0; k < 10; k++)
			put32(at + 4 * k, elf->header[i][k]);
	}
}

/* Where ESP-IDF's linker scripts put things on each chip. */
struct home {
	const char *chip;
	unsigned machine;
	uint32_t ram, code, data;
	int one_window; /* data stands behind the code's pages */
};

static const struct home homes[] = {
	{"esp32", 94, 0x40080000, 0x400d0020, 0x3f400020, 0},
	{"esp32s2", 94, 0x40028000, 0x40080020, 0x3f000020, 0},
	{"esp32s3", 94, 0x40378000, 0x42000020, 0x3c000020, 1},
	{"esp32c2", 243, 0x40380000, 0x42000020, 0x3c000020, 1},
	{"esp32c3", 243, 0x40380000, 0x42000020, 0x3c000020, 1},
	{"esp32c5", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32c6", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32c61", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32h2", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32h21", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32h4", 243, 0x40800000, 0x42000020, 0x42000020, 1},
	{"esp32p4", 243, 0x4ff20000, 0x40000020, 0x40000020, 1},
	{"esp32s31", 243, 0x2f000000, 0x40000020, 0x40000020, 1},
};

static const struct home *home_of(const struct quire_chip *chip)
{
	for (unsigned i = 0; i < sizeof homes / sizeof homes[0]; i++)
		if (strcmp(homes[i].chip, chip->name) == 0)
			return &homes[i];
	fail_msg("the tests know no addresses of %s", chip->name);
	return NULL;
}

void elf_program(struct made *made, const struct quire_chip *chip, uint32_t page, uint32_t ram,
		 uint32_t code, uint32_t constants)
{
	const struct home *home = home_of(chip);
	uint32_t data = home->data;
	struct elf_writer elf;
	unsigned shift = 0;

	while (1u << shift < page)
		shift++;
	if (home->one_window)
		data += (0x20 + code + page - 1) / page * page;
	elf_begin(&elf, made, home->machine, home->ram + 4);
	elf_section(&elf, ".iram0.text", 1, ELF_ALLOC | ELF_EXEC, home->ram, ram);
	elf_section(&elf, ".dram0.bss", 8, ELF_ALLOC | ELF_WRITE, home->ram + ram, 0x100);
	elf_section(&elf, ".dram0.data", 1, ELF_ALLOC | ELF_WRITE, home->ram + ram + 0x100, 0x40);
	elf_section(&elf, ".flash.text", 1, ELF_ALLOC | ELF_EXEC, home->code, code);
	app_describe(elf_section(&elf, ".flash.appdesc", 1, ELF_ALLOC, data, 256), shift);
	elf_section(&elf, ".flash.rodata", 1, ELF_ALLOC, data + 256, constants);
	elf_section(&elf, ".comment", 1, 0x30, 0, 0x20);
	elf_end(&elf);
}

/* Flash windows of the chips, as the reference manuals have them. */
static int in_flash_window(const struct quire_chip *chip, uint32_t address)
{
	if (strcmp(chip->name, "esp32") == 0)
		return (address >= 0x3f400000 && address < 0x3f800000) ||
		       (address >= 0x400d0000 && address < 0x40400000);
	if (strcmp(chip->name, "esp32s2") == 0)
		return (address >= 0x3f000000 && address < 0x3f400000) ||
		       (address >= 0x40080000 && address < 0x40400000);
	if (strcmp(chip->name, "esp32p4") == 0 || strcmp(chip->name, "esp32s31") == 0)
		return address >= 0x40000000 && address < 0x44000000;
	return (address >= 0x3c000000 && address < 0x3e000000) ||
	       (address >= 0x42000000 && address < 0x44000000);
}

void image_follows_rules(const struct image_buffer *image, const struct quire_chip *chip,
			 uint32_t page)
{
	const uint8_t *bytes = image->bytes;
	uint8_t sum = 0xef, digest[32];
	struct sha256_ctx sha;
	size_t at = 24;

	assert_int_equal(bytes[0], 0xe9);
	assert_in_range(bytes[1], 1, 16);
	assert_int_equal(bytes[12] | bytes[13] << 8, chip->image_id);
	for (unsigned i = 0; i < bytes[1]; i++) {
		uint32_t address = get32(bytes + at), length = get32(bytes + at + 4);

		at += 8;
		assert_int_equal(length % 4, 0);
		assert_true(length > 0 && length <= image->size - at);
		if (in_flash_window(chip, address))
			assert_int_equal(address % page, at % page);
		for (uint32_t k = 0; k < length; k++)
			sum ^= bytes[at++];
	}
	for (; at % 16 != 15; at++)
		assert_int_equal(bytes[at], 0);
	assert_int_equal(bytes[at++], sum);
	if (bytes[23] == 1) {
		sha256_init(&sha);
		sha256_update(&sha, at, bytes);
		sha256_digest(&sha, 32, digest);
		assert_memory_equal(bytes + at, digest, 32);
		at += 32;
	}
	assert_int_equal(image->size, at);
}

int image_byte_at(const struct image_buffer *image, uint32_t address)
{
	size_t at = 24;

	for (unsigned i = 0; i < image->bytes[1]; i++) {
		uint32_t start = get32(image->bytes + at), length = get32(image->bytes + at + 4);

		if (address >= start && address - start < length)
			return image->bytes[at + 8 + (address - start)];
		at += 8 + length;
	}
	return -1;
}

static void keep_warning(void *ctx, const struct image_error *warning)
{
	((struct heard *)ctx)->warning = *warning;
}

void heard_begin(struct heard *heard)
{
	memset(heard, 0, sizeof *heard);
	heard->report.warn = keep_warning;
	heard->report.ctx = heard;
}

struct image_view view_of(const struct made *made, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	assert_true(size <= made->size);
	memcpy(copy, made->bytes, size);
	return image_view_of_file(copy, size);
}

void view_free(struct image_view *view)
{
	uint8_t *bytes;

	memcpy(&bytes, &view->bytes, sizeof bytes);
	free(bytes);
	view->bytes = NULL;
}

void says(const struct heard *heard, const char *sentence)
{
	assert_string_equal(heard->report.error.text, sentence);
	assert_int_not_equal(heard->report.error.fault, IMAGE_FAULT_NONE);
}

void warns(const struct heard *heard, const char *sentence)
{
	assert_string_equal(heard->warning.text, sentence);
	assert_int_not_equal(heard->warning.fault, IMAGE_FAULT_NONE);
}

uint8_t *shared_file(const char *name, size_t *size)
{
	const char *set = getenv("QUIRE_SHARED_DATA");
	uint8_t *bytes = NULL;
	char path[1024];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", set != NULL ? set : QUIRE_SHARED_DATA, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		print_message("%s is not here (QUIRE_SHARED_DATA says where): skipped\n", name);
		return NULL;
	}
	if (fseek(file, 0, SEEK_END) == 0) {
		*size = (size_t)ftell(file);
		rewind(file);
		bytes = malloc(*size);
		assert_non_null(bytes);
		assert_int_equal(fread(bytes, 1, *size, file), *size);
	}
	fclose(file);
	return bytes;
}
