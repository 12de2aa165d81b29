/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partition table: rows of 32 bytes at 0x8000, and behind them a row with their MD5.
 *
 *     aa 50 | type | subtype | offset | size | label (16) | flags       little-endian
 *     eb eb | ff .. (14)     | MD5 of the rows above (16)
 *     ff ff ..                                                          the rest
 *
 * It is judged whole before anything of it is believed: that there is one, that it agrees with its
 * MD5, and that it names no flash that there is not.
 */
#include "partition_table.h"

#include "crypto.h"
#include "esp_flash.h"
#include "esp_log.h"

#include <stdio.h>
#include <string.h>

#define TABLE_OFFSET 0x8000u
#define TABLE_SIZE   0xc00u
#define ROW          32u
#define ROW_MAGIC    0x50aau
#define MD5_MAGIC    0xebebu
#define SECTOR       4096u
#define WHY          160u

enum { FLAG_ENCRYPTED = 1, FLAG_READONLY = 2 };

static const char TAG[] = "partition";

static struct quire_esp_partition *listed;
static struct quire_esp_partition *forgotten;
static bool loaded;
static esp_err_t told; /* what has been logged */

/* -- the list -- */

struct quire_esp_partition *quire_esp_partitions(void)
{
	return listed;
}

static bool same(const esp_partition_t *a, const esp_partition_t *b)
{
	return a->flash_chip == b->flash_chip && a->type == b->type && a->subtype == b->subtype &&
	       a->address == b->address && a->size == b->size && a->encrypted == b->encrypted &&
	       a->readonly == b->readonly && strcmp(a->label, b->label) == 0;
}

static struct quire_esp_partition *take_from(struct quire_esp_partition **link)
{
	struct quire_esp_partition *partition = *link;

	*link = partition->next;
	partition->next = NULL;
	return partition;
}

/* A record that said the same before, or a new one. */
static struct quire_esp_partition *record(struct quire_esp *m, const esp_partition_t *info)
{
	struct quire_esp_partition *partition;

	for (struct quire_esp_partition **link = &forgotten; *link != NULL; link = &(*link)->next)
		if (same(&(*link)->info, info))
			return take_from(link);
	partition = quire_esp_allocate(m, sizeof(*partition));
	if (partition == NULL)
		return NULL;
	memset(partition, 0, sizeof(*partition));
	partition->info = *info;
	return partition;
}

struct quire_esp_partition *quire_esp_partition_add(struct quire_esp *m,
						    const esp_partition_t *info, bool added)
{
	struct quire_esp_partition *partition = record(m, info);
	struct quire_esp_partition **end = &listed;

	if (partition == NULL)
		return NULL;
	while (*end != NULL)
		end = &(*end)->next;
	partition->added = added;
	*end = partition;
	return partition;
}

void quire_esp_partition_forget(struct quire_esp_partition *partition)
{
	struct quire_esp_partition **link = &listed;

	while (*link != partition)
		link = &(*link)->next;
	take_from(link);
	partition->next = forgotten;
	forgotten = partition;
}

void quire_esp_partitions_forget(void)
{
	while (listed != NULL)
		quire_esp_partition_forget(listed);
	loaded = false;
	told = ESP_OK;
}

void quire_esp_partition_stop(struct quire_esp *m)
{
	quire_esp_partitions_forget();
	while (forgotten != NULL)
		quire_esp_release(m, take_from(&forgotten));
}

/* -- rows -- */

