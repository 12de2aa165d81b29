/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping and reserving, in ESP-IDF's words.
 *
 * A call is checked, turned into one request of the keep-list, and the result is said as ESP-IDF
 * would.  Two differences in thought lie between the two:
 *
 * ESP-IDF looks for addresses before it looks for conflicts, so that a page that is mapped already
 * is not found when its window is full.  Quire looks for conflicts first, and only where a request
 * names bytes that do not exist is the order of ESP-IDF's answers restored.
 *
 * ESP-IDF knows addresses by their low bits alone.  Here an address is taken as it is, on the data
 * or on the instruction side of its window.
 *
 * Blocks that esp_mmu_map() made carry ESP_TAG_OWNED until esp_mmu_unmap(), so that it cannot take
 * what belongs to others: handles, himem, the heap.  Of the latter two nobody is told, as their
 * owners let nobody hold on to them: what the heap shows is mapped again, as on a chip, where the
 * heap is no block either; and himem's places, which show something else at any moment, are in the
 * way of who does not share.
 */
#include "machine.h"

#include <inttypes.h>

#include "esp_log.h"
#include "esp_private/esp_mmu_map_private.h"
#include "refusal.h"

#define ESP32       0 /* image_id */
#define ALL_CAPS    (unsigned)ESP_TAG_CAPS
#define ALL_TARGETS (unsigned)(MMU_TARGET_FLASH0 | MMU_TARGET_PSRAM0)

static const char TAG[] = "mmap";

/* -- checks -- */

static bool can_be_mapped(const struct quire_esp *m, unsigned target)
{
	return !(target & MMU_TARGET_PSRAM0) || (m->chip->psram && m->chip->image_id != ESP32);
}

static esp_err_t check_alignment(uint32_t address, uint32_t page, struct quire_esp_refusal *refusal)
{
	return (address & (page - 1)) == 0 ? ESP_OK
					   : quire_esp_refuse_alignment(refusal, address, page);
}

/* What map and reserve have in common. */
static esp_err_t check(const struct quire_esp *m, unsigned caps, unsigned target, size_t size,
		       struct quire_esp_refusal *refusal)
{
	uint32_t largest = UINT32_MAX - (m->page[target == MMU_TARGET_PSRAM0] - 1);

	if (!quire_esp_caps_valid(caps))
		return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
					"EXEC goes with neither WRITE nor 8BIT");
	if (size == 0 || size > largest)
		return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
					"sizes are from 1 to 0x%" PRIx32 " bytes", largest);
	if (caps & ~ALL_CAPS)
		return quire_esp_refuse(refusal, ESP_ERR_NOT_FOUND,
					"no such vaddr range: caps are bits of 0x%x", ALL_CAPS);
	if (target & ~ALL_TARGETS)
		return quire_esp_refuse(refusal, ESP_ERR_NOT_FOUND,
					"no such vaddr range: targets are bits of 0x%x",
					ALL_TARGETS);
	if (quire_esp_target(target) == QUIRE_TARGETS_MAX)
		return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG,
					"one target is expected, 0x%x (flash) or 0x%x (PSRAM)",
					(unsigned)MMU_TARGET_FLASH0, (unsigned)MMU_TARGET_PSRAM0);
	return ESP_OK;
}

static esp_err_t check_map(const struct quire_esp *m, uint32_t va, uint32_t pa, size_t size,
			   unsigned target, unsigned caps, struct quire_esp_refusal *refusal)
{
	uint32_t page = m->page[target == MMU_TARGET_PSRAM0];
	esp_err_t err;

	if (!can_be_mapped(m, target))
		return quire_esp_refuse(refusal, ESP_ERR_NOT_SUPPORTED, "%s cannot map PSRAM so",
					m->chip->name);
	err = check_alignment(pa, page, refusal);
	if (err == ESP_OK)
		err = check_alignment(va, page, refusal);
	return err == ESP_OK ? check(m, caps, target, size, refusal) : err;
}

/* -- what others show -- */

