/* SPDX-License-Identifier: Apache-2.0 */
#include "yard.h"

#include <stdlib.h>
#include <string.h>

static int lock(void *ctx)
{
	struct yard *yard = ctx;

	yard->locks++;
	if (yard->refuse)
		return REFUSAL;
	assert_int_equal(yard->locked++, 0);
	return 0;
}

static void unlock(void *ctx)
{
	struct yard *yard = ctx;

	assert_int_equal(yard->locked--, 1);
}

void yard_configure(struct yard *yard, const struct quire_frame_bank *banks, unsigned count,
		    quire_size page)
{
	memset(yard, 0, sizeof(*yard));
	yard->config = (struct quire_frames_config){
		.banks = banks,
		.bank_count = (uint8_t)count,
		.page = page,
		.lock = {lock, unlock, yard},
	};
	yard->config.memory_size = quire_frames_memory_size(&yard->config);
	assert_true(yard->config.memory_size > 0 && yard->config.memory_size % 8 == 0);
	yard->memory = malloc((size_t)yard->config.memory_size);
	assert_non_null(yard->memory);
	memset(yard->memory, 0xa5, (size_t)yard->config.memory_size);
	yard->config.memory = yard->memory;
}

void yard_open(struct yard *yard, const struct quire_frame_bank *banks, unsigned count,
	       quire_size page)
{
	yard_configure(yard, banks, count, page);
	assert_int_equal(quire_frames_init(&yard->frames, &yard->config), 0);
	yard_check(yard);
}

void yard_close(struct yard *yard)
{
	free(yard->memory);
	yard->memory = NULL;
}

void yard_check(struct yard *yard)
{
	const char *what = "";

	if (quire_frames_check(&yard->frames, &what) != 0)
		fail_msg("%s", what);
	assert_int_equal(yard->locked, 0);
}

void yard_image_take(struct yard *yard, struct yard_image *image)
{
	for (unsigned i = 0; i < yard->frames.bank_count;
	     i++) /* whoever asks for a run does this */
		frame_tree_catch_up(&yard->frames.bank[i]);
	image->frames = yard->frames;
	image->memory = malloc((size_t)yard->config.memory_size);
	assert_non_null(image->memory);
	memcpy(image->memory, yard->memory, (size_t)yard->config.memory_size);
}

void yard_unchanged(const struct yard *yard, const struct yard_image *image)
{
	assert_memory_equal(&yard->frames, &image->frames, sizeof(yard->frames));
	assert_memory_equal(yard->memory, image->memory, (size_t)yard->config.memory_size);
}

void yard_image_put_back(struct yard *yard, const struct yard_image *image)
{
	yard->frames = image->frames;
	memcpy(yard->memory, image->memory, (size_t)yard->config.memory_size);
}

void yard_image_free(struct yard_image *image)
{
	free(image->memory);
	image->memory = NULL;
}

uint64_t yard_bits(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint32_t yard_random(uint64_t *state, uint32_t limit)
{
	return (uint32_t)((yard_bits(state) >> 32) * limit >> 32);
}
