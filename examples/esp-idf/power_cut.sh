#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs an application with the power cut at one byte after the other that it writes, and sees that
# it recovers at the next start.
#
#   power_cut.sh PROGRAM QUIRE DIRECTORY TEXT
#
# PROGRAM is the application, QUIRE the command-line tool, DIRECTORY a place for files; TEXT is in
# what it prints when all is well.  The first run, on flash without data, says how many bytes are
# written; the power is then cut before each of the first and the last of them, and before others
# between.  After every cut the program is started again, on some with a second cut on the way, and
# must then run through, print what it printed without a cut, and leave the same flash.
set -euo pipefail
program=$1 quire=$2 directory=$3 text=$4

status_of_cut=99
first=8    # bytes, each of which is tried
last=60    # the same at the end, where it is said that all is there
between=300 # others

mkdir -p "$directory"
cd "$directory"
export QUIRE_FLASH=flash.bin QUIRE_FLASH_WRITE=1 QUIRE_CACHE=stale QUIRE_LOG=error

fail() {
	echo "power cut at $cut: $*" >&2
	exit 1
}

# start [CUT]: one run; sets `status`.
start() {
	unset QUIRE_POWER_CUT
	[ $# = 0 ] || export QUIRE_POWER_CUT=$1
	status=0
	"$program" >out.txt 2>err.txt || status=$?
}

# Flash with a table and nothing else.
cat >partitions.csv <<-EOF
	nvs,      data, nvs,   0x9000,   0x4000
	factory,  app,  factory, 0x10000, 64K
	ota_0,    app,  ota_0, 0x20000,  64K
	storage1, data, fat,   0x30000,  64K
EOF
"$quire" image table partitions.csv -o table.bin --flash-size 1M >/dev/null
"$quire" image flash -o blank.bin --size 1M 0x8000=table.bin >/dev/null

cut=never
cp blank.bin flash.bin
"$program" >out.txt
grep -q "$text" out.txt || fail "'$text' is not in what it prints"
cp flash.bin whole.bin
"$program" >expected.txt
cmp -s flash.bin whole.bin || fail "a second start writes again"

# How many bytes it writes: the first number at which a cut comes too late.
low=0 high=1048576
while [ "$low" -lt "$high" ]; do
	middle=$(((low + high) / 2))
	cp blank.bin flash.bin
	start "$middle"
	case $status in
	0) high=$middle ;;
	"$status_of_cut") low=$((middle + 1)) ;;
	*) cut=$middle fail "it ends with status $status: $(cat err.txt)" ;;
	esac
done
total=$low
[ "$total" -gt $((first + last)) ] || fail "it writes $total bytes only"

step=$(((total - first - last) / between + 1))
cuts=$(
	seq 0 $((first - 1))
	seq $first $step $((total - last - 1))
	seq $((total - last)) $((total - 1))
)
tried=0
for cut in $cuts; do
	cp blank.bin flash.bin
	start "$cut"
	[ "$status" = "$status_of_cut" ] || fail "it ends with status $status"
	if [ $((tried % 5)) = 0 ]; then
		start $((cut / 2))
		[ "$status" = "$status_of_cut" ] || [ "$status" = 0 ] ||
			fail "the second cut ends it with status $status"
	fi
	start
	[ "$status" = 0 ] || fail "the next start ends with status $status: $(cat err.txt)"
	grep -q "$text" out.txt || fail "'$text' is not in what the next start prints"
	start
	[ "$status" = 0 ] || fail "the start after that ends with status $status"
	cmp -s out.txt expected.txt || fail "the start after that prints something else"
	cmp -s flash.bin whole.bin || fail "the flash is another one"
	tried=$((tried + 1))
done
echo "$tried cuts in $total bytes: recovered from each"
