#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A distribution's kernel, whose drivers are modules: an initramfs with those that image and case want.
. "$(dirname "$0")/lib.sh"

# Debian's own, as its package has it
package=$(apt-cache show linux-image-amd64 | sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
(cd "$work" && apt-get download "$package" >log 2>&1) || { cat "$work/log" >&2; exit 1; }
dpkg-deb -x "$work/$package"_*.deb "$work/root"
rm "$work"/*.deb
release=${package#linux-image-}
kernel=$work/root/boot/vmlinuz-$release
modules=$work/root/lib/modules/$release
test=(test --no-config --kernel "$kernel" --results "$RESULTS" --json)

refuses 129 'type depmod -b ROOT' "${test[@]}" --case boot --modules "$modules"
PATH=$PATH:/sbin depmod -b "$work/root" "$release"
box "${test[@]}" --modules "$work/root" --case abort --case audit --case audit-nocap --case cgroup-device --case fuse-pidns \
	--case overlay --case overlay-ext4
is "$(json 'map { $_->{verdict} } @{$_->{kernels}[0]{results}}')" good,good,bad,good,bad,good,good \
	"a distribution's kernel with its modules: every case says what testcases/README.md has of 6.1"
[ "$status" = 1 ] || json 'map { "$_->{case}: $_->{reason}" } @{$_->{kernels}[0]{results}}' | sed 's/^/# /' >&2
console=$(echo "$(json '$_->{results}')"/steps/001-*/console.log)
is "$(grep -c 'Unpacking initramfs\|Trying to unpack rootfs' "$console")" 1 'from an initramfs'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'which is gone afterwards'

# without, it finds no root; with others, what is wrong is said
box "${test[@]}" --case boot
is "$status,$(json '$_->{kernels}[0]{results}[0]{outcome}')" 1,boot-panic 'without them it finds no root'
find "$modules" -name 'fuse.ko*' -delete
PATH=$PATH:/sbin depmod -b "$work/root" "$release"
refuses 129 'lack fuse, which the image or a case wants, and it is not built in either' "${test[@]}" --modules "$modules" --case fuse-pidns
find "$modules" -name 'virtio_blk.ko*' -exec sh -c 'echo no module >"$0"' {} \;
box "${test[@]}" --modules "$modules" --case abort
is "$status,$(json '$_->{kernels}[0]{results}[0]{outcome}')" 125,boot-poweroff 'a module that cannot be loaded: untestable'
has "$(json '$_->{kernels}[0]{results}[0]{reason}')" 'cannot load the module /bisectbox/virtio_blk.ko' 'and which is said'
refuses 129 '--modules goes with --kernel' test --case boot --modules "$modules" --repo "$HISTORY" cases-good
refuses 129 'its modules are not there' "${test[@]}" --case boot --modules "$work"
done_testing
