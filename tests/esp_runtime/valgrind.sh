#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The library has a free() and a realloc() in place of the C library's.  An application in C and one
# in C++ must work with them as with the others: alone, and under valgrind without a word from it,
# which also sees whether all threads have come to their end.
#
#   valgrind.sh BUILD-DIRECTORY [flags that the libraries need]
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!QUIRE_@}"
libraries=("$build/libquire_esp_idf.a" "$build/libquire.a" -lpthread)
"${CC:-cc}" "$@" -gdwarf-4 -std=gnu17 -Wall -Wextra -Werror tests/esp_runtime/valgrind.c -o "$work/c" \
	-Icompat/esp-idf/include "${libraries[@]}"
"${CXX:-g++}" "$@" -gdwarf-4 -std=c++17 -Wall -Wextra -Werror tests/esp_runtime/valgrind.cpp \
	-o "$work/c++" -Icompat/esp-idf/include "${libraries[@]}"
for flag in "" -fsanitize=address -fsanitize=thread; do
	[ $# -eq 0 ] || [ -z "$flag" ] || continue
	"${CC:-cc}" "$@" $flag -DPLAIN -gdwarf-4 -std=gnu17 tests/esp_runtime/valgrind.c -o "$work/plain$flag" \
		-Icompat/esp-idf/include "${libraries[@]}"
done
for program in c c++ plain plain-fsanitize=address plain-fsanitize=thread; do
	[ ! -x "$work/$program" ] || setarch -R "$work/$program" | grep -qx 'all good'
done
if [ $# -ne 0 ]; then
	echo "works with $*"
	exit 0
fi
command -v valgrind >/dev/null || {
	echo "valgrind is not installed"
	exit 1
}
# What clang writes for debuggers in the libraries is newer than this valgrind may know.
strip --strip-debug "$work/c" "$work/c++"
for program in c c++; do
	if ! valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
		--error-exitcode=9 "$work/$program" >"$work/said" 2>&1 ||
		[ "$(cat "$work/said")" != 'all good' ]; then
		echo "$program:"
		cat "$work/said"
		exit 1
	fi
done
echo "clean in C and C++"
