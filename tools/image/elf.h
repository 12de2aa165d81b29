/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files of firmware: 32 bits, little-endian, Xtensa or RISC-V.
 *
 * What a program image is made of are its *pieces*: the allocated sections with bytes in the file.
 * Program headers are the poorer source, since linkers let a segment begin with the space that was
 * reserved for another one, and that space then looks like contents; they serve for files without
 * sections.
 *
 * An ELF does not say which chip it is for.  Its machine and its addresses rule chips out;
 * often one is left, and sometimes (all that have RAM at 0x40800000) several.
 */
#ifndef IMAGE_ELF_H
#define IMAGE_ELF_H

#include "image/app.h"

#define IMAGE_MACHINE_XTENSA 94u
#define IMAGE_MACHINE_RISCV  243u

/* A checked file: every header and name in it lies inside the view, which must outlive it. */
struct image_elf {
	struct image_view view;
	uint16_t machine;
	uint32_t entry;
	uint32_t flags;
	uint32_t section_table, program_table; /* offsets in the view */
	uint16_t section_count, program_count;
	uint32_t names, names_size; /* the section names' table */
	bool from_sections;         /* whether pieces are sections or program headers */
};

/* A run of bytes with an address. */
struct image_piece {
	uint32_t address;
	uint32_t offset; /* in the view */
	uint32_t length;
	bool write, execute;
	const char *name; /* of the section, "" for a program header; inside the view, terminated */
};

/*
 * Check a file: header, machine, every program header, section and name inside the view, no
 * loadable contents past its end or past the end of the address space.  Cost: linear in headers.
 */
bool image_elf_read(const struct image_view *view, struct image_elf *out,
		    struct image_report *report);

/*
 * The next piece; zero `*cursor` to begin.  False when there are no more.  Pieces come in the
 * file's order and have at least one byte.
 */
bool image_elf_next(const struct image_elf *elf, unsigned *cursor, struct image_piece *out);

/*
 * The chips an ELF can be for: bit i of the result for quire_chip_at(i).  0 if there is none.
 * A chip is ruled out by the machine, or by a piece outside its windows and its internal memory.
 * Where the entry is in internal memory of some that are left, as with every ESP-IDF program, those
 * are the ones.
 */
uint32_t image_elf_chips(const struct image_elf *elf);

/*
 * The one chip an ELF can be for; NULL, and a sentence that names the candidates, if there are
 * several or none.  If `wanted` is not NULL it is checked instead.
 */
const struct quire_chip *image_elf_chip(const struct image_elf *elf,
					const struct quire_chip *wanted,
					struct image_report *report);

/* The application's description, wherever in the pieces it stands; present is false if nowhere. */
void image_elf_description(const struct image_elf *elf, struct image_description *out);

#endif
