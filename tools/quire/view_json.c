/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map as JSON.  Addresses and sizes are integers in bytes; whoever wants hexadecimal has a
 * program at hand already.  jansson hands NULL through, so memory is asked about once, at the end.
 */
#include "view_json.h"

#include <string.h>

static const char *const access_name[] = {"read", "write", "execute", "user"};

json_t *json_access(unsigned attr)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < 4; i++)
		if (attr & 1u << i &&
		    json_array_append_new(list, json_string(access_name[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *targets_of(const struct view *v, unsigned targets)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < v->memories; i++)
		if (targets & QUIRE_TARGET_BIT(i))
			json_array_append_new(list, json_string(v->memory[i].name));
	return list;
}

static json_t *window_of(const struct view *v, const struct view_window *w)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:o}", "name", w->name,
			 "address", (json_int_t)w->base, "code_address", (json_int_t)w->exec_base,
			 "size", (json_int_t)w->size, "page_size", (json_int_t)w->page_size,
			 "pages", (json_int_t)(w->size / w->page_size), "pages_used",
			 (json_int_t)w->used, "can", json_access(w->caps), "bytes",
			 (w->caps & QUIRE_CAP_8BIT) != 0, "memories", targets_of(v, w->targets));
}

static json_t *extent_of(const struct view *v, const struct view_extent *e)
{
	static const char *const kind[] = {"free", "reserved", "mapped"};
	json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:I}", "kind", kind[e->kind], "window",
			      v->window[e->window].name, "address", (json_int_t)e->va,
			      "code_address", (json_int_t)e->exec_va, "size", (json_int_t)e->size);
	json_t *more = NULL;

	if (e->kind == QUIRE_MAPPED)
		more = json_pack("{s:s, s:I, s:o, s:b, s:i}", "memory", v->memory[e->target].name,
				 "offset", (json_int_t)e->pa, "may", json_access(e->attr), "part",
				 e->part, "holders", e->refs);
	if (e->kind == QUIRE_MAPPED && (!more || json_object_update(o, more) != 0)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	if (o && e->kind != QUIRE_GAP &&
	    json_object_set_new(o, "name", json_string(e->name)) != 0) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

static json_t *memories_of(const struct view *v)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < v->memories; i++)
		if (v->memory[i].size > 0)
			json_array_append_new(list,
					      json_pack("{s:s, s:I}", "name", v->memory[i].name,
							"size", (json_int_t)v->memory[i].size));
	return list;
}

static json_t *regions_of(const struct view *v)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < v->regions; i++) {
		const struct view_region *r = &v->region[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:I, s:I}", "name", r->name, "memory",
						v->memory[r->target].name, "offset",
						(json_int_t)r->pa, "size", (json_int_t)r->size));
	}
	return list;
}

static json_t *largest_of(const struct view *v)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < v->largests; i++) {
		const struct view_largest *l = &v->largest[i];

		json_array_append_new(
			list, json_pack("{s:s, s:o, s:I}", "memory", v->memory[l->target].name,
					"for", json_access(l->attr), "size", (json_int_t)l->size));
	}
	return list;
}

json_t *view_to_json(const struct view *v)
{
	json_t *windows = json_array(), *extents = json_array();

	for (unsigned i = 0; i < v->windows; i++)
		json_array_append_new(windows, window_of(v, &v->window[i]));
	for (uint32_t i = 0; i < v->extents; i++)
		json_array_append_new(extents, extent_of(v, &v->extent[i]));
	/* An append that failed for want of memory has left the array short. */
	if (json_array_size(windows) != v->windows || json_array_size(extents) != v->extents) {
		json_decref(windows);
		json_decref(extents);
		return NULL;
	}
	return json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}}", "format",
			 "quire-map", "version", JSON_MAP_VERSION, "chip", v->chip, "title",
			 v->title, "windows", windows, "memories", memories_of(v), "extents",
			 extents, "regions", regions_of(v), "largest_free", largest_of(v),
			 "entries", "used", (json_int_t)v->entries_used, "total",
			 (json_int_t)v->entries);
}

bool json_print(json_t *json, FILE *out)
{
	bool good = json && json_dumpf(json, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;

	json_decref(json);
	return good;
}
