# SPDX-License-Identifier: Apache-2.0
#
# The machines: each is an instruction set, one of its MMUs, and how QEMU is to be called.  Both sides
# read this list: boards/CMakeLists.txt, which builds the programs of one instruction set, and
# tests/targets, which runs those of all.
#
#   name | instruction set | description | variant of the start, or - | QEMU and what is said to it
set(BOARD_MACHINES
  "rv64-sv39|riscv64|quire_mmu_sv39|-|qemu-system-riscv64 -M virt -m 128M -bios none"
  "rv64-sv39-sbi|riscv64|quire_mmu_sv39|sbi|qemu-system-riscv64 -M virt -m 128M"
  "rv64-sv39-high|riscv64|quire_mmu_sv39|high|qemu-system-riscv64 -M virt -m 128M -bios none"
  "rv64-sv48|riscv64|quire_mmu_sv48|-|qemu-system-riscv64 -M virt -m 128M -bios none"
  "rv64-sv48-ext|riscv64|quire_mmu_sv48_ext|-|qemu-system-riscv64 -M virt -cpu rv64,svpbmt=true,svnapot=true -m 128M -bios none"
  "rv32-sv32|riscv32|quire_mmu_sv32|-|qemu-system-riscv32 -M virt -m 128M -bios none"
  "a64-4k-39|aarch64|quire_mmu_a64_4k_39|-|qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128M"
  "a64-4k-48|aarch64|quire_mmu_a64_4k_48|-|qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128M"
  "a64-4k-39-high|aarch64|quire_mmu_a64_4k_39|high|qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128M"
  "a64-4k-48-max|aarch64|quire_mmu_a64_4k_48|-|qemu-system-aarch64 -M virt -cpu max -m 128M"
  "a64-16k-39|aarch64|quire_mmu_a64_16k_39|-|qemu-system-aarch64 -M virt -cpu cortex-a35 -m 128M"
  "a64-16k-48|aarch64|quire_mmu_a64_16k_48|-|qemu-system-aarch64 -M virt -cpu max -m 128M"
  "a64-64k-39|aarch64|quire_mmu_a64_64k_39|-|qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128M"
  "a64-64k-42|aarch64|quire_mmu_a64_64k_42|-|qemu-system-aarch64 -M virt,virtualization=on -cpu cortex-a72 -m 128M"
  "a64-64k-48|aarch64|quire_mmu_a64_64k_48|-|qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128M"
  "a64-64k-48-high|aarch64|quire_mmu_a64_64k_48|high|qemu-system-aarch64 -M virt -cpu max -m 128M"
  "arm-a7|arm|quire_mmu_armv7|-|qemu-system-arm -M virt -cpu cortex-a7 -m 128M"
  "arm-a15|arm|quire_mmu_armv7|-|qemu-system-arm -M virt -cpu cortex-a15 -m 128M"
  "arm-a15-high|arm|quire_mmu_armv7_kernel|high|qemu-system-arm -M virt -cpu cortex-a15 -m 128M"
  "x86-64|x86_64|quire_mmu_x86_64|-|qemu-system-x86_64 -M microvm,isa-serial=on -accel tcg -cpu qemu64,pdpe1gb=on -m 128M"
  "x86-64-high|x86_64|quire_mmu_x86_64|high|qemu-system-x86_64 -M microvm,isa-serial=on -accel tcg -cpu qemu64,pdpe1gb=on -m 128M"
  "x86-64-2m|x86_64|quire_mmu_x86_64_2m|-|qemu-system-x86_64 -M microvm,isa-serial=on -accel tcg -cpu max -m 128M"
)

# One machine's fields: NAME, ISA, MMU, VARIANT (empty for -), QEMU, in the caller's variables.
macro(board_machine line)
  string(REPLACE "|" ";" fields "${line}")
  list(GET fields 0 NAME)
  list(GET fields 1 ISA)
  list(GET fields 2 MMU)
  list(GET fields 3 VARIANT)
  list(GET fields 4 QEMU)
  string(REPLACE " " ";" QEMU "${QEMU}")
  if(VARIANT STREQUAL "-")
    set(VARIANT "")
  endif()
endmacro()
