# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Changes to Kconfig files, as real ranges have them by the dozen: most leave a small kernel's
# configuration as it is, some do not.

edit net/Kconfig 's/^menuconfig NET$/&\n\t# networking, all of it/'
done_as 'net: say what the symbol is for'
tag v6.1-settings-words
edit drivers/net/ethernet/intel/Kconfig 's/^config E100$/config E100_EXTRA\n\tbool "Extra"\n\tdepends on E100\n\n&/'
edit fs/ext2/Kconfig 's/^config EXT2_FS_XATTR$/config EXT2_FS_EXTRA\n\tbool "Extra"\n\tdepends on EXT2_FS\n\tdefault y\n\n&/'
done_as 'ext2, e100: options for what is not built'
tag v6.1-settings-unbuilt
edit init/Kconfig 's/^config LOG_BUF_SHIFT$/config LOG_EXTRA\n\tdef_bool y\n\n&/'
done_as 'printk: a symbol that all kernels have'
tag v6.1-settings-new
