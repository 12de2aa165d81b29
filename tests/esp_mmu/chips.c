/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All thirteen chips: what each window can do, with real bytes behind it, and every error of every
 * call in the order in which ESP-IDF finds it.
 */
#include "rig.h"

/* -- what each chip can do -- */

/* What a block looks like to those who look. */
static void expect_found(const struct way *way, void *p, uint32_t pa)
{
	mmu_vaddr_t side = way->caps & X ? MMU_VADDR_INSTRUCTION : MMU_VADDR_DATA;
	mmu_mem_caps_t caps = CAPS(0xff);
	mmu_target_t target = (mmu_target_t)0;
	esp_paddr_t paddr = 0;
	void *back = NULL;

	assert_int_equal(esp_mmu_vaddr_to_paddr((uint8_t *)p + 5, &paddr, &target), ESP_OK);
	assert_int_equal(paddr, pa + 5);
	assert_int_equal(target, way->target);
	assert_int_equal(esp_mmu_paddr_to_vaddr(pa + 5, way->target, side, &back), ESP_OK);
	assert_ptr_equal(back, (uint8_t *)p + 5);
	assert_int_equal(esp_mmu_paddr_find_caps(pa + 5, &caps), ESP_OK);
	assert_int_equal(caps, way->caps);
	caps = CAPS(0xff);
	assert_int_equal(esp_mmu_paddr_find_caps_of(pa + 5, way->target, &caps), ESP_OK);
	assert_int_equal(caps, way->caps);
}

static void expect_gone(const struct way *way, void *p, uint32_t pa)
{
	mmu_mem_caps_t caps = CAPS(0x55);
	esp_paddr_t paddr = 77;
	void *back = &paddr;

	assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_vaddr_to_paddr(p, &paddr, NULL), ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_to_vaddr(pa, way->target, MMU_VADDR_DATA, &back),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_to_vaddr(pa, way->target, MMU_VADDR_INSTRUCTION, &back),
			 ESP_ERR_NOT_FOUND);
	assert_int_equal(esp_mmu_paddr_find_caps(pa, &caps), ESP_ERR_NOT_FOUND);
	assert_int_equal(caps, 0x55);
	assert_int_equal(paddr, 77);
	assert_ptr_equal(back, &paddr);
}

static void take_way(const struct way *way)
{
	const uint32_t pa = MIB(3), size = 3 * PAGE;
	void *p = NULL;
	esp_err_t err = esp_mmu_map(pa, size - 100, way->target, CAPS(way->caps), 0, &p);

	if (err != way->err)
		fail_msg("caps 0x%x, target %d: 0x%x", way->caps, way->target, (unsigned)err);
	if (err != ESP_OK) {
		assert_null(p);
		return;
	}
	if (number(p) < way->start || number(p) > way->end - size)
		fail_msg("caps 0x%x, target %d: %p", way->caps, way->target, p);
	expect_bytes(p, way->target, pa, size);
	expect_found(way, p, pa);
	unmap_ok(p);
	expect_gone(way, p, pa);
}

static void every_capability_leads_to_its_window_and_shows_the_bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		start(facts[i].name);
		fill(FLASH, MIB(3), 3 * PAGE);
		if (facts[i].psram)
			fill(PSRAM, MIB(3), 3 * PAGE);
		/* Half of the PSRAM is the heap's; nobody has mapped it. */
		for (const struct way *way = facts[i].ways; way->end != 0 || way->err != 0; way++)
			take_way(way);
		check_space();
		stop();
	}
}

/* -- other page sizes -- */

static const struct {
	const char *chip;
	uint32_t page;
} page_sizes[] = {{"esp32c2", KIB(16)},  {"esp32c2", KIB(32)},  {"esp32c6", KIB(8)},
		  {"esp32c6", KIB(16)},  {"esp32c6", KIB(32)},  {"esp32c61", KIB(8)},
		  {"esp32h2", KIB(8)},   {"esp32h21", KIB(16)}, {"esp32h4", KIB(8)},
		  {"esp32h4", KIB(32)},  {"esp32s31", KIB(32)}, {"esp32s31", KIB(128)},
		  {"esp32s31", KIB(256)}};

