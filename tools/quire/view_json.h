/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map, and what else the tool says, as JSON.  The formats are described in docs/json.md; each
 * object that stands alone carries "format" and "version".
 */
#ifndef QUIRE_TOOL_VIEW_JSON_H
#define QUIRE_TOOL_VIEW_JSON_H

#include <jansson.h>

#include "view.h"

#define JSON_MAP_VERSION   1
#define JSON_CHIPS_VERSION 1
#define JSON_FIT_VERSION   1

/* The members of a "quire-map" that a view knows; the caller adds "image".  NULL: out of memory. */
json_t *view_to_json(const struct view *v);

/* ["read", "write", "execute"] from access bits; NULL: out of memory. */
json_t *json_access(unsigned attr);

/* Print with indentation and a newline, and drop the reference.  False for NULL or if writing
   failed. */
bool json_print(json_t *json, FILE *out);

#endif
