/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals (refusal.h says what they are for). */
#include "refusal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

esp_err_t quire_esp_refuse(struct quire_esp_refusal *refusal, esp_err_t err, const char *format,
			   ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(refusal->why, sizeof(refusal->why), format, arguments);
	va_end(arguments);
	return err;
}

esp_err_t quire_esp_refuse_alignment(struct quire_esp_refusal *refusal, quire_pa address,
				     uint32_t page)
{
	return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
				"0x%" PRIx64 " is not a multiple of the page of %" PRIu32 " KiB",
				(uint64_t)address, page >> 10);
}

/* Whether a mapping shows some of what is wanted, in a window that can do it. */
static bool meets(const struct quire_extent_info *info, const struct quire_want *want)
{
	unsigned needed = (want->attr & QUIRE_ACCESS_MASK) | want->caps;

	return info->kind == QUIRE_MAPPED && info->target == want->target &&
	       (needed & ~(unsigned)info->caps) == 0 && info->pa < want->pa + want->size &&
	       want->pa < info->pa + info->size;
}

bool quire_esp_in_the_way(struct quire_esp *m, const struct quire_want *want,
			  struct quire_extent_info *out)
{
	struct quire_cursor cursor = {0};

	while (quire_space_next(m->space, &cursor, out) == QUIRE_OK)
		if (meets(out, want) && !(out->tag & ESP_TAG_HEAP) &&
		    !quire_keep_has(&m->keep, out->va))
			return true;
	return false;
}

static esp_err_t refuse_overlap(struct quire_esp *m, const struct quire_want *want,
				struct quire_esp_refusal *refusal)
{
	struct quire_extent_info info;

	if (!quire_esp_in_the_way(m, want, &info))
		return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
					"a part of it is mapped already");
	return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
				"a part of it is mapped at 0x%" PRIx64 " already",
				(uint64_t)(want->attr & QUIRE_EXEC ? info.exec_va : info.va));
}

static esp_err_t refuse_for_room(struct quire_esp *m, const struct quire_want *want,
				 struct quire_esp_refusal *refusal)
{
	return quire_esp_refuse(refusal, ESP_ERR_NOT_FOUND,
				"no such vaddr range: the largest that is free has 0x%" PRIx64
				" bytes",
				(uint64_t)quire_esp_largest_free(m, want));
}

static esp_err_t refuse(struct quire_esp *m, const struct quire_want *want, int result,
			struct quire_esp_refusal *refusal)
{
	const struct quire_memory *memory = &m->layout->memory[want->target];
	esp_err_t err = quire_esp_error(result);

	switch (result) {
	case QUIRE_EALIGN:
		return quire_esp_refuse_alignment(refusal, want->pa,
						  quire_esp_page_size(m, want->target));
	case QUIRE_ETARGET:
		return quire_esp_refuse(refusal, err, "there is no %s", memory->name);
	case QUIRE_EBEYOND:
	case QUIRE_EWRAP:
		return quire_esp_refuse(refusal, err, "%s ends at 0x%" PRIx64, memory->name,
					(uint64_t)(memory->base + memory->size));
	case QUIRE_EOVERLAP:
		return refuse_overlap(m, want, refusal);
	case QUIRE_ESPACE:
		return refuse_for_room(m, want, refusal);
	case QUIRE_ECAPS:
		return quire_esp_refuse(refusal, err,
					"no such vaddr range: no window shows %s with these caps",
					memory->name);
	default:
		return quire_esp_refuse(refusal, err, "%s", quire_error_text(result));
	}
}

esp_err_t quire_esp_answer(struct quire_esp *m, const struct quire_want *want, int result,
			   struct quire_esp_refusal *refusal)
{
	return result < 0 ? refuse(m, want, result, refusal) : quire_esp_error(result);
}