/* Whether one block shows all that is wanted; if so, where. */
static bool shown_elsewhere(struct quire_esp *m, const struct quire_want *want,
			    struct quire_got *got)
{
	struct quire_alias_cursor cursor = {0};
	struct quire_extent_info info;

	while (quire_esp_next_alias(m, want->target, want->pa, &cursor, &info)) {
		if (!quire_esp_is_block(&info) ||
		    ((want->attr & ~(unsigned)info.attr) | (want->caps & ~(unsigned)info.caps)) ||
		    info.pa + info.size - want->pa < want->size)
			continue;
		got->mapping = want->attr & QUIRE_EXEC ? info.exec_va : info.va;
		got->va = got->mapping + (want->pa - info.pa);
		return true;
	}
	return false;
}

/* Whether this is the answer of a space that knows nothing of the heap and himem: that the pages are
   shown by somebody. */
static bool is_about_others(struct quire_esp *m, int result, const struct quire_got *got)
{
	struct quire_extent_info info;

	if (result == QUIRE_IDENTICAL || result == QUIRE_ENCLOSED)
		return quire_keep_query(&m->keep, got->mapping, &info) == QUIRE_OK &&
		       !quire_esp_is_block(&info);
	return result == QUIRE_EOVERLAP;
}

int quire_esp_find_room(struct quire_esp *m, const struct quire_want *want, quire_va *out)
{
	int result = quire_keep_reserve(&m->keep, want, out);

	return result < 0 ? result : quire_space_release(m->space, *out);
}

/* An alias, where it was chosen (0: anywhere), of what nobody is told of. */
static int map_alias(struct quire_esp *m, quire_va va, const struct quire_want *want,
		     struct quire_got *got)
{
	struct quire_want alias = *want;
	int result = QUIRE_OK;

	alias.flags = QUIRE_SHARED;
	if (va == 0)
		result = quire_esp_find_room(m, &alias, &va);
	return result < 0 ? result : quire_keep_map_at(&m->keep, va, &alias, got);
}

/* The answer instead: of blocks the caller is told, what himem shows is in the way of who does not
   share, and nothing that the heap shows is. */
static int map_beside(struct quire_esp *m, quire_va va, const struct quire_want *want,
		      struct quire_got *got)
{
	struct quire_extent_info info;

	if (shown_elsewhere(m, want, got))
		return QUIRE_IDENTICAL;
	if (!(want->flags & QUIRE_SHARED) && quire_esp_in_the_way(m, want, &info))
		return QUIRE_EOVERLAP;
	return map_alias(m, va, want, got);
}

/* -- mapping anywhere -- */

quire_size quire_esp_largest_free(struct quire_esp *m, const struct quire_want *want)
{
	quire_size size = 0;

	(void)quire_keep_largest_free(&m->keep, want->target, want->attr, want->caps, &size);
	return size;
}

static esp_err_t map(struct quire_esp *m, const struct quire_want *want, struct quire_got *got,
		     struct quire_esp_refusal *refusal)
{
	int result = quire_keep_map(&m->keep, want, got);

	if (is_about_others(m, result, got))
		result = map_beside(m, 0, want, got);
	if ((result == QUIRE_ETARGET || result == QUIRE_EWRAP || result == QUIRE_EBEYOND) &&
	    quire_esp_largest_free(m, want) < want->size)
		result = QUIRE_ESPACE;
	return quire_esp_answer(m, want, result, refusal);
}

/* -- mapping at a chosen address -- */

/* Whether [va, va + size) lies in the range of a window's length from `base` on. */
static bool inside(const struct quire_window *window, quire_va base, quire_va va, quire_size size)
{
	quire_va offset = va - base;

	return offset < window->size && size <= window->size - offset;
}

