/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bisectbox image list, show, check: what there is. */
#include "cmd/cmd.h"
#include "cmd/image_job.h"
#include "image/manifest.h"
#include "image/oci.h"
#include "image/store.h"
#include "util/error.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/text.h"

#include <stdio.h>
#include <sys/stat.h>

#define SCHEMA "bisectbox.image/1"

/* An image, and what is to be said of it. */
typedef struct {
	ImageSource *source;
	Image *image; /* NULL: not built yet */
	char *agent;  /* hash of today's */
} Shown;

static void shown_clear(Shown *shown)
{
	image_source_free(shown->source);
	image_free(shown->image);
	g_free(shown->agent);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shown, shown_clear)

static bool look_up(const char *name, Shown *shown, GError **error)
{
	g_autofree char *agent = NULL;

	if (!image_source_load(name, &shown->source, error))
		return false;
	agent = image_source_agent(shown->source);
	/* programs of another architecture need not be built here; then no disk is, either */
	if (shown->source->recipe && shown->source->recipe->arch != arch_usual() &&
	    !g_file_test(agent, G_FILE_TEST_EXISTS)) {
		shown->agent = g_strdup("");
		return true;
	}
	if (!image_source_find(shown->source, agent, &shown->image, error))
		return false;
	if (fs_sha256(agent, &shown->agent, error))
		return true;
	g_prefix_error(error, "the guests' agent is not there; run make: ");
	return false;
}

static const char *title_of(const ImageSource *source)
{
	return source->recipe ? source->recipe->title : source->imported->title;
}

/* ---- list ---- */

/* What cases with a root of their own have left in the cache. */
static void list_roots(Json *list)
{
	g_autoptr(GPtrArray) roots = oci_list();

	for (guint i = 0; i < roots->len; i++) {
		const Image *root = roots->pdata[i];
		g_autofree char *source = text_clean(root->source, 0);
		Json *one;

		if (!list) {
			printf("%-10s from %s\n           %s\n", "OCI image", source, root->path);
			continue;
		}
		one = json_append(list, json_new_object());
		json_add_string(one, "kind", "case-root");
		json_add_string(one, "origin", source);
		json_add_string(one, "path", root->path);
	}
}

static int list_one(const char *name, Json *list)
{
	g_auto(Shown) shown = { 0 };
	g_autoptr(GError) error = NULL;
	const char *path;
	Json *one;

	if (!look_up(name, &shown, &error))
		return cmd_error(error);
	path = shown.image ? shown.image->path : NULL;
	if (!list) {
		printf("%-10s %s%s\n           %s\n", shown.source->name, title_of(shown.source),
		       shown.source->imported ? " (imported)" : "", path ? path : "not built yet");
		return EXIT_GOOD;
	}
	one = json_append(list, json_new_object());
	json_add_string(one, "kind", shown.source->recipe ? "recipe" : "imported");
	json_add_string(one, "name", shown.source->name);
	json_add_string(one, "title", title_of(shown.source));
	json_add_string(one, "path", path);
	return EXIT_GOOD;
}

int image_job_list(const ImageJob *job, const char *only)
{
	g_autoptr(Json) json = json_new_object();
	Json *list = NULL;
	g_auto(GStrv) recipes = recipe_names();
	g_autoptr(GPtrArray) imported = imported_list();
	int code = EXIT_GOOD;

	json_add_string(json, "schema", "bisectbox.images/1");
	if (job->json)
		list = json_add(json, "images", json_new_array());
	for (char **name = recipes; *name && !only && code == EXIT_GOOD; name++)
		code = list_one(*name, list);
	for (guint i = 0; i < imported->len && !only && code == EXIT_GOOD; i++)
		code = list_one(((const Imported *)imported->pdata[i])->image->name, list);
	if (only)
		code = list_one(only, list);
	else if (code == EXIT_GOOD)
		list_roots(list);
	if (job->json && code == EXIT_GOOD) {
		g_autofree char *text = json_text(json, false);

		puts(text);
	}
	return code;
}

/* ---- show ---- */

static char *manifest_path(const Shown *shown)
{
	return shown->source->imported ? imported_manifest_path(shown->source->name)
				       : store_manifest_path(shown->image->path);
}

/* Bytes that the disk's file takes on this host. */
static gint64 used_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (gint64)st.st_blocks * 512 : 0;
}

