# SPDX-License-Identifier: Apache-2.0
#
# Which of the machines of boards/machines.cmake run Zephyr's interfaces.  All have pages of 4 KiB and
# run the image where it was loaded.
set(ZEPHYR_ISAS riscv64 aarch64 x86_64)
set(ZEPHYR_MACHINES rv64-sv39 a64-4k-48 x86-64)
# Others of the same kind: more levels or fewer, cache modes in the entries, marks that the processor
# sets, SMEP.
set(ZEPHYR_MORE_MACHINES rv64-sv48-ext a64-4k-39 a64-4k-48-max x86-64-2m)

# Those that a program is for.
function(zephyr_machines everywhere result)
  set(machines ${ZEPHYR_MACHINES})
  if(everywhere)
    list(APPEND machines ${ZEPHYR_MORE_MACHINES})
  endif()
  set(${result} ${machines} PARENT_SCOPE)
endfunction()
