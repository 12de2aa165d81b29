/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a partition table; an accepted one is written again and must read as the same.
 */
#include "mend.h"

#include "image/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image_table *table)
{
	struct image_report report = {0};
	struct image_table again;
	struct image_buffer out;
	struct image_view view;

	MUST(table->count >= 1 && table->count <= IMAGE_PARTITIONS_MAX);
	if (table->count == IMAGE_PARTITIONS_MAX) /* there would be no room for an MD5 row */
		return;
	MUST(image_build_table(table, NULL, &out, &report));
	view = image_view_of_file(out.bytes, out.size);
	MUST(image_table_read(&view, NULL, &again, &report));
	MUST(again.count == table->count && again.has_md5);
	for (unsigned i = 0; i < table->count; i++) {
		MUST(strcmp(again.row[i].label, table->row[i].label) == 0);
		MUST(again.row[i].offset == table->row[i].offset);
		MUST(again.row[i].size == table->row[i].size);
		MUST(image_partition_by_label(table, table->row[i].label) != NULL);
	}
	image_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_report report = {0};
	struct image_table table;
	struct image_view view;
	uint8_t *copy = malloc(size ? size : 1);
	bool done;

	MUST(copy != NULL);
	memcpy(copy, data, size);
	view = image_view_of_file(copy, size);
	while (!(done = image_table_read(&view, NULL, &table, &report)) && mend(copy, &report))
		;
	if (done)
		check(&table);
	else
		MUST(report.error.fault != IMAGE_FAULT_NONE && report.error.text[0] != 0);
	free(copy);
	return 0;
}
