/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking: from addresses to bytes, from bytes to addresses and to what may be done with them.
 *
 * What is kept for next time does not exist for anybody who looks.  The machine's lock keeps what a
 * call has found from being unmapped before it has answered.
 */
#include "machine.h"

#include "esp_mmu_map.h"

/* -- virtual to physical -- */

static esp_err_t vaddr_to_paddr(struct quire_esp *m, quire_va va, esp_paddr_t *paddr,
				mmu_target_t *target)
{
	struct quire_extent_info info;

	if (quire_keep_query(&m->keep, va, &info) < 0)
		return ESP_ERR_INVALID_ARG;
	if (info.kind != QUIRE_MAPPED)
		return ESP_ERR_NOT_FOUND;
	*paddr =
		(esp_paddr_t)(info.pa + (va - (va - info.va < info.size ? info.va : info.exec_va)));
	if (target != NULL)
		*target = info.target == QUIRE_FLASH0 ? MMU_TARGET_FLASH0 : MMU_TARGET_PSRAM0;
	return ESP_OK;
}

esp_err_t esp_mmu_vaddr_to_paddr(void *vaddr, esp_paddr_t *out_paddr, mmu_target_t *out_target)
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err;

	if (vaddr == NULL || out_paddr == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	if ((uintptr_t)vaddr > UINT32_MAX)
		return ESP_ERR_INVALID_ARG;
	quire_esp_lock(m);
	err = vaddr_to_paddr(m, (uintptr_t)vaddr, out_paddr, out_target);
	quire_esp_unlock(m);
	return err;
}

/* -- physical to virtual -- */

bool quire_esp_next_alias(struct quire_esp *m, unsigned target, quire_pa pa,
			  struct quire_alias_cursor *cursor, struct quire_extent_info *info)
{
	quire_va va;

	while (quire_space_to_virtual(m->space, target, pa, cursor, &va) == QUIRE_OK)
		if (quire_keep_query(&m->keep, va, info) == QUIRE_OK && info->kind == QUIRE_MAPPED)
			return true;
	return false;
}

/* The first of them that is seen on the bus on which what needs `cap` is done. */
static esp_err_t paddr_to_vaddr(struct quire_esp *m, unsigned target, quire_pa pa, unsigned cap,
				void **out)
{
	struct quire_alias_cursor cursor = {0};
	struct quire_extent_info info;

	while (quire_esp_next_alias(m, target, pa, &cursor, &info)) {
		if (!(info.caps & cap))
			continue;
		*out = (void *)(uintptr_t)((cap == QUIRE_CAP_EXEC ? info.exec_va : info.va) +
					   (pa - info.pa));
		return ESP_OK;
	}
	return ESP_ERR_NOT_FOUND;
}

esp_err_t esp_mmu_paddr_to_vaddr(esp_paddr_t paddr, mmu_target_t target, mmu_vaddr_t type,
				 void **out_vaddr)
{
	struct quire_esp *m = quire_esp_machine();
	unsigned memory = quire_esp_target(target);
	esp_err_t err;

	if (out_vaddr == NULL || memory == QUIRE_TARGETS_MAX ||
	    (type != MMU_VADDR_DATA && type != MMU_VADDR_INSTRUCTION))
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	quire_esp_lock(m);
	err = paddr_to_vaddr(m, memory, paddr,
			     type == MMU_VADDR_DATA ? QUIRE_CAP_READ : QUIRE_CAP_EXEC, out_vaddr);
	quire_esp_unlock(m);
	return err;
}

/* -- capabilities -- */

static esp_err_t find_caps(struct quire_esp *m, unsigned target, quire_pa pa, mmu_mem_caps_t *out)
{
	struct quire_alias_cursor cursor = {0};
	struct quire_extent_info info;
	unsigned caps = 0;
	bool found = false;

	while (quire_esp_next_alias(m, target, pa, &cursor, &info)) {
		if (!quire_esp_is_block(&info))
			continue;
		caps |= info.tag & ESP_TAG_CAPS;
		found = true;
	}
	if (found)
		*out = (mmu_mem_caps_t)caps;
	return found ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_mmu_paddr_find_caps(const esp_paddr_t paddr, mmu_mem_caps_t *out_caps)
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err;

	if (out_caps == NULL)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	quire_esp_lock(m);
	err = find_caps(m, QUIRE_FLASH0, paddr, out_caps);
	if (err == ESP_ERR_NOT_FOUND)
		err = find_caps(m, QUIRE_PSRAM0, paddr, out_caps);
	quire_esp_unlock(m);
	return err;
}

esp_err_t esp_mmu_paddr_find_caps_of(esp_paddr_t paddr, mmu_target_t target,
				     mmu_mem_caps_t *out_caps)
{
	struct quire_esp *m = quire_esp_machine();
	unsigned memory = quire_esp_target(target);
	esp_err_t err;

	if (out_caps == NULL || memory == QUIRE_TARGETS_MAX)
		return ESP_ERR_INVALID_ARG;
	if (m == NULL)
		return ESP_FAIL;
	quire_esp_lock(m);
	err = find_caps(m, memory, paddr, out_caps);
	quire_esp_unlock(m);
	return err;
}
