/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of this process, made before main().
 *
 *     windows   "stacks"  thread stacks between guards, which nobody else is put into
 *               "vm"      image (again) ........................ what is mapped, from the top down
 *               "image"   where the program has its variables, user mode's or not
 *               "direct"  RAM's addresses as far as "vm" has not got them, where the host has them free
 *               "device"  the device's addresses, likewise
 *
 *     memories  RAM       the image's frames, held | free
 *               a device  something that is no RAM, for device_map()
 *
 * A constructor makes it, ahead of the program's own, so that these may map memory.  What it cannot make, it
 * says in one sentence, and the process ends with status 2.
 */
#include "linux.h"

#include "kernel.h"
#include "mmu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct zephyr_machine zephyr_machine;
struct quire_zephyr_map quire_zephyr_map;
struct quire_linux_ram *zephyr_linux_ram;

#define VM_CAPS    QUIRE_CAP_MASK
#define STACKS     0x4000000u /* bytes */
#define OTHER_CAPS (QUIRE_CAP_MASK & ~(unsigned)QUIRE_CAP_32BIT)

static struct {
	struct zephyr_linux_options options;
	struct zephyr_linux_image image;
	struct quire_frames frames;
	struct quire_vm vm;
	struct quire_linux_ram_window window[5];
	uint8_t windows;
	char why[2 * QUIRE_LINUX_TEXT]; /* what failed, and how */
} made;

/* -- the program's addresses -- */

static bool phys_of(uintptr_t va, uintptr_t *phys)
{
	if (va < made.image.start || va >= made.image.end)
		return z_stack_phys(va, phys);
	*phys = va - made.image.start + (uintptr_t)made.options.ram_base;
	return true;
}

static bool virt_of(uintptr_t phys, uintptr_t *va)
{
	uintptr_t offset = phys - (uintptr_t)made.options.ram_base;

	if (offset >= made.image.end - made.image.start)
		return false;
	*va = made.image.start + offset;
	return true;
}

/* -- windows -- */

static void add_window(const char *name, uint64_t base, uint64_t size, unsigned caps, bool adopt)
{
	made.window[made.windows++] =
		(struct quire_linux_ram_window){.name = name,
						.base = base,
						.size = size,
						.caps = (uint8_t)caps,
						.place = QUIRE_PLACE_FIRST_HIGH,
						.adopt = adopt};
}

/* One to one, where the host has nothing: a window that can be had or not. */
static bool add_if_free(const char *name, uint64_t from, uint64_t to)
{
	void *got;

	if (from < 65536 || from >= to)
		return false;
	got = mmap((void *)(uintptr_t)from, (size_t)(to - from), PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (got != MAP_FAILED)
		munmap(got, (size_t)(to - from));
	if (got == (void *)(uintptr_t)from)
		add_window(name, from, to - from, OTHER_CAPS, false);
	return got == (void *)(uintptr_t)from;
}

/* What "vm" has not got of RAM's addresses: the larger part, if there are two. */
static void add_direct(const struct zephyr_linux_options *o)
{
	uint64_t ram_end = o->ram_base + o->ram_size, vm_end = o->vm_base + o->vm_size;

	if (vm_end <= o->ram_base || o->vm_base >= ram_end)
		(void)add_if_free("direct", o->ram_base, ram_end);
	else if (vm_end < ram_end)
		(void)add_if_free("direct", vm_end, ram_end);
	else if (o->ram_base < o->vm_base)
		(void)add_if_free("direct", o->ram_base, o->vm_base);
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

/* Between what is usual, or below it, or, where RAM or addresses are many, far above. */
static void add_stacks(const struct zephyr_linux_options *o)
{
	static const uint64_t places[] = {0x70000000, 0x4c000000, 0x200000000000};
	bool added = false;

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]) && !added; i++)
		added = apart(places[i], STACKS, o->vm_base, o->vm_size) &&
			apart(places[i], STACKS, o->ram_base, o->ram_size) &&
			add_if_free("stacks", places[i], places[i] + STACKS);
}

static void plan_windows(void)
{
	const struct zephyr_linux_options *o = &made.options;

	add_stacks(o);
	add_window("vm", o->vm_base, o->vm_size, VM_CAPS, false);
	if (made.image.start < made.image.end)
		add_window("image", made.image.start, made.image.end - made.image.start, OTHER_CAPS,
			   true);
	add_direct(o);
	if (apart(o->device_base, o->device_size, o->vm_base, o->vm_size) &&
	    apart(o->device_base, o->device_size, o->ram_base, o->ram_size))
		(void)add_if_free("device", o->device_base, o->device_base + o->device_size);
}

/* -- parts -- */

static bool failed(const char *what, int result)
{
	char refusal[QUIRE_LINUX_TEXT] = "";

	if (result >= 0)
		return false;
	quire_linux_ram_refusal(zephyr_linux_ram, refusal);
	snprintf(made.why, sizeof(made.why), "%s: %s%s%s", what, quire_error_text(result),
		 refusal[0] != '\0' ? "; " : "", refusal);
	return true;
}

static bool open_ram(void)
{
	const struct zephyr_linux_options *o = &made.options;
	const struct quire_linux_ram_bank bank[] = {
		{"RAM", o->ram_base, o->ram_size, QUIRE_RAM},
		{"device", o->device_base, o->device_size, QUIRE_DEVICE},
	};
	bool device = apart(o->device_base, o->device_size, o->ram_base, o->ram_size);
	const struct quire_linux_ram_options options = {
		.bank = bank,
		.window = made.window,
		.bank_count = device ? 2 : 1,
		.window_count = made.windows,
		.page_size = (uint32_t)o->page,
		.executable = true,
		.on_fault = zephyr_linux_fault,
		.foreign_faults = true,
	};

	return quire_linux_ram_open(&zephyr_linux_ram, &options, made.why) == QUIRE_OK;
}

