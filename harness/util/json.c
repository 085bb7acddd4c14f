/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: parsing and writing over cJSON. Reading by field is in json_reader.c. */
#include "util/json.h"

#include "util/error.h"
#include "util/text.h"

#include <cjson/cJSON.h>
#include <string.h>

#define DEPTH_MAX 32

void json_free(Json *json)
{
	cJSON_Delete(json);
}

/* The line, counted from 1, that @at is in. */
static guint line_of(const char *text, const char *at)
{
	guint line = 1;

	for (const char *c = text; c < at && *c; c++)
		line += *c == '\n';
	return line;
}

/* cJSON keeps the first of two equal keys and says nothing; a person meant one of them. */
static const char *find_duplicate(const cJSON *json, guint depth, bool *ret_deep)
{
	g_autoptr(GHashTable) seen = NULL;
	const cJSON *item;

	if (depth > DEPTH_MAX) {
		*ret_deep = true;
		return NULL;
	}
	if (cJSON_IsObject(json))
		seen = g_hash_table_new(g_str_hash, g_str_equal);
	cJSON_ArrayForEach (item, json) {
		const char *below;

		if (seen && !g_hash_table_add(seen, item->string))
			return item->string;
		below = find_duplicate(item, depth + 1, ret_deep);
		if (below || *ret_deep)
			return below;
	}
	return NULL;
}

Json *json_parse(const char *text, const char *name, int code, GError **error)
{
	const char *end = NULL;
	const char *twice;
	bool deep = false;
	g_autoptr(Json) json = NULL;

	if (!g_utf8_validate(text, -1, &end)) {
		g_set_error(error, BOX_ERROR, code, "%s:%u: not UTF-8", name, line_of(text, end));
		return NULL;
	}
	json = cJSON_ParseWithOpts(text, &end, 1);
	if (!json) {
		g_set_error(error, BOX_ERROR, code, "%s:%u: not valid JSON", name,
			    line_of(text, end ? end : text));
		return NULL;
	}
	twice = find_duplicate(json, 0, &deep);
	if (deep) {
		g_set_error(error, BOX_ERROR, code, "%s: nested deeper than %d", name, DEPTH_MAX);
		return NULL;
	}
	if (twice) {
		g_set_error(error, BOX_ERROR, code, "%s: field \"%s\" is there twice", name, twice);
		return NULL;
	}
	return g_steal_pointer(&json);
}

/* cJSON prints bytes as they are, so what is no UTF-8 must be mended before. */
static cJSON *string_value(const char *value)
{
	g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;

	return valid ? cJSON_CreateString(valid) : cJSON_CreateNull();
}

Json *json_new_object(void)
{
	return cJSON_CreateObject();
}

Json *json_new_array(void)
{
	return cJSON_CreateArray();
}

Json *json_add(Json *object, const char *field, Json *value)
{
	cJSON_AddItemToObject(object, field, value);
	return value;
}

Json *json_append(Json *array, Json *value)
{
	cJSON_AddItemToArray(array, value);
	return value;
}

void json_add_string(Json *object, const char *field, const char *value)
{
	json_add(object, field, string_value(value));
}

void json_append_string(Json *array, const char *value)
{
	json_append(array, string_value(value));
}

void json_add_int(Json *object, const char *field, gint64 value)
{
	json_add(object, field, cJSON_CreateNumber((double)value));
}

void json_add_double(Json *object, const char *field, double value)
{
	json_add(object, field, cJSON_CreateNumber(value));
}

void json_add_bool(Json *object, const char *field, bool value)
{
	json_add(object, field, cJSON_CreateBool(value));
}

void json_add_strings(Json *object, const char *field, const char *const *values)
{
	Json *array = json_add(object, field, json_new_array());

	for (; values && *values; values++)
		json_append_string(array, *values);
}

/* cJSON escapes what JSON makes it escape; JSON is shown on terminals, too. What is none of ASCII
 * is inside a string. */
static char *escape_controls(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *escaped = g_string_sized_new(strlen(valid) + 1);

	for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
		gunichar u = g_utf8_get_char(c);

		if (u >= 0x7f && text_is_control(u))
			g_string_append_printf(escaped, "\\u%04x", u);
		else
			g_string_append_len(escaped, c, g_utf8_next_char(c) - c);
	}
	return g_string_free(escaped, FALSE);
}

static const char *missing_or_other(const Json *a, const Json *b, const char *const *except)
{
	const Json *item;

	cJSON_ArrayForEach (item, a) {
		const Json *other = cJSON_GetObjectItemCaseSensitive(b, item->string);

		if (!g_strv_contains(except, item->string) && !cJSON_Compare(item, other, true))
			return item->string;
	}
	return NULL;
}

const char *json_difference(const Json *a, const Json *b, const char *const *except)
{
	const char *field = missing_or_other(a, b, except);

	return field ? field : missing_or_other(b, a, except);
}

char *json_text(const Json *json, bool pretty)
{
	char *text = pretty ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
	char *escaped = escape_controls(text);

	cJSON_free(text);
	return escaped;
}
