/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files: every rule broken in turn, pieces, and which chips one can be for.
 */
#include "toolkit.h"

#include <string.h>

static struct made made;
static struct elf_writer writer;
static struct image_view view;
static struct image_elf elf;
static struct heard heard;

/* A file of 0x20 bytes of code for RAM, 0x10 reserved, 0x30 of constants in flash. */
static void small(void)
{
	elf_begin(&writer, &made, 94, 0x40378004);
	elf_section(&writer, ".iram0.text", 1, ELF_ALLOC | ELF_EXEC, 0x40378000, 0x20);
	elf_section(&writer, ".dram0.bss", 8, ELF_ALLOC | ELF_WRITE, 0x3fc88000, 0x10);
	elf_section(&writer, ".flash.rodata", 1, ELF_ALLOC, 0x3c000020, 0x30);
	elf_section(&writer, ".comment", 1, 0x30, 0, 0x10);
	elf_end(&writer);
}

static bool read_elf(void)
{
	heard_begin(&heard);
	view = view_of(&made, made.size);
	return image_elf_read(&view, &elf, &heard.report);
}

static void refused(const char *sentence)
{
	assert_false(read_elf());
	says(&heard, sentence);
	view_free(&view);
}

static void accepted(void)
{
	if (!read_elf())
		fail_msg("%s", heard.report.error.text);
}

/* The place of a section's header. */
static uint8_t *header_of(unsigned section)
{
	return made.bytes + get32(made.bytes + 32) + 40 * section;
}

/* Add program headers for what the sections hold, at the end. */
static void add_programs(unsigned count, const uint32_t (*fields)[6])
{
	put32(made.bytes + 28, (uint32_t)made.size);
	put16(made.bytes + 44, count);
	for (unsigned i = 0; i < count; i++, made.size += 32) {
		uint8_t *at = made.bytes + made.size;

		put32(at, fields[i][0]);
		put32(at + 4, fields[i][1]);
		put32(at + 8, fields[i][2]);
		put32(at + 12, fields[i][2]);
		put32(at + 16, fields[i][3]);
		put32(at + 20, fields[i][4]);
		put32(at + 24, fields[i][5]);
		put32(at + 28, 4);
	}
}

static void pieces(void **state)
{
	struct image_piece piece;
	unsigned cursor = 0;

	(void)state;
	small();
	accepted();
	assert_int_equal(elf.machine, IMAGE_MACHINE_XTENSA);
	assert_int_equal(elf.entry, 0x40378004);
	assert_true(elf.from_sections);
	assert_true(image_elf_next(&elf, &cursor, &piece));
	assert_string_equal(piece.name, ".iram0.text");
	assert_int_equal(piece.address, 0x40378000);
	assert_int_equal(piece.offset, 52);
	assert_int_equal(piece.length, 0x20);
	assert_true(piece.execute);
	assert_false(piece.write);
	assert_true(image_elf_next(&elf, &cursor, &piece));
	assert_string_equal(piece.name, ".flash.rodata");
	assert_false(piece.execute);
	assert_false(image_elf_next(&elf, &cursor, &piece));
	assert_int_equal(image_kind_of(&view, 0), IMAGE_KIND_ELF);
	view_free(&view);
}

/* Without sections the program headers tell what to load. */
static void pieces_without_sections(void **state)
{
	static const uint32_t programs[][6] = {
		{4, 52, 0, 0x10, 0, 4},
		{1, 52, 0x40378000, 0x20, 0x40, 5},
		{1, 0, 0x3fc88000, 0, 0x20, 6},
		{1, 84, 0x3c000020, 0x30, 0x30, 4},
	};
	struct image_piece piece;
	unsigned cursor = 0;

	(void)state;
	small();
	add_programs(4, programs);
	put16(made.bytes + 48, 0);
	accepted();
	assert_false(elf.from_sections);
	assert_true(image_elf_next(&elf, &cursor, &piece));
	assert_int_equal(piece.address, 0x40378000);
	assert_int_equal(piece.length, 0x20);
	assert_true(piece.execute);
	assert_string_equal(piece.name, "");
	assert_true(image_elf_next(&elf, &cursor, &piece));
	assert_int_equal(piece.address, 0x3c000020);
	assert_false(image_elf_next(&elf, &cursor, &piece));
	view_free(&view);
}

