/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing among the manifests of an OCI index. */
#include "image/ociindex.h"

#include "util/error.h"
#include "util/text.h"

#define REF_NAME "org.opencontainers.image.ref.name"
#define MANIFEST "application/vnd.oci.image.manifest.v1+json"

/* A manifest, or a further index, as an index names it. */
typedef struct {
	char *type;
	char *digest;
	char *name; /* NULL for none */
	char *platform;
	gint64 size;
	bool foreign; /* is for another platform, and says so */
} Descriptor;

static void descriptor_free(Descriptor *descriptor)
{
	g_free(descriptor->type);
	g_free(descriptor->digest);
	g_free(descriptor->name);
	g_free(descriptor->platform);
	g_free(descriptor);
}

static Descriptor *read_descriptor(JsonReader *reader)
{
	Descriptor *descriptor = g_new0(Descriptor, 1);
	JsonReader *platform = json_object(reader, "platform");
	JsonReader *annotations = json_object(reader, "annotations");

	descriptor->type = json_string_or(reader, "mediaType", MANIFEST);
	descriptor->digest = json_string(reader, "digest");
	descriptor->size = json_int_or(reader, "size", 1, G_MAXINT32, 1);
	if (annotations)
		descriptor->name = json_string_or(annotations, REF_NAME, NULL);
	if (platform) {
		g_autofree char *os = json_string_or(platform, "os", OCI_OS);
		g_autofree char *architecture =
			json_string_or(platform, "architecture", OCI_ARCHITECTURE);

		descriptor->platform = g_strdup_printf("%s/%s", os, architecture);
		descriptor->foreign = g_strcmp0(os, OCI_OS) != 0 ||
				      g_strcmp0(architecture, OCI_ARCHITECTURE) != 0;
	}
	return descriptor;
}

static bool has_digest(const GPtrArray *list, const char *digest)
{
	for (guint i = 0; i < list->len; i++) {
		const Descriptor *descriptor = list->pdata[i];

		if (g_str_equal(descriptor->digest, digest))
			return true;
	}
	return false;
}

/* The different images, by their digests, that are for this platform, or for others. */
static GPtrArray *select_images(const GPtrArray *all, bool foreign)
{
	GPtrArray *list = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++) {
		const Descriptor *descriptor = all->pdata[i];

		if (descriptor->foreign == foreign && !has_digest(list, descriptor->digest))
			g_ptr_array_add(list, all->pdata[i]);
	}
	return list;
}

/* For people: names where there are any, digests else; or platforms. */
static char *join(const GPtrArray *list, bool platforms)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		const Descriptor *one = list->pdata[i];
		const char *name = one->name ? one->name : one->digest;

		g_string_append_printf(text, "%s%s", i ? ", " : "",
				       platforms ? one->platform : name);
	}
	return text_clean(text->str, 300);
}

static char *index_text(const Descriptor *chosen)
{
	g_autoptr(Json) index = json_new_object();
	Json *manifests, *manifest;

	json_add_int(index, "schemaVersion", 2);
	manifests = json_add(index, "manifests", json_new_array());
	manifest = json_append(manifests, json_new_object());
	json_add_string(manifest, "mediaType", chosen->type);
	json_add_string(manifest, "digest", chosen->digest);
	json_add_int(manifest, "size", chosen->size);
	return json_text(index, false);
}

static GPtrArray *read_index(const char *text, const char *path, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s: index.json", path);
	g_autoptr(GPtrArray) all = NULL;
	g_autoptr(JsonReader) reader = NULL;
	g_autoptr(Json) json = json_parse(text, name, BOX_ERROR_USAGE, error);

	if (!json)
		return NULL;
	all = g_ptr_array_new_with_free_func((GDestroyNotify)descriptor_free);
	reader = json_reader_new(json, name, BOX_ERROR_USAGE);
	json_reader_allow_unknown(reader);
	for (JsonReader **item = json_objects(reader, "manifests", NULL); *item; item++)
		g_ptr_array_add(all, read_descriptor(*item));
	return json_reader_end(reader, error) ? g_steal_pointer(&all) : NULL;
}

bool ociindex_choose(const char *text, const char *path, char **ret_text, GError **error)
{
	g_autoptr(GPtrArray) all = read_index(text, path, error);
	g_autoptr(GPtrArray) ours = all ? select_images(all, false) : NULL;
	g_autoptr(GPtrArray) others = all ? select_images(all, true) : NULL;
	g_autofree char *shown = NULL;

	if (!all)
		return false;
	if (all->len == 0)
		return error_usage(error, "%s: there is no image in its index", path);
	if (ours->len == 0) {
		shown = join(others, true);
		return error_usage(error,
				   "%s is for %s, and guests are " OCI_OS "/" OCI_ARCHITECTURE,
				   path, shown);
	}
	if (ours->len > 1) {
		shown = join(ours, false);
		return error_usage(error,
				   "%s has %u images (%s): copy the one that is meant to an "
				   "archive of its own (skopeo copy)",
				   path, ours->len, shown);
	}
	*ret_text = index_text(ours->pdata[0]);
	return true;
}
