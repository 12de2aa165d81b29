/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out: each allocation of each builder is made to fail in turn.  The builder says
 * so, gives back what it had, and leaves its output alone.
 *
 * The linker sends the library's malloc and calloc here; the readers are tested by their absence,
 * since none of them may allocate at all.
 */
#include "toolkit.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static unsigned allocations; /* since the last start */
static unsigned fail_at;     /* the one that fails, counted from 1; 0: none */

static int fails(void)
{
	return ++allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

static struct made made;

static bool build_from_elf(struct image_buffer *out, struct heard *heard)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3")};
	struct image_view view = image_view_of_file(made.bytes, made.size);
	struct image_elf elf;

	return image_elf_read(&view, &elf, &heard->report) &&
	       image_build_from_elf(&elf, &options, out, &heard->report);
}

static bool build_synthetic(struct image_buffer *out, struct heard *heard)
{
	struct image_build_options options = {.chip = quire_chip_by_name("esp32s3")};
	struct image_synthetic what = {.code_size = 64, .rodata_size = 256, .ram_size = 64};

	return image_build_synthetic(&what, &options, out, &heard->report);
}

static bool build_table(struct image_buffer *out, struct heard *heard)
{
	static const char text[] = "nvs,data,nvs,,24K\n";
	struct image_table table;

	return image_table_from_csv(text, sizeof text - 1, NULL, &table, &heard->report) &&
	       image_build_table(&table, NULL, out, &heard->report);
}

static bool build_flash(struct image_buffer *out, struct heard *heard)
{
	return image_build_flash(NULL, 0, 0x1000, out, &heard->report);
}

/* Let each allocation of a builder fail, up to the run in which none does. */
static void exhaust(bool (*build)(struct image_buffer *, struct heard *), unsigned expected)
{
	struct image_buffer out = {0};
	struct heard heard;
	unsigned failures = 0;

	for (;; failures++) {
		heard_begin(&heard);
		allocations = 0;
		fail_at = failures + 1;
		if (build(&out, &heard))
			break;
		fail_at = 0;
		assert_int_equal(heard.report.error.fault, IMAGE_FAULT_MEMORY);
		assert_non_null(strstr(heard.report.error.text, "no memory for"));
		assert_null(out.bytes);
	}
	fail_at = 0;
	assert_int_equal(failures, expected);
	image_buffer_free(&out);
}

static void builders(void **state)
{
	(void)state;
	elf_program(&made, quire_chip_by_name("esp32s3"), 0x10000, 0x100, 0x100, 0x100);
	exhaust(build_from_elf, 7); /* pieces, runs, four runs' bytes, the image */
	exhaust(build_synthetic, 4);
	exhaust(build_table, 1);
	exhaust(build_flash, 1);
}

static void readers_take_none(void **state)
{
	struct image_view view = image_view_of_file(made.bytes, 0);
	struct image_table table;
	struct image_app app;
	struct image_elf elf;
	struct heard heard;
	uint32_t chips;

	(void)state;
	heard_begin(&heard);
	app_small(&made);
	view.size = made.size;
	allocations = 0;
	assert_true(image_app_read(&view, NULL, &app, &heard.report));
	made.size = 0;
	table_row(&made, 0, 0, 0x10000, 0x10000, "factory");
	table_end(&made);
	view.size = made.size;
	assert_true(image_table_read(&view, NULL, &table, &heard.report));
	elf_program(&made, quire_chip_by_name("esp32s3"), 0x10000, 0x100, 0x100, 0x100);
	view.size = made.size;
	assert_true(image_elf_read(&view, &elf, &heard.report));
	chips = image_elf_chips(&elf);
	assert_true(chips != 0);
	assert_int_equal(allocations, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builders),
		cmocka_unit_test(readers_take_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