static void ident(void **state)
{
	(void)state;
	small();
	made.bytes[1] = 'F';
	refused("ELF header: magic 0x464c467f at offset 0x0, expected 0x464c457f");
	small();
	made.bytes[4] = 2;
	refused("ELF header: class 2 at offset 0x4, expected 1");
	small();
	made.bytes[5] = 2;
	refused("ELF header: byte order 2 at offset 0x5, expected 1");
	small();
	made.bytes[6] = 0;
	refused("ELF header: version 0 at offset 0x6, expected 1");
	small();
	put16(made.bytes + 16, 1);
	refused("ELF header: type 1 at offset 0x10, expected 2 (executable)");
	small();
	put16(made.bytes + 18, 40);
	refused("ELF header: machine 40 at offset 0x12, expected 94 (Xtensa) or 243 (RISC-V)");
	made.size = 51;
	refused("ELF header: 52 bytes at offset 0x0 run past the end of the file (0x33 bytes)");
}

static void tables(void **state)
{
	(void)state;
	small();
	put16(made.bytes + 46, 64);
	refused("ELF header: section header size 64 at offset 0x2e, expected 40");
	small();
	put32(made.bytes + 32, 0xffffff00);
	refused("ELF header: 6 section headers at 0xffffff00 (said at offset 0x20) run past the "
		"end "
		"of the file (0x1c0 bytes)");
	small();
	put16(made.bytes + 44, 0xffff);
	refused("ELF header: 65535 program headers at 0x0 (said at offset 0x1c) run past the end "
		"of "
		"the file (0x1c0 bytes)");
	put16(made.bytes + 42, 31);
	refused("ELF header: program header size 31 at offset 0x2a, expected 32");
}

static void section_names(void **state)
{
	(void)state;
	small();
	put16(made.bytes + 50, 6);
	refused("ELF header: section 6 at offset 0x32 is to hold the names, and there are 6 "
		"sections");
	small();
	put16(made.bytes + 50, 1);
	refused("ELF header: section 1 at offset 0x32 is to hold the names, and is no table of "
		"strings inside the file");
	small();
	put32(header_of(5) + 20, 0x7fffffff);
	refused("ELF header: section 5 at offset 0x32 is to hold the names, and is no table of "
		"strings inside the file");
	small();
	made.bytes[get32(header_of(5) + 16) + get32(header_of(5) + 20) - 1] = 'x';
	refused("ELF header: section 5 at offset 0x32 is to hold the names, and is no table of "
		"strings inside the file");
	small();
	put32(header_of(3), 0x1000);
	refused("section 3: name 0x1000 at offset 0x148 is past the end of the names (0x39 bytes)");
}

static void section_bounds(void **state)
{
	(void)state;
	small();
	put32(header_of(3) + 20, 0x1000);
	refused("section 3 (.flash.rodata): 0x1000 bytes at 0x54 (said at offset 0x158) run past "
		"the "
		"end of the file (0x1c0 bytes)");
	small();
	put32(header_of(3) + 12, 0xffffffe0);
	refused("section 3 (.flash.rodata): address 0xffffffe0 at offset 0x154, and 0x30 bytes "
		"from "
		"there run past the end of the address space");
	small();
	put32(header_of(2) + 16, 0xffffffff); /* no contents: its place does not matter */
	accepted();
	view_free(&view);
}

static void program_bounds(void **state)
{
	static const uint32_t past[][6] = {{1, 0x1f0, 0x40378000, 0x20, 0x20, 5}};
	static const uint32_t more[][6] = {{1, 52, 0x40378000, 0x20, 0x1f, 5}};
	static const uint32_t wrap[][6] = {{1, 52, 0xfffffff0, 0x10, 0x20, 5}};

	(void)state;
	small();
	add_programs(1, past);
	refused("program header 0: 0x20 bytes at 0x1f0 (said at offset 0x1c4) run past the end of "
		"the file (0x1e0 bytes)");
	small();
	add_programs(1, more);
	refused("program header 0: 0x20 bytes in the file (offset 0x1d0), expected at most the "
		"0x1f "
		"in memory");
	small();
	add_programs(1, wrap);
	refused("program header 0: address 0xfffffff0 at offset 0x1c8, and 0x20 bytes from there "
		"run "
		"past the end of the address space");
}

static void nothing_to_load(void **state)
{
	(void)state;
	elf_begin(&writer, &made, 94, 0);
	elf_section(&writer, ".comment", 1, 0x30, 0, 0x10);
	elf_end(&writer);
	refused("ELF file: none of its 3 sections and 0 program headers has contents to load, "
		"expected one at least");
}

/* Names are for people: no escape sequences. */
static void an_odd_name(void **state)
{
	(void)state;
	small();
	memcpy(made.bytes + get32(header_of(5) + 16) + get32(header_of(3)), "\x1b[31m", 5);
	put32(header_of(3) + 20, 0x1000);
	refused("section 3 (?[31mh.rodata): 0x1000 bytes at 0x54 (said at offset 0x158) run past "
		"the "
		"end of the file (0x1c0 bytes)");
}

