/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls on three chips, each compared with a model of the documented rules.
 *
 * Without a keep-list every address can be foretold.  With one, what is kept may be in the way of
 * the best gap, so there an address has to be one that is free and can do what is asked; every
 * result, and all that can be looked up, is the same.
 */
#include "model.h"

#include <stdio.h>

#define STEPS 25000u
#define POOL  12u /* pages of each memory that are used, so that they meet */
#define ROOM  30u /* pages of each window, so that it fills */

static struct model model;
static uint64_t seed;
static bool exact; /* addresses can be foretold */
static unsigned step, counts[8];

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((seed >> 33) % n);
}

#define FAIL(what, ...)                                                                            \
	fail_msg("%s, step %u, %s: " what, model.chip, step, exact ? "nothing kept" : "kept",      \
		 __VA_ARGS__)

/* -- choosing -- */

static uint32_t random_pa(void)
{
	uint32_t pa = random_below(POOL) * PAGE;

	switch (random_below(40)) {
	case 0:
		return pa + 1 + random_below(PAGE - 1);
	case 1:
		return MIB(4) - PAGE;
	case 2:
		return MIB(4);
	case 3:
		return 0xffff0000;
	default:
		return pa;
	}
}

static size_t random_size(void)
{
	switch (random_below(60)) {
	case 0:
		return 0;
	case 1:
		return 0xffff0001u + random_below(0xffff);
	case 2:
		return MIB(2) + random_below(MIB(64));
	default:
		return random_below(5) * PAGE + 1 + random_below(PAGE);
	}
}

static unsigned random_caps(void)
{
	static const unsigned likely[] = {R | BYTES, X | WORDS, R | W | BYTES, R | W, R, X, 0};

	return random_below(20) ? likely[random_below(7)] : random_below(34);
}

static unsigned random_target(void)
{
	if (random_below(40) == 0)
		return random_below(6);
	return model.psram_maps ? 1 + random_below(2) : FLASH;
}

/* An address of some window, on either side, or near one. */
static uint32_t random_va(void)
{
	const struct model_window *w = &model.window[random_below(model.window_count)];
	uint32_t base = random_below(2) ? w->base : w->exec_base;

	switch (random_below(30)) {
	case 0:
		return base - PAGE;
	case 1:
		return base + w->pages * PAGE;
	case 2:
		return base + random_below(w->pages) * PAGE + 4096;
	case 3:
		return 0x60000000;
	default:
		/* Where there is room: at the end of the window (start_model). */
		return base + (w->pages - 1 - random_below(ROOM)) * PAGE;
	}
}

static struct model_want random_want(bool chosen)
{
	const struct model_block *b = &model.block[random_below(40)];
	struct model_want want = {.va = chosen ? random_va() : 0,
				  .pa = random_pa(),
				  .size = random_size(),
				  .target = random_target(),
				  .caps = random_caps(),
				  .shared = random_below(2)};

	if (!b->used || !b->mapped || random_below(4))
		return want;
	/* What is there already, or a part of it, once more. */
	want.pa = b->pa + random_below(b->pages) * PAGE;
	want.size = (1 + random_below(b->pages - (want.pa - b->pa) / PAGE)) * PAGE;
	want.target = b->target;
	want.caps = random_below(3) ? b->caps : want.caps;
	return want;
}

/* One for addresses alone, which ESP32 has of PSRAM, too: the model has not. */
static struct model_want random_addresses(void)
{
	struct model_want want = random_want(false);

	if (!model.psram_maps && want.target <= (FLASH | PSRAM))
		want.target &= FLASH;
	return want;
}

/* The address of some block, by either side; NULL if there is none of this kind. */
static void *random_block(bool mapped)
{
	unsigned from = random_below(MODEL_BLOCKS);

	for (unsigned n = 0; n < MODEL_BLOCKS; n++) {
		const struct model_block *b = &model.block[(from + n) % MODEL_BLOCKS];
		const struct model_window *w = &model.window[b->window];

		if (b->used && b->mapped == mapped)
			return at((random_below(4) ? w->base : w->exec_base) + b->page * PAGE);
	}
	return NULL;
}

/* -- doing -- */

