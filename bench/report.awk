# SPDX-License-Identifier: Apache-2.0
#
# Rows in, report out.  A row is: place, workload, measure, contestant, N, value, between tabs.
# The first half prints tables of what was measured; the second holds the targets, each against the
# worst of the values that it speaks of.
BEGIN { FS = "\t" }

{
	value[$1, $2, $3, $4, $5] = $6
	if (!(($1, $2, $3, $5) in seen)) {
		seen[$1, $2, $3, $5] = 1
		ns[$1, $2, $3] = ns[$1, $2, $3] " " $5
	}
	if (!(($1, $2, $3, $4) in met_who)) {
		met_who[$1, $2, $3, $4] = 1
		whos[$1, $2, $3] = whos[$1, $2, $3] "\t" $4
	}
}

function number(x) {
	if (x == "")
		return "-"
	if (x != int(x) && x < 10)
		return sprintf(x < 1 ? "%.4f" : "%.2f", x)
	return grouped(sprintf("%.0f", x))
}

function grouped(s, sign, out) {
	while (length(s) > 3) {
		out = "," substr(s, length(s) - 2) out
		s = substr(s, 1, length(s) - 3)
	}
	return s out
}

# Sort an array of `count` numbers.
function sort(n, count,    i, k, x) {
	for (i = 2; i <= count; i++) {
		x = n[i]
		for (k = i - 1; k > 0 && n[k] + 0 > x + 0; k--)
			n[k + 1] = n[k]
		n[k + 1] = x
	}
}

# One line a contestant, one column for each N.
function table(title, place, workload, measure,    n, w, i, k, line, count) {
	count = split(ns[place, workload, measure], n, " ")
	if (count == 0) {
		absent = absent "\n  " place " " workload " " measure
		return
	}
	sort(n, count)
	printf "\n%s\n", title
	line = sprintf("  %-18s", "N")
	for (i = 1; i in n; i++)
		line = line sprintf("%11s", grouped(n[i]))
	print line
	split(substr(whos[place, workload, measure], 2), w, "\t")
	for (k = 1; k in w; k++) {
		line = sprintf("  %-18s", w[k])
		for (i = 1; i in n; i++)
			line = line sprintf("%11s", \
				number(value[place, workload, measure, w[k], n[i]]))
		print line
	}
}

function head(text) {
	printf "\n%s\n%s\n", text, substr("----------------------------------------" \
		"------------------------------------------------------------", 1, length(text))
}

# The worst (largest) value of a measure over the Ns from `low` to `high`.
function largest(place, workload, measure, who, low, high,    n, i, v, max) {
	split(ns[place, workload, measure], n, " ")
	max = ""
	for (i = 1; i in n; i++) {
		v = value[place, workload, measure, who, n[i]]
		if (n[i] + 0 >= low && n[i] + 0 <= high && v != "" && (max == "" || v + 0 > max + 0))
			max = v
	}
	return max
}

# One line of the verdict.  `want` is a bound; `sense` says whether the measured value has to stay
# at or under it, or reach it.
function target(text, sense, want, got,    verdict, part) {
	if (got == "")
		verdict = "not measured" (quick != "" ? " in a quick run" : "")
	else if (sense == "<=" ? got + 0 <= want : got + 0 >= want)
		verdict = "met"
	else {
		part = sense == "<=" ? got - want : want - got
		verdict = "missed by " number(part) \
			(want > 0 ? sprintf(" (%.0f %%)", 100 * part / want) : "")
		missed++
	}
	met += verdict == "met"
	printf "  %-62s %2s %7s  %9s  %s\n", text, sense, number(want), number(got), verdict
}

function log2(x) {
	return log(x) / log(2)
}

# How far the instructions of a pair are above (or, negative, under) 700 + 25 log2 N at worst.
function above_curve(place, who,    n, i, pair, over, max) {
	split(ns[place, "churn", "map.mean"], n, " ")
	max = ""
	for (i = 1; i in n; i++) {
		if (value[place, "churn", "map.mean", who, n[i]] == "")
			continue
		pair = value[place, "churn", "map.mean", who, n[i]] \
			+ value[place, "churn", "unmap.mean", who, n[i]]
		over = pair - (700 + 25 * log2(n[i]))
		if (max == "" || over > max)
			max = over
	}
	return max == "" ? "" : sprintf("%.0f", max)
}

function ratio(a, b) {
	return a == "" || b == "" ? "" : a / b
}

function sum_code(    k, n, w, total) {
	n = split(substr(whos["rv32-Os", "code", "bytes"], 2), w, "\t")
	for (k = 1; k <= n; k++)
		if (w[k] != "common verbs")
			total += value["rv32-Os", "code", "bytes", w[k], 0]
	return total
}