/* The window that has all of these addresses, on either side, and can do what is wanted; NULL. */
static const struct quire_window *window_at(const struct quire_esp *m, quire_va va,
					    const struct quire_want *want)
{
	unsigned caps = (want->attr & QUIRE_ACCESS_MASK) | want->caps;

	for (unsigned i = 0; i < m->layout->window_count; i++) {
		const struct quire_window *w = &m->layout->window[i];

		if ((inside(w, w->base, va, want->size) ||
		     inside(w, w->exec_base, va, want->size)) &&
		    (caps & ~(unsigned)w->caps) == 0 &&
		    (w->targets & QUIRE_TARGET_BIT(want->target)))
			return w;
	}
	return NULL;
}

/* The first thing at some addresses that a user of ESP-IDF's mappings sees, if there is one.  What is
   only kept is not seen, and what is the heap's or himem's is out of reach like any reservation:
   `*reserved` is the first of that kind, or 0. */
static bool shows_something(struct quire_esp *m, quire_va va, quire_size size, quire_va *shown,
			    quire_va *reserved)
{
	struct quire_extent_info info;

	*reserved = 0;
	for (quire_va at = va; at < va + size; at = info.va + info.size) {
		*shown = at;
		if (quire_keep_query(&m->keep, at, &info) < 0 || quire_esp_is_block(&info))
			return true;
		if (info.kind != QUIRE_GAP && *reserved == 0)
			*reserved = at;
	}
	return false;
}

/* It cannot be where it was asked for: then one is told of where it is, or refused. */
static esp_err_t tell_or_refuse(struct quire_esp *m, const struct quire_want *want,
				struct quire_got *got, struct quire_esp_refusal *refusal,
				quire_va va, const char *what)
{
	if (!(want->flags & QUIRE_SHARED) && shown_elsewhere(m, want, got))
		return ESP_ERR_INVALID_STATE;
	return quire_esp_refuse(refusal, ESP_ERR_INVALID_ARG, "0x%" PRIx64 " is %s", (uint64_t)va,
				what);
}

/* Nothing is there to be mapped over; what remains in the way is reserved. */
static esp_err_t map_at(struct quire_esp *m, quire_va va, const struct quire_want *want,
			struct quire_got *got, struct quire_esp_refusal *refusal)
{
	const struct quire_window *w = window_at(m, va, want);
	quire_va data, side, shown, reserved;
	int result;

	if (w == NULL)
		return quire_esp_refuse(refusal, ESP_ERR_NOT_FOUND,
					"no such vaddr range: no window that can do so has all "
					"addresses from 0x%" PRIx64 " on",
					(uint64_t)va);
	data = inside(w, w->base, va, want->size) ? va : w->base + (va - w->exec_base);
	if (shows_something(m, data, want->size, &shown, &reserved))
		return quire_esp_refuse(refusal, ESP_ERR_NOT_FOUND,
					"no such vaddr range: something is mapped at 0x%" PRIx64,
					(uint64_t)(va + (shown - data)));
	side = want->attr & QUIRE_EXEC ? w->exec_base + (data - w->base) : data;
	if (va != side)
		return tell_or_refuse(m, want, got, refusal, va, "on the other bus");
	if (reserved != 0)
		return tell_or_refuse(m, want, got, refusal, va + (reserved - data), "reserved");
	result = quire_keep_map_at(&m->keep, va, want, got);
	if (is_about_others(m, result, got))
		result = map_beside(m, va, want, got);
	return quire_esp_answer(m, want, result, refusal);
}

/* With SHARED at a chosen address nothing is told of: the pages are to be seen there. */
static unsigned quire_flags(int flags, bool anywhere)
{
	if (!(flags & (int)ESP_MMU_MMAP_FLAG_PADDR_SHARED))
		return QUIRE_TELL;
	return anywhere ? QUIRE_TELL | QUIRE_SHARED : QUIRE_SHARED;
}

/* A request that has been checked. */
static esp_err_t carry_out(struct quire_esp *m, quire_va va, const struct quire_want *want,
			   void **out, struct quire_esp_refusal *refusal)
{
	struct quire_got got = {0};
	esp_err_t err;

	quire_esp_lock(m);
	err = va == 0 ? map(m, want, &got, refusal) : map_at(m, va, want, &got, refusal);
	quire_esp_unlock(m);
	if (out != NULL && (err == ESP_OK || err == ESP_ERR_INVALID_STATE))
		*out = (void *)(uintptr_t)got.va;
	return err;
}

