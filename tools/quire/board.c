/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boards.  A plain board is the smallest port there is: an entry is a word in an array, and
 * nothing caches it, so there is nothing to flush.
 */
#include "board.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>

struct board_plain {
	struct quire_chip_layout layout;
	struct quire_space space;
	struct quire_walker walker[QUIRE_CHIP_WALKERS_MAX];
	quire_entry *table[QUIRE_CHIP_WALKERS_MAX];
	void *memory;
};

/* The root of a plain walker is not used: its context is the table. */
static quire_entry plain_read(void *ctx, quire_pa table, unsigned index)
{
	(void)table;
	return ((const quire_entry *)ctx)[index];
}

static void plain_write(void *ctx, quire_pa table, unsigned index, quire_entry first,
			unsigned count, quire_entry step)
{
	(void)table;
	for (unsigned i = 0; i < count; i++)
		((quire_entry *)ctx)[index + i] = first + i * step;
}

static void plain_flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	(void)ctx;
	(void)walk;
	(void)size;
	(void)what;
}

static const struct quire_port plain_port = {
	.read = plain_read, .write = plain_write, .flush = plain_flush};

/* An empty table for the walker. */
static bool plain_table(struct board_plain *p, unsigned w)
{
	const struct quire_mmu *mmu = &p->layout.mmu[w];
	size_t entries = (size_t)1 << mmu->level[0].bits;

	p->table[w] = malloc(entries * sizeof *p->table[w]);
	if (!p->table[w])
		return false;
	for (size_t i = 0; i < entries; i++)
		p->table[w][i] = mmu->invalid;
	p->walker[w] = (struct quire_walker){
		.mmu = mmu, .port = &plain_port, .port_ctx = p->table[w], .root = 0};
	return true;
}

/* Extents that can never run short: one a page, in all windows. */
static uint32_t pages_of(const struct board_plain *p)
{
	uint64_t pages = 0;

	for (unsigned w = 0; w < p->layout.window_count; w++)
		pages += p->layout.window[w].size /
			 quire_mmu_page_size(&p->layout.mmu[p->layout.window[w].walker]);
	return (uint32_t)pages + 1;
}

static int plain_space(struct board_plain *p, struct sentence *why)
{
	struct quire_space_config config = {
		.windows = p->layout.window,
		.memories = p->layout.memory,
		.walkers = p->walker,
		.window_count = p->layout.window_count,
		.memory_count = 2,
		.walker_count = p->layout.walker_count,
	};
	int result;

	config.memory_size = quire_space_memory_size(&config, pages_of(p));
	p->memory = aligned_alloc(64, (config.memory_size + 63) / 64 * 64);
	if (!p->memory)
		return sentence_memory(why);
	config.memory = p->memory;
	result = quire_space_init(&p->space, &config);
	if (result < 0)
		return sentence_set(why, CLI_BAD, "no such board: %s", quire_error_text(result));
	return CLI_OK;
}

static void plain_free(struct board_plain *p)
{
	if (!p)
		return;
	for (unsigned w = 0; w < QUIRE_CHIP_WALKERS_MAX; w++)
		free(p->table[w]);
	free(p->memory);
	free(p);
}

/* Whether the chip has this page size and can address this much. */
static int check_parts(const struct board_parts *parts, struct quire_chip_layout *layout,
		       struct sentence *why)
{
	const struct quire_chip *chip = parts->chip;

	if (quire_chip_layout(chip, parts->page_size, layout) < 0)
		return sentence_set(why, CLI_BAD, "%s has no pages of %s", chip->title,
				    number_exact(parts->page_size).text);
	if (parts->flash_size > layout->memory[QUIRE_FLASH0].size)
		return sentence_set(
			why, CLI_BAD,
			"%s of flash are more than the %s that %s can map with this page size",
			number_exact(parts->flash_size).text,
			number_exact(layout->memory[QUIRE_FLASH0].size).text, chip->title);
	if (parts->psram_size > 0 && !chip->psram)
		return sentence_set(why, CLI_BAD, "%s has no PSRAM", chip->title);
	if (parts->psram_size > layout->memory[QUIRE_PSRAM0].size)
		return sentence_set(
			why, CLI_BAD, "%s of PSRAM are more than the %s that %s can map",
			number_exact(parts->psram_size).text,
			number_exact(layout->memory[QUIRE_PSRAM0].size).text, chip->title);
	return CLI_OK;
}

