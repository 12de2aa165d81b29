/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out; for programs linked with --wrap=malloc. */
#include "rig.h"

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static int calls_left = -1;

void fail_malloc(int after)
{
	calls_left = after;
}

void *__wrap_malloc(size_t size)
{
	if (calls_left >= 0 && calls_left-- == 0)
		return NULL;
	return __real_malloc(size);
}
