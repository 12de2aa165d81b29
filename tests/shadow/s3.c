/* SPDX-License-Identifier: Apache-2.0 */
#include "shadow/s3.h"

struct quire_linux *machine;
struct quire_shadow_table table;
struct quire_shadow shadow[SPACES];
struct quire_space space[SPACES];
static quire_entry shadows[SPACES][1024];
static struct quire_walker walker[SPACES];
static uint64_t memory[SPACES][2048];

void s3_start(const struct quire_linux_options *options)
{
	const struct quire_chip_layout *layout;
	struct quire_space *whole;

	machine = open_chip("esp32s3", options);
	layout = quire_linux_layout(machine);
	whole = quire_linux_space(machine);
	assert_int_equal(quire_shadow_table_init(&table, whole->walker->mmu, whole->walker->port,
						 whole->walker->port_ctx, 0, &whole->lock),
			 QUIRE_OK);
	for (unsigned s = 0; s < SPACES; s++) {
		const struct quire_space_config config = {.windows = layout->window,
							  .memories = layout->memory,
							  .walkers = &walker[s],
							  .window_count = layout->window_count,
							  .memory_count = 2,
							  .walker_count = 1,
							  .lock = whole->lock,
							  .memory = memory[s],
							  .memory_size = sizeof(memory[s])};

		assert_int_equal(quire_shadow_init(&shadow[s], &table, shadows[s]), QUIRE_OK);
		walker[s] = (struct quire_walker){
			.mmu = table.mmu, .port = &quire_shadow_port, .port_ctx = &shadow[s]};
		assert_int_equal(quire_space_init(&space[s], &config), QUIRE_OK);
	}
	fill(machine, QUIRE_PSRAM0, 1);
}
