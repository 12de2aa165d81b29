# SPDX-License-Identifier: Apache-2.0
# 64-bit RISC-V: Sv39 and Sv48.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(BOARD_ISA riscv64)
set(BOARD_PORT riscv)
set(BOARD_FLAGS -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany)
# The compiler finds its own library only under the shorter name.
set(BOARD_LINK_FLAGS -march=rv64imac)
