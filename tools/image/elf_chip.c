/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which chip an ELF file is for.
 *
 * The chips' windows are told apart by the MMU descriptions; what is told apart here is their
 * internal memory.  The ranges are rounded outwards to what no other memory of the chip is in, for
 * they are there to rule chips out: an address outside is proof, one inside is none.
 */
#include "image/bytes.h"
#include "image/elf.h"
#include "image/internal_ram.h"

#include <stdio.h>
#include <string.h>

#define RANGES_MAX 4

struct range {
	uint32_t start, end;
};

struct ram {
	const char *chip;
	uint32_t for_programs;
	struct range range[RANGES_MAX];
};

static const struct ram rams[] = {
	{"esp32",
	 0x40080000,
	 {{0x3ff80000, 0x40000000}, {0x40070000, 0x400c2000}, {0x50000000, 0x50002000}}},
	{"esp32s2",
	 0x40028000,
	 {{0x3ff9e000, 0x40000000}, {0x40020000, 0x40072000}, {0x50000000, 0x50002000}}},
	{"esp32s3",
	 0x40378000,
	 {{0x3fc80000, 0x3fd00000},
	  {0x40370000, 0x403e0000},
	  {0x50000000, 0x50002000},
	  {0x600fe000, 0x60100000}}},
	{"esp32c2", 0x40380000, {{0x3fca0000, 0x3fce0000}, {0x4037c000, 0x403c0000}}},
	{"esp32c3",
	 0x40380000,
	 {{0x3fc80000, 0x3fce0000}, {0x4037c000, 0x403e0000}, {0x50000000, 0x50002000}}},
	{"esp32c5", 0x40800000, {{0x40800000, 0x40860000}, {0x50000000, 0x50004000}}},
	{"esp32c6", 0x40800000, {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}}},
	{"esp32c61", 0x40800000, {{0x40800000, 0x40850000}}},
	{"esp32h2", 0x40800000, {{0x40800000, 0x40850000}, {0x50000000, 0x50001000}}},
	{"esp32h21", 0x40800000, {{0x40800000, 0x40850000}, {0x50000000, 0x50001000}}},
	{"esp32h4", 0x40800000, {{0x40800000, 0x40880000}, {0x50000000, 0x50004000}}},
	{"esp32p4",
	 0x4ff20000,
	 {{0x30100000, 0x30102000}, {0x4ff00000, 0x4ffc0000}, {0x50108000, 0x50110000}}},
	{"esp32s31", 0x2f000000, {{0x2e000000, 0x30000000}}},
};

static const struct ram *ram_of(const struct quire_chip *chip)
{
	for (size_t i = 0; i < sizeof rams / sizeof rams[0]; i++)
		if (strcmp(rams[i].chip, chip->name) == 0)
			return &rams[i];
	return NULL;
}

bool image_ram_has(const struct quire_chip *chip, uint32_t address)
{
	const struct ram *ram = ram_of(chip);

	if (ram == NULL)
		return true;
	for (unsigned i = 0; i < RANGES_MAX; i++)
		if (address >= ram->range[i].start && address < ram->range[i].end)
			return true;
	return false;
}

uint32_t image_ram_for_programs(const struct quire_chip *chip)
{
	const struct ram *ram = ram_of(chip);

	return ram != NULL ? ram->for_programs : 0;
}

static unsigned machine_of(const struct quire_chip *chip)
{
	static const char *const xtensa[] = {"esp32", "esp32s2", "esp32s3"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(chip->name, xtensa[i]) == 0)
			return IMAGE_MACHINE_XTENSA;
	return IMAGE_MACHINE_RISCV;
}

/* Any window will do, PSRAM's too: contents for it are unusual and not impossible. */
static bool in_window(const struct quire_chip_layout *layout, uint32_t address)
{
	for (unsigned i = 0; i < layout->window_count; i++) {
		const struct quire_window *window = &layout->window[i];

		if ((address >= window->base && address - window->base < window->size) ||
		    (address >= window->exec_base && address - window->exec_base < window->size))
			return true;
	}
	return false;
}

