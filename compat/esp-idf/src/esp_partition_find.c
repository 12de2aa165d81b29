/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding partitions, and adding some (esp_partition.h).
 *
 * An iterator is a snapshot: it holds all that was found, so that whatever becomes of the table
 * meanwhile, it ends, and shows records that still stand.
 */
#include "esp_flash.h"
#include "partition_table.h"

#include <string.h>

struct found {
	const esp_partition_t *partition;
};

struct esp_partition_iterator_opaque_ {
	struct quire_esp *machine;
	size_t count;
	size_t at;
	struct found found[];
};

/* What is looked for. */
struct wanted {
	esp_partition_type_t type;
	esp_partition_subtype_t subtype;
	const char *label;
};

static bool matches(const esp_partition_t *info, const struct wanted *wanted)
{
	return (wanted->type == ESP_PARTITION_TYPE_ANY || wanted->type == info->type) &&
	       (wanted->subtype == ESP_PARTITION_SUBTYPE_ANY || wanted->subtype == info->subtype) &&
	       (wanted->label == NULL || strcmp(wanted->label, info->label) == 0);
}

/* How many there are; they are stored in `found` if that is not NULL.  With the machine locked. */
static size_t find_all(const struct wanted *wanted, struct found *found)
{
	size_t count = 0;

	for (const struct quire_esp_partition *p = quire_esp_partitions(); p != NULL; p = p->next)
		if (matches(&p->info, wanted)) {
			if (found != NULL)
				found[count].partition = &p->info;
			count++;
		}
	return count;
}

static esp_err_t make_iterator(struct quire_esp *m, const struct wanted *wanted,
			       esp_partition_iterator_t *out)
{
	size_t count = find_all(wanted, NULL);
	esp_partition_iterator_t it;

	if (count == 0)
		return ESP_ERR_NOT_FOUND;
	it = quire_esp_allocate(m, sizeof(*it) + count * sizeof(it->found[0]));
	if (it == NULL)
		return ESP_ERR_NO_MEM;
	it->machine = m;
	it->count = find_all(wanted, it->found);
	it->at = 0;
	*out = it;
	return ESP_OK;
}

/* The machine with its table loaded, if what is looked for can be meant. */
static esp_err_t prepare(const struct wanted *wanted, struct quire_esp **out)
{
	struct quire_esp *m = quire_esp_machine();
	esp_err_t err = m == NULL ? ESP_FAIL : quire_esp_partitions_load(m);

	if (err != ESP_OK)
		return err;
	if (wanted->type == ESP_PARTITION_TYPE_ANY && wanted->subtype != ESP_PARTITION_SUBTYPE_ANY)
		return ESP_ERR_INVALID_ARG;
	*out = m;
	return ESP_OK;
}

esp_err_t esp_partition_find_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
				 const char *label, esp_partition_iterator_t *it)
{
	struct wanted wanted = {type, subtype, label};
	struct quire_esp *m;
	esp_err_t err;

	if (it == NULL)
		return ESP_ERR_INVALID_ARG;
	*it = NULL;
	err = prepare(&wanted, &m);
	if (err != ESP_OK)
		return err;
	quire_esp_lock(m);
	err = make_iterator(m, &wanted, it);
	quire_esp_unlock(m);
	return err;
}

esp_partition_iterator_t esp_partition_find(esp_partition_type_t type,
					    esp_partition_subtype_t subtype, const char *label)
{
	esp_partition_iterator_t it;

	return esp_partition_find_err(type, subtype, label, &it) == ESP_OK ? it : NULL;
}

const esp_partition_t *esp_partition_get(esp_partition_iterator_t iterator)
{
	return iterator == NULL ? NULL : iterator->found[iterator->at].partition;
}

esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator)
{
	if (iterator == NULL || ++iterator->at < iterator->count)
		return iterator;
	esp_partition_iterator_release(iterator);
	return NULL;
}

void esp_partition_iterator_release(esp_partition_iterator_t iterator)
{
	if (iterator != NULL)
		quire_esp_release(iterator->machine, iterator);
}

esp_err_t esp_partition_find_first_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
				       const char *label, const esp_partition_t **partition)
{
	esp_partition_iterator_t it;
	esp_err_t err;

	if (partition == NULL)
		return ESP_ERR_INVALID_ARG;
	err = esp_partition_find_err(type, subtype, label, &it);
	*partition = esp_partition_get(it);
	esp_partition_iterator_release(it);
	return err;
}

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
						esp_partition_subtype_t subtype, const char *label)
{
	const esp_partition_t *partition;

	return esp_partition_find_first_err(type, subtype, label, &partition) == ESP_OK ? partition
											: NULL;
}

static bool verified(const esp_partition_t *info, const esp_partition_t *claimed)
{
	return info->flash_chip == claimed->flash_chip && info->address == claimed->address &&
	       info->size == claimed->size && info->encrypted == claimed->encrypted;
}

