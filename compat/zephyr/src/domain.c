/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory domains: permission sets over one space.
 *
 * The partitions of the domain whose thread runs have been *given* their rights: what their mappings
 * allowed of themselves has been noted, and the mapping changed (quire_vm_protect).  A switch takes back
 * what the one was given and gives what the other has.
 *
 * A switch must not fail, as there is nobody to tell.  Giving rights to some pages of a mapping takes up to
 * two descriptors of the book, and tables where large pages are split.  So when a partition is added, all
 * of its domain's are given for a moment, with nothing else given, and taken back: then it can be
 * done, and how many tables it takes is known.  From then on every call of this layer that takes descriptors or
 * tables leaves as many as the neediest domain takes beyond those that the running one has
 * (zephyr_domain_has_room), and the few that a stack takes, or gives back what it took and fails.  A switch
 * frees the running one's first.
 *
 * If memory has been unmapped meanwhile, or mapped anew so that a partition is no longer pages of one
 * mapping that are all alike, the partition has no rights until that has changed.  That denies, and
 * never grants, and is not an error.
 */
#include "words.h"

#include "kernel_arch_interface.h"
#include "zephyr/app_memory/app_memdomain.h"
#include "zephyr/kernel.h"

/* Descriptors that the stack of a user thread takes at a switch (thread_stack.c). */
enum { STACK = 2 };

struct k_mem_domain k_mem_domain_default;

static struct {
	struct k_mem_domain *first;   /* of all there are */
	struct k_mem_domain *running; /* whose partitions are given */
	uint32_t descriptors, tables; /* that the running one's took */
} domains;

/* -- descriptors and tables -- */

static uint32_t descriptors_free(void)
{
	struct quire_space_stats stats = {0};

	(void)quire_space_stats(zephyr_machine.space, &stats);
	return stats.descriptors_free;
}

/* Of all pools together: where there are several walkers, one alone splits large pages. */
static uint32_t tables_free(void)
{
	uint32_t free = 0;

	for (unsigned w = 0; w < zephyr_machine.space->walker_count; w++)
		free += zephyr_machine.space->walker[w].pool.free;
	return free;
}

struct zephyr_room zephyr_domain_room(void)
{
	return (struct zephyr_room){descriptors_free(), tables_free()};
}

bool zephyr_domain_has_room_since(const struct zephyr_room *before)
{
	return zephyr_domain_has_room() ||
	       (descriptors_free() >= before->descriptors && tables_free() >= before->tables);
}

bool zephyr_domain_has_room(void)
{
	uint32_t most = 0, tables = 0;

	for (const struct k_mem_domain *d = domains.first; d != NULL; d = d->next) {
		most = MAX(most, d->descriptors);
		tables = MAX(tables, d->tables);
	}
	return descriptors_free() + domains.descriptors >= most + STACK &&
	       (tables == 0 || tables_free() + domains.tables >= tables);
}

/* -- giving and taking back -- */

/* All of a partition is pages of one mapping that allow the same, perhaps guards: what; QUIRE_EUNMAPPED if
   it is not. */
static int uniform(const struct k_mem_partition *p, struct quire_extent_info *row)
{
	int result = quire_space_query(zephyr_machine.space, p->start, row);

	if (result < 0)
		return result == QUIRE_EFOREIGN ? QUIRE_EUNMAPPED : result;
	return (row->kind == QUIRE_MAPPED || row->kind == QUIRE_CLAIMED) &&
			       p->size <= row->size - (p->start - row->va)
		       ? QUIRE_OK
		       : QUIRE_EUNMAPPED;
}

/* What a partition allows, of a mapping that allows `base` of itself and is cached as that says unless the
   partition says otherwise. */
static unsigned partition_attr(const struct k_mem_partition *p, unsigned base, unsigned target)
{
	unsigned attr = zephyr_attr(p->attr, target);

	if (p->attr & K_MEM_CACHE_MASK)
		return attr;
	return (attr & ~(unsigned)QUIRE_CACHE_MASK) | (base & QUIRE_CACHE_MASK);
}

static int protect(const struct k_mem_partition *p, unsigned attr)
{
	return quire_vm_protect(zephyr_machine.vm, p->start, p->size, attr,
				zephyr_is_wx(attr) ? QUIRE_VM_WX : 0u);
}

