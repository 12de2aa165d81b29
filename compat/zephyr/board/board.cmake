# SPDX-License-Identifier: Apache-2.0
#
# Programs for Zephyr's interfaces on boards, for boards/CMakeLists.txt (or the programs.cmake of who
# has programs of his own) to include: one line is a program for each machine of this instruction set.
#
#   quire_zephyr_board_test(requirements zephyr/requirements.c zephyr/touch.c)
#   quire_zephyr_board_test(arch zephyr_boards/arch.c BARE)
#
# makes MACHINE.zephyr_requirements.elf, on threads and ztest, and another that stands on arch.h alone.
# Sources are files of tests/, or have a whole path.  What else may be said:
#
#   EVERYWHERE   for other machines too: with other MMUs, or a processor that can do more
#   DEFINES ...  more definitions, for the machine too: ZEPHYR_RAM_SIZE and ZEPHYR_VM_SIZE in bytes
#
# A program is in two halves (link.ld): what is the kernel's alone, and text that user mode runs as
# well, compiled with names.h: the program, src/, and the little there is of a C library.
include(${CMAKE_CURRENT_LIST_DIR}/machines.cmake)
if(NOT BOARD_ISA IN_LIST ZEPHYR_ISAS)
  function(quire_zephyr_board_test)
  endfunction()
  return()
endif()
set(zephyr ${root}/compat/zephyr)
set(zephyr_board ${zephyr}/board)

# Where each board has RAM for an image.
set(zephyr_load_riscv 0x80000000)
set(zephyr_load_aarch64 0x40200000)
set(zephyr_load_x86 0x200000)

# Only what is in the tree and the compiler's own headers, and no process around.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                OUTPUT_VARIABLE zephyr_own OUTPUT_STRIP_TRAILING_WHITESPACE)
set(zephyr_options -nostdinc "SHELL:-isystem ${zephyr_own}"
                   "SHELL:-isystem ${zephyr_board}/libc/include" -U__linux__ -U__linux -Ulinux
                   -U__unix__)
set(zephyr_includes ${zephyr}/include ${zephyr}/src ${zephyr_board} ${zephyr_board}/${BOARD_PORT})

# The kernel's half, but for what is compiled for each program (machine.c, board.c).
add_library(zephyr_board_kernel STATIC ${zephyr_board}/arch.c
            ${zephyr_board}/${BOARD_PORT}/switch.S)
target_compile_options(zephyr_board_kernel PRIVATE ${zephyr_options})
target_include_directories(zephyr_board_kernel PRIVATE ${zephyr_includes})

# The shared half: what every program has, and what those on threads have.
function(zephyr_shared name)
  add_library(${name} STATIC ${ARGN})
  target_compile_options(${name} PRIVATE ${zephyr_options}
                                         "SHELL:-include ${zephyr_board}/libc/names.h")
  target_compile_definitions(${name} PRIVATE QUIRE_ZEPHYR_LIBRARY)
  target_include_directories(${name} PRIVATE ${zephyr_includes})
endfunction()
file(GLOB zephyr_libc CONFIGURE_DEPENDS ${zephyr_board}/libc/*.c)
file(GLOB zephyr_words CONFIGURE_DEPENDS ${zephyr}/src/*.c)
zephyr_shared(zephyr_board_shared ${zephyr_libc} ${zephyr_board}/user.c
              ${root}/boards/common/memory.c)
zephyr_shared(zephyr_board_words ${zephyr_words} ${zephyr_board}/words.c)

# One program of one machine: what board.c and machine.c are of is in the definitions.
function(zephyr_program program mmu bare defines)
  add_executable(${program} ${here}/start.S ${here}/board.c ${zephyr_board}/machine.c ${ARGN})
  set_target_properties(${program} PROPERTIES SUFFIX .elf LINK_DEPENDS ${zephyr_board}/link.ld
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_compile_definitions(${program} PRIVATE BOARD_MMU=${mmu} ${defines})
  target_compile_options(${program} PRIVATE ${zephyr_options})
  set_source_files_properties(${ARGN} PROPERTIES
                              COMPILE_OPTIONS "-include;${zephyr_board}/libc/names.h")
  set_source_files_properties(${zephyr_board}/machine.c PROPERTIES
                              COMPILE_OPTIONS "-I${zephyr}/src;-I${zephyr_board}"
                              COMPILE_DEFINITIONS QUIRE_ZEPHYR_LIBRARY)
  set_source_files_properties(${here}/board.c PROPERTIES COMPILE_OPTIONS -I${here})
  target_include_directories(${program} PRIVATE ${zephyr}/include)
  set(words zephyr_board_words)
  if(bare)
    target_include_directories(${program} PRIVATE ${zephyr_includes})
    set(words)
  endif()
  target_link_options(${program} PRIVATE -T ${zephyr_board}/link.ld
                      -Wl,--defsym=zephyr_load_at=${zephyr_load_${BOARD_PORT}})
  target_link_libraries(${program} PRIVATE -Wl,--start-group ${words} zephyr_board_shared
                        zephyr_board_kernel quire_board gcc -Wl,--end-group)
endfunction()

function(quire_zephyr_board_test name)
  cmake_parse_arguments(P "BARE;EVERYWHERE" "FAILS" "DEFINES" ${ARGN})
  set(sources)
  foreach(source ${P_UNPARSED_ARGUMENTS})
    get_filename_component(source ${source} ABSOLUTE BASE_DIR ${root}/tests)
    list(APPEND sources ${source})
  endforeach()
  zephyr_machines("${P_EVERYWHERE}" machines)
  foreach(line ${BOARD_MACHINES})
    board_machine("${line}")
    if(NAME IN_LIST machines AND ISA STREQUAL BOARD_ISA)
      zephyr_program(${NAME}.zephyr_${name} ${MMU} "${P_BARE}" "${P_DEFINES}" ${sources})
    endif()
  endforeach()
endfunction()
