/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of chips/ share: the records, one a chip, and the words they are written in.
 */
#ifndef QUIRE_CHIPS_FAMILY_H
#define QUIRE_CHIPS_FAMILY_H

#include "quire/chip.h"

#define MIB (1024u * 1024u)

#define FLASH QUIRE_TARGET_BIT(QUIRE_FLASH0)
#define PSRAM QUIRE_TARGET_BIT(QUIRE_PSRAM0)

/* Page sizes by their log2. */
enum { PAGE_8K = 13, PAGE_16K, PAGE_32K, PAGE_64K, PAGE_128K, PAGE_256K };

/* What windows can do. */
#define CAPS_WORDS       QUIRE_CAP_32BIT
#define CAPS_BYTES       (QUIRE_CAP_32BIT | QUIRE_CAP_8BIT)
#define CAPS_CODE        (QUIRE_CAP_EXEC | CAPS_WORDS)
#define CAPS_RODATA      (QUIRE_CAP_READ | CAPS_BYTES)
#define CAPS_DATA        (QUIRE_CAP_READ | QUIRE_CAP_WRITE | CAPS_BYTES)
#define CAPS_DATA_WORDS  (QUIRE_CAP_READ | QUIRE_CAP_WRITE | CAPS_WORDS)
#define CAPS_CODE_RODATA (QUIRE_CAP_EXEC | CAPS_RODATA)
#define CAPS_ALL         (QUIRE_CAP_EXEC | CAPS_DATA)

extern const struct quire_chip quire_chip_esp32;
extern const struct quire_chip quire_chip_esp32s2;
extern const struct quire_chip quire_chip_esp32s3;
extern const struct quire_chip quire_chip_esp32c2;
extern const struct quire_chip quire_chip_esp32c3;
extern const struct quire_chip quire_chip_esp32c5;
extern const struct quire_chip quire_chip_esp32c6;
extern const struct quire_chip quire_chip_esp32c61;
extern const struct quire_chip quire_chip_esp32h2;
extern const struct quire_chip quire_chip_esp32h21;
extern const struct quire_chip quire_chip_esp32h4;
extern const struct quire_chip quire_chip_esp32p4;
extern const struct quire_chip quire_chip_esp32s31;

#endif
