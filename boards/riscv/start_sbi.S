/* SPDX-License-Identifier: Apache-2.0 */
/* Started by OpenSBI, in supervisor mode (BOARD_SBI). */
#include "start.S"