static void check_mapped(const struct model_want *want, const volatile uint8_t *p)
{
	uint32_t size = ((uint32_t)want->size + PAGE - 1) / PAGE * PAGE;

	for (uint32_t i = 0; i < size; i += PAGE / 2 + 1)
		if (p[i] != pattern(want->target, want->pa + i))
			FAIL("0x%x shows the wrong byte", number(p) + i);
}

static void do_map(bool chosen)
{
	struct model_want want = random_want(chosen);
	uint32_t expected = 0;
	esp_err_t err = model_map(&model, &want, &expected);
	void *p = NULL;
	esp_err_t found = esp_mmu_map_virt(want.va, want.pa, want.size, (mmu_target_t)want.target,
					   CAPS(want.caps), want.shared ? SHARED : 0, &p);

	if (found != err)
		FAIL("map at 0x%x, 0x%zx bytes from 0x%x, target %u, caps 0x%x, shared %d: 0x%x, "
		     "expected 0x%x",
		     want.va, want.size, want.pa, want.target, want.caps, want.shared,
		     (unsigned)found, (unsigned)err);
	if (err != ESP_OK && err != ESP_ERR_INVALID_STATE) {
		assert_null(p);
		return;
	}
	counts[err == ESP_OK]++;
	if ((exact || err != ESP_OK || chosen) && number(p) != expected)
		FAIL("map: 0x%x, expected 0x%x", number(p), expected);
	if (err != ESP_OK)
		return;
	if (!model_may_stand(&model, &want, number(p)))
		FAIL("map: 0x%x is not free, or cannot do 0x%x", number(p), want.caps);
	model_put(&model, &want, number(p), true);
	check_mapped(&want, p);
}

static void do_unmap(void)
{
	void *p = random_block(random_below(16));
	bool exactly = random_below(8);
	uint32_t va = (p ? number(p) : random_va()) + (exactly ? 0 : random_below(3) * PAGE + 1);
	int block = model_find(&model, va, true);
	esp_err_t err = block < 0 ? ESP_ERR_NOT_FOUND : ESP_OK;
	esp_err_t found = esp_mmu_unmap(at(va));

	if (found != err)
		FAIL("unmap 0x%x: 0x%x, expected 0x%x", va, (unsigned)found, (unsigned)err);
	if (block >= 0)
		model_take(&model, block);
	counts[2] += block >= 0;
}

static void do_reserve(void)
{
	struct model_want want = random_addresses();
	uint32_t expected = 0;
	esp_err_t err = model_reserve(&model, &want, &expected);
	const void *p = NULL;
	esp_err_t found = esp_mmu_map_reserve_block_with_caps(want.size, CAPS(want.caps),
							      (mmu_target_t)want.target, &p);

	if (found != err)
		FAIL("reserve 0x%zx bytes, target %u, caps 0x%x: 0x%x, expected 0x%x", want.size,
		     want.target, want.caps, (unsigned)found, (unsigned)err);
	if (err != ESP_OK)
		return;
	if (exact ? number(p) != expected : !model_may_stand(&model, &want, number(p)))
		FAIL("reserve: 0x%x, expected 0x%x", number(p), expected);
	model_put(&model, &want, number(p), false);
	counts[3]++;
}

/* The first one, which keeps the windows small, stays. */
static void do_release(void)
{
	void *p = random_block(random_below(8) == 0);
	uint32_t va = p ? number(p) : random_va();
	int block = model_find(&model, va, false);
	esp_err_t err = block < 0 ? ESP_ERR_NOT_FOUND : ESP_OK;
	esp_err_t found;

	if (block >= 0 && model.block[block].pages > ROOM)
		return;
	found = esp_mmu_map_release_block(at(va));
	if (found != err && !(block >= 0 && model.block[block].caps == ~0u))
		FAIL("release 0x%x: 0x%x, expected 0x%x", va, (unsigned)found, (unsigned)err);
	if (block >= 0 && found == ESP_OK)
		model_take(&model, block);
	counts[4] += found == ESP_OK;
}

/* -- looking -- */

