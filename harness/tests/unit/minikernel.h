/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source tree that is built as a kernel is, in a tenth of a second: out of tree, configured by
 * KCONFIG_ALLCONFIG, with .cmd files and rules as kbuild has them (a pattern rule an object, built
 * again where its command or what it was made from has changed), and a bzImage that says its
 * version. What make sees and does not see of a change is the same as there.
 */
#pragma once

#include "gitfixture.h"

#define MINI_MAKEFILE                                                                              \
	"VERSION = 6\n"                                                                            \
	"PATCHLEVEL = 1\n"                                                                         \
	"SUBLEVEL = 0\n"                                                                           \
	"ifndef KBUILD_SRC\n"                                                                      \
	"allnoconfig syncconfig bzImage:\n"                                                        \
	"\t@mkdir -p $(O)\n"                                                                       \
	"\t@$(MAKE) -C $(O) -f $(CURDIR)/Makefile KBUILD_SRC=$(CURDIR) O= $@\n"                    \
	".PHONY: allnoconfig syncconfig bzImage\n"                                                 \
	"else\n"                                                                                   \
	"srctree := $(KBUILD_SRC)\n"                                                               \
	"obj := kernel\n"                                                                          \
	"-include .config\n"                                                                       \
	"include $(srctree)/kernel/Makefile\n"                                                     \
	"objs := $(addprefix kernel/,$(obj-y))\n"                                                  \
	"bzImage: arch/x86/boot/bzImage\n"                                                         \
	"allnoconfig:\n"                                                                           \
	"\t@mkdir -p include/config include/generated kernel arch/x86/boot\n"                      \
	"\t@for s in $$(sed -n 's/^config //p' $(srctree)/Kconfig); do "                           \
	"grep \"^CONFIG_$$s=\" $(KCONFIG_ALLCONFIG); done >.config; true\n"                        \
	"\t@sed 's/^CONFIG_\\(.*\\)=y/#define CONFIG_\\1 1/' .config >.tmp\n"                      \
	"\t@cmp -s .tmp include/generated/autoconf.h || mv .tmp include/generated/autoconf.h\n"    \
	"\t@echo 'deps_config := Kconfig' >include/config/auto.conf.cmd\n"                         \
	"syncconfig:\n"                                                                            \
	"\t@cp .config include/config/auto.conf\n"                                                 \
	"compile = $(CC) -Wp,-MD,kernel/.$*.d -Ikernel -Iinclude/generated "                       \
	"-I$(srctree)/include/first -I$(srctree)/include/second $(CFLAGS_$*.o) "                   \
	"-O2 -fno-pic -ffreestanding -c -o $@ $(srctree)/kernel/$*.c\n"                            \
	"kernel/%.o: $(srctree)/kernel/%.c FORCE\n"                                                \
	"\t@$(if $(subst [$(strip $(cmd_$@))],,[$(strip $(compile))])$(filter-out FORCE,$?),"      \
	"echo \"  CC $@\"; $(compile) && "                                                         \
	"{ echo 'cmd_$@ := $(strip $(compile))'; echo; "                                           \
	"echo 'source_$@ := $(srctree)/kernel/$*.c'; echo; echo 'deps_$@ := \\'; "                 \
	"sed -e 's/^[^:]*://' -e 's/[\\\\]$$//' kernel/.$*.d | tr ' ' '\\n' | grep . | "           \
	"sed 's/$$/ \\\\/'; echo; echo '$@: $$(deps_$@)'; echo; echo '$$(deps_$@):'; } "           \
	">kernel/.$*.o.cmd,:)\n"                                                                   \
	"-include $(wildcard kernel/.*.cmd)\n"                                                     \
	"arch/x86/boot/bzImage: $(objs) FORCE\n"                                                   \
	"\t@cp .config include/config/auto.conf\n"                                                 \
	"\t@$(LD) -r -o vmlinux.o $(objs)\n"                                                       \
	"\t@for s in .text .rodata .data; do objcopy -O binary -j $$s vmlinux.o part; "            \
	"cat part; done >vmlinux.bin\n"                                                            \
	"\t@perl -e 'my $$h = \"\\0\" x 2048; substr($$h, 0x202, 4) = \"HdrS\"; "                  \
	"substr($$h, 0x20e, 2) = pack(\"v\", 0x200); my $$v = \"6.1.0 (mini) \\0\"; "              \
	"substr($$h, 0x400, length $$v) = $$v; print $$h' >$@\n"                                   \
	"\t@cat vmlinux.bin >>$@\n"                                                                \
	"FORCE:\n"                                                                                 \
	".PHONY: FORCE allnoconfig syncconfig bzImage\n"                                           \
	"endif\n"

/** mini_kernel() - a commit with the tag "base" in a new repository at @path; then @script is run
 * there, with the shell function c MESSAGE, which commits all there is and tags it MESSAGE */
static inline void mini_kernel(const char *path, const char *script)
{
	g_autofree char *makefile = g_build_filename(path, "Makefile", NULL);
	g_autofree char *whole = g_strconcat(
		"git init -q -b main .; mkdir -p kernel include/first include/second drivers;"
		"c() { git add -A .; git commit -qm \"$1\"; git tag \"$1\"; };"
		"printf 'config A\\n\\tbool\\nconfig B\\n\\tbool\\n' > Kconfig;"
		"printf 'obj-y := a.o b.o\\nobj-$(CONFIG_B) += c.o\\n' > kernel/Makefile;"
		"printf '#define LEVEL 1\\n' > include/second/level.h;"
		"printf '#include \"level.h\"\\nconst int a = 1000 + LEVEL;\\n' > kernel/a.c;"
		"printf '#include \"autoconf.h\"\\n#ifdef CONFIG_B\\nconst int b = 2;\\n#else\\n"
		"const int b = 3;\\n#endif\\n' > kernel/b.c;"
		"echo 'const int c = 4;' > kernel/c.c; echo 'int d;' > drivers/d.c; c base;",
		script, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;

	fs_mkdir(path, &error);
	g_assert_no_error(error);
	fs_write(makefile, MINI_MAKEFILE, -1, &error);
	g_assert_no_error(error);
	out = sh(path, whole);
}
