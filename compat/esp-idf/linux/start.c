/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending the machine of this process.
 *
 * A chip is opened (quire/port/linux.h), its flash gets a partition table if nobody brought one,
 * and struct quire_esp is filled with what the interfaces need: the space, a keep-list in front of
 * it, a lock, and the board's functions.  A start that fails takes back what it did, in the order
 * of stop, and leaves a sentence.
 *
 * The machine is published last, in one atomic pointer: whoever sees it sees all of it.
 */
#include "board.h"
#include "crypto.h"
#include "quire/port/flash.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Atomic(struct quire_esp *) quire_esp_running;

/* The one board: what is not zero is to be taken back. */
static struct {
	struct quire_esp machine;
	struct quire_esp_board calls; /* what the machine asks */
	struct quire_esp_options options;
	struct quire_linux *linux_chip;
	uint8_t key[QUIRE_ESP_KEY];
	pthread_mutex_t lock;   /* of calls of several steps, and so of the keep-list */
	pthread_cond_t changed; /* for those who wait with it */
	bool locks_made;
	void *keep_memory;
} board;

/* Whoever starts the machine by its first call; and whether that has failed before. */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

/* Whoever ends it, or saves its flash because the process ends. */
static pthread_mutex_t ending = PTHREAD_MUTEX_INITIALIZER;
static bool failed;

/* -- what the interfaces ask of the board -- */

static int flash_read(void *ctx, uint32_t address, void *out, size_t size)
{
	(void)ctx;
	if (!quire_linux_power(board.linux_chip))
		return QUIRE_EPORT;
	return quire_linux_read(board.linux_chip, QUIRE_FLASH0, address, out, size);
}

static int flash_program(void *ctx, uint32_t address, const void *bytes, size_t size)
{
	(void)ctx;
	return quire_linux_flash_program(board.linux_chip, address, bytes, size);
}

static int flash_erase(void *ctx, uint32_t address, size_t size)
{
	(void)ctx;
	return quire_linux_flash_erase(board.linux_chip, address, size);
}

static void flash_encrypt(void *ctx, uint32_t address, void *bytes, size_t size)
{
	(void)ctx;
	quire_esp_xts_encrypt(board.key, address, bytes, size);
}

static void flash_decrypt(void *ctx, uint32_t address, void *bytes, size_t size)
{
	(void)ctx;
	quire_esp_xts_decrypt(board.key, address, bytes, size);
}

/* The same, as the cache asks for it. */
static void cache_decrypt(void *ctx, quire_pa pa, void *bytes, size_t size)
{
	flash_decrypt(ctx, (uint32_t)pa, bytes, size);
}

static void *allocate(void *ctx, size_t size)
{
	const struct quire_linux_system *system = board.options.system;

	(void)ctx;
	if (system != NULL && system->allocate != NULL)
		return system->allocate(system->ctx, size);
	return malloc(size);
}

static void release(void *ctx, void *memory)
{
	(void)ctx;
	free(memory);
}

static uintptr_t task_self(void *ctx)
{
	(void)ctx;
	return (uintptr_t)pthread_self();
}

static void task_wait(void *ctx)
{
	(void)ctx;
	pthread_cond_wait(&board.changed, &board.lock);
}

static void task_wake(void *ctx)
{
	(void)ctx;
	pthread_cond_broadcast(&board.changed);
}

static int lock_mutex(void *ctx)
{
	return -pthread_mutex_lock(ctx);
}

