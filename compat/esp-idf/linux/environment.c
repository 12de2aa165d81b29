/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the environment says about the machine (quire_esp.h lists the variables).
 *
 * An empty variable is one that is not set.  Anything that cannot be meant is refused in one
 * sentence: which variable, what was found there, what is expected; a machine other than the one
 * that was asked for would only be found out about later, and with more trouble.
 */
#include "board.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PSRAM (8 * QUIRE_ESP_MIB)
#define DEFAULT_KEEP  16u

/* What an application of moderate size leaves of the windows. */
#define DEFAULT_TEXT   (128 * QUIRE_ESP_KIB)
#define DEFAULT_RODATA (64 * QUIRE_ESP_KIB)

/* Files of the application have it if they were compiled for a chip that was named. */
extern const char quire_esp_compiled_for[] __attribute__((weak));

/* And the page size that their constants mean, if they have any. */
extern const uint32_t quire_esp_compiled_page[] __attribute__((weak));

const char *quire_esp_default_chip(void)
{
	return quire_esp_compiled_for != NULL ? quire_esp_compiled_for : "esp32s3";
}

bool quire_esp_why(char *why, const char *format, ...)
{
	va_list arguments;

	if (why == NULL)
		return false;
	va_start(arguments, format);
	vsnprintf(why, QUIRE_LINUX_TEXT, format, arguments);
	va_end(arguments);
	return false;
}

/* A variable, NULL if it is not set or empty. */
static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* Digits, decimal or 0x..., with K or M behind where that is wanted; all of the text. */
static bool parse_number(const char *text, bool units, uint64_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value, unit = 1;
	char *end;

	if (hex ? !isxdigit((unsigned char)text[2]) : !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (units && (*end == 'K' || *end == 'k' || *end == 'M' || *end == 'm'))
		unit = *end++ == 'K' || end[-1] == 'k' ? QUIRE_ESP_KIB : QUIRE_ESP_MIB;
	if (errno != 0 || *end != '\0' || value > UINT64_MAX / unit)
		return false;
	*out = value * unit;
	return true;
}

/* A number of bytes from a variable; what is there stays if it is not set. */
static bool read_bytes(const char *name, uint32_t *out, char *why)
{
	const char *text = variable(name);
	uint64_t value;

	if (text == NULL)
		return true;
	if (!parse_number(text, true, &value) || value > UINT32_MAX)
		return quire_esp_why(
			why,
			"%s is \"%s\"; expected is a number of bytes, decimal or 0x..., "
			"with K or M behind it or nothing",
			name, text);
	*out = (uint32_t)value;
	return true;
}

/* A number between two others. */
static bool read_number(const char *name, uint64_t least, uint64_t most, uint64_t *out, char *why)
{
	const char *text = variable(name);
	uint64_t value;

	if (text == NULL)
		return true;
	if (!parse_number(text, false, &value) || value < least || value > most)
		return quire_esp_why(why, "%s is \"%s\"; expected is a number from %llu to %llu",
				     name, text, (unsigned long long)least,
				     (unsigned long long)most);
	*out = value;
	return true;
}

static bool read_count(const char *name, uint32_t least, uint32_t most, uint32_t *out, char *why)
{
	uint64_t value = *out;
	bool good = read_number(name, least, most, &value, why);

	*out = (uint32_t)value;
	return good;
}

static bool read_flag(const char *name, bool *out, char *why)
{
	uint32_t value = *out;
	bool good = read_count(name, 0, 1, &value, why);

	*out = value != 0;
	return good;
}

static bool read_cache(enum quire_linux_cache *out, char *why)
{
	static const char *const word[] = {"none", "stale", "poison"};
	static const enum quire_linux_cache meant[] = {
		QUIRE_LINUX_CACHE_NONE, QUIRE_LINUX_CACHE_STALE, QUIRE_LINUX_CACHE_POISON};
	const char *text = variable("QUIRE_CACHE");

	if (text == NULL)
		return true;
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcmp(text, word[i]) == 0) {
			*out = meant[i];
			return true;
		}
	}
	return quire_esp_why(why, "QUIRE_CACHE is \"%s\"; expected is stale, poison or none", text);
}

/* The value of a hexadecimal digit, 16 if it is none. */
static unsigned digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at != NULL ? (unsigned)(at - digits) : 16u;
}

