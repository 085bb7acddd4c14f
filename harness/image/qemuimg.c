/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu-img, asked about files that may be anybody's: a disk that names another file (a backing
 * file, an extent) would have that file read, whatever it is.
 */
#include "image/qemuimg.h"

#include "util/error.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_TIMEOUT_S 120
#define COPY_TIMEOUT_S 7200
#define BYTES_MAX ((gint64)1 << 50)
/* As file names that begin with "json:" or have a colon would mean something else. */
#define FILE_PREFIX "file:"

static const char *const FORMATS[] = { "raw", "qcow2", "vmdk", NULL };

void disk_file_clear(DiskFile *file)
{
	g_clear_pointer(&file->format, g_free);
}

static bool run(const char *const *argv, unsigned timeout_s, GCancellable *cancel,
		ProcessEnd *ret_end, GError **error)
{
	ProcessSpec spec = { .argv = argv, .timeout_s = timeout_s };
	g_autofree char *program = g_find_program_in_path(argv[0]);

	if (!program)
		return error_host(error, "qemu-img is missing; as root, type: apt install "
					 "qemu-utils");
	return process_run(&spec, cancel, ret_end, error);
}

/* qemu-img's words about it, without its own name. */
static char *words_of(const ProcessEnd *end)
{
	g_autofree char *line = text_last_line(end->err);
	const char *from = line;

	if (end->timed_out)
		return g_strdup("it took too long");
	if (!line)
		return g_strdup("it does not say why");
	if (g_str_has_prefix(from, "qemu-img: "))
		from += strlen("qemu-img: ");
	return text_clean(from, 300);
}

static JsonReader *format_data(JsonReader *reader)
{
	JsonReader *specific = json_object(reader, "format-specific");

	return specific ? json_object(specific, "data") : NULL;
}

/* A VMDK may be made of other files: only one that is all of itself is taken. */
static bool has_other_extents(JsonReader *reader, const char *path)
{
	JsonReader *data = format_data(reader);
	guint n = 0;
	JsonReader **extents = data ? json_objects(data, "extents", &n) : NULL;
	g_autofree char *name = n == 1 ? json_string(extents[0], "filename") : NULL;
	const char *plain = name;

	if (name && g_str_has_prefix(name, FILE_PREFIX))
		plain = name + strlen(FILE_PREFIX);
	return g_strcmp0(plain, path) != 0;
}

/* Whether a qcow2 keeps its content in another file. */
static bool has_data_file(JsonReader *reader)
{
	JsonReader *data = format_data(reader);

	return data && json_has(data, "data-file");
}

static bool read_info(const char *text, const char *path, DiskFile *ret_file, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s: what qemu-img says", path);
	g_autoptr(Json) json = json_parse(text, name, BOX_ERROR_USAGE, error);
	g_auto(DiskFile) file = { 0 };

	if (!json)
		return false;
	g_autoptr(JsonReader) reader = json_reader_new(json, name, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	file.format = json_string(reader, "format");
	file.bytes = (guint64)json_int_or(reader, "virtual-size", 0, BYTES_MAX, 0);
	file.used = (guint64)json_int_or(reader, "actual-size", 0, BYTES_MAX, 0);
	if (json_bool_or(reader, "encrypted", false) || g_strcmp0(file.format, "luks") == 0)
		return error_usage(error, "%s is encrypted: make a copy of it that is not", path);
	if (file.format && !g_strv_contains(FORMATS, file.format))
		return error_usage(error,
				   "%s is a disk in the format %s: raw, qcow2 and vmdk are taken "
				   "(qemu-img convert -O qcow2 makes one)",
				   path, file.format);
	if (json_has(reader, "backing-filename") || has_data_file(reader) ||
	    (g_strcmp0(file.format, "vmdk") == 0 && has_other_extents(reader, path)))
		return error_usage(error,
				   "%s is a part only, what it lacks is in another file: make one "
				   "of them (qemu-img convert -O qcow2)",
				   path);
	if (!json_reader_end(reader, error))
		return false;
	*ret_file = file;
	file.format = NULL;
	return true;
}

bool qemuimg_look(const char *path, GCancellable *cancel, DiskFile *ret_file, GError **error)
{
	g_autofree char *file = g_strconcat(FILE_PREFIX, path, NULL);
	const char *argv[] = { "qemu-img", "info", "--force-share", "--output=json", file, NULL };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *words = NULL;
	struct stat st;

	if (stat(path, &st) < 0 || access(path, R_OK) < 0)
		return error_usage(error, "cannot read the disk %s: %s", path, g_strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_usage(error, "%s is no file", path);
	if (!run(argv, LOOK_TIMEOUT_S, cancel, &end, error))
		return false;
	if (end.status == 0)
		return read_info(end.out, path, ret_file, error);
	words = words_of(&end);
	return error_usage(error, "%s is no disk image, or a damaged one: %s", path, words);
}

bool qemuimg_convert(const char *from, const char *format, const char *to, GCancellable *cancel,
		     GError **error)
{
	g_autofree char *source = g_strconcat(FILE_PREFIX, from, NULL);
	g_autofree char *target = g_strconcat(FILE_PREFIX, to, NULL);
	const char *argv[] = { "qemu-img", "convert", "-f",   format, "-O", "qcow2",
			       "-t",       "unsafe",  source, target, NULL };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *words = NULL;

	if (!run(argv, COPY_TIMEOUT_S, cancel, &end, error))
		return false;
	if (end.status == 0)
		return true;
	words = words_of(&end);
	if (strstr(end.err, "No space left"))
		return error_host(error,
				  "no room for a copy of %s: the file system of %s is full; "
				  "BISECTBOX_CACHE can be a folder that has it",
				  from, to);
	return error_host(error, "cannot copy %s: %s", from, words);
}

bool qemuimg_cover(const char *disk, const char *format, const char *cover, GCancellable *cancel,
		   GError **error)
{
	const char *argv[] = { "qemu-img", "create", "-q",   "-f",  "qcow2", "-b",
			       disk,       "-F",     format, cover, NULL };
	g_auto(ProcessEnd) end = { 0 };
	g_autofree char *words = NULL;

	if (!run(argv, LOOK_TIMEOUT_S, cancel, &end, error))
		return false;
	if (end.status == 0)
		return true;
	words = words_of(&end);
	return error_host(error, "cannot make %s over the image %s: %s", cover, disk, words);
}
