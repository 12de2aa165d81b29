/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results.
 *
 * A call returns 0 or a positive status when it happened, and one of the negative numbers below
 * when it did not, in which case it changed nothing.  The names say what was wrong; the numbers
 * are those of the errno in the comment, so that a result can be handed through a POSIX
 * interface.
 */
#ifndef QUIRE_ERROR_H
#define QUIRE_ERROR_H

enum quire_status {
	QUIRE_OK = 0,
	QUIRE_IDENTICAL =
		1, /* the same physical pages were mapped already: shared, one more reference */
	QUIRE_ENCLOSED = 2, /* they lie inside a larger mapping: shared, one more reference */
};

enum quire_error {
	QUIRE_EWX = -1,          /* EPERM: write and execute together, without QUIRE_WX */
	QUIRE_EUNMAPPED = -2,    /* ENOENT: nothing is mapped (or reserved) there */
	QUIRE_EPORT = -5,        /* EIO: the port refused the change */
	QUIRE_EBEYOND = -6,      /* ENXIO: physical pages beyond the end of the memory */
	QUIRE_EAGAIN = -11,      /* EAGAIN: the space kept changing during a snapshot */
	QUIRE_EPOOL = -12,       /* ENOMEM: no extent descriptor is left in the pool */
	QUIRE_ECAPS = -13,       /* EACCES: no window or memory can do what was asked */
	QUIRE_ENULL = -14,       /* EFAULT: a pointer argument is NULL */
	QUIRE_EREFERENCED = -16, /* EBUSY: the mapping has other holders */
	QUIRE_EOVERLAP = -17,    /* EEXIST: some of the physical pages are mapped already */
	QUIRE_ETARGET = -19,     /* ENODEV: there is no such physical memory */
	QUIRE_ERESERVED = -21, /* EISDIR: reserved where mapped is meant, or the other way round */
	QUIRE_EFLAG = -22,     /* EINVAL: an attribute, capability or flag that does not exist */
	QUIRE_ETABLES = -23,   /* ENFILE: not enough page-table pages are left in the pool */
	QUIRE_ECLAIMED = -26,  /* ETXTBSY: claimed by a service, or not where that is meant */
	QUIRE_ESPACE = -28,    /* ENOSPC: no gap is large enough */
	QUIRE_EINTERIOR = -29, /* ESPIPE: inside a mapping, where its first address is wanted */
	QUIRE_EREFS = -31,     /* EMLINK: too many references */
	QUIRE_EALIGN = -33,    /* EDOM: not a multiple of the page, or no power of two */
	QUIRE_EWRAP = -34,     /* ERANGE: the range runs past the end of the address type */
	QUIRE_EZERO = -61,     /* ENODATA: size 0 */
	QUIRE_EROUND = -75,    /* EOVERFLOW: the size rounds up to 0 */
	QUIRE_EMODE = -95,     /* ENOTSUP: the MMU's entries cannot say this cache mode */
	QUIRE_ETAKEN = -98,    /* EADDRINUSE: the chosen addresses are in use */
	QUIRE_EFOREIGN = -99,  /* EADDRNOTAVAIL: the address is in no window of this space */
	QUIRE_ECORRUPT = -117, /* EUCLEAN: check() found the book or the tables damaged */
};

/*
 * The sentence for a result, without a full stop; "unknown result" for a number not listed.
 * Thread- and interrupt-safe; constant cost in the number of results.
 */
const char *quire_error_text(int result);

/* The name of a result as written above ("QUIRE_ESPACE"), or "?" for a number not listed. */
const char *quire_error_name(int result);

#endif
