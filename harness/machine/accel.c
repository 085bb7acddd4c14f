/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guests run on: asked for, remembered, or tried. */
#include "machine/accel.h"
#include "machine/kvmtrial.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/json.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define MEMORY_MAX (64 << 10)

static const char *const accel_names[] = { "auto", "kvm", "tcg", NULL };

const char *accel_name(Accel accel)
{
	return accel_names[accel];
}

/* "model name" of the first processor; nested hosts differ in it where all else is equal. */
static char *host_cpu(void)
{
	g_autofree char *text = NULL;
	const char *line, *end;

	if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
		return g_strdup("unknown");
	line = strstr(text, "model name");
	line = line ? strchr(line, ':') : NULL;
	if (!line)
		return g_strdup("unknown");
	line += strspn(line, ": \t");
	end = strchrnul(line, '\n');
	return g_strndup(line, (gsize)(end - line));
}

/* Size and time tell one QEMU from another without the cost of starting it. */
static char *host_qemu(void)
{
	g_autofree char *path = g_find_program_in_path("qemu-system-x86_64");
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return g_strdup("none");
	return g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, path,
			       (gint64)st.st_size, (gint64)st.st_mtime);
}

/* All that the answer depends on, in one line. */
static char *host_key(void)
{
	g_autofree char *cpu = host_cpu();
	g_autofree char *qemu = host_qemu();
	struct utsname uts;

	if (uname(&uts) < 0)
		memset(&uts, 0, sizeof(uts));
	return g_strdup_printf("%s | Linux %s | %s | %s", uts.nodename, uts.release, cpu, qemu);
}

/* One file a host: home folders are shared between hosts. */
static char *memory_path(const char *cache, const char *host)
{
	g_autofree char *name = g_strdup_printf("accel-%s.json", host);

	g_strdelimit(name, "/", '_');
	return g_build_filename(cache, name, NULL);
}

/* A memory that cannot be read, or is another host's, is no memory: the trial is cheap. */
bool accel_recall(const char *cache, const char *host, const char *key, Accel *ret_accel,
		  char **ret_why)
{
	static const char *const kinds[] = { "bisectbox.accel/1", NULL };
	g_autofree char *path = memory_path(cache, host);
	g_autofree char *text = NULL;
	g_autofree char *known = NULL;
	g_autofree char *why = NULL;
	g_autoptr(Json) json = NULL;
	g_autoptr(JsonReader) reader = NULL;
	int accel;

	if (!fs_read(path, MEMORY_MAX, &text, NULL, NULL))
		return false;
	json = json_parse(text, path, BOX_ERROR_HOST, NULL);
	if (!json)
		return false;
	reader = json_reader_new(json, path, BOX_ERROR_HOST);
	json_choice_or(reader, "schema", kinds, 0);
	known = json_string(reader, "host");
	accel = json_choice_or(reader, "accel", accel_names, ACCEL_AUTO);
	why = json_string(reader, "why");
	if (!json_reader_end(reader, NULL) || accel == ACCEL_AUTO || strcmp(known, key) != 0)
		return false;
	*ret_accel = (Accel)accel;
	*ret_why = g_steal_pointer(&why);
	return true;
}

bool accel_remember(const char *cache, const char *host, const char *key, Accel accel,
		    const char *why, GError **error)
{
	g_autofree char *path = memory_path(cache, host);
	g_autofree char *text = NULL;
	g_autoptr(Json) json = json_new_object();

	json_add_string(json, "schema", "bisectbox.accel/1");
	json_add_string(json, "host", key);
	json_add_string(json, "accel", accel_name(accel));
	json_add_string(json, "why", why);
	text = json_text(json, true);
	return fs_mkdir(cache, error) && fs_write(path, text, -1, error);
}

static bool accel_asked(Accel asked, Accel *ret_accel, char **ret_why, GError **error)
{
	g_autofree char *why = NULL;

	if (asked == ACCEL_KVM && !kvm_access(&why))
		return error_usage(error, "cannot run guests on KVM: %s, or ask for --accel tcg",
				   why);
	*ret_accel = asked;
	*ret_why = g_strdup_printf("%s: as asked", asked == ACCEL_KVM ? "KVM" : "TCG");
	return true;
}

bool accel_choose(Accel asked, const char *cache, Accel *ret_accel, char **ret_why, GError **error)
{
	const char *host = g_get_host_name();
	g_autofree char *key = host_key();
	g_autofree char *why = NULL;
	g_autofree char *said = NULL;
	Accel accel = ACCEL_TCG;
	KvmTrial trial;

	if (asked != ACCEL_AUTO)
		return accel_asked(asked, ret_accel, ret_why, error);
	/* access comes and goes with groups, so it is looked at each time */
	if (!kvm_access(&why)) {
		*ret_accel = ACCEL_TCG;
		*ret_why = g_strdup_printf("TCG: %s", why);
		return true;
	}
	if (accel_recall(cache, host, key, ret_accel, ret_why))
		return true;
	trial = kvm_trial(&said);
	if (trial == KVM_FAST)
		accel = ACCEL_KVM;
	g_free(why);
	why = g_strdup_printf("%s: %s", accel == ACCEL_KVM ? "KVM" : "TCG", said);
	if (trial != KVM_DENIED && !accel_remember(cache, host, key, accel, why, error))
		return false;
	*ret_accel = accel;
	*ret_why = g_steal_pointer(&why);
	return true;
}

bool accel_forget(const char *cache, const char *why, GError **error)
{
	g_autofree char *line = g_strdup_printf("TCG: %s", why);
	g_autofree char *key = host_key();

	return accel_remember(cache, g_get_host_name(), key, ACCEL_TCG, line, error);
}
