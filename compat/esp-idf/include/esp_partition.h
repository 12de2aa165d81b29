/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash by names: the partition table, and what is in its partitions.
 *
 *   0x0000  bootloader (on some chips)      row:  type, subtype, address, size, label, flags
 *   0x8000  partition table ------------->  row
 *   0x9000  "nvs"                           ...
 *           ...                             MD5 of the rows
 *
 * The table is read at the first call that needs it.  One that is damaged is reported in one
 * sentence, and there are no partitions then.
 *
 * Offsets count from the start of a partition.  An encrypted partition (all of app, ota and nvs_keys,
 * and others by their flag, on a machine whose flash is encrypted) is read, mapped and written in
 * plain; the _raw calls show the cipher.
 *
 * All calls are safe from any task, none from an interrupt.  Where the result is an esp_err_t, a
 * NULL that cannot be used is ESP_ERR_INVALID_ARG, and beside what is listed comes what esp_flash.h
 * returns.  A call with several faults reports the one listed first.
 */
#ifndef ESP_PARTITION_H
#define ESP_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_bit_defs.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_flash_t esp_flash_t;

/* As spi_flash_mmap_flag_t. */
typedef enum {
	ESP_PARTITION_MMAP_DATA = 0,
	ESP_PARTITION_MMAP_INST = 1,
	ESP_PARTITION_MMAP_BLOCKS_WRITE = 2,
} esp_partition_mmap_flag_t;

#define esp_partition_mmap_memory_t esp_partition_mmap_flag_t

typedef uint32_t esp_partition_mmap_handle_t;

/* 0x40 to 0xfe are an application's own. */
typedef enum {
	ESP_PARTITION_TYPE_APP = 0x00,
	ESP_PARTITION_TYPE_DATA = 0x01,
	ESP_PARTITION_TYPE_BOOTLOADER = 0x02,
	ESP_PARTITION_TYPE_PARTITION_TABLE = 0x03,
	ESP_PARTITION_TYPE_ANY = 0xff,
} esp_partition_type_t;

/* What a subtype means depends on the type. */
typedef enum {
	ESP_PARTITION_SUBTYPE_BOOTLOADER_PRIMARY = 0x00,
	ESP_PARTITION_SUBTYPE_BOOTLOADER_OTA = 0x01,
	ESP_PARTITION_SUBTYPE_BOOTLOADER_RECOVERY = 0x02,

	ESP_PARTITION_SUBTYPE_PARTITION_TABLE_PRIMARY = 0x00,
	ESP_PARTITION_SUBTYPE_PARTITION_TABLE_OTA = 0x01,

	ESP_PARTITION_SUBTYPE_APP_FACTORY = 0x00,
	ESP_PARTITION_SUBTYPE_APP_OTA_MIN = 0x10,
	ESP_PARTITION_SUBTYPE_APP_OTA_0 = 0x10,
	ESP_PARTITION_SUBTYPE_APP_OTA_1 = 0x11,
	ESP_PARTITION_SUBTYPE_APP_OTA_2 = 0x12,
	ESP_PARTITION_SUBTYPE_APP_OTA_3 = 0x13,
	ESP_PARTITION_SUBTYPE_APP_OTA_4 = 0x14,
	ESP_PARTITION_SUBTYPE_APP_OTA_5 = 0x15,
	ESP_PARTITION_SUBTYPE_APP_OTA_6 = 0x16,
	ESP_PARTITION_SUBTYPE_APP_OTA_7 = 0x17,
	ESP_PARTITION_SUBTYPE_APP_OTA_8 = 0x18,
	ESP_PARTITION_SUBTYPE_APP_OTA_9 = 0x19,
	ESP_PARTITION_SUBTYPE_APP_OTA_10 = 0x1a,
	ESP_PARTITION_SUBTYPE_APP_OTA_11 = 0x1b,
	ESP_PARTITION_SUBTYPE_APP_OTA_12 = 0x1c,
	ESP_PARTITION_SUBTYPE_APP_OTA_13 = 0x1d,
	ESP_PARTITION_SUBTYPE_APP_OTA_14 = 0x1e,
	ESP_PARTITION_SUBTYPE_APP_OTA_15 = 0x1f,
	ESP_PARTITION_SUBTYPE_APP_OTA_MAX = 0x20,
	ESP_PARTITION_SUBTYPE_APP_TEST = 0x20,
	ESP_PARTITION_SUBTYPE_APP_TEE_MIN = 0x30,
	ESP_PARTITION_SUBTYPE_APP_TEE_0 = 0x30,
	ESP_PARTITION_SUBTYPE_APP_TEE_1 = 0x31,
	ESP_PARTITION_SUBTYPE_APP_TEE_MAX = 0x32,

	ESP_PARTITION_SUBTYPE_DATA_OTA = 0x00,
	ESP_PARTITION_SUBTYPE_DATA_PHY = 0x01,
	ESP_PARTITION_SUBTYPE_DATA_NVS = 0x02,
	ESP_PARTITION_SUBTYPE_DATA_COREDUMP = 0x03,
	ESP_PARTITION_SUBTYPE_DATA_NVS_KEYS = 0x04,
	ESP_PARTITION_SUBTYPE_DATA_EFUSE_EM = 0x05,
	ESP_PARTITION_SUBTYPE_DATA_UNDEFINED = 0x06,
	ESP_PARTITION_SUBTYPE_DATA_ESPHTTPD = 0x80,
	ESP_PARTITION_SUBTYPE_DATA_FAT = 0x81,
	ESP_PARTITION_SUBTYPE_DATA_SPIFFS = 0x82,
	ESP_PARTITION_SUBTYPE_DATA_LITTLEFS = 0x83,
	ESP_PARTITION_SUBTYPE_DATA_TEE_OTA = 0x90,

	ESP_PARTITION_SUBTYPE_ANY = 0xff,
} esp_partition_subtype_t;

