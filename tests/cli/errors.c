/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged images: one sentence, status 2, nothing on standard output, whatever is damaged.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

/* Status 2, nothing printed, and one sentence in one line. */
static void assert_refused(const char *file)
{
	struct outcome o = run("quire map %s --svg should-not-be.svg", file);

	assert_int_equal(o.status, 2);
	assert_string_equal(o.out, "");
	assert_int_equal(strncmp(o.err, "quire map: ", 11), 0);
	assert_string_equal(strchr(o.err, '\n'), "\n");
	outcome_free(&o);
	expect(0, NULL, NULL, "test ! -e should-not-be.svg");
}

/* Flip one byte of a dump. */
static void damage(const struct image_buffer *dump, size_t at, uint8_t with)
{
	dump->bytes[at] ^= with;
	write_file("damaged.bin", dump->bytes, dump->size);
	dump->bytes[at] ^= with;
}

static void each_field_has_its_sentence(void **state)
{
	static const struct {
		size_t at;
		uint8_t with;
		const char *says; /* a part of it */
	} fields[] = {
		{0x10000, 0x01, "magic 0xe8 at offset 0x10000, expected 0xe9"},
		{0x10001, 0x40, "segment"},
		{0x1000c, 0x02, "chip"},
		{0x10018 + 2, 0x10, "SHA-256"},
		{0x10018 + 7, 0x80, "length"},
		{0x10400, 0x01, "checksum"},
		{0x8000, 0x01, "row 0: bytes ab 50 at offset 0x8000, expected aa 50"},
		{0x8004, 0x01, "MD5"},
		{0x0, 0x10, "loader: no image header"},
	};
	struct image_buffer dump = make_dump(NULL, "esp32s3");

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct outcome o;

		damage(&dump, fields[i].at, fields[i].with);
		o = run("quire map damaged.bin");
		if (o.status != 2 || *o.out || !strstr(o.err, fields[i].says))
			fail_msg("byte 0x%zx: status %d, '%s' lacks '%s'", fields[i].at, o.status,
				 o.err, fields[i].says);
		outcome_free(&o);
	}
	image_buffer_free(&dump);
}

static void cut_files_are_refused(void **state)
{
	static const size_t sizes[] = {0,      1,      23,      24,      4096,
				       0x8000, 0x8c00, 0x10000, 0x10010, 0x18000};
	struct image_buffer dump = make_dump(NULL, "esp32c3");

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		/* An image that ends before the table is the loader alone, which is one. */
		if (sizes[i] == 0x8000)
			continue;
		write_file("cut.bin", dump.bytes, sizes[i]);
		assert_refused("cut.bin");
	}
	image_buffer_free(&dump);
	expect(2, "", "quire map: nothing.bin: No such file or directory.\n",
	       "quire map nothing.bin");
	expect(2, "", NULL, "quire map /");
	expect(2, "", "quire map: -: the file is empty.\n", "quire map - </dev/null");
}

/* Any byte of the application: either it does not matter to the format, or it is refused. */
static void no_damage_is_overlooked(void **state)
{
	struct image_buffer dump = make_dump(NULL, "esp32c6");
	unsigned refused = 0;

	(void)state;
	for (size_t at = 0x10000; at < 0x10000 + 40; at++) {
		struct outcome o;

		damage(&dump, at, 0x04);
		o = run("quire map damaged.bin --no-picture");
		assert_true(o.status == 0 || o.status == 2);
		assert_int_equal(o.status == 2, *o.out == '\0');
		refused += o.status == 2;
		outcome_free(&o);
	}
	/* The SHA-256 covers all of them. */
	assert_int_equal(refused, 40);
	image_buffer_free(&dump);
}

static void chips_must_agree(void **state)
{
	struct outcome o;

	(void)state;
	make_app("app.bin", "esp32c3", 0, 4096, 4096);
	o = run("quire map app.bin --chip esp32s3");
	assert_int_equal(o.status, 2);
	assert_non_null(strstr(o.err, "(esp32c3)"));
	outcome_free(&o);
	expect(2, "", NULL, "quire map app.bin --page-size 32K");
	expect(2, "",
	       "quire map: the application's offset 0x11000 in flash is not a multiple of its page "
	       "size, 64K.\n",
	       "quire map app.bin --app-offset 0x11000");
	expect(2, "", NULL, "quire map app.bin --flash 64K");
	expect(2, "", "quire map: ESP32-C3 has no PSRAM.\n", "quire map app.bin --psram 2M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_has_its_sentence),
		cmocka_unit_test(cut_files_are_refused),
		cmocka_unit_test(no_damage_is_overlooked),
		cmocka_unit_test(chips_must_agree),
	};

	return cmocka_run_group_tests(tests, tool_enter, tool_leave);
}
