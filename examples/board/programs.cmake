# SPDX-License-Identifier: Apache-2.0
# MACHINE.example, of one machine of each port.
foreach(line ${BOARD_MACHINES})
  board_machine("${line}")
  if(ISA STREQUAL BOARD_ISA AND NAME IN_LIST seeded)
    board_program(${NAME}.example ${root}/examples/board/board.c MMU ${MMU} VARIANT "${VARIANT}")
  endif()
endforeach()
