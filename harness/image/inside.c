/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestfish's words, and the environment in which it works here. */
#include "image/inside.h"

#include "image/appliance.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"

#include <fcntl.h>
#include <string.h>

bool image_inside(const Image *image, Accel accel, char *const *words, char ***ret_argv,
		  char ***ret_env, GError **error)
{
	g_autofree char *program = g_find_program_in_path("guestfish");
	g_autofree char *cache = paths_cache("images/appliance");
	g_autofree char *format = g_strconcat("--format=", image->format, NULL);
	g_autofree char *device = g_strconcat("/dev/sda", image->device + strlen("/dev/vda"), NULL);
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_auto(GStrv) env = g_get_environ();

	if (!program)
		return error_host(error,
				  "guestfish is missing, which shows what is in an image; as "
				  "root, type: apt install guestfish");
	if (!appliance_check(error) || !fs_mkdir(cache, error))
		return false;
	g_strv_builder_add_many(argv, program, "--ro", format, "-a", image->path, "-m", device,
				NULL);
	g_strv_builder_addv(argv, (const char **)words);
	env = g_environ_setenv(env, "LIBGUESTFS_BACKEND", "direct", TRUE);
	env = g_environ_setenv(env, "LIBGUESTFS_CACHEDIR", cache, TRUE);
	if (accel != ACCEL_KVM)
		env = g_environ_setenv(env, "LIBGUESTFS_BACKEND_SETTINGS", "force_tcg", TRUE);
	if (image->lock >= 0)
		fcntl(image->lock, F_SETFD, 0);
	*ret_argv = g_strv_builder_end(argv);
	*ret_env = g_steal_pointer(&env);
	return true;
}
