/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quire demo: the whole thing at work.  Makes a flash image, boots it on a live board as the chip's
 * loader would, maps 8 MiB of PSRAM and 12 MiB of assets beside it, compares every byte, and shows
 * the map.
 */
#include "demo.h"
#include "number.h"
#include "view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct ink ink;
	const char *keep;
	uint64_t at;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ink;
		return 0;
	case 'k':
		o->keep = arg;
		return 0;
	case 'a':
		if (!number_parse(arg, &o->at) || o->at > UINT32_MAX)
			argp_error(state, "--at takes an address, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "there is nothing to give");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A file of its own in the temporary directory, if none is to be kept. */
static int choose_path(const struct options *o, char *path, size_t size, struct sentence *why)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	if (o->keep) {
		snprintf(path, size, "%s", o->keep);
		return CLI_OK;
	}
	snprintf(path, size, "%s/quire-demo-XXXXXX", directory && *directory ? directory : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return sentence_set(why, CLI_SYSTEM, "%.400s: %s", path, strerror(errno));
	close(fd);
	return CLI_OK;
}

/* What must be refused: the same addresses again, and a stretch that cannot be there. */
static int prove_refusals(struct board *b, quire_va taken, struct demo_counts *c,
			  struct sentence *why)
{
	struct quire_want want = {.pa = 0, .size = 0x10000, .attr = QUIRE_READ};
	struct quire_got got;
	char byte;

	if (quire_space_map_at(b->space, taken, &want, &got) != QUIRE_ETAKEN)
		return sentence_set(why, CLI_NO, "a second mapping at %s was not refused",
				    number_address(taken).text);
	want.attr = QUIRE_READ | QUIRE_WRITE | QUIRE_EXEC;
	if (quire_space_map(b->space, &want, &got) != QUIRE_EWX)
		return sentence_set(why, CLI_NO, "write and execute together were not refused");
	want.attr = QUIRE_READ;
	want.size = 64u << 20;
	if (quire_space_map(b->space, &want, &got) >= 0)
		return sentence_set(why, CLI_NO, "64 MiB of a 16 MiB flash were not refused");
	if (quire_linux_peek(b->layout->window[0].base + b->layout->window[0].size - 1, &byte, 1) !=
	    QUIRE_EUNMAPPED)
		return sentence_set(why, CLI_NO, "an unmapped address could be read");
	c->refusals = 4;
	return CLI_OK;
}

/* Boot, then the mappings of a program: its PSRAM, then its assets where it wants them. */
static int map_all(const struct options *o, const struct firmware *fw, struct board *b,
		   quire_va *psram_at, struct sentence *why)
{
	struct place psram = {
		.name = "psram", .size = DEMO_PSRAM, .attr = QUIRE_READ | QUIRE_WRITE};
	struct place assets = {.name = "assets", .fixed = true, .va = o->at, .attr = QUIRE_READ};
	int status = firmware_boot(fw, b, NULL, why);

	if (status == CLI_OK)
		status = place_map(&psram, QUIRE_PSRAM0, b, psram_at, why);
	if (status == CLI_OK)
		status = place_resolve(&assets, fw, why);
	if (status == CLI_OK)
		status = place_map(&assets, QUIRE_FLASH0, b, NULL, why);
	return status;
}

static int prove(struct board *b, const uint8_t *file, quire_va psram_at, quire_va assets_at,
		 struct demo_counts *c, struct sentence *why)
{
	const char *what = "damage";
	int status = demo_prove_flash(b, file, c, why);

	if (status == CLI_OK)
		status = demo_prove_psram(b, psram_at, c, why);
	if (status == CLI_OK)
		status = prove_refusals(b, assets_at, c, why);
	if (status == CLI_OK && quire_space_check(b->space, &what) < 0)
		status = sentence_set(why, CLI_NO, "the book and the MMU's entries disagree: %s",
				      what);
	return status;
}

static void print_numbers(struct board *b, const struct demo_counts *c)
{
	struct quire_linux_counts port;
	struct quire_space_stats stats;

	quire_linux_counts(b->machine, &port);
	quire_space_stats(b->space, &stats);
	printf("%14s  bytes of flash compared with the file through data pointers\n",
	       number_grouped(c->data_bytes).text);
	printf("%14s  bytes of code compared through instruction-side pointers\n",
	       number_grouped(c->code_bytes).text);
	printf("%14s  bytes of PSRAM written, read back, and found in the memory\n",
	       number_grouped(c->psram_bytes).text);
	printf("%14u  pages in %u mappings, all entries as the book says\n", c->pages, c->mappings);
	printf("%14u  wrong requests refused, each for its reason\n", c->refusals);
	printf("%14s  runs of entries written by %s mmap calls, after %s searches of the book\n",
	       number_grouped(port.changes).text, number_grouped(port.maps + port.unmaps).text,
	       number_grouped(stats.searches).text);
}

static int show(struct board *b, const struct firmware *fw, const struct demo_counts *c,
		const struct ink *ink, struct sentence *why)
{
	struct view v;
	int status = view_take(&v, b, why);

	if (status == CLI_OK && !firmware_regions(fw, &v))
		status = sentence_memory(why);
	if (status == CLI_OK) {
		view_print_picture(&v, stdout, ink);
		putchar('\n');
		print_numbers(b, c);
	}
	view_free(&v);
	return status;
}

static void print_made(const struct options *o, const struct firmware *fw)
{
	printf("made    a flash of %s for an %s: loader, table with MD5, %s %s, %s of assets\n",
	       number_human(fw->size).text, fw->chip->title, fw->app->description.project,
	       fw->app->description.version, number_human(DEMO_ASSETS_SIZE).text);
	if (o->keep)
		printf("kept    as %s\n", o->keep);
	printf("booted  \"%s\" at 0x%llx: %u segments, checksum and SHA-256 checked\n",
	       fw->flash->app_partition->label, (unsigned long long)fw->app_at,
	       fw->app->segment_count);
}

static void print_mapped(const struct options *o, quire_va psram_at)
{
	printf("mapped  %s of PSRAM at %s, all assets at %s\n\n", number_human(DEMO_PSRAM).text,
	       number_address(psram_at).text, number_address(o->at).text);
}

static int run(const struct options *o, const char *path, struct sentence *why)
{
	struct firmware_options options = {.chip = quire_chip_by_name("esp32s3")};
	struct image_buffer flash = {NULL, 0};
	struct demo_counts counts = {0};
	struct firmware fw = {0};
	struct board b = {0};
	struct board_parts parts;
	quire_va psram_at = 0;
	int status = demo_make(&flash, why);

	if (status == CLI_OK)
		status = file_write(path, flash.bytes, flash.size, why);
	image_buffer_free(&flash);
	if (status == CLI_OK)
		status = firmware_read(&fw, path, &options, why);
	if (status == CLI_OK) {
		print_made(o, &fw);
		parts = firmware_parts(&fw, DEMO_PSRAM);
		parts.flash_path = path;
		status = board_open_live(&b, &parts, why);
	}
	if (status == CLI_OK)
		status = map_all(o, &fw, &b, &psram_at, why);
	if (status == CLI_OK)
		print_mapped(o, psram_at);
	if (status == CLI_OK)
		status = prove(&b, fw.bytes, psram_at, o->at, &counts, why);
	if (status == CLI_OK)
		status = show(&b, &fw, &counts, &o->ink, why);
	board_close(&b);
	firmware_free(&fw);
	return status;
}

static const struct argp_option argp_options[] = {
	{"keep", 'k', "FILE", 0, "Keep the flash image here", 0},
	{"at", 'a', "ADDRESS", 0, "Map the assets here instead of at 0x3D000000", 0},
	{0},
};
static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Make a 16 MiB flash image of an ESP32-S3, boot it on a simulated chip, map PSRAM "
	       "and "
	       "assets beside the program, and compare every byte through pointers.\vThe last line "
	       "is "
	       "'good', exit status 0, or 'BAD', exit status 1.",
	.children = children,
};

int cmd_demo(int argc, char **argv)
{
	struct options o = {.at = DEMO_ASSETS_AT};
	struct sentence why;
	char path[4096] = "";
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return CLI_SYSTEM;
	status = choose_path(&o, path, sizeof path, &why);
	if (status == CLI_OK)
		status = run(&o, path, &why);
	if (!o.keep && *path)
		unlink(path);
	if (status != CLI_OK)
		complain(argv[0], status, &why);
	printf("\n%s%s%s\n", o.ink.colour ? (status == CLI_OK ? "\033[1;32m" : "\033[1;31m") : "",
	       status == CLI_OK ? "good" : "BAD", o.ink.colour ? "\033[0m" : "");
	return status == CLI_OK ? CLI_OK : CLI_NO;
}
