/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable tests on a chip as a process: an ESP32-S3 whose windows are at their addresses, touched
 * through pointers; what is not allowed arrives as a signal.  The arena is the chip's window, the
 * frames are its PSRAM.
 */
#include <setjmp.h>
#include <stdio.h>

#include "quire/port/linux.h"
#include "suite/suite.h"

#define PSRAM (8u << 20)

static struct quire_linux *chip;
static sigjmp_buf after;
static struct quire_fault_raw fault;

void board_put(char c)
{
	putchar(c);
}

static int on_fault(void *ctx, const struct quire_linux_fault *f)
{
	static const uint8_t access[] = {
		[QUIRE_LINUX_ACCESS_UNKNOWN] = 0,
		[QUIRE_LINUX_ACCESS_READ] = QUIRE_READ,
		[QUIRE_LINUX_ACCESS_WRITE] = QUIRE_WRITE,
		[QUIRE_LINUX_ACCESS_FETCH] = QUIRE_EXEC,
	};

	(void)ctx;
	fault = (struct quire_fault_raw){.va = f->va, .access = access[f->access]};
	siglongjmp(after, 1);
}

static uint32_t peek(struct target *t, quire_pa pa)
{
	uint32_t word = 0;

	quire_linux_read(chip, t->frames_target, pa, &word, sizeof(word));
	return word;
}

static void poke(struct target *t, quire_pa pa, uint32_t word)
{
	quire_linux_write(chip, t->frames_target, pa, &word, sizeof(word));
}

/* Misaligned accesses are the processor's to make. */
typedef uint16_t any16 __attribute__((aligned(1)));
typedef uint32_t any32 __attribute__((aligned(1)));
typedef uint64_t any64 __attribute__((aligned(1)));

static uint64_t load(quire_va va, unsigned bytes)
{
	uintptr_t at = (uintptr_t)va;

	return bytes == 1   ? *(volatile uint8_t *)at
	       : bytes == 2 ? *(volatile any16 *)at
	       : bytes == 4 ? *(volatile any32 *)at
			    : *(volatile any64 *)at;
}

static void store(quire_va va, unsigned bytes, uint64_t value)
{
	uintptr_t at = (uintptr_t)va;

	if (bytes == 1)
		*(volatile uint8_t *)at = (uint8_t)value;
	else if (bytes == 2)
		*(volatile any16 *)at = (uint16_t)value;
	else if (bytes == 4)
		*(volatile any32 *)at = (uint32_t)value;
	else
		*(volatile any64 *)at = value;
}

static bool touch(struct target *t, unsigned access, quire_va va, unsigned bytes, uint64_t *value,
		  struct quire_fault_raw *raw)
{
	(void)t;
	if (sigsetjmp(after, 1)) {
		*raw = fault;
		return false;
	}
	if (access & QUIRE_WRITE)
		store(va, bytes, *value);
	else
		*value = load(va, bytes);
	return true;
}

int main(void)
{
	static const struct suite_list *const lists[] = {SUITE_PORTABLE};
	struct quire_linux_options options = {
		.flash_size = 4u << 20, .psram_size = PSRAM, .on_fault = on_fault};
	char why[QUIRE_LINUX_TEXT];
	const struct quire_chip_layout *layout;
	struct target t = {.name = "esp32s3 on Linux",
			   .frames_target = QUIRE_PSRAM0,
			   .frames_size = PSRAM,
			   .touch = touch,
			   .peek = peek,
			   .poke = poke,
			   .operations = 100000};
	unsigned failed;

	if (quire_linux_open(&chip, quire_chip_by_name("esp32s3"), &options, why) < 0) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	layout = quire_linux_layout(chip);
	t.space = quire_linux_space(chip);
	t.mmu = &layout->mmu[0];
	t.page = quire_mmu_page_size(t.mmu);
	t.arena = layout->window[0].base;
	t.walk = layout->window[0].walk;
	t.arena_size = layout->window[0].size;
	failed = suite_run(&t, lists, SUITE_COUNT(lists), 0);
	quire_linux_close(chip);
	return failed ? 1 : 0;
}