function tables_bare(place, title) {
	head(title)
	table("churn, map: mean", place, "churn", "map.mean")
	table("churn, map: worst", place, "churn", "map.worst")
	table("churn, map of one page: worst", place, "churn", "map1.worst")
	table("churn, unmap: mean", place, "churn", "unmap.mean")
	table("churn, unmap: worst", place, "churn", "unmap.worst")
	table("churn with entries written, map: mean", place, "churn+writes", "map.mean")
	table("churn with entries written, unmap: mean", place, "churn+writes", "unmap.mean")
	table("checkerboard, map: mean", place, "checkerboard", "map.mean")
	table("checkerboard, map: worst", place, "checkerboard", "map.worst")
	table("checkerboard, unmap: mean", place, "checkerboard", "unmap.mean")
	table("checkerboard, unmap: worst", place, "checkerboard", "unmap.worst")
	table("checkerboard, map_at: worst", place, "checkerboard", "map_at.worst")
	table("the mapping at an address: mean", place, "churn", "query.mean")
	table("the mapping at an address: worst", place, "churn", "query.worst")
	table("the same mapping again: mean", place, "churn", "again.mean")
	table("virtual to physical: mean", place, "churn", "translate.mean")
	table("physical to virtual: mean", place, "churn", "reverse.mean")
	table("map refused for overlap: mean", place, "churn", "overlap.mean")
}

function tables_host(width,    place) {
	place = "host" width
	head("Host, " width "-bit widths")
	table("churn: nanoseconds a pair, entries written", place, "churn", "pair.ns")
	table("churn: requests refused for want of a gap", place, "churn", "refused")
	table("churn: instructions a map, one entry written", place, "churn", "map.mean")
	table("churn: instructions an unmap, one entry written", place, "churn", "unmap.mean")
	table("the mapping at an address, random: ns", place, "lookup", "query.random.ns")
	table("the mapping at an address, the same again: ns", place, "lookup", "query.repeated.ns")
	table("the mapping at an address, random: instructions", place, "lookup", "query.mean")
	table("virtual to physical, random: ns", place, "lookup", "translate.random.ns")
	table("virtual to physical, the same again: ns", place, "lookup", "translate.repeated.ns")
	table("virtual to physical, random: instructions", place, "lookup", "translate.mean")
	table("physical to virtual, random: ns", place, "lookup", "reverse.random.ns")
	table("physical to virtual, the same again: ns", place, "lookup", "reverse.repeated.ns")
	table("map refused for overlap, random: ns", place, "lookup", "overlap.random.ns")
	table("map refused for overlap, the same again: ns", place, "lookup", "overlap.repeated.ns")
	table("map answered with what is mapped, random: ns", place, "lookup", "enclosed.random.ns")
	table("map answered with what is mapped, the same again: ns", place, "lookup", \
		"enclosed.repeated.ns")
	table("wrong answers", place, "lookup", "wrong")
	head("Fragmentation, " width "-bit widths (N: pages of the window)")
	table("sizes 1 to 16: full at the first failure", place, "sizes-1-16", "first-failure")
	table("sizes 1 and 64: full at the first failure", place, "sizes-1-64", "first-failure")
	table("sizes 1 to 16: refused while held at 90 %", place, "sizes-1-16", "held-refused")
	table("sizes 1 and 64: refused while held at 90 %", place, "sizes-1-64", "held-refused")
	table("sizes 1 to 16: refused after compacting", place, "sizes-1-16", "compact-refused")
	table("sizes 1 and 64: refused after compacting", place, "sizes-1-64", "compact-refused")
	table("sizes 1 to 16: compactions", place, "sizes-1-16", "compactions")
	table("sizes 1 and 64: compactions", place, "sizes-1-64", "compactions")
}

function tables_code(    w, k, n) {
	head("Code of the core, RV32IMC -Os, 16-bit widths")
	n = split(substr(whos["rv32-Os", "code", "bytes"], 2), w, "\t")
	print ""
	for (k = 1; k <= n; k++)
		printf "  %-24s %6s bytes\n", w[k], number(value["rv32-Os", "code", "bytes", w[k], 0])
	printf "  %-24s %6s bytes\n", "all files", number(sum_code())
	head("Memory")
	printf "\n  bytes a mapping: %s with 16-bit widths, %s with 32-bit widths\n", \
		largest("host16", "memory", "bytes", "quire16", 0, 1e9), \
		largest("host32", "memory", "bytes", "quire32", 0, 1e9)
}

function targets_small(place,    q) {
	q = "quire16"
	target(place ": map, mean, 16 to 512 live", "<=", 400, \
		largest(place, "churn", "map.mean", q, 16, 512))
	target(place ": map, worst", "<=", 1000, largest(place, "churn", "map.worst", q, 16, 512))
	target(place ": unmap, mean", "<=", 300, \
		largest(place, "churn", "unmap.mean", q, 16, 512))
	target(place ": unmap, worst", "<=", 800, \
		largest(place, "churn", "unmap.worst", q, 16, 512))
	target(place ": map on a checkerboard, mean", "<=", 400, \
		largest(place, "checkerboard", "map.mean", q, 16, 512))
	target(place ": map on a checkerboard, worst", "<=", 1000, \
		largest(place, "checkerboard", "map.worst", q, 16, 512))
	target(place ": unmap on a checkerboard, mean", "<=", 300, \
		largest(place, "checkerboard", "unmap.mean", q, 16, 512))
	target(place ": unmap on a checkerboard, worst", "<=", 800, \
		largest(place, "checkerboard", "unmap.worst", q, 16, 512))
	target(place ": lookup (query), mean", "<=", 20, \
		largest(place, "churn", "query.mean", q, 16, 512))
}