static void unlock_mutex(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

/* -- flash and its file -- */

/* The file gets what the flash holds. */
static bool write_back(char *why)
{
	int result;

	if (!board.options.flash_write)
		return true;
	result = quire_linux_sync(board.linux_chip);
	if (result == QUIRE_OK)
		return true;
	return quire_esp_why(why, "the flash could not be written to \"%s\": %s",
			     board.options.flash_path,
			     errno != 0 ? strerror(errno) : quire_error_text(result));
}

bool quire_esp_save(void)
{
	char why[QUIRE_LINUX_TEXT];
	bool good = true;

	pthread_mutex_lock(&ending);
	if (atomic_load(&quire_esp_running) != NULL)
		good = write_back(why);
	pthread_mutex_unlock(&ending);
	if (!good)
		fprintf(stderr, "quire: %s\n", why);
	return good;
}

/* Only what is written is flushed: another task may be reading stdin, and has its lock. */
void quire_esp_end(int status)
{
	if (!quire_esp_save())
		status = EXIT_FAILURE;
	fflush(stdout);
	fflush(stderr);
	_exit(status);
}

void quire_esp_abort(void)
{
	(void)quire_esp_save();
	abort();
}

/* The application has called exit(), and the machine still runs. */
static void save_at_exit(void)
{
	if (!quire_esp_save()) {
		fflush(stdout);
		_exit(EXIT_FAILURE);
	}
}

static void plan_to_save(void)
{
	(void)atexit(save_at_exit);
}

/* The power has failed: the flash is as it is, and the program ends, as it would. */
static void end_without_power(void *ctx)
{
	(void)ctx;
	fprintf(stderr, "quire: the power was cut before byte %llu that was programmed or erased\n",
		(unsigned long long)board.options.power_cut);
	quire_esp_end(QUIRE_ESP_POWER_CUT);
}

static bool plan_power_cut(char *why)
{
	const struct quire_esp_options *options = &board.options;
	int result = quire_linux_power_cut(board.linux_chip, options->power_cut,
					   options->on_power_cut != NULL ? options->on_power_cut
									 : end_without_power,
					   options->on_power_cut_ctx);

	if (result < 0)
		return quire_esp_why(why, "the power cannot be cut: %s", quire_error_text(result));
	return true;
}

/* A flash without a file gets a table; it is there before anything counts. */
static bool make_table(char *why)
{
	uint32_t size = (uint32_t)board.machine.layout->memory[QUIRE_FLASH0].size;
	uint8_t table[QUIRE_ESP_TABLE_SIZE];
	int result;

	if (board.options.flash_path != NULL || board.options.flash_blank)
		return true;
	if (size < QUIRE_ESP_MIB)
		return quire_esp_why(why,
				     "QUIRE_FLASH_SIZE is %u bytes; expected is at least 1 MiB, "
				     "for the partition table of a flash without a file "
				     "(or no table: flash_blank)",
				     (unsigned)size);
	quire_esp_default_table(size, table);
	if (board.options.flash_key != NULL)
		quire_esp_xts_encrypt(board.key, QUIRE_ESP_TABLE_OFFSET, table, sizeof(table));
	result = quire_linux_write(board.linux_chip, QUIRE_FLASH0, QUIRE_ESP_TABLE_OFFSET, table,
				   sizeof(table));
	if (result < 0)
		return quire_esp_why(why, "the partition table cannot be written: %s",
				     quire_error_text(result));
	return true;
}

/* -- the parts, in order -- */

/* Copies of what the caller's options point to. */
static bool keep_options(const struct quire_esp_options *options, char *why)
{
	board.options = *options;
	board.options.flash_path = NULL;
	if (options->flash_path != NULL) {
		board.options.flash_path = strdup(options->flash_path);
		if (board.options.flash_path == NULL)
			return quire_esp_why(why, "no memory for the name of the flash file");
	}
	if (options->flash_key != NULL)
		memcpy(board.key, options->flash_key, QUIRE_ESP_KEY);
	if (options->flash_write && options->flash_path == NULL)
		return quire_esp_why(why, "the flash is to be written back, and there is no file");
	return true;
}

static bool open_chip(char *why)
{
	const struct quire_esp_options *options = &board.options;
	const char *name = options->chip != NULL ? options->chip : quire_esp_default_chip();
	const struct quire_chip *chip = quire_chip_by_name(name);
	struct quire_linux_options opening = {
		.page_size = options->page_size,
		.flash_path = options->flash_path,
		.flash_file = QUIRE_LINUX_FILE_COPY,
		.flash_size = options->flash_size,
		.psram_size = options->psram_size,
		.mappings = options->mappings,
		.cache = options->cache,
		.decrypt = options->flash_key != NULL ? cache_decrypt : NULL,
		.system = options->system,
	};

	if (chip == NULL)
		return quire_esp_why(why, "\"%s\" is no chip of the ESP32 family", name);
	return quire_linux_open(&board.linux_chip, chip, &opening, why) == QUIRE_OK;
}

/* What the machine asks; without a key there is nothing to encrypt with. */
static void fill_calls(bool encrypted)
{
	board.calls = (struct quire_esp_board){
		.flash_read = flash_read,
		.flash_program = flash_program,
		.flash_erase = flash_erase,
		.encrypt = encrypted ? flash_encrypt : NULL,
		.decrypt = encrypted ? flash_decrypt : NULL,
		.allocate = allocate,
		.release = release,
		.self = task_self,
		.wait = task_wait,
		.wake = task_wake,
	};
}

static bool fill_machine(char *why)
{
	const struct quire_esp_options *options = &board.options;
	struct quire_esp *m = &board.machine;

	(void)why; /* it always can */
	fill_calls(options->flash_key != NULL);
	*m = (struct quire_esp){
		.chip = quire_linux_chip(board.linux_chip),
		.layout = quire_linux_layout(board.linux_chip),
		.space = quire_linux_space(board.linux_chip),
		.lock = {lock_mutex, unlock_mutex, &board.lock},
		.board = &board.calls,
		.flash_32bit = options->flash_32bit,
		.boot_text = options->boot_text,
		.boot_rodata = options->boot_rodata,
		.psram_heap = options->psram_heap,
		.himem_reserve = options->himem_reserve,
	};
	return true;
}

static bool make_locks(char *why)
{
	int error = pthread_mutex_init(&board.lock, NULL);

	if (error == 0) {
		error = pthread_cond_init(&board.changed, NULL);
		if (error != 0)
			pthread_mutex_destroy(&board.lock);
	}
	board.locks_made = error == 0;
	if (error != 0)
		return quire_esp_why(why, "cannot make a mutex: %s", strerror(error));
	return true;
}

/* PSRAM is not kept for next time: others write it behind the cache, and who maps it again means
   what it holds then; and whoever unmaps it may rely on what it wrote being there. */
static bool make_keep(char *why)
{
	struct quire_keep_config config = {
		.space = board.machine.space,
		.slots = board.options.keep,
		.memory_size = quire_keep_memory_size(board.options.keep),
		.targets = QUIRE_TARGET_BIT(QUIRE_FLASH0),
	};
	int result;

	if (board.options.keep > QUIRE_KEEP_MAX)
		return quire_esp_why(why,
				     "a keep-list of %u mappings is more than the %u it can have",
				     (unsigned)board.options.keep, QUIRE_KEEP_MAX);
	if (config.memory_size != 0) {
		board.keep_memory = malloc((size_t)config.memory_size);
		if (board.keep_memory == NULL)
			return quire_esp_why(why, "no memory for a keep-list of %u mappings",
					     (unsigned)board.options.keep);
	}
	config.memory = board.keep_memory;
	result = quire_keep_init(&board.machine.keep, &config);
	if (result < 0)
		return quire_esp_why(why, "no keep-list can be made: %s", quire_error_text(result));
	return true;
}

/* What the heap of PSRAM can have beside himem's places, which are needed if himem gets any. */
static uint32_t most_heap(const struct quire_esp *m, bool himem)
{
	uint32_t page = quire_esp_page_size(m, QUIRE_PSRAM0);
	quire_size places = himem ? (quire_size)m->himem_reserve * page : 0;
	quire_size room = quire_esp_heap_window(m);

	return room > places ? (uint32_t)(room - places) : 0;
}

/* What it gets if nobody says: on esp32 all it can address, as on the chip; elsewhere half of it, so
   that himem has something to work with. */
static uint32_t default_heap(const struct quire_esp *m)
{
	uint32_t page = quire_esp_page_size(m, QUIRE_PSRAM0);
	uint32_t size = board.options.psram_size, most = most_heap(m, true);
	uint32_t wanted = m->chip->image_id == 0 ? size : size / 2 / page * page;

	return wanted < most ? wanted : most;
}

static bool choose_heap(char *why)
{
	struct quire_esp *m = &board.machine;
	uint32_t page = quire_esp_page_size(m, QUIRE_PSRAM0), size = board.options.psram_size;

	if (m->psram_heap == UINT32_MAX)
		m->psram_heap = default_heap(m);
	if (m->psram_heap > size)
		return quire_esp_why(why,
				     "QUIRE_PSRAM_HEAP is %u bytes; expected are at most the %u "
				     "of PSRAM (QUIRE_PSRAM_SIZE)",
				     (unsigned)m->psram_heap, (unsigned)size);
	if (m->psram_heap % page != 0)
		return quire_esp_why(why,
				     "QUIRE_PSRAM_HEAP is %u bytes; expected is a multiple of the "
				     "pages of PSRAM, %u",
				     (unsigned)m->psram_heap, (unsigned)page);
	if (m->psram_heap > most_heap(m, m->psram_heap < size))
		return quire_esp_why(why,
				     "QUIRE_PSRAM_HEAP is %u bytes; expected are at most %u, for "
				     "which %s has addresses%s",
				     (unsigned)m->psram_heap,
				     (unsigned)most_heap(m, m->psram_heap < size), m->chip->name,
				     m->psram_heap < size ? " beside himem's" : "");
	return true;
}

static bool start_parts(char *why)
{
	esp_err_t result = quire_esp_mmu_start(&board.machine);

	if (result != ESP_OK)
		return quire_esp_why(why,
				     "%u bytes of code and %u of constants cannot be reserved: %s",
				     (unsigned)board.options.boot_text,
				     (unsigned)board.options.boot_rodata, esp_err_to_name(result));
	quire_esp_flash_start(&board.machine);
	if (!choose_heap(why))
		return false;
	result = quire_esp_himem_start(&board.machine);
	if (result != ESP_OK)
		return quire_esp_why(
			why, "himem cannot have %u banks of addresses (QUIRE_HIMEM_RESERVE): %s",
			(unsigned)board.options.himem_reserve, esp_err_to_name(result));
	return true;
}

static void stop_parts(void)
{
	quire_esp_heap_stop(&board.machine);
	quire_esp_flash_stop(&board.machine);
	quire_esp_partition_stop(&board.machine);
	quire_esp_himem_stop(&board.machine);
}

/* Take back whatever there is. */
static void take_back(void)
{
	quire_linux_close(board.linux_chip);
	if (board.locks_made) {
		pthread_cond_destroy(&board.changed);
		pthread_mutex_destroy(&board.lock);
	}
	free(board.keep_memory);
	free((void *)(uintptr_t)board.options.flash_path);
	memset(&board, 0, sizeof(board));
}

/* -- quire_esp.h -- */

bool quire_esp_start(const struct quire_esp_options *options, char why[QUIRE_LINUX_TEXT])
{
	static bool (*const step[])(char *) = {open_chip,  make_locks,     fill_machine, make_keep,
					       make_table, plan_power_cut, start_parts};
	static pthread_once_t planned = PTHREAD_ONCE_INIT;
	bool good;

	if (options == NULL)
		return quire_esp_why(why, "options are needed to start a machine");
	if (atomic_load(&quire_esp_running) != NULL)
		return quire_esp_why(why, "a machine runs already, %s", board.machine.chip->name);
	good = keep_options(options, why);
	for (unsigned i = 0; i < sizeof(step) / sizeof(step[0]) && good; i++)
		good = step[i](why);
	if (good && options->flash_write)
		(void)pthread_once(&planned, plan_to_save);
	if (good)
		atomic_store(&quire_esp_running, &board.machine);
	else
		take_back();
	failed = failed && !good;
	return good;
}

bool quire_esp_stop(char why[QUIRE_LINUX_TEXT])
{
	bool good = true;

	pthread_mutex_lock(&ending);
	if (atomic_load(&quire_esp_running) != NULL) {
		stop_parts();
		atomic_store(&quire_esp_running, NULL);
		good = write_back(why);
		take_back();
	}
	pthread_mutex_unlock(&ending);
	return good;
}

struct quire_linux *quire_esp_linux(void)
{
	return board.linux_chip;
}

struct quire_space *quire_esp_space(void)
{
	return quire_linux_space(board.linux_chip);
}

/* -- the first call -- */

static void start_from_environment(void)
{
	struct quire_esp_options options;
	char why[QUIRE_LINUX_TEXT];

	if (quire_esp_environment(&options, why) && quire_esp_start(&options, why))
		return;
	failed = true;
	fprintf(stderr, "quire: %s\n", why);
}

struct quire_esp *quire_esp_machine_start(void)
{
	struct quire_esp *m;

	pthread_mutex_lock(&starting);
	m = atomic_load(&quire_esp_running);
	if (m == NULL && !failed) {
		start_from_environment();
		m = atomic_load(&quire_esp_running);
	}
	pthread_mutex_unlock(&starting);
	return m;
}
