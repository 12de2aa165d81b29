/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes and the flash cipher (crypto.h), over nettle.
 *
 * The flash cipher is plain XTS but for the order of bytes: hardware loads a unit of 128 bytes as one
 * number, least significant byte first, where XTS as published begins with the most significant.
 * Hence every unit is turned around, goes through XTS, and is turned around again.  In a unit, no
 * block of 16 depends on another, so that a piece of one is placed where it stands and the rest of
 * the unit is filled with anything.
 */
#include "crypto.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <nettle/xts.h>
#include <string.h>

#define UNIT 128u

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct quire_esp_sha256), "room for nettle's");

static struct sha256_ctx *nettles(struct quire_esp_sha256 *sha)
{
	return (struct sha256_ctx *)(void *)sha->state;
}

void quire_esp_sha256_begin(struct quire_esp_sha256 *sha)
{
	sha256_init(nettles(sha));
}

void quire_esp_sha256_add(struct quire_esp_sha256 *sha, const void *bytes, size_t size)
{
	sha256_update(nettles(sha), size, bytes);
}

void quire_esp_sha256_end(struct quire_esp_sha256 *sha, uint8_t out[QUIRE_ESP_SHA256])
{
	sha256_digest(nettles(sha), QUIRE_ESP_SHA256, out);
}

void quire_esp_md5(const void *bytes, size_t size, uint8_t out[QUIRE_ESP_MD5])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, size, bytes);
	md5_digest(&md5, QUIRE_ESP_MD5, out);
}

typedef void xts_fn(struct xts_aes128_key *key, const uint8_t *tweak, size_t size, uint8_t *out,
		    const uint8_t *in);

static void turn_around(uint8_t *unit)
{
	for (unsigned i = 0; i < UNIT / 2; i++) {
		uint8_t byte = unit[i];

		unit[i] = unit[UNIT - 1 - i];
		unit[UNIT - 1 - i] = byte;
	}
}

/* One unit; `address` is a multiple of 128. */
static void cipher_unit(struct xts_aes128_key *key, xts_fn *xts, uint32_t address, uint8_t *unit)
{
	uint8_t tweak[XTS_BLOCK_SIZE] = {(uint8_t)address, (uint8_t)(address >> 8),
					 (uint8_t)(address >> 16), (uint8_t)(address >> 24)};
	uint8_t out[UNIT];

	turn_around(unit);
	xts(key, tweak, UNIT, out, unit);
	turn_around(out);
	memcpy(unit, out, UNIT);
}

static void cipher(struct xts_aes128_key *key, xts_fn *xts, uint32_t address, uint8_t *bytes,
		   size_t size)
{
	while (size > 0) {
		uint8_t unit[UNIT] = {0};
		size_t before = address % UNIT, count = UNIT - before;

		count = count < size ? count : size;
		memcpy(unit + before, bytes, count);
		cipher_unit(key, xts, (uint32_t)(address - before), unit);
		memcpy(bytes, unit + before, count);
		address += (uint32_t)count;
		bytes += count;
		size -= count;
	}
}

void quire_esp_xts_encrypt(const uint8_t key[32], uint32_t address, void *bytes, size_t size)
{
	struct xts_aes128_key schedule;

	xts_aes128_set_encrypt_key(&schedule, key);
	cipher(&schedule, xts_aes128_encrypt_message, address, bytes, size);
}

void quire_esp_xts_decrypt(const uint8_t key[32], uint32_t address, void *bytes, size_t size)
{
	struct xts_aes128_key schedule;

	xts_aes128_set_decrypt_key(&schedule, key);
	cipher(&schedule, xts_aes128_decrypt_message, address, bytes, size);
}