/* Addresses and sizes are in pages of the machine, whatever those are. */
static void every_page_size(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++) {
		struct quire_esp_options options = options_for(page_sizes[i].chip);
		uint32_t page = page_sizes[i].page;
		uint8_t *p, *q = NULL;

		options.page_size = page;
		options.flash_size = MIB(1);
		options.psram_size = options.psram_size ? MIB(2) : 0;
		start_with(&options);
		fill(FLASH, 0, MIB(1));
		p = map_ok(page, page + 1, FLASH, RODATA, 0);
		expect_bytes(p, FLASH, page, 2 * page);
		assert_int_equal(esp_mmu_map(page / 2, page, FLASH, RODATA, 0, (void **)&q),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_map_virt(number(p) + 5 * page / 2, 0, page, FLASH, RODATA,
						  0, (void **)&q),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_map_virt(number(p) + 3 * page, 3 * page, page, FLASH,
						  RODATA, 0, (void **)&q),
				 ESP_OK);
		assert_ptr_equal(q, p + 3 * page);
		expect_bytes(q, FLASH, 3 * page, page);
		unmap_ok(p);
		unmap_ok(q);
		check_space();
		stop();
	}
}

/* The chip's way to flash with these capabilities. */
static const struct way *way_to_flash(const struct facts *chip, unsigned caps)
{
	for (const struct way *way = chip->ways;; way++)
		if (way->caps == caps && way->target == FLASH)
			return way;
}

/* Map every page of a window, each for itself; returns how many at its bottom are reserved. */
static uint32_t fill_window(const struct way *way)
{
	uint32_t reserved = 0;

	for (uint32_t va = way->start; va < way->end; va += PAGE) {
		uint32_t pa = MIB(1) + (va - way->start) / PAGE % 16 * PAGE;
		void *p = NULL;
		esp_err_t err = esp_mmu_map_virt(va, pa, PAGE, FLASH, CAPS(way->caps), SHARED, &p);

		if (err == ESP_ERR_INVALID_ARG && va == way->start + reserved) {
			reserved += PAGE;
		} else {
			assert_int_equal(err, ESP_OK);
			assert_ptr_equal(p, at(va));
		}
	}
	return reserved;
}

/* ESP-IDF looks for room first, and does not find what is there when there is none. */
static void a_full_window_still_tells_of_what_it_shows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		const struct way *way = way_to_flash(&facts[i], X | WORDS);
		void *p = NULL;
		uint32_t reserved;

		start(facts[i].name);
		fill(FLASH, MIB(1), 16 * PAGE);
		reserved = fill_window(way);
		assert_int_equal(reserved, way->start == 0x400d0000 || way->start == 0x40080000
						   ? KIB(128)
						   : KIB(192));
		assert_int_equal(largest(way->caps, FLASH), 0);
		assert_int_equal(esp_mmu_map(MIB(3), PAGE, FLASH, CODE, SHARED, &p),
				 ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map(MIB(4), PAGE, FLASH, CODE, 0, &p), ESP_ERR_NOT_FOUND);
		assert_null(p);
		assert_int_equal(esp_mmu_map(MIB(1) + 5 * PAGE, PAGE, FLASH, CODE, 0, &p),
				 ESP_ERR_INVALID_STATE);
		expect_bytes(p, FLASH, MIB(1) + 5 * PAGE, PAGE);
		expect_bytes(at(way->end - PAGE), FLASH,
			     MIB(1) + (way->end - PAGE - way->start) / PAGE % 16 * PAGE, PAGE);
		check_space();
		for (uint32_t va = way->start + reserved; va < way->end; va += PAGE)
			unmap_ok(at(va));
		assert_int_equal(largest(way->caps, FLASH), way->end - way->start - reserved);
		stop();
	}
}

