/* SPDX-License-Identifier: Apache-2.0 */
#include "board_host.h"

const unsigned board_seed = BOARD_SEED;
