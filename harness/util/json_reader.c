/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict reading of a JSON object, field by field. */
#include "util/json.h"

#include "util/error.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define SECONDS_MAX 1e9

struct JsonReader {
	const cJSON *object;
	char *name;        /* of the file, and the path to this object in it */
	const Json *whole; /* what @text is of; NULL where errors name no lines */
	const char *text;
	char *file;
	int code;
	bool allow_unknown;
	GHashTable *asked; /* names of fields that were asked for */
	GPtrArray *nested; /* readers of nested objects */
	GPtrArray *lists;  /* arrays that json_objects() gave out */
	GError *error;     /* the first one */
};

JsonReader *json_reader_new(const Json *object, const char *name, int code)
{
	JsonReader *reader = g_new0(JsonReader, 1);

	reader->object = object;
	reader->name = g_strdup(name);
	reader->code = code;
	reader->asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	reader->nested = g_ptr_array_new_with_free_func((GDestroyNotify)json_reader_free);
	reader->lists = g_ptr_array_new_with_free_func(g_free);
	if (!cJSON_IsObject(object))
		g_set_error(&reader->error, BOX_ERROR, code, "%s: must be an object", name);
	return reader;
}

void json_reader_free(JsonReader *reader)
{
	if (!reader)
		return;
	g_ptr_array_unref(reader->nested);
	g_ptr_array_unref(reader->lists);
	g_hash_table_unref(reader->asked);
	g_clear_error(&reader->error);
	g_free(reader->name);
	g_free(reader->file);
	g_free(reader);
}

void json_reader_allow_unknown(JsonReader *reader)
{
	reader->allow_unknown = true;
}

void json_reader_set_text(JsonReader *reader, const char *text)
{
	reader->whole = reader->object;
	reader->text = text;
	reader->file = g_strdup(reader->name);
}

/* Which key of the text a member is, counted from 1 in the order of the text; 0: not there. */
static guint count_keys(const cJSON *json, const cJSON *member, guint *count)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, json) {
		guint found;

		*count += item->string != NULL;
		if (item == member)
			return *count;
		found = count_keys(item, member, count);
		if (found)
			return found;
	}
	return 0;
}

/* The line of the text's @n-th key: a string with a colon after it. */
static guint line_of_key(const char *text, guint n)
{
	guint line = 1;

	for (const char *c = text; *c; c++) {
		line += *c == '\n';
		if (*c != '"')
			continue;
		for (c++; *c && *c != '"'; c++)
			c += *c == '\\' && c[1];
		if (*c && c[1 + strspn(c + 1, " \t\r\n")] == ':' && --n == 0)
			return line;
		if (!*c)
			break;
	}
	return line;
}

/* "FILE:LINE" of a field (of its object, where it is missing) where the text is at hand, and the
 * path to that object; g_free() */
static char *where(const JsonReader *reader, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(reader->object, field);
	guint count = 0, key = 0;

	if (reader->text)
		key = count_keys(reader->whole, item ? item : reader->object, &count);
	if (!key)
		return g_strdup(reader->name);
	return g_strdup_printf("%s:%u%s", reader->file, line_of_key(reader->text, key),
			       reader->name + strlen(reader->file));
}

void json_reader_fail(JsonReader *reader, const char *field, const char *format, ...)
{
	g_autofree char *what = NULL;
	g_autofree char *place = NULL;
	va_list args;

	if (reader->error)
		return;
	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	place = where(reader, field);
	g_set_error(&reader->error, BOX_ERROR, reader->code, "%s: field \"%s\" %s", place, field,
		    what);
}

/* The field, noted as asked for; NULL where it is missing or an error came before. */
static const cJSON *take(JsonReader *reader, const char *field)
{
	g_hash_table_add(reader->asked, g_strdup(field));
	return reader->error ? NULL : cJSON_GetObjectItemCaseSensitive(reader->object, field);
}

bool json_has(JsonReader *reader, const char *field)
{
	return take(reader, field) != NULL;
}

bool json_is_null(JsonReader *reader, const char *field)
{
	return cJSON_IsNull(take(reader, field));
}

char *json_string_or(JsonReader *reader, const char *field, const char *absent)
{
	const cJSON *item = take(reader, field);

	if (!item)
		return g_strdup(absent);
	if (!cJSON_IsString(item)) {
		json_reader_fail(reader, field, "must be a string");
		return NULL;
	}
	return g_strdup(item->valuestring);
}

char *json_string_or_null(JsonReader *reader, const char *field)
{
	return json_is_null(reader, field) ? NULL : json_string_or(reader, field, NULL);
}

