/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two CPUs on one space: both map, unmap and protect, and both look.
 *
 * Each CPU owns half of a stretch of pages; only the owner changes a page, everybody touches it.  What
 * is so is written down beside each page: before a change "changing", afterwards what it is.  Who
 * touches a page reads that before and behind; if both are alike, the access must have gone as it
 * says.  A translation that another CPU still has is then seen as what it is.  (Changes are counted,
 * too: a CPU that is kept waiting between the two looks may miss several.)
 *
 *   owner      state = CHANGING   unmap, and the other CPU is told   state = FREE
 *   the other        reads state ........ touches the page ....... reads state
 *
 * Whoever is told (an interrupt, or asked while it waits for something itself) forgets, and says so.
 */
#include "board_host.h"

#include "quire/error.h"

#define PAGES    64u /* of each CPU */
#define ROUNDS   8000u
#define CHANGING 0xffffffffu
#define FREE     0u

static struct {
	uint32_t
		state[2 * PAGES]; /* FREE, CHANGING, or frame + 1 and, at the top, what it allows */
	uint32_t changes[2 * PAGES]; /* so far: what is as before may have been something else */
	uint32_t tickets, served;    /* of the lock */
	uint32_t running[2];
	uint32_t done[2];
	uint32_t looked[2];
	uint32_t wrong[2];
	struct {
		struct quire_shot shot;
		uint32_t posted;
	} mail[2]; /* to CPU i */
	uint32_t shots;
	struct {
		uint32_t page, state, written;
		bool worked;
		uint64_t value;
	} first; /* thing that was wrong */
} smp;

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* -- being told -- */

static void wake(void);

static void poll(void)
{
	unsigned me = quire_cpu_number();
	bool on = quire_cpu_interrupts(false);

	if (get(&smp.mail[me].posted)) {
		quire_shot_do(&quire_cpu, &smp.mail[me].shot);
		set(&smp.mail[me].posted, 0);
		wake();
	}
	quire_cpu_interrupts(on);
}

/*
 * Waiting.  The CPUs may have to share one of the machine that emulates them, and then it takes long
 * until the other one's turn comes: so who waits halts, and who made it wait wakes it.
 */
static void halt(bool interrupts)
{
#if defined(__riscv)
	(void)interrupts;
	__asm__ volatile("wfi" ::: "memory");
	board_ipi_done(); /* it was only to wake */
#elif defined(__x86_64__)
	if (interrupts)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
#else
	(void)interrupts;
	__asm__ volatile("wfi" ::: "memory"); /* what is pending is taken later */
#endif
}

static void wake(void)
{
	unsigned other = 1 - quire_cpu_number();

	if (get(&smp.running[other]))
		board_ipi_send(other);
}

static void wait_until(const uint32_t *word, uint32_t value)
{
	unsigned me = quire_cpu_number();

	while (get(word) != value) {
		bool on = quire_cpu_interrupts(false);

		poll();
		if (get(word) != value && !get(&smp.mail[me].posted))
			halt(on);
		quire_cpu_interrupts(on);
	}
}

static void shoot(void *ctx, const struct quire_shot *shot)
{
	unsigned other = 1 - quire_cpu_number();

	(void)ctx;
	if (!get(&smp.running[other]) || board_seed == SEED_SHOOT)
		return;
	smp.mail[other].shot = *shot;
	set(&smp.mail[other].posted, 1);
	board_ipi_send(other);
	wait_until(&smp.mail[other].posted, 0);
	smp.shots++;
}

/* First come, first served.  Who waits is told meanwhile, whether interrupts come through or not. */
static int lock(void *ctx)
{
	(void)ctx;
	wait_until(&smp.served, __atomic_fetch_add(&smp.tickets, 1, __ATOMIC_SEQ_CST));
	return QUIRE_OK;
}

static void unlock(void *ctx)
{
	(void)ctx;
	set(&smp.served, smp.served + 1);
	if (get(&smp.tickets) != smp.served)
		wake();
}

/* -- changing -- */