function targets_speed() {
	target("host: pair at 16 live, ns, entries written (16-bit)", "<=", 88, \
		value["host16", "churn", "pair.ns", "quire16", 16])
	target("host: pair at 64 live, ns, entries written (16-bit)", "<=", 105, \
		value["host16", "churn", "pair.ns", "quire16", 64])
	target("host: pair, instructions above 700 + 25 log2 N (32-bit)", "<=", 0, \
		above_curve("host32", "quire32"))
	target("rv64-O2: pair, instructions above 700 + 25 log2 N (32-bit)", "<=", 0, \
		above_curve("rv64-O2", "quire32"))
	target("host: pair at 65,536 over pair at 64, ns (32-bit)", "<=", 3, \
		ratio(value["host32", "churn", "pair.ns", "quire32", 65536], \
		      value["host32", "churn", "pair.ns", "quire32", 64]))
	target("rv32-wide-O2: map of one page at 4,096 live, worst", "<=", 4000, \
		value["rv32-wide-O2", "churn", "map1.worst", "quire32", 4096])
}

function targets_lookup(    k, name, text, bound) {
	split("query reverse overlap", name, " ")
	split("lookup,physical to virtual,conflict check (a refused map)", text, ",")
	split("30 150 150", bound, " ")
	for (k = 1; k <= 3; k++)
		target("host: " text[k] " at 16,384, ns", "<=", bound[k] + 0, \
			value["host32", "lookup", name[k] ".random.ns", "quire32", 16384])
	for (k = 1; k <= 3; k++)
		target("host: " text[k] ", the same again, ns", "<=", 5, \
			value["host32", "lookup", name[k] ".repeated.ns", "quire32", 16384])
}

function targets_space() {
	target("full at first failure, 512 pages, sizes 1 to 16", ">=", 0.83, \
		value["host16", "sizes-1-16", "first-failure", "quire16", 512])
	target("full at first failure, 512 pages, sizes 1 and 64", ">=", 0.78, \
		value["host16", "sizes-1-64", "first-failure", "quire16", 512])
	target("full at first failure, 65,536 pages, sizes 1 to 16", ">=", 0.98, \
		value["host32", "sizes-1-16", "first-failure", "quire32", 65536])
	target("full at first failure, 65,536 pages, sizes 1 and 64", ">=", 0.98, \
		value["host32", "sizes-1-64", "first-failure", "quire32", 65536])
	target("refused at 90 %, 65,536 pages, sizes 1 to 16", "<=", 0.005, \
		value["host32", "sizes-1-16", "held-refused", "quire32", 65536])
	target("refused at 90 %, 512 pages, sizes 1 to 16", "<=", 0.005, \
		value["host16", "sizes-1-16", "held-refused", "quire16", 512])
	target("refused with compaction while pages are free, 512 pages", "<=", 0, \
		largest("host16", "sizes-1-16", "compact-refused", "quire16", 512, 512) \
		+ largest("host16", "sizes-1-64", "compact-refused", "quire16", 512, 512))
	target("bytes a mapping, 16-bit widths", "<=", 26, \
		largest("host16", "memory", "bytes", "quire16", 0, 1e9))
	target("bytes a mapping, 32-bit widths", "<=", 40, \
		largest("host32", "memory", "bytes", "quire32", 0, 1e9))
	target("code of book, walker and the common verbs, RV32IMC -Os", "<=", 4096, \
		value["rv32-Os", "code", "bytes", "common verbs", 0])
}

END {
	if (quick != "")
		print "A quick run: it shows that everything works; the numbers mean little."
	print "machine: " machine
	print "host:    " host ", -O2"
	print "bare:    " bare ", counted under QEMU"
	tables_host(16)
	tables_host(32)
	if (quick != "") {
		tables_bare("rv32-quick", "RV32IMC, -O2, 16-bit widths: instructions")
	} else {
		tables_bare("rv32-O2", "RV32IMC, -O2, 16-bit widths: instructions")
		tables_bare("rv32-Os", "RV32IMC, -Os, 16-bit widths: instructions")
		tables_bare("rv32-wide-O2", "RV32IMC, -O2, 32-bit widths: instructions")
		tables_bare("rv64-O2", "RV64IMAC, -O2, 32-bit widths: instructions")
	}
	tables_code()
	head("Targets")
	printf "\n  %-62s %2s %7s  %9s\n", "", "", "target", "measured"
	targets_small(quick != "" ? "rv32-quick" : "rv32-O2")
	if (quick == "")
		targets_small("rv32-Os")
	targets_speed()
	targets_lookup()
	targets_space()
	printf "\n  %d met, %d missed\n", met, missed
	if (absent != "") {
		print "bench: nothing was measured of:" absent | "cat >&2"
		exit 1
	}
}
