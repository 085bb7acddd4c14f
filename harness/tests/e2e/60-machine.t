#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine room by itself, on real guests: the C driver machine.c with a kernel that an
# earlier test has built.
. "$(dirname "$0")/lib.sh"

kernel=$(find "$BISECTBOX_CACHE/kernels" -name bzImage | head -n 1)
[ -n "$kernel" ] || { fail 'there is a kernel; run the tests before this one'; done_testing; }
rm -rf "$work"
BISECTBOX_TEST_KERNEL=$kernel exec "$(dirname "$BOX")/tests/e2e/machine"
