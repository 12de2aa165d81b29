#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Flash survives the end of an application, however it ends, if QUIRE_FLASH_WRITE is 1; and a task
# that reads the input holds nobody up.
#
#   ends.sh BUILD-DIRECTORY [flags that the libraries need]
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!QUIRE_@}" READING
ulimit -c 0
"${CC:-cc}" "$@" -std=gnu17 -Wall -Wextra -Werror tests/esp_runtime/ends.c -o "$work/app" \
	-Icompat/esp-idf/include "$build/libquire_esp_idf.a" "$build/libquire.a" -lpthread

# The application ends as `how` says, with a status; the flash has what was written, or has not.
ends() { # how, status, first bytes of the flash
	local status=0 found
	head -c 1M /dev/zero >"$work/flash"
	# The input is open and silent, so that whoever reads it waits.
	HOW=$1 QUIRE_FLASH=$work/flash "$work/app" <>"$work/silence" >"$work/said" 2>&1 || status=$?
	found=$(head -c 8 "$work/flash" | tr '\0' 0)
	if [ $status -ne "$2" ] || [ "$found" != "$3" ] || ! grep -qx written "$work/said"; then
		echo "$1: status $status and flash \"$found\"; expected $2 and \"$3\"; it said:"
		cat "$work/said"
		exit 1
	fi
}
mkfifo "$work/silence"

ways="return:0 exit:3 check:134 assert:134 configassert:134 abort:134 restart:98 int:130 term:143"
for way in $ways; do
	QUIRE_FLASH_WRITE=1 ends "${way%:*}" "${way#*:}" abcdefgh
	ends "${way%:*}" "${way#*:}" 00000000
done
for way in ${ways#return:0}; do
	[ "${way%:*}" = exit ] || READING=1 QUIRE_FLASH_WRITE=1 ends "${way%:*}" "${way#*:}" abcdefgh
done
# Behind eight bytes of a sector: the power goes when they have been written.
READING=1 QUIRE_FLASH_WRITE=1 QUIRE_POWER_CUT=4100 HOW=return QUIRE_FLASH=$work/flash \
	"$work/app" <>"$work/silence" >"$work/said" 2>&1 && status=0 || status=$?
if [ $status -ne 99 ] || [ "$(head -c 4 "$work/flash")" != abcd ]; then
	echo "without power: status $status, and it said:"
	cat "$work/said"
	exit 1
fi

# A file that cannot be written is said, and no success.
mkdir "$work/gone"
head -c 1M /dev/zero >"$work/gone/flash"
chmod a-w "$work/gone/flash"
if [ ! -w "$work/gone/flash" ]; then
	HOW=exit QUIRE_FLASH_WRITE=1 QUIRE_FLASH=$work/gone/flash "$work/app" >"$work/said" 2>&1 &&
		status=0 || status=$?
	[ $status -eq 1 ] && grep -q "$work/gone/flash" "$work/said"
fi
echo "ended in $(wc -w <<<"$ways") ways, with and without being written back"
