/* SPDX-License-Identifier: Apache-2.0 */
#include "address_space/machine.h"

#include <string.h>

#define BASE 0x80000000u

struct machine m;
static struct quire_port port; /* of tables, with a say */

/* -- the processor -- */

static void publish(void)
{
}

/* Have all software MMUs of this CPU forget a range that this ASID, or all, are concerned with. */
static void forget(quire_va walk, quire_size size, uint32_t asid)
{
	for (unsigned a = 0; a < ASIDS; a++)
		if (asid == QUIRE_ASID_ALL || asid == a)
			quire_sim_port.flush(&m.sim[m.here][a], walk, size, QUIRE_FLUSH_TABLES);
}

static void flush_pages(quire_va va, quire_size size, unsigned shift, uint32_t asid, bool tables)
{
	(void)shift;
	(void)tables;
	forget(va, size, asid);
}

static void flush_asid(uint32_t asid)
{
	forget(0, (quire_size)1 << 39, asid);
}

static void load(quire_pa root, uint32_t asid)
{
	assert_true(asid < ASIDS);
	m.asid[m.here] = asid;
	m.sim[m.here][asid].config.root = root;
}

static void flush_all_of(uint32_t asid)
{
	m.full += asid == QUIRE_ASID_ALL;
	flush_asid(asid);
}

/* Flushes of everything that tables ask for are not counted, only those of switches. */
static const struct quire_cpu_ops tables_cpu = {.name = "two",
						.publish = publish,
						.flush_pages = flush_pages,
						.flush_asid = flush_asid,
						.load = load,
						.flush_most = 16,
						.asid_bits = BITS};
static const struct quire_cpu_ops switch_cpu = {
	.name = "two", .flush_asid = flush_all_of, .load = load, .asid_bits = BITS};

static void shoot(void *ctx, const struct quire_shot *shot)
{
	unsigned here = m.here;

	(void)ctx;
	for (m.here = 0; m.here < CPUS; m.here++)
		if (m.here != here)
			quire_shot_do(&tables_cpu, shot);
	m.here = here;
}

static int prepare(void *ctx, const struct quire_change *change)
{
	(void)ctx;
	(void)change;
	return m.fail_prepare != 0 && --m.fail_prepare == 0 ? QUIRE_EPORT : QUIRE_OK;
}

/* -- making it -- */

static int lock(void *ctx)
{
	unsigned *held = ctx;

	if (++m.locks == m.fail_lock)
		return QUIRE_EAGAIN;
	assert_int_equal((*held)++, 0);
	return QUIRE_OK;
}

static void unlock(void *ctx)
{
	--*(unsigned *)ctx;
}

static unsigned held[SPACES + 2];

static struct quire_lock lock_of(unsigned n)
{
	return (struct quire_lock){lock, unlock, &held[n]};
}

static quire_pa table_of(unsigned s, unsigned n)
{
	return BASE + ((quire_pa)s * ROOM + n) * sizeof(m.memory[0][0]);
}

static void init_tree(unsigned s)
{
	struct tree *t = &m.tree[s];

	t->tables = (struct quire_tables){.cpu = &tables_cpu,
					  .mmu = &quire_mmu_sv39,
					  .offset = (uintptr_t)m.memory - BASE,
					  .shoot = shoot};
	t->walker = (struct quire_walker){.mmu = &quire_mmu_sv39,
					  .port = &port,
					  .port_ctx = &t->tables,
					  .root = table_of(s, 0)};
	quire_table_pool_init(&t->walker.pool, t->slots, table_of(s, 1), sizeof(m.memory[0][0]),
			      ROOM - 1);
}

static struct quire_space_config config_of(unsigned s, const struct quire_window *window)
{
	static const struct quire_memory memory = {
		.name = "ram", .base = RAM, .size = 0x80000000u, .caps = QUIRE_CAP_MASK};

	return (struct quire_space_config){.windows = window,
					   .memories = &memory,
					   .window_count = 1,
					   .memory_count = 1,
					   .lock = lock_of(s),
					   .memory = m.tree[s].book,
					   .memory_size = sizeof(m.tree[s].book)};
}

static struct quire_window window_at(quire_va va, quire_size size)
{
	return (struct quire_window){.name = "all",
				     .base = va,
				     .exec_base = va,
				     .walk = va,
				     .size = size,
				     .caps = QUIRE_CAP_MASK,
				     .targets = 1};
}

