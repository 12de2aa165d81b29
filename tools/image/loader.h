/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the readers of dumps: what is shared about second-stage loaders and otadata.
 */
#ifndef IMAGE_LOADER_H
#define IMAGE_LOADER_H

#include "image/report.h"
#include "quire/chip.h"

/* The chip that a loader's header at `offset` is for, if that chip's ROM looks for it there. */
const struct quire_chip *image_loader_at(const struct image_view *view, uint32_t offset);

/* The same, wherever some chip's ROM looks for its loader. */
const struct quire_chip *image_loader_chip(const struct image_view *view);

/* The CRC that seals an otadata entry: of the sequence number alone. */
uint32_t image_ota_crc(uint32_t sequence);

#endif
