# SPDX-License-Identifier: Apache-2.0
# The programs of this instruction set (tests.cmake).
include(${root}/compat/zephyr/board/board.cmake)
include(${root}/tests/zephyr_boards/tests.cmake)
