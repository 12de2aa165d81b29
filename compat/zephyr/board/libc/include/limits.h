/* SPDX-License-Identifier: Apache-2.0 */
/* What a C library adds to the compiler's limits: nothing. */
