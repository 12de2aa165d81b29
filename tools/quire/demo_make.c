/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 16 MiB flash as a product would have it: loader, partition table, one application, and 12 MiB
 * of assets.  The programs in it are patterns, but every header, checksum and digest is true.
 */
#include "demo.h"

#include <stdlib.h>
#include <string.h>

static const char table_text[] = "# name,  type, subtype, offset,   size\n"
				 "nvs,      data, nvs,     0x9000,   0x6000\n"
				 "phy_init, data, phy,     0xf000,   0x1000\n"
				 "factory,  app,  factory, 0x10000,  0x2f0000\n"
				 "logs,     data, spiffs,  0x300000, 0x100000\n"
				 "assets,   data, spiffs,  0x400000, 0xc00000\n";

/* The parts, in the order in which they are freed. */
struct parts {
	struct image_buffer loader, table, app, assets;
	struct image_table rows;
};

static bool make_programs(struct parts *p, struct image_report *report)
{
	const struct image_build_options build = {.chip = quire_chip_by_name("esp32s3"),
						  .spi_mode = 2,
						  .spi_speed = 15,
						  .flash_size = DEMO_FLASH};
	const struct image_synthetic loader = {.ram_size = 20 << 10, .seed = 1, .loader = true};
	const struct image_synthetic app = {.code_size = DEMO_CODE_SIZE,
					    .rodata_size = DEMO_RODATA_SIZE,
					    .ram_size = DEMO_RAM_SIZE,
					    .seed = 2,
					    .project = "demo",
					    .version = "1.0"};

	return image_build_synthetic(&loader, &build, &p->loader, report) &&
	       image_build_synthetic(&app, &build, &p->app, report);
}

static bool make_table(struct parts *p, struct image_report *report)
{
	const struct image_table_options options = {.flash_size = DEMO_FLASH};

	return image_table_from_csv(table_text, sizeof table_text - 1, &options, &p->rows,
				    report) &&
	       image_build_table(&p->rows, &options, &p->table, report);
}

int demo_make(struct image_buffer *flash, struct sentence *why)
{
	struct parts *p = calloc(1, sizeof *p);
	struct image_report report = {.warnings = 0};
	bool good = p != NULL;

	if (good)
		p->assets.bytes = malloc(DEMO_ASSETS_SIZE);
	if (!good || !p->assets.bytes) {
		free(p);
		return sentence_memory(why);
	}
	image_pattern(DEMO_SEED, 0, p->assets.bytes, DEMO_ASSETS_SIZE);
	good = make_programs(p, &report) && make_table(p, &report);
	if (good) {
		const struct image_part part[] = {
			{"loader", 0, p->loader.bytes, p->loader.size},
			{"partition table", DEMO_TABLE, p->table.bytes, p->table.size},
			{"factory", DEMO_APP, p->app.bytes, p->app.size},
			{"assets", DEMO_ASSETS, p->assets.bytes, DEMO_ASSETS_SIZE},
		};

		good = image_build_flash(part, 4, DEMO_FLASH, flash, &report);
	}
	image_buffer_free(&p->loader);
	image_buffer_free(&p->table);
	image_buffer_free(&p->app);
	free(p->assets.bytes);
	free(p);
	return good ? CLI_OK
		    : sentence_set(why, CLI_SYSTEM, "the flash image could not be made: %s",
				   report.error.text);
}
