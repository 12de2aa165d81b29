/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the chips have memory that no MMU is involved in.
 */
#ifndef IMAGE_INTERNAL_RAM_H
#define IMAGE_INTERNAL_RAM_H

#include "quire/chip.h"

/* Whether an address is in a chip's internal memory; true also for chips that nothing is known of
   here. */
bool image_ram_has(const struct quire_chip *chip, uint32_t address);

/* Where a made-up program may have its RAM contents; 0 for chips that nothing is known of. */
uint32_t image_ram_for_programs(const struct quire_chip *chip);

#endif
