# SPDX-License-Identifier: Apache-2.0
#
# MACHINE.bench: the counts of map, protect and unmap, with the kernel of the tests.
board_objects(bench_target ${root}/bench/target/bench.c)
foreach(objects bench_target bench_target_high)
  if(TARGET ${objects})
    target_include_directories(${objects} PRIVATE ${suite})
  endif()
endforeach()
foreach(line ${BOARD_MACHINES})
  board_machine("${line}")
  if(ISA STREQUAL BOARD_ISA AND NOT VARIANT)
    target_program(${NAME}.bench bench_target 0)
  endif()
endforeach()
