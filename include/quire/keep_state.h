/* SPDX-License-Identifier: Apache-2.0 */
/* What a keep-list is made of, complete so that it can stand in static memory. */
#ifndef QUIRE_KEEP_STATE_H
#define QUIRE_KEEP_STATE_H

#include "quire/types.h"

struct quire_keep {
	struct quire_space *space;
};

#endif
