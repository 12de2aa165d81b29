/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The family in its order, lookups, and the step from a record to what a space is made of.
 *
 * The same entries are there at every page size.  What changes is how much each of them covers, so
 * windows, and the memory that entries can name, grow and shrink with the page.
 */
#include "family.h"

#include "quire/error.h"

static const struct quire_chip *const family[] = {
	&quire_chip_esp32,    &quire_chip_esp32s2,  &quire_chip_esp32s3, &quire_chip_esp32c2,
	&quire_chip_esp32c3,  &quire_chip_esp32c5,  &quire_chip_esp32c6, &quire_chip_esp32c61,
	&quire_chip_esp32h2,  &quire_chip_esp32h21, &quire_chip_esp32h4, &quire_chip_esp32p4,
	&quire_chip_esp32s31,
};

#define FAMILY_SIZE (sizeof(family) / sizeof(family[0]))

unsigned quire_chip_count(void)
{
	return FAMILY_SIZE;
}

const struct quire_chip *quire_chip_at(unsigned index)
{
	return index < FAMILY_SIZE ? family[index] : NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

const struct quire_chip *quire_chip_by_name(const char *name)
{
	for (unsigned i = 0; name && i < FAMILY_SIZE; i++) {
		if (same_word(name, family[i]->name) || same_word(name, family[i]->title))
			return family[i];
	}
	return NULL;
}

const struct quire_chip *quire_chip_by_image_id(unsigned id)
{
	for (unsigned i = 0; i < FAMILY_SIZE; i++) {
		if (family[i]->image_id == id)
			return family[i];
	}
	return NULL;
}

/* log2 of a page size that this MMU has, 0 meaning its default; 0 if it has no such size. */
static unsigned page_shift(const struct quire_chip_mmu *mmu, uint32_t page_size)
{
	if (page_size == 0)
		return mmu->page_shift[0];
	for (unsigned i = 0; i < QUIRE_CHIP_PAGE_SIZES_MAX && mmu->page_shift[i]; i++) {
		if (page_size == (uint32_t)1 << mmu->page_shift[i])
			return mmu->page_shift[i];
	}
	return 0;
}

/* The fewest bits that can count to n - 1. */
static unsigned bits_for(uint32_t n)
{
	unsigned bits = 0;

	while (((uint32_t)1 << bits) < n)
		bits++;
	return bits;
}

/*
 * A cache of virtual addresses stands between the CPU and the entries: what it holds of an address
 * must be forgotten after every change, even if nothing was mapped there before, and what it holds
 * dirty written back before.
 */
static void describe_mmu(const struct quire_chip *chip, unsigned number, unsigned shift,
			 struct quire_mmu *out)
{
	const struct quire_chip_mmu *mmu = &chip->mmu[number];

	*out = (struct quire_mmu){
		.name = mmu->name,
		.format = &quire_chip_format,
		.detail = &mmu->entry,
		.level = {{(uint8_t)shift, (uint8_t)bits_for(mmu->entries), true, 0}},
		.levels = 1,
		.flags = (uint8_t)(QUIRE_MMU_FLUSH_ON_MAP |
				   (chip->cache_writeback ? QUIRE_MMU_WRITE_BACK_FIRST : 0)),
		.pa_bits = (uint8_t)(shift + bits_for(mmu->entry.value)),
		.invalid = mmu->entry.invalid,
	};
}

static void describe_window(const struct quire_chip_window *window, unsigned shift,
			    struct quire_window *out)
{
	*out = (struct quire_window){
		.name = window->name,
		.base = window->base,
		.exec_base = window->exec_base,
		.walk = (quire_va)window->first << shift,
		.size = (quire_size)window->entries << shift,
		.caps = window->caps,
		.targets = window->targets,
		.walker = window->mmu,
	};
}

/* The largest memory of a kind that this MMU can show: as many pages as at the default size. */
static quire_size memory_size(const struct quire_chip_mmu *mmu, unsigned shift, uint32_t max)
{
	return (quire_size)(max >> mmu->page_shift[0]) << shift;
}

static void describe_memories(const struct quire_chip *chip, const unsigned *shift,
			      struct quire_memory *out)
{
	out[QUIRE_FLASH0] = (struct quire_memory){.name = "flash0", .caps = CAPS_CODE_RODATA};
	out[QUIRE_PSRAM0] = (struct quire_memory){.name = "psram0", .caps = CAPS_ALL};
	for (unsigned m = 0; m < chip->mmu_count; m++) {
		const struct quire_chip_mmu *mmu = &chip->mmu[m];

		if (mmu->entry.targets & FLASH)
			out[QUIRE_FLASH0].size = memory_size(mmu, shift[m], chip->flash_max);
		if (mmu->entry.targets & PSRAM)
			out[QUIRE_PSRAM0].size = memory_size(mmu, shift[m], chip->psram_max);
	}
}

int quire_chip_layout_each(const struct quire_chip *chip, const uint32_t *page_size,
			   struct quire_chip_layout *out)
{
	unsigned shift[QUIRE_CHIP_WALKERS_MAX];

	if (!chip || !page_size || !out)
		return QUIRE_ENULL;
	for (unsigned m = 0; m < chip->mmu_count; m++) {
		shift[m] = page_shift(&chip->mmu[m], page_size[m]);
		if (shift[m] == 0)
			return QUIRE_EALIGN;
	}
	*out = (struct quire_chip_layout){.window_count = chip->window_count,
					  .walker_count = chip->mmu_count};
	for (unsigned m = 0; m < chip->mmu_count; m++)
		describe_mmu(chip, m, shift[m], &out->mmu[m]);
	for (unsigned w = 0; w < chip->window_count; w++)
		describe_window(&chip->window[w], shift[chip->window[w].mmu], &out->window[w]);
	describe_memories(chip, shift, out->memory);
	return QUIRE_OK;
}

int quire_chip_layout(const struct quire_chip *chip, uint32_t page_size,
		      struct quire_chip_layout *out)
{
	uint32_t sizes[QUIRE_CHIP_WALKERS_MAX] = {page_size};

	if (!chip)
		return QUIRE_ENULL;
	for (unsigned m = 1; m < chip->mmu_count; m++) {
		if (page_shift(&chip->mmu[m], page_size))
			sizes[m] = page_size;
	}
	return quire_chip_layout_each(chip, sizes, out);
}

unsigned quire_chip_entry_number(const struct quire_chip_mmu *mmu, unsigned index)
{
	if (mmu->block_entries == 0)
		return index;
	return mmu->block[index / mmu->block_entries] * mmu->block_entries +
	       index % mmu->block_entries;
}