static int give(struct k_mem_domain *d, unsigned i)
{
	const struct k_mem_partition *p = &d->partitions[i];
	struct quire_extent_info row;
	unsigned target = 0, attr;
	quire_pa pa;
	int result;

	result = uniform(p, &row);
	if (result >= 0)
		result = quire_space_to_physical(zephyr_machine.space, p->start, &pa, &target);
	if (result < 0)
		return result;
	attr = partition_attr(p, row.attr, target);
	result = protect(p, attr);
	if (result == QUIRE_EMODE)
		result = protect(p, zephyr_own_mode(attr, target));
	if (result < 0)
		return result;
	d->of_itself[i] = row.attr;
	d->granted[i] = 1;
	return QUIRE_OK;
}

static int take(const struct k_mem_domain *d, unsigned i)
{
	struct quire_extent_info row;
	int result = uniform(&d->partitions[i], &row);

	if (result == QUIRE_EUNMAPPED)
		return QUIRE_OK; /* it has gone, and its rights with it */
	return result < 0 ? result : protect(&d->partitions[i], d->of_itself[i]);
}

/* What fails is tried twice, here and in run(), and again at every switch: rights that have not been taken
   back are remembered as given. */
static void take_back(struct k_mem_domain *d, unsigned i)
{
	if (d->granted[i])
		d->granted[i] = take(d, i) < 0 && take(d, i) < 0;
}

static bool is_used(const struct k_mem_domain *d, unsigned i)
{
	return d->partitions[i].size != 0;
}

/* False if some could not be. */
static bool take_all_back(struct k_mem_domain *d)
{
	bool all = true;

	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++) {
		take_back(d, i);
		all = all && !d->granted[i];
	}
	return all;
}

/* QUIRE_EUNMAPPED if some have nothing to give rights to, or another error of one; what could be given was. */
static int give_all(struct k_mem_domain *d)
{
	int worst = QUIRE_OK;

	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++) {
		int result = is_used(d, i) && !d->granted[i] ? give(d, i) : QUIRE_OK;

		if (result < 0 && (worst >= 0 || worst == QUIRE_EUNMAPPED))
			worst = result;
	}
	return worst;
}

/* -- which domain runs -- */

static bool stop_running(void)
{
	bool all = true;

	for (struct k_mem_domain *d = domains.first; d != NULL; d = d->next)
		all = take_all_back(d) && all;
	domains.running = NULL;
	domains.descriptors = domains.tables = 0;
	return all;
}

/* What could not be given or taken back is the result; that nothing is mapped there is none. */
static int run(struct k_mem_domain *d)
{
	uint32_t descriptors, tables;
	int result, taken = stop_running() ? QUIRE_OK : QUIRE_EPORT;

	domains.running = d;
	if (d == NULL || d->num_partitions == 0)
		return taken;
	descriptors = descriptors_free();
	tables = tables_free();
	result = give_all(d);
	if (result < 0)
		result = give_all(d);
	domains.descriptors = descriptors - descriptors_free();
	domains.tables = tables - tables_free();
	return result == QUIRE_EUNMAPPED || result >= 0 ? taken : result;
}

void zephyr_domain_pause(uintptr_t va, size_t size)
{
	struct k_mem_domain *d = domains.running;

	for (unsigned i = 0; d != NULL && i < QUIRE_ZEPHYR_PARTITIONS; i++) {
		const struct k_mem_partition *p = &d->partitions[i];

		if (p->start <= va + (size - 1) && va <= p->start + (p->size - 1))
			take_back(d, i);
	}
}

void zephyr_domain_resume(void)
{
	if (domains.running != NULL && domains.running->num_partitions != 0 &&
	    give_all(domains.running) < 0)
		(void)give_all(domains.running);
}

void z_mem_domain_switch(struct k_mem_domain *from, struct k_mem_domain *to)
{
	int result = QUIRE_OK;

	ARG_UNUSED(from);
	zephyr_lock();
	if (to != domains.running)
		result = run(to);
	zephyr_unlock();
	if (result < 0)
		printk("z_mem_domain_switch: the rights of a partition could not be changed: %s\n",
		       quire_error_text(result));
}

/* -- what a domain may be -- */

static bool overlap(const struct k_mem_partition *a, const struct k_mem_partition *b)
{
	return a->start <= b->start + (b->size - 1) && b->start <= a->start + (a->size - 1);
}

