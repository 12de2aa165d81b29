/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test rig: one space on simulated hardware with the model of it alongside, made from a plan that
 * is plain data; and the proof that the three agree.
 */
#ifndef MODEL_RIG_H
#define MODEL_RIG_H

#include "model/hardware.h"
#include "model/model.h"

#define RIG_WALKERS 2u

/* What to build.  Windows and memories count up to the first of size 0. */
struct rig_plan {
	const char *name;
	struct quire_mmu mmu[RIG_WALKERS]; /* up to the first without levels */
	struct quire_window window[QUIRE_WINDOWS_MAX];
	struct quire_memory memory[QUIRE_TARGETS_MAX];
	uint32_t mappings; /* descriptors to have */
	uint32_t tables;   /* in each walker's pool */
};

struct rig {
	const struct rig_plan *plan;
	struct quire_space space;
	struct model model;
	struct hardware hw[RIG_WALKERS];
	struct quire_walker walker[RIG_WALKERS];
	struct quire_table_slot *slots[RIG_WALKERS];
	struct quire_space_config config;
	unsigned locked;                    /* how deep */
	unsigned lock_in;                   /* fail to lock after so many; 0: never */
	int lock_error;                     /* with this result */
	void (*meanwhile)(struct rig *rig); /* what others do whenever the lock is free; or NULL */
	uint32_t capacity;                  /* descriptors there are */
	int result;                         /* of the last call that op_apply or op_alone made */
	bool scarce;                        /* tables may run out: the model does not know when */
	struct quire_extent_info *rows[2];
	uint32_t room; /* in each of them */
};

/* Build it: 0, or what quire_space_init said.  Close it in either case. */
int rig_open(struct rig *rig, const struct rig_plan *plan);
void rig_close(struct rig *rig);

/* In what two rows of a map differ, padding aside; NULL if they are alike. */
const char *rig_row_difference(const struct quire_extent_info *a,
			       const struct quire_extent_info *b);

/* Whether space and model have the same map; else a sentence about the first difference. */
const char *rig_compare(struct rig *rig);

/* Whether quire_space_check is content and nobody has complained; cheaper than rig_verify. */
const char *rig_check(struct rig *rig);

/* Whether every remembered translation is still true. */
const char *rig_compare_tlb(struct rig *rig);

/* All of it, and each page of the tables: what it shows, that it stands in the largest leaf that its
   extent allows, and that there is no table more than these need. */
const char *rig_verify(struct rig *rig);

/* Use a page of a window as a program would, so that the TLB knows it. */
void rig_touch(struct rig *rig, unsigned window, uint32_t page);

/* Whether an empty space has left all tables empty and all pools full. */
const char *rig_is_pristine(struct rig *rig);

/* A random number, good enough and the same everywhere (xorshift64*). */
uint32_t rig_random(uint64_t *state);
/* The same, below `below`. */
uint32_t rig_below(uint64_t *state, uint32_t below);

/* Descriptions to build plans from. */
#define RIG_TABLE(shift_, bits_)                                                                   \
	{                                                                                          \
		.name = "table", .format = &hardware_format, .level = {{shift_, bits_, true, 0}},  \
		.levels = 1, .pa_bits = 32                                                         \
	}
/* The same with a cache that must write back before an entry goes. */
#define RIG_CACHED(shift_, bits_)                                                                  \
	{                                                                                          \
		.name = "table", .format = &hardware_format, .level = {{shift_, bits_, true, 0}},  \
		.levels = 1, .flags = QUIRE_MMU_WRITE_BACK_FIRST, .pa_bits = 32                    \
	}
/* The same, and its entries cannot say some cache modes. */
#define RIG_POOR(shift_, bits_, missing_)                                                          \
	{                                                                                          \
		.name = "table", .format = &hardware_format, .level = {{shift_, bits_, true, 0}},  \
		.levels = 1, .flags = QUIRE_MMU_WRITE_BACK_FIRST, .pa_bits = 32,                   \
		.missing_modes = missing_                                                          \
	}
/* Three levels as in Sv39, the root with 2 index bits so that addresses have 32; leaves at the
   lower two. */
#define RIG_TREE(flags_)                                                                           \
	{                                                                                          \
		.name = "tree", .format = &hardware_format,                                        \
		.level = {{30, 2, false, 0}, {21, 9, true, 0}, {12, 9, true, 0}}, .levels = 3,     \
		.flags = flags_, .pa_bits = 32                                                     \
	}
/* The same with clusters of 4 MiB and 64 KiB, of the kind that `detail_` says. */
#define RIG_CLUSTERS(flags_, detail_)                                                              \
	{                                                                                          \
		.name = "clusters", .format = &hardware_format, .detail = detail_,                 \
		.level = {{30, 2, false, 0}, {21, 9, true, 1}, {12, 9, true, 4}}, .levels = 3,     \
		.flags = flags_, .pa_bits = 32                                                     \
	}

#endif
