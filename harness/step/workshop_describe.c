/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all verdicts of a run depend on, for its record. */
#include "step/boot.h"
#include "step/workshop_internal.h"
#include "util/json.h"

static void describe_cases(Json *json, const Workshop *shop)
{
	Json *list = json_add(json, "cases", json_new_array());

	for (guint i = 0; i < shop->cases->len; i++) {
		const Case *testcase = shop->cases->pdata[i];
		const Image *root = shop->roots ? shop->roots->pdata[i] : NULL;
		Json *one = json_append(list, json_new_object());

		json_add_string(one, "name", testcase->name);
		json_add_string(one, "folder", testcase->folder);
		json_add_string(one, "hash", testcase->hash);
		if (root) {
			json_add_string(one, "rootfs", testcase->rootfs);
			json_add_string(one, "rootfs_disk_hash", root->hash);
		}
	}
}

/* Of the newest trees; older ones may get another: each step says. */
static void describe_chain(Json *json, const Workshop *shop)
{
	const Toolchain *chain = NULL;
	bool known = shop->chains && toolchains_choose(shop->chains, NULL, &chain, NULL);

	json_add_string(json, "compiler", known ? chain->text : NULL);
}

static void describe_guests(Json *json, const Workshop *shop)
{
	const Owner *owner = (const Owner *)shop;
	GuestSpec guest = boot_spec(shop, shop->cases, NULL);
	g_autofree char *machine = machine_describe(shop->machine, &guest);

	json_add_string(json, "image", shop->image->path);
	json_add_string(json, "image_hash", shop->image->hash);
	json_add_string(json, "agent_hash", shop->agent);
	json_add_string(json, "machine", machine);
	json_add_string(json, "accelerator", owner->accel_why);
	json_add_int(json, "cpus", guest.cpus);
	json_add_int(json, "mem_mib", guest.mem_mib);
	json_add_int(json, "timeout_s", guest.timeout_ms / 1000);
	json_add_string(json, "append", shop->append);
}

struct cJSON *workshop_describe(const Workshop *shop)
{
	Json *json = json_new_object();

	describe_cases(json, shop);
	describe_chain(json, shop);
	json_add_int(json, "jobs", shop->jobs);
	json_add_string(json, "setup", shop->stock ? stock_setup(shop->stock) : NULL);
	if (shop->machine) /* else kernels are built only */
		describe_guests(json, shop);
	return json;
}
