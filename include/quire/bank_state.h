/* SPDX-License-Identifier: Apache-2.0 */
/* What a bank pool is made of, complete so that it can stand in static memory. */
#ifndef QUIRE_BANK_STATE_H
#define QUIRE_BANK_STATE_H

#include "quire/types.h"

struct quire_bank_pool {
	struct quire_space *space;
};

#endif
