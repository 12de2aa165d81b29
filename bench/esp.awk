# SPDX-License-Identifier: Apache-2.0
#
# Rows of bench_esp in; tables, and each target with what was measured against it, out.
BEGIN { FS = "\t" }

$1 ~ /^(table|linux|hostesp)$/ {
	value[$1, $2, $3, $4, $5] = $6
	if (!($5 in seen)) {
		seen[$5] = 1
		n[++counts] = $5
	}
}

function get(place, workload, measure, who, live) {
	return value[place, workload, measure, who, live]
}

# A line of one number for each count of live blocks.
function line(title, place, workload, measure, who,    i) {
	printf "%-44s", title
	for (i = 1; i <= counts; i++)
		printf "%10s", sprintf("%.0f", get(place, workload, measure, who, n[i]))
	print ""
}

function ratio(title, place, workload,    i) {
	printf "%-44s", title
	for (i = 1; i <= counts; i++)
		printf "%10s", sprintf("%.3f", get(place, workload, "pair.ns", "quire", n[i]) / \
			get(place, workload, "pair.ns", "list", n[i]))
	print ""
}

function target(live, most,    share) {
	if (!(live in seen))
		return
	share = get("table", "again", "pair.ns", "quire", live) / get("table", "again", "pair.ns", "list", live)
	printf "  of the list's time at %d live blocks: %.3f, at most %.3f: %s\n", live, share, most, \
		share <= most ? "met" : "missed"
}

END {
	print "esp_mmu_map() and esp_mmu_unmap() of one page, among so many live blocks"
	printf "%-44s", ""
	for (i = 1; i <= counts; i++)
		printf "%10s", n[i]
	print "\nnanoseconds a pair, entries in an array"
	line("  list", "table", "again", "pair.ns", "list")
	line("  quire, the same page again", "table", "again", "pair.ns", "quire")
	line("  quire, 64 pages in turn: all misses", "table", "rotate", "pair.ns", "quire")
	line("  quire, nothing kept", "table", "none", "pair.ns", "quire")
	print "nanoseconds a pair, entries are mmap() calls"
	line("  quire, the same page again", "linux", "again", "pair.ns", "quire")
	line("  quire, 64 pages in turn: all misses", "linux", "rotate", "pair.ns", "quire")
	line("  quire, nothing kept", "linux", "none", "pair.ns", "quire")
	print "quire's time, the list's in the same turns being 1"
	ratio("  the same page again", "table", "again")
	ratio("  64 pages in turn: all misses", "table", "rotate")
	ratio("  nothing kept", "table", "none")
	print "instructions a pair, entries in an array"
	line("  list", "hostesp", "again", "pair.mean", "list")
	line("  quire, the same page again", "hostesp", "again", "pair.mean", "quire")
	line("  quire, 64 pages in turn: all misses", "hostesp", "rotate", "pair.mean", "quire")
	line("  quire, nothing kept", "hostesp", "none", "pair.mean", "quire")
	print "targets, the same page again"
	target(32, 1 / 3)
	target(500, 1 / 10)
}