static bool make_frames(void)
{
	const struct zephyr_linux_options *o = &made.options;
	const struct quire_frame_bank bank = {.name = "RAM",
					      .base = o->ram_base,
					      .size = o->ram_size,
					      .target = QUIRE_RAM,
					      .rank = QUIRE_FRAME_NORMAL};
	struct quire_frames_config config = {.banks = &bank, .bank_count = 1, .page = o->page};
	quire_size size = made.image.end - made.image.start;

	config.memory_size = quire_frames_memory_size(&config);
	if (config.memory_size != 0)
		config.memory = malloc((size_t)config.memory_size);
	if (config.memory == NULL) {
		snprintf(made.why, sizeof(made.why), "no memory for the frames of RAM");
		return false;
	}
	if (failed("frames", quire_frames_init(&made.frames, &config))) {
		free(config.memory);
		return false;
	}
	return size == 0 ||
	       !failed("frames of the image",
		       quire_frames_hold(&made.frames, o->ram_base, size, o->vm_base, 0));
}

static bool check_image(void)
{
	uint64_t size = made.image.end - made.image.start;
	const char *lacks = NULL;

	if (size >= made.options.ram_size)
		lacks = "RAM (QUIRE_ZEPHYR_RAM_SIZE)";
	else if (size >= made.options.vm_size)
		lacks = "the kernel's addresses (QUIRE_ZEPHYR_VM_SIZE)";
	if (lacks != NULL)
		snprintf(made.why, sizeof(made.why),
			 "the program's variables take 0x%llx bytes, and more than that is needed "
			 "of %s",
			 (unsigned long long)size, lacks);
	return lacks == NULL;
}

/* A sanitizer's variables are not what anybody had in mind who left the sizes as they are. */
static void make_room(void)
{
	const uint64_t mib = (uint64_t)1 << 20;
	uint64_t more = (made.image.end - made.image.start + mib - 1) / mib * mib;

	if (!made.image.runtime || more < 4 * mib)
		return;
	if (!made.options.ram_given)
		made.options.ram_size += more;
	if (!made.options.vm_given)
		made.options.vm_size += more;
}

static bool map_image(void)
{
	const struct quire_want want = {.pa = made.options.ram_base,
					.size = made.image.end - made.image.start,
					.target = QUIRE_RAM,
					.attr = QUIRE_READ | QUIRE_WRITE,
					.flags = QUIRE_SHARED,
					.tag = ZEPHYR_TAG_IMAGE};
	struct quire_got got;

	if (want.size == 0)
		return true;
	return !failed("the image", quire_space_map_at(quire_linux_ram_space(zephyr_linux_ram),
						       made.options.vm_base, &want, &got)) &&
	       !failed("the image", zephyr_linux_image_move(zephyr_linux_ram, &made.image,
							    made.options.ram_base));
}

static void zero(void *ctx, quire_pa pa, quire_size size)
{
	(void)ctx;
	memset(quire_linux_ram_at(zephyr_linux_ram, pa), 0, (size_t)size);
}

static bool make_vm(void)
{
	const struct quire_vm_config config = {.space = quire_linux_ram_space(zephyr_linux_ram),
					       .frames = &made.frames,
					       .zero = zero};

	return !failed("virtual memory", quire_vm_init(&made.vm, &config));
}

static void publish(void)
{
	const struct zephyr_linux_options *o = &made.options;
	struct zephyr_machine *machine = &zephyr_machine;

	quire_zephyr_map = (struct quire_zephyr_map){
		.page = (size_t)o->page,
		.vm_base = (uintptr_t)o->vm_base,
		.vm_size = (size_t)o->vm_size,
		.ram_base = (uintptr_t)o->ram_base,
		.ram_size = (size_t)o->ram_size,
		.image_start = (uintptr_t)o->vm_base,
		.image_end = (uintptr_t)o->vm_base + (made.image.end - made.image.start),
		.frame = made.frames.word};
	machine->vm = &made.vm;
	machine->frames = &made.frames;
	machine->memory = quire_linux_ram_memories(zephyr_linux_ram, &machine->memory_count);
	machine->vm_caps = QUIRE_CAP_32BIT;
	machine->phys_of = phys_of;
	machine->virt_of = virt_of;
	machine->is_constant = zephyr_linux_is_constant;
	machine->put = quire_arch_put;
	machine->fatal = z_machine_fatal;
	machine->space = quire_linux_ram_space(zephyr_linux_ram);
}

static bool make(void)
{
	if (!zephyr_linux_environment(&made.options, made.why))
		return false;
	zephyr_linux_image_find(&made.image, (size_t)made.options.page);
	make_room();
	if (!check_image())
		return false;
	plan_windows();
	return open_ram() && make_frames() && map_image() && make_vm();
}

/* Earlier than any constructor that a program would write. */
__attribute__((constructor(101))) static void start(int count, char **arguments)
{
	if (!make()) {
		fprintf(stderr, "quire: %s\n", made.why);
		_exit(2);
	}
	publish();
	if (!zephyr_linux_arch_begin(zephyr_linux_ram, count, arguments)) {
		fprintf(stderr, "quire: the host has no memory for threads\n");
		_exit(2);
	}
	z_kernel_begin();
}
