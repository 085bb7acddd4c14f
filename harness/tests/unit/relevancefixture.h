/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of what footprints say: a repository, a build of its first commit, and traps. */
#pragma once

#include "revision/relevance.h"
#include "repofixture.h"

typedef struct {
	char *dir;
	char *tree;
	Repo *repo;
	Relevance *relevance;
} Fixture;

/*
 * A small tree with a build of it: kernel/fork.c and what that includes, objtool, and a generated
 * header. From "base" a branch for each change, and a line of commits.
 */
#define TREE                                                                                       \
	"git init -q -b main .; mkdir -p kernel include/linux include/asm-generic include/uapi"    \
	" arch/x86/kernel arch/x86/boot/dts arch/arm/kernel drivers/tty drivers/net scripts"       \
	" tools/objtool tools/lib Documentation lib;"                                              \
	"for f in Makefile Kconfig MAINTAINERS kernel/fork.c kernel/panic.c include/linux/sched.h" \
	" include/asm-generic/bug.h include/linux/unused.h arch/x86/Makefile drivers/net/e100.c"   \
	" arch/x86/kernel/head.S arch/arm/kernel/head.S drivers/tty/keys.c_shipped scripts/sym.c"  \
	" tools/objtool/check.c tools/lib/str.c Documentation/a.rst lib/cp437.uni lib/const.bc"    \
	" lib/gen.awk; do echo 1 > $f; done;"                                                      \
	"echo 'obj-y += $(wildcard $(srctree)/$(src)/plug-*.c)' > kernel/Makefile;"                \
	"git add .; git commit -qm base; git tag base;"                                            \
	"b() { git checkout -q base; git checkout -qb $1; };"                                      \
	"c() { mkdir -p $(dirname $2); echo $1$2 >> $2; git add -A .; git commit -qm \"$1 $2\"; "  \
	"};"

/* The ten traps, then some of their cousins. */
#define TRAPS                                                                                      \
	"b t1; c t1 arch/x86/include/asm/sched.h;"                                                 \
	"b t2; c t2 kernel/plug-new.c;"                                                            \
	"b t3; c t3 drivers/net/Kbuild;"                                                           \
	"b t4; c t4 arch/x86/include/asm/bug.h;"                                                   \
	"b t5; c t5 drivers/tty/other.c_shipped;"                                                  \
	"b t6; c t6 scripts/sym.c;"                                                                \
	"b t7; c t7 lib/cp437.uni; b t8; c t8 lib/const.bc; b t9; c t9 lib/gen.awk;"               \
	"b t10; c t10 drivers/net/Makefile.include;"                                               \
	"b t11; c t11 arch/x86/boot/dts/a.dts; b t12; c t12 arch/x86/boot/dts/a.dtsi;"             \
	"b t13; c t13 tools/objtool/check.c; b t14; c t14 tools/lib/new.c;"                        \
	"b t15; git mv kernel/fork.c kernel/fork2.c; git commit -qm t15;"                          \
	"b t16; git mv include/linux/unused.h include/asm-generic/sched.h; git commit -qm t16;"    \
	"b t17; c t17 kernel/fork.c;"                                                              \
	"b t18; c t18 include/generated/bounds.h;"                                                 \
	"b t19; rm drivers/net/e100.c; ln -s ../../kernel/fork.c drivers/net/e100.c;"              \
	"git add .; git commit -qm t19;"                                                           \
	"b t20; chmod +x kernel/fork.c; git add .; git commit -qm t20;"                            \
	"b t21; git update-index --add --cacheinfo 160000,$(printf %040d 1),drivers/sub;"          \
	"git commit -qm t21; b t22; c t22 localversion; b t23; c t23 Kconfig; b t24; c t24 "       \
	"Makefile"

#define SAMES                                                                                      \
	"b s1; c s1 Documentation/a.rst; b s2; c s2 MAINTAINERS; b s3; c s3 drivers/net/e100.c;"   \
	"b s4; c s4 drivers/net/new.c; b s5; c s5 arch/arm/kernel/head.S;"                         \
	"b s6; git rm -q include/linux/unused.h; git commit -qm s6;"                               \
	"b s7; git mv drivers/net/e100.c drivers/net/e101.c; git commit -qm s7;"                   \
	"b s8; chmod +x drivers/net/e100.c; git add .; git commit -qm s8;"                         \
	"b s9; c s9 kernel/fork.c; git revert --no-edit HEAD >/dev/null; c s9 MAINTAINERS"

/* What stands in a build folder after base was built in it. */
static inline void make_build(Fixture *f)
{
	g_autofree char *out = sh(
		f->dir, "git -C tree checkout -q base; mkdir -p build/kernel build/tools/objtool;"
			"printf 'cmd_kernel/fork.o := gcc -c %s/tree/kernel/fork.c\\n\\n"
			"source_kernel/fork.o := %s/tree/kernel/fork.c\\n\\ndeps_kernel/fork.o := "
			"\\\\\\n  ../tree/include/linux/sched.h \\\\\\n  "
			"../tree/include/asm-generic/bug.h \\\\\\n  include/generated/bounds.h "
			"\\\\\\n\\n' \"$PWD\" \"$PWD\" > build/kernel/.fork.o.cmd;"
			"printf 'cmd_x := gcc -c check.c\\n\\nsource_x := check.c\\n' > "
			"build/tools/objtool/.check.o.cmd");
}

static inline Footprint *footprint_of_base(Fixture *f)
{
	g_autofree char *build = g_build_filename(f->dir, "build", NULL);
	g_autoptr(GError) error = NULL;
	Footprint *footprint = NULL;

	footprint_read(f->tree, build, "x86", &footprint, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(footprint_files(footprint)->len, ==, 4);
	return footprint;
}

static inline void set_up(Fixture *f, gconstpointer data)
{
	g_autofree char *out = NULL;

	f->dir = scratch_new();
	f->tree = g_build_filename(f->dir, "tree", NULL);
	g_assert_true(fs_mkdir(f->tree, NULL));
	out = sh(f->tree, data);
	make_build(f);
	f->repo = open_at(f->tree);
	f->relevance = relevance_new(f->repo);
}

static inline void tear_down(Fixture *f, gconstpointer data)
{
	(void)data;
	relevance_free(f->relevance);
	repo_close(f->repo);
	scratch_free(f->dir);
	g_free(f->tree);
}
