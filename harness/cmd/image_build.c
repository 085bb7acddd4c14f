/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox image build, import: making one. */
#include "cmd/cmd.h"
#include "cmd/image_job.h"
#include "cmd/live.h"
#include "image/import.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <stdio.h>
#include <string.h>

#define PASSWORD_MAX 4096

static void on_progress(const char *phase, const char *detail, void *user)
{
	live_notice(user, phase, detail);
}

static bool choose_accel(Accel *ret_accel, GError **error)
{
	g_autofree char *host = paths_cache("host");
	g_autofree char *why = NULL;

	return fs_mkdir(host, error) && accel_choose(ACCEL_AUTO, host, ret_accel, &why, error);
}

static void tell_news(const ImageNews *news)
{
	if (!news->built || !news->before)
		return;
	if (news->changes)
		fprintf(stderr, "otherwise than in the last one:\n%s\n", news->changes);
	else
		fputs("all in it is as in the last one\n", stderr);
}

int image_job_build(const ImageJob *job, const char *name)
{
	g_autoptr(Live) live = live_new(false);
	g_autoptr(ImageSource) source = NULL;
	g_autoptr(Image) image = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(ImageNews) news = { 0 };
	g_autofree char *agent = NULL;
	Accel accel;
	bool ok = image_source_load(name, &source, &error);

	if (ok && source->imported)
		ok = error_usage(&error, "%s was imported: there is no recipe to build it from",
				 name);
	agent = ok ? image_source_agent(source) : NULL;
	ok = ok && choose_accel(&accel, &error) &&
	     image_build(source->recipe, agent, accel, job->rebuild, on_progress, live, job->cancel,
			 &image, &news, &error);
	g_clear_pointer(&live, live_free);
	if (!ok)
		return cmd_error(error);
	tell_news(&news);
	printf("%s\n", image->path);
	return EXIT_GOOD;
}

/* The first line of a file that nobody else need see. */
static bool read_password(const char *path, char **ret_password, GError **error)
{
	g_autofree char *text = NULL;

	if (!path)
		return true;
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return error_usage(error, "--root-password %s: no such file", path);
	if (!fs_read(path, PASSWORD_MAX, &text, NULL, error))
		return false;
	text[strcspn(text, "\r\n")] = '\0';
	if (!*text)
		return error_usage(error, "--root-password %s: its first line is empty", path);
	*ret_password = g_steal_pointer(&text);
	return true;
}

static bool import_it(const ImageJob *job, const char *path, const char *name, Live *live,
		      Imported **ret_imported, GError **error)
{
	g_autofree char *disk = g_canonicalize_filename(path, NULL);
	g_autofree char *agent = paths_built("agent");
	g_autofree char *password = NULL;
	ImportSpec spec = {
		.disk = disk,
		.name = name,
		.no_crun = job->no_crun,
		.agent = agent,
		.progress = on_progress,
		.user = live,
		.cancel = job->cancel,
	};

	if (!name)
		return error_usage(error, "%s gives no name: give one with --name", path);
	if (!read_password(job->password, &password, error) || !choose_accel(&spec.accel, error))
		return false;
	spec.password = password;
	return import_disk(&spec, ret_imported, error);
}

int image_job_import(const ImageJob *job, const char *disk)
{
	g_autoptr(Live) live = live_new(false);
	g_autofree char *name = job->name ? g_strdup(job->name) : import_name(disk);
	g_autoptr(Imported) imported = NULL;
	g_autoptr(GError) error = NULL;
	bool ok = import_it(job, disk, name, live, &imported, &error);

	g_clear_pointer(&live, live_free);
	if (!ok)
		return cmd_error(error);
	fprintf(stderr, "%s: its disk is %s; %s starts the cases; root is %s, %s%s\n",
		imported->title, imported->layout, imported->starter, imported->image->device,
		imported->image->filesystem,
		imported->image->crun ? "" : "; without crun, for cases without a container only");
	printf("%s\n", name);
	return EXIT_GOOD;
}