static void init_kernel(bool sharing)
{
	const struct quire_window window[] = {window_at(KERNEL, KERNEL_SIZE),
					      window_at(DEVICES, KERNEL_SIZE)};
	struct quire_space_config config = config_of(SPACES, window);

	config.window_count = 2;
	m.kernel_walker = m.tree[SPACES].walker;
	m.kernel_walker.notes = QUIRE_LEAF_GLOBAL;
	config.walkers = &m.kernel_walker;
	config.walker_count = 1;
	assert_int_equal(quire_space_init(&m.kernel, &config), QUIRE_OK);
	m.shared[0] = (struct quire_address_range){KERNEL, SHARED_SIZE};
	m.shared[1] = (struct quire_address_range){DEVICES, 0x40000000};
	m.all = (struct quire_address_spaces){.contexts = &m.contexts,
					      .cpu = &switch_cpu,
					      .kernel = sharing ? &m.kernel : NULL,
					      .shared = m.shared,
					      .shared_count = 2,
					      .idle = table_of(SPACES, 0)};
	assert_int_equal(quire_address_spaces_init(&m.all), QUIRE_OK);
}

void machine_init(bool sharing)
{
	const struct quire_lock contexts_lock = lock_of(SPACES + 1);
	struct quire_sim_config config = {.mmu = &quire_mmu_sv39,
					  .memory = m.memory,
					  .base = BASE,
					  .bytes = sizeof(m.memory),
					  .root = table_of(SPACES, 0),
					  .entry_bytes = 8,
					  .tlb_entries = 64};

	memset(&m, 0, sizeof(m));
	memset(held, 0, sizeof(held));
	port = quire_tables_port;
	port.prepare = prepare;
	for (unsigned i = 0; i < CPUS; i++) {
		m.running[i] = -1;
		for (unsigned a = 0; a < ASIDS; a++) {
			config.tlb = m.tlb[i][a];
			assert_int_equal(quire_sim_init(&m.sim[i][a], &config), QUIRE_OK);
		}
	}
	assert_int_equal(
		quire_contexts_init(&m.contexts, BITS, CPUS, m.cpu, m.used, &contexts_lock),
		QUIRE_OK);
	for (unsigned s = 0; s <= SPACES; s++)
		init_tree(s);
	init_kernel(sharing);
}

/* -- using it -- */

int machine_create(unsigned s)
{
	const struct quire_window window = window_at(USER, USER_SIZE);
	const struct quire_space_config config = config_of(s, &window);
	int result;

	init_tree(s);
	m.tree[s].tables.context = &m.space[s].context;
	m.tree[s].tables.contexts = &m.contexts;
	result = quire_address_space_create(&m.all, &m.space[s], &config, &m.tree[s].walker);
	m.made[s] = result == QUIRE_OK;
	return result;
}

int machine_switch(unsigned cpu, int s)
{
	int result;

	m.here = cpu;
	result = s < 0 ? quire_address_space_leave(&m.all, cpu)
		       : quire_address_space_switch(&m.space[s], cpu);
	if (result == QUIRE_OK)
		m.running[cpu] = s;
	return result;
}

int machine_destroy(unsigned s)
{
	int result = quire_address_space_destroy(&m.space[s]);

	if (result == QUIRE_OK)
		m.made[s] = false;
	return result;
}

void machine_map(struct quire_space *space, quire_va va, quire_pa pa, quire_size size)
{
	const struct quire_want want = {.pa = pa, .size = size, .attr = RW, .flags = QUIRE_SHARED};
	struct quire_got got;

	assert_int_equal(quire_space_map_at(space, va, &want, &got), QUIRE_OK);
}

quire_pa machine_look(unsigned cpu, quire_va va)
{
	quire_pa pa = 0;
	enum quire_sim_fault fault =
		quire_sim_access(&m.sim[cpu][m.asid[cpu]], va, QUIRE_READ, &pa, NULL);

	assert_true(fault == QUIRE_SIM_OK || fault == QUIRE_SIM_UNMAPPED);
	return fault == QUIRE_SIM_OK ? pa : 0;
}

bool machine_clean(unsigned s)
{
	for (unsigned n = 0; n < ROOM; n++)
		for (unsigned i = 0; i < 512; i++)
			if (m.memory[s][n][i] != quire_mmu_sv39.invalid)
				return false;
	return true;
}
