/* SPDX-License-Identifier: Apache-2.0 */
/* A port that has no tests of its own: the list of them is empty. */
#include "board_host.h"

const struct suite_list board_port = {NULL, 0};
