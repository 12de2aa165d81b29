# SPDX-License-Identifier: Apache-2.0
# x86-64, by the host's gcc (on an x86-64 host).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(BOARD_ISA x86_64)
set(BOARD_PORT x86)
set(BOARD_FLAGS -m64 -mno-red-zone -mgeneral-regs-only -fcf-protection=none -fno-pic)
set(BOARD_LINK_FLAGS -no-pie)
# A higher half at -2 GiB needs no other code model than this one.
set(BOARD_HIGH_FLAGS -mcmodel=kernel)
