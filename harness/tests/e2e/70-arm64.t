#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# arm64 guests on this host: a cross-built kernel, an image of arm64 programs, QEMU's virt.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, to mount binfmt_misc'; exit; }
[ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --import qemu-aarch64 2>/dev/null || update-binfmts --enable qemu-aarch64
verdicts() { json 'map { map { "$_->{case} $_->{outcome} $_->{verdict}" } @{$_->{results}} } @{$_->{kernels}}'; }

box test --no-config --arch arm64 --case audit --case audit-nocap --case overlay --case abort --repo "$HISTORY" cases-good --results "$RESULTS" --json
is "$(verdicts)" 'audit passed good,audit-nocap passed good,overlay passed good,abort unfit skip' 'cases on arm64; one that is not for it says so' || sed 's/^/# /' "$work/err"
folder=$(echo "$(json '$_->{results}')"/steps/001-*)
has "$(cat "$folder/console.log")" ' S ' 'its serial console'
has "$(cat "$folder/dmesg")" 'Machine model: linux,dummy-virt' 'on the machine virt'
has "$(json '$_->{kernels}[0]{compiler}')" 'CROSS_COMPILE=aarch64-linux-gnu-' 'cross-built'
kernel=$(kernel_file "$(json '$_->{kernels}[0]{sha256}')")

box test --no-config --arch arm64 --case boot --kernel "$kernel" --results "$RESULTS" --json --append 'init=/nonexistent' --cpus 2
is "$(verdicts)" 'boot boot-panic bad' 'a panic, on two processors'
refuses 129 'is no kernel for x86_64 guests' test --case boot --kernel "$kernel" --results "$RESULTS"
refuses 129 'image debian is for x86_64 guests' test --arch arm64 --image debian --case boot --kernel "$kernel" --results "$RESULTS"
refuses 129 'there is no machine type '\''q35'\'' for arm64' test --arch arm64 --machine q35 --case boot --kernel "$kernel" --results "$RESULTS"
refuses 129 '--accel kvm' test --arch arm64 --accel kvm --case boot --kernel "$kernel" --results "$RESULTS"
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'nothing is left'
done_testing
