/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results in words, for whoever has to show them to a person.
 */
#include "quire/error.h"

#include <stddef.h>

struct result_words {
	int result;
	const char *name;
	const char *text;
};

static const struct result_words words[] = {
	{QUIRE_OK, "QUIRE_OK", "done"},
	{QUIRE_IDENTICAL, "QUIRE_IDENTICAL",
	 "these pages were mapped already; the mapping is shared"},
	{QUIRE_ENCLOSED, "QUIRE_ENCLOSED", "these pages lie inside a larger mapping; it is shared"},
	{QUIRE_EWX, "QUIRE_EWX",
	 "write and execute together are refused unless asked for with QUIRE_WX"},
	{QUIRE_EUNMAPPED, "QUIRE_EUNMAPPED", "nothing is mapped or reserved there"},
	{QUIRE_EPORT, "QUIRE_EPORT", "the port refused the change"},
	{QUIRE_EBEYOND, "QUIRE_EBEYOND", "the physical range runs past the end of the memory"},
	{QUIRE_EAGAIN, "QUIRE_EAGAIN", "the space kept changing while its map was read"},
	{QUIRE_EPOOL, "QUIRE_EPOOL", "no extent descriptor is left"},
	{QUIRE_ECAPS, "QUIRE_ECAPS", "no window or memory has the capabilities asked for"},
	{QUIRE_ENULL, "QUIRE_ENULL", "an argument is NULL"},
	{QUIRE_EREFERENCED, "QUIRE_EREFERENCED", "the mapping has other holders"},
	{QUIRE_EOVERLAP, "QUIRE_EOVERLAP", "some of these physical pages are mapped already"},
	{QUIRE_ETARGET, "QUIRE_ETARGET", "there is no such physical memory"},
	{QUIRE_ERESERVED, "QUIRE_ERESERVED",
	 "a reservation stands where a mapping is wanted, or the other way round"},
	{QUIRE_EFLAG, "QUIRE_EFLAG", "an attribute, capability or flag does not exist"},
	{QUIRE_ETABLES, "QUIRE_ETABLES", "no page-table page is left"},
	{QUIRE_ESPACE, "QUIRE_ESPACE", "no gap is large enough"},
	{QUIRE_ECLAIMED, "QUIRE_ECLAIMED",
	 "the addresses are claimed by a service, or are not where they should be"},
	{QUIRE_EINTERIOR, "QUIRE_EINTERIOR", "the address lies inside a mapping, not at its start"},
	{QUIRE_EREFS, "QUIRE_EREFS", "the mapping has as many holders as can be counted"},
	{QUIRE_EALIGN, "QUIRE_EALIGN", "an address or alignment is not a multiple of the page"},
	{QUIRE_EWRAP, "QUIRE_EWRAP", "the range runs past the end of the address type"},
	{QUIRE_EZERO, "QUIRE_EZERO", "the size is 0"},
	{QUIRE_EROUND, "QUIRE_EROUND", "the size rounds up to 0"},
	{QUIRE_EMODE, "QUIRE_EMODE", "the MMU's entries cannot say this cache mode"},
	{QUIRE_ETAKEN, "QUIRE_ETAKEN", "the chosen addresses are in use"},
	{QUIRE_EFOREIGN, "QUIRE_EFOREIGN", "the address is in no window of this space"},
	{QUIRE_ECORRUPT, "QUIRE_ECORRUPT", "the book or the tables are damaged"},
};

static const struct result_words *find(int result)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].result == result)
			return &words[i];
	return NULL;
}

const char *quire_error_text(int result)
{
	const struct result_words *found = find(result);

	return found ? found->text : "unknown result";
}

const char *quire_error_name(int result)
{
	const struct result_words *found = find(result);

	return found ? found->name : "?";
}
