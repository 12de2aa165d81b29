/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random changes against a picture: after each, every page of the window shows the bytes that the picture
 * says, or cannot be touched, in either view.  Bytes are asked of the host with a system call that does not
 * fault, so that all of it can be looked at each time.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define PAGES (VM_SIZE / PAGE)
#define CALLS 4000

static struct quire_linux_ram *machine;
static struct quire_space *space;
static struct {
	unsigned frame; /* and 1: 0 is nothing */
	unsigned attr;
} picture[PAGES];
static uint64_t seed = 1;

static unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static bool visible(unsigned i, bool user)
{
	return picture[i].frame != 0 && picture[i].attr != 0 &&
	       (!user || (picture[i].attr & QUIRE_USER) != 0);
}

static void check(bool user)
{
	for (unsigned i = 0; i < PAGES; i++) {
		quire_va va = VM_BASE + i * PAGE;
		uint32_t word = 0;
		int result = quire_linux_peek(va, &word, sizeof(word));

		if (visible(i, user)) {
			assert_int_equal(result, QUIRE_OK);
			assert_int_equal(word, picture[i].frame);
		} else {
			assert_int_equal(result, QUIRE_EUNMAPPED);
		}
		if (i % 16 == pick(16)) {
			result = quire_linux_poke(va + 8, &word, sizeof(word));
			assert_int_equal(result == QUIRE_OK,
					 visible(i, user) && (picture[i].attr & QUIRE_WRITE) != 0);
		}
	}
}

static void map_some(void)
{
	static const unsigned attrs[] = {QUIRE_READ, QUIRE_READ | QUIRE_WRITE,
					 QUIRE_READ | QUIRE_USER,
					 QUIRE_READ | QUIRE_WRITE | QUIRE_USER};
	unsigned frame = pick(RAM_SIZE / PAGE), pages = 1 + pick(8), attr = attrs[pick(4)];
	struct quire_want want = {.pa = RAM_BASE + frame * PAGE,
				  .target = QUIRE_RAM,
				  .attr = (uint8_t)attr,
				  .flags = QUIRE_SHARED};
	unsigned at = pick(PAGES);
	struct quire_got got;
	int result;

	if (pages > RAM_SIZE / PAGE - frame)
		pages = RAM_SIZE / PAGE - frame;
	want.size = pages * PAGE;
	result = quire_space_map_at(space, VM_BASE + at * PAGE, &want, &got);
	if (result > 0) /* it was lent what is there already */
		assert_int_equal(quire_space_unmap(space, got.mapping), QUIRE_OK);
	if (result != 0)
		return;
	for (unsigned i = 0; i < pages; i++) {
		picture[at + i].frame = frame + i + 1;
		picture[at + i].attr = attr;
	}
}

/* A mapping begins where nothing before it continues it. */
static void unmap_some(void)
{
	struct quire_extent_info info;
	quire_va va = VM_BASE + pick(PAGES) * PAGE, from;

	do {
		assert_int_equal(quire_space_query(space, va, &info), QUIRE_OK);
		va = info.part ? info.va - PAGE : info.va;
	} while (info.part);
	from = info.va;
	if (quire_space_unmap(space, from) < 0)
		return;
	for (quire_va to = from; to < VM_BASE + VM_SIZE; to += PAGE) {
		assert_int_equal(quire_space_query(space, to, &info), QUIRE_OK);
		if (info.kind != QUIRE_GAP)
			break;
		picture[(to - VM_BASE) / PAGE].frame = 0;
	}
}

static void protect_some(void)
{
	quire_va va = VM_BASE + pick(PAGES) * PAGE;
	unsigned attr = QUIRE_READ | (pick(2) ? QUIRE_WRITE : 0u) | (pick(2) ? QUIRE_USER : 0u);
	unsigned pages = 1 + pick(3);

	if (quire_space_protect(space, va, pages * PAGE, attr, 0) < 0)
		return;
	for (unsigned i = 0; i < pages; i++)
		picture[(va - VM_BASE) / PAGE + i].attr = attr;
}

static void test_all_is_as_the_picture_says(void **state)
{
	struct quire_linux_ram_options options;
	bool user = false;

	(void)state;
	rig_options(&options);
	machine = rig_open(&options);
	space = quire_linux_ram_space(machine);
	for (unsigned f = 0; f < RAM_SIZE / PAGE; f++)
		*(uint32_t *)quire_linux_ram_at(machine, RAM_BASE + f * PAGE) = f + 1;
	for (unsigned n = 0; n < CALLS; n++) {
		switch (pick(8)) {
		case 0:
		case 1:
		case 2:
			map_some();
			break;
		case 3:
		case 4:
			unmap_some();
			break;
		case 5:
			protect_some();
			break;
		default:
			user = !user;
			assert_int_equal(quire_linux_ram_view(machine, user), QUIRE_OK);
			break;
		}
		if (n % 8 == 0)
			check(user);
	}
	check(user);
	quire_linux_ram_close(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_is_as_the_picture_says)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
