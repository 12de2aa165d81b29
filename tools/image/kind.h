/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is, by its bytes.
 */
#ifndef IMAGE_KIND_H
#define IMAGE_KIND_H

#include "image/report.h"

enum image_kind {
	IMAGE_KIND_UNKNOWN,
	IMAGE_KIND_FLASH, /* a whole flash dump */
	IMAGE_KIND_APP,   /* an application or loader image */
	IMAGE_KIND_ELF,
	IMAGE_KIND_TABLE /* a partition table alone */
};

/*
 * A dump and an image can begin with the same byte, since many chips' ROM looks for the loader at
 * offset 0.  It is a dump if there is a partition table at `table_offset` (0: the usual place), or
 * if the image ends before that place and the file goes on behind it.  Pure; constant cost.
 */
enum image_kind image_kind_of(const struct image_view *view, uint32_t table_offset);

/* "flash dump", "application image", ... */
const char *image_kind_name(enum image_kind kind);

#endif
