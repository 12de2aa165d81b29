/* SPDX-License-Identifier: Apache-2.0 */
/* All of quire's core in one include. */
#ifndef QUIRE_QUIRE_H
#define QUIRE_QUIRE_H

#include "quire/config.h"
#include "quire/error.h"
#include "quire/mmu.h"
#include "quire/space.h"
#include "quire/types.h"
#include "quire/version.h"

#endif