/* The first piece that a chip has no place for; false if it has one for all. */
static bool find_misfit(const struct image_elf *elf, const struct quire_chip *chip,
			struct image_piece *misfit)
{
	struct quire_chip_layout layout;
	unsigned cursor = 0;

	if (quire_chip_layout(chip, 0, &layout) < 0)
		return false;
	while (image_elf_next(elf, &cursor, misfit))
		if (!in_window(&layout, misfit->address) && !image_ram_has(chip, misfit->address))
			return true;
	return false;
}

/* Contents that have a place on a chip, by its machine. */
static uint32_t chips_with_places(const struct image_elf *elf)
{
	struct image_piece misfit;
	uint32_t chips = 0;

	for (unsigned i = 0; i < quire_chip_count(); i++) {
		const struct quire_chip *chip = quire_chip_at(i);

		if (machine_of(chip) == elf->machine && !find_misfit(elf, chip, &misfit))
			chips |= 1u << i;
	}
	return chips;
}

uint32_t image_elf_chips(const struct image_elf *elf)
{
	uint32_t chips = chips_with_places(elf), likely = 0;

	for (unsigned i = 0; i < quire_chip_count(); i++)
		if ((chips >> i & 1) && image_ram_has(quire_chip_at(i), elf->entry))
			likely |= 1u << i;
	return likely != 0 ? likely : chips;
}

static const struct quire_chip *check_wanted(const struct image_elf *elf,
					     const struct quire_chip *wanted,
					     struct image_report *report)
{
	struct image_piece misfit;
	char name[33];

	if (machine_of(wanted) != elf->machine) {
		image_fail(report, IMAGE_FAULT_CHIP, elf->view.base + 18,
			   "ELF header: machine %u at offset 0x%llx, expected %u for %s",
			   elf->machine, (unsigned long long)elf->view.base + 18,
			   machine_of(wanted), wanted->name);
		return NULL;
	}
	if (!find_misfit(elf, wanted, &misfit))
		return wanted;
	image_copy_text(name, (const uint8_t *)misfit.name, sizeof name - 1);
	image_fail(report, IMAGE_FAULT_CHIP, elf->view.base + misfit.offset,
		   "section %s: address 0x%08x (contents at offset 0x%llx) is in no window and no "
		   "memory of %s",
		   name[0] ? name : "without a name", misfit.address,
		   (unsigned long long)elf->view.base + misfit.offset, wanted->name);
	return NULL;
}

/* The names of several chips, as in a sentence. */
static void list_chips(uint32_t chips, char *out, size_t room)
{
	size_t used = 0;

	out[0] = 0;
	for (unsigned i = 0; i < quire_chip_count(); i++) {
		int more;

		if (!(chips >> i & 1))
			continue;
		more = snprintf(out + used, room - used, "%s%s", used ? ", " : "",
				quire_chip_at(i)->name);
		if (more < 0 || (size_t)more >= room - used)
			return;
		used += (size_t)more;
	}
}

const struct quire_chip *image_elf_chip(const struct image_elf *elf,
					const struct quire_chip *wanted,
					struct image_report *report)
{
	uint32_t chips = image_elf_chips(elf);
	char names[160];

	if (wanted != NULL)
		return check_wanted(elf, wanted, report);
	for (unsigned i = 0; i < quire_chip_count(); i++)
		if (chips == 1u << i)
			return quire_chip_at(i);
	list_chips(chips, names, sizeof names);
	if (chips == 0)
		image_fail(report, IMAGE_FAULT_CHIP, elf->view.base,
			   "ELF file: no known chip has a place for all of its contents");
	else
		image_fail(report, IMAGE_FAULT_CHIP, elf->view.base,
			   "ELF file: its addresses fit several chips (%s), so the chip must be "
			   "given",
			   names);
	return NULL;
}
