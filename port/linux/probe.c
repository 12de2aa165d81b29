/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking without falling: the kernel copies between two addresses of this process and says whether
 * it could, where a load or a store would fault.
 */
#include "machine.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t (*vector_fn)(pid_t pid, const struct iovec *local, unsigned long local_count,
			     const struct iovec *remote, unsigned long remote_count,
			     unsigned long flags);

/* The kernel moves at most 2 GiB at once, and stops where it may not go on. */
static int move_all(vector_fn move, quire_va va, void *buffer, size_t size)
{
	char *at = buffer;

	while (size > 0) {
		struct iovec here = {at, size};
		struct iovec there = {(void *)(uintptr_t)va, size};
		ssize_t moved = move(getpid(), &here, 1, &there, 1, 0);

		if (moved < 0 && errno != EFAULT)
			return QUIRE_EPORT;
		if (moved <= 0)
			return QUIRE_EUNMAPPED;
		at += moved;
		va += (quire_va)moved;
		size -= (size_t)moved;
	}
	return QUIRE_OK;
}

int quire_linux_peek(quire_va va, void *buffer, size_t size)
{
	if (buffer == NULL)
		return QUIRE_ENULL;
	return move_all(process_vm_readv, va, buffer, size);
}

int quire_linux_poke(quire_va va, const void *bytes, size_t size)
{
	union {
		const void *bytes;
		void *buffer; /* process_vm_writev() only reads it */
	} from = {bytes};

	if (bytes == NULL)
		return QUIRE_ENULL;
	return move_all(process_vm_writev, va, from.buffer, size);
}
