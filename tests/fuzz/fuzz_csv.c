/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a partition table; an accepted one must make a table.
 */
#include "must.h"

#include "image/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_report report = {0};
	struct image_table table;
	struct image_buffer out;

	if (!image_table_from_csv((const char *)data, size, NULL, &table, &report)) {
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
		return 0;
	}
	MUST(image_build_table(&table, NULL, &out, &report));
	image_buffer_free(&out);
	return 0;
}
