# SPDX-License-Identifier: Apache-2.0
#
# What runs on boards of Zephyr's interfaces.  programs.txt names the programs, for this list and for
# CMakeLists.txt beside it, which runs them.
include(${root}/compat/zephyr/board/board.cmake)
set(zephyr_tests ${root}/tests/zephyr_boards)
quire_zephyr_board_test(arch ${zephyr_tests}/arch.c BARE)