static void look_up_address(void)
{
	void *p = random_block(true);
	uint32_t va = (p ? number(p) : random_va()) + random_below(2 * PAGE);
	uint32_t expected = 1, pa = 1;
	unsigned expected_target = 0;
	mmu_target_t target = (mmu_target_t)0;
	esp_err_t err = model_to_physical(&model, va, &expected, &expected_target);
	esp_err_t found = esp_mmu_vaddr_to_paddr(at(va), &pa, &target);

	if (found != err || pa != expected || (unsigned)target != expected_target)
		FAIL("0x%x shows 0x%x of %d, 0x%x; expected 0x%x of %u, 0x%x", va, pa, (int)target,
		     (unsigned)found, expected, expected_target, (unsigned)err);
	counts[5] += err == ESP_OK;
}

static void look_up_byte(void)
{
	uint32_t pa = random_pa(), expected = 0;
	unsigned target = 1 + random_below(2), type = 1 + random_below(2);
	esp_err_t err = model_to_virtual(&model, pa, target, type, &expected);
	void *p = NULL;
	esp_err_t found = esp_mmu_paddr_to_vaddr(pa, (mmu_target_t)target, (mmu_vaddr_t)type, &p);

	if (found != err || number(p) != expected)
		FAIL("byte 0x%x of %u, bus %u, is seen at 0x%x, 0x%x; expected 0x%x, 0x%x", pa,
		     target, type, number(p), (unsigned)found, expected, (unsigned)err);
	counts[6] += err == ESP_OK;
}

static void look_up_caps(void)
{
	uint32_t pa = random_pa() + random_below(PAGE);
	unsigned target = 1 + random_below(2), expected = 77, either = 77;
	esp_err_t err = model_caps(&model, pa, target, &expected);
	esp_err_t err_of_either = model_caps(&model, pa, FLASH, &either);
	mmu_mem_caps_t caps = CAPS(77);

	if (esp_mmu_paddr_find_caps_of(pa, (mmu_target_t)target, &caps) != err ||
	    (unsigned)caps != expected)
		FAIL("caps of byte 0x%x of %u: 0x%x, expected 0x%x", pa, target, (unsigned)caps,
		     expected);
	caps = CAPS(77);
	if (err_of_either != ESP_OK)
		err_of_either = model_caps(&model, pa, PSRAM, &either);
	if (esp_mmu_paddr_find_caps(pa, &caps) != err_of_either || (unsigned)caps != either)
		FAIL("caps of byte 0x%x: 0x%x, expected 0x%x", pa, (unsigned)caps, either);
	counts[7] += err == ESP_OK;
}

static void look_for_room(void)
{
	unsigned caps = random_caps(), target = random_addresses().target;
	size_t size = 1;
	bool fine = !((caps & X) && (caps & (W | BYTES)));
	esp_err_t found = esp_mmu_map_get_max_consecutive_free_block_size(
		CAPS(caps), (mmu_target_t)target, &size);

	if (!fine) {
		assert_int_equal(found, ESP_ERR_INVALID_ARG);
		return;
	}
	assert_int_equal(found, ESP_OK);
	if (size != (caps > 31 ? 0 : model_largest(&model, caps, target)))
		FAIL("largest block for caps 0x%x: 0x%zx", caps, size);
}

/* The windows fill for a while, then empty. */
static void do_step(void)
{
	bool filling = step % 800 < 500;
	uint32_t n = random_below(100);

	if (n < 30)
		do_map(false);
	else if (n < 45)
		do_map(true);
	else if (n < (filling ? 51u : 76u))
		do_unmap();
	else if (n < (filling ? 52u : 77u))
		do_reserve();
	else if (n < 83)
		do_release();
	else if (n < 88)
		look_up_address();
	else if (n < 93)
		look_up_byte();
	else if (n < 98)
		look_up_caps();
	else
		look_for_room();
}

/* -- chips -- */

/* What the machine has reserved by itself is reserved in the model as well. */
static void take_over(void)
{
	struct quire_cursor cursor = {0};
	struct quire_extent_info info;

	while (quire_space_next(quire_esp_space(), &cursor, &info) == QUIRE_OK) {
		struct model_want want = {.size = (size_t)info.size, .caps = ~0u};

		assert_true(info.kind != QUIRE_MAPPED);
		if (info.kind == QUIRE_RESERVED)
			model_put(&model, &want, (uint32_t)info.va, false);
	}
}

