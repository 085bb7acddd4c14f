/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps for the rule that says which trees build the same kernel: each is a file that is added or
 * changed, that no .cmd file names, and that the build reads all the same. And ccache's.
 */
#include "buildfixture.h"

#include "kernel/build.h"
#include "kernel/footprint.h"
#include "kernel/version.h"
#include "util/fs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* @bait, @more: makefiles in the tree, @cmd: a command of the build, or @config: a line of
 * auto.conf, without which the path would be ignorable; most traps need none. */
typedef struct {
	const char *name;
	const char *path;
	guint change;
	const char *bait_path, *bait;
	const char *more_path, *more;
	const char *cmd_path, *cmd;
	const char *config;
} Trap;

#define ADDED FOOTPRINT_ADDED
#define CHANGED FOOTPRINT_CHANGED
#define ODD FOOTPRINT_ODD

static const Trap traps[] = {
	/* a new file that is found before the one that was read */
	{ .name = "shadow-header", .path = "arch/x86/include/linux/sched.h", .change = ADDED },
	{ .name = "shadow-of-generated", .path = "include/generated/bounds.h", .change = ADDED },
	{ .name = "asm-generic-override", .path = "arch/x86/include/asm/bug.h", .change = ADDED },
	{ .name = "shadow-of-host", .path = "include/limits.h", .change = ADDED },
	{ .name = "shadow-by-case", .path = "include/linux/SCHED.H.h", .change = ADDED | ODD },
	{ .name = "other-language", .path = "kernel/fork.S", .change = ADDED },
	{ .name = "source-of-generated", .path = "lib/table.c", .change = ADDED },
	{ .name = "has-include", .path = "security/errata/abi-4.h", .change = ADDED },
	/* a new file that a pattern picks up */
	{ .name = "wildcard",
	  .path = "kernel/plug-new.c",
	  .change = ADDED,
	  .bait_path = "kernel/Makefile",
	  .bait = "o := $(wildcard $(srctree)/$(src)/plug-*.c)\n" },
	{ .name = "folder",
	  .path = "arch/x86/boot/dts/new.h",
	  .change = ADDED,
	  .bait_path = "Makefile",
	  .bait = "ifneq ($(wildcard $(srctree)/arch/$(SRCARCH)/boot/dts/),)\nendif\n" },
	{ .name = "find",
	  .path = "kernel/any.h",
	  .change = ADDED,
	  .bait_path = "kernel/Makefile",
	  .bait = "o := $(shell cd $(srctree)/$(src) && find . -name '*.h')\n" },
	{ .name = "prerequisite-pattern",
	  .path = "include/xen/interface/xen-new.h",
	  .change = ADDED,
	  .bait_path = "kernel/Makefile",
	  .bait = "$(out)/xen-hypercalls.h: $(srctree)/include/xen/interface/xen*.h\n" },
	{ .name = "included-makefile",
	  .path = "kernel/plug/new.c",
	  .change = ADDED,
	  .bait_path = "kernel/Makefile",
	  .bait = "include $(srctree)/virt/Makefile.more # see there\n",
	  .more_path = "virt/Makefile.more",
	  .more = "o := $(wildcard $(srctree)/$(src)/plug/*.c)\n" },
	{ .name = "recursive-make",
	  .path = "kernel/tool/new.c",
	  .change = ADDED,
	  .bait_path = "kernel/Makefile",
	  .bait = "$(obj)/tool/tool: $(srctree)/$(src)/tool/*.[chyl]\n"
		  "\t$(MAKE) -C $(srctree)/$(src)/tool\n" },
	{ .name = "archive-of-headers",
	  .path = "include/linux/new.h",
	  .change = ADDED,
	  .cmd_path = "kernel/.kheaders_data.tar.xz.cmd",
	  .cmd = "cmd_x := sh TREE/kernel/gen_kheaders.sh out\n" },
	{ .name = "tested-headers",
	  .path = "include/uapi/linux/new.h",
	  .change = ADDED,
	  .config = "CONFIG_HEADERS_INSTALL=y\n" },
	{ .name = "initramfs",
	  .path = "usr/root/init.c",
	  .change = ADDED,
	  .bait_path = "usr/root/readme",
	  .bait = "x\n",
	  .cmd_path = "usr/.initramfs_data.cpio.cmd",
	  .cmd = "cmd_x := sh TREE/usr/gen_initramfs.sh -o out TREE/usr/root\n" },
	{ .name = "localversion", .path = "localversion-x.h", .change = ADDED },
	/* a new file of a kind that is read unseen */
	{ .name = "kbuild", .path = "drivers/net/Kbuild", .change = ADDED },
	{ .name = "kconfig", .path = "drivers/net/Kconfig.new", .change = ADDED },
	{ .name = "makefile-part", .path = "drivers/net/Makefile.include", .change = ADDED },
	{ .name = "shipped", .path = "drivers/tty/keys.c_shipped", .change = ADDED },
	{ .name = "script", .path = "scripts/any.c", .change = ADDED },
	{ .name = "symlink", .path = "drivers/net/any.c", .change = ADDED | ODD },
	{ .name = "scmversion", .path = ".scmversion", .change = ADDED },
	{ .name = "attributes", .path = ".gitattributes", .change = ADDED },
	{ .name = "firmware", .path = "firmware/any.bin.ihex", .change = ADDED },
	/* a recipe that leaves no .cmd file */
	{ .name = "recipe",
	  .path = "include/linux/oid_registry.h",
	  .change = CHANGED,
	  .bait_path = "kernel/Makefile",
	  .bait = "$(obj)/oid_data.c: $(srctree)/include/linux/oid_registry.h\n"
		  "\t$(call cmd,oids)\n" },
	/* what is apart elsewhere, and is part of this kernel */
	{ .name = "samples",
	  .path = "samples/kprobes/any.txt",
	  .change = CHANGED,
	  .cmd_path = "samples/kprobes/.a.o.cmd",
	  .cmd = "cmd_x := gcc -c TREE/samples/kprobes/a.c\n" },
	{ .name = "searched-arch",
	  .path = "arch/sh/include/cpu/sched.h",
	  .change = ADDED,
	  .bait_path = "arch/sh/include/cpu/x",
	  .bait = "x\n",
	  .cmd_path = "drivers/.a.o.cmd",
	  .cmd = "cmd_x := gcc -ITREE/arch/sh/include/cpu -c a.c\n" },
};

