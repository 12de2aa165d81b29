/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging.  A line is made in memory first and then handed to the output in one call, so that lines
 * of several threads do not mix.  Tags with a level of their own stand in a list, which is short:
 * an application names those it wants to hear more of, or less.
 */
#include "board.h"

#include "esp_log.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct tag_level {
	struct tag_level *next;
	esp_log_level_t level;
	char tag[];
};

static pthread_mutex_t levels_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tag_level *levels;
static esp_log_level_t level_of_others;
static bool level_known; /* the environment has been read */

static _Atomic(vprintf_like_t) output = vprintf;

/* -- levels -- */

bool quire_esp_log_level(const char *text, unsigned *out)
{
	static const char *const word[] = {"none", "error", "warn", "info", "debug", "verbose"};

	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcmp(text, word[i]) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* With the lock held. */
static esp_log_level_t others(void)
{
	const char *text = getenv("QUIRE_LOG");
	unsigned level = CONFIG_LOG_DEFAULT_LEVEL;

	if (!level_known) {
		if (text != NULL)
			(void)quire_esp_log_level(text, &level);
		level_of_others = (esp_log_level_t)level;
		level_known = true;
	}
	return level_of_others;
}

/* The entry of a tag, NULL if it has none; with the lock held. */
static struct tag_level *find(const char *tag)
{
	struct tag_level *entry = levels;

	while (entry != NULL && strcmp(entry->tag, tag) != 0)
		entry = entry->next;
	return entry;
}

static void forget_all(void)
{
	while (levels != NULL) {
		struct tag_level *entry = levels;

		levels = entry->next;
		free(entry);
	}
}

static void set_one(const char *tag, esp_log_level_t level)
{
	struct tag_level *entry = find(tag);
	size_t size = strlen(tag) + 1;

	if (entry == NULL) {
		entry = malloc(sizeof(*entry) + size);
		if (entry == NULL)
			return;
		memcpy(entry->tag, tag, size);
		entry->next = levels;
		levels = entry;
	}
	entry->level = level;
}

void esp_log_level_set(const char *tag, esp_log_level_t level)
{
	if (tag == NULL || (unsigned)level >= ESP_LOG_MAX)
		return;
	pthread_mutex_lock(&levels_lock);
	if (strcmp(tag, "*") == 0) {
		forget_all();
		level_of_others = level;
		level_known = true;
	} else {
		set_one(tag, level);
	}
	pthread_mutex_unlock(&levels_lock);
}

esp_log_level_t esp_log_level_get(const char *tag)
{
	const struct tag_level *entry;
	esp_log_level_t level;

	pthread_mutex_lock(&levels_lock);
	entry = tag != NULL ? find(tag) : NULL;
	level = entry != NULL ? entry->level : others();
	pthread_mutex_unlock(&levels_lock);
	return level;
}

static bool shown(esp_log_level_t level, const char *tag)
{
	return level != ESP_LOG_NONE && level <= esp_log_level_get(tag);
}

/* -- output -- */

vprintf_like_t esp_log_set_vprintf(vprintf_like_t func)
{
	return atomic_exchange(&output, func != NULL ? func : vprintf);
}

static void put(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)atomic_load (&output)(format, arguments);
	va_end(arguments);
}

void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list arguments)
{
	if (shown(level, tag))
		(void)atomic_load (&output)(format, arguments);
}

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	esp_log_writev(level, tag, format, arguments);
	va_end(arguments);
}

void quire_esp_log_line(esp_log_level_t level, const char *tag, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!shown(level, tag))
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	put("%c (%" PRIu32 ") %s: %s\n", "NEWIDV"[level], esp_log_timestamp(),
	    tag != NULL ? tag : "", text != NULL ? text : "(no memory for this message)");
	free(text);
}

/* -- bytes -- */

#define A_LINE 16u

/* One line: its bytes from `bytes` on, at most A_LINE. */
typedef void (*bytes_fn)(char *at, const uint8_t *bytes, size_t count);

static void hex(char *at, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		at += sprintf(at, i == 0 ? "%02x" : " %02x", bytes[i]);
}

static void characters(char *at, const uint8_t *bytes, size_t count)
{
	memcpy(at, bytes, count);
	at[count] = '\0';
}

/* "0x3c000000   00 01 ...  |..|" */
static void hexdump(char *at, const uint8_t *bytes, size_t count)
{
	at += sprintf(at, "%p  ", (const void *)bytes);
	for (size_t i = 0; i < A_LINE; i++) {
		at += sprintf(at, i == A_LINE / 2 ? "  " : " ");
		at += i < count ? sprintf(at, "%02x", bytes[i]) : sprintf(at, "  ");
	}
	at += sprintf(at, "  |");
	for (size_t i = 0; i < count; i++)
		*at++ = isprint(bytes[i]) ? (char)bytes[i] : '.';
	sprintf(at, "|");
}

static void lines(const char *tag, const void *buffer, uint16_t length, esp_log_level_t level,
		  bytes_fn line)
{
	const uint8_t *bytes = buffer;
	char text[128];

	for (size_t at = 0; at < length; at += A_LINE) {
		line(text, bytes + at, length - at < A_LINE ? length - at : A_LINE);
		quire_esp_log_line(level, tag, "%s", text);
	}
}

void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t length,
				 esp_log_level_t level)
{
	lines(tag, buffer, length, level, hex);
}

void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t length,
				  esp_log_level_t level)
{
	lines(tag, buffer, length, level, characters);
}

void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t length,
				     esp_log_level_t level)
{
	lines(tag, buffer, length, level, hexdump);
}

/* -- time -- */

uint32_t esp_log_timestamp(void)
{
	return (uint32_t)(quire_esp_microseconds() / 1000);
}

uint32_t esp_log_early_timestamp(void)
{
	return esp_log_timestamp();
}

char *esp_log_system_timestamp(void)
{
	static _Thread_local char text[16];
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	snprintf(text + 8, sizeof(text) - 8, ".%03u", (unsigned)(now.tv_nsec / 1000000) % 1000u);
	return text;
}
