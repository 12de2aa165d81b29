/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an application image, as they are and with their seals put right.
 */
#include "mend.h"

#include "image/app.h"
#include "image/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an accepted image must be like. */
static void check(const struct image_view *view, const struct image_app *app)
{
	MUST(app->length <= view->size);
	MUST(app->segment_count >= 1 && app->segment_count <= IMAGE_APP_SEGMENTS_MAX);
	for (unsigned i = 0; i < app->segment_count; i++) {
		const struct image_segment *segment = &app->segment[i];
		struct image_mapping map;

		MUST((uint64_t)segment->offset + segment->length <= app->length);
		if (!image_app_mapping(app, i, 0, &map))
			continue;
		MUST(map.va % app->page_size == 0 && map.pa % app->page_size == 0);
		MUST(map.size % app->page_size == 0 && map.size >= segment->length);
		MUST(map.va <= segment->address && map.pa <= segment->offset);
		MUST(segment->address - map.va == segment->offset - map.pa);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_report report = {0};
	struct image_view view;
	struct image_app app;
	uint8_t *copy = malloc(size ? size : 1);
	bool done;

	MUST(copy != NULL);
	memcpy(copy, data, size);
	view = image_view_of_file(copy, size);
	MUST(image_kind_of(&view, 0) <= IMAGE_KIND_TABLE);
	while (!(done = image_app_read(&view, NULL, &app, &report)) && mend(copy, &report))
		;
	if (done)
		check(&view, &app);
	else
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
	free(copy);
	return 0;
}
