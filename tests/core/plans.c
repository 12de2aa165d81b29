/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configurations.  The first half is the world of table MMUs: few pages, large ones, two
 * buses, several windows and memories, one or two walkers.  The second half is that of page tables:
 * up to 131,072 pages of 4 KiB, large leaves, and machines that want more flushing than others.  In
 * both, some have a cache that must write back before an entry goes, and some do not.
 * Those that 16 bits can count are run with the 16-bit core as well.
 */
#include "core/plans.h"

#define RWX    (QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_EXEC | QUIRE_CAP_8BIT | QUIRE_CAP_32BIT)
#define ALL    QUIRE_CAP_MASK
#define RX     (QUIRE_CAP_READ | QUIRE_CAP_EXEC | QUIRE_CAP_32BIT)
#define RW     (QUIRE_CAP_READ | QUIRE_CAP_WRITE | QUIRE_CAP_8BIT | QUIRE_CAP_32BIT)
#define FLASH  QUIRE_TARGET_BIT(QUIRE_FLASH0)
#define PSRAM  QUIRE_TARGET_BIT(QUIRE_PSRAM0)
#define RAM    QUIRE_TARGET_BIT(QUIRE_RAM)
#define KIB(n) ((quire_size)(n) << 10)
#define MIB(n) ((quire_size)(n) << 20)

/* A window seen on two buses, and one seen on a single one. */
#define WINDOW2(base_, exec_, walk_, size_, caps_, targets_, walker_)                              \
	{                                                                                          \
		.name = "window", .base = base_, .exec_base = exec_, .walk = walk_, .size = size_, \
		.caps = caps_, .targets = targets_, .walker = walker_                              \
	}
#define WINDOW(base_, walk_, size_, caps_, targets_, walker_)                                      \
	WINDOW2(base_, base_, walk_, size_, caps_, targets_, walker_)
#define PLACED(base_, walk_, size_, caps_, targets_, walker_, place_)                              \
	{                                                                                          \
		.name = "window", .base = base_, .exec_base = base_, .walk = walk_, .size = size_, \
		.caps = caps_, .targets = targets_, .walker = walker_, .place = place_             \
	}
#define HIGH(base_, walk_, size_, caps_, targets_, walker_)                                        \
	PLACED(base_, walk_, size_, caps_, targets_, walker_, QUIRE_PLACE_HIGH)
/* First fit from the top down. */
#define FIRST(base_, walk_, size_, caps_, targets_, walker_)                                       \
	PLACED(base_, walk_, size_, caps_, targets_, walker_, QUIRE_PLACE_FIRST_HIGH)
#define MEMORY(base_, size_, caps_)                                                                \
	{                                                                                          \
		.name = "memory", .base = base_, .size = size_, .caps = caps_                      \
	}

#define MIX(live_, size_, align_, fixed_, shared_, again_, partial_, compact_)                     \
	{                                                                                          \
		.live = live_, .size = size_, .align = align_, .fixed = fixed_, .shared = shared_, \
		.again = again_, .partial = partial_, .wrong = 6, .compact_in = compact_           \
	}
#define OFTEN  .check_every = 1, .compare_every = 1, .verify_every = 16
#define MEDIUM .check_every = 16, .compare_every = 16, .verify_every = 256
#define RARELY .check_every = 10000, .compare_every = 1000, .verify_every = 20000

