/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition types and subtypes: the names that ESP-IDF gives them, and how to find a partition.
 */
#include "image/partition_parts.h"

#include <string.h>

struct name {
	uint8_t type, subtype;
	const char *name;
};

static const char *const type_names[] = {"app", "data", "bootloader", "partition_table"};

static const struct name subtype_names[] = {
	{0, 0x00, "factory"},  {0, 0x10, "ota_0"},  {0, 0x11, "ota_1"},     {0, 0x12, "ota_2"},
	{0, 0x13, "ota_3"},    {0, 0x14, "ota_4"},  {0, 0x15, "ota_5"},     {0, 0x16, "ota_6"},
	{0, 0x17, "ota_7"},    {0, 0x18, "ota_8"},  {0, 0x19, "ota_9"},     {0, 0x1a, "ota_10"},
	{0, 0x1b, "ota_11"},   {0, 0x1c, "ota_12"}, {0, 0x1d, "ota_13"},    {0, 0x1e, "ota_14"},
	{0, 0x1f, "ota_15"},   {0, 0x20, "test"},   {0, 0x30, "tee_0"},     {0, 0x31, "tee_1"},
	{1, 0x00, "ota"},      {1, 0x01, "phy"},    {1, 0x02, "nvs"},       {1, 0x03, "coredump"},
	{1, 0x04, "nvs_keys"}, {1, 0x05, "efuse"},  {1, 0x06, "undefined"}, {1, 0x80, "esphttpd"},
	{1, 0x81, "fat"},      {1, 0x82, "spiffs"}, {1, 0x83, "littlefs"},  {1, 0x90, "tee_ota"},
	{2, 0x00, "primary"},  {2, 0x01, "ota"},    {2, 0x02, "recovery"},  {3, 0x00, "primary"},
	{3, 0x01, "ota"},
};

#define SUBTYPE_NAMES (sizeof subtype_names / sizeof subtype_names[0])

const char *image_type_name(unsigned type)
{
	return type < sizeof type_names / sizeof type_names[0] ? type_names[type] : NULL;
}

const char *image_subtype_name(unsigned type, unsigned subtype)
{
	for (size_t i = 0; i < SUBTYPE_NAMES; i++)
		if (subtype_names[i].type == type && subtype_names[i].subtype == subtype)
			return subtype_names[i].name;
	return NULL;
}

int image_type_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (strcmp(type_names[i], name) == 0)
			return (int)i;
	return -1;
}

int image_subtype_by_name(unsigned type, const char *name)
{
	for (size_t i = 0; i < SUBTYPE_NAMES; i++)
		if (subtype_names[i].type == type && strcmp(subtype_names[i].name, name) == 0)
			return subtype_names[i].subtype;
	return -1;
}

const struct image_partition *image_partition_by_label(const struct image_table *table,
						       const char *label)
{
	for (unsigned i = 0; i < table->count; i++)
		if (strcmp(table->row[i].label, label) == 0)
			return &table->row[i];
	return NULL;
}

const struct image_partition *image_partition_by_type(const struct image_table *table,
						      unsigned type, unsigned subtype)
{
	for (unsigned i = 0; i < table->count; i++)
		if (table->row[i].type == type && table->row[i].subtype == subtype)
			return &table->row[i];
	return NULL;
}
