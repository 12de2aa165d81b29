/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The use of a pointer whose page has gone: the report names the one who took it away.  Without the
 * callback the same report goes to stderr, and the process dies of SIGSEGV as it would have.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>

#include "quire/port/linux.h"

static sigjmp_buf recovery;

static int keep_going(void *ctx, const struct quire_linux_fault *fault)
{
	quire_linux_fault_text(fault, ctx);
	siglongjmp(recovery, 1);
}

int main(void)
{
	char report[QUIRE_LINUX_TEXT] = "";
	struct quire_linux_options options = {
		.psram_size = 2u << 20, .on_fault = keep_going, .on_fault_ctx = report};
	struct quire_want want = {
		.size = 65536, .target = QUIRE_PSRAM0, .attr = QUIRE_READ | QUIRE_WRITE};
	struct quire_got got;
	struct quire_linux *chip;

	if (quire_linux_open(&chip, quire_chip_by_name("esp32s3"), &options, report) < 0 ||
	    quire_space_map(quire_linux_space(chip), &want, &got) < 0) {
		fprintf(stderr, "%s\n", report);
		return 1;
	}
	quire_linux_label("tidying up");
	quire_space_unmap(quire_linux_space(chip), got.va);

	if (sigsetjmp(recovery, 1) == 0)
		*(volatile char *)(uintptr_t)(got.va + 42) = 1;
	fputs(report, stdout);
	quire_linux_close(chip);
	return report[0] == '\0';
}
