/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable tests on the software MMU: one description after another, chosen by its name.
 *
 *   sim_host sv39          the hardware sets marks
 *   sim_host sv39 faults   it faults where one is missing
 *
 * The TLB keeps what it may keep, so what is not flushed is seen; memory is an array, and an access is
 * a translation and a copy.  Code is not run: an
 * access is asked for whether it may be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quire/port/aarch64.h"
#include "quire/port/arm.h"
#include "quire/port/riscv.h"
#include "quire/port/sim.h"
#include "quire/port/x86.h"
#include "suite/suite.h"

#define TABLES   (16u << 20)
#define FRAMES   (32u << 20)
#define TLB      64u
#define MAPPINGS 6000u

#ifndef SIM_OPERATIONS
#define SIM_OPERATIONS 250000
#endif

struct host {
	struct quire_sim sim;
	struct quire_sim_tlb tlb[TLB];
	struct quire_walker walker;
	struct quire_space space;
	unsigned char *frames;
	quire_pa base; /* of the frames */
};

#define MMU(name)                                                                                  \
	{                                                                                          \
#name, &quire_mmu_##name                                                           \
	}
static const struct {
	const char *name;
	const struct quire_mmu *mmu;
} mmus[] = {
	MMU(sv32),       MMU(sv39),       MMU(sv48),       MMU(sv39_ext),   MMU(sv48_ext),
	MMU(a64_4k_39),  MMU(a64_4k_48),  MMU(a64_16k_39), MMU(a64_16k_48), MMU(a64_64k_39),
	MMU(a64_64k_42), MMU(a64_64k_48), MMU(armv7),      MMU(x86_64),
};

void board_put(char c)
{
	putchar(c);
}

static uint8_t *frame(struct target *t, quire_pa pa)
{
	struct host *h = t->host;

	return h->frames + (pa - h->base);
}

static uint32_t peek(struct target *t, quire_pa pa)
{
	uint32_t word;

	memcpy(&word, frame(t, pa), sizeof(word));
	return word;
}

static void poke(struct target *t, quire_pa pa, uint32_t word)
{
	memcpy(frame(t, pa), &word, sizeof(word));
}

/* One byte of an access. */
static bool touch_byte(struct target *t, unsigned access, quire_va va, uint8_t *byte, bool change)
{
	struct host *h = t->host;
	quire_pa pa;

	if (quire_sim_access(&h->sim, va - t->arena + t->walk, access, &pa, NULL) != QUIRE_SIM_OK ||
	    pa - h->base >= FRAMES)
		return false;
	if (change)
		*frame(t, pa) = *byte;
	else
		*byte = *frame(t, pa);
	return true;
}

/* All bytes are looked at before any is changed. */
static bool touch_bytes(struct target *t, unsigned access, quire_va va, unsigned bytes,
			uint64_t *value, struct quire_fault_raw *raw)
{
	uint8_t byte[8] = {0};
	uint64_t got = 0;

	for (unsigned i = 0; i < bytes; i++) {
		if (!touch_byte(t, access, va + i, &byte[i], false)) {
			*raw = (struct quire_fault_raw){.va = va + i,
							.access = access & 7u,
							.user = (access & QUIRE_USER) != 0};
			return false;
		}
	}
	for (unsigned i = 0; i < bytes; i++) {
		if (access & QUIRE_WRITE) {
			byte[i] = (uint8_t)(*value >> 8 * i);
			touch_byte(t, access, va + i, &byte[i], true);
		}
		got |= (uint64_t)byte[i] << 8 * i;
	}
	if (access & QUIRE_READ)
		*value = got;
	return true;
}

/* As a trap handler does it: what can be put right is, and the access is made again. */
static bool touch(struct target *t, unsigned access, quire_va va, unsigned bytes, uint64_t *value,
		  struct quire_fault_raw *raw)
{
	for (unsigned tries = 0; tries < 4; tries++) {
		if (touch_bytes(t, access, va, bytes, value, raw)) {
			if (access & QUIRE_EXEC)
				*value = TARGET_ANSWER;
			return true;
		}
		if (quire_fault_resolve(t->space, raw) != QUIRE_OK)
			return false;
		quire_sim_port.flush(t->walker->port_ctx,
				     (raw->va & ~(t->page - 1)) - t->arena + t->walk, t->page, 0);
	}
	return false;
}