esp_err_t esp_partition_verify_err(const esp_partition_t *partition,
				   const esp_partition_t **out_partition)
{
	esp_partition_iterator_t it;
	esp_err_t err;

	if (partition == NULL || out_partition == NULL)
		return ESP_ERR_INVALID_ARG;
	*out_partition = NULL;
	err = esp_partition_find_err(partition->type, partition->subtype,
				     partition->label[0] ? partition->label : NULL, &it);
	if (err != ESP_OK)
		return err;
	while (it != NULL && !verified(esp_partition_get(it), partition))
		it = esp_partition_next(it);
	*out_partition = esp_partition_get(it);
	esp_partition_iterator_release(it);
	return *out_partition == NULL ? ESP_ERR_NOT_FOUND : ESP_OK;
}

const esp_partition_t *esp_partition_verify(const esp_partition_t *partition)
{
	const esp_partition_t *found;

	return esp_partition_verify_err(partition, &found) == ESP_OK ? found : NULL;
}

/* -- adding and taking away -- */

static bool overlaps(const esp_partition_t *a, const esp_partition_t *b)
{
	return a->flash_chip == b->flash_chip && a->address < (uint64_t)b->address + b->size &&
	       b->address < (uint64_t)a->address + a->size;
}

/* With the machine locked. */
static esp_err_t add(struct quire_esp *m, const esp_partition_t *info,
		     const esp_partition_t **out_partition)
{
	const struct quire_esp_partition *added;

	for (const struct quire_esp_partition *p = quire_esp_partitions(); p != NULL; p = p->next)
		if (overlaps(&p->info, info))
			return ESP_ERR_INVALID_ARG;
	added = quire_esp_partition_add(m, info, true);
	if (added == NULL)
		return ESP_ERR_NO_MEM;
	if (out_partition != NULL)
		*out_partition = &added->info;
	return ESP_OK;
}

esp_err_t esp_partition_register_external(esp_flash_t *flash_chip, size_t offset, size_t size,
					  const char *label, esp_partition_type_t type,
					  esp_partition_subtype_t subtype,
					  const esp_partition_t **out_partition)
{
	struct quire_esp *m = quire_esp_machine();
	esp_partition_t info = {.flash_chip = esp_flash_default_chip, .type = type};
	uint32_t chip_size;
	esp_err_t err = esp_flash_get_size(flash_chip, &chip_size);

	if (out_partition != NULL)
		*out_partition = NULL;
	if (err != ESP_OK)
		return err;
	if (label == NULL)
		return ESP_ERR_INVALID_ARG;
	if (offset > chip_size || size > chip_size - offset)
		return ESP_ERR_INVALID_SIZE;
	err = quire_esp_partitions_load(m);
	if (err != ESP_OK)
		return err;
	info.subtype = subtype;
	info.address = (uint32_t)offset;
	info.size = (uint32_t)size;
	info.erase_size = esp_partition_get_main_flash_sector_size();
	info.encrypted = quire_esp_partition_encrypted(m, type, subtype, false);
	strncpy(info.label, label, sizeof(info.label) - 1);
	quire_esp_lock(m);
	err = add(m, &info, out_partition);
	quire_esp_unlock(m);
	return err;
}

/* The record of a partition that is listed; with the machine locked. */
static struct quire_esp_partition *find_record(const esp_partition_t *partition)
{
	struct quire_esp_partition *p = quire_esp_partitions();

	while (p != NULL && &p->info != partition)
		p = p->next;
	return p;
}

esp_err_t esp_partition_deregister_external(const esp_partition_t *partition)
{
	struct quire_esp *m = quire_esp_machine();
	struct quire_esp_partition *found;
	esp_err_t err = ESP_OK;

	if (m == NULL)
		return ESP_FAIL;
	quire_esp_lock(m);
	found = find_record(partition);
	if (found == NULL)
		err = ESP_ERR_NOT_FOUND;
	else if (!found->added)
		err = ESP_ERR_INVALID_ARG;
	else
		quire_esp_partition_forget(found);
	quire_esp_unlock(m);
	return err;
}

void esp_partition_unload_all(void)
{
	struct quire_esp *m = quire_esp_machine();

	if (m == NULL)
		return;
	quire_esp_lock(m);
	quire_esp_partitions_forget();
	quire_esp_unlock(m);
}

bool esp_partition_is_flash_region_writable(size_t addr, size_t size)
{
	struct quire_esp *m = quire_esp_machine();
	bool writable = true;

	if (m == NULL)
		return true;
	if (quire_esp_partitions_load(m) == ESP_ERR_NO_MEM)
		return false;
	quire_esp_lock(m);
	for (const struct quire_esp_partition *p = quire_esp_partitions(); p != NULL; p = p->next) {
		uint64_t start = p->info.address, end = start + p->info.size;

		if (p->info.readonly && addr < end && start < (uint64_t)addr + size)
			writable = false;
	}
	quire_esp_unlock(m);
	return writable;
}

bool esp_partition_main_flash_region_safe(size_t addr, size_t size)
{
	(void)size;
	return addr >= QUIRE_ESP_PARTITIONS_START;
}

uint32_t esp_partition_get_main_flash_sector_size(void)
{
	return 4096;
}
