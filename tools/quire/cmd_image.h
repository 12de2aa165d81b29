/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four words behind `quire image`, each with its own options.
 */
#ifndef QUIRE_TOOL_CMD_IMAGE_H
#define QUIRE_TOOL_CMD_IMAGE_H

#include "firmware.h"

int cmd_image_app(int argc, char **argv);
int cmd_image_table(int argc, char **argv);
int cmd_image_flash(int argc, char **argv);
int cmd_image_show(int argc, char **argv);

/* Print a warning of the readers; `ctx` is the verb's name. */
void image_print_warning(void *ctx, const struct image_error *warning);

/* What a reader or builder said, with the file's name before it.  Status. */
int image_found(const char *path, const struct image_report *report, struct sentence *why);

#endif
