/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The renderers, given maps that no chip has: many extents, long and nasty names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "view.h"
#include "view_json.h"

/* A window of 64 pages, every other page mapped under a name of its own. */
static void crowd(struct view *v, unsigned extents)
{
	memset(v, 0, sizeof *v);
	snprintf(v->chip, sizeof v->chip, "none");
	snprintf(v->title, sizeof v->title, "A <chip> & \"more\"");
	snprintf(v->subject, sizeof v->subject, "crowded");
	v->windows = 1;
	v->window[0] = (struct view_window){.name = "w",
					    .base = 0x3C000000,
					    .exec_base = 0x42000000,
					    .size = extents * 0x10000ull,
					    .page_size = 0x10000,
					    .rows = extents,
					    .caps = 0x17,
					    .targets = 3};
	v->memories = 2;
	snprintf(v->memory[0].name, BOARD_NAME, "flash0");
	snprintf(v->memory[1].name, BOARD_NAME, "psram0");
	v->memory[0].size = extents * 0x10000ull;
	v->extent = calloc(extents, sizeof *v->extent);
	assert_non_null(v->extent);
	v->extents = extents;
	for (unsigned i = 0; i < extents; i++) {
		struct view_extent *e = &v->extent[i];

		e->va = 0x3C000000 + i * 0x10000ull;
		e->exec_va = 0x42000000 + i * 0x10000ull;
		e->size = 0x10000;
		e->pa = i * 0x10000ull;
		e->kind = i % 2 ? QUIRE_GAP : QUIRE_MAPPED;
		e->class = i % 2 ? VIEW_GAP : VIEW_DATA;
		e->symbol = i % 2 ? '.' : (char)('a' + i % 26);
		e->attr = QUIRE_READ;
		if (i % 2 == 0)
			snprintf(e->name, sizeof e->name, "<&\"'>%u", i);
	}
}

static char *svg_of(const struct view *v)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(view_print_svg(v, out));
	fclose(out);
	return text;
}

/* Tags open and close in order, attributes are quoted, no stray '<' or '&'. */
static void assert_well_formed(const char *s)
{
	char stack[16][16];
	unsigned depth = 0;

	while (*s) {
		size_t name;

		if (*s == '&')
			assert_true(strncmp(s, "&amp;", 5) == 0 || strncmp(s, "&lt;", 4) == 0 ||
				    strncmp(s, "&gt;", 4) == 0 || strncmp(s, "&quot;", 6) == 0);
		if (*s++ != '<')
			continue;
		if (*s == '/') {
			assert_true(depth > 0);
			name = strlen(stack[--depth]);
			assert_int_equal(strncmp(s + 1, stack[depth], name), 0);
			assert_int_equal(s[1 + name], '>');
			continue;
		}
		name = strcspn(s, " />\n");
		assert_true(name > 0 && name < 16 && depth < 16);
		memcpy(stack[depth], s, name);
		stack[depth++][name] = '\0';
		for (s += name; *s != '>'; s++) {
			if (*s == '"') {
				s = strchr(s + 1, '"');
				assert_non_null(s);
			}
			assert_int_not_equal(*s, '<');
			if (s[0] == '/' && s[1] == '>')
				depth--;
		}
	}
	assert_int_equal(depth, 0);
}

/* The labels of each side, whose baselines must be a label's height apart. */
static void assert_apart(const char *svg, const char *class)
{
	double last = -1000;
	unsigned count = 0;
	char pattern[32];

	snprintf(pattern, sizeof pattern, "class=\"%s\"", class);
	for (const char *s = svg; (s = strstr(s, pattern)); s++) {
		const char *y = s;

		while (strncmp(y, "y=\"", 3) != 0)
			y--;
		assert_true(atof(y + 3) - last >= 33.8);
		last = atof(y + 3);
		count++;
	}
	assert_true(count >= 8);
}

static void pictures_are_well_formed(void **state)
{
	static const unsigned sizes[] = {16, 64, 250};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct view v;
		char *svg;

		crowd(&v, sizes[i]);
		svg = svg_of(&v);
		assert_well_formed(svg);
		assert_non_null(strstr(svg, "&lt;&amp;&quot;"));
		assert_apart(svg, "mono e");
		free(svg);
		view_free(&v);
	}
}

/* Without colour not one escape; with it, the same letters. */
static void colour_changes_no_letter(void **state)
{
	static const struct ink inks[] = {{false, false}, {true, false}, {true, true}};
	char *text[3] = {NULL, NULL, NULL};
	struct view v;

	(void)state;
	crowd(&v, 64);
	for (unsigned i = 0; i < 3; i++) {
		size_t size = 0;
		FILE *out = open_memstream(&text[i], &size);
		char *to = NULL;

		assert_non_null(out);
		view_print_picture(&v, out, &inks[i]);
		fclose(out);
		assert_int_equal(strchr(text[i], '\033') != NULL, i > 0);
		assert_int_equal(strstr(text[i], ";2;") != NULL && i == 1, 0);
		to = text[i];
		for (const char *from = text[i]; *from; from++) {
			if (*from == '\033')
				from = strchr(from, 'm');
			else
				*to++ = *from;
		}
		*to = '\0';
	}
	assert_string_equal(text[0], text[1]);
	assert_string_equal(text[0], text[2]);
	for (unsigned i = 0; i < 3; i++)
		free(text[i]);
	view_free(&v);
}

static void json_comes_back(void **state)
{
	json_t *json, *again;
	json_error_t error;
	struct view v;
	char *text;

	(void)state;
	crowd(&v, 64);
	json = view_to_json(&v);
	assert_non_null(json);
	text = json_dumps(json, 0);
	again = json_loads(text, 0, &error);
	assert_true(json_equal(json, again));
	assert_string_equal(json_string_value(json_object_get(again, "format")), "quire-map");
	assert_int_equal(json_integer_value(json_object_get(again, "version")), JSON_MAP_VERSION);
	assert_int_equal(json_array_size(json_object_get(again, "extents")), 64);
	free(text);
	json_decref(json);
	json_decref(again);
	view_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_are_well_formed),
		cmocka_unit_test(colour_changes_no_letter),
		cmocka_unit_test(json_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
