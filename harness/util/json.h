/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON, strictly: cJSON lives behind this header only. Reading refuses what cJSON would let
 * pass (duplicate keys, wrong types, unknown keys, integers that a double cannot hold) and
 * says file and field. Writing builds a value and prints it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct cJSON;
/* A value under construction or just parsed. */
typedef struct cJSON Json;

void json_free(Json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

/**
 * json_parse() - parse text as one JSON value, nothing after it, no duplicate keys, depth at most
 * 32
 * @name: what errors call the text: a file's path, "result from the guest"
 * @code: the kind of trouble that a malformed text is: BOX_ERROR_USAGE for what people write
 *
 * Return: the value, or NULL with @error naming @name and the line.
 */
Json *json_parse(const char *text, const char *name, int code, GError **error);

/**
 * struct JsonReader - takes an object's fields one by one, by name and type
 *
 * Fields that were never asked for are errors at json_reader_end(): typing mistakes do not
 * pass in silence. The first error sticks; every later call then does nothing, so that a
 * reader's code is a plain list and only json_reader_end() needs checking.
 */
typedef struct JsonReader JsonReader;

/** json_reader_new() - read @object (borrowed); @name and @code as in json_parse() */
JsonReader *json_reader_new(const Json *object, const char *name, int code);
void json_reader_free(JsonReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonReader, json_reader_free)

/**
 * json_reader_allow_unknown() - let fields pass that are not asked for, in nested objects too
 *
 * For what other programs wrote in a format of theirs; call it before anything is read.
 */
void json_reader_allow_unknown(JsonReader *reader);

/**
 * json_reader_set_text() - have errors name the line, as in "FILE:LINE: field ..."
 * @text: what the object was parsed from; borrowed, must outlive the reader
 *
 * Only for the reader of the whole text; those of nested objects follow it.
 */
void json_reader_set_text(JsonReader *reader, const char *text);

/** json_has() - whether the object has the field */
bool json_has(JsonReader *reader, const char *field);
/** json_is_null() - whether the object has the field, and it is null */
bool json_is_null(JsonReader *reader, const char *field);
/** json_string() - a required string; NULL after an error; free with g_free() */
char *json_string(JsonReader *reader, const char *field);
/** json_string_or() - a string, or a copy of @absent (may be NULL) where the field is missing */
char *json_string_or(JsonReader *reader, const char *field, const char *absent);
/** json_string_or_null() - a string; NULL where the field is missing or null */
char *json_string_or_null(JsonReader *reader, const char *field);
/** json_choice_or() - the index in @choices (NULL-terminated) of a string, or @absent; the error
 * lists the choices */
int json_choice_or(JsonReader *reader, const char *field, const char *const *choices, int absent);
/** json_int_or() - an integer from @min to @max, or @absent where the field is missing */
gint64 json_int_or(JsonReader *reader, const char *field, gint64 min, gint64 max, gint64 absent);
/** json_double_or() - a number from @min to @max, or @absent where the field is missing */
double json_double_or(JsonReader *reader, const char *field, double min, double max, double absent);
/** json_ms() - a time written in seconds, as milliseconds; 0 where the field is missing */
gint64 json_ms(JsonReader *reader, const char *field);
/** json_bool_or() - true or false, or @absent where the field is missing */
bool json_bool_or(JsonReader *reader, const char *field, bool absent);
/** json_strings() - an array of strings, empty where the field is missing; free with g_strfreev()
 */
char **json_strings(JsonReader *reader, const char *field);
/** json_object() - a reader of a nested object, NULL where missing; owned by @reader, checked by
 * its end */
JsonReader *json_object(JsonReader *reader, const char *field);
/** json_object_or_null() - json_object(), NULL also where the field is null */
JsonReader *json_object_or_null(JsonReader *reader, const char *field);
/** json_objects() - readers of an array of objects, NULL-terminated, owned by @reader; n in @ret_n
 */
JsonReader **json_objects(JsonReader *reader, const char *field, guint *ret_n);
/** json_reader_fail() - add an error of one's own about a field ("must be ...") */
void json_reader_fail(JsonReader *reader, const char *field, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/** json_reader_end() - true where all went well; else the first error: name, field, what was
 * expected */
bool json_reader_end(JsonReader *reader, GError **error);

/* Writing. Adders take text as it is: bytes that are no UTF-8 become U+FFFD. */
Json *json_new_object(void);
Json *json_new_array(void);
void json_add_string(Json *object, const char *field, const char *value); /* NULL adds null */
void json_add_int(Json *object, const char *field, gint64 value);
void json_add_double(Json *object, const char *field, double value);
void json_add_bool(Json *object, const char *field, bool value);
void json_add_strings(Json *object, const char *field, const char *const *values);
/** json_add() - put @value (owned by @object from here) into @object under @field; returns @value
 */
Json *json_add(Json *object, const char *field, Json *value);
/** json_append() - put @value (owned by @array from here) at the end; returns @value */
Json *json_append(Json *array, Json *value);
void json_append_string(Json *array, const char *value);
/** json_difference() - a field of two objects that is not the same in both, but for @except
 * (NULL-terminated); borrowed from either; NULL where there is none */
const char *json_difference(const Json *a, const Json *b, const char *const *except);
/** json_text() - print on one line, or indented where @pretty; free with g_free() */
char *json_text(const Json *json, bool pretty);