/* The subtype of the i-th OTA application. */
#define ESP_PARTITION_SUBTYPE_OTA(i)                                                               \
	((esp_partition_subtype_t)(ESP_PARTITION_SUBTYPE_APP_OTA_MIN + ((i)&0xf)))

typedef struct esp_partition_iterator_opaque_ *esp_partition_iterator_t;

/* A partition. */
typedef struct {
	esp_flash_t *flash_chip;
	esp_partition_type_t type;
	esp_partition_subtype_t subtype;
	uint32_t address; /* in flash */
	uint32_t size;    /* bytes */
	uint32_t erase_size;
	char label[17];
	bool encrypted;
	bool readonly; /* write and erase refuse */
} esp_partition_t;

/* -- finding -- */

/*
 * Look for partitions of a type and a subtype (or ANY) with a label (or NULL).  The iterator stands
 * at the first one in the table's order; esp_partition_next() moves it to the next, and NULL is the
 * end.  It keeps a copy of the label, and stays good whatever becomes of the table.  The caller
 * releases it, unless esp_partition_next() has returned NULL, which has.
 *
 * NULL, if there is none, or a subtype is given without a type, or for another reason; the second
 * form tells:
 * ESP_ERR_INVALID_ARG    `it` is NULL, or a subtype without a type
 * ESP_ERR_NOT_FOUND      there is none; or no table at all
 * ESP_ERR_INVALID_STATE  the table does not agree with its MD5
 * ESP_ERR_INVALID_SIZE   the table names flash that there is not
 * ESP_ERR_NO_MEM         no memory for the table or the iterator
 * Cost: linear in the partitions.
 */
esp_partition_iterator_t esp_partition_find(esp_partition_type_t type,
					    esp_partition_subtype_t subtype, const char *label);
esp_err_t esp_partition_find_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
				 const char *label, esp_partition_iterator_t *it);

/* The first one.  The pointer is good for as long as the machine runs. */
const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
						esp_partition_subtype_t subtype, const char *label);
esp_err_t esp_partition_find_first_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
				       const char *label, const esp_partition_t **partition);

/* Where an iterator stands; NULL for NULL. */
const esp_partition_t *esp_partition_get(esp_partition_iterator_t iterator);

/* Move on: the same iterator, or NULL, which has released it.  NULL for NULL. */
esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator);

/* Free an iterator; NULL is allowed. */
void esp_partition_iterator_release(esp_partition_iterator_t iterator);

/* The partition in the table that has these type, subtype, chip, address, size and encryption, and
   this label if it has one; NULL if there is none (ESP_ERR_NOT_FOUND, or as find_err). */
const esp_partition_t *esp_partition_verify(const esp_partition_t *partition);
esp_err_t esp_partition_verify_err(const esp_partition_t *partition,
				   const esp_partition_t **out_partition);

/* -- the bytes -- */

/*
 * Read `size` bytes.
 * ESP_ERR_INVALID_ARG    src_offset is beyond the partition
 * ESP_ERR_INVALID_SIZE   the range ends beyond it
 * ESP_ERR_NOT_SUPPORTED  it is encrypted, and not on the default chip
 * or, if it is encrypted, what spi_flash_mmap returns: it is read through a mapping, which is cheap
 * if the same pages are read again and again.
 */
esp_err_t esp_partition_read(const esp_partition_t *partition, size_t src_offset, void *dst,
			     size_t size);

/* Read them as they are in flash. */
esp_err_t esp_partition_read_raw(const esp_partition_t *partition, size_t src_offset, void *dst,
				 size_t size);

/*
 * Write `size` bytes to flash that has been erased; see esp_flash.h.
 * ESP_ERR_NOT_ALLOWED    the partition is read-only
 * ESP_ERR_INVALID_ARG    dst_offset is beyond it
 * ESP_ERR_INVALID_SIZE   the range ends beyond it
 * ESP_ERR_NOT_SUPPORTED  it is encrypted, and not on the default chip
 * ESP_ERR_INVALID_ARG, ESP_ERR_INVALID_SIZE  it is encrypted, and the offset, the size is no
 *                        multiple of 16
 */