int board_open_plain(struct board *b, const struct board_parts *parts, struct sentence *why)
{
	struct board_plain *p = calloc(1, sizeof *p);
	int status;

	memset(b, 0, sizeof *b);
	if (!p)
		return sentence_memory(why);
	status = check_parts(parts, &p->layout, why);
	if (status == CLI_OK) {
		p->layout.memory[QUIRE_FLASH0].size = parts->flash_size;
		p->layout.memory[QUIRE_PSRAM0].size = parts->psram_size;
	}
	for (unsigned w = 0; status == CLI_OK && w < p->layout.walker_count; w++)
		if (!plain_table(p, w))
			status = sentence_memory(why);
	if (status == CLI_OK)
		status = plain_space(p, why);
	if (status != CLI_OK) {
		plain_free(p);
		return status;
	}
	b->chip = parts->chip;
	b->plain = p;
	b->layout = &p->layout;
	b->space = &p->space;
	return CLI_OK;
}

int board_open_live(struct board *b, const struct board_parts *parts, struct sentence *why)
{
	struct quire_chip_layout layout;
	struct quire_linux_options options = {
		.page_size = parts->page_size,
		.flash_path = parts->flash_path,
		.flash_file = QUIRE_LINUX_FILE_COPY,
		.flash_size = parts->flash_size,
		.psram_size = parts->psram_size,
	};
	char sentence[QUIRE_LINUX_TEXT];
	int status;

	memset(b, 0, sizeof *b);
	status = check_parts(parts, &layout, why);
	if (status != CLI_OK)
		return status;
	if (quire_linux_open(&b->machine, parts->chip, &options, sentence) < 0)
		return sentence_set(why, CLI_BAD, "%s", sentence);
	b->chip = parts->chip;
	b->layout = quire_linux_layout(b->machine);
	b->space = quire_linux_space(b->machine);
	return CLI_OK;
}

void board_close(struct board *b)
{
	quire_linux_close(b->machine);
	plain_free(b->plain);
	free(b->name);
	memset(b, 0, sizeof *b);
}

uint16_t board_name(struct board *b, const char *name)
{
	char(*more)[BOARD_NAME];

	for (unsigned i = 0; i < b->names; i++)
		if (strncmp(b->name[i], name, BOARD_NAME - 1) == 0)
			return (uint16_t)(i + 1);
	if (b->names == UINT16_MAX)
		return 0;
	more = realloc(b->name, (b->names + 1) * sizeof *more);
	if (!more)
		return 0;
	b->name = more;
	snprintf(more[b->names], BOARD_NAME, "%s", name);
	name_clean(more[b->names]);
	return (uint16_t)++b->names;
}

const char *board_name_of(const struct board *b, unsigned tag)
{
	return tag >= 1 && tag <= b->names ? b->name[tag - 1] : "";
}

uint32_t board_page_size(const struct board *b, unsigned window)
{
	return (uint32_t)quire_mmu_page_size(&b->layout->mmu[b->layout->window[window].walker]);
}

int board_window_at(const struct board *b, quire_va va)
{
	for (unsigned i = 0; i < b->layout->window_count; i++) {
		const struct quire_window *w = &b->layout->window[i];

		if (va - w->base < w->size || va - w->exec_base < w->size)
			return (int)i;
	}
	return -1;
}

uint8_t board_caps_for(unsigned attr)
{
	return attr & QUIRE_EXEC ? 0 : QUIRE_CAP_8BIT;
}

int board_target(const char *name)
{
	if (strcmp(name, "flash") == 0 || strcmp(name, "flash0") == 0)
		return QUIRE_FLASH0;
	if (strcmp(name, "psram") == 0 || strcmp(name, "psram0") == 0)
		return QUIRE_PSRAM0;
	return -1;
}
