/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of image formats share: files made byte by byte, without the builders that are
 * under test, and the questions asked of a report.
 */
#ifndef TEST_IMAGE_TOOLKIT_H
#define TEST_IMAGE_TOOLKIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/build.h"
#include "image/kind.h"

#define MADE_MAX 0x40000u

/* A file in the making. */
struct made {
	uint8_t bytes[MADE_MAX];
	size_t size;
};

void put16(uint8_t *at, unsigned value);
void put32(uint8_t *at, uint32_t value);
uint32_t get32(const uint8_t *at);

/* An application image: header, segments in turn, then checksum and, if asked for, digest. */
void app_begin(struct made *made, unsigned chip_id, uint32_t entry);
uint8_t *app_segment(struct made *made, uint32_t address, uint32_t length);
void app_seal(struct made *made);

/* Checksum and digest made right again after bytes of a sealed image were changed. */
void app_reseal(struct made *made);

/* An application's description, 256 bytes. */
void app_describe(uint8_t *at, unsigned page_shift);

/* The smallest image that has everything: 0x180 bytes for an ESP32-S3, with a description in a
   mapped segment (its header at 0x18) and 0x20 bytes for RAM (header at 0x130). */
void app_small(struct made *made);
#define SMALL_SEGMENT_0 0x18u
#define SMALL_SEGMENT_1 0x130u
#define SMALL_CHECKSUM  0x15fu
#define SMALL_SIZE      0x180u

/* A row of a partition table at `made`'s end, its MD5 row, and fill up to 0xc00. */
void table_row(struct made *made, unsigned type, unsigned subtype, uint32_t offset, uint32_t size,
	       const char *label);
void table_md5(struct made *made);
void table_end(struct made *made);

/* An ELF: begin with the machine and entry, add sections, end with names and headers. */
#define ELF_SECTIONS_MAX 640u
struct elf_writer {
	struct made *made;
	unsigned count;
	uint32_t header[ELF_SECTIONS_MAX][10];
	char names[2048];
	uint32_t names_size;
};

#define ELF_ALLOC 2u
#define ELF_WRITE 1u
#define ELF_EXEC  4u

void elf_begin(struct elf_writer *elf, struct made *made, unsigned machine, uint32_t entry);
uint8_t *elf_section(struct elf_writer *elf, const char *name, unsigned type, unsigned flags,
		     uint32_t address, uint32_t length);
void elf_end(struct elf_writer *elf);

/* An ELF as ESP-IDF links it for a chip: RAM code and data, flash code, description, constants.
   Sizes are of RAM code, flash code and constants. */
void elf_program(struct made *made, const struct quire_chip *chip, uint32_t page, uint32_t ram,
		 uint32_t code, uint32_t constants);

/* A report that keeps the last warning. */
struct heard {
	struct image_report report;
	struct image_error warning;
};

void heard_begin(struct heard *heard);

/* The view of exactly the bytes made, in memory of their own, so that a sanitizer sees any read
   past their end; free view.bytes with view_free. */
struct image_view view_of(const struct made *made, size_t size);
void view_free(struct image_view *view);

/* The sentence must be this, whole. */
void says(const struct heard *heard, const char *sentence);
void warns(const struct heard *heard, const char *sentence);

/* The rules of an application image, checked without the reader: places of segments modulo the page
   in windows given by address ranges, checksum, digest, nothing behind. */
void image_follows_rules(const struct image_buffer *image, const struct quire_chip *chip,
			 uint32_t page);

/* A byte as a program would see it once the image is loaded; -1 if no segment has it. */
int image_byte_at(const struct image_buffer *image, uint32_t address);

/* A file among the shared data, or NULL and a word to the user; free it. */
uint8_t *shared_file(const char *name, size_t *size);

#endif
