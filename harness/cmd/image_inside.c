/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox image remove, shell. */
#include "cmd/cmd.h"
#include "cmd/image_job.h"
#include "image/inside.h"
#include "image/remove.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A recipe of one's own is given by its path, as everywhere. */
static bool name_of(const char *word, char **ret_name, GError **error)
{
	g_autoptr(Recipe) recipe = NULL;

	if (strchr(word, '/')) {
		if (!recipe_load(word, &recipe, error))
			return false;
		*ret_name = g_strdup(recipe->name);
		return true;
	}
	*ret_name = g_strdup(word);
	return recipe_is_name(word) || error_usage(error, "\"%s\" is no image's name", word);
}

static bool remove_one(const char *word, GError **error)
{
	g_autofree char *name = NULL;
	bool any = false;

	if (!name_of(word, &name, error) || !image_remove(name, &any, error))
		return false;
	return any || error_usage(error, "there is nothing of an image %s to remove", name);
}

int image_job_remove(const ImageJob *job)
{
	for (guint i = 0; job->words->pdata[i]; i++) {
		g_autoptr(GError) error = NULL;

		if (!remove_one(job->words->pdata[i], &error))
			return cmd_error(error);
	}
	return EXIT_GOOD;
}

static bool prepare(const char *name, char *const *words, char ***ret_argv, char ***ret_env,
		    Image **ret_image, GError **error)
{
	g_autoptr(ImageSource) source = NULL;
	g_autofree char *agent = NULL;
	g_autofree char *host = paths_cache("host");
	g_autofree char *why = NULL;
	Accel accel;

	if (!image_source_load(name, &source, error))
		return false;
	agent = image_source_agent(source);
	if (!image_source_find(source, agent, ret_image, error))
		return false;
	if (!*ret_image)
		return error_usage(error,
				   "the image %s is not built yet: `bisectbox image build %s`",
				   source->name, name);
	return fs_mkdir(host, error) && accel_choose(ACCEL_AUTO, host, &accel, &why, error) &&
	       image_inside(*ret_image, accel, words, ret_argv, ret_env, error);
}

int image_job_shell(const ImageJob *job, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Image) image = NULL;
	g_auto(GStrv) argv = NULL;
	g_auto(GStrv) env = NULL;
	sigset_t none;

	if (!prepare(name, (char *const *)job->words->pdata + 1, &argv, &env, &image, &error))
		return cmd_error(error);
	/* what the terminal expects of a program that takes it over */
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	fflush(stdout);
	execve(argv[0], argv, env);
	error_host(&error, "cannot run %s: %s", argv[0], g_strerror(errno));
	return cmd_error(error);
}
