# SPDX-License-Identifier: Apache-2.0
#
# What a developer types.  CMake does the work, in build/; the longer commands are in scripts/,
# where each says at its top what it does.

JOBS  ?= $(shell nproc)
CTEST  = ctest --test-dir build --output-on-failure --no-label-summary --no-tests=error -j $(JOBS)

.PHONY: help run test build check asan tsan fuzz fuzz-keep coverage size bench bench-target lint \
        format install clean setup-build setup-test setup-bench
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: setup-build ## set up, build, and see it at work
	@scripts/tree build -DQUIRE_GATES=ON --target tool quire_esp_idf quire_zephyr
	@build/quire demo

test: setup-test build ## everything that is ever tested; half an hour at most
	@$(CTEST)

build: setup-build ## build everything: the tool is build/quire, the library build/libquire.a
	@scripts/tree build -DQUIRE_GATES=ON

check: build ## the unit tests that take seconds
	@$(CTEST) -L unit -LE long

asan: setup-test ## all unit tests under AddressSanitizer and UBSan
	@scripts/variant asan

tsan: setup-test ## the tests with threads under ThreadSanitizer
	@scripts/variant tsan

fuzz: setup-test ## every fuzzer for FUZZ_SECONDS (60)
	@scripts/fuzz run

fuzz-keep: setup-test ## put what the fuzzers found worth keeping into tests/fuzz/corpus
	@scripts/fuzz keep

coverage: setup-test ## lines and branches of the core that the tests reach
	@scripts/coverage

size: setup-test ## code, stack and RAM of the core on five machines
	@scripts/size

bench: setup-bench ## measure, beside plain allocators; BENCH="--quick" for a look
	@scripts/bench $(BENCH)

bench-target: setup-bench build ## instructions of map, protect and unmap on every board, under QEMU
	@bench/target/run

lint: setup-test build ## layout, static analysis, and the house rules
	@scripts/lint

format: setup-test ## lay out all sources
	@scripts/sources | xargs clang-format -i

install: build ## install library, headers, tool and manual (DESTDIR, PREFIX)
	@cmake --install build $(if $(PREFIX),--prefix $(PREFIX))

clean: ## remove build/
	@rm -rf build

setup-build:
	@scripts/setup build

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup bench
