/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files: checking the headers, and walking over the pieces.
 *
 * All checks are made once, when a file is opened; after that, walking trusts what was checked and
 * is short.  Nothing is copied: a piece is an offset into the view.
 */
#include "image/elf.h"
#include "image/app_parts.h"
#include "image/bytes.h"

#include <string.h>

#define HEADER_SIZE  52u
#define PROGRAM_SIZE 32u
#define SECTION_SIZE 40u

enum header_field {
	AT_CLASS = 4,
	AT_DATA = 5,
	AT_IDENT_VERSION = 6,
	AT_TYPE = 16,
	AT_MACHINE = 18,
	AT_ENTRY = 24,
	AT_PROGRAMS = 28,
	AT_SECTIONS = 32,
	AT_FLAGS = 36,
	AT_PROGRAM_SIZE = 42,
	AT_PROGRAM_COUNT = 44,
	AT_SECTION_SIZE = 46,
	AT_SECTION_COUNT = 48,
	AT_NAMES = 50
};

enum section_type { SECTION_NULL = 0, SECTION_STRINGS = 3, SECTION_NOBITS = 8 };
enum section_flag { SECTION_WRITE = 1, SECTION_ALLOC = 2, SECTION_EXEC = 4 };
enum program_flag { PROGRAM_EXEC = 1, PROGRAM_WRITE = 2 };
enum { PROGRAM_LOAD = 1, TYPE_EXEC = 2 };

/* The fields that are used here, of both kinds of header. */
struct section {
	uint32_t name, type, flags, address, offset, size;
};

struct program {
	uint32_t type, offset, address, file_size, memory_size, flags;
};

static struct section section_at(const struct image_elf *elf, unsigned index)
{
	const uint8_t *at = elf->view.bytes + elf->section_table + (size_t)index * SECTION_SIZE;

	return (struct section){.name = image_get32(at),
				.type = image_get32(at + 4),
				.flags = image_get32(at + 8),
				.address = image_get32(at + 12),
				.offset = image_get32(at + 16),
				.size = image_get32(at + 20)};
}

static struct program program_at(const struct image_elf *elf, unsigned index)
{
	const uint8_t *at = elf->view.bytes + elf->program_table + (size_t)index * PROGRAM_SIZE;

	return (struct program){.type = image_get32(at),
				.offset = image_get32(at + 4),
				.address = image_get32(at + 8),
				.file_size = image_get32(at + 16),
				.memory_size = image_get32(at + 20),
				.flags = image_get32(at + 24)};
}

/* One byte of the header that has one right value. */
static bool check_ident(const struct image_view *view, unsigned at, unsigned expected,
			const char *what, struct image_report *report)
{
	if (view->bytes[at] == expected)
		return true;
	return image_fail(report, IMAGE_FAULT_VALUE, view->base + at,
			  "ELF header: %s %u at offset 0x%llx, expected %u", what, view->bytes[at],
			  (unsigned long long)view->base + at, expected);
}

static bool check_magic(const struct image_view *view, struct image_report *report)
{
	if (view->size < HEADER_SIZE)
		return image_fail(report, IMAGE_FAULT_TRUNCATED, view->base,
				  "ELF header: %u bytes at offset 0x%llx run past the end of %s "
				  "(0x%llx bytes)",
				  HEADER_SIZE, (unsigned long long)view->base, view->whole,
				  (unsigned long long)view->size);
	if (image_get32(view->bytes) != 0x464c457fu)
		return image_fail(report, IMAGE_FAULT_MAGIC, view->base,
				  "ELF header: magic 0x%08x at offset 0x%llx, expected 0x464c457f",
				  image_get32(view->bytes), (unsigned long long)view->base);
	return check_ident(view, AT_CLASS, 1, "class", report) &&
	       check_ident(view, AT_DATA, 1, "byte order", report) &&
	       check_ident(view, AT_IDENT_VERSION, 1, "version", report);
}

static bool check_program_kind(const struct image_view *view, struct image_report *report)
{
	unsigned type = image_get16(view->bytes + AT_TYPE);
	unsigned machine = image_get16(view->bytes + AT_MACHINE);

	if (type != TYPE_EXEC)
		return image_fail(report, IMAGE_FAULT_VALUE, view->base + AT_TYPE,
				  "ELF header: type %u at offset 0x%llx, expected 2 (executable)",
				  type, (unsigned long long)view->base + AT_TYPE);
	if (machine != IMAGE_MACHINE_XTENSA && machine != IMAGE_MACHINE_RISCV)
		return image_fail(
			report, IMAGE_FAULT_CHIP, view->base + AT_MACHINE,
			"ELF header: machine %u at offset 0x%llx, expected 94 (Xtensa) or "
			"243 (RISC-V)",
			machine, (unsigned long long)view->base + AT_MACHINE);
	return true;
}

