/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partition table of a flash that nobody has written, as the loader and esp_partition.h read
 * it: rows of 32 bytes, then a row with the MD5 of those before it, then erased bytes.
 *
 *   0     2      3      4        8       12        28      32
 *   | aa  | type | sub- | offset | size  | label   | flags |
 *   | 50  |      | type |        |       |         |       |
 */
#include "board.h"
#include "crypto.h"

#include <string.h>

#define KIB QUIRE_ESP_KIB
#define MIB QUIRE_ESP_MIB

enum {
	APP = 0,
	DATA = 1,
	FACTORY = 0,
	OTA_0 = 0x10,
	OTA_1,
	OTADATA = 0,
	PHY = 1,
	NVS = 2,
	FAT = 0x81
};

struct row {
	const char *label;
	uint8_t type;
	uint8_t subtype;
	uint32_t offset;
	uint32_t size; /* 0: up to the end of flash */
};

#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0, 0, 0                                                                   \
	}

/* Applications begin at 64 KiB, and so does storage1, so that any page size can map it alone. */
static const struct row small[] = {
	{"nvs", DATA, NVS, 0x9000, 24 * KIB},
	{"phy_init", DATA, PHY, 0xf000, 4 * KIB},
	{"factory", APP, FACTORY, 0x10000, 448 * KIB},
	{"storage1", DATA, FAT, 0x80000, 0},
	END,
};

static const struct row two_mib[] = {
	{"nvs", DATA, NVS, 0x9000, 24 * KIB},
	{"phy_init", DATA, PHY, 0xf000, 4 * KIB},
	{"factory", APP, FACTORY, 0x10000, 1 * MIB},
	{"storage1", DATA, FAT, 0x110000, 0},
	END,
};

static const struct row large[] = {
	{"nvs", DATA, NVS, 0x9000, 16 * KIB},     {"otadata", DATA, OTADATA, 0xd000, 8 * KIB},
	{"phy_init", DATA, PHY, 0xf000, 4 * KIB}, {"factory", APP, FACTORY, 0x10000, 1 * MIB},
	{"ota_0", APP, OTA_0, 0x110000, 1 * MIB}, {"ota_1", APP, OTA_1, 0x210000, 1 * MIB},
	{"storage1", DATA, FAT, 0x310000, 0},     END,
};

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void put_row(uint8_t *at, const struct row *row, uint32_t flash_size)
{
	memset(at, 0, 32);
	at[0] = 0xaa;
	at[1] = 0x50;
	at[2] = row->type;
	at[3] = row->subtype;
	put32(at + 4, row->offset);
	put32(at + 8, row->size != 0 ? row->size : flash_size - row->offset);
	memcpy(at + 12, row->label, strlen(row->label));
}

void quire_esp_default_table(uint32_t flash_size, uint8_t out[QUIRE_ESP_TABLE_SIZE])
{
	const struct row *row = flash_size < 2 * MIB   ? small
				: flash_size < 4 * MIB ? two_mib
						       : large;
	uint8_t *at = out;

	memset(out, 0xff, QUIRE_ESP_TABLE_SIZE);
	for (; row->label != NULL; row++, at += 32)
		put_row(at, row, flash_size);
	at[0] = 0xeb;
	at[1] = 0xeb;
	quire_esp_md5(out, (size_t)(at - out), at + 16);
}
