# SPDX-License-Identifier: Apache-2.0
#
# The test programs of one instruction set's machines: MACHINE.suite, and MACHINE.seedN for each
# fault that is put in on purpose (board_host.h), of one machine of each port.
set(suite ${root}/tests/targets)
set(seeded rv64-sv39 rv32-sv32 a64-4k-48 arm-a7 x86-64)
file(GLOB suite_sources CONFIGURE_DEPENDS ${suite}/suite/*.c)
board_objects(target_suite ${suite_sources} ${suite}/board_host.c ${suite}/board_user.c)
set_source_files_properties(${suite}/board_user.c PROPERTIES COMPILE_OPTIONS -fno-jump-tables)
board_objects(target_main ${suite}/board_main.c ${suite}/board_boot.c ${suite}/board_spaces.c)
foreach(objects target_suite target_main target_suite_high target_main_high)
  if(TARGET ${objects})
    target_include_directories(${objects} PRIVATE ${suite})
  endif()
endforeach()

foreach(line ${BOARD_MACHINES})
  board_machine("${line}")
  if(ISA STREQUAL BOARD_ISA)
    foreach(seed 0 1 2 3)
      set(program ${NAME}.seed${seed})
      if(seed EQUAL 0)
        set(program ${NAME}.suite)
      elseif(NOT NAME IN_LIST seeded)
        continue()
      endif()
      board_program(${program} ${suite}/seed.c MMU ${MMU} VARIANT "${VARIANT}"
                    OBJECTS target_suite target_main DEFINES BOARD_SEED=${seed})
      if(TARGET ${program})
        target_include_directories(${program} PRIVATE ${suite})
      endif()
    endforeach()
  endif()
endforeach()
