/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole family at every page size, each in a process of its own: the chip opens, every window
 * shows the first and the last page of every memory that it may show, in its own first and last
 * page, with the right bytes, and closes.
 */
#include "helpers.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned failures;

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

/* One page, at one place of a window, on both its sides. */
static void check_page(struct quire_linux *machine, const struct quire_window *window, quire_va va,
		       unsigned target, quire_pa pa, quire_size page)
{
	struct quire_want want = {.pa = pa, .size = page, .target = (uint8_t)target};
	struct quire_space *space = quire_linux_space(machine);
	const char *what = "";
	struct quire_got got;

	want.attr = window->caps & (QUIRE_READ | QUIRE_EXEC);
	EXPECT(quire_space_map_at(space, va, &want, &got) == QUIRE_OK);
	EXPECT(mismatches(va - window->base + window->exec_base, page, target, pa, 1) == 0);
	if ((want.attr & QUIRE_READ) != 0)
		EXPECT(mismatches(va, page, target, pa, 1) == 0);
	EXPECT(quire_space_check(space, &what) == QUIRE_OK);
	EXPECT(quire_space_unmap(space, va) == QUIRE_OK);
}

static void check_window(struct quire_linux *machine, const struct quire_window *window)
{
	const struct quire_chip_layout *layout = quire_linux_layout(machine);
	quire_size page = quire_mmu_page_size(&layout->mmu[window->walker]);
	quire_va last = window->base + window->size - page;

	for (unsigned t = 0; t < 2; t++) {
		const struct quire_memory *memory = &layout->memory[t];

		if ((window->targets & QUIRE_TARGET_BIT(t)) == 0 || memory->size == 0)
			continue;
		check_page(machine, window, window->base, t, memory->base, page);
		check_page(machine, window, last, t, memory->base, page);
		check_page(machine, window, window->base, t, memory->base + memory->size - page,
			   page);
		check_page(machine, window, last, t, memory->base + memory->size - page, page);
	}
}

/* In the child: the number of complaints. */
static int check_chip(const struct quire_chip *chip, uint32_t page_size, uint32_t psram_page_size)
{
	struct quire_linux_options options = {.page_size = page_size,
					      .psram_page_size = psram_page_size,
					      .psram_size = chip->psram ? MIB(2) : 0};
	struct quire_linux *machine = NULL;
	char why[QUIRE_LINUX_TEXT] = "";

	if (quire_linux_open(&machine, chip, &options, why) < 0) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	for (unsigned t = 0; t < 2; t++)
		if (quire_linux_layout(machine)->memory[t].size != 0)
			fill(machine, t, 1);
	for (unsigned w = 0; w < quire_linux_layout(machine)->window_count; w++)
		check_window(machine, &quire_linux_layout(machine)->window[w]);
	quire_linux_close(machine);
	return failures != 0;
}

static int check_in_child(const struct quire_chip *chip, uint32_t page_size,
			  uint32_t psram_page_size)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(check_chip(chip, page_size, psram_page_size));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Size number `i` of an MMU, 0 behind the last; a chip without this MMU has one choice, none. */
static bool size_at(const struct quire_chip *chip, unsigned mmu, unsigned i, uint32_t *size)
{
	*size = 0;
	if (mmu >= chip->mmu_count)
		return i == 0;
	if (i >= QUIRE_CHIP_PAGE_SIZES_MAX || chip->mmu[mmu].page_shift[i] == 0)
		return false;
	*size = (uint32_t)1 << chip->mmu[mmu].page_shift[i];
	return true;
}

static void test_family(void **state)
{
	unsigned opened = 0;
	uint32_t size, psram_size;

	(void)state;
	for (unsigned c = 0; c < quire_chip_count(); c++) {
		const struct quire_chip *chip = quire_chip_at(c);

		for (unsigned i = 0; size_at(chip, 0, i, &size); i++) {
			for (unsigned j = 0; size_at(chip, 1, j, &psram_size); j++) {
				if (check_in_child(chip, size, psram_size) != 0)
					fail_msg("%s with pages of %u and %u bytes", chip->name,
						 size, psram_size);
				opened++;
			}
		}
	}
	assert_int_equal(quire_chip_count(), 13);
	print_message("%u chips and page sizes\n", opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
