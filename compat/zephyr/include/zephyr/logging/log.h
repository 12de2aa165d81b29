/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines, which are printed at once.  CONFIG_LOG_DEFAULT_LEVEL: 1 errors, 2 warnings (the default), 3
   information, 4 all. */
#ifndef ZEPHYR_LOGGING_LOG_H
#define ZEPHYR_LOGGING_LOG_H

#include "zephyr/sys/printk.h"

#ifndef CONFIG_LOG_DEFAULT_LEVEL
#define CONFIG_LOG_DEFAULT_LEVEL 2
#endif
#define LOG_LEVEL_NONE 0
#define LOG_LEVEL_ERR  1
#define LOG_LEVEL_WRN  2
#define LOG_LEVEL_INF  3
#define LOG_LEVEL_DBG  4

#define LOG_MODULE_REGISTER(name, ...)                                                             \
	__attribute__((__unused__)) static const char *const z_log_module = #name
#define LOG_MODULE_DECLARE(...) LOG_MODULE_REGISTER(__VA_ARGS__)

#define Z_LOG(level, tag, fmt, ...)                                                                \
	do {                                                                                       \
		if ((level) <= CONFIG_LOG_DEFAULT_LEVEL)                                           \
			printk(tag fmt "\n", ##__VA_ARGS__);                                       \
	} while (0)
#define LOG_ERR(...) Z_LOG(LOG_LEVEL_ERR, "<err> ", __VA_ARGS__)
#define LOG_WRN(...) Z_LOG(LOG_LEVEL_WRN, "<wrn> ", __VA_ARGS__)
#define LOG_INF(...) Z_LOG(LOG_LEVEL_INF, "<inf> ", __VA_ARGS__)
#define LOG_DBG(...) Z_LOG(LOG_LEVEL_DBG, "<dbg> ", __VA_ARGS__)
#define LOG_PANIC()                                                                                \
	do {                                                                                       \
	} while (0)

#endif
