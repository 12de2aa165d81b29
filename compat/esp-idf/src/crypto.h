/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little cryptography there is: the hashes of partitions and images, and the cipher of
 * encrypted flash.
 *
 * It is nettle's.  An application links with two of our libraries and nothing else, so the parts of
 * nettle that are needed are linked into one object inside the library, with all names but these
 * made local (CMakeLists.txt): an application that brings a nettle of its own does not meet ours.
 *
 * Everything is safe from any thread, and takes time in proportion to the bytes.
 */
#ifndef QUIRE_ESP_CRYPTO_H
#define QUIRE_ESP_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define QUIRE_ESP_SHA256 32u
#define QUIRE_ESP_MD5    16u

/* A SHA-256 on its way. */
struct quire_esp_sha256 {
	uint64_t state[16];
};

void quire_esp_sha256_begin(struct quire_esp_sha256 *sha);
void quire_esp_sha256_add(struct quire_esp_sha256 *sha, const void *bytes, size_t size);
void quire_esp_sha256_end(struct quire_esp_sha256 *sha, uint8_t out[QUIRE_ESP_SHA256]);

/* The MD5 of bytes that are all at hand. */
void quire_esp_md5(const void *bytes, size_t size, uint8_t out[QUIRE_ESP_MD5]);

/*
 * Encrypt and decrypt flash in place, as the family's XTS-AES-128 hardware does: units of 128 bytes
 * at multiples of 128, each with its own address for a tweak, and taken last byte first.
 * `address` and `size` are multiples of 16.  (The scheme is that of espsecure.py.)
 */
void quire_esp_xts_encrypt(const uint8_t key[32], uint32_t address, void *bytes, size_t size);
void quire_esp_xts_decrypt(const uint8_t key[32], uint32_t address, void *bytes, size_t size);

#endif
