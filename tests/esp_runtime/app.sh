#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compiles app.c with the command of README.md, and runs it as every chip: chosen when it runs, and
# when it is compiled.
#
#   app.sh BUILD-DIRECTORY [flags that the libraries need]
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset QUIRE_CHIP QUIRE_FLASH

# What it says must be that it is this chip, by the number in its headers, and that all is good.
runs_as() { # program, chip, and as what it is to be chosen
	local id out
	id=$("$build/quire" chips "$2" | awk -v chip="$2" '$1 == chip && $2 ~ /^[0-9]+$/ { print $2; exit }')
	out=$(QUIRE_CHIP=${3-} "$1")
	[ "$id" != 0 ] || id=1 # models of chips are numbered from 1
	out=$(QUIRE_CHIP=${3-} "$1")
	if ! grep -q ": model $id, " <<<"$out" || ! grep -qx 'all good' <<<"$out"; then
		echo "as $2 it said:" "$out"
		exit 1
	fi
}

"${CC:-cc}" "$@" tests/esp_runtime/app.c -o "$work/app" -Icompat/esp-idf/include \
	"$build/libquire_esp_idf.a" "$build/libquire.a" -lpthread
chips=$("$build/quire" chips | awk '$1 ~ /^esp32/ && !seen[$1]++ { print $1 }')
[ "$(wc -l <<<"$chips")" -eq 13 ]
runs_as "$work/app" esp32s3
for chip in $chips; do
	runs_as "$work/app" "$chip" "$chip"
	"${CC:-cc}" "$@" "-DCONFIG_IDF_TARGET_${chip^^}=1" -Wall -Wextra -Werror \
		tests/esp_runtime/app.c -o "$work/$chip" -Icompat/esp-idf/include \
		"$build/libquire_esp_idf.a" "$build/libquire.a" -lpthread
	runs_as "$work/$chip" "$chip"
done
# And with every page size of a chip, which is the application's and no other; PSRAM that nobody asked
# for is what fits.
sizes=0
for chip in esp32c2 esp32c6 esp32c61 esp32h2 esp32h4 esp32s31; do
	for size in 0x2000 0x4000 0x8000; do
		case $chip$size in esp32c20x2000 | esp32s310x2000 | esp32s310x4000) continue ;; esac
		"${CC:-cc}" "$@" "-DCONFIG_IDF_TARGET_${chip^^}=1" "-DCONFIG_MMU_PAGE_SIZE=$size" \
			tests/esp_runtime/app.c -o "$work/paged" -Icompat/esp-idf/include \
			"$build/libquire_esp_idf.a" "$build/libquire.a" -lpthread
		runs_as "$work/paged" "$chip"
		QUIRE_MMU_PAGE_SIZE=$size runs_as "$work/paged" "$chip"
		if said=$(QUIRE_MMU_PAGE_SIZE=64K "$work/paged" 2>&1) ||
			! grep -q "^quire: QUIRE_MMU_PAGE_SIZE is 65536 .* the $((size)) that" <<<"$said"; then
			echo "with pages of $size and of 64K it said:" "$said"
			exit 1
		fi
		sizes=$((sizes + 1))
	done
done

# What cannot be meant ends it, with a sentence.
if said=$(QUIRE_CHIP=esp8266 "$work/app" 2>&1) || ! grep -q '^quire: QUIRE_CHIP is "esp8266"' <<<"$said"; then
	echo "as esp8266 it said:" "$said"
	exit 1
fi

# Without power it ends with a status that says so.
status=0
QUIRE_POWER_CUT=100 "$work/app" >"$work/out" 2>&1 || status=$?
if [ $status -ne 99 ] || ! grep -q 'before byte 100 ' "$work/out" || grep -q 'all good' "$work/out"; then
	echo "without power it ended with $status and said:"
	cat "$work/out"
	exit 1
fi
echo "app.c ran as $(wc -w <<<"$chips") chips, chosen in two ways, and with $sizes sizes of pages"
