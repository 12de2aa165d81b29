/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals: why a request came to nothing, in a sentence for the log.
 *
 * ESP-IDF has one number for many causes (INVALID_ARG alone has a dozen), so the number is for the
 * program and the sentence for who reads the log: what was found, and what was expected.  It is made
 * where the cause is known, with the machine locked, and logged without the lock.
 */
#ifndef QUIRE_ESP_REFUSAL_H
#define QUIRE_ESP_REFUSAL_H

#include "machine.h"

/* A sentence without a full stop; "" while nothing was refused. */
struct quire_esp_refusal {
	char why[128];
};

/* Fill it in as printf does; returns `err`. */
esp_err_t quire_esp_refuse(struct quire_esp_refusal *refusal, esp_err_t err, const char *format,
			   ...) __attribute__((format(printf, 3, 4)));

/* An address that is not a multiple of the page. */
esp_err_t quire_esp_refuse_alignment(struct quire_esp_refusal *refusal, quire_pa address,
				     uint32_t page);

/* The result of a request to the keep-list as ESP-IDF would say it, with the sentence if it is an
   error.  With the machine locked. */
esp_err_t quire_esp_answer(struct quire_esp *m, const struct quire_want *want, int result,
			   struct quire_esp_refusal *refusal);

/* What is in the way of a request that may not be an alias: the first mapping but the heap's that
   shows some of its pages where it looks at.  Cost: linear in the mappings. */
bool quire_esp_in_the_way(struct quire_esp *m, const struct quire_want *want,
			  struct quire_extent_info *out);

#endif
