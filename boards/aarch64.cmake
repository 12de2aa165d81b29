# SPDX-License-Identifier: Apache-2.0
# AArch64: 4, 16 and 64 KiB granules.  Nothing may be accessed misaligned: while the MMU is off, all
# memory is device memory.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(BOARD_ISA aarch64)
set(BOARD_PORT aarch64)
set(BOARD_FLAGS -mgeneral-regs-only -mstrict-align -mno-outline-atomics -fno-pic)
set(BOARD_LINK_FLAGS -no-pie)