/* The key; it is the process's, so that options can point to it. */
static bool read_key(const uint8_t **out, char *why)
{
	static uint8_t key[QUIRE_ESP_KEY];
	const char *text = variable("QUIRE_FLASH_KEY");
	size_t good = 0;

	if (text == NULL)
		return true;
	while (digit(text[good]) < 16)
		good++;
	if (good != 2 * QUIRE_ESP_KEY || text[good] != '\0')
		return quire_esp_why(
			why,
			"QUIRE_FLASH_KEY has %zu characters, of which the first %zu are "
			"hexadecimal digits; expected are %u digits",
			strlen(text), good, 2 * QUIRE_ESP_KEY);
	for (unsigned i = 0; i < QUIRE_ESP_KEY; i++)
		key[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	*out = key;
	return true;
}

/* The chip's name, NULL if there is no such chip. */
static const char *read_chip(char *why)
{
	const char *text = variable("QUIRE_CHIP");

	if (text == NULL)
		text = quire_esp_default_chip();
	if (quire_chip_by_name(text) != NULL)
		return text;
	(void)quire_esp_why(why,
			    "QUIRE_CHIP is \"%s\"; expected is a chip of the ESP32 family, "
			    "esp32 or esp32s3 for example",
			    text);
	return NULL;
}

void quire_esp_defaults(struct quire_esp_options *out, const char *chip)
{
	const char *name = chip != NULL ? chip : quire_esp_default_chip();
	const struct quire_chip *record = quire_chip_by_name(name);

	*out = (struct quire_esp_options){
		.chip = name,
		.psram_size = record != NULL && record->psram ? DEFAULT_PSRAM : 0,
		.psram_heap = UINT32_MAX,
		.himem_reserve = 8,
		.cache = QUIRE_LINUX_CACHE_STALE,
		.keep = DEFAULT_KEEP,
		.boot_text = DEFAULT_TEXT,
		.boot_rodata = DEFAULT_RODATA,
		.power_cut = QUIRE_ESP_NEVER,
	};
}

/* The page size; the application's, whose constants are compiled in, and no other. */
static bool read_page(uint32_t *out, char *why)
{
	bool given = variable("QUIRE_MMU_PAGE_SIZE") != NULL;

	if (!read_bytes("QUIRE_MMU_PAGE_SIZE", out, why))
		return false;
	if (quire_esp_compiled_page == NULL)
		return true;
	if (!given)
		*out = quire_esp_compiled_page[0];
	if (*out == quire_esp_compiled_page[0])
		return true;
	return quire_esp_why(
		why,
		"QUIRE_MMU_PAGE_SIZE is %u bytes; expected are the %u that the application was "
		"compiled for (-DCONFIG_MMU_PAGE_SIZE=0x%x compiles it for the other)",
		(unsigned)*out, (unsigned)quire_esp_compiled_page[0], (unsigned)*out);
}

/* PSRAM that nobody asked for is no larger than the chip can have with these pages. */
static void fit_psram(struct quire_esp_options *out)
{
	struct quire_chip_layout layout;
	quire_size most;

	if (variable("QUIRE_PSRAM_SIZE") != NULL || out->psram_size == 0 ||
	    quire_chip_layout(quire_chip_by_name(out->chip), out->page_size, &layout) != QUIRE_OK)
		return;
	most = layout.memory[QUIRE_PSRAM0].size;
	if (most < out->psram_size)
		out->psram_size = (uint32_t)most;
}

/* What says how large things are. */
static bool read_sizes(struct quire_esp_options *out, char *why)
{
	return read_bytes("QUIRE_FLASH_SIZE", &out->flash_size, why) &&
	       read_bytes("QUIRE_PSRAM_SIZE", &out->psram_size, why) &&
	       read_bytes("QUIRE_PSRAM_HEAP", &out->psram_heap, why) &&
	       read_page(&out->page_size, why) &&
	       read_count("QUIRE_HIMEM_RESERVE", 1, 62, &out->himem_reserve, why) &&
	       read_count("QUIRE_KEEP", 0, QUIRE_KEEP_MAX, &out->keep, why);
}

/* What cannot be meant together. */
static bool agree(const struct quire_esp_options *out, char *why)
{
	if (out->flash_write && out->flash_path == NULL)
		return quire_esp_why(why, "QUIRE_FLASH_WRITE is 1, and QUIRE_FLASH is not set; "
					  "expected is the file that is to be written");
	if (out->flash_key != NULL && out->cache == QUIRE_LINUX_CACHE_NONE)
		return quire_esp_why(why, "QUIRE_CACHE is \"none\", and QUIRE_FLASH_KEY is set; "
					  "expected is stale or poison, since it is the cache "
					  "that decrypts");
	return true;
}

static bool check_log(char *why)
{
	const char *text = variable("QUIRE_LOG");
	unsigned level;

	if (text == NULL || quire_esp_log_level(text, &level))
		return true;
	return quire_esp_why(why,
			     "QUIRE_LOG is \"%s\"; expected is none, error, warn, info, debug or "
			     "verbose",
			     text);
}

bool quire_esp_environment(struct quire_esp_options *out, char why[QUIRE_LINUX_TEXT])
{
	struct quire_esp_options read;
	const char *chip = read_chip(why);

	if (chip == NULL)
		return false;
	quire_esp_defaults(&read, chip);
	read.flash_path = variable("QUIRE_FLASH");
	read.flash_32bit = true; /* whoever asks for so much flash has configured it */
	if (!read_flag("QUIRE_FLASH_WRITE", &read.flash_write, why) || !read_sizes(&read, why) ||
	    !read_key(&read.flash_key, why) || !read_cache(&read.cache, why) ||
	    !read_number("QUIRE_POWER_CUT", 0, UINT64_MAX - 1, &read.power_cut, why) ||
	    !check_log(why) || !agree(&read, why))
		return false;
	fit_psram(&read);
	*out = read;
	return true;
}
