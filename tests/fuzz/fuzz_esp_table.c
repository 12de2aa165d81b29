/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the partition table that an ESP-IDF application finds in its flash.  Whatever is
 * listed must lie inside the flash and have a label that ends, and its first and last byte must be
 * readable.
 *
 * Each input is tried as it is, and with the MD5 of its rows put right, since few would come past
 * that by chance.  Records live as long as the machine, so it is made anew now and then.
 */
#include <string.h>

#include "crypto.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "must.h"
#include "quire_esp.h"

#define TABLE  0x8000u
#define BYTES  0xc00u
#define ROW    32u
#define FLASH  (1u << 20)
#define INPUTS 64u /* that one machine sees */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A machine with blank flash that has seen fewer inputs than it may. */
static void have_machine(void)
{
	static unsigned inputs;
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	if (inputs++ % INPUTS != 0)
		return;
	if (quire_esp_linux() != NULL)
		MUST(quire_esp_stop(why));
	quire_esp_defaults(&options, "esp32c3");
	options.flash_blank = true;
	options.flash_size = FLASH;
	options.cache = QUIRE_LINUX_CACHE_NONE;
	MUST(quire_esp_start(&options, why));
	esp_log_level_set("*", ESP_LOG_NONE);
}

/* Put the MD5 of the rows behind them, if they leave room for one. */
static void put_md5(uint8_t table[BYTES])
{
	static const uint8_t head[16] = {0xeb, 0xeb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	size_t end = 0;

	while (end < BYTES && table[end] == 0xaa && table[end + 1] == 0x50)
		end += ROW;
	if (end == BYTES)
		return;
	memcpy(table + end, head, sizeof(head));
	quire_esp_md5(table, end, table + end + sizeof(head));
}

static void check(const esp_partition_t *partition)
{
	char byte;

	MUST(memchr(partition->label, '\0', sizeof(partition->label)) != NULL);
	MUST(partition->address <= FLASH && partition->size <= FLASH - partition->address);
	/* There may be a row just like it; and one whose type is that of a wildcard is not found. */
	MUST(esp_partition_verify(partition) != NULL || partition->type == ESP_PARTITION_TYPE_ANY);
	if (partition->size == 0)
		return;
	MUST(esp_partition_read(partition, 0, &byte, 1) == ESP_OK);
	MUST(esp_partition_read(partition, partition->size - 1, &byte, 1) == ESP_OK);
}

static void try(const uint8_t table[BYTES])
{
	esp_partition_iterator_t at;

	MUST(quire_linux_write(quire_esp_linux(), QUIRE_FLASH0, TABLE, table, BYTES) == QUIRE_OK);
	esp_partition_unload_all();
	at = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
	while (at != NULL) {
		check(esp_partition_get(at));
		at = esp_partition_next(at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t table[BYTES];

	have_machine();
	memset(table, 0xff, sizeof(table));
	if (size != 0)
		memcpy(table, data, size < BYTES ? size : BYTES);
	try(table);
	put_md5(table);
	try(table);
	return 0;
}