char *json_string(JsonReader *reader, const char *field)
{
	if (!reader->error && !json_has(reader, field))
		json_reader_fail(reader, field, "is missing: a string is expected");
	return json_string_or(reader, field, NULL);
}

int json_choice_or(JsonReader *reader, const char *field, const char *const *choices, int absent)
{
	const cJSON *item = take(reader, field);
	g_autofree char *list = NULL;

	if (!item)
		return absent;
	for (int i = 0; cJSON_IsString(item) && choices[i]; i++)
		if (g_str_equal(choices[i], item->valuestring))
			return i;
	list = g_strjoinv("\", \"", (char **)choices);
	json_reader_fail(reader, field, "must be one of \"%s\"", list);
	return absent;
}

gint64 json_int_or(JsonReader *reader, const char *field, gint64 min, gint64 max, gint64 absent)
{
	const cJSON *item = take(reader, field);
	double value;

	if (!item)
		return absent;
	value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
	if (!(value >= (double)min && value <= (double)max) || floor(value) != value) {
		json_reader_fail(reader, field,
				 "must be an integer from %" G_GINT64_FORMAT
				 " to %" G_GINT64_FORMAT,
				 min, max);
		return absent;
	}
	return (gint64)value;
}

bool json_bool_or(JsonReader *reader, const char *field, bool absent)
{
	const cJSON *item = take(reader, field);

	if (!item)
		return absent;
	if (!cJSON_IsBool(item))
		json_reader_fail(reader, field, "must be true or false");
	return cJSON_IsTrue(item);
}

double json_double_or(JsonReader *reader, const char *field, double min, double max, double absent)
{
	const cJSON *item = take(reader, field);

	if (!item)
		return absent;
	if (cJSON_IsNumber(item) && item->valuedouble >= min && item->valuedouble <= max)
		return item->valuedouble;
	json_reader_fail(reader, field, "must be a number from %g to %g", min, max);
	return absent;
}

gint64 json_ms(JsonReader *reader, const char *field)
{
	return (gint64)(json_double_or(reader, field, 0, SECONDS_MAX, 0) * 1000 + 0.5);
}

char **json_strings(JsonReader *reader, const char *field)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	const cJSON *array = take(reader, field);
	const cJSON *item;

	if (array && !cJSON_IsArray(array))
		json_reader_fail(reader, field, "must be an array of strings");
	cJSON_ArrayForEach (item, array) {
		if (cJSON_IsString(item))
			g_strv_builder_add(list, item->valuestring);
		else
			json_reader_fail(reader, field, "must be an array of strings");
	}
	return g_strv_builder_end(list);
}

static JsonReader *nest(JsonReader *reader, const cJSON *item, const char *name)
{
	JsonReader *nested = json_reader_new(item, name, reader->code);

	nested->allow_unknown = reader->allow_unknown;
	nested->whole = reader->whole;
	nested->text = reader->text;
	nested->file = g_strdup(reader->file);
	g_ptr_array_add(reader->nested, nested);
	return nested;
}

JsonReader *json_object(JsonReader *reader, const char *field)
{
	const cJSON *item = take(reader, field);
	g_autofree char *name = g_strdup_printf("%s: field \"%s\"", reader->name, field);

	return item ? nest(reader, item, name) : NULL;
}

JsonReader *json_object_or_null(JsonReader *reader, const char *field)
{
	return json_is_null(reader, field) ? NULL : json_object(reader, field);
}

JsonReader **json_objects(JsonReader *reader, const char *field, guint *ret_n)
{
	const cJSON *array = take(reader, field);
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	const cJSON *item;

	if (array && !cJSON_IsArray(array))
		json_reader_fail(reader, field, "must be an array of objects");
	cJSON_ArrayForEach (item, array) {
		g_autofree char *name =
			g_strdup_printf("%s: field \"%s[%u]\"", reader->name, field, list->len);

		g_ptr_array_add(list, nest(reader, item, name));
	}
	if (ret_n)
		*ret_n = list->len;
	g_ptr_array_add(list, NULL);

	JsonReader **readers = (JsonReader **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
	g_ptr_array_add(reader->lists, readers);
	return readers;
}

bool json_reader_end(JsonReader *reader, GError **error)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, reader->object) {
		if (!reader->error && !reader->allow_unknown &&
		    !g_hash_table_contains(reader->asked, item->string))
			json_reader_fail(reader, item->string, "is not known");
	}
	for (guint i = 0; !reader->error && i < reader->nested->len; i++)
		json_reader_end(reader->nested->pdata[i], &reader->error);
	if (!reader->error)
		return true;
	g_propagate_error(error, g_error_copy(reader->error));
	return false;
}
