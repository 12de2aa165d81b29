/* SPDX-License-Identifier: Apache-2.0 */
/* What is compared of a configuration. */
#ifndef ESP_RUNTIME_VALUES_H
#define ESP_RUNTIME_VALUES_H

#include <stdbool.h>
#include <stdint.h>

struct values {
	const char *target;
	unsigned id;
	unsigned cores;
	unsigned soc_cores;
	bool unicore;
	bool xtensa;
	uint32_t loader;
	uint32_t page_size;
	uint32_t soc_page_size;
	bool pages; /* of several sizes */
	unsigned mmus;
	bool psram;
	bool writeback;
	bool one_bus;
	unsigned line; /* bytes; 0: the configuration does not say */
};

#endif