static bool may_be_added(const struct k_mem_domain *d, const struct k_mem_partition *p)
{
	if (p == NULL || !zephyr_is_range(p->start, p->size))
		return false;
	if (zephyr_chosen(ZEPHYR_CHOSEN_WX, 0) == 0 && K_MEM_PARTITION_IS_WRITABLE(p->attr) &&
	    K_MEM_PARTITION_IS_EXECUTABLE(p->attr))
		return false;
	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++)
		if (is_used(d, i) && overlap(&d->partitions[i], p))
			return false;
	return true;
}

/* The place was looked for before. */
static void put(struct k_mem_domain *d, const struct k_mem_partition *p)
{
	unsigned i = 0;

	while (is_used(d, i))
		i++;
	d->partitions[i] = *p;
	d->granted[i] = 0;
	d->num_partitions++;
}

/* Give a domain all that it has for a moment, with nothing else given, to see what that takes.  The one
   that ran runs again afterwards. */
static int try_all(struct k_mem_domain *d)
{
	struct k_mem_domain *running = domains.running;
	uint32_t tables;
	int result;

	(void)stop_running();
	tables = tables_free();
	result = descriptors_free() < 2u * d->num_partitions ? QUIRE_EPOOL : give_all(d);
	d->tables = tables - tables_free();
	d->descriptors = 2u * d->num_partitions;
	(void)take_all_back(d);
	(void)run(running);
	return result;
}

/* A domain becomes what `next` is, if that can be; the lock is held. */
static int change(struct k_mem_domain *d, struct k_mem_domain *next)
{
	bool running = domains.running == d;
	int result;

	if (running)
		(void)stop_running();
	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++)
		next->granted[i] = 0;
	result = try_all(next);
	if (result >= 0) {
		next->next = d->next;
		*d = *next;
	}
	if (running)
		(void)run(d);
	return result;
}

static int result_of(int result, int nothing_left)
{
	return result >= 0 ? 0 : zephyr_errno(result) == -ENOMEM ? nothing_left : -EINVAL;
}

/* -- the calls -- */

/* Out of the list; false if it is not in it. */
static bool leave(struct k_mem_domain *d)
{
	struct k_mem_domain **at = &domains.first;

	while (*at != NULL && *at != d)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	if (domains.running == d)
		(void)stop_running();
	(void)take_all_back(d);
	*at = d->next;
	return true;
}

/* One that is in the list, and is made a second time, begins anew. */
static int init(struct k_mem_domain *d, unsigned count, struct k_mem_partition *parts[])
{
	struct k_mem_domain next = {.num_partitions = 0};
	int result;

	for (unsigned i = 0; i < count; i++) {
		if (!may_be_added(&next, parts[i]))
			return -EINVAL;
		put(&next, parts[i]);
	}
	result = count == 0 ? QUIRE_OK : try_all(&next);
	if (result < 0)
		return result_of(result, -ENOMEM);
	next.threads = leave(d) ? d->threads : 0;
	next.next = domains.first;
	*d = next;
	domains.first = d;
	return 0;
}

int k_mem_domain_init(struct k_mem_domain *domain, uint8_t num_parts,
		      struct k_mem_partition *parts[])
{
	int result;

	if (domain == NULL || (num_parts != 0 && parts == NULL) ||
	    num_parts > QUIRE_ZEPHYR_PARTITIONS)
		return -EINVAL;
	zephyr_lock();
	result = init(domain, num_parts, parts);
	zephyr_unlock();
	return result;
}

static int deinit(struct k_mem_domain *d)
{
	if (d->threads != 0)
		return -EBUSY;
	if (!leave(d))
		return -EINVAL;
	*d = (struct k_mem_domain){.num_partitions = 0};
	return 0;
}

int k_mem_domain_deinit(struct k_mem_domain *domain)
{
	int result;

	if (domain == NULL)
		return -EINVAL;
	zephyr_lock();
	result = deinit(domain);
	zephyr_unlock();
	return result;
}

static int add(struct k_mem_domain *d, const struct k_mem_partition *p)
{
	struct k_mem_domain next = *d;

	if (!may_be_added(d, p))
		return -EINVAL;
	if (d->num_partitions == QUIRE_ZEPHYR_PARTITIONS)
		return -ENOSPC;
	put(&next, p);
	return result_of(change(d, &next), -ENOSPC);
}

