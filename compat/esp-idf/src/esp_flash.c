/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash chip (esp_flash.h).
 *
 * Whatever changes flash goes through change(): nobody maps meanwhile, the board does it, and the
 * cache forgets what it holds of the range through every mapping of it, kept ones too, also if the
 * change failed on the way.  A mapping that is made meanwhile by other means than a flash handle is
 * found by the same search.
 */
#include "esp_flash.h"
#include "esp_flash_encrypt.h"
#include "esp_partition.h"
#include "esp_private/flash_mmap.h"
#include "mmap_lock.h"
#include "spi_flash_mmap.h"

#include <stdatomic.h>
#include <string.h>

#define BLOCK 16u   /* bytes that are encrypted together */
#define CHUNK 4096u /* bytes that are encrypted at a time */

/* -- the chip -- */

static struct esp_flash_t main_chip;
esp_flash_t *esp_flash_default_chip = &main_chip;

void quire_esp_flash_start(struct quire_esp *m)
{
	uint32_t bits = 0;

	main_chip.size = (uint32_t)m->layout->memory[QUIRE_FLASH0].size;
	while (main_chip.size >> bits > 1)
		bits++;
	main_chip.chip_id = 0x684000u | bits;
}

/* The machine, if `chip` is its chip. */
static esp_err_t machine_of(const esp_flash_t *chip, struct quire_esp **out)
{
	if (chip != NULL && chip != &main_chip)
		return ESP_ERR_FLASH_NOT_INITIALISED;
	*out = quire_esp_machine();
	return *out == NULL ? ESP_FAIL : ESP_OK;
}

static bool in_flash(uint32_t address, uint32_t length)
{
	return address <= main_chip.size && length <= main_chip.size - address;
}

/* A result of the board as esp_flash_err.h says it. */
static esp_err_t flash_error(int result)
{
	switch (result) {
	case QUIRE_OK:
		return ESP_OK;
	case QUIRE_ECAPS:
		return ESP_ERR_FLASH_PROTECTED;
	default:
		return ESP_ERR_FLASH_OP_FAIL;
	}
}

/* -- counters -- */

static struct {
	atomic_uint count, bytes;
} counted[3];
enum { READS, WRITES, ERASES };

static void count(unsigned kind, uint32_t bytes)
{
	atomic_fetch_add_explicit(&counted[kind].count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counted[kind].bytes, bytes, memory_order_relaxed);
}

static esp_flash_counter_t counter(unsigned kind)
{
	return (esp_flash_counter_t){.count = atomic_load(&counted[kind].count),
				     .bytes = atomic_load(&counted[kind].bytes)};
}

void esp_flash_reset_counters(void)
{
	for (unsigned kind = READS; kind <= ERASES; kind++) {
		atomic_store(&counted[kind].count, 0);
		atomic_store(&counted[kind].bytes, 0);
	}
}

const esp_flash_counters_t *esp_flash_get_counters(void)
{
	static _Thread_local esp_flash_counters_t now;

	now = (esp_flash_counters_t){counter(READS), counter(WRITES), counter(ERASES)};
	return &now;
}

void esp_flash_dump_counters(void)
{
	static const char *const name[] = {"read", "write", "erase"};

	for (unsigned kind = READS; kind <= ERASES; kind++) {
		esp_flash_counter_t now = counter(kind);

		printf("%-5s %10u calls %12u bytes\n", name[kind], (unsigned)now.count,
		       (unsigned)now.bytes);
	}
}

/* -- the cache -- */

/* Forget some bytes of one page, wherever they are mapped. */
static bool forget(struct quire_esp *m, quire_pa pa, quire_size size)
{
	struct quire_alias_cursor cursor = {0};
	bool mapped = false;
	quire_va va;

	while (quire_space_to_virtual(m->space, QUIRE_FLASH0, pa, &cursor, &va) == QUIRE_OK) {
		(void)quire_space_sync(m->space, va, size, QUIRE_SYNC_INVALIDATE);
		mapped = true;
	}
	return mapped;
}

bool spi_flash_check_and_flush_cache(size_t start_addr, size_t length)
{
	struct quire_esp *m = quire_esp_machine();
	bool mapped = false;
	size_t page, end;

	if (m == NULL || start_addr >= main_chip.size)
		return false;
	page = quire_esp_page_size(m, QUIRE_FLASH0);
	end = length < main_chip.size - start_addr ? start_addr + length : main_chip.size;
	for (size_t at = start_addr, next; at < end; at = next) {
		next = (at / page + 1) * page;
		next = next < end ? next : end;
		mapped |= forget(m, at, next - at);
	}
	return mapped;
}

/* -- changing flash -- */

/* Program `bytes`, or erase if there are none. */
static esp_err_t change(struct quire_esp *m, uint32_t address, const void *bytes, uint32_t size)
{
	const struct quire_esp_board *board = m->board;
	esp_err_t err;
	int result;

	quire_esp_lock(m);
	err = quire_esp_mmap_freeze(m);
	quire_esp_unlock(m);
	if (err != ESP_OK)
		return err;
	result = bytes == NULL ? board->flash_erase(m->board_ctx, address, size)
			       : board->flash_program(m->board_ctx, address, bytes, size);
	count(bytes == NULL ? ERASES : WRITES, size);
	spi_flash_check_and_flush_cache(address, size);
	quire_esp_lock(m);
	(void)quire_esp_mmap_unfreeze(m);
	quire_esp_unlock(m);
	return flash_error(result);
}

