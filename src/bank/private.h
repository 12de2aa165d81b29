/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the bank service share: bits, and who is free.
 *
 * Functions here neither lock nor check for NULL; the public wrappers do.
 */
#ifndef QUIRE_BANK_PRIVATE_H
#define QUIRE_BANK_PRIVATE_H

#include "lock.h"
#include "quire/bank.h"

#define NONE_SUCH 0xffffu /* no bank, no place */
#define WORD      32u

/* -- bits -- */

static inline uint32_t words_for(uint32_t bits)
{
	return (bits + WORD - 1) / WORD;
}

static inline uint32_t mask_of(uint32_t bit)
{
	return (uint32_t)1 << bit % WORD;
}

static inline bool bit_get(const uint32_t *bits, uint32_t bit)
{
	return (bits[bit / WORD] & mask_of(bit)) != 0;
}

static inline void bit_set(uint32_t *bits, uint32_t bit)
{
	bits[bit / WORD] |= mask_of(bit);
}

static inline void bit_clear(uint32_t *bits, uint32_t bit)
{
	bits[bit / WORD] &= ~mask_of(bit);
}

/* The number of the lowest bit of a word that is not zero. */
uint32_t bit_lowest(uint32_t word);

/* The first bit from `from` on that has a value; `end` if none before that has. */
uint32_t bit_next(const uint32_t *bits, uint32_t from, uint32_t end, bool value);

/* -- banks and places -- */

static inline void bank_mark_free(struct quire_bank_pool *p, uint32_t bank)
{
	bit_set(p->free, bank);
	bit_set(p->free_words, bank / WORD);
	p->banks_free++;
}

static inline void bank_mark_owned(struct quire_bank_pool *p, uint32_t bank)
{
	bit_clear(p->free, bank);
	if (p->free[bank / WORD] == 0)
		bit_clear(p->free_words, bank / WORD);
	p->banks_free--;
}

static inline quire_va address_of(const struct quire_bank_pool *p, uint32_t place)
{
	return p->va + ((quire_va)place << p->page_shift);
}

static inline quire_size bank_size(const struct quire_bank_pool *p)
{
	return (quire_size)1 << p->page_shift;
}

/* Check that there is a pool and that its arguments are there, and lock it. */
static inline int pool_enter(struct quire_bank_pool *p, bool arguments)
{
	if (!p || !p->space || !arguments)
		return QUIRE_ENULL;
	return lock_enter(&p->lock);
}

/* Unlock and pass a result on. */
static inline int pool_leave(struct quire_bank_pool *p, int result)
{
	return lock_leave(&p->lock, result);
}

#endif