static void set_up(Fixture *f, gconstpointer data)
{
	static const char *const files[] = { "kernel/fork.c", "include/linux/sched.h",
					     "include/asm-generic/bug.h", "lib/other.c" };
	g_autofree char *made = g_dir_make_tmp("bisectbox-traps-XXXXXX", NULL);

	(void)data;
	f->dir = realpath(made, NULL);
	f->tree = g_build_filename(f->dir, "tree", NULL);
	f->build = g_build_filename(f->dir, "build", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(files); i++)
		put(f->tree, files[i], "x\n");
	put(f->tree, "security/lock.c", "#if __has_include(\"errata/abi-4.h\")\n#endif\n");
	put_cmd(f, "kernel/.fork.o.cmd",
		"cmd_kernel/fork.o := gcc -ITREE/include -c -o kernel/fork.o TREE/kernel/fork.c\n\n"
		"source_kernel/fork.o := TREE/kernel/fork.c\n\n"
		"deps_kernel/fork.o := \\\n  ../tree/include/linux/sched.h \\\n"
		"  ../tree/include/asm-generic/bug.h \\\n  include/generated/bounds.h \\\n"
		"  /usr/include/limits.h \\\n\n");
	put_cmd(f, "security/.lock.o.cmd", "cmd_security/lock.o := gcc -c TREE/security/lock.c\n");
	put_cmd(f, "lib/.table.o.cmd",
		"cmd_lib/table.o := gcc -c lib/table.c\n\nsource_lib/table.o := lib/table.c\n");
}

static void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	g_assert_true(fs_remove_tree(f->dir, NULL));
	free(f->dir);
	g_free(f->tree);
	g_free(f->build);
}

static FootprintWhy judge(Fixture *f, const Trap *trap)
{
	g_autoptr(Footprint) footprint = NULL;
	g_autoptr(Footprint) again = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	footprint_read(f->tree, f->build, "x86", &footprint, &error);
	g_assert_no_error(error);
	text = footprint_text(footprint); /* and as it is kept */
	footprint_parse(text, &again, &error);
	g_assert_no_error(error);
	g_assert_cmpint(footprint_judge(footprint, trap->path, trap->change), ==,
			footprint_judge(again, trap->path, trap->change));
	return footprint_judge(again, trap->path, trap->change);
}

