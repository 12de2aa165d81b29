# SPDX-License-Identifier: Apache-2.0
#
# The test programs of one instruction set's machines: MACHINE.suite, MACHINE.smp for two CPUs, and
# MACHINE.seedN for each
# fault that is put in on purpose (board_host.h), of one machine of each port.
set(suite ${root}/tests/targets)
set(seeded rv64-sv39 rv32-sv32 a64-4k-48 arm-a7 x86-64)
file(GLOB suite_sources CONFIGURE_DEPENDS ${suite}/suite/*.c)
board_objects(target_suite ${suite_sources} ${suite}/board_host.c ${suite}/board_user.c)
set_source_files_properties(${suite}/board_user.c PROPERTIES COMPILE_OPTIONS -fno-jump-tables)
set(own ${suite}/board_${BOARD_PORT}.c) # tests of this port alone
if(NOT EXISTS ${own})
  set(own ${suite}/board_other.c)
endif()
board_objects(target_main ${suite}/board_main.c ${suite}/board_boot.c ${suite}/board_spaces.c ${own})
board_objects(target_smp ${suite}/board_smp.c)
foreach(objects target_suite target_main target_smp)
  foreach(variant "" _high)
    if(TARGET ${objects}${variant})
      target_include_directories(${objects}${variant} PRIVATE ${suite})
    endif()
  endforeach()
endforeach()

# One program; the seed is the number of the fault, 0 for none.
function(target_program name main seed)
  board_program(${name} ${suite}/seed.c MMU ${MMU} VARIANT "${VARIANT}"
                OBJECTS target_suite ${main} DEFINES BOARD_SEED=${seed})
  if(TARGET ${name})
    target_include_directories(${name} PRIVATE ${suite})
  endif()
endfunction()

foreach(line ${BOARD_MACHINES})
  board_machine("${line}")
  if(ISA STREQUAL BOARD_ISA)
    target_program(${NAME}.suite target_main 0)
    target_program(${NAME}.smp target_smp 0)
    if(NAME IN_LIST seeded)
      foreach(seed 1 2 3)
        target_program(${NAME}.seed${seed} target_main ${seed})
      endforeach()
      target_program(${NAME}.seed4 target_smp 4)
    endif()
  endif()
endforeach()