esp_err_t esp_partition_write(const esp_partition_t *partition, size_t dst_offset, const void *src,
			      size_t size);

/* Write them as they are. */
esp_err_t esp_partition_write_raw(const esp_partition_t *partition, size_t dst_offset,
				  const void *src, size_t size);

/*
 * Erase `size` bytes, both multiples of erase_size.
 * ESP_ERR_NOT_ALLOWED    the partition is read-only
 * ESP_ERR_INVALID_ARG    offset is beyond it
 * ESP_ERR_INVALID_SIZE   the range ends beyond it
 * ESP_ERR_INVALID_SIZE, ESP_ERR_INVALID_ARG  the size, the offset is no multiple of erase_size
 */
esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size);

/*
 * Copy `size` bytes, SIZE_MAX for all from src_offset on, into a range that is erased first (with
 * SIZE_MAX all of dest from dest_offset on).
 * ESP_ERR_INVALID_ARG    both are one partition
 * ESP_ERR_INVALID_SIZE   an offset is beyond its partition
 * ESP_ERR_NOT_SUPPORTED  the source is not on the default chip
 * ESP_ERR_INVALID_SIZE   a range ends beyond its partition; the destination is encrypted, and the
 *                        size no multiple of 16
 * ESP_ERR_INVALID_ARG    the source would be erased
 * ESP_ERR_NO_MEM         no memory for a sector
 * or what erase, read and write return.
 */
esp_err_t esp_partition_copy(const esp_partition_t *dest_part, uint32_t dest_offset,
			     const esp_partition_t *src_part, uint32_t src_offset, size_t size);

/*
 * Map `size` bytes from any offset on, as spi_flash_mmap does; `*out_ptr` is the address of the byte
 * at `offset`.
 * ESP_ERR_INVALID_ARG    offset is beyond the partition
 * ESP_ERR_INVALID_SIZE   the range ends beyond it
 * ESP_ERR_NOT_SUPPORTED  it is not on the default chip
 * or what spi_flash_mmap returns.
 */
esp_err_t esp_partition_mmap(const esp_partition_t *partition, size_t offset, size_t size,
			     esp_partition_mmap_flag_t flags, const void **out_ptr,
			     esp_partition_mmap_handle_t *out_handle);

/* As spi_flash_munmap. */
void esp_partition_munmap(esp_partition_mmap_handle_t handle);

/* -- what is in them -- */

/*
 * SHA-256 of a partition, of which address, size and type must be filled in.  Of an application: the
 * hash that is appended to the image, if it is right, or of the image if none is appended; of any
 * other: of all its bytes, in plain if it is encrypted.
 * ESP_ERR_INVALID_ARG    sha_256 is NULL or the size 0
 * ESP_ERR_IMAGE_INVALID  an application that is none, or is damaged
 * ESP_ERR_NO_MEM         no memory for a sector
 * Cost: linear in the bytes.
 */
esp_err_t esp_partition_get_sha256(const esp_partition_t *partition, uint8_t *sha_256);

/* Whether two partitions have a hash, and the same one. */
bool esp_partition_check_identity(const esp_partition_t *partition_1,
				  const esp_partition_t *partition_2);

/* -- the table -- */

/*
 * Add a partition that is not in the table; a NULL chip is the default one.  On the default chip, an
 * application is encrypted where flash is.  A label longer than 16 characters is cut.
 * ESP_ERR_INVALID_ARG    the label is NULL
 * ESP_ERR_INVALID_SIZE   it is not inside the chip
 * ESP_ERR_INVALID_ARG    it overlaps another one on the same chip
 * ESP_ERR_NO_MEM, or as find_err if there is no table.  `*out_partition`, which may be NULL, is NULL
 * if the call fails.
 */
esp_err_t esp_partition_register_external(esp_flash_t *flash_chip, size_t offset, size_t size,
					  const char *label, esp_partition_type_t type,
					  esp_partition_subtype_t subtype,
					  const esp_partition_t **out_partition);

/*
 * Take away one that was added; its pointer may still be looked at.
 * ESP_ERR_INVALID_ARG    it is in the table
 * ESP_ERR_NOT_FOUND      it is nowhere
 */
esp_err_t esp_partition_deregister_external(const esp_partition_t *partition);

/* Forget the table, and what was added; the next call that needs it reads it again.  Pointers and
   iterators that were handed out may still be looked at, and rows that are as they were come back
   at the same addresses. */
void esp_partition_unload_all(void);

/* Whether no read-only partition has a byte of this range of the default chip.  True if there is no
   table, false if there is no memory to find out. */
bool esp_partition_is_flash_region_writable(size_t addr, size_t size);

/* Whether the range holds neither bootloader nor partition table. */
bool esp_partition_main_flash_region_safe(size_t addr, size_t size);

/* 4096. */
uint32_t esp_partition_get_main_flash_sector_size(void);

#ifdef __cplusplus
}
FLAG_ATTR(esp_partition_mmap_flag_t)
#endif

#endif