/* A missing flush, or a break that was left out. */
static const char *complaint(struct target *t)
{
	struct host *h = t->host;

	if (h->sim.counts.violations != 0) {
		h->sim.counts.violations = 0;
		return "an entry was replaced as the machine does not allow it";
	}
	return quire_sim_stale(&h->sim, NULL) != 0 ? "the TLB holds what is not so any more" : NULL;
}

static void make_walker(struct host *h, const struct quire_mmu *mmu, enum quire_sim_marks marks)
{
	static uint32_t slots_raw[TABLES / 1024];
	struct quire_table_slot *slots = (struct quire_table_slot *)slots_raw;
	quire_size root = quire_mmu_table_bytes(mmu, 0);
	quire_size table = quire_mmu_table_bytes(mmu, 1);
	quire_pa base = 0x100000;
	struct quire_sim_config config = {.mmu = mmu,
					  .memory = calloc(1, TABLES),
					  .base = base,
					  .bytes = TABLES,
					  .root = base,
					  .entry_bytes = mmu->entry_bytes,
					  .tlb = h->tlb,
					  .tlb_entries = TLB,
					  .marks = marks};

	if (!config.memory || quire_sim_init(&h->sim, &config) != QUIRE_OK)
		exit(2);
	h->walker = (struct quire_walker){
		.mmu = mmu, .port = &quire_sim_port, .port_ctx = &h->sim, .root = base};
	root = (root + table - 1) / table * table;
	quire_table_pool_init(&h->walker.pool, slots, base + root, (uint32_t)table,
			      (uint32_t)((TABLES - root) / table));
}

/* Addresses: the second half of what the tables reach, of which the pages can be counted. */
static void make_space(struct host *h, struct target *t)
{
	const struct quire_mmu *mmu = t->mmu;
	unsigned bits = mmu->level[0].shift + mmu->level[0].bits;
	quire_size most = (quire_size)1 << (mmu->pa_bits < 40 ? mmu->pa_bits : 40);
	struct quire_memory memory[] = {{"frames", h->base, FRAMES, QUIRE_CAP_MASK, 0},
					{"big", 0, most, QUIRE_CAP_MASK, 0}};
	struct quire_window window = {.name = "arena", .caps = QUIRE_CAP_MASK, .targets = 3};
	struct quire_space_config config = {.windows = &window,
					    .memories = memory,
					    .walkers = &h->walker,
					    .window_count = 1,
					    .memory_count = 2,
					    .walker_count = 1};

	bits = bits < 44 ? bits : 44;
	window.base = window.exec_base = window.walk = (quire_va)1 << (bits - 1);
	window.size = window.base;
	config.memory_size = quire_space_memory_size(&config, MAPPINGS);
	config.memory = calloc(1, config.memory_size);
	if (!config.memory || quire_space_init(&h->space, &config) != QUIRE_OK)
		exit(2);
	t->arena = t->walk = window.base;
	t->arena_size = window.size;
	t->big_size = most;
}

int main(int argc, char **argv)
{
	static const uint32_t nothing;
	static struct host h;
	static const struct suite_list *const lists[] = {SUITE_PORTABLE};
	struct target t = {.space = &h.space,
			   .walker = &h.walker,
			   .facts = TARGET_USER | TARGET_EXEC | TARGET_WALKS | TARGET_MARKS,
			   .frames_size = FRAMES,
			   .big_target = 1,
			   .touch = touch,
			   .peek = peek,
			   .poke = poke,
			   .code = &nothing,
			   .code_words = 1,
			   .complaint = complaint,
			   .operations = SIM_OPERATIONS,
			   .host = &h};

	for (unsigned i = 0; i < SUITE_COUNT(mmus); i++) {
		if (argc >= 2 && strcmp(mmus[i].name, argv[1]) == 0)
			t.mmu = mmus[i].mmu;
	}
	if (!t.mmu) {
		fprintf(stderr, "usage: sim_host MMU [faults]\n");
		return 2;
	}
	t.name = t.mmu->name;
	t.page = quire_mmu_page_size(t.mmu);
	t.frames = h.base = 0x84000000u;
	h.frames = calloc(1, FRAMES);
	if (!h.frames)
		return 2;
	make_walker(&h, t.mmu, argc > 2 ? QUIRE_SIM_MARKS_FAULT : QUIRE_SIM_MARKS_SET);
	make_space(&h, &t);
	return suite_run(&t, lists, SUITE_COUNT(lists), 0) ? 1 : 0;
}
