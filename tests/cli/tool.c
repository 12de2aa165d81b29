/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame for tests of the whole program.  A run goes through the shell, so that a test reads
 * like what a user types, with both streams caught in files.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/quire-cli-XXXXXX";

int tool_enter(void **state)
{
	(void)state;
	unsetenv("NO_COLOR");
	setenv("LC_ALL", "C.UTF-8", 1);
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

int tool_leave(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = malloc(1u << 22);
	size_t size;

	assert_non_null(in);
	assert_non_null(text);
	size = fread(text, 1, (1u << 22) - 1, in);
	text[size] = '\0';
	fclose(in);
	return text;
}

static struct outcome run_list(const char *format, va_list args)
{
	const char *tool = getenv("QUIRE_TEST_TOOL");
	char command[4096], all[8192];
	struct outcome o;
	int status;

	assert_non_null(tool);
	vsnprintf(command, sizeof command, format, args);
	snprintf(all, sizeof all, "quire() { '%s' \"$@\"; }\n{ %s\n} >.out 2>.err", tool, command);
	status = system(all);
	o.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
	o.out = slurp(".out");
	o.err = slurp(".err");
	return o;
}

struct outcome run(const char *format, ...)
{
	struct outcome o;
	va_list args;

	va_start(args, format);
	o = run_list(format, args);
	va_end(args);
	return o;
}

void outcome_free(struct outcome *o)
{
	free(o->out);
	free(o->err);
	memset(o, 0, sizeof *o);
}

void expect(int status, const char *out, const char *err, const char *format, ...)
{
	struct outcome o;
	va_list args;

	va_start(args, format);
	o = run_list(format, args);
	va_end(args);
	if (err)
		assert_string_equal(o.err, err);
	if (out)
		assert_string_equal(o.out, out);
	assert_int_equal(o.status, status);
	outcome_free(&o);
}

void expect_golden(const char *name, const char *format, ...)
{
	const char *source = getenv("QUIRE_TEST_SOURCE");
	char path[1024], *wanted;
	struct outcome o;
	va_list args;

	va_start(args, format);
	o = run_list(format, args);
	va_end(args);
	assert_string_equal(o.err, "");
	snprintf(path, sizeof path, "%s/tests/cli/golden/%s", source ? source : ".", name);
	if (getenv("QUIRE_UPDATE_GOLDEN")) {
		FILE *to = fopen(path, "w");

		assert_non_null(to);
		fputs(o.out, to);
		fclose(to);
	}
	wanted = slurp(path);
	assert_string_equal(o.out, wanted);
	free(wanted);
	outcome_free(&o);
}

const char *tool_data(void)
{
	static char path[1024];
	const char *named = getenv("QUIRE_TEST_DATA");
	const char *source = getenv("QUIRE_TEST_SOURCE");

	if (named)
		snprintf(path, sizeof path, "%s", named);
	else
		snprintf(path, sizeof path, "%s/../shared/data", source ? source : ".");
	return access(path, R_OK) == 0 ? path : "";
}

void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *out = fopen(name, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

static struct image_buffer build(const char *chip, uint32_t page_size, uint32_t code,
				 uint32_t rodata, bool loader)
{
	struct image_build_options build = {.chip = quire_chip_by_name(chip),
					    .page_size = page_size};
	struct image_synthetic what = {.code_size = loader ? 0 : code,
				       .rodata_size = loader ? 0 : rodata,
				       .ram_size = 0x2000,
				       .loader = loader,
				       .project = "tests"};
	struct image_report report = {.warnings = 0};
	struct image_buffer image = {NULL, 0};

	if (!image_build_synthetic(&what, &build, &image, &report))
		fail_msg("%s", report.error.text);
	return image;
}

void make_app(const char *name, const char *chip, uint32_t page_size, uint32_t code,
	      uint32_t rodata)
{
	struct image_buffer image = build(chip, page_size, code, rodata, false);

	write_file(name, image.bytes, image.size);
	image_buffer_free(&image);
}

struct image_buffer make_dump(const char *name, const char *chip)
{
	static const char csv[] = "nvs, data, nvs, 0x9000, 24K\n"
				  "factory, app, factory, 64K, 1M\n"
				  "data, data, spiffs, 0x200000, 1M\n";
	struct image_buffer loader = build(chip, 0, 0, 0, true);
	struct image_buffer app = build(chip, 0, 100000, 50000, false);
	struct image_buffer table = {NULL, 0}, flash = {NULL, 0};
	struct image_table *rows = calloc(1, sizeof *rows);
	struct image_report report = {.warnings = 0};

	assert_non_null(rows);
	assert_true(image_table_from_csv(csv, sizeof csv - 1, NULL, rows, &report));
	assert_true(image_build_table(rows, NULL, &table, &report));
	{
		const struct image_part part[] = {
			{"loader", quire_chip_by_name(chip)->bootloader_offset, loader.bytes,
			 loader.size},
			{"table", 0x8000, table.bytes, table.size},
			{"app", 0x10000, app.bytes, app.size},
		};

		assert_true(image_build_flash(part, 3, 4u << 20, &flash, &report));
	}
	image_buffer_free(&loader);
	image_buffer_free(&app);
	image_buffer_free(&table);
	free(rows);
	if (name)
		write_file(name, flash.bytes, flash.size);
	return flash;
}