/* -- errors of map -- */

#define NOBODY 0xdead0000u

struct map_case {
	const char *what;
	uint32_t pa;
	size_t size;
	unsigned target, caps;
	esp_err_t err;
	esp_err_t err_without_psram; /* where PSRAM cannot be mapped; 0: the same */
};

/* Each of them is wrong in more than one way where there is one: the first counts. */
static const struct map_case map_cases[] = {
	{"PSRAM, misaligned, and caps and size wrong", 1, 0, PSRAM, X | W, ESP_ERR_INVALID_ARG,
	 ESP_ERR_NOT_SUPPORTED},
	{"PSRAM and flash", 0, PAGE, FLASH | PSRAM, R, ESP_ERR_INVALID_ARG, ESP_ERR_NOT_SUPPORTED},
	{"misaligned, unknown caps", PAGE + 4096, PAGE, FLASH, 32, ESP_ERR_INVALID_ARG, 0},
	{"execute and bytes, unknown target", 0, PAGE, 4, X | BYTES, ESP_ERR_INVALID_ARG, 0},
	{"execute and write, unknown target", 0, PAGE, 4, X | W, ESP_ERR_INVALID_ARG, 0},
	{"execute, write, bytes", 0, PAGE, FLASH, X | R | W | BYTES, ESP_ERR_INVALID_ARG, 0},
	{"no bytes", 0, 0, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"no bytes, unknown caps", 0, 0, FLASH, 32, ESP_ERR_INVALID_ARG, 0},
	{"rounds to 0", 0, 0xffff0001, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"rounds to 0", 0, 0xffffffff, FLASH, R, ESP_ERR_INVALID_ARG, 0},
#if SIZE_MAX > UINT32_MAX
	{"more than 32 bits", 0, (size_t)1 << 32, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"rounds to 0 in 64 bits", 0, SIZE_MAX, FLASH, R, ESP_ERR_INVALID_ARG, 0},
#endif
	{"unknown caps", 0, PAGE, FLASH, R | 32, ESP_ERR_NOT_FOUND, 0},
	{"unknown caps, no target", 0, PAGE, 0, 64, ESP_ERR_NOT_FOUND, 0},
	{"unknown target", 0, PAGE, 4, R, ESP_ERR_NOT_FOUND, 0},
	{"unknown target and flash", 0, PAGE, 5, R, ESP_ERR_NOT_FOUND, 0},
	{"no target", 0, PAGE, 0, R, ESP_ERR_INVALID_ARG, 0},
	{"behind the end of flash", MIB(4), PAGE, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"across the end of flash", MIB(4) - PAGE, PAGE + 1, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"far behind the end of flash", 0x80000000, PAGE, FLASH, R, ESP_ERR_INVALID_ARG, 0},
	{"the last page there could be", 0xffff0000, PAGE, FLASH, X, ESP_ERR_INVALID_ARG, 0},
	{"the last page there could be", 0xffff0000, PAGE, PSRAM, R, ESP_ERR_INVALID_ARG,
	 ESP_ERR_NOT_SUPPORTED},
	{"larger than any window, and than flash", 0, MIB(128), FLASH, R, ESP_ERR_NOT_FOUND, 0},
	{"the largest size, behind flash", 0xffff0000, 0xffff0000, FLASH, R, ESP_ERR_NOT_FOUND, 0},
};

