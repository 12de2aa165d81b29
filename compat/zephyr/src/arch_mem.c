/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Zephyr's kernel asks of an architecture's MMU, for programs that ask it themselves: pages mapped
 * and unmapped at chosen addresses.
 *
 * Zephyr's write tables whatever is there.  Here a page that somebody else has mapped is refused, one that these calls
 * have mapped is replaced, and one that shows what it is to show gets other flags only.
 */
#include "kernel_arch_interface.h"
#include "plain.h"

/* Whether all of a range shows physical memory from phys on already. */
static bool shows(uintptr_t va, uintptr_t phys, size_t size)
{
	for (size_t i = 0; i < size; i += quire_zephyr_map.page) {
		uintptr_t at;

		if (arch_page_phys_get((void *)(va + i), &at) < 0 || at != phys + i)
			return false;
	}
	return true;
}

static int allow(uintptr_t va, size_t size, uint32_t flags)
{
	int result;

	zephyr_domain_pause(va, size);
	result = zephyr_allow(va, size, flags);
	zephyr_domain_resume();
	return result;
}

/* Pages that were plain and all alike become others; they are what they were if that fails. */
static int replace(const struct zephyr_plain *p)
{
	struct zephyr_plain old;
	int result = zephyr_plain_at(p->va, p->size, &old);

	if (result < 0)
		return result;
	if (old.size != p->size)
		return QUIRE_ETAKEN;
	result = zephyr_plain_unmap(p->va, p->size);
	if (result < 0)
		return result;
	result = zephyr_plain_map(p, ZEPHYR_TAG_ARCH);
	if (result < 0)
		(void)zephyr_plain_map(&old, ZEPHYR_TAG_ARCH);
	return result;
}

static int map(uintptr_t va, uintptr_t phys, size_t size, uint32_t flags)
{
	struct zephyr_plain p = {.va = va, .phys = phys, .size = size};
	int result = zephyr_plain_want(&p, flags);

	if (result < 0)
		return result;
	if (shows(va, phys, size))
		return allow(va, size, flags);
	result = zephyr_plain_map(&p, ZEPHYR_TAG_ARCH);
	return result == QUIRE_ETAKEN ? replace(&p) : result;
}

static int arch_errno(int result)
{
	return result == QUIRE_ETAKEN || result == QUIRE_ECLAIMED ? -EBUSY : zephyr_errno(result);
}

int arch_mem_map(void *virt, uintptr_t phys, size_t size, uint32_t flags)
{
	int result;

	if (zephyr_machine.space == NULL)
		return -EFAULT;
	if (!zephyr_is_range((uintptr_t)virt, size) || !zephyr_is_range(phys, size))
		return -EINVAL;
	zephyr_lock();
	result = map((uintptr_t)virt, phys, size, flags);
	zephyr_unlock();
	return arch_errno(result);
}

int arch_mem_unmap(void *addr, size_t size)
{
	int result;

	if (zephyr_machine.space == NULL)
		return -EFAULT;
	if (!zephyr_is_range((uintptr_t)addr, size))
		return -EINVAL;
	zephyr_lock();
	result = zephyr_plain_none((uintptr_t)addr, size);
	if (result < 0)
		result = zephyr_plain_unmap((uintptr_t)addr, size);
	zephyr_unlock();
	return arch_errno(result);
}
