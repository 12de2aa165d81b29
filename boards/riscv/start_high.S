/* SPDX-License-Identifier: Apache-2.0 */
/* From machine mode to the upper half (BOARD_HIGH). */
#include "start.S"
