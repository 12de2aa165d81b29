/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ESP32-S3 in this process: flash and PSRAM at the chip's addresses, with real pointers.
 */
#include <stdio.h>
#include <string.h>

#include "quire/port/linux.h"

int main(void)
{
	struct quire_linux_options options = {.flash_size = 4u << 20, .psram_size = 8u << 20};
	struct quire_linux *chip;
	char why[QUIRE_LINUX_TEXT];

	if (quire_linux_open(&chip, quire_chip_by_name("esp32s3"), &options, why) < 0) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}

	/* A string in flash at 1 MiB, mapped where the chip would run code from; the page appears
	   at the data address and at the instruction address. */
	quire_linux_write(chip, QUIRE_FLASH0, 1u << 20, "hello from flash", 17);
	struct quire_want want = {.pa = 1u << 20,
				  .size = 65536,
				  .target = QUIRE_FLASH0,
				  .attr = QUIRE_READ | QUIRE_EXEC};
	struct quire_got got;
	int result = quire_space_map(quire_linux_space(chip), &want, &got);

	if (result == QUIRE_OK)
		printf("%s, at 0x%llx\n", (const char *)(uintptr_t)got.va,
		       (unsigned long long)got.va);

	/* All of PSRAM at an address of our choice, written like any memory. */
	want = (struct quire_want){
		.size = 8u << 20, .target = QUIRE_PSRAM0, .attr = QUIRE_READ | QUIRE_WRITE};
	if (result == QUIRE_OK)
		result = quire_space_map_at(quire_linux_space(chip), 0x3d000000, &want, &got);
	if (result == QUIRE_OK) {
		strcpy((char *)0x3d000000, "hello from PSRAM");
		printf("%s, at 0x%llx\n", (const char *)0x3d000000, (unsigned long long)got.va);
	} else {
		fprintf(stderr, "%s\n", quire_error_text(result));
	}
	quire_linux_close(chip);
	return result == QUIRE_OK ? 0 : 1;
}