static void try_map_case(const struct facts *chip, const struct map_case *c)
{
	esp_err_t err = !chip->psram_maps && c->err_without_psram ? c->err_without_psram : c->err;

	for (int flags = 0; flags <= SHARED; flags += SHARED) {
		void *p = at(NOBODY);
		esp_err_t found = esp_mmu_map(c->pa, c->size, (mmu_target_t)c->target,
					      CAPS(c->caps), flags, &p);

		if (found != err || p != at(NOBODY))
			fail_msg("%s, %s, flags %d: 0x%x, %p", chip->name, c->what, flags,
				 (unsigned)found, p);
		found = esp_mmu_map_virt(0, c->pa, c->size, (mmu_target_t)c->target, CAPS(c->caps),
					 flags, NULL);
		if (found != err)
			fail_msg("%s, %s, without a pointer: 0x%x", chip->name, c->what,
				 (unsigned)found);
	}
}

static void every_error_of_map_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		size_t before;

		start(facts[i].name);
		before = largest(R, FLASH);
		for (unsigned c = 0; c < sizeof(map_cases) / sizeof(map_cases[0]); c++)
			try_map_case(&facts[i], &map_cases[c]);
		/* The pointer is looked at first. */
		assert_int_equal(esp_mmu_map(1, 0, PSRAM, CAPS(X | W), 0, NULL),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(largest(R, FLASH), before);
		check_space();
		stop();
	}
}

/* -- what is mapped already -- */

static void expect_told(uint32_t pa, uint32_t size, unsigned caps, int flags, const void *where)
{
	void *p = NULL;

	assert_int_equal(esp_mmu_map(pa, size, FLASH, CAPS(caps), flags, &p),
			 ESP_ERR_INVALID_STATE);
	assert_ptr_equal(p, where);
}

static void what_is_mapped_is_told_of_or_refused_or_shared_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		uint8_t *p, *q, *none = at(NOBODY);

		start(facts[i].name);
		fill(FLASH, MIB(2), 8 * PAGE);
		p = map_ok(MIB(2) + PAGE, 4 * PAGE, FLASH, R | BYTES, 0);
		for (int flags = 0; flags <= SHARED; flags += SHARED) {
			expect_told(MIB(2) + PAGE, 4 * PAGE, R | BYTES, flags, p);
			expect_told(MIB(2) + PAGE, 4 * PAGE - 1, R, flags, p);
			expect_told(MIB(2) + 2 * PAGE, PAGE, R | BYTES, flags, p + PAGE);
			expect_told(MIB(2) + 4 * PAGE, 1, R | BYTES, flags, p + 3 * PAGE);
		}
		/* Before, behind, and around it. */
		for (unsigned n = 0; n < 3; n++) {
			static const uint32_t from[3] = {0, 4 * PAGE, 0};
			static const uint32_t size[3] = {2 * PAGE, 2 * PAGE, 6 * PAGE};
			void *out = none;

			assert_int_equal(
				esp_mmu_map(MIB(2) + from[n], size[n], FLASH, RODATA, 0, &out),
				ESP_ERR_INVALID_ARG);
			assert_ptr_equal(out, none);
			q = map_ok(MIB(2) + from[n], size[n], FLASH, RODATA, SHARED);
			assert_ptr_not_equal(q, p);
			expect_bytes(q, FLASH, MIB(2) + from[n], size[n]);
			expect_bytes(p, FLASH, MIB(2) + PAGE, 4 * PAGE);
			unmap_ok(q);
		}
		unmap_ok(p);
		stop();
	}
}

/* The pages of two neighbours together are shown by neither. */
static void two_neighbours_do_not_enclose_what_spans_them(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		void *p = NULL;

		start(facts[i].name);
		map_ok(MIB(2), PAGE, FLASH, RODATA, 0);
		map_ok(MIB(2) + PAGE, PAGE, FLASH, RODATA, 0);
		assert_int_equal(esp_mmu_map(MIB(2), 2 * PAGE, FLASH, RODATA, 0, &p),
				 ESP_ERR_INVALID_ARG);
		map_ok(MIB(2), 2 * PAGE, FLASH, RODATA, SHARED);
		stop();
	}
}

/* -- errors of map_virt -- */