int k_mem_domain_add_partition(struct k_mem_domain *domain, struct k_mem_partition *part)
{
	int result;

	if (domain == NULL || part == NULL)
		return -EINVAL;
	zephyr_lock();
	result = add(domain, part);
	zephyr_unlock();
	return result;
}

static int take_out(struct k_mem_domain *d, const struct k_mem_partition *p)
{
	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++) {
		if (!is_used(d, i) || d->partitions[i].start != p->start ||
		    d->partitions[i].size != p->size)
			continue;
		take_back(d, i);
		d->partitions[i].size = 0;
		d->num_partitions--;
		d->descriptors -= 2;
		return 0;
	}
	return -ENOENT;
}

int k_mem_domain_remove_partition(struct k_mem_domain *domain, struct k_mem_partition *part)
{
	int result;

	if (domain == NULL || part == NULL)
		return -EINVAL;
	zephyr_lock();
	result = take_out(domain, part);
	if (result == 0 && domains.running == domain)
		(void)run(domain); /* what it takes is counted anew */
	zephyr_unlock();
	return result;
}

static int inherit(struct k_mem_domain *d, const struct k_mem_domain *from)
{
	struct k_mem_domain next = *d;

	for (unsigned i = 0; i < QUIRE_ZEPHYR_PARTITIONS; i++) {
		if (!is_used(from, i))
			continue;
		if (!may_be_added(&next, &from->partitions[i]))
			return -EINVAL;
		if (next.num_partitions == QUIRE_ZEPHYR_PARTITIONS)
			return -ENOSPC;
		put(&next, &from->partitions[i]);
	}
	return result_of(change(d, &next), -ENOSPC);
}

int k_mem_domain_inherit_thread_partitions(struct k_mem_domain *domain, struct k_thread *thread)
{
	int result;

	if (domain == NULL || thread == NULL || thread->mem_domain_info.mem_domain == NULL)
		return -EINVAL;
	zephyr_lock();
	result = inherit(domain, thread->mem_domain_info.mem_domain);
	zephyr_unlock();
	return result;
}

/* -- threads -- */

/* Into a domain, or, with NULL, into none. */
static void move(struct k_thread *thread, struct k_mem_domain *to)
{
	struct k_mem_domain *from = thread->mem_domain_info.mem_domain;

	zephyr_lock();
	if (from != NULL)
		from->threads--;
	if (to != NULL)
		to->threads++;
	thread->mem_domain_info.mem_domain = to;
	zephyr_unlock();
}

int k_mem_domain_add_thread(struct k_mem_domain *domain, struct k_thread *thread)
{
	if (domain == NULL || thread == NULL || (thread->base.thread_state & _THREAD_DEAD) != 0)
		return -EINVAL;
	move(thread, domain);
	if (thread == k_current_get())
		z_mem_domain_switch(NULL, domain);
	return 0;
}

void z_mem_domain_init_thread(struct k_thread *thread, const struct k_thread *parent)
{
	struct k_mem_domain *domain = parent != NULL ? parent->mem_domain_info.mem_domain : NULL;

	thread->mem_domain_info.mem_domain = NULL;
	move(thread, domain != NULL ? domain : &k_mem_domain_default);
}

void z_mem_domain_exit_thread(struct k_thread *thread)
{
	move(thread, NULL);
}

/* -- the beginning -- */

extern const struct z_app_region __start_quire_app_regions[] __attribute__((weak));
extern const struct z_app_region __stop_quire_app_regions[] __attribute__((weak));

/* Where the variables of partitions are. */
static void find_regions(void)
{
	const struct z_app_region *r = __start_quire_app_regions;

	for (; r != __stop_quire_app_regions; r++) {
		struct k_mem_partition *p =
			(void *)((char *)(uintptr_t)&r->partition + r->partition);
		uintptr_t start = (uintptr_t)&r->start + (uintptr_t)r->start;
		uintptr_t end = (uintptr_t)&r->end + (uintptr_t)r->end;
		size_t inside = quire_zephyr_map.page - 1;

		p->start = start;
		p->size = (end - start + inside) & ~inside;
	}
}

void zephyr_domain_start(void)
{
	find_regions();
	k_mem_domain_default.next = domains.first; /* it may have threads already */
	domains.first = &k_mem_domain_default;
	domains.running = &k_mem_domain_default;
}

int arch_mem_domain_max_partitions_get(void)
{
	return QUIRE_ZEPHYR_PARTITIONS;
}
