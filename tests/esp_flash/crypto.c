/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes and the flash cipher, against published values: RFC 1321, FIPS 180, IEEE 1619. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto.h"

static void test_sha256_of_abc(void **state)
{
	static const uint8_t expect[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
					 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
					 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
					 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	struct quire_esp_sha256 sha;
	uint8_t out[QUIRE_ESP_SHA256];

	(void)state;
	quire_esp_sha256_begin(&sha);
	quire_esp_sha256_add(&sha, "a", 1);
	quire_esp_sha256_add(&sha, "bc", 2);
	quire_esp_sha256_end(&sha, out);
	assert_memory_equal(out, expect, sizeof(out));
}

static void test_md5_of_abc(void **state)
{
	static const uint8_t expect[] = {0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
					 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72};
	uint8_t out[QUIRE_ESP_MD5];

	(void)state;
	quire_esp_md5("abc", 3, out);
	assert_memory_equal(out, expect, sizeof(out));
}

/* IEEE 1619, vector 1: key 0, unit 0, zeros.  It stands at the end of the unit, back to front. */
static void test_xts_is_ieee_1619_last_byte_first(void **state)
{
	static const uint8_t expect[] = {0x91, 0x7c, 0xf6, 0x9e, 0xbd, 0x68, 0xb2, 0xec,
					 0x9b, 0x9f, 0xe9, 0xa3, 0xea, 0xdd, 0xa6, 0x92,
					 0xcd, 0x43, 0xd2, 0xf5, 0x95, 0x98, 0xed, 0x85,
					 0x8c, 0x02, 0xc2, 0x65, 0x2f, 0xbf, 0x92, 0x2e};
	static const uint8_t key[32];
	uint8_t unit[128] = {0};

	(void)state;
	quire_esp_xts_encrypt(key, 0, unit, sizeof(unit));
	for (unsigned i = 0; i < sizeof(expect); i++)
		assert_int_equal(unit[sizeof(unit) - 1 - i], expect[i]);
	quire_esp_xts_decrypt(key, 0, unit, sizeof(unit));
	for (unsigned i = 0; i < sizeof(unit); i++)
		assert_int_equal(unit[i], 0);
}

static void fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 37 + (i >> 8));
}

/* A file system writes 16 bytes here and 16 there; the chip reads whole lines. */
static void test_pieces_are_what_the_whole_is(void **state)
{
	uint8_t key[32], plain[640], whole[640], pieces[640];

	(void)state;
	fill(key, sizeof(key));
	fill(plain, sizeof(plain));
	memcpy(whole, plain, sizeof(plain));
	memcpy(pieces, plain, sizeof(plain));
	quire_esp_xts_encrypt(key, 0x110050, whole, sizeof(whole));
	for (unsigned i = 0; i < sizeof(pieces); i += 16)
		quire_esp_xts_encrypt(key, 0x110050 + i, pieces + i, 16);
	assert_memory_equal(pieces, whole, sizeof(whole));
	assert_memory_not_equal(whole, plain, 16);
	for (unsigned i = 0; i < sizeof(pieces); i += 32)
		quire_esp_xts_decrypt(key, 0x110050 + i, pieces + i, 32);
	assert_memory_equal(pieces, plain, sizeof(plain));
}

/* The same bytes elsewhere look different. */
static void test_units_differ_by_address(void **state)
{
	uint8_t key[32], here[128] = {0}, there[128] = {0};

	(void)state;
	fill(key, sizeof(key));
	quire_esp_xts_encrypt(key, 0x10000, here, sizeof(here));
	quire_esp_xts_encrypt(key, 0x10080, there, sizeof(there));
	assert_memory_not_equal(here, there, sizeof(here));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_of_abc),
		cmocka_unit_test(test_md5_of_abc),
		cmocka_unit_test(test_xts_is_ieee_1619_last_byte_first),
		cmocka_unit_test(test_pieces_are_what_the_whole_is),
		cmocka_unit_test(test_units_differ_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
