/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documented rules of esp_mmu_map.h in their plainest form: a page is free, reserved or a
 * block's, every question is answered by looking at all pages and all blocks, and nothing is kept.
 */
#ifndef QUIRE_TESTS_ESP_MMU_MODEL_H
#define QUIRE_TESTS_ESP_MMU_MODEL_H

#include "rig.h"

#define MODEL_WINDOWS 4
#define MODEL_PAGES   512
#define MODEL_BLOCKS  600

/* Windows as ESP-IDF documents them, in its words. */
struct model_window {
	uint32_t base, exec_base, pages;
	unsigned caps, targets;
};

struct model_block {
	bool used, mapped; /* or only reserved */
	unsigned window;
	uint32_t page, pages;
	uint32_t pa;
	unsigned target;
	unsigned caps;   /* as asked for */
	unsigned access; /* what it allows */
};

struct model {
	const char *chip;
	bool psram_maps;
	uint32_t flash, psram; /* bytes */
	unsigned window_count;
	struct model_window window[MODEL_WINDOWS];
	int owner[MODEL_WINDOWS][MODEL_PAGES]; /* -1: nobody, else a block's number */
	struct model_block block[MODEL_BLOCKS];
};

/* A request. */
struct model_want {
	uint32_t va, pa;
	size_t size;
	unsigned target, caps;
	bool shared;
};

/* Everything free. */
void model_init(struct model *m);

/*
 * What a call would answer; nothing changes.  With ESP_OK, `*va` is the address, of what would be
 * mapped where everything that is not in use is free; with INVALID_STATE it is that of what is
 * there.
 */
esp_err_t model_map(const struct model *m, const struct model_want *want, uint32_t *va);
esp_err_t model_reserve(const struct model *m, const struct model_want *want, uint32_t *va);
uint32_t model_largest(const struct model *m, unsigned caps, unsigned target);

/* Whether a block of this request may stand at an address: all of it free, in a window that can. */
bool model_may_stand(const struct model *m, const struct model_want *want, uint32_t va);

/* Put it there; the block's number. */
int model_put(struct model *m, const struct model_want *want, uint32_t va, bool mapped);

/* The block that begins at an address, on either side, -1 if none does; and its end. */
int model_find(const struct model *m, uint32_t va, bool mapped);
void model_take(struct model *m, int block);

/* The looks. */
esp_err_t model_to_physical(const struct model *m, uint32_t va, uint32_t *pa, unsigned *target);
esp_err_t model_to_virtual(const struct model *m, uint32_t pa, unsigned target, unsigned type,
			   uint32_t *va);
esp_err_t model_caps(const struct model *m, uint32_t pa, unsigned target, unsigned *caps);

#endif
