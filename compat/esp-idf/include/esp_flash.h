/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash chip itself, by addresses in flash.
 *
 * Writing turns ones into zeros and never a zero into a one; erasing makes a sector all ones.  Both
 * wait for mappings with BLOCKS_WRITE, and both can be seen through every mapping when they return.
 * A write that fails has happened in part.
 *
 * There is one chip.  Every call takes NULL for it; another pointer than esp_flash_default_chip is a
 * chip that nobody has initialised, which all calls answer with ESP_ERR_FLASH_NOT_INITIALISED before
 * they look at anything else.  All calls are safe from any task, none from an interrupt.  All return
 * ESP_ERR_FLASH_OP_FAIL if the chip did not do it (the power failed, say), and ESP_FAIL if there is
 * no machine.
 */
#ifndef ESP_FLASH_H
#define ESP_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_flash_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A chip.  `size` and `chip_id` may be looked at. */
struct esp_flash_t {
	uint32_t size; /* bytes */
	uint32_t chip_id;
};
typedef struct esp_flash_t esp_flash_t;

typedef struct {
	uint32_t offset;
	uint32_t size;
} esp_flash_region_t;

/* The chip that the program is in.  Its size is right once the machine has started, which is before
   app_main(). */
extern esp_flash_t *esp_flash_default_chip;

/* The default chip is always initialised.  ESP_ERR_NOT_FOUND for any other: there is none. */
esp_err_t esp_flash_init(esp_flash_t *chip);
bool esp_flash_chip_driver_initialized(const esp_flash_t *chip);

/* JEDEC number: 0x68, 0x40 and log2 of the bytes.  ESP_ERR_INVALID_ARG: out_id is NULL. */
esp_err_t esp_flash_read_id(esp_flash_t *chip, uint32_t *out_id);

/* A number of this chip alone.  ESP_ERR_NOT_SUPPORTED: it has none. */
esp_err_t esp_flash_read_unique_chip_id(esp_flash_t *chip, uint64_t *out_id);

/* Bytes of flash; as configured, and as built, which is the same here.  ESP_ERR_INVALID_ARG: the
   pointer is NULL. */
esp_err_t esp_flash_get_size(esp_flash_t *chip, uint32_t *out_size);
esp_err_t esp_flash_get_physical_size(esp_flash_t *chip, uint32_t *flash_size);

/*
 * Erase `len` bytes from `start` on, both multiples of 4096, or all of the chip.
 * ESP_ERR_NOT_ALLOWED    some of it belongs to a read-only partition
 * ESP_ERR_INVALID_ARG    the range is not in flash, or is not whole sectors
 * ESP_ERR_INVALID_STATE  this task itself holds a mapping with BLOCKS_WRITE, and would wait for ever
 */
esp_err_t esp_flash_erase_region(esp_flash_t *chip, uint32_t start, uint32_t len);
esp_err_t esp_flash_erase_chip(esp_flash_t *chip);

/*
 * Read `length` bytes as they are in the chip: of encrypted flash, the cipher.
 * ESP_ERR_INVALID_ARG    buffer is NULL, or the range is not in flash
 */
esp_err_t esp_flash_read(esp_flash_t *chip, void *buffer, uint32_t address, uint32_t length);

/*
 * Write `length` bytes as they are.
 * ESP_ERR_NOT_ALLOWED    some of it belongs to a read-only partition
 * ESP_ERR_INVALID_ARG    buffer is NULL, or the range is not in flash
 * ESP_ERR_INVALID_STATE  as erase
 */
esp_err_t esp_flash_write(esp_flash_t *chip, const void *buffer, uint32_t address, uint32_t length);

/*
 * Encrypt `length` bytes, a multiple of 16, and write them at a multiple of 16.  Where flash is not
 * encrypted the hardware has no key: ESP_ERR_NOT_SUPPORTED.
 * ESP_ERR_NOT_ALLOWED    some of it belongs to a read-only partition
 * ESP_ERR_INVALID_ARG    buffer is NULL, the range is not in flash, or address is no multiple of 16
 * ESP_ERR_INVALID_SIZE   length is no multiple of 16
 * ESP_ERR_NO_MEM         no memory for the cipher
 * ESP_ERR_INVALID_STATE  as erase
 */
esp_err_t esp_flash_write_encrypted(esp_flash_t *chip, uint32_t address, const void *buffer,
				    uint32_t length);

/*
 * Read `length` bytes as the program sees them, through a mapping: plain, where flash is encrypted.
 * ESP_ERR_INVALID_SIZE   the range is not in flash
 * ESP_ERR_INVALID_ARG    out_buffer is NULL
 * or what spi_flash_mmap returns.
 */
esp_err_t esp_flash_read_encrypted(esp_flash_t *chip, uint32_t address, void *out_buffer,
				   uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