/* One table of headers: entries of the right size, inside the file. */
static bool check_table(const struct image_view *view, const char *what, unsigned offset_field,
			unsigned size_field, unsigned entry_size, struct image_report *report)
{
	unsigned count = image_get16(view->bytes + size_field + 2);
	unsigned size = image_get16(view->bytes + size_field);
	uint32_t offset = image_get32(view->bytes + offset_field);

	if (count == 0)
		return true;
	if (size != entry_size)
		return image_fail(report, IMAGE_FAULT_VALUE, view->base + size_field,
				  "ELF header: %s header size %u at offset 0x%llx, expected %u",
				  what, size, (unsigned long long)view->base + size_field,
				  entry_size);
	if (!image_has(view, offset, (uint64_t)count * entry_size))
		return image_fail(
			report, IMAGE_FAULT_TRUNCATED, view->base + offset_field,
			"ELF header: %u %s headers at 0x%x (said at offset 0x%llx) run past "
			"the end of %s (0x%llx bytes)",
			count, what, offset, (unsigned long long)view->base + offset_field,
			view->whole, (unsigned long long)view->size);
	return true;
}

static void take_header(const struct image_view *view, struct image_elf *elf)
{
	const uint8_t *header = view->bytes;

	*elf = (struct image_elf){
		.view = *view,
		.machine = image_get16(header + AT_MACHINE),
		.entry = image_get32(header + AT_ENTRY),
		.flags = image_get32(header + AT_FLAGS),
		.program_table = image_get32(header + AT_PROGRAMS),
		.section_table = image_get32(header + AT_SECTIONS),
		.program_count = image_get16(header + AT_PROGRAM_COUNT),
		.section_count = image_get16(header + AT_SECTION_COUNT),
	};
	elf->from_sections = elf->section_count > 0;
}

/* The table of section names: a section of strings that ends with a terminator. */
static bool find_names(struct image_elf *elf, struct image_report *report)
{
	unsigned index = image_get16(elf->view.bytes + AT_NAMES);
	unsigned long long at = elf->view.base + AT_NAMES;
	struct section names;

	if (elf->section_count == 0)
		return true;
	if (index >= elf->section_count)
		return image_fail(
			report, IMAGE_FAULT_VALUE, at,
			"ELF header: section %u at offset 0x%llx is to hold the names, and "
			"there are %u sections",
			index, at, elf->section_count);
	names = section_at(elf, index);
	if (names.type != SECTION_STRINGS || names.size == 0 ||
	    !image_has(&elf->view, names.offset, names.size) ||
	    elf->view.bytes[(size_t)names.offset + names.size - 1] != 0)
		return image_fail(
			report, IMAGE_FAULT_VALUE, at,
			"ELF header: section %u at offset 0x%llx is to hold the names, and "
			"is no table of strings inside the file",
			index, at);
	elf->names = names.offset;
	elf->names_size = names.size;
	return true;
}

static const char *name_of(const struct image_elf *elf, uint32_t name)
{
	return (const char *)elf->view.bytes + elf->names + name;
}

static bool check_section(const struct image_elf *elf, unsigned index, struct image_report *report)
{
	struct section section = section_at(elf, index);
	unsigned long long at =
		elf->view.base + elf->section_table + (unsigned long long)index * SECTION_SIZE;
	char name[33];

	if (section.type == SECTION_NULL)
		return true;
	if (section.name >= elf->names_size)
		return image_fail(report, IMAGE_FAULT_VALUE, at,
				  "section %u: name 0x%x at offset 0x%llx is past the end of the "
				  "names (0x%x bytes)",
				  index, section.name, at, elf->names_size);
	image_copy_text(name, (const uint8_t *)name_of(elf, section.name), sizeof name - 1);
	if (section.type != SECTION_NOBITS && !image_has(&elf->view, section.offset, section.size))
		return image_fail(report, IMAGE_FAULT_TRUNCATED, at + 16,
				  "section %u (%s): 0x%x bytes at 0x%x (said at offset 0x%llx) run "
				  "past the end of %s (0x%llx bytes)",
				  index, name, section.size, section.offset, at + 16,
				  elf->view.whole, (unsigned long long)elf->view.size);
	if ((section.flags & SECTION_ALLOC) && section.size > UINT32_MAX - section.address)
		return image_fail(
			report, IMAGE_FAULT_VALUE, at + 12,
			"section %u (%s): address 0x%08x at offset 0x%llx, and 0x%x bytes "
			"from there run past the end of the address space",
			index, name, section.address, at + 12, section.size);
	return true;
}

