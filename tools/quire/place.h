/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user wants mapped beside the firmware: assets=0x3D000000, 0x110000+64K=any:rx.
 */
#ifndef QUIRE_TOOL_PLACE_H
#define QUIRE_TOOL_PLACE_H

#include "firmware.h"

struct place {
	const char *text;      /* as it was given */
	char name[BOARD_NAME]; /* of the partition; empty for an offset */
	uint64_t offset;       /* into the partition, or into flash */
	uint64_t size;         /* 0: to the end of the partition or of flash */
	bool fixed;
	uint64_t va;
	uint8_t attr;
};

/*
 * WHAT=WHERE[:ACCESS].  WHAT is a partition's label or an offset in flash, with [+SIZE] behind an
 * offset; WHERE an address or "any"; ACCESS some of r, w and x (else r).  Status.
 */
int place_parse(struct place *p, const char *text, struct sentence *why);

/* SIZE[@ADDRESS], for PSRAM.  Status. */
int place_parse_psram(struct place *p, const char *text, struct sentence *why);

/* Letters into access attributes; false for any other letter, twice the same, or none. */
bool access_parse(const char *text, uint8_t *attr);

/* Find the bytes that are meant, in a firmware or (NULL) in nothing but flash.  Status. */
int place_resolve(struct place *p, const struct firmware *fw, struct sentence *why);

/* Map it.  CLI_NO and a sentence that says what is in the way if it cannot be. */
int place_map(const struct place *p, unsigned target, struct board *b, quire_va *va,
	      struct sentence *why);

#endif
