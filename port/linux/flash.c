/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash as it is: programming clears bits, erasing sets them a sector at a time, and power may fail
 * before any byte (flash.h).
 *
 * Both are one loop over pieces: read what is there, work out what it becomes, write that.  A piece
 * ends where the power does, one byte later in fact, since the byte at the cut has been touched:
 *
 *     0xff -> program 0x00, cut:  0xaa    half of the bits that were to become zeros are
 *     0x00 -> erase,        cut:  0x55    half of those that were to become ones are
 *
 * The cache hears nothing of it, poisoned or not: a chip has it off meanwhile, so that nobody sees a
 * line of which a part has changed, and who forgets to invalidate afterwards sees the old bytes.
 *
 * The physical side of memory.c needs no power: a test looks with it at what is left.
 */
#include "quire/port/flash.h"

#include "machine.h"

#define PIECE QUIRE_LINUX_SECTOR
#define HALF  0x55u /* the bits of a byte that change before the power fails on it */

/* What is to be done: program `bytes`, or erase if that is NULL. */
struct operation {
	quire_size offset;
	const uint8_t *bytes;
	quire_size size;
};

/* What a byte becomes. */
static uint8_t outcome(const struct operation *op, quire_size i, uint8_t old)
{
	return op->bytes == NULL ? 0xff : (uint8_t)(old & op->bytes[i]);
}

/* Change `count` bytes, the last of them only by half if `torn`. */
static void change(struct quire_linux *machine, const struct operation *op, uint8_t *piece,
		   size_t count, bool torn)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t old = piece[i];
		uint8_t changed = old ^ outcome(op, i, old);

		if (op->bytes != NULL)
			machine->flash.counts.refused += (op->bytes[i] & ~old) != 0;
		piece[i] = old ^ (torn && i == count - 1 ? changed & HALF : changed);
	}
}

/* One piece, or what the power lasts for: QUIRE_EPORT. */
static int change_piece(struct quire_linux *machine, const struct operation *op)
{
	struct quire_linux_flash *flash = &machine->flash;
	uint8_t piece[PIECE];
	size_t size = op->size < PIECE ? (size_t)op->size : PIECE;
	bool torn = flash->left < size;
	size_t whole = torn ? (size_t)flash->left : size;

	if (quire_linux_memory_read(machine, QUIRE_FLASH0, op->offset, piece, whole + torn) < 0)
		return QUIRE_EPORT;
	change(machine, op, piece, whole + torn, torn);
	if (quire_linux_memory_write(machine, QUIRE_FLASH0, op->offset, piece, whole + torn) < 0)
		return QUIRE_EPORT;
	flash->counts.bytes += whole;
	flash->counts.sectors += op->bytes == NULL && !torn;
	flash->off = torn;
	if (torn)
		flash->left = UINT64_MAX;
	else if (flash->left != UINT64_MAX)
		flash->left -= whole;
	return torn ? QUIRE_EPORT : QUIRE_OK;
}

/* With the lock held. */
static int change_all(struct quire_linux *machine, struct operation op)
{
	int result = machine->flash.off ? QUIRE_EPORT : QUIRE_OK;

	while (op.size > 0 && result == QUIRE_OK) {
		quire_size done = op.size < PIECE ? op.size : PIECE;

		result = change_piece(machine, &op);
		op.offset += done;
		op.size -= done;
		op.bytes = op.bytes == NULL ? NULL : op.bytes + done;
	}
	return result;
}

/* Let the power fail outside the lock, where the one who waits for it may do what he likes. */
static int perform(struct quire_linux *machine, const struct operation *op)
{
	struct quire_linux_flash *flash = &machine->flash;
	struct quire_linux_flash before;
	void (*cut)(void *ctx) = NULL;
	int result;

	pthread_mutex_lock(&machine->mutex);
	before = *flash;
	result = change_all(machine, *op);
	flash->counts.programs += result == QUIRE_OK && op->bytes != NULL;
	if (flash->off && !before.off) {
		cut = flash->cut;
		flash->cut = NULL;
	}
	pthread_mutex_unlock(&machine->mutex);
	if (cut != NULL)
		cut(before.cut_ctx);
	return result;
}

/* Whether there is such flash, and whether it may be changed. */
static int check(const struct quire_linux *machine, quire_pa pa, quire_size size)
{
	int result = quire_linux_memory_check(machine, QUIRE_FLASH0, pa, size);

	if (result == QUIRE_OK && machine->memory[QUIRE_FLASH0].readonly)
		result = QUIRE_ECAPS;
	return result;
}

int quire_linux_flash_program(struct quire_linux *machine, quire_pa pa, const void *bytes,
			      size_t size)
{
	int result;

	if (machine == NULL || bytes == NULL)
		return QUIRE_ENULL;
	result = check(machine, pa, size);
	if (result == QUIRE_OK)
		result = perform(machine,
				 &(struct operation){pa - machine->layout.memory[QUIRE_FLASH0].base,
						     bytes, size});
	return result;
}

int quire_linux_flash_erase(struct quire_linux *machine, quire_pa pa, quire_size size)
{
	int result;
	quire_size offset;

	if (machine == NULL)
		return QUIRE_ENULL;
	result = check(machine, pa, size);
	if (result < 0)
		return result;
	offset = pa - machine->layout.memory[QUIRE_FLASH0].base;
	if (offset % QUIRE_LINUX_SECTOR != 0 || size % QUIRE_LINUX_SECTOR != 0)
		return QUIRE_EALIGN;
	return perform(machine, &(struct operation){offset, NULL, size});
}

int quire_linux_power_cut(struct quire_linux *machine, uint64_t at, void (*cut)(void *ctx),
			  void *ctx)
{
	if (machine == NULL)
		return QUIRE_ENULL;
	pthread_mutex_lock(&machine->mutex);
	machine->flash.left = at;
	machine->flash.cut = at == UINT64_MAX ? NULL : cut;
	machine->flash.cut_ctx = ctx;
	pthread_mutex_unlock(&machine->mutex);
	return QUIRE_OK;
}

bool quire_linux_power(struct quire_linux *machine)
{
	bool on;

	if (machine == NULL)
		return false;
	pthread_mutex_lock(&machine->mutex);
	on = !machine->flash.off;
	pthread_mutex_unlock(&machine->mutex);
	return on;
}

int quire_linux_power_on(struct quire_linux *machine)
{
	int result = QUIRE_OK;

	if (machine == NULL)
		return QUIRE_ENULL;
	pthread_mutex_lock(&machine->mutex);
	if (machine->flash.off && !quire_linux_cache_restart(machine))
		result = QUIRE_EPORT;
	machine->flash.off = false;
	pthread_mutex_unlock(&machine->mutex);
	return result;
}

int quire_linux_flash_counts(struct quire_linux *machine, struct quire_linux_flash_counts *out)
{
	if (machine == NULL || out == NULL)
		return QUIRE_ENULL;
	pthread_mutex_lock(&machine->mutex);
	*out = machine->flash.counts;
	pthread_mutex_unlock(&machine->mutex);
	return QUIRE_OK;
}
