# SPDX-License-Identifier: Apache-2.0
#
# Rows of bench_vm in; a table for each workload, and each target with what was measured against it, out.
BEGIN {
	FS = "\t"
	title["one"] = "one page, any of the live mappings goes"
	title["one-last"] = "one page, the mapping made last goes"
	title["64"] = "64 pages, any goes"
	title["64-last"] = "64 pages, the last goes"
	title["mixed"] = "nine of one page for each of 64, any goes"
}

$1 ~ /^hostvm$/ {
	value[$2, $3, $4, $5] = $6
	if (!($2 in seen)) {
		seen[$2] = 1
		workload[++workloads] = $2
	}
	if (!(($2, $5) in met)) {
		met[$2, $5] = 1
		n[$2, ++counts[$2]] = $5
	}
}

function get(w, measure, who, live) {
	return value[w, measure, who, live]
}

function number(x) {
	return x < 10 ? sprintf("%.1f", x) : sprintf("%.0f", x)
}

# How many times as long the bitmap takes; what next to nothing takes is not told apart.
function ratio(w, measure, live,    ours, theirs) {
	ours = get(w, measure, "quire", live)
	theirs = get(w, measure, "bitmap", live)
	if (measure == "free.ns")
		return (theirs < 1 ? 1 : theirs) / (ours < 1 ? 1 : ours)
	return ours > 0 ? theirs / ours : 0
}

function verdict(x, least) {
	return x >= least ? "met" : "missed"
}

function table(w,    i, live, x, least, base, plain) {
	base = w
	plain = sub(/-uninit$/, "", base)
	print "\n" title[base] (plain ? ", not zeroed" : "")
	printf "%8s%12s%12s%10s%10s %-8s%14s%14s\n", "live", "bitmap, ns", "quire, ns", "times", \
		"at least", "", plain ? "bitmap, instr" : "", plain ? "quire, instr" : ""
	for (i = 1; i <= counts[w]; i++) {
		live = n[w, i]
		x = ratio(w, "pair.ns", live)
		least = live == 4096 || live == 3971 ? 10 : 1
		printf "%8d%12s%12s%10.2f%10d %-8s%14s%14s\n", live, number(get(w, "pair.ns", "bitmap", live)), \
			number(get(w, "pair.ns", "quire", live)), x, least, verdict(x, least), \
			plain ? number(get(w, "pair.mean", "bitmap", live)) : "", \
			plain ? number(get(w, "pair.mean", "quire", live)) : ""
		all++
		good += x >= least
	}
}

END {
	print "virtual memory: a map and an unmap of RAM between guards, beside a bit a page and a word a frame"
	for (i = 1; i <= workloads; i++)
		table(workload[i])
	printf "\nwhat is free, ns: bitmap %.2f, quire %.2f\n", get("one", "free.ns", "bitmap", 64), \
		get("one", "free.ns", "quire", 64)
	printf "targets: met %d of %d (3,971 mappings of 64 pages are all that 1 GiB holds, and stand for 4,096)\n", \
		good, all
}