/* A page of the chip's first window, counted from its end. */
static uint32_t page_from_end(const struct facts *chip, unsigned n)
{
	return chip->ways[0].end - n * PAGE;
}

static void expect_virt(uint32_t va, uint32_t pa, size_t size, unsigned caps, int flags,
			esp_err_t err, const void *where)
{
	void *p = at(NOBODY);
	esp_err_t found = esp_mmu_map_virt(va, pa, size, FLASH, CAPS(caps), flags, &p);

	if (found != err || p != (where ? where : at(NOBODY)))
		fail_msg("at 0x%x, bytes from 0x%x on, flags %d: 0x%x, %p", va, pa, flags,
			 (unsigned)found, p);
}

static void every_error_of_map_at_an_address_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		const struct facts *chip = &facts[i];
		uint32_t last = page_from_end(chip, 1), there = page_from_end(chip, 4);
		uint8_t *p, *q;

		start(chip->name);
		fill(FLASH, MIB(2), 8 * PAGE);
		expect_virt(last + 4096, MIB(2), PAGE, R, 0, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(last, MIB(2) + 1, PAGE, R, 0, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(last, MIB(2), PAGE, X | W, 0, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(last, MIB(2), 0, R, 0, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(last, MIB(2), 2 * PAGE, R, 0, ESP_ERR_NOT_FOUND, NULL);
		expect_virt(chip->ways[0].start - PAGE, MIB(2), PAGE, R, 0, ESP_ERR_NOT_FOUND,
			    NULL);
		expect_virt(0x70000000, MIB(2), PAGE, R, 0, ESP_ERR_NOT_FOUND, NULL);
		expect_virt(0xffff0000, MIB(2), PAGE, R, 0, ESP_ERR_NOT_FOUND, NULL);
		expect_virt(last, MIB(4), PAGE, R, 0, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(last, 0xffff0000, PAGE, R, SHARED, ESP_ERR_INVALID_ARG, NULL);
		expect_virt(chip->ways[0].start, MIB(2), PAGE, R, 0, ESP_ERR_INVALID_ARG, NULL);

		expect_virt(there, MIB(2), 2 * PAGE, R, 0, ESP_OK, at(there));
		p = at(there);
		expect_bytes(p, FLASH, MIB(2), 2 * PAGE);
		expect_virt(there, MIB(2), 2 * PAGE, R, 0, ESP_ERR_NOT_FOUND, NULL);
		expect_virt(there - PAGE, MIB(3), 2 * PAGE, R, SHARED, ESP_ERR_NOT_FOUND, NULL);
		expect_virt(last, MIB(2) + PAGE, PAGE, R, 0, ESP_ERR_INVALID_STATE, p + PAGE);
		expect_virt(last, MIB(2) + PAGE, PAGE, R, SHARED, ESP_OK, at(last));
		expect_bytes(at(last), FLASH, MIB(2) + PAGE, PAGE);
		q = at(page_from_end(chip, 2));
		expect_virt(number(q) - 4 * PAGE, MIB(2) + PAGE, 2 * PAGE, R, 0,
			    ESP_ERR_INVALID_ARG, NULL);
		assert_int_equal(esp_mmu_map_virt(number(q), MIB(3), PAGE, FLASH, RODATA, 0, NULL),
				 ESP_OK);
		unmap_ok(q);
		unmap_ok(at(last));
		expect_bytes(p, FLASH, MIB(2), 2 * PAGE);
		unmap_ok(p);
		check_space();
		stop();
	}
}

/* -- errors of everything else -- */

static void every_error_of_unmap_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		uint8_t *p, *q;
		int local;

		start(facts[i].name);
		p = map_ok(MIB(2), 3 * PAGE, FLASH, RODATA, 0);
		assert_int_equal(esp_mmu_unmap(NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_unmap(&local), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(p + 1), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(p + PAGE), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(p + 3 * PAGE), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(at(facts[i].ways[0].start)), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_unmap(at(4096)), ESP_ERR_NOT_FOUND);
		unmap_ok(p);
		assert_int_equal(esp_mmu_unmap(p), ESP_ERR_NOT_FOUND);
		q = map_ok(MIB(2), PAGE, FLASH, CODE, 0);
		unmap_ok(q);
		stop();
	}
}

static void every_error_of_reserve_and_release_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		const void *p = at(NOBODY);
		const uint8_t *block = NULL;
		size_t before;
		void *mapped;

		start(facts[i].name);
		before = largest(X, FLASH);
		assert_int_equal(esp_mmu_map_reserve_block_with_caps(PAGE, RODATA, FLASH, NULL),
				 ESP_ERR_INVALID_ARG);
#define REFUSED(size, caps, target, err)                                                           \
	assert_int_equal(                                                                          \
		esp_mmu_map_reserve_block_with_caps(size, CAPS(caps), (mmu_target_t)(target), &p), \
		err)
		REFUSED(PAGE, X | BYTES, FLASH, ESP_ERR_INVALID_ARG);
		REFUSED(0, R, FLASH, ESP_ERR_INVALID_ARG);
		REFUSED(0xffff0001, R, FLASH, ESP_ERR_INVALID_ARG);
		REFUSED(PAGE, R | 32, FLASH, ESP_ERR_NOT_FOUND);
		REFUSED(PAGE, R, 8, ESP_ERR_NOT_FOUND);
		REFUSED(PAGE, R, 0, ESP_ERR_INVALID_ARG);
		REFUSED(PAGE, R, FLASH | PSRAM, ESP_ERR_INVALID_ARG);
		REFUSED(before + 1, X, FLASH, ESP_ERR_NOT_FOUND);
		if (!facts[i].psram)
			REFUSED(PAGE, R, PSRAM, ESP_ERR_NOT_FOUND);
#undef REFUSED
		assert_ptr_equal(p, at(NOBODY));

		assert_int_equal(esp_mmu_map_reserve_block_with_caps(before - 2 * PAGE - 1, CODE,
								     FLASH, (const void **)&block),
				 ESP_OK);
		assert_int_equal(largest(X, FLASH), 2 * PAGE);
		assert_int_equal(esp_mmu_unmap((void *)(uintptr_t)block), ESP_ERR_NOT_FOUND);
		mapped = map_ok(MIB(1), 2 * PAGE, FLASH, CODE, 0);
		assert_int_equal(esp_mmu_map_release_block(NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_map_release_block(&p), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(mapped), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(block + PAGE), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(at(facts[i].ways[0].start)),
				 ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_map_release_block(block), ESP_OK);
		assert_int_equal(esp_mmu_map_release_block(block), ESP_ERR_NOT_FOUND);
		unmap_ok(mapped);
		assert_int_equal(largest(X, FLASH), before);
		stop();
	}
}

static void every_error_of_the_largest_free_block_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		size_t size = 77;

		start(facts[i].name);
		assert_int_equal(
			esp_mmu_map_get_max_consecutive_free_block_size(RODATA, FLASH, NULL),
			ESP_ERR_INVALID_ARG);
		assert_int_equal(
			esp_mmu_map_get_max_consecutive_free_block_size(CAPS(X | W), FLASH, &size),
			ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_map_get_max_consecutive_free_block_size(CAPS(X | BYTES),
										 FLASH, &size),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(size, 77);
		assert_int_equal(largest(R | 32, FLASH), 0);
		assert_int_equal(largest(R, (mmu_target_t)0), 0);
		assert_int_equal(largest(R, (mmu_target_t)(FLASH | PSRAM)), 0);
		assert_int_equal(largest(R, (mmu_target_t)4), 0);
		assert_int_equal(largest(R, PSRAM) != 0, facts[i].psram);
		assert_int_equal(largest(X, FLASH) != 0, 1);
		stop();
	}
}