/* Say what went wrong; that pages are mapped already is an answer, and nothing wrong. */
esp_err_t esp_mmu_map_virt(esp_vaddr_t vaddr_start, esp_paddr_t paddr_start, size_t size,
			   mmu_target_t target, mmu_mem_caps_t caps, int flags, void **out_ptr)
{
	struct quire_esp *m = quire_esp_machine();
	struct quire_esp_refusal refusal;
	esp_err_t err;

	if (m == NULL)
		return ESP_FAIL;
	refusal.why[0] = '\0'; /* not all of it: this is the way of a hit, too */
	err = check_map(m, vaddr_start, paddr_start, size, target, caps, &refusal);
	if (err == ESP_OK) {
		struct quire_want want = quire_esp_want(m, caps, quire_esp_target(target));

		want.pa = paddr_start;
		want.size = size;
		want.flags = (uint8_t)quire_flags(flags, vaddr_start == 0);
		want.tag |= ESP_TAG_OWNED;
		err = carry_out(m, vaddr_start, &want, out_ptr, &refusal);
	}
	if (err != ESP_OK && err != ESP_ERR_INVALID_STATE)
		ESP_LOGE(TAG,
			 "%zu bytes from 0x%" PRIx32 " on (target 0x%x, caps 0x%x) cannot be "
			 "mapped: %s",
			 size, paddr_start, (unsigned)target, (unsigned)caps, refusal.why);
	return err;
}

esp_err_t esp_mmu_map(esp_paddr_t paddr_start, size_t size, mmu_target_t target,
		      mmu_mem_caps_t caps, int flags, void **out_ptr)
{
	if (out_ptr == NULL)
		return ESP_ERR_INVALID_ARG;
	return esp_mmu_map_virt(0, paddr_start, size, target, caps, flags, out_ptr);
}

/* -- giving back -- */

/* What unmap and release have in common: a pointer that can be one of ours, and the lock. */
static inline esp_err_t give_back(const void *ptr, esp_err_t (*act)(struct quire_esp *, quire_va))
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err;

	if (ptr == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	if ((uintptr_t)ptr > UINT32_MAX)
		return ESP_ERR_NOT_FOUND;
	quire_esp_lock(m);
	err = act(m, (uintptr_t)ptr);
	quire_esp_unlock(m);
	return err;
}

/* Give up the owner's share, if there is one.  The block stays, and is nobody's to unmap here. */
static esp_err_t unmap_lent(struct quire_esp *m, quire_va va)
{
	struct quire_extent_info info;

	if (quire_keep_query(&m->keep, va, &info) < 0 || info.kind != QUIRE_MAPPED ||
	    !(info.tag & ESP_TAG_OWNED) || info.part || (va != info.va && va != info.exec_va))
		return ESP_ERR_NOT_FOUND;
	(void)quire_keep_tag(&m->keep, va, (uint16_t)(info.tag & ~ESP_TAG_OWNED));
	return quire_esp_error(quire_keep_unmap(&m->keep, va));
}

static esp_err_t unmap(struct quire_esp *m, quire_va va)
{
	int result = quire_keep_unmap_sole(&m->keep, va, ESP_TAG_OWNED);

	return result == QUIRE_EREFERENCED ? unmap_lent(m, va) : quire_esp_error(result);
}

esp_err_t esp_mmu_unmap(void *ptr)
{
	return give_back(ptr, unmap);
}

/* -- reserving -- */

static esp_err_t reserve(struct quire_esp *m, const struct quire_want *want, quire_va *out,
			 struct quire_esp_refusal *refusal)
{
	esp_err_t err;
	int result;

	quire_esp_lock(m);
	result = quire_keep_reserve(&m->keep, want, out);
	err = quire_esp_answer(m, want, result, refusal);
	quire_esp_unlock(m);
	return result == QUIRE_ETARGET ? ESP_ERR_NOT_FOUND : err;
}

