# SPDX-License-Identifier: Apache-2.0
#
# Dumps of callgrind in, rows out.  Each dump is named workload/call/contestant/N/calls by the program
# that asked for it; what the same number of empty calls cost is taken off.
/^desc: Trigger: Client Request: / { split($NF, name, "/") }

/^totals: / {
	mean = $2 / name[5]
	if (name[3] == "nothing")
		empty[name[1], name[2]] = mean
	dump[++n] = name[1] SUBSEP name[2] SUBSEP name[3] SUBSEP name[4]
	value[n] = mean
}

END {
	for (i = 1; i <= n; i++) {
		split(dump[i], f, SUBSEP)
		if (f[3] != "nothing")
			printf "%s\t%s\t%s.mean\t%s\t%s\t%.1f\n", place, f[1], f[2], f[3], f[4], \
				value[i] - empty[f[1], f[2]]
	}
}