static void cut_off_everywhere(void **state)
{
	size_t whole;

	(void)state;
	small();
	whole = made.size;
	for (made.size = 0; made.size < whole; made.size++) {
		assert_false(read_elf());
		assert_int_equal(heard.report.error.fault, IMAGE_FAULT_TRUNCATED);
		view_free(&view);
	}
}

/* Nothing seals an ELF, so a turned bit may pass; but then all pieces lie inside the file. */
static void any_bit_turned(void **state)
{
	(void)state;
	small();
	for (size_t bit = 0; bit < made.size * 8; bit++) {
		struct image_piece piece;
		unsigned cursor = 0;

		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (read_elf())
			while (image_elf_next(&elf, &cursor, &piece)) {
				assert_true((uint64_t)piece.offset + piece.length <= made.size);
				assert_true(strlen(piece.name) < made.size);
			}
		else
			assert_true(strlen(heard.report.error.text) > 20);
		view_free(&view);
		made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* The chips that a program of each chip can be for: always that one, and never one that has its
   memory elsewhere. */
static void chips(void **state)
{
	uint32_t share_ram = 0;

	(void)state;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const char *name = quire_chip_at(i)->name;

		if (strcmp(name, "esp32c5") == 0 || strcmp(name, "esp32c6") == 0 ||
		    strcmp(name, "esp32c61") == 0 || strstr(name, "esp32h") == name)
			share_ram |= 1u << i;
	}
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);
		uint32_t found;

		elf_program(&made, chip, 0x10000, 0x400, 0x1000, 0x1000);
		accepted();
		found = image_elf_chips(&elf);
		assert_true(found >> i & 1);
		assert_int_equal(found & ~(share_ram >> i & 1 ? share_ram : found), 0);
		if (chip->image_id == 0 || chip->image_id == 18 || chip->image_id == 9)
			assert_int_equal(found, 1u << i);
		assert_ptr_equal(image_elf_chip(&elf, chip, &heard.report), chip);
		view_free(&view);
	}
}

static void the_one_chip(void **state)
{
	(void)state;
	elf_program(&made, quire_chip_by_name("esp32s3"), 0x10000, 0x400, 0x1000, 0x1000);
	accepted();
	assert_ptr_equal(image_elf_chip(&elf, NULL, &heard.report), quire_chip_by_name("esp32s3"));
	assert_null(image_elf_chip(&elf, quire_chip_by_name("esp32c3"), &heard.report));
	says(&heard, "ELF header: machine 94 at offset 0x12, expected 243 for esp32c3");
	assert_null(image_elf_chip(&elf, quire_chip_by_name("esp32s2"), &heard.report));
	says(&heard, "section .flash.text: address 0x42000020 (contents at offset 0x474) is in no "
		     "window and no memory of esp32s2");
	view_free(&view);
}

static void several_chips_or_none(void **state)
{
	(void)state;
	elf_program(&made, quire_chip_by_name("esp32c6"), 0x10000, 0x400, 0x1000, 0x1000);
	accepted();
	assert_null(image_elf_chip(&elf, NULL, &heard.report));
	says(&heard, "ELF file: its addresses fit several chips (esp32c5, esp32c6, esp32c61, "
		     "esp32h2, esp32h21, esp32h4), so the chip must be given");
	view_free(&view);
	elf_begin(&writer, &made, 243, 0x10000);
	elf_section(&writer, ".text", 1, ELF_ALLOC | ELF_EXEC, 0x10000, 0x20);
	elf_end(&writer);
	accepted();
	assert_null(image_elf_chip(&elf, NULL, &heard.report));
	says(&heard, "ELF file: no known chip has a place for all of its contents");
	view_free(&view);
}

static void description(void **state)
{
	struct image_description says_so;

	(void)state;
	elf_program(&made, quire_chip_by_name("esp32p4"), 0x10000, 0x400, 0x1000, 0x1000);
	accepted();
	image_elf_description(&elf, &says_so);
	assert_true(says_so.present);
	assert_string_equal(says_so.project, "lamp");
	assert_int_equal(says_so.page_shift, 16);
	view_free(&view);
	small();
	accepted();
	image_elf_description(&elf, &says_so);
	assert_false(says_so.present);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),         cmocka_unit_test(pieces_without_sections),
		cmocka_unit_test(ident),          cmocka_unit_test(tables),
		cmocka_unit_test(section_names),  cmocka_unit_test(section_bounds),
		cmocka_unit_test(program_bounds), cmocka_unit_test(nothing_to_load),
		cmocka_unit_test(an_odd_name),    cmocka_unit_test(cut_off_everywhere),
		cmocka_unit_test(any_bit_turned), cmocka_unit_test(chips),
		cmocka_unit_test(the_one_chip),   cmocka_unit_test(several_chips_or_none),
		cmocka_unit_test(description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