const struct random_plan random_plans[] = {
	{
		.plan = {.name = "64 pages, one window",
			 .mmu = {RIG_TABLE(16, 6)},
			 .window = {WINDOW(0x3c000000, 0, MIB(4), RWX, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(16), RWX)},
			 .mappings = 64},
		.mix = MIX(12, 8, 0, 4, 0, 4, 6, 200),
		.seed = 1,
		OFTEN,
	},
	{
		.plan = {.name = "64 pages, much shared",
			 .mmu = {RIG_CACHED(16, 6)},
			 .window = {WINDOW2(0x3c000000, 0x42000000, 0, MIB(4), ALL, FLASH, 0)},
			 .memory = {MEMORY(0x10000, MIB(1), ALL)},
			 .mappings = 64},
		.mix = MIX(20, 4, 0, 4, 12, 12, 4, 200),
		.seed = 2,
		OFTEN,
	},
	{
		.plan = {.name = "256 pages, four windows, two memories",
			 .mmu = {RIG_CACHED(16, 8)},
			 .window = {WINDOW(0x3f000000, 0, MIB(4), QUIRE_CAP_READ | QUIRE_CAP_8BIT,
					   FLASH, 0),
				    WINDOW(0x400c0000, MIB(4), MIB(4), RX, FLASH, 0),
				    WINDOW(0x3f800000, MIB(8), MIB(4), RW, PSRAM, 0),
				    WINDOW(0x50000000, MIB(12), MIB(4), ALL, FLASH | PSRAM, 0)},
			 .memory = {MEMORY(0, MIB(16), ALL), MEMORY(0, MIB(8), RW)},
			 .mappings = 200},
		.mix = MIX(60, 8, 2, 4, 4, 6, 4, 400),
		.seed = 3,
		OFTEN,
	},
	{
		.plan = {.name = "512 pages on two buses",
			 .mmu = {RIG_TABLE(16, 9)},
			 .window = {WINDOW2(0x3c000000, 0x42000000, 0, MIB(32), RWX, FLASH | PSRAM,
					    0)},
			 .memory = {MEMORY(0, MIB(128), RX), MEMORY(0, MIB(32), RWX)},
			 .mappings = 512},
		.mix = MIX(90, 16, 0, 3, 3, 5, 4, 1000),
		.seed = 4,
		.check_every = 4,
		.compare_every = 4,
		.verify_every = 64,
	},
	{
		.plan = {.name = "256 pages of 32 KiB, alignments",
			 .mmu = {RIG_CACHED(15, 8)},
			 .window = {WINDOW2(0x41008000, 0x42010000, 0, MIB(8), ALL, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(16), ALL)},
			 .mappings = 256},
		.mix = MIX(40, 8, 5, 4, 3, 4, 4, 500),
		.seed = 5,
		OFTEN,
	},
	{
		.plan = {.name = "two walkers, a memory each",
			 .mmu = {RIG_TABLE(16, 10), RIG_TABLE(16, 10)},
			 .window = {WINDOW(0x40000000, 0, MIB(64), RX, FLASH, 0),
				    WINDOW(0x48000000, 0, MIB(64), RWX, PSRAM, 1)},
			 .memory = {MEMORY(0, MIB(128), ALL), MEMORY(0, MIB(64), ALL)},
			 .mappings = 400},
		.mix = MIX(150, 16, 3, 3, 4, 5, 4, 2000),
		.seed = 6,
		MEDIUM,
	},
	{
		.plan = {.name = "two walkers, two page sizes",
			 .mmu = {RIG_TABLE(16, 8), RIG_CACHED(15, 7)},
			 .window = {WINDOW(0x3f400000, 0, MIB(4), RX, FLASH, 0),
				    WINDOW(0x3f800000, 0, MIB(4), RW, PSRAM, 1),
				    WINDOW(0x400d0000, MIB(4), MIB(11), RX, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(16), ALL), MEMORY(0, MIB(4), RW)},
			 .mappings = 300},
		.mix = MIX(60, 8, 2, 4, 5, 6, 4, 500),
		.seed = 7,
		OFTEN,
	},
	{
		.plan = {.name = "two walkers that show the same memories",
			 .mmu = {RIG_TABLE(16, 9), RIG_CACHED(16, 9)},
			 .window =
				 {WINDOW2(0x3c000000, 0x42000000, 0, MIB(32), RX, FLASH | PSRAM, 0),
				  WINDOW(0x50000000, MIB(16), MIB(16), ALL, FLASH | PSRAM | RAM, 1),
				  WINDOW(0x51000000, 0, MIB(16), RW, PSRAM | RAM, 1)},
			 .memory = {MEMORY(0, MIB(64), ALL), MEMORY(0x100000, MIB(32), ALL),
				    MEMORY(0x80000000, MIB(16), ALL)},
			 .mappings = 400},
		.mix = MIX(150, 16, 3, 5, 6, 6, 4, 2000),
		.seed = 8,
		MEDIUM,
	},
	{
		.plan = {.name = "two walkers, of which one cannot say all cache modes",
			 .mmu = {RIG_TABLE(16, 8), RIG_POOR(16, 8, 0x6)},
			 .window = {WINDOW(0x3c000000, 0, MIB(4), RW, PSRAM, 0),
				    WINDOW(0x50000000, 0, MIB(8), ALL, FLASH | PSRAM | RAM, 1)},
			 .memory = {MEMORY(0, MIB(16), ALL),
				    {.name = "uncached",
				     .base = 0x100000,
				     .size = MIB(16),
				     .caps = ALL,
				     .mode = QUIRE_UNCACHED},
				    MEMORY(0x80000000, MIB(8), ALL)},
			 .mappings = 300},
		.mix = MIX(60, 8, 2, 5, 6, 6, 4, 500),
		.seed = 21,
		OFTEN,
	},
	{
		.plan = {.name = "256 pages, two windows that fill from the top",
			 .mmu = {RIG_CACHED(16, 9)},
			 .window = {HIGH(0x3c070000, 0, MIB(7), RWX, FLASH | PSRAM, 0),
				    WINDOW(0x40000000, MIB(8), MIB(4), ALL, FLASH, 0),
				    HIGH(0x50000000, MIB(12), MIB(4), ALL, FLASH | PSRAM, 0)},
			 .memory = {MEMORY(0, MIB(16), ALL), MEMORY(0, MIB(8), RWX)},
			 .mappings = 200},
		.mix = MIX(50, 8, 5, 4, 4, 6, 6, 60),
		.seed = 26,
		OFTEN,
	},
	{
		.plan = {.name = "64 pages, first fit from the top",
			 .mmu = {RIG_CACHED(16, 6)},
			 .window = {FIRST(0x3c050000, 0, MIB(4), ALL, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(16), ALL)},
			 .mappings = 64},
		.mix = MIX(16, 8, 4, 4, 3, 5, 6, 200),
		.seed = 27,
		OFTEN,
	},
	{
		.plan = {.name = "2,000 pages, a window for each place",
			 .mmu = {RIG_TABLE(12, 11)},
			 .window = {FIRST(0x10003000, 0, KIB(4) * 500, RWX, FLASH | PSRAM, 0),
				    WINDOW(0x20000000, KIB(4) * 500, KIB(4) * 500, ALL, FLASH, 0),
				    HIGH(0x30000000, KIB(4) * 1000, KIB(4) * 500, ALL,
					 FLASH | PSRAM, 0),
				    FIRST(0x40001000, KIB(4) * 1500, KIB(4) * 500, ALL, PSRAM, 0)},
			 .memory = {MEMORY(0, MIB(64), ALL), MEMORY(0, MIB(8), RWX)},
			 .mappings = 1000},
		.mix = MIX(250, 8, 6, 4, 4, 5, 5, 1000),
		.seed = 28,
		MEDIUM,
	},
	{
		.plan = {.name = "512 pages, few descriptors",
			 .mmu = {RIG_CACHED(16, 9)},
			 .window = {WINDOW2(0x3c000000, 0x42000000, 0, MIB(32), ALL, FLASH | PSRAM,
					    0)},
			 .memory = {MEMORY(0, MIB(128), ALL), MEMORY(0, MIB(32), ALL)},
			 .mappings = 24},
		.mix = MIX(30, 8, 0, 3, 3, 5, 10, 500),
		.seed = 9,
		.check_every = 2,
		.compare_every = 1,
		.verify_every = 64,
	},
	{
		.plan = {.name = "1,024 pages, large alignments",
			 .mmu = {RIG_TABLE(12, 10)},
			 .window = {WINDOW(0x10003000, 0, MIB(4), ALL, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(64), ALL)},
			 .mappings = 1024},
		.mix = MIX(200, 4, 9, 1, 2, 3, 4, 4000),
		.seed = 10,
		MEDIUM,
	},
	{
		.plan = {.name = "2,048 pages, full",
			 .mmu = {RIG_CACHED(16, 11)},
			 .window = {WINDOW(0x80000000, 0, MIB(128), ALL, FLASH | PSRAM, 0)},
			 .memory = {MEMORY(0, MIB(1024), ALL), MEMORY(0, MIB(512), ALL)},
			 .mappings = 2048},
		.mix = MIX(500, 16, 2, 4, 2, 3, 3, 8000),
		.seed = 11,
		.check_every = 64,
		.compare_every = 64,
		.verify_every = 1024,
	},
	{
		.plan = {.name = "4,096 pages, a tree",
			 .mmu = {RIG_TREE(0)},
			 .window = {WINDOW(0x40000000, 0x40000000, MIB(16), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 1024, 9, 4, 4, 4, 4, 2000),
		.seed = 12,
		.check_every = 64,
		.compare_every = 16,
		.verify_every = 512,
	},
	{
		.plan = {.name = "8,192 pages, a tree that remembers invalid entries",
			 .mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP)},
			 .window = {WINDOW(0x40155000, 0x80155000, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(128), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(150, 1024, 9, 4, 4, 4, 6, 4000),
		.seed = 13,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 1024,
	},
	{
		.plan = {.name = "8,192 pages, a tree that wants break before make",
			 .mmu = {RIG_TREE(QUIRE_MMU_BREAK_BEFORE_MAKE |
					  QUIRE_MMU_WRITE_BACK_FIRST)},
			 .window = {WINDOW(0x40000000, 0, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 2048, 9, 4, 4, 4, 10, 2000),
		.seed = 14,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 1024,
	},
	{
		.plan = {.name = "12,288 pages, three windows in one tree",
			 .mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP | QUIRE_MMU_BREAK_BEFORE_MAKE)},
			 .window = {WINDOW(0x40000000, 0x3ff80000, MIB(16), ALL, RAM, 0),
				    WINDOW(0x50000000, 0x40f80000, MIB(16), RW, RAM | PSRAM, 0),
				    WINDOW2(0x60000000, 0x70001000, 0x50000000, MIB(16), RX,
					    RAM | PSRAM | FLASH, 0)},
			 .memory = {MEMORY(0, MIB(16), RX), MEMORY(0x08000000, MIB(64), ALL),
				    MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1500,
			 .tables = 100},
		.mix = MIX(200, 1024, 9, 5, 5, 6, 6, 4000),
		.seed = 15,
		.check_every = 512,
		.compare_every = 128,
		.verify_every = 2048,
	},
	{
		.plan = {.name = "8,192 pages, a tree with clusters that are runs",
			 .mmu = {RIG_CLUSTERS(QUIRE_MMU_BREAK_BEFORE_MAKE, NULL)},
			 .window = {WINDOW(0x40000000, 0x40000000, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 2048, 9, 4, 4, 4, 10, 2000),
		.seed = 22,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 512,
	},
	{
		.plan = {.name = "8,192 pages, clusters that are alike, break before make",
			 .mmu = {RIG_CLUSTERS(QUIRE_MMU_BREAK_BEFORE_MAKE | QUIRE_MMU_FLUSH_ON_MAP,
					      HARDWARE_ALIKE)},
			 .window = {WINDOW(0x40000000, 0x3fff8000, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 2048, 9, 4, 4, 4, 10, 2000),
		.seed = 23,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 512,
	},
	{
		.plan = {.name = "8,192 pages, clusters that are alike, written over",
			 .mmu = {RIG_CLUSTERS(QUIRE_MMU_FLUSH_ON_MAP, HARDWARE_ALIKE)},
			 .window = {WINDOW(0x40000000, 0, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 2048, 9, 4, 4, 4, 10, 2000),
		.seed = 24,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 512,
	},
	{
		.plan = {.name = "8,192 pages, clusters that are runs, written over, from the top",
			 .mmu = {RIG_CLUSTERS(QUIRE_MMU_WRITE_BACK_FIRST, NULL)},
			 .window = {HIGH(0x40000000, 0, MIB(32), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(64), ALL)},
			 .mappings = 1000,
			 .tables = 64},
		.mix = MIX(100, 2048, 9, 4, 4, 4, 10, 2000),
		.seed = 25,
		.check_every = 256,
		.compare_every = 64,
		.verify_every = 512,
	},
	{
		.plan = {.name = "16,384 pages, first fit from the top, a tree",
			 .mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP)},
			 .window = {FIRST(0x40000000, 0x40000000, MIB(64), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(128), ALL)},
			 .mappings = 3000,
			 .tables = 100},
		.mix = MIX(600, 64, 6, 3, 4, 4, 5, 10000),
		.seed = 29,
		.check_every = 1024,
		.compare_every = 256,
		.verify_every = 8192,
	},
	{
		.plan = {.name = "65,534 pages, first fit from the top",
			 .mmu = {RIG_TABLE(12, 16)},
			 .window = {FIRST(0xf0000000, 0, KIB(4) * 65534, ALL, FLASH, 0)},
			 .memory = {MEMORY(0, KIB(4) * 65534, ALL)},
			 .mappings = 6000},
		.mix = MIX(500, 400, 4, 3, 4, 3, 4, 40000),
		.seed = 30,
		RARELY,
	},
	{
		.plan = {.name = "16,384 pages, small mappings",
			 .mmu = {RIG_TABLE(12, 14)},
			 .window = {WINDOW(0xc0000000, 0, MIB(64), ALL, FLASH, 0)},
			 .memory = {MEMORY(0, MIB(255), ALL)},
			 .mappings = 4000},
		.mix = MIX(600, 16, 3, 3, 4, 4, 4, 20000),
		.seed = 16,
		.check_every = 1024,
		.compare_every = 256,
		.verify_every = 8192,
	},
	{
		.plan = {.name = "32,768 pages, a tree, much shared",
			 .mmu = {RIG_TREE(QUIRE_MMU_WRITE_BACK_FIRST)},
			 .window = {WINDOW(0x40000000, 0x40000000, MIB(128), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(32), ALL)},
			 .mappings = 3000,
			 .tables = 200},
		.mix = MIX(300, 600, 3, 4, 14, 8, 5, 20000),
		.seed = 17,
		.check_every = 2048,
		.compare_every = 256,
		.verify_every = 8192,
	},
	{
		.plan = {.name = "65,534 pages, as many as 16 bits count",
			 .mmu = {RIG_TABLE(12, 16)},
			 .window = {WINDOW(0xf0000000, 0, KIB(4) * 65534, ALL, FLASH, 0)},
			 .memory = {MEMORY(0, KIB(4) * 65534, ALL)},
			 .mappings = 6000},
		.mix = MIX(500, 400, 4, 3, 4, 3, 4, 40000),
		.seed = 18,
		RARELY,
	},
#if QUIRE_WIDTH == 32
	{
		.plan = {.name = "131,072 pages, one table",
			 .mmu = {RIG_TABLE(12, 17)},
			 .window = {WINDOW(0x40000000, 0, MIB(512), ALL, FLASH | PSRAM, 0)},
			 .memory = {MEMORY(0, MIB(1024), ALL), MEMORY(0, MIB(2048), ALL)},
			 .mappings = 10000},
		.mix = MIX(600, 1000, 4, 3, 4, 3, 4, 40000),
		.seed = 19,
		RARELY,
	},
	{
		.plan = {.name = "131,072 pages, a tree",
			 .mmu = {RIG_TREE(QUIRE_MMU_FLUSH_ON_MAP)},
			 .window = {WINDOW(0x40000000, 0x40100000, MIB(512), ALL, RAM, 0)},
			 .memory = {[QUIRE_RAM] = MEMORY(0x80000000, MIB(2048), ALL)},
			 .mappings = 10000,
			 .tables = 800},
		.mix = MIX(400, 4000, 10, 3, 4, 3, 4, 40000),
		.seed = 20,
		RARELY,
	},
#endif
};

const size_t random_plan_count = sizeof(random_plans) / sizeof(random_plans[0]);