static void describe_disk(Json *json, const Shown *shown)
{
	const Image *image = shown->image;
	g_autofree char *manifest = manifest_path(shown);
	g_autoptr(Manifest) content = manifest_read(manifest);

	json_add_string(json, "path", image->path);
	json_add_string(json, "format", image->format);
	json_add_int(json, "bytes", used_bytes(image->path));
	json_add_string(json, "disk", image->hash);
	json_add_string(json, shown->source->recipe ? "root" : "origin_hash", image->root_hash);
	json_add_string(json, "device", image->device);
	json_add_string(json, "filesystem", image->filesystem);
	json_add_bool(json, "crun", image->crun);
	json_add_string(json, "init",
			shown->source->imported ? shown->source->imported->starter
						: "bisectbox's agent");
	json_add_bool(json, "agent_current", g_str_equal(image->agent_hash, shown->agent));
	json_add_string(json, "manifest", content ? manifest : NULL);
	json_add_int(json, "packages", content ? manifest_packages(content) : 0);
	json_add_int(json, "files", content ? manifest_files(content) : 0);
}

static Json *describe(const Shown *shown)
{
	Json *json = json_new_object();
	const Imported *imported = shown->source->imported;

	json_add_string(json, "schema", SCHEMA);
	json_add_string(json, "name", shown->source->name);
	json_add_string(json, "kind", imported ? "imported" : "recipe");
	json_add_string(json, "title", title_of(shown->source));
	json_add_strings(json, "kconfig", (const char *const *)shown->source->kconfig);
	if (imported) {
		json_add_string(json, "origin", imported->origin);
		json_add_string(json, "when", imported->when);
		json_add_string(json, "layout", imported->layout);
	}
	json_add_bool(json, "built", shown->image != NULL);
	if (shown->image)
		describe_disk(json, shown);
	return json;
}

static void print_disk(const Shown *shown)
{
	const Image *image = shown->image;
	g_autofree char *manifest = manifest_path(shown);
	g_autoptr(Manifest) content = manifest_read(manifest);
	bool current = g_str_equal(image->agent_hash, shown->agent);

	printf("%-10s %s\n", "disk", image->path);
	printf("%-10s %s, %" G_GINT64_FORMAT " MiB on this host\n", "format", image->format,
	       used_bytes(image->path) >> 20);
	printf("%-10s %s\n", "sha256", image->hash);
	printf("%-10s %s, %s\n", "root", image->device, image->filesystem);
	printf("%-10s %s\n", "crun", image->crun ? "yes" : "no: for cases without a container");
	printf("%-10s %s\n", "init",
	       shown->source->imported ? shown->source->imported->starter : "bisectbox's agent");
	printf("%-10s %s\n", "agent",
	       current ? "today's" : "an older one, which the next run renews");
	if (content)
		printf("%-10s %u packages, %u files: %s\n", "content", manifest_packages(content),
		       manifest_files(content), manifest);
}

static void print(const Shown *shown)
{
	const Imported *imported = shown->source->imported;
	g_autofree char *kconfig = g_strjoinv(", ", shown->source->kconfig);

	printf("%-10s %s\n", shown->source->name, title_of(shown->source));
	if (imported)
		printf("%-10s %s, at %s; its disk is %s\n", "imported", imported->origin,
		       imported->when, imported->layout);
	if (*kconfig)
		printf("%-10s %s, besides what all kernels have\n", "kconfig", kconfig);
	if (shown->image)
		print_disk(shown);
	else
		printf("%-10s not built yet\n", "disk");
}

int image_job_show(const ImageJob *job, const char *name)
{
	g_auto(Shown) shown = { 0 };
	g_autoptr(GError) error = NULL;

	if (!look_up(name, &shown, &error))
		return cmd_error(error);
	if (job->json) {
		g_autoptr(Json) json = describe(&shown);
		g_autofree char *text = json_text(json, false);

		puts(text);
	} else {
		print(&shown);
	}
	return EXIT_GOOD;
}

/* ---- check ---- */

int image_job_check(const ImageJob *job, const char *name)
{
	g_auto(Shown) shown = { 0 };
	g_autoptr(GError) error = NULL;

	(void)job;
	if (!look_up(name, &shown, &error) || (shown.image && !image_verify(shown.image, &error)))
		return cmd_error(error);
	if (!shown.image)
		printf("%s: a recipe without fault, not built yet\n", shown.source->name);
	else
		printf("%s: the disk is what was %s, byte for byte\n", shown.source->name,
		       shown.source->recipe ? "built" : "imported");
	return EXIT_GOOD;
}
