/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A font, used in place at the address that it was made for.
 *
 * The font in "storage1" is an image of memory: it points to its glyphs by addresses, as a linker
 * or a tool on a PC has written them, so that it has to stand at one address and no other.
 * esp_mmu_map_virt() maps it there; nothing is loaded, copied or relocated.
 *
 *     FONT_AT   magic | first | count | address of glyph | address of glyph | ...
 *                                            `----------------.
 *                                                        rows of 5 pixels, 7 of them
 *
 * If there is no font, the program writes it: everything but the magic, and the magic last, so that
 * power can fail at any byte of it.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "esp_err.h"
#include "esp_mmu_map.h"
#include "esp_partition.h"
#include "sdkconfig.h"

/* A place in the data addresses of the chip that nothing else of this program uses. */
#if defined CONFIG_IDF_TARGET_ESP32
#define FONT_AT 0x3f700000u
#elif defined CONFIG_IDF_TARGET_ESP32S3
#define FONT_AT 0x3d000000u
#elif defined CONFIG_IDF_TARGET_ESP32P4
#define FONT_AT 0x42000000u
#else
#define FONT_AT 0x42700000u
#endif

#define MAGIC  0x31544e46u /* "FNT1" */
#define GLYPHS 26
#define ROWS   7
#define PIXELS 5

struct font {
	uint32_t magic;
	uint32_t first; /* letter */
	uint32_t count;
	uint32_t glyph[GLYPHS]; /* addresses of ROWS bytes */
	uint8_t rows[GLYPHS][ROWS];
};

static const uint8_t letters[GLYPHS][ROWS] = {
	{0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}, {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e},
	{0x0f, 0x10, 0x10, 0x10, 0x10, 0x10, 0x0f}, {0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e},
	{0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}, {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10},
	{0x0f, 0x10, 0x10, 0x13, 0x11, 0x11, 0x0f}, {0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11},
	{0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}, {0x01, 0x01, 0x01, 0x01, 0x01, 0x11, 0x0e},
	{0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}, {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f},
	{0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11}, {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11},
	{0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}, {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10},
	{0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d}, {0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11},
	{0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}, {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04},
	{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}, {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04},
	{0x11, 0x11, 0x11, 0x15, 0x15, 0x1b, 0x11}, {0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11},
	{0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04}, {0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f},
};

/* The font as the tool on the PC would have made it. */
static void make_font(struct font *font)
{
	font->magic = MAGIC;
	font->first = 'A';
	font->count = GLYPHS;
	memcpy(font->rows, letters, sizeof(letters));
	for (unsigned i = 0; i < GLYPHS; i++)
		font->glyph[i] = FONT_AT + (uint32_t)offsetof(struct font, rows[i]);
}

static void write_font(const esp_partition_t *storage)
{
	static struct font font;

	printf("no font in \"%s\": writing one\n", storage->label);
	make_font(&font);
	ESP_ERROR_CHECK(esp_partition_erase_range(storage, 0, storage->erase_size));
	ESP_ERROR_CHECK(esp_partition_write(storage, sizeof(font.magic), &font.first,
					    sizeof(font) - sizeof(font.magic)));
	ESP_ERROR_CHECK(esp_partition_write(storage, 0, &font.magic, sizeof(font.magic)));
}

static void draw(const struct font *font, const char *text)
{
	for (unsigned row = 0; row < ROWS; row++) {
		for (const char *letter = text; *letter; letter++) {
			uint32_t address = font->glyph[(uint32_t)*letter - font->first];
			const uint8_t *glyph = (const void *)(uintptr_t)address;

			for (unsigned x = PIXELS; x > 0; x--)
				putchar(glyph[row] >> (x - 1) & 1 ? '#' : ' ');
			printf("  ");
		}
		putchar('\n');
	}
}

void app_main(void)
{
	const esp_partition_t *storage = esp_partition_find_first(
		ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "storage1");
	const struct font *font;
	void *mapped;

	if (storage == NULL || storage->address % CONFIG_MMU_PAGE_SIZE) {
		printf("there is no partition \"storage1\" at a multiple of a page\n");
		return;
	}
	ESP_ERROR_CHECK(esp_mmu_map_virt(
		FONT_AT, storage->address, sizeof(struct font), MMU_TARGET_FLASH0,
		(mmu_mem_caps_t)(MMU_MEM_CAP_READ | MMU_MEM_CAP_8BIT), 0, &mapped));
	font = mapped;
	if (font->magic != MAGIC)
		write_font(storage);
	printf("the font is at 0x%08" PRIx32 "\n", (uint32_t)(uintptr_t)mapped);
	draw(font, "QUIRE");
	ESP_ERROR_CHECK(esp_mmu_unmap(mapped));
	printf("all drawn\n");
}
