/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads commit-graph files where they are mapped; every offset is checked against their length. */
#include "repo/commitgraph.h"

#include "util/fs.h"

#include <string.h>
#include <sys/mman.h>

#define HEADER_LEN 8
#define CHUNK_LEN 12
#define FANOUT_LEN (256 * 4)
#define DATA_LEN (GIT_OID_RAWSZ + 16) /* tree, two parents, generation and date */
#define CHAIN_MAX (1 << 16)           /* bytes of commit-graph-chain */

#define NO_PARENT 0x70000000U
#define MORE_PARENTS 0x80000000U /* of the second parent: the rest is in a list */
#define LAST_PARENT 0x80000000U  /* of an entry of that list */

/* One file; its commits count on from those of the files below it. */
typedef struct {
	GMappedFile *file;
	guint first; /* position of its first commit */
	guint n;
	guint32 fanout[256];
	guint64 ids; /* offsets */
	guint64 data;
	guint64 edges;
	guint n_edges;
} Layer;

struct CommitGraph {
	GArray *layers; /* Layer, the lowest first */
	guint n;
};

static guint32 be32(const guint8 *at)
{
	return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

/* NULL where the file ends before that. */
static const guint8 *bytes_at(const Layer *layer, guint64 offset, gsize len)
{
	gsize size = g_mapped_file_get_length(layer->file);

	if (offset > size || len > size - offset)
		return NULL;
	return (const guint8 *)g_mapped_file_get_contents(layer->file) + offset;
}

/* Where the chunk is, and how long; false where the file does not have it. */
static bool find_chunk(const guint8 *table, guint n_chunks, const char *name, guint64 *ret_offset,
		       guint64 *ret_len)
{
	for (guint i = 0; i < n_chunks; i++) {
		const guint8 *entry = table + (gsize)i * CHUNK_LEN;
		guint64 from = (guint64)be32(entry + 4) << 32 | be32(entry + 8);
		guint64 to =
			(guint64)be32(entry + CHUNK_LEN + 4) << 32 | be32(entry + CHUNK_LEN + 8);

		if (memcmp(entry, name, 4) != 0)
			continue;
		*ret_offset = from;
		*ret_len = to - from;
		return from <= to;
	}
	return false;
}

static bool read_fanout(Layer *layer, guint64 offset)
{
	const guint8 *raw = bytes_at(layer, offset, FANOUT_LEN);

	if (!raw)
		return false;
	for (guint i = 0; i < 256; i++) {
		layer->fanout[i] = be32(raw + (gsize)i * 4);
		if (i > 0 && layer->fanout[i] < layer->fanout[i - 1])
			return false;
	}
	layer->n = layer->fanout[255];
	return layer->n < NO_PARENT;
}

static bool read_layer(Layer *layer)
{
	const guint8 *header = bytes_at(layer, 0, HEADER_LEN);
	const guint8 *table;
	guint64 offset, len;
	guint n_chunks;

	/* Version 1, of SHA-1 ids. */
	if (!header || memcmp(header, "CGPH\1\1", 6) != 0)
		return false;
	n_chunks = header[6];
	table = bytes_at(layer, HEADER_LEN, (n_chunks + 1) * (gsize)CHUNK_LEN);
	if (!table || !find_chunk(table, n_chunks, "OIDF", &offset, &len) || len != FANOUT_LEN ||
	    !read_fanout(layer, offset))
		return false;
	if (!find_chunk(table, n_chunks, "OIDL", &layer->ids, &len) ||
	    len != (guint64)layer->n * GIT_OID_RAWSZ || !bytes_at(layer, layer->ids, len) ||
	    !find_chunk(table, n_chunks, "CDAT", &layer->data, &len) ||
	    len != (guint64)layer->n * DATA_LEN || !bytes_at(layer, layer->data, len))
		return false;
	/* Where no commit has three parents there is no such list. */
	if (find_chunk(table, n_chunks, "EDGE", &layer->edges, &len)) {
		if (!bytes_at(layer, layer->edges, len))
			return false;
		layer->n_edges = (guint)(len / 4);
	}
	return true;
}

static bool add_layer(CommitGraph *graph, const char *path)
{
	Layer layer = { .file = g_mapped_file_new(path, FALSE, NULL), .first = graph->n };

	if (!layer.file)
		return false;
	if (!read_layer(&layer) || layer.n >= NO_PARENT - graph->n) {
		g_mapped_file_unref(layer.file);
		return false;
	}
	graph->n += layer.n;
	g_array_append_val(graph->layers, layer);
	return true;
}

/* A file of a chain may be in any of the folders. */
static bool add_link(CommitGraph *graph, const GPtrArray *objects, const char *hash)
{
	g_autofree char *name = g_strdup_printf("graph-%s.graph", hash);

	for (guint i = 0; i < objects->len; i++) {
		g_autofree char *path =
			g_build_filename(objects->pdata[i], "info", "commit-graphs", name, NULL);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return add_layer(graph, path);
	}
	return false;
}

static CommitGraph *graph_new_empty(void)
{
	CommitGraph *graph = g_new0(CommitGraph, 1);

	graph->layers = g_array_new(FALSE, FALSE, sizeof(Layer));
	return graph;
}

static CommitGraph *open_single(const char *objects)
{
	g_autoptr(CommitGraph) graph = graph_new_empty();
	g_autofree char *path = g_build_filename(objects, "info", "commit-graph", NULL);

	return add_layer(graph, path) ? g_steal_pointer(&graph) : NULL;
}

static CommitGraph *open_chain(const char *at, const GPtrArray *objects)
{
	g_autoptr(CommitGraph) graph = graph_new_empty();
	g_autofree char *path =
		g_build_filename(at, "info", "commit-graphs", "commit-graph-chain", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!fs_read(path, CHAIN_MAX, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] && lines[i][0]; i++)
		if (strlen(lines[i]) != GIT_OID_HEXSZ || !add_link(graph, objects, lines[i]))
			return NULL;
	return graph->layers->len > 0 ? g_steal_pointer(&graph) : NULL;
}

CommitGraph *commit_graph_open(const GPtrArray *objects)
{
	for (guint i = 0; i < objects->len; i++) {
		CommitGraph *graph = open_single(objects->pdata[i]);

		if (!graph)
			graph = open_chain(objects->pdata[i], objects);
		if (graph)
			return graph;
	}
	return NULL;
}

void commit_graph_free(CommitGraph *graph)
{
	if (!graph)
		return;
	for (guint i = 0; i < graph->layers->len; i++)
		g_mapped_file_unref(g_array_index(graph->layers, Layer, i).file);
	g_array_unref(graph->layers);
	g_free(graph);
}

static const guint8 *id_at(const Layer *layer, guint index)
{
	return bytes_at(layer, layer->ids + (guint64)index * GIT_OID_RAWSZ, GIT_OID_RAWSZ);
}

static bool find_in(const Layer *layer, const git_oid *id, guint *ret_index)
{
	guint lo = id->id[0] ? layer->fanout[id->id[0] - 1] : 0;
	guint hi = layer->fanout[id->id[0]];

	while (lo < hi) {
		guint mid = lo + (hi - lo) / 2;
		const guint8 *at = id_at(layer, mid);
		int order = at ? memcmp(at, id->id, GIT_OID_RAWSZ) : 0;

		if (!at)
			return false;
		if (order == 0) {
			*ret_index = mid;
			return true;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool commit_graph_find(const CommitGraph *graph, const git_oid *id, guint *ret_position)
{
	for (guint i = 0; i < graph->layers->len; i++) {
		const Layer *layer = &g_array_index(graph->layers, Layer, i);
		guint index;

		if (find_in(layer, id, &index)) {
			*ret_position = layer->first + index;
			return true;
		}
	}
	return false;
}

static const Layer *layer_of(const CommitGraph *graph, guint position)
{
	guint i = graph->layers->len;

	if (position >= graph->n)
		return NULL;
	while (g_array_index(graph->layers, Layer, i - 1).first > position)
		i--;
	return &g_array_index(graph->layers, Layer, i - 1);
}

static bool add_parent(const CommitGraph *graph, guint parent, GArray *parents)
{
	for (guint i = 0; i < parents->len; i++)
		if (g_array_index(parents, guint, i) == parent)
			return true;
	g_array_append_val(parents, parent);
	return parent < graph->n;
}

static bool add_more(const CommitGraph *graph, const Layer *layer, guint edge, GArray *parents)
{
	for (; edge < layer->n_edges; edge++) {
		const guint8 *at = bytes_at(layer, layer->edges + (guint64)edge * 4, 4);
		guint32 entry = at ? be32(at) : NO_PARENT;

		if (!add_parent(graph, entry & ~LAST_PARENT, parents))
			return false;
		if (entry & LAST_PARENT)
			return true;
	}
	return false;
}

static const guint8 *data_of(const CommitGraph *graph, guint position, const Layer **ret_layer)
{
	const Layer *layer = layer_of(graph, position);

	if (!layer)
		return NULL;
	*ret_layer = layer;
	return bytes_at(layer, layer->data + (guint64)(position - layer->first) * DATA_LEN,
			DATA_LEN);
}

bool commit_graph_read(const CommitGraph *graph, guint position, gint64 *ret_date, GArray *parents)
{
	const Layer *layer = NULL;
	const guint8 *data = data_of(graph, position, &layer);
	guint32 first, second;

	g_array_set_size(parents, 0);
	if (!data)
		return false;
	data += GIT_OID_RAWSZ;
	first = be32(data);
	second = be32(data + 4);
	/* The generation has 30 bits, the date 34. */
	*ret_date = (gint64)(be32(data + 8) & 3) << 32 | be32(data + 12);
	if (first != NO_PARENT && !add_parent(graph, first, parents))
		return false;
	if (second == NO_PARENT)
		return true;
	if (second & MORE_PARENTS)
		return add_more(graph, layer, second & ~MORE_PARENTS, parents);
	return add_parent(graph, second, parents);
}

bool commit_graph_tree(const CommitGraph *graph, guint position, git_oid *ret_tree)
{
	const Layer *layer;
	const guint8 *data = data_of(graph, position, &layer);

	return data && git_oid_fromraw(ret_tree, data) == 0;
}

bool commit_graph_id(const CommitGraph *graph, guint position, git_oid *ret_id)
{
	const Layer *layer = layer_of(graph, position);
	const guint8 *id = layer ? id_at(layer, position - layer->first) : NULL;

	return id && git_oid_fromraw(ret_id, id) == 0;
}

void commit_graph_rest(CommitGraph *graph)
{
	for (guint i = 0; i < graph->layers->len; i++) {
		GMappedFile *file = g_array_index(graph->layers, Layer, i).file;

		madvise(g_mapped_file_get_contents(file), g_mapped_file_get_length(file),
			MADV_DONTNEED);
	}
}
