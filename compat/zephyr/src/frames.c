/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of memory management, and the frames as letters.
 *
 * The machine has made everything by then, the image is mapped and its frames are held; what is left are
 * the things that need Zephyr's words: frames that firmware owns, the scratch page, the domains.
 */
#include "words.h"

#include "kernel_arch_interface.h"
#include "mmu.h"

static bool begun;

static void check_page_size(void)
{
	size_t page = zephyr_chosen(ZEPHYR_CHOSEN_PAGE, quire_zephyr_map.page);
	char text[160];

	if (page == quire_zephyr_map.page)
		return;
	(void)snprintk(
		text, sizeof(text),
		"the program was compiled for pages of %zu bytes (CONFIG_MMU_PAGE_SIZE), and "
		"the machine's have %zu",
		page, quire_zephyr_map.page);
	zephyr_machine.fatal(ZEPHYR_PANIC, text);
}

void arch_reserved_pages_update(void)
{
	if (zephyr_machine.reserve != NULL)
		zephyr_machine.reserve();
}

void z_mem_manage_init(void)
{
	if (begun)
		return;
	begun = true;
	check_page_size();
	arch_reserved_pages_update();
	zephyr_lock();
	zephyr_domain_start();
	zephyr_unlock();
}

/* Nothing is mapped for the boot alone. */
void z_mem_manage_boot_finish(void)
{
}

/* -- letters -- */

static char letter(uintptr_t word)
{
	static const struct {
		uintptr_t flag;
		char letter;
	} letters[] = {
		{QUIRE_FRAME_FREE, '-'},   {QUIRE_FRAME_RESERVED, 'R'}, {QUIRE_FRAME_BUSY, 'B'},
		{QUIRE_FRAME_PINNED, 'P'}, {QUIRE_FRAME_MAPPED, 'M'},
	};

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (word & letters[i].flag)
			return letters[i].letter;
	return (word & (quire_zephyr_map.page - 1)) == 0 ? '.' : '?';
}

void k_mem_page_frames_dump(void)
{
	enum { LINE = 64 };
	size_t count = quire_zephyr_map.ram_size / quire_zephyr_map.page;
	char line[LINE + 1];

	printk("Physical memory from 0x%lx to 0x%lx\n", (unsigned long)quire_zephyr_map.ram_base,
	       (unsigned long)(quire_zephyr_map.ram_base + quire_zephyr_map.ram_size));
	for (size_t first = 0; first < count; first += LINE) {
		size_t length = MIN(count - first, (size_t)LINE);

		for (size_t i = 0; i < length; i++)
			line[i] = letter(quire_zephyr_map.frame[first + i]);
		line[length] = '\0';
		printk("%s\n", line);
	}
}
