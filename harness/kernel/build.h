/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building one kernel: configure, check the configuration, make bzImage out of tree with
 * ccache underneath, reproducibly (Documentation/kbuild/reproducible-builds.rst).
 */
#pragma once

#include "kernel/kconfig.h"
#include "kernel/toolchain.h"

#include <gio/gio.h>
#include <stdbool.h>

/**
 * struct KernelSpec - what to build; all borrowed
 * @tree:    source folder
 * @build:   build folder; kept from an earlier build or empty
 * @kconfig: what the kernel must have
 * @config:  a .config that the wishes are laid over, or NULL for the smallest kernel
 * @sparse:  what @config leaves open is n; else the default
 * @jobs:    make -j
 * @log:     file that takes everything that make says
 * @ccache:  ccache's folder
 * @chain:   what it is compiled with
 * @arch:    folder below arch/: what QEMU loads is made, of architectures that no guest has vmlinux
 * @lookups: lookups_key() of @tree: ccache takes objects by their headers, where they were compiled
 *           under this very key; NULL: never
 */
typedef struct {
	const char *tree;
	const char *build;
	const Kconfig *kconfig;
	const char *config;
	bool sparse;
	unsigned jobs;
	const char *log;
	const char *ccache;
	const Toolchain *chain;
	const char *arch;
	const char *lookups;
} KernelSpec;

typedef enum {
	KERNEL_BUILT,
	KERNEL_NO_CONFIG, /* cannot be configured at all: the tree's doing */
	KERNEL_NO_BUILD,  /* does not compile or link: the tree's doing */
} KernelEnd;

/* What came of it; release with kernel_clear(). */
typedef struct {
	KernelEnd end;
	char *reason; /* the compiler's first error; NULL when built */
	char *image;  /* path of the bzImage (Image, vmlinux), in the build folder */
	char *hash;   /* its SHA-256 */
	char *initrd; /* path of what is loaded with it; NULL for nothing */
	char *initrd_hash;
} Kernel;

void kernel_clear(Kernel *kernel);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kernel, kernel_clear)

/** kernel_path_check() - whether make can work in a folder of this path; else BOX_ERROR_USAGE.
 * kernel_configure() asks for its own two */
bool kernel_path_check(const char *path, GError **error);

/**
 * kernel_configure() - make the build folder's .config
 * @ret_kernel: set, to KERNEL_NO_CONFIG, only where the tree cannot be configured; kernel_clear()
 * @ret_misses: KconfigMiss, what did not come out as asked; set where @ret_kernel is not;
 *              g_ptr_array_unref()
 * @error: as of kernel_make()
 */
bool kernel_configure(const KernelSpec *spec, GCancellable *cancel, Kernel *ret_kernel,
		      GPtrArray **ret_misses, GError **error);

/**
 * kernel_settle() - have make take the .config over into what the build reads (auto.conf,
 * autoconf.h)
 * @ret_ok: false where this tree knows no such target, or it fails
 * @error: as of kernel_make()
 */
bool kernel_settle(const KernelSpec *spec, GCancellable *cancel, bool *ret_ok, GError **error);

/**
 * kernel_make() - build it in a configured folder
 * @error: the host failed, not the tree: no space, a tool or header missing (says which
 *         package), compiler killed; or BOX_ERROR_INTERRUPTED
 */
bool kernel_make(const KernelSpec *spec, GCancellable *cancel, Kernel *ret_kernel, GError **error);

/**
 * kernel_gdb() - have make put vmlinux-gdb.py beside the vmlinux of a build folder, where the tree
 * (of 4.0 or later) is configured with GDB_SCRIPTS; what others say is in the log
 * @error: as of kernel_make()
 */
bool kernel_gdb(const KernelSpec *spec, GCancellable *cancel, GError **error);

/** kernel_folder() - the build folder that a bzImage is in; NULL for one elsewhere; g_free() */
char *kernel_folder(const char *image);

/** kernel_tools_check() - every program and header that a kernel build needs besides the compiler;
 * the error names the packages */
bool kernel_tools_check(GError **error);
