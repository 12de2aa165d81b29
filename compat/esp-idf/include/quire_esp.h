/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind the interfaces: which machine they work on.
 *
 * An application need not know of this file.  Its machine is started before app_main(), or at its
 * first call, as the environment says:
 *
 *   QUIRE_CHIP            any of `quire chips`; the one that the application was compiled for
 *                         (sdkconfig.h), else esp32s3
 *   QUIRE_FLASH           an image file, used as a copy; without one, erased flash with a partition
 *                         table
 *   QUIRE_FLASH_WRITE     1: write the flash back to that file when the application ends
 *   QUIRE_FLASH_SIZE      bytes, K or M behind; the file's size, or 4M
 *   QUIRE_FLASH_KEY       64 hexadecimal digits: the flash is encrypted (XTS-AES-128)
 *   QUIRE_PSRAM_SIZE      bytes, K or M behind; 8M on chips that can have PSRAM, or what the chip
 *                         can have with its page size
 *   QUIRE_PSRAM_HEAP      how much of it the heap gets (the rest is himem's): at most what has
 *                         addresses beside himem's window; half if that has, on esp32 all that has
 *   QUIRE_HIMEM_RESERVE   banks in himem's window: 1 to 62; 8
 *   QUIRE_MMU_PAGE_SIZE   the one that the application was compiled for (sdkconfig.h), and no other;
 *                         the chip's default if it does not include that file
 *   QUIRE_CACHE           stale: memory changed behind the cache's back is not seen (what chips do)
 *                         poison: it is seen as 0xa5, flash as it was;  none: it is seen
 *   QUIRE_KEEP            mappings that are kept when they are given up: 16
 *   QUIRE_POWER_CUT       cut the power before this byte that is programmed or erased, counted from
 *                         0 over the whole run; the process ends with status 99
 *   QUIRE_LOG             none, error, warn, info, debug or verbose: what esp_log.h shows
 *
 * A variable that is empty is not set; one that cannot be meant is refused, in a sentence that says
 * what was found and what is expected.  Flash beyond 16 MiB can then be mapped where the chip can.
 *
 * QUIRE_FLASH is never written unless QUIRE_FLASH_WRITE is 1; then it is when the process ends,
 * with the flash as it is then, as it would survive a reset: at the end of the application, by
 * exit(), esp_restart(), a power cut, esp_system_abort(), ESP_ERROR_CHECK(), assert() and
 * configASSERT(), and by SIGINT or SIGTERM if main() is the library's (status 128 and the signal's
 * number).  SIGKILL, a crash, _exit() and an abort() of the application's own lose what was written.
 *
 * QUIRE_FLASH_KEY is the key of compat/esp-idf/src/crypto.h: two of AES-128, for the tweak and the
 * data.  All of the flash file is encrypted then, the partition table included; esp_partition.h
 * says which partitions are read decrypted.
 *
 * Without a file the flash is erased, but for this partition table at 0x8000, with its MD5; apps
 * begin at 64 KiB, as does storage1, which reaches to the end of flash.  (QUIRE_FLASH_SIZE; sizes
 * below 1 MiB are refused.)
 *
 *              1 MiB up               2 MiB up               4 MiB up
 *   nvs        0x009000  24 KiB       0x009000  24 KiB       0x009000  16 KiB
 *   otadata                                                  0x00d000   8 KiB
 *   phy_init   0x00f000   4 KiB       0x00f000   4 KiB       0x00f000   4 KiB
 *   factory    0x010000 448 KiB       0x010000   1 MiB       0x010000   1 MiB
 *   ota_0                                                    0x110000   1 MiB
 *   ota_1                                                    0x210000   1 MiB
 *   storage1   0x080000 512 KiB up    0x110000 960 KiB up    0x310000 960 KiB up
 *
 * Tests, and programs with a main() of their own, can start and stop machines themselves.  Whoever
 * includes this file compiles with quire's -Iinclude besides.
 */
#ifndef QUIRE_ESP_H
#define QUIRE_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quire/port/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUIRE_ESP_KEY       32u
#define QUIRE_ESP_POWER_CUT 99 /* exit status */
#define QUIRE_ESP_RESTART   98 /* exit status of esp_restart() */
#define QUIRE_ESP_NEVER     UINT64_MAX

/* A machine.  quire_esp_defaults() fills in what an empty environment would. */
struct quire_esp_options {
	const char *chip;
	const char *flash_path;   /* NULL: none */
	bool flash_write;         /* back to flash_path, at quire_esp_stop() */
	uint32_t flash_size;      /* bytes; 0: the file's, or 4 MiB or what the chip can have */
	bool flash_blank;         /* without a file: no partition table */
	const uint8_t *flash_key; /* QUIRE_ESP_KEY bytes; NULL: not encrypted */
	uint32_t psram_size;      /* bytes; 0: none */
	uint32_t psram_heap;      /* bytes; UINT32_MAX: the chip's default, see above */
	uint32_t himem_reserve;   /* banks */
	uint32_t page_size;       /* 0: the chip's default */
	enum quire_linux_cache cache;
	uint32_t keep;      /* slots of the keep-list */
	uint32_t mappings;  /* descriptors of the book; 0: never short */
	uint32_t boot_text; /* bytes that the application's code and constants take at the bottom */
	uint32_t boot_rodata;            /* of the windows (on a chip the linker says so) */
	bool flash_32bit;                /* flash beyond 16 MiB can be mapped */
	uint64_t power_cut;              /* QUIRE_ESP_NEVER, or the byte; see quire/port/flash.h */
	void (*on_power_cut)(void *ctx); /* NULL: end the process with QUIRE_ESP_POWER_CUT */
	void *on_power_cut_ctx;
	const struct quire_linux_system *system; /* NULL: the real calls */
};

/* What an empty environment gives, for a chip (NULL: as QUIRE_CHIP unset). */
void quire_esp_defaults(struct quire_esp_options *out, const char *chip);

/* What the environment gives; texts and the key are the process's.  False, and one sentence in
   `why`, if some of it cannot be meant. */
bool quire_esp_environment(struct quire_esp_options *out, char why[QUIRE_LINUX_TEXT]);

/*
 * Start the machine.  False, and one sentence in `why`, if one runs already or this one cannot be.
 * Neither is thread-safe.
 */
bool quire_esp_start(const struct quire_esp_options *options, char why[QUIRE_LINUX_TEXT]);

/* Write the flash back if that is asked for, and end the machine, whatever is still mapped.  False
   and a sentence if the flash could not be written. */
bool quire_esp_stop(char why[QUIRE_LINUX_TEXT]);

/* The machine that runs, and its space; NULL if none does. */
struct quire_linux *quire_esp_linux(void);
struct quire_space *quire_esp_space(void);

#ifdef __cplusplus
}
#endif

#endif
