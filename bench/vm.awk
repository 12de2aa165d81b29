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

# How many times as long the bitmap takes as k_mem_map() and k_mem_unmap().
function ratio(w, live,    ours) {
	ours = get(w, "pair.ns", "k_mem", live)
	return ours > 0 ? get(w, "pair.ns", "bitmap", live) / ours : 0
}

function verdict(x, least) {
	return x >= least ? "met" : "missed"
}

function row(w, live, measure) {
	return sprintf("%10s%10s%10s", number(get(w, measure, "bitmap", live)), \
		number(get(w, measure, "quire", live)), number(get(w, measure, "k_mem", live)))
}

function table(w,    i, live, x, least, base, plain) {
	base = w
	plain = sub(/-uninit$/, "", base)
	print "\n" title[base] (plain ? ", not zeroed" : "")
	printf "%8s%10s%10s%10s%9s%10s %-8s%s\n", "live", "bitmap", "quire_vm", "k_mem", "times", \
		"at least", "", plain ? "   instructions:  the same three" : ""
	for (i = 1; i <= counts[w]; i++) {
		live = n[w, i]
		x = ratio(w, live)
		least = live == 4096 || live == 3971 ? 10 : 1
		printf "%8d%s%9.2f%10d %-8s%s\n", live, row(w, live, "pair.ns"), x, least, \
			verdict(x, least), plain ? row(w, live, "pair.mean") : ""
		all++
		good += x >= least
	}
}

END {
	print "virtual memory: a map and an unmap of RAM between guards, nanoseconds a pair, beside a bit a page"
	print "and a word a frame; times: the bitmap's over those of k_mem_map() and k_mem_unmap()"
	for (i = 1; i <= workloads; i++)
		table(workload[i])
	printf "\nwhat is free, ns: bitmap %.1f, quire_frames_free %.1f, k_mem_free_get %.1f\n", \
		get("one", "free.ns", "bitmap", 64), get("one", "free.ns", "quire", 64), \
		get("one", "free.ns", "k_mem", 64)
	printf "targets: met %d of %d (3,971 mappings of 64 pages are all that 1 GiB holds, and stand for 4,096)\n", \
		good, all
}