static unsigned half(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

static uint32_t word(const uint8_t *bytes)
{
	return half(bytes) | (uint32_t)half(bytes + 2) << 16;
}

bool quire_esp_partition_encrypted(const struct quire_esp *m, unsigned type, unsigned subtype,
				   bool flag)
{
	if (m->board->encrypt == NULL)
		return false;
	if (type == ESP_PARTITION_TYPE_DATA)
		return flag || subtype == ESP_PARTITION_SUBTYPE_DATA_OTA ||
		       subtype == ESP_PARTITION_SUBTYPE_DATA_NVS_KEYS;
	return flag || type == ESP_PARTITION_TYPE_APP || type == ESP_PARTITION_TYPE_BOOTLOADER ||
	       type == ESP_PARTITION_TYPE_PARTITION_TABLE;
}

/* A row as the application sees it. */
static esp_partition_t info_of(const struct quire_esp *m, const uint8_t *row)
{
	uint32_t flags = word(row + 28);
	esp_partition_t info = {
		.flash_chip = esp_flash_default_chip,
		.type = (esp_partition_type_t)row[2],
		.subtype = (esp_partition_subtype_t)row[3],
		.address = word(row + 4),
		.size = word(row + 8),
		.erase_size = SECTOR,
		.encrypted =
			quire_esp_partition_encrypted(m, row[2], row[3], flags & FLAG_ENCRYPTED),
		.readonly = flags & FLAG_READONLY,
	};

	memcpy(info.label, row + 12, 16);
	return info;
}

/* -- judging -- */

static unsigned count_rows(const uint8_t *table)
{
	unsigned rows = 0;

	while (rows < TABLE_SIZE / ROW && half(table + rows * ROW) == ROW_MAGIC)
		rows++;
	return rows;
}

/* Whether what stands behind the rows is their MD5. */
static esp_err_t judge_md5(const uint8_t *table, unsigned rows, char why[WHY])
{
	const uint8_t *behind = table + rows * ROW;
	uint8_t md5[QUIRE_ESP_MD5];

	if (rows == TABLE_SIZE / ROW) {
		snprintf(why, WHY,
			 "the partition table at 0x%x is full of %u rows: expected is an MD5 "
			 "behind at most %u",
			 TABLE_OFFSET, rows, rows - 1);
		return ESP_ERR_NOT_FOUND;
	}
	if (half(behind) != MD5_MAGIC) {
		snprintf(why, WHY,
			 "the partition table at 0x%x has %u rows and no MD5 behind them: "
			 "found is 0x%04x, expected 0x%04x",
			 TABLE_OFFSET, rows, half(behind), rows == 0 ? ROW_MAGIC : MD5_MAGIC);
		return ESP_ERR_NOT_FOUND;
	}
	quire_esp_md5(table, rows * ROW, md5);
	if (memcmp(md5, behind + 16, sizeof(md5)) == 0)
		return ESP_OK;
	snprintf(why, WHY,
		 "the partition table at 0x%x is damaged: the MD5 of its %u rows begins with "
		 "%02x%02x%02x%02x, expected is %02x%02x%02x%02x",
		 TABLE_OFFSET, rows, md5[0], md5[1], md5[2], md5[3], behind[16], behind[17],
		 behind[18], behind[19]);
	return ESP_ERR_INVALID_STATE;
}

/* Whether all rows are inside the flash. */
static esp_err_t judge_bounds(const struct quire_esp *m, const uint8_t *table, unsigned rows,
			      char why[WHY])
{
	uint64_t end = m->layout->memory[QUIRE_FLASH0].size;

	for (unsigned i = 0; i < rows; i++) {
		esp_partition_t info = info_of(m, table + i * ROW);

		if ((uint64_t)info.address + info.size > end) {
			snprintf(why, WHY,
				 "row %u of the partition table, \"%s\", ends at 0x%llx, and the "
				 "flash at 0x%llx",
				 i, info.label, (unsigned long long)info.address + info.size,
				 (unsigned long long)end);
			return ESP_ERR_INVALID_SIZE;
		}
	}
	return ESP_OK;
}

static esp_err_t judge(const struct quire_esp *m, const uint8_t *table, char why[WHY])
{
	unsigned rows = count_rows(table);
	esp_err_t err = judge_md5(table, rows, why);

	return err == ESP_OK ? judge_bounds(m, table, rows, why) : err;
}

/* -- loading -- */

/* The table in plain. */
static esp_err_t read_table(const struct quire_esp *m, uint8_t *table, char why[WHY])
{
	int result = m->board->flash_read(m->board_ctx, TABLE_OFFSET, table, TABLE_SIZE);

	if (result < 0) {
		snprintf(why, WHY, "the partition table at 0x%x cannot be read: %s", TABLE_OFFSET,
			 quire_error_text(result));
		return ESP_ERR_FLASH_OP_FAIL;
	}
	if (m->board->decrypt)
		m->board->decrypt(m->board_ctx, TABLE_OFFSET, table, TABLE_SIZE);
	return ESP_OK;
}

/* All rows become partitions, or none; with the machine locked. */
static esp_err_t list_rows(struct quire_esp *m, const uint8_t *table, char why[WHY])
{
	unsigned rows = count_rows(table);

	for (unsigned i = 0; i < rows && !loaded; i++) {
		esp_partition_t info = info_of(m, table + i * ROW);

		if (quire_esp_partition_add(m, &info, false) == NULL) {
			quire_esp_partitions_forget();
			snprintf(why, WHY, "no memory for the %u rows of the partition table",
				 rows);
			return ESP_ERR_NO_MEM;
		}
	}
	loaded = true;
	return ESP_OK;
}

/* Read, judge and list. */
static esp_err_t load(struct quire_esp *m, uint8_t *table)
{
	char why[WHY] = "";
	esp_err_t err = read_table(m, table, why);
	bool news;

	if (err == ESP_OK)
		err = judge(m, table, why);
	quire_esp_lock(m);
	if (err == ESP_OK)
		err = list_rows(m, table, why);
	news = err != ESP_OK && err != told;
	told = err;
	quire_esp_unlock(m);
	if (news)
		ESP_LOGE(TAG, "%s", why);
	return err;
}

esp_err_t quire_esp_partitions_load(struct quire_esp *m)
{
	uint8_t *table;
	esp_err_t err;
	bool done;

	quire_esp_lock(m);
	done = loaded;
	quire_esp_unlock(m);
	if (done)
		return ESP_OK;
	table = quire_esp_allocate(m, TABLE_SIZE);
	if (table == NULL)
		return ESP_ERR_NO_MEM;
	err = load(m, table);
	quire_esp_release(m, table);
	return err;
}