/* Reserve so much of each window that ROOM is left. */
static void make_small(void)
{
	for (unsigned w = 0; w < model.window_count; w++) {
		struct model_want want = {.caps = model.window[w].caps & ~(unsigned)X,
					  .target =
						  model.window[w].targets & FLASH ? FLASH : PSRAM};
		uint32_t va;

		if ((model.window[w].caps & R) == 0)
			want.caps = model.window[w].caps;
		while (model_largest(&model, want.caps, want.target) > ROOM * PAGE) {
			const void *p = NULL;

			want.size = model_largest(&model, want.caps, want.target) - ROOM * PAGE;
			if (want.size <= ROOM * PAGE)
				break;
			assert_int_equal(model_reserve(&model, &want, &va), ESP_OK);
			assert_int_equal(
				esp_mmu_map_reserve_block_with_caps(want.size, CAPS(want.caps),
								    (mmu_target_t)want.target, &p),
				ESP_OK);
			assert_ptr_equal(p, at(va));
			model_put(&model, &want, va, false);
		}
	}
}

static void run(const struct model *chip, uint32_t keep)
{
	struct quire_esp_options options = options_for(chip->chip);

	model = *chip;
	model_init(&model);
	exact = keep == 0;
	options.keep = keep;
	options.psram_size = chip->psram;
	options.psram_heap = 0;
	start_with(&options);
	fill(FLASH, 0, MIB(4));
	fill(PSRAM, 0, chip->psram);
	take_over();
	make_small();
	for (unsigned i = 0; i < 8; i++)
		counts[i] = 0;
	for (step = 0; step < STEPS; step++) {
		do_step();
		if (step % 1000 == 0)
			check_space();
	}
	for (unsigned i = 0; i < 8; i++)
		if (counts[i] < 50)
			FAIL("only %u cases of kind %u", counts[i], i);
	check_space();
	stop();
}

static const struct model esp32 = {
	.chip = "esp32",
	.flash = MIB(4),
	.psram = MIB(4),
	.window_count = 3,
	.window = {{0x400d0000, 0x400d0000, 51, X | WORDS, FLASH},
		   {0x3f400000, 0x3f400000, 64, R | WORDS | BYTES, FLASH},
		   {0x3f800000, 0x3f800000, 64, R | W | WORDS | BYTES, PSRAM}}};

static const struct model esp32s2 = {
	.chip = "esp32s2",
	.psram_maps = true,
	.flash = MIB(4),
	.psram = MIB(8),
	.window_count = 4,
	.window = {{0x40080000, 0x40080000, 56, X | WORDS, FLASH | PSRAM},
		   {0x3f000000, 0x3f000000, 64, R | WORDS | BYTES, FLASH | PSRAM},
		   {0x3f500000, 0x3f500000, 48, R | W | WORDS, FLASH | PSRAM},
		   {0x3f800000, 0x3f800000, 120, R | W | WORDS | BYTES, FLASH | PSRAM}}};

static const struct model esp32s3 = {
	.chip = "esp32s3",
	.psram_maps = true,
	.flash = MIB(4),
	.psram = MIB(8),
	.window_count = 1,
	.window = {{0x3c000000, 0x42000000, 512, X | R | W | WORDS | BYTES, FLASH | PSRAM}}};

static void every_call_follows_the_rules_on_esp32(void **state)
{
	(void)state;
	seed = 1;
	run(&esp32, 0);
	run(&esp32, 16);
}

static void every_call_follows_the_rules_on_esp32s2(void **state)
{
	(void)state;
	seed = 2;
	run(&esp32s2, 0);
	run(&esp32s2, 16);
}

static void every_call_follows_the_rules_on_esp32s3(void **state)
{
	(void)state;
	seed = 3;
	run(&esp32s3, 0);
	run(&esp32s3, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop_all)
		TEST(every_call_follows_the_rules_on_esp32),
		TEST(every_call_follows_the_rules_on_esp32s2),
		TEST(every_call_follows_the_rules_on_esp32s3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
