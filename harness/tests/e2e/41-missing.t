#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Parts of the host that are missing, and no space to build in: trouble on this host, said in one
# line, never a verdict. What is taken away is taken away in a mount namespace.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, to hide parts of the host'; exit; }
bad=$(git -C "$HISTORY" rev-list --grep='docs: ext2: say that read-only works' demo)
range=(--repo "$HISTORY" --bad "$bad" --good "$bad^" --results "$RESULTS" --fresh)

# without COMMANDS STATUS WORDS ARGS...: what `refuses` does, after COMMANDS in a mount namespace
without() {
	printf '#!/bin/sh\n%s\nexec "%s" "$@"\n' "$1" "$BOX" >"$work/box"
	chmod +x "$work/box"
	shift
	BOX="unshare" refuses "$1" "$2" -m "$work/box" "${@:3}"
}

mkdir "$work/bin"
cp -rs /usr/bin/. "$work/bin/"
rm -f "$work"/bin/qemu-system-*
without "PATH=$work/bin" 128 'qemu-system-x86' run --case boot "${range[@]}"
driver=$(find /usr/lib -name libvirt_driver_qemu.so | head -n 1)
without "mount --bind /dev/null '$driver'" 128 'libvirt-daemon-driver-qemu' run --case boot "${range[@]}"
without "mount -t tmpfs none /boot; BISECTBOX_CACHE=$work/cache; export BISECTBOX_CACHE" 128 'linux-image' \
	image build debian

without "mount -t tmpfs none /usr/include" 128 'apt install libelf-dev' footprint --repo "$HISTORY" demo

# of the work trees that other tests have left the one that this repository gets first
origin=$(grep -lF "$HISTORY" "$BISECTBOX_CACHE"/trees/*/origin | grep -v -- '-[0-9]*/origin$' | head -n 1)
home=${origin%/origin}/home
without "mount -t tmpfs -o size=64k none '$home'" 128 'o space left' run --no-cache --case boot "${range[@]}"
has "$(cat "$work/err")" 'trying again' 'tried again first'
is "$(find "$(find "$RESULTS" -maxdepth 1 -name '*-boot*' | sort | tail -n 1)" -name step.json | wc -l)" 0 'and no verdict'
# ccache: missing, and there but broken
rm "$work/bin/ccache"
cp -rs /usr/bin/qemu-system-* "$work/bin/"
without "PATH=$work/bin" 128 'ccache is missing' run --case boot "${range[@]}"
without "mount -t tmpfs -o ro none '$BISECTBOX_CACHE/ccache'" 128 'ead-only' run --no-cache --case boot "${range[@]}"
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'
done_testing