esp_err_t esp_flash_erase_region(esp_flash_t *chip, uint32_t start, uint32_t len)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (!esp_partition_is_flash_region_writable(start, len))
		return ESP_ERR_NOT_ALLOWED;
	if (!in_flash(start, len) || start % SPI_FLASH_SEC_SIZE || len % SPI_FLASH_SEC_SIZE)
		return ESP_ERR_INVALID_ARG;
	return len == 0 ? ESP_OK : change(m, start, NULL, len);
}

esp_err_t esp_flash_erase_chip(esp_flash_t *chip)
{
	uint32_t size;
	esp_err_t err = esp_flash_get_size(chip, &size);

	return err == ESP_OK ? esp_flash_erase_region(chip, 0, size) : err;
}

esp_err_t esp_flash_write(esp_flash_t *chip, const void *buffer, uint32_t address, uint32_t length)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (!esp_partition_is_flash_region_writable(address, length))
		return ESP_ERR_NOT_ALLOWED;
	if (buffer == NULL || !in_flash(address, length))
		return ESP_ERR_INVALID_ARG;
	return length == 0 ? ESP_OK : change(m, address, buffer, length);
}

/* Encrypt and program, a chunk at a time. */
static esp_err_t change_encrypted(struct quire_esp *m, uint32_t address, const uint8_t *bytes,
				  uint32_t length)
{
	uint8_t *cipher = quire_esp_allocate(m, CHUNK);
	esp_err_t err = cipher == NULL ? ESP_ERR_NO_MEM : ESP_OK;

	for (uint32_t done = 0; done < length && err == ESP_OK; done += CHUNK) {
		uint32_t size = length - done < CHUNK ? length - done : CHUNK;

		memcpy(cipher, bytes + done, size);
		m->board->encrypt(m->board_ctx, address + done, cipher, size);
		err = change(m, address + done, cipher, size);
	}
	quire_esp_release(m, cipher);
	return err;
}

esp_err_t esp_flash_write_encrypted(esp_flash_t *chip, uint32_t address, const void *buffer,
				    uint32_t length)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (m->board->encrypt == NULL)
		return ESP_ERR_NOT_SUPPORTED;
	if (!esp_partition_is_flash_region_writable(address, length))
		return ESP_ERR_NOT_ALLOWED;
	if (buffer == NULL || !in_flash(address, length) || address % BLOCK)
		return ESP_ERR_INVALID_ARG;
	if (length % BLOCK)
		return ESP_ERR_INVALID_SIZE;
	return length == 0 ? ESP_OK : change_encrypted(m, address, buffer, length);
}

/* -- reading it -- */

esp_err_t esp_flash_read(esp_flash_t *chip, void *buffer, uint32_t address, uint32_t length)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (buffer == NULL || !in_flash(address, length))
		return ESP_ERR_INVALID_ARG;
	if (length == 0)
		return ESP_OK;
	count(READS, length);
	return flash_error(m->board->flash_read(m->board_ctx, address, buffer, length));
}

esp_err_t esp_flash_read_encrypted(esp_flash_t *chip, uint32_t address, void *out_buffer,
				   uint32_t length)
{
	struct quire_esp *m;
	spi_flash_mmap_handle_t handle;
	const void *bytes;
	uint32_t inside;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (!in_flash(address, length))
		return ESP_ERR_INVALID_SIZE;
	if (length == 0)
		return ESP_OK;
	if (out_buffer == NULL)
		return ESP_ERR_INVALID_ARG;
	inside = address % quire_esp_page_size(m, QUIRE_FLASH0);
	err = spi_flash_mmap(address - inside, length + inside, SPI_FLASH_MMAP_DATA, &bytes,
			     &handle);
	if (err != ESP_OK)
		return err;
	memcpy(out_buffer, (const uint8_t *)bytes + inside, length);
	spi_flash_munmap(handle);
	count(READS, length);
	return ESP_OK;
}

/* -- what it is -- */

esp_err_t esp_flash_init(esp_flash_t *chip)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	return err == ESP_ERR_FLASH_NOT_INITIALISED ? ESP_ERR_NOT_FOUND : err;
}

bool esp_flash_chip_driver_initialized(const esp_flash_t *chip)
{
	return chip == NULL || chip == &main_chip;
}

static esp_err_t tell(const esp_flash_t *chip, const uint32_t *what, uint32_t *out)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	if (err != ESP_OK)
		return err;
	if (out == NULL)
		return ESP_ERR_INVALID_ARG;
	*out = *what;
	return ESP_OK;
}

esp_err_t esp_flash_read_id(esp_flash_t *chip, uint32_t *out_id)
{
	return tell(chip, &main_chip.chip_id, out_id);
}

esp_err_t esp_flash_get_size(esp_flash_t *chip, uint32_t *out_size)
{
	return tell(chip, &main_chip.size, out_size);
}

esp_err_t esp_flash_get_physical_size(esp_flash_t *chip, uint32_t *flash_size)
{
	return tell(chip, &main_chip.size, flash_size);
}

esp_err_t esp_flash_read_unique_chip_id(esp_flash_t *chip, uint64_t *out_id)
{
	struct quire_esp *m;
	esp_err_t err = machine_of(chip, &m);

	(void)out_id;
	return err == ESP_OK ? ESP_ERR_NOT_SUPPORTED : err;
}

bool esp_flash_encryption_enabled(void)
{
	const struct quire_esp *m = quire_esp_machine();

	return m != NULL && m->board->encrypt != NULL;
}
