/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something was not unmapped.
 *
 * Zephyr's calls return nothing, so what is printed is all that a caller ever learns.  An error of quire's
 * says which check has failed; what helps is what there is at the address, and that the book knows.
 */
#include "words.h"

static const char *mapped_by(const struct quire_vm_info *info)
{
	switch (info->tag) {
	case ZEPHYR_TAG_GUARDED:
		return info->anonymous ? "k_mem_map()" : "k_mem_map_phys_guard()";
	case ZEPHYR_TAG_BARE:
		return "k_mem_map_phys_bare()";
	default:
		return "the kernel, for itself";
	}
}

/* There is a mapping at `va`, and it is not what was meant. */
static void explain(const struct quire_vm_info *info, uintptr_t va, size_t size, int result,
		    char *text, size_t length)
{
	uintptr_t start = (uintptr_t)info->va;
	unsigned long long bytes = info->size;

	if (va < start || va - start >= info->size)
		(void)snprintk(text, length, "that is a guard of the mapping of %llu bytes at %p",
			       bytes, (void *)start);
	else if (va != start)
		(void)snprintk(text, length, "that is inside the mapping of %llu bytes at %p",
			       bytes, (void *)start);
	else if (result == QUIRE_ECLAIMED)
		(void)snprintk(text, length, "it was mapped by %s", mapped_by(info));
	else if (size != info->size)
		(void)snprintk(text, length, "the mapping has %s: %llu bytes",
			       size < info->size ? "more" : "fewer", bytes);
	else
		(void)snprintk(text, length, "%s", quire_error_text(result));
}

void zephyr_tell_unmap(const char *call, const struct zephyr_unmap *u, int result)
{
	struct quire_vm_info info;
	char text[128];
	int found = QUIRE_EUNMAPPED;

	if (result != QUIRE_EZERO && result != QUIRE_EWRAP && result != QUIRE_EALIGN &&
	    zephyr_machine.space != NULL)
		found = quire_vm_info(zephyr_machine.vm, u->first, &info);
	if (found >= 0)
		explain(&info, u->first, u->pages, result, text, sizeof(text));
	else
		(void)snprintk(text, sizeof(text), "%s",
			       found == QUIRE_ECLAIMED ? "no call like this one has mapped that"
						       : quire_error_text(result));
	printk("%s: %zu bytes at %p are not a mapping to unmap: %s\n", call, u->size,
	       (void *)u->addr, text);
}
