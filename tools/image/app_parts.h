/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the application-image reader: its parts, in the order in which they are called.
 */
#ifndef IMAGE_APP_PARTS_H
#define IMAGE_APP_PARTS_H

#include "image/app.h"

/* Numbers of the format. */
#define IMAGE_APP_MAGIC          0xe9u
#define IMAGE_CHECKSUM_SEED      0xefu
#define IMAGE_DESCRIPTION_MAGIC  0xabcd5432u
#define IMAGE_DESCRIPTION_SIZE   256u
#define IMAGE_DESCRIPTION_DIGEST 144u /* where the ELF's SHA-256 stands in it */
#define IMAGE_DESCRIPTION_PAGE   180u /* log2 of the MMU page, one byte */
#define IMAGE_LOADER_MAGIC       0x50u
#define IMAGE_LOADER_SIZE        80u
#define IMAGE_SEGMENT_LENGTH_MAX 0x1000000u
#define IMAGE_ADDRESS_LOADED     0x10000000u /* the loader skips what is for lower ones */

/*
 * Read the segment headers: bounds, lengths, wrap-around.  `*end` gets the offset behind the last
 * segment.
 */
bool image_segments_read(const struct image_view *view, struct image_app *app, uint32_t *end,
			 struct image_report *report);

/* Find the descriptions of application and loader at the segments' starts. */
void image_descriptions_find(const struct image_view *view, struct image_app *app);

/* Read an application description of IMAGE_DESCRIPTION_SIZE bytes; present becomes whether its
   magic is right. */
void image_description_read(const uint8_t *bytes, struct image_description *out);

/*
 * Set chip's layout for a page size: `wanted`, else what the description says, else the default.
 */
bool image_layout_choose(struct image_app *app, uint32_t wanted, struct image_report *report);

/* Say what each segment is, now that the windows are known, and check those that are mapped. */
bool image_segments_place(struct image_app *app, struct image_report *report);

/* The size of a layout's flash pages, 0 if it has no window that shows flash. */
uint32_t image_flash_page_size(const struct quire_chip_layout *layout);

#endif
