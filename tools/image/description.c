/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program says about itself.
 *
 * ESP-IDF puts a structure at the very start of an application's constants, which makes it the
 * first thing in the image, and another one at the start of a second-stage loader's data.  They are
 * looked for at the start of every segment, since other tools order segments otherwise.
 */
#include "image/app_parts.h"
#include "image/bytes.h"

#include <string.h>

enum application_field {
	AT_SECURE_VERSION = 4,
	AT_VERSION = 16,
	AT_PROJECT = 48,
	AT_TIME = 80,
	AT_DATE = 96,
	AT_IDF = 112
};

enum loader_field { AT_LOADER_IDF = 8 };

void image_description_read(const uint8_t *bytes, struct image_description *out)
{
	memset(out, 0, sizeof *out);
	if (image_get32(bytes) != IMAGE_DESCRIPTION_MAGIC)
		return;
	out->present = true;
	out->secure_version = image_get32(bytes + AT_SECURE_VERSION);
	image_copy_text(out->version, bytes + AT_VERSION, 32);
	image_copy_text(out->project, bytes + AT_PROJECT, 32);
	image_copy_text(out->time, bytes + AT_TIME, 16);
	image_copy_text(out->date, bytes + AT_DATE, 16);
	image_copy_text(out->idf, bytes + AT_IDF, 32);
	memcpy(out->elf_sha256, bytes + IMAGE_DESCRIPTION_DIGEST, IMAGE_DIGEST_SIZE);
	out->page_shift = bytes[IMAGE_DESCRIPTION_PAGE];
}

static void find_application(const struct image_view *view, struct image_app *app)
{
	for (unsigned i = 0; i < app->segment_count && !app->description.present; i++) {
		const struct image_segment *segment = &app->segment[i];

		if (segment->length < IMAGE_DESCRIPTION_SIZE)
			continue;
		image_description_read(view->bytes + segment->offset, &app->description);
		app->description.offset = segment->offset;
	}
}

/* A loader's description has one byte of magic, so its place counts too: the first segment. */
static void find_loader(const struct image_view *view, struct image_app *app)
{
	const struct image_segment *first = &app->segment[0];
	const uint8_t *bytes = view->bytes + first->offset;

	if (app->description.present || first->length < IMAGE_LOADER_SIZE ||
	    bytes[0] != IMAGE_LOADER_MAGIC)
		return;
	app->is_loader = true;
	image_copy_text(app->loader_idf, bytes + AT_LOADER_IDF, 32);
}

void image_descriptions_find(const struct image_view *view, struct image_app *app)
{
	find_application(view, app);
	find_loader(view, app);
}
