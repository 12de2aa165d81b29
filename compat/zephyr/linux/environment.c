/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the environment says about the machine.
 *
 *     QUIRE_ZEPHYR_RAM_BASE   physical address of RAM    0x50000000
 *     QUIRE_ZEPHYR_RAM_SIZE                              16M
 *     QUIRE_ZEPHYR_VM_BASE    kernel's virtual addresses 0x50000000
 *     QUIRE_ZEPHYR_VM_SIZE                               8M
 *     QUIRE_ZEPHYR_PAGE_SIZE                             what the program was compiled for
 *
 * The first GiB of addresses is left alone, since a program that is not position-independent has its heap
 * there, and so is what is above 0x7fff8000, where AddressSanitizer is.
 *
 * An empty variable is one that is not set.  Anything that cannot be meant is refused in one sentence.
 */
#include "linux.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB           ((uint64_t)1 << 10)
#define MIB           ((uint64_t)1 << 20)
#define SIZE_MOST     ((uint64_t)64 << 30)
#define ADDRESS_MOST  ((uint64_t)1 << 46)
#define ADDRESS_LEAST ((uint64_t)64 * KIB) /* the host maps nothing below */

extern const size_t quire_zephyr_compiled_page[] __attribute__((weak));

static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* Digits, decimal or 0x..., with K, M or G behind; all of the text. */
static bool parse(const char *text, uint64_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value;
	unsigned shift = 0;
	char *end;

	if (hex ? !isxdigit((unsigned char)text[2]) : !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (*end == 'K' || *end == 'k')
		shift = 10;
	else if (*end == 'M' || *end == 'm')
		shift = 20;
	else if (*end == 'G' || *end == 'g')
		shift = 30;
	if (shift != 0)
		end++;
	if (errno != 0 || *end != '\0' || value > UINT64_MAX >> shift)
		return false;
	*out = value << shift;
	return true;
}

/* A number of bytes, or an address, in whole pages; what is there stays if it is not set. */
static bool read_bytes(const char *name, uint64_t least, uint64_t most, uint64_t page,
		       uint64_t *out, char *why)
{
	const char *text = variable(name);

	if (text == NULL)
		return true;
	if (!parse(text, out)) {
		snprintf(why, QUIRE_LINUX_TEXT,
			 "%s is \"%s\"; expected is a number of bytes, decimal or 0x..., with K, M "
			 "or G behind it or nothing",
			 name, text);
		return false;
	}
	if (*out < least || *out > most || *out % page != 0) {
		snprintf(why, QUIRE_LINUX_TEXT,
			 "%s is \"%s\"; expected is a multiple of the page (0x%llx bytes) from "
			 "0x%llx to 0x%llx",
			 name, text, (unsigned long long)page, (unsigned long long)least,
			 (unsigned long long)most);
		return false;
	}
	return true;
}

static bool read_page(uint64_t *page, char *why)
{
	uint64_t host = (uint64_t)sysconf(_SC_PAGESIZE), compiled = 0;

	if (quire_zephyr_compiled_page != NULL)
		compiled = quire_zephyr_compiled_page[0];
	*page = compiled != 0 ? compiled : host;
	if (!read_bytes("QUIRE_ZEPHYR_PAGE_SIZE", 4 * KIB, 64 * KIB, 4 * KIB, page, why))
		return false;
	if ((*page & (*page - 1)) == 0 && *page >= host && (compiled == 0 || *page == compiled))
		return true;
	if (compiled != 0 && *page != compiled)
		snprintf(why, QUIRE_LINUX_TEXT,
			 "QUIRE_ZEPHYR_PAGE_SIZE is 0x%llx, and the program was compiled for pages "
			 "of 0x%llx bytes (CONFIG_MMU_PAGE_SIZE)",
			 (unsigned long long)*page, (unsigned long long)compiled);
	else
		snprintf(why, QUIRE_LINUX_TEXT,
			 "pages of 0x%llx bytes are no power of two, or smaller than the host's "
			 "0x%llx",
			 (unsigned long long)*page, (unsigned long long)host);
	return false;
}

/* A run of addresses that does not end before the last one. */
static bool fits(const char *what, uint64_t base, uint64_t size, char *why)
{
	if (size <= ADDRESS_MOST - base)
		return true;
	snprintf(why, QUIRE_LINUX_TEXT, "%s: 0x%llx bytes at 0x%llx run past 0x%llx", what,
		 (unsigned long long)size, (unsigned long long)base,
		 (unsigned long long)ADDRESS_MOST);
	return false;
}

bool zephyr_linux_environment(struct zephyr_linux_options *o, char why[QUIRE_LINUX_TEXT])
{
	*o = (struct zephyr_linux_options){.ram_base = 0x50000000,
					   .ram_size = 16 * MIB,
					   .vm_base = 0x50000000,
					   .vm_size = 8 * MIB,
					   .device_base = 0x78000000,
					   .device_size = 256 * KIB,
					   .page = 0,
					   .ram_given = false,
					   .vm_given = false};
	o->ram_given = variable("QUIRE_ZEPHYR_RAM_SIZE") != NULL;
	o->vm_given = variable("QUIRE_ZEPHYR_VM_SIZE") != NULL;
	return read_page(&o->page, why) &&
	       read_bytes("QUIRE_ZEPHYR_RAM_BASE", 0, ADDRESS_MOST, o->page, &o->ram_base, why) &&
	       read_bytes("QUIRE_ZEPHYR_RAM_SIZE", o->page, SIZE_MOST, o->page, &o->ram_size,
			  why) &&
	       read_bytes("QUIRE_ZEPHYR_VM_BASE", ADDRESS_LEAST, ADDRESS_MOST, o->page, &o->vm_base,
			  why) &&
	       read_bytes("QUIRE_ZEPHYR_VM_SIZE", 4 * o->page, SIZE_MOST, o->page, &o->vm_size,
			  why) &&
	       fits("QUIRE_ZEPHYR_RAM_BASE and _RAM_SIZE", o->ram_base, o->ram_size, why) &&
	       fits("QUIRE_ZEPHYR_VM_BASE and _VM_SIZE", o->vm_base, o->vm_size, why);
}
