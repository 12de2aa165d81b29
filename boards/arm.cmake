# SPDX-License-Identifier: Apache-2.0
# ARMv7-A, in ARM state: short descriptors.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(BOARD_ISA arm)
set(BOARD_PORT arm)
set(BOARD_FLAGS -marm -mcpu=cortex-a7 -mfloat-abi=soft -mno-unaligned-access)
