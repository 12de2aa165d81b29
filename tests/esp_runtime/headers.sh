#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compiles all public headers of compat/esp-idf together for every chip, and each alone for one, in
# the dialects that applications are written in: C11 and C17, with and without GNU's extensions, and
# C++.  One path is enough for all of them but quire_esp.h, which is for programs that also use quire.
#
#   headers.sh BUILD-DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../../compat/esp-idf/include"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}
strict=(-Wall -Wextra -Werror -Wundef -fsyntax-only -I.)

# esp32/himem.h says on every other chip that it is not for it, as the original does.
mapfile -t headers < <(find . -name '*.h' ! -name quire_esp.h | sed 's|^\./||' | LC_ALL=C sort)
[ ${#headers[@]} -gt 30 ]

include() { # header...
	printf '#include "%s"\n' "$@"
}

check() { # target, language, dialect, compiler, header...
	local target=$1 language=$2 dialect=$3 compiler=$4
	shift 4
	include "$@" | "$compiler" "${strict[@]}" "-DCONFIG_IDF_TARGET_${target^^}=1" "-std=$dialect" \
		-x "$language" - 2>"$work/said" || {
		echo "$target, $dialect: $*" | cut -c1-200
		cat "$work/said"
		exit 1
	}
}

for target in esp32 esp32s2 esp32s3 esp32c2 esp32c3 esp32c5 esp32c6 esp32c61 esp32h2 esp32h21 \
	esp32h4 esp32p4 esp32s31; do
	mapfile -t usable < <(printf '%s\n' "${headers[@]}" |
		if [ "$target" = esp32 ]; then cat; else grep -v '^esp32/\|esp32_private'; fi)
	check $target c c11 "$cc" "${usable[@]}"
	check $target c gnu17 "$cc" "${usable[@]}"
	check $target c++ gnu++17 "${CXX:-g++}" "${usable[@]}"
done
for header in "${headers[@]}"; do
	check esp32 c gnu11 "$cc" "$header"
	check esp32 c++ c++14 "${CXX:-g++}" "$header"
done
strict+=(-I../../../include)
check esp32 c c11 "$cc" quire_esp.h
check esp32 c++ c++14 "${CXX:-g++}" quire_esp.h "${headers[@]}"
echo "${#headers[@]} headers, alone in 2 dialects, together for 13 chips in 3"