static uint32_t random_of(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static quire_va va_of(uint32_t page)
{
	return host.target.arena + page * host.target.page;
}

/* A page of its own, alone in its mapping: map it, unmap it, or change what it allows. */
static int change(uint32_t page, uint32_t random)
{
	uint32_t frames = (uint32_t)(host.target.frames_size / host.target.page);
	uint32_t frame = (random >> 8) % frames, state = smp.state[page];
	unsigned attr = random & 0x80000 ? RW : QUIRE_READ;
	int result;

	set(&smp.state[page], CHANGING);
	set(&smp.changes[page], smp.changes[page] + 1);
	if (state == FREE) {
		result = suite_map(&host.target, va_of(page),
				   host.target.frames + frame * host.target.page, host.target.page,
				   attr);
		state = (frame + 1) | attr << 24;
	} else if (random & 0x40000) {
		result = quire_space_unmap(&host.space, va_of(page));
		state = FREE;
	} else {
		result = quire_space_protect(&host.space, va_of(page), host.target.page, attr, 0);
		state = (state & 0xffffff) | attr << 24;
	}
	set(&smp.state[page], state);
	return result;
}

/* -- looking -- */

static void note_wrong(unsigned me, uint32_t page, uint32_t state, bool written, bool worked,
		       uint64_t value)
{
	if (smp.wrong[me]++ == 0) {
		smp.first.page = page;
		smp.first.state = state;
		smp.first.written = written;
		smp.first.worked = worked;
		smp.first.value = value;
	}
}

static void look(unsigned me, uint32_t page, bool write)
{
	struct quire_fault_raw raw;
	uint32_t count = get(&smp.changes[page]), before = get(&smp.state[page]);
	uint64_t value = 7;
	bool worked, right;

	if (before == CHANGING)
		return;
	worked = host.target.touch(&host.target, write ? QUIRE_WRITE : QUIRE_READ,
				   va_of(page) + (write ? 64 : 0), 4, &value, &raw);
	if (get(&smp.state[page]) != before || get(&smp.changes[page]) != count)
		return;
	smp.looked[me]++;
	if (before == FREE)
		right = !worked;
	else if (write)
		right = worked == ((before >> 24 & QUIRE_WRITE) != 0);
	else
		right = worked && value == 0x51000000u + (before & 0xffffff) - 1;
	if (!right)
		note_wrong(me, page, before, write, worked, value);
}

/*
 * One CPU's part.  At times both make changes, at times one only looks: since a processor may forget
 * more than it is told to, and one that changes something itself forgets what would be seen.
 */
static bool changes(unsigned me, uint32_t round)
{
	uint32_t phase = round >> 5 & 3;

	return phase == 0 || phase == 3 || phase == me + 1;
}

static void hammer(unsigned me)
{
	uint32_t seed = 0x9e3779b9u + me;

	for (uint32_t n = 0; n < ROUNDS && !get(&smp.wrong[1 - me]) && !smp.wrong[me]; n++) {
		uint32_t random = random_of(&seed), page = me * PAGES + random % PAGES;

		if (changes(me, n) && change(page, random) != QUIRE_OK)
			note_wrong(me, page, CHANGING, true, false, 0);
		for (unsigned i = 0; i < 6; i++) {
			random = random_of(&seed);
			look(me, random % (2 * PAGES), random >> 20 & 1);
		}
	}
	set(&smp.done[me], 1);
	wake();
	wait_until(&smp.done[1 - me], 1);
}

static void other_cpu(void)
{
	board_host_join();
	board_ipi_enable();
	quire_cpu_interrupts(true);
	set(&smp.running[1], 1);
	hammer(1);
	set(&smp.running[1], 0);
	wake();
	for (;;)
		halt(false);
}

/* -- the tests -- */

static void both(struct target *t)
{
	(void)t;
	MUST(OK(board_cpu_start(1, other_cpu)));
	while (!get(&smp.running[1]))
		;
	quire_cpu_interrupts(true);
	hammer(0);
	wait_until(&smp.running[1], 0);
	quire_cpu_interrupts(false);
	board_print("# looked %u and %u times, %u shots\n", (uint64_t)smp.looked[0],
		    (uint64_t)smp.looked[1], (uint64_t)smp.shots);
	if (smp.wrong[0] || smp.wrong[1])
		board_print("# page %u, which is %x: %s %s, value %x\n", (uint64_t)smp.first.page,
			    (uint64_t)smp.first.state, smp.first.written ? "writing" : "reading",
			    smp.first.worked ? "worked" : "faulted", smp.first.value);
	MUST(SAME(smp.wrong[0], 0));
	MUST(SAME(smp.wrong[1], 0));
	MUST(OK(smp.looked[0] > ROUNDS && smp.looked[1] > ROUNDS));
	MUST(OK(quire_cpu.broadcasts || board_seed == SEED_SHOOT || smp.shots > 0));
}

static const struct suite_test tests[] = {
	{"two CPUs map, unmap and protect", both, NULL, 1u << SEED_SHOOT},
};
static const struct suite_list list = {tests, SUITE_COUNT(tests)};

int board_main(void)
{
	static const struct board_options two = {
		.lock = {lock, unlock, NULL}, .shoot = shoot, .interrupt = poll};
	static const struct suite_list *const lists[] = {&list};

	if (!board_host_start(&two))
		return 2;
	board_ipi_enable();
	set(&smp.running[0], 1);
	return suite_run(&host.target, lists, 1, board_seed) ? 1 : 0;
}
