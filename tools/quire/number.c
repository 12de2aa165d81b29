/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, both ways.  What is printed for the eye may round; what is printed to be typed again
 * never does, and the parser reads every text that number_exact and number_address write.
 */
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "quire/types.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The digits at *at; '_' may stand between two of them. */
static bool digits(const char **at, const char *end, unsigned base, uint64_t *out)
{
	const char *s = *at;
	uint64_t value = 0;

	if (s == end || (unsigned)digit_of(*s) >= base)
		return false;
	for (; s < end; s++) {
		if (*s == '_' && s + 1 < end && (unsigned)digit_of(s[1]) < base)
			continue;
		if ((unsigned)digit_of(*s) >= base)
			break;
		if (value > (UINT64_MAX - (unsigned)digit_of(*s)) / base)
			return false;
		value = value * base + (unsigned)digit_of(*s);
	}
	*at = s;
	*out = value;
	return true;
}

/* K, M or G, and B or iB behind it; 0 shift for nothing, -1 for anything else. */
static int unit_shift(const char *s, const char *end)
{
	static const char letters[] = "KMG";
	size_t left = (size_t)(end - s);
	const char *letter;

	if (left == 0)
		return 0;
	letter = strchr(letters, *s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	if (*s == '\0' || !letter)
		return -1;
	if (left == 1 || (left == 2 && s[1] == 'B') || (left == 3 && memcmp(s + 1, "iB", 2) == 0))
		return 10 * (int)(letter - letters + 1);
	return -1;
}

bool number_parse_part(const char *text, const char *end, uint64_t *out)
{
	const char *s = text;
	unsigned base = 10;
	uint64_t value;
	int shift;

	if (end - s > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!digits(&s, end, base, &value))
		return false;
	shift = unit_shift(s, end);
	if (shift < 0 || value > UINT64_MAX >> shift)
		return false;
	*out = value << shift;
	return true;
}

bool number_parse(const char *text, uint64_t *out)
{
	return number_parse_part(text, text + strlen(text), out);
}

struct number_text number_exact(uint64_t bytes)
{
	static const struct {
		unsigned shift;
		const char *letter;
	} unit[] = {{30, "G"}, {20, "M"}, {10, "K"}};
	struct number_text t;

	for (unsigned i = 0; i < 3; i++) {
		if (bytes != 0 && (bytes & ((1ull << unit[i].shift) - 1)) == 0) {
			snprintf(t.text, sizeof t.text, "%" PRIu64 "%s", bytes >> unit[i].shift,
				 unit[i].letter);
			return t;
		}
	}
	snprintf(t.text, sizeof t.text, bytes < 4096 ? "%" PRIu64 : "0x%" PRIX64, bytes);
	return t;
}

struct number_text number_human(uint64_t bytes)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB"};
	unsigned step = 0;
	struct number_text t;

	while (step < 3 && bytes >> (10 * (step + 1)) != 0)
		step++;
	if ((bytes & ((1ull << (10 * step)) - 1)) == 0)
		snprintf(t.text, sizeof t.text, "%" PRIu64 " %s", bytes >> (10 * step), unit[step]);
	else
		snprintf(t.text, sizeof t.text, "%.1f %s",
			 (double)bytes / (double)(1ull << (10 * step)), unit[step]);
	return t;
}

struct number_text number_grouped(uint64_t value)
{
	char plain[24];
	int length = snprintf(plain, sizeof plain, "%" PRIu64, value);
	struct number_text t;
	char *to = t.text;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = plain[i];
	}
	*to = '\0';
	return t;
}

struct number_text number_address(uint64_t address)
{
	struct number_text t;

	snprintf(t.text, sizeof t.text, "0x%08" PRIX64, address);
	return t;
}

struct number_text number_access(unsigned attr)
{
	struct number_text t;

	snprintf(t.text, sizeof t.text, "%c%c%c", attr & QUIRE_READ ? 'r' : '-',
		 attr & QUIRE_WRITE ? 'w' : '-', attr & QUIRE_EXEC ? 'x' : '-');
	return t;
}
