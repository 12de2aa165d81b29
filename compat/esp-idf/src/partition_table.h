/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of partitions, as the calls of this directory share it.
 *
 *     flash 0x8000 --read, checked--> listed --unload, deregister--> forgotten
 *     register_external ------------>        <--the same row again--
 *
 * A record lives until the machine ends, so that pointers into it may be kept; what is forgotten and
 * comes back gets the record it had.
 */
#ifndef QUIRE_ESP_PARTITION_TABLE_H
#define QUIRE_ESP_PARTITION_TABLE_H

#include "esp_partition.h"
#include "machine.h"

#define QUIRE_ESP_PARTITIONS_START 0x9000u /* behind the table */

struct quire_esp_partition {
	esp_partition_t info;
	bool added; /* by the application: not in the table */
	struct quire_esp_partition *next;
};

/*
 * The first of the list, in the table's order and then in that of registration; with the machine
 * locked, and good until it is unlocked.  NULL is an empty table, or none yet.
 */
struct quire_esp_partition *quire_esp_partitions(void);

/* Read the table if that has not been done.  Results as esp_partition_find_err; what is wrong is
   logged once.  Without the lock. */
esp_err_t quire_esp_partitions_load(struct quire_esp *m);

/* Add a record at the end of the list, with the machine locked; NULL if there is no memory. */
struct quire_esp_partition *quire_esp_partition_add(struct quire_esp *m,
						    const esp_partition_t *info, bool added);

/* Take a record out of the list, and all of them; with the machine locked. */
void quire_esp_partition_forget(struct quire_esp_partition *partition);
void quire_esp_partitions_forget(void);

/* Whether a partition of this kind is encrypted; `flag` is what its row says. */
bool quire_esp_partition_encrypted(const struct quire_esp *m, unsigned type, unsigned subtype,
				   bool flag);

#endif