esp_err_t esp_mmu_map_reserve_block_with_caps(size_t size, mmu_mem_caps_t caps, mmu_target_t target,
					      const void **out_ptr)
{
	struct quire_esp *m = quire_esp_machine();
	struct quire_esp_refusal refusal = {""};
	struct quire_want want;
	quire_va va = 0;
	esp_err_t err;

	if (out_ptr == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	err = check(m, caps, target, size, &refusal);
	if (err == ESP_OK) {
		want = quire_esp_want(m, caps, quire_esp_target(target));
		want.size = size;
		want.tag |= ESP_TAG_BLOCK;
		err = reserve(m, &want, &va, &refusal);
	}
	if (err == ESP_OK)
		*out_ptr = (const void *)(uintptr_t)va;
	else
		ESP_LOGE(TAG, "%zu bytes (target 0x%x, caps 0x%x) cannot be reserved: %s", size,
			 (unsigned)target, (unsigned)caps, refusal.why);
	return err;
}

static esp_err_t release(struct quire_esp *m, quire_va va)
{
	struct quire_extent_info info;

	if (quire_space_query(m->space, va, &info) < 0 || info.kind != QUIRE_RESERVED ||
	    !(info.tag & ESP_TAG_BLOCK) || (va != info.va && va != info.exec_va))
		return ESP_ERR_NOT_FOUND;
	return quire_esp_error(quire_space_release(m->space, va));
}

esp_err_t esp_mmu_map_release_block(const void *ptr)
{
	return give_back(ptr, release);
}

esp_err_t esp_mmu_map_get_max_consecutive_free_block_size(mmu_mem_caps_t caps, mmu_target_t target,
							  size_t *out_len)
{
	struct quire_esp *m = quire_esp_machine();
	struct quire_want want;

	if (out_len == NULL || !quire_esp_caps_valid(caps))
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	*out_len = 0;
	if ((caps & ~ALL_CAPS) || quire_esp_target(target) == QUIRE_TARGETS_MAX)
		return ESP_OK;
	want = quire_esp_want(m, caps, quire_esp_target(target));
	quire_esp_lock(m);
	*out_len = (size_t)quire_esp_largest_free(m, &want);
	quire_esp_unlock(m);
	return ESP_OK;
}

/* -- starting -- */

/* Addresses for a part of the application, where they are lowest: nothing is mapped yet. */
static esp_err_t reserve_boot(struct quire_esp *m, uint32_t size, unsigned caps)
{
	struct quire_want want = quire_esp_want(m, caps, QUIRE_FLASH0);
	struct quire_esp_refusal refusal = {""};
	quire_va va;

	want.size = size;
	want.tag = ESP_TAG_BOOT;
	return size == 0 ? ESP_OK : reserve(m, &want, &va, &refusal);
}

/* Bytes of a page of the MMU of the first window that shows a target; of flash's if none does. */
static uint32_t page_of(const struct quire_chip_layout *layout, unsigned target)
{
	unsigned walker = 0;

	for (unsigned w = layout->window_count; w-- > 0;)
		if (layout->window[w].targets & QUIRE_TARGET_BIT(target))
			walker = layout->window[w].walker;
	return (uint32_t)1 << layout->mmu[walker].level[0].shift;
}

esp_err_t quire_esp_mmu_start(struct quire_esp *m)
{
	esp_err_t err;

	m->page[0] = page_of(m->layout, QUIRE_FLASH0);
	m->page[1] = page_of(m->layout, QUIRE_PSRAM0);
	err = reserve_boot(m, m->boot_text, MMU_MEM_CAP_EXEC | MMU_MEM_CAP_32BIT);
	if (err != ESP_OK)
		return err;
	return reserve_boot(m, m->boot_rodata,
			    MMU_MEM_CAP_READ | MMU_MEM_CAP_32BIT | MMU_MEM_CAP_8BIT);
}

void esp_mmu_map_init(void)
{
	(void)quire_esp_machine();
}
