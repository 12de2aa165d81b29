/* SPDX-License-Identifier: Apache-2.0 */
/* An image for the upper half: start.S with BOARD_HIGH defined. */
#include "start.S"