static void every_error_of_the_lookups_on_every_chip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHIPS; i++) {
		esp_paddr_t pa;
		mmu_mem_caps_t caps;
		uint8_t *p;
		void *out;

		start(facts[i].name);
		p = map_ok(MIB(2), 3 * PAGE, FLASH, RODATA, 0);
		assert_int_equal(esp_mmu_vaddr_to_paddr(NULL, &pa, NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_vaddr_to_paddr(p, NULL, NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_vaddr_to_paddr(&pa, &pa, NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_vaddr_to_paddr(at(facts[i].ways[0].start - 1), &pa, NULL),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_vaddr_to_paddr(at(page_from_end(&facts[i], 1)), &pa, NULL),
				 ESP_ERR_NOT_FOUND);

		assert_int_equal(esp_mmu_paddr_to_vaddr(MIB(2), FLASH, MMU_VADDR_DATA, NULL),
				 ESP_ERR_INVALID_ARG);
#define REFUSED(pa, target, type, err)                                                             \
	assert_int_equal(                                                                          \
		esp_mmu_paddr_to_vaddr(pa, (mmu_target_t)(target), (mmu_vaddr_t)(type), &out),     \
		err)
		REFUSED(MIB(2), 0, MMU_VADDR_DATA, ESP_ERR_INVALID_ARG);
		REFUSED(MIB(2), FLASH | PSRAM, MMU_VADDR_DATA, ESP_ERR_INVALID_ARG);
		REFUSED(MIB(2), 4, MMU_VADDR_DATA, ESP_ERR_INVALID_ARG);
		REFUSED(MIB(2), FLASH, 0, ESP_ERR_INVALID_ARG);
		REFUSED(MIB(2), FLASH, 3, ESP_ERR_INVALID_ARG);
		REFUSED(MIB(2) - 1, FLASH, MMU_VADDR_DATA, ESP_ERR_NOT_FOUND);
		REFUSED(MIB(2) + 3 * PAGE, FLASH, MMU_VADDR_DATA, ESP_ERR_NOT_FOUND);
		REFUSED(MIB(2), PSRAM, MMU_VADDR_DATA, ESP_ERR_NOT_FOUND);
		REFUSED(0xffffffff, FLASH, MMU_VADDR_DATA, ESP_ERR_NOT_FOUND);
		REFUSED(0x40000000, PSRAM, MMU_VADDR_DATA, ESP_ERR_NOT_FOUND);
#undef REFUSED
		assert_int_equal(esp_mmu_paddr_find_caps(MIB(2), NULL), ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_paddr_find_caps(MIB(2) - 1, &caps), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_paddr_find_caps(0xffffffff, &caps), ESP_ERR_NOT_FOUND);
		assert_int_equal(esp_mmu_paddr_find_caps_of(MIB(2), FLASH, NULL),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_paddr_find_caps_of(MIB(2), (mmu_target_t)0, &caps),
				 ESP_ERR_INVALID_ARG);
		assert_int_equal(esp_mmu_paddr_find_caps_of(MIB(2), PSRAM, &caps),
				 ESP_ERR_NOT_FOUND);
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(every_capability_leads_to_its_window_and_shows_the_bytes),
		TEST(every_page_size),
		TEST(a_full_window_still_tells_of_what_it_shows),
		TEST(every_error_of_map_on_every_chip),
		TEST(what_is_mapped_is_told_of_or_refused_or_shared_on_every_chip),
		TEST(two_neighbours_do_not_enclose_what_spans_them),
		TEST(every_error_of_map_at_an_address_on_every_chip),
		TEST(every_error_of_unmap_on_every_chip),
		TEST(every_error_of_reserve_and_release_on_every_chip),
		TEST(every_error_of_the_largest_free_block_on_every_chip),
		TEST(every_error_of_the_lookups_on_every_chip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
