/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that runs, with its entries in a plain array.
 *
 * On Linux an entry is an mmap() call, and a call of the kernel costs more than all that is to be
 * measured.  A space of the same windows and memories over an array is put under ESP-IDF's calls
 * instead, for as long as something is measured.
 */
#include <stdlib.h>

#include "esp.h"
#include "machine.h"

#define MAPPINGS 1024u

static struct {
	struct quire_space space, *board_space;
	struct quire_keep board_keep;
	struct quire_walker walker[QUIRE_CHIP_WALKERS_MAX];
	quire_entry entry[QUIRE_CHIP_WALKERS_MAX][1024];
	void *book, *slots;
} table;

static quire_entry read_entry(void *ctx, quire_pa root, unsigned index)
{
	(void)root;
	return ((volatile quire_entry *)ctx)[index];
}

static void write_entries(void *ctx, quire_pa root, unsigned index, quire_entry first,
			  unsigned count, quire_entry step)
{
	volatile quire_entry *entry = (volatile quire_entry *)ctx + index;

	(void)root;
	for (; count > 0; count--, first += step)
		*entry++ = first;
}

static void flush(void *ctx, quire_va walk, quire_size size, unsigned what)
{
	(void)ctx;
	(void)walk;
	(void)size;
	(void)what;
}

static const struct quire_port port = {.read = read_entry, .write = write_entries, .flush = flush};

static void make_walkers(const struct quire_chip_layout *layout)
{
	for (unsigned i = 0; i < layout->walker_count; i++) {
		table.walker[i] = (struct quire_walker){
			.mmu = &layout->mmu[i], .port = &port, .port_ctx = table.entry[i]};
		for (unsigned n = 0; n < 1024; n++)
			table.entry[i][n] = layout->mmu[i].invalid;
	}
}

/* The space takes the lock of the board's, so that calls cost what they cost. */
static bool make_space(const struct quire_esp *m)
{
	struct quire_space_config config = {.windows = m->layout->window,
					    .memories = m->layout->memory,
					    .walkers = table.walker,
					    .window_count = m->layout->window_count,
					    .memory_count = m->space->memory_count,
					    .walker_count = m->layout->walker_count,
					    .lock = m->space->lock};

	config.memory_size = quire_space_memory_size(&config, MAPPINGS);
	table.book = config.memory = malloc((size_t)config.memory_size);
	return config.memory != NULL && quire_space_init(&table.space, &config) == QUIRE_OK;
}

static bool make_keep(struct quire_esp *m, uint32_t slots)
{
	struct quire_keep_config config = {.space = &table.space,
					   .slots = slots,
					   .memory_size = quire_keep_memory_size(slots),
					   .lock = m->keep.lock};

	table.slots = config.memory = malloc((size_t)config.memory_size + 1);
	return config.memory != NULL && quire_keep_init(&m->keep, &config) == QUIRE_OK;
}

bool esp_table_open(uint32_t slots)
{
	struct quire_esp *m = quire_esp_machine();

	table.board_space = m->space;
	table.board_keep = m->keep;
	make_walkers(m->layout);
	if (!make_space(m))
		return false;
	m->space = &table.space;
	return make_keep(m, slots);
}

void esp_table_close(void)
{
	struct quire_esp *m = quire_esp_machine();

	m->space = table.board_space;
	m->keep = table.board_keep;
	free(table.book);
	free(table.slots);
}