static void test_trap(Fixture *f, gconstpointer data)
{
	const Trap *trap = data;
	bool baited = trap->bait || trap->cmd || trap->config;

	/* Without the bait it is ignorable: what catches it is what the trap is about. */
	if (baited)
		g_assert_true(footprint_ignores(judge(f, trap)));
	if (trap->bait)
		put(f->tree, trap->bait_path, trap->bait);
	if (trap->more)
		put(f->tree, trap->more_path, trap->more);
	if (trap->cmd)
		put_cmd(f, trap->cmd_path, trap->cmd);
	if (trap->config)
		put(f->build, "include/config/auto.conf", trap->config);
	g_assert_false(footprint_ignores(judge(f, trap)));
}

/* In the same tree, what no trap is about stays ignorable. */
static void test_sames(Fixture *f, gconstpointer data)
{
	static const Trap sames[] = {
		{ .path = "drivers/net/e100.c", .change = ADDED },
		{ .path = "drivers/net/e100.h", .change = CHANGED },
		{ .path = "include/uapi/linux/new.h", .change = ADDED },
		{ .path = "arch/sh/include/asm/sched.h", .change = ADDED },
		{ .path = "Documentation/a.rst", .change = CHANGED },
		{ .path = "samples/a/b.c", .change = ADDED },
		{ .path = "lib/other.c", .change = FOOTPRINT_REMOVED },
	};

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(sames); i++) {
		g_test_message("%s", sames[i].path);
		g_assert_true(footprint_ignores(judge(f, &sames[i])));
	}
}

static char *build_hash(Fixture *f, const char *name)
{
	const char *none[] = { NULL };
	g_autofree char *build = g_build_filename(f->dir, name, NULL);
	g_autofree char *log = g_build_filename(f->dir, "log", NULL);
	g_autofree char *ccache = g_build_filename(f->dir, "ccache", NULL);
	g_autoptr(GPtrArray) misses = NULL;
	g_autoptr(Kconfig) kconfig = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(Kernel) kernel = { 0 };
	static char *words[] = { NULL };
	const Toolchain gcc = { .cc = (char *)"gcc", .words = words };
	KernelSpec spec = { .tree = f->tree,
			    .build = build,
			    .jobs = 1,
			    .log = log,
			    .ccache = ccache,
			    .chain = &gcc,
			    .arch = KERNEL_SRCARCH };

	kconfig_load(none, &kconfig, &error);
	g_assert_no_error(error);
	spec.kconfig = kconfig;
	kernel_configure(&spec, NULL, &kernel, &misses, &error);
	g_assert_no_error(error);
	kernel_make(&spec, NULL, &kernel, &error);
	g_assert_no_error(error);
	g_assert_cmpint(kernel.end, ==, KERNEL_BUILT);
	return g_strdup(kernel.hash);
}

/*
 * An object that ccache has is of the headers that were found then. Built again it is taken from
 * there; with a new header before one of those, and one that was asked for, it must not be.
 */
static void test_ccache(Fixture *f, gconstpointer data)
{
	g_autofree char *before = NULL, *again = NULL, *shadowed = NULL, *asked = NULL;

	(void)data;
	put(f->tree, "Makefile",
	    "allnoconfig:\n\t: > $(O)/.config\n"
	    "bzImage:\n\tmkdir -p $(O)/arch/x86/boot\n"
	    "\t$(CC) -I$(CURDIR)/a -I$(CURDIR)/b -c -o $(O)/t.o $(CURDIR)/t.c\n"
	    "\tobjcopy -O binary -j .data $(O)/t.o $(O)/arch/x86/boot/bzImage\n");
	put(f->tree, "t.c", "#include <x.h>\n#if __has_include(\"y.h\")\nint asked = 3;\n#endif\n");
	put(f->tree, "a/other.h", "");
	put(f->tree, "b/x.h", "int x = 1;\n");
	g_usleep(2100 * 1000); /* ccache does not remember what is newer than its second */
	before = build_hash(f, "o1");
	again = build_hash(f, "o2");
	g_assert_cmpstr(before, ==, again);
	put(f->tree, "a/x.h", "int x = 2;\n");
	shadowed = build_hash(f, "o3");
	g_assert_cmpstr(shadowed, !=, before);
	put(f->tree, "y.h", "");
	asked = build_hash(f, "o4");
	g_assert_cmpstr(asked, !=, shadowed);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(traps); i++) {
		g_autofree char *name = g_strconcat("/rule/", traps[i].name, NULL);

		g_test_add(name, Fixture, &traps[i], set_up, test_trap, tear_down);
	}
	g_test_add("/rule/none", Fixture, NULL, set_up, test_sames, tear_down);
	g_test_add("/rule/ccache", Fixture, NULL, set_up, test_ccache, tear_down);
	return g_test_run();
}
