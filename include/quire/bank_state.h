/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bank pool is made of, complete so that it can stand in static memory.  Nothing in here is
 * for users to touch.  How it works is told in src/bank/bank.c.
 */
#ifndef QUIRE_BANK_STATE_H
#define QUIRE_BANK_STATE_H

#include "quire/types.h"

struct quire_bank_pool {
	struct quire_space *space; /* NULL: closed */
	struct quire_lock lock;
	quire_pa pa;          /* of bank 0 */
	quire_va va;          /* of place 0 */
	uint32_t *free;       /* a bit a bank: nobody's */
	uint32_t *free_words; /* a bit a word of `free`: not all zero */
	uint32_t *in_range;   /* a bit a place */
	uint32_t *begins;     /* a bit a place: the first of its range */
	quire_bank *shown_at; /* a bank's place, or none */
	quire_bank *shows;    /* a place's bank, or none */
	uint8_t *allows;      /* a place's attributes while it shows a bank */
	uint32_t banks;
	uint32_t banks_free;
	uint32_t banks_shown;
	uint32_t places;
	uint32_t places_free;
	uint16_t tag;
	uint8_t page_shift;
	uint8_t target;
	uint8_t attr;
	uint8_t caps;
};

#endif
