/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults in words, each kind of them, word for word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quire/fault.h"

#define RW (QUIRE_READ | QUIRE_WRITE)

static const char *name_of(void *ctx, uint16_t tag)
{
	(void)ctx;
	return tag == 1 ? "text" : tag == 2 ? "stack" : NULL;
}

static struct quire_extent_info mapping(quire_va va, quire_size size, unsigned attr, uint16_t tag)
{
	return (struct quire_extent_info){.va = va,
					  .exec_va = va,
					  .size = size,
					  .kind = QUIRE_MAPPED,
					  .attr = (uint8_t)attr,
					  .tag = tag};
}

/* A fault at a place of its own, without anything near. */
static struct quire_fault fault_at(quire_va va, unsigned access, bool user,
				   enum quire_fault_kind kind)
{
	return (struct quire_fault){.raw = {.va = va, .access = (uint8_t)access, .user = user},
				    .kind = kind,
				    .name = name_of};
}

static void put_here(struct quire_fault *f, struct quire_extent_info here)
{
	f->here = here;
	f->into = f->raw.va - here.va;
	f->allowed = here.attr & QUIRE_ACCESS_MASK;
}

static void reads(const struct quire_fault *f, const char *expected)
{
	char text[QUIRE_FAULT_TEXT];

	assert_int_equal(quire_fault_text(f, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

static void test_guard(void **state)
{
	struct quire_fault f = fault_at(0x80041ff8, QUIRE_WRITE, true, QUIRE_FAULT_GUARD);

	(void)state;
	f.above.mapping = mapping(0x80042000, 0x4000, RW, 2);
	f.above.distance = 8;
	f.below.mapping = mapping(0x80000000, 0x41000, QUIRE_READ, 1);
	f.below.distance = 0xff9;
	reads(&f, "write to 0x80041ff8 in user mode: the page is reserved, 8 bytes below \"stack\" "
		  "0x80042000..0x80046000 (read, write)");
	f.name = NULL;
	reads(&f, "write to 0x80041ff8 in user mode: the page is reserved, 8 bytes below mapping 2 "
		  "0x80042000..0x80046000 (read, write)");
	f.above.mapping.tag = 0;
	reads(&f,
	      "write to 0x80041ff8 in user mode: the page is reserved, 8 bytes below the mapping "
	      "0x80042000..0x80046000 (read, write)");
}

/* A guard that is part of what it guards. */
static void test_claims_guard(void **state)
{
	struct quire_fault f = fault_at(0x3ff8, QUIRE_WRITE, false, QUIRE_FAULT_GUARD);

	(void)state;
	put_here(&f, mapping(0x3000, 0x1000, RW, 2));
	f.here.kind = QUIRE_CLAIMED;
	f.here.guards = 1;
	f.above.mapping = mapping(0x4000, 0x2000, RW, 2);
	f.above.distance = 8;
	reads(&f, "write to 0x3ff8: the page is a guard, 8 bytes below \"stack\" 0x4000..0x6000 "
		  "(read, write)");
	f.kind = QUIRE_FAULT_OTHER;
	f.raw.cause = QUIRE_CAUSE_BUS;
	reads(&f, "write to 0x3ff8: the memory answered with an error, 8 bytes below \"stack\" "
		  "0x4000..0x6000 (read, write)");
	f.here.guards = 0;
	reads(&f, "write to 0x3ff8: the memory answered with an error, 4088 bytes into \"stack\" "
		  "0x3000..0x4000 (read, write)");
}

static void test_nothing(void **state)
{
	struct quire_fault f = fault_at(0x41000, QUIRE_READ, false, QUIRE_FAULT_UNMAPPED);

	(void)state;
	reads(&f, "read of 0x41000: nothing is mapped there, and no mapping is near");
	f.below.mapping = mapping(0x40000, 0x1000, QUIRE_READ | QUIRE_EXEC | QUIRE_USER, 1);
	f.below.distance = 1;
	reads(&f, "read of 0x41000: nothing is mapped there, 1 byte above \"text\" "
		  "0x40000..0x41000 (read, execute, user)");
	f.above.mapping = mapping(0x41001, 0xfff, RW, 2);
	f.above.distance = 1;
	reads(&f, "read of 0x41000: nothing is mapped there, 1 byte below \"stack\" "
		  "0x41001..0x42000 (read, write)");
}

static void test_foreign(void **state)
{
	struct quire_fault f = fault_at(0x1000, QUIRE_EXEC, false, QUIRE_FAULT_FOREIGN);

	(void)state;
	f.above.mapping = mapping(0x80001000, 0x1000, QUIRE_EXEC, 1);
	f.above.distance = 0x80000000;
	reads(&f, "execution of 0x1000: the address is in no window, 2 GiB below \"text\" "
		  "0x80001000..0x80002000 (execute)");
}

static void test_denied(void **state)
{
	struct quire_fault f = fault_at(0x80000010, QUIRE_WRITE, false, QUIRE_FAULT_DENIED);

	(void)state;
	put_here(&f, mapping(0x80000000, 0x10000, QUIRE_READ | QUIRE_EXEC, 1));
	reads(&f, "write to 0x80000010: 16 bytes into \"text\" 0x80000000..0x80010000, which "
		  "allows read, execute");
	f = fault_at(0x80000000, 0, true, QUIRE_FAULT_DENIED);
	put_here(&f, mapping(0x80000000, 0x10000, 0, 9));
	reads(&f, "access to 0x80000000 in user mode: mapping 9 0x80000000..0x80010000, which "
		  "allows nothing");
}

static void test_user(void **state)
{
	struct quire_fault f = fault_at(0x5004, QUIRE_READ, true, QUIRE_FAULT_USER);

	(void)state;
	put_here(&f, mapping(0x4000, 0x2000, RW, 2));
	reads(&f, "read of 0x5004 in user mode: 4100 bytes into \"stack\" 0x4000..0x6000, which "
		  "allows read, write, but not to user mode");
	f = fault_at(0x4000, QUIRE_EXEC, false, QUIRE_FAULT_KERNEL);
	put_here(&f, mapping(0x4000, 0x2000, QUIRE_READ | QUIRE_EXEC, 2));
	reads(&f,
	      "execution of 0x4000: \"stack\" 0x4000..0x6000, which allows read, execute, but not "
	      "to the kernel");
}

static void test_all_right(void **state)
{
	struct quire_fault f = fault_at(0x5000, QUIRE_WRITE, false, QUIRE_FAULT_MARK);

	(void)state;
	put_here(&f, mapping(0x4000, 0x2000, RW, 2));
	reads(&f, "write to 0x5000: 4 KiB into \"stack\" 0x4000..0x6000, which allows read, write: "
		  "the page has yet to be marked as used");
	f.kind = QUIRE_FAULT_STALE;
	reads(&f, "write to 0x5000: 4 KiB into \"stack\" 0x4000..0x6000, which allows read, write "
		  "by now: the processor knew an older entry");
}

static void test_other(void **state)
{
	struct quire_fault f = fault_at(0x5001, QUIRE_READ, false, QUIRE_FAULT_OTHER);

	(void)state;
	f.raw.cause = QUIRE_CAUSE_ALIGN;
	put_here(&f, mapping(0x5000, 0x1000, RW | QUIRE_DEVICE_IO, 3));
	reads(&f, "read of 0x5001: misaligned, or not to be accessed like this, 1 byte into "
		  "mapping 3 0x5000..0x6000 (read, write)");
	f.raw.cause = QUIRE_CAUSE_BUS;
	reads(&f, "read of 0x5001: the memory answered with an error, 1 byte into "
		  "mapping 3 0x5000..0x6000 (read, write)");
	f = fault_at(0x5001, QUIRE_READ, false, QUIRE_FAULT_OTHER);
	f.raw.cause = QUIRE_CAUSE_BUS;
	reads(&f, "read of 0x5001: the memory answered with an error, and no mapping is near");
}

/* Cut off wherever the room ends, and never written behind it. */
static void test_room(void **state)
{
	struct quire_fault f = fault_at(0x41000, QUIRE_READ, false, QUIRE_FAULT_UNMAPPED);
	const char *whole = "read of 0x41000: nothing is mapped there, and no mapping is near";
	char text[100];

	(void)state;
	for (size_t room = 0; room < sizeof(text); room++) {
		size_t kept = room == 0 ? 0 : room <= strlen(whole) ? room - 1 : strlen(whole);

		memset(text, '#', sizeof(text));
		assert_int_equal(quire_fault_text(&f, text, room), strlen(whole));
		assert_memory_equal(text, whole, kept);
		assert_int_equal(text[kept], room == 0 ? '#' : '\0');
		for (size_t i = room; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
	}
}

static const char *long_name(void *ctx, uint16_t tag)
{
	(void)ctx;
	(void)tag;
	return "a name of many characters, of which only some are shown";
}

/* The longest text of any kind, with the largest numbers there are. */
static void test_longest(void **state)
{
	const quire_va top = (quire_va)-1;
	char text[QUIRE_FAULT_TEXT];
	size_t longest = 0;

	(void)state;
	for (unsigned kind = QUIRE_FAULT_FOREIGN; kind <= QUIRE_FAULT_OTHER; kind++)
		for (unsigned i = 0; i < 4; i++) {
			struct quire_fault f =
				fault_at(top, QUIRE_EXEC, true, (enum quire_fault_kind)kind);
			size_t length;

			put_here(&f, mapping(1, top, QUIRE_ACCESS_MASK, 1));
			f.here.kind = i & 1 ? QUIRE_MAPPED : QUIRE_GAP;
			f.raw.cause = i & 2 ? QUIRE_CAUSE_ALIGN : QUIRE_CAUSE_BUS;
			f.below.mapping = mapping(1, top - 2, QUIRE_ACCESS_MASK, 1);
			f.below.distance = top - 2;
			f.name = long_name;
			length = quire_fault_text(&f, text, sizeof(text));
			longest = length > longest ? length : longest;
			assert_non_null(strstr(text, "\"a name of many characters, of wh\""));
		}
	assert_in_range(longest, 150, QUIRE_FAULT_TEXT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard),   cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_foreign), cmocka_unit_test(test_denied),
		cmocka_unit_test(test_user),    cmocka_unit_test(test_all_right),
		cmocka_unit_test(test_other),   cmocka_unit_test(test_room),
		cmocka_unit_test(test_longest), cmocka_unit_test(test_claims_guard),
	};

	return cmocka_run_group_tests_name("fault_text", tests, NULL, NULL);
}
