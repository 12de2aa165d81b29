/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a partition (esp_partition.h): checks, and then esp_flash.h or spi_flash_mmap.h.
 *
 * Sums of offsets and sizes are never made before it is known that they fit, so that no pair of
 * numbers gets around a check.
 */
#include "esp_partition.h"

#include "esp_flash.h"
#include "machine.h"
#include "spi_flash_mmap.h"

static esp_err_t check_range(const esp_partition_t *partition, size_t offset, size_t size)
{
	if (offset > partition->size)
		return ESP_ERR_INVALID_ARG;
	if (size > partition->size - offset)
		return ESP_ERR_INVALID_SIZE;
	return ESP_OK;
}

static esp_err_t check_change(const esp_partition_t *partition, size_t offset, size_t size)
{
	return partition->readonly ? ESP_ERR_NOT_ALLOWED : check_range(partition, offset, size);
}

/* A NULL stands for the default chip, as everywhere. */
static bool on_default_chip(const esp_partition_t *partition)
{
	return partition->flash_chip == NULL || partition->flash_chip == esp_flash_default_chip;
}

esp_err_t esp_partition_read_raw(const esp_partition_t *partition, size_t src_offset, void *dst,
				 size_t size)
{
	esp_err_t err;

	if (partition == NULL || dst == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_range(partition, src_offset, size);
	if (err != ESP_OK)
		return err;
	return esp_flash_read(partition->flash_chip, dst, partition->address + (uint32_t)src_offset,
			      (uint32_t)size);
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t src_offset, void *dst,
			     size_t size)
{
	esp_err_t err;

	if (partition == NULL || !partition->encrypted)
		return esp_partition_read_raw(partition, src_offset, dst, size);
	if (dst == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_range(partition, src_offset, size);
	if (err != ESP_OK)
		return err;
	if (!on_default_chip(partition))
		return ESP_ERR_NOT_SUPPORTED;
	return esp_flash_read_encrypted(NULL, partition->address + (uint32_t)src_offset, dst,
					(uint32_t)size);
}

esp_err_t esp_partition_write_raw(const esp_partition_t *partition, size_t dst_offset,
				  const void *src, size_t size)
{
	esp_err_t err;

	if (partition == NULL || src == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_change(partition, dst_offset, size);
	if (err != ESP_OK)
		return err;
	return esp_flash_write(partition->flash_chip, src,
			       partition->address + (uint32_t)dst_offset, (uint32_t)size);
}

esp_err_t esp_partition_write(const esp_partition_t *partition, size_t dst_offset, const void *src,
			      size_t size)
{
	esp_err_t err;

	if (partition == NULL || !partition->encrypted)
		return esp_partition_write_raw(partition, dst_offset, src, size);
	if (src == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_change(partition, dst_offset, size);
	if (err != ESP_OK)
		return err;
	if (!on_default_chip(partition))
		return ESP_ERR_NOT_SUPPORTED;
	return esp_flash_write_encrypted(NULL, partition->address + (uint32_t)dst_offset, src,
					 (uint32_t)size);
}

esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size)
{
	esp_err_t err;

	if (partition == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_change(partition, offset, size);
	if (err != ESP_OK)
		return err;
	if (size % SPI_FLASH_SEC_SIZE)
		return ESP_ERR_INVALID_SIZE;
	if (offset % SPI_FLASH_SEC_SIZE)
		return ESP_ERR_INVALID_ARG;
	return esp_flash_erase_region(partition->flash_chip, partition->address + (uint32_t)offset,
				      (uint32_t)size);
}

/* -- mapping -- */

esp_err_t esp_partition_mmap(const esp_partition_t *partition, size_t offset, size_t size,
			     esp_partition_mmap_flag_t flags, const void **out_ptr,
			     esp_partition_mmap_handle_t *out_handle)
{
	const struct quire_esp *m = quire_esp_machine();
	const void *page;
	size_t inside;
	esp_err_t err;

	if (m == NULL)
		return ESP_FAIL;
	if (partition == NULL || out_ptr == NULL || out_handle == NULL)
		return ESP_ERR_INVALID_ARG;
	err = check_range(partition, offset, size);
	if (err != ESP_OK)
		return err;
	if (!on_default_chip(partition))
		return ESP_ERR_NOT_SUPPORTED;
	if (size == 0)
		return ESP_ERR_INVALID_ARG;
	offset += partition->address;
	inside = offset % quire_esp_page_size(m, QUIRE_FLASH0);
	err = spi_flash_mmap(offset - inside, size + inside, (spi_flash_mmap_flag_t)flags, &page,
			     out_handle);
	if (err == ESP_OK)
		*out_ptr = (const uint8_t *)page + inside;
	return err;
}

void esp_partition_munmap(esp_partition_mmap_handle_t handle)
{
	spi_flash_munmap(handle);
}

/* -- copying -- */

/* A copy, and the range to be erased for it. */
struct copy {
	const esp_partition_t *to;
	const esp_partition_t *from;
	uint32_t to_offset;
	uint32_t from_offset;
	size_t size;
	size_t erase;
};

/* Whether the source would be erased. */
static bool eats_itself(const struct copy *c)
{
	uint64_t to = (uint64_t)c->to->address + c->to_offset;
	uint64_t from = (uint64_t)c->from->address + c->from_offset;

	return on_default_chip(c->to) && to < from + c->size && from < to + c->erase;
}

static esp_err_t check_copy(struct copy *c)
{
	if (c->to == NULL || c->from == NULL || c->to == c->from)
		return ESP_ERR_INVALID_ARG;
	if (c->from_offset > c->from->size || c->to_offset > c->to->size)
		return ESP_ERR_INVALID_SIZE;
	if (!on_default_chip(c->from))
		return ESP_ERR_NOT_SUPPORTED;
	c->erase = c->size;
	if (c->size == SIZE_MAX) {
		c->size = c->from->size - c->from_offset;
		c->erase = c->to->size - c->to_offset;
	}
	if (c->size > c->from->size - c->from_offset || c->size > c->to->size - c->to_offset)
		return ESP_ERR_INVALID_SIZE;
	c->erase = (c->erase + SPI_FLASH_SEC_SIZE - 1) / SPI_FLASH_SEC_SIZE * SPI_FLASH_SEC_SIZE;
	if (c->to->encrypted && c->size % 16)
		return ESP_ERR_INVALID_SIZE;
	return eats_itself(c) ? ESP_ERR_INVALID_ARG : ESP_OK;
}

static esp_err_t copy_bytes(const struct copy *c, uint8_t *buffer)
{
	esp_err_t err = ESP_OK;

	for (size_t done = 0; done < c->size && err == ESP_OK; done += SPI_FLASH_SEC_SIZE) {
		size_t size = c->size - done;

		size = size < SPI_FLASH_SEC_SIZE ? size : SPI_FLASH_SEC_SIZE;
		err = esp_partition_read(c->from, c->from_offset + done, buffer, size);
		if (err == ESP_OK)
			err = esp_partition_write(c->to, c->to_offset + done, buffer, size);
	}
	return err;
}

esp_err_t esp_partition_copy(const esp_partition_t *dest_part, uint32_t dest_offset,
			     const esp_partition_t *src_part, uint32_t src_offset, size_t size)
{
	struct copy copy = {.to = dest_part,
			    .from = src_part,
			    .to_offset = dest_offset,
			    .from_offset = src_offset,
			    .size = size};
	struct quire_esp *m = quire_esp_machine();
	uint8_t *buffer;
	esp_err_t err = m == NULL ? ESP_FAIL : check_copy(&copy);

	if (err != ESP_OK)
		return err;
	buffer = quire_esp_allocate(m, SPI_FLASH_SEC_SIZE);
	if (buffer == NULL)
		return ESP_ERR_NO_MEM;
	err = esp_partition_erase_range(dest_part, dest_offset, copy.erase);
	if (err == ESP_OK)
		err = copy_bytes(&copy, buffer);
	quire_esp_release(m, buffer);
	return err;
}