static bool check_program(const struct image_elf *elf, unsigned index, struct image_report *report)
{
	struct program program = program_at(elf, index);
	unsigned long long at =
		elf->view.base + elf->program_table + (unsigned long long)index * PROGRAM_SIZE;

	if (!image_has(&elf->view, program.offset, program.file_size))
		return image_fail(
			report, IMAGE_FAULT_TRUNCATED, at + 4,
			"program header %u: 0x%x bytes at 0x%x (said at offset 0x%llx) run "
			"past the end of %s (0x%llx bytes)",
			index, program.file_size, program.offset, at + 4, elf->view.whole,
			(unsigned long long)elf->view.size);
	if (program.type != PROGRAM_LOAD)
		return true;
	if (program.file_size > program.memory_size)
		return image_fail(report, IMAGE_FAULT_VALUE, at + 16,
				  "program header %u: 0x%x bytes in the file (offset 0x%llx), "
				  "expected at most the 0x%x in memory",
				  index, program.file_size, at + 16, program.memory_size);
	if (program.memory_size > UINT32_MAX - program.address)
		return image_fail(
			report, IMAGE_FAULT_VALUE, at + 8,
			"program header %u: address 0x%08x at offset 0x%llx, and 0x%x bytes "
			"from there run past the end of the address space",
			index, program.address, at + 8, program.memory_size);
	return true;
}

static bool check_headers(const struct image_elf *elf, struct image_report *report)
{
	for (unsigned i = 0; i < elf->program_count; i++)
		if (!check_program(elf, i, report))
			return false;
	for (unsigned i = 0; i < elf->section_count; i++)
		if (!check_section(elf, i, report))
			return false;
	return true;
}

static bool piece_of_section(const struct image_elf *elf, unsigned index, struct image_piece *out)
{
	struct section section = section_at(elf, index);

	if (!(section.flags & SECTION_ALLOC) || section.type == SECTION_NULL ||
	    section.type == SECTION_NOBITS || section.size == 0)
		return false;
	*out = (struct image_piece){.address = section.address,
				    .offset = section.offset,
				    .length = section.size,
				    .write = section.flags & SECTION_WRITE,
				    .execute = section.flags & SECTION_EXEC,
				    .name = name_of(elf, section.name)};
	return true;
}

static bool piece_of_program(const struct image_elf *elf, unsigned index, struct image_piece *out)
{
	struct program program = program_at(elf, index);

	if (program.type != PROGRAM_LOAD || program.file_size == 0)
		return false;
	*out = (struct image_piece){.address = program.address,
				    .offset = program.offset,
				    .length = program.file_size,
				    .write = program.flags & PROGRAM_WRITE,
				    .execute = program.flags & PROGRAM_EXEC,
				    .name = ""};
	return true;
}

bool image_elf_next(const struct image_elf *elf, unsigned *cursor, struct image_piece *out)
{
	unsigned count = elf->from_sections ? elf->section_count : elf->program_count;

	while (*cursor < count) {
		unsigned index = (*cursor)++;

		if (elf->from_sections ? piece_of_section(elf, index, out)
				       : piece_of_program(elf, index, out))
			return true;
	}
	return false;
}

static bool has_piece(const struct image_elf *elf, struct image_report *report)
{
	struct image_piece piece;
	unsigned cursor = 0;

	if (image_elf_next(elf, &cursor, &piece))
		return true;
	return image_fail(
		report, IMAGE_FAULT_ABSENT, elf->view.base,
		"ELF file: none of its %u sections and %u program headers has contents to "
		"load, expected one at least",
		elf->section_count, elf->program_count);
}

bool image_elf_read(const struct image_view *view, struct image_elf *out,
		    struct image_report *report)
{
	if (!check_magic(view, report) || !check_program_kind(view, report) ||
	    !check_table(view, "program", AT_PROGRAMS, AT_PROGRAM_SIZE, PROGRAM_SIZE, report) ||
	    !check_table(view, "section", AT_SECTIONS, AT_SECTION_SIZE, SECTION_SIZE, report))
		return false;
	take_header(view, out);
	return find_names(out, report) && check_headers(out, report) && has_piece(out, report);
}

void image_elf_description(const struct image_elf *elf, struct image_description *out)
{
	struct image_piece piece;
	unsigned cursor = 0;

	memset(out, 0, sizeof *out);
	while (!out->present && image_elf_next(elf, &cursor, &piece))
		if (piece.length >= IMAGE_DESCRIPTION_SIZE) {
			image_description_read(elf->view.bytes + piece.offset, out);
			out->offset = piece.offset;
		}
}
