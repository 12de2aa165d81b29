# SPDX-License-Identifier: Apache-2.0
#
# What runs of Zephyr's interfaces on boards, a line a program, read twice: by programs.cmake, which
# builds them, and by CMakeLists.txt, which runs them.
#
#   quire_zephyr_board_test(name sources...   paths from tests/ on
#                           [BARE]            stands on arch.h alone, and prints TAP
#                           [EVERYWHERE]      on more machines than three (machines.cmake)
#                           [FAILS test]      the test of that name must fail, and nothing else
#                           [DEFINES ...])
quire_zephyr_board_test(arch zephyr_boards/arch.c BARE EVERYWHERE)
quire_zephyr_board_test(requirements zephyr/requirements.c zephyr/touch.c EVERYWHERE)
quire_zephyr_board_test(layout zephyr/layout.c zephyr/touch.c)
quire_zephyr_board_test(mended zephyr/mended.c zephyr/touch.c)
quire_zephyr_board_test(exhaustion zephyr/exhaustion.c zephyr/touch.c)
quire_zephyr_board_test(random zephyr/random.c zephyr/touch.c)
quire_zephyr_board_test(user zephyr_boards/user.c EVERYWHERE)
quire_zephyr_board_test(words zephyr_words/process.c)
quire_zephyr_board_test(fails zephyr_boards/fails.c FAILS test_b_fails_in_user_mode)
quire_zephyr_board_test(hardware zephyr_boards/hardware.c EVERYWHERE)
# Threads, as on Linux.
quire_zephyr_board_test(threads zephyr_linux/threads.c)
quire_zephyr_board_test(waits zephyr_linux/waits.c)
quire_zephyr_board_test(faults zephyr_linux/faults.c)
quire_zephyr_board_test(calls zephyr_linux/user.c)
quire_zephyr_board_test(stacks zephyr_linux/stacks.c)
# More memory than addresses, and far more addresses than memory.
quire_zephyr_board_test(wide zephyr/exhaustion.c zephyr/layout.c zephyr/touch.c
                        DEFINES ZEPHYR_RAM_SIZE=0x2000000u ZEPHYR_VM_SIZE=0x800000u)
quire_zephyr_board_test(narrow zephyr/exhaustion.c zephyr/layout.c zephyr/touch.c
                        DEFINES ZEPHYR_RAM_SIZE=0x300000u ZEPHYR_VM_SIZE=0x4000000u)
