#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Sums up gcov's counts for the core.

The core is compiled twice, with 32-bit and with 16-bit widths, so each line is counted twice.  A
line counts as reached if either of the two was, and so does a branch, provided that both widths
compile that line to the same number of branches; if they do not, each width's are counted.
"""
import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict


def counts_of(tree, source_root):
    """Yields (file, line, count, branch counts) for each line of src/ in each object of the tree."""
    notes = []
    for directory, _, names in os.walk(os.path.join(tree, "src")):
        notes += [os.path.join(directory, n) for n in names if n.endswith(".gcno")]
    if not notes:
        sys.exit(f"coverage: no instrumented object in {tree}/src")
    for note in sorted(notes):
        out = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", note],
                             check=True, capture_output=True, text=True).stdout
        for text in out.splitlines():
            report = json.loads(text)
            for file in report["files"]:
                path = os.path.realpath(
                    os.path.join(report["current_working_directory"], file["file"]))
                name = os.path.relpath(path, source_root)
                if not name.startswith("src/"):
                    continue
                for line in file["lines"]:
                    yield (name, line["line_number"], line["count"],
                           [branch["count"] for branch in line["branches"]])


def merge(rows):
    """file -> line -> (count, branch counts), over all objects that contain the line."""
    lines = defaultdict(lambda: defaultdict(int))
    branches = defaultdict(lambda: defaultdict(dict))
    for name, line, count, found in rows:
        lines[name][line] += count
        if found:
            same = branches[name][line].setdefault(len(found), [0] * len(found))
            for i, times in enumerate(found):
                same[i] += times
    return lines, branches


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def missed(numbers):
    """Line numbers as a short list of ranges."""
    ranges = []
    for n in sorted(numbers):
        if ranges and n <= ranges[-1][1] + 1:
            ranges[-1][1] = n
        else:
            ranges.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def main():
    parser = argparse.ArgumentParser(description="lines and branches of the core that were reached")
    parser.add_argument("tree")
    parser.add_argument("--lines", type=float, default=0, help="least per cent of lines")
    parser.add_argument("--branches", type=float, default=0, help="least per cent of branches")
    options = parser.parse_args()
    root = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
    lines, branches = merge(counts_of(options.tree, root))

    print(f"{'':28} {'lines':>16} {'branches':>18}   lines not reached")
    total = [0, 0, 0, 0]
    for name in sorted(lines):
        hit = [n for n, count in lines[name].items() if count]
        every = [b for sets in branches[name].values() for same in sets.values() for b in same]
        row = [len(hit), len(lines[name]), sum(1 for b in every if b), len(every)]
        total = [a + b for a, b in zip(total, row)]
        print(f"{name:28} {row[0]:5}/{row[1]:<5}{percent(row[0], row[1]):5.1f}"
              f" {row[2]:6}/{row[3]:<6}{percent(row[2], row[3]):5.1f}"
              f"   {missed(set(lines[name]) - set(hit))}")
    line_share, branch_share = percent(*total[:2]), percent(*total[2:])
    print(f"{'core':28} {total[0]:5}/{total[1]:<5}{line_share:5.1f}"
          f" {total[2]:6}/{total[3]:<6}{branch_share:5.1f}")
    if total[0] == 0:
        sys.exit("coverage: nothing was reached at all")
    if line_share < options.lines or branch_share < options.branches:
        sys.exit(f"coverage: below {options.lines:g} % of lines or "
                 f"{options.branches:g} % of branches")


if __name__ == "__main__":
    main()
