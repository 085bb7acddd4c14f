#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images from recipes: of packages, of a tar, of an OCI image; file systems, partitions, formats; what a
# rebuild changed; looking at them, and removing them.
. "$(dirname "$0")/lib.sh"

chmod 755 "$work"
good_kernel
store=$BISECTBOX_CACHE/images
clean() { rm -rf "$store"/imported/e2e-* "$store"/e2e-* "$work"; }
trap clean EXIT

# recipe NAME FIELDS: a recipe of the test's own
recipe() {
	printf '{ "name": "e2e-%s", "title": "test", %s }\n' "$1" "$2" >"$work/e2e-$1.json"
}
# mycase COMMAND: a case with that command in a container
mycase() {
	mkdir -p "$work/look"
	cat >"$work/look/case.json" <<-END
		{ "title": "t", "about": "Looks at the image.", "command": ["sh", "-euc", "$1"], "good": "g", "bad": "b", "timeout_s": 60 }
	END
}
# boots IMAGE COMMAND: it passes in a guest with that image; $said is what it said
boots() {
	mycase "$2"
	box test --case "$work/look" --kernel "$kernel" --image "$1" --results "$RESULTS" --json
	said=$(tr '\n' ' ' <"$(echo "$(json '$_->{results}')"/steps/001-*)/look/stdout")
	[ "$status" = 0 ] || json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}' | sed 's/^/# /' >&2
}

# ---- packages without what people need: busybox
box image build busybox
is "$status" 0 'busybox is built' || echo "# $err" >&2
disk=$out
has "$disk" "$store/busybox-" 'into the cache'
box image show busybox --json
is "$(json '$_->{path}, $_->{built}, $_->{crun}, $_->{format}, $_->{device}')" "$disk,1,1,raw,/dev/vda" 'show knows it'
is "$(grep -c ' /usr/bin/crun$' "$(json '$_->{manifest}')")" 1 'and its manifest has its files'
boots busybox 'test -x /usr/bin/crun; id -u nobody'
is "$status $said" '0 65534 ' 'it boots, and cases run in it'
printf '# busybox: start to verdict %s s\n' "$(json '$_->{kernels}[0]{results}[0]{boot_s}')" >&2

# ---- a tar, files and commands of one's own
tar=$(ls -t "$store"/busybox-*.tar | head -n 1)
printf '#!/bin/sh\necho tool\n' >"$work/tool"
chmod 755 "$work/tool"
more='"files": [{ "path": "/etc/e2e", "text": "one\n", "mode": "0640" }, { "path": "/opt/tool", "source": "tool" },
	{ "path": "/opt/link", "link": "tool" }], "commands": ["/opt/tool > /opt/made", "id -u >> /opt/made; test -c /dev/null"]'
recipe tar "\"tar\": \"$tar\", $more, \"filesystem\": \"ext4\", \"partitions\": \"gpt\", \"format\": \"qcow2\""
box image build "$work/e2e-tar.json"
is "$status" 0 'a tar, files, commands; ext4 in a partition, qcow2' || echo "# $err" >&2
box image show "$work/e2e-tar.json" --json
is "$(json '$_->{format}, $_->{device}, $_->{filesystem}, @{$_->{kconfig}}')" qcow2,/dev/vda1,ext4,ext4,partitions 'and is such a disk'
look='cat /etc/e2e; stat -c "%a %u:%g" /opt/tool /etc/e2e; readlink /opt/link; cat /opt/made'
boots "$work/e2e-tar.json" "${look//\"/\\\"}"
is "$said" 'one 755 0:0 640 0:0 tool tool 0 ' 'it boots, and has all of it'

# ---- the same as a squashfs, which is the same each time
recipe squash "\"tar\": \"$tar\", $more, \"filesystem\": \"squashfs\""
box image build "$work/e2e-squash.json"
first=$(sha256sum <"$out")
boots "$work/e2e-squash.json" "${look//\"/\\\"}"
is "$said" 'one 755 0:0 640 0:0 tool tool 0 ' 'a squashfs boots, and has all of it'
box image build --rebuild "$work/e2e-squash.json"
is "$(sha256sum <"$out")" "$first" 'made anew it is the same, byte for byte'
has "$err" 'all in it is as in the last one' 'which is said'
more=${more/one/two}
recipe squash "\"tar\": \"$tar\", ${more/\/opt\/link/\/opt\/other}, \"filesystem\": \"squashfs\", \"format\": \"qcow2\""
box image build "$work/e2e-squash.json"
has "$err" 'files: 1 new, 1 gone, 1 changed' 'what changed is said'
has "$err" '! /etc/e2e' 'by name'
recipe squash "\"tar\": \"$tar\", ${more/\/opt\/link/\/opt\/other}, \"filesystem\": \"squashfs\", \"partitions\": \"mbr\""
boots "$work/e2e-squash.json" 'cat /etc/e2e; readlink /opt/other'
is "$said" 'two tool ' 'in a partition it boots, too'

# ---- an OCI image, by an ordinary user
{
	mkdir -p "$work/root/bin" "$work/root/etc"
	cp -L "$(command -v busybox)" "$work/root/bin/busybox"
	ln -s busybox "$work/root/bin/sh"
	echo oci >"$work/root/etc/owned"
	chown 12:34 "$work/root/etc/owned"
	umoci init --layout "$work/layout"
	umoci new --image "$work/layout:mine"
	umoci insert --image "$work/layout:mine" "$work/root" /
	umoci config --image "$work/layout:mine" --architecture amd64 --os linux
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
recipe oci '"oci": "layout", "filesystem": "squashfs", "commands": ["echo $(/bin/busybox id -u) > /etc/who"]'
user=bisectbox-test
id "$user" >/dev/null 2>&1 || useradd -m "$user" || exit
home=$work/home
install -d -o "$user" "$home"
chmod -R a+rX "$work/layout" "$work/e2e-oci.json"
as() { runuser -u "$user" -- env -u TMPDIR HOME="$home" BISECTBOX_CACHE="$home/cache" PATH="$PATH" "$@"; }
disk=$(as "$BOX" image build "$work/e2e-oci.json" 2>"$work/err")
is $? 0 'an ordinary user builds one of an OCI image' || sed 's/^/# /' "$work/err" >&2
has "$(unsquashfs -lln "$disk" etc/owned 2>/dev/null | tr -s ' ')" '-rw-r--r-- 12/34 4 ' 'with the owners that it has'
is "$(unsquashfs -cat "$disk" etc/who)" 0 'commands are run as root there'
is "$(find /var/tmp /tmp -maxdepth 1 -name 'bisectbox-image-*' | wc -l)" 0 'and nothing is left behind'

# ---- what goes wrong
recipe fails "\"tar\": \"$tar\", \"commands\": [\"true\", \"echo no such luck >&2; exit 7\"]"
refuses 129 'command 2 of the recipe ended with 7: no such luck' image build "$work/e2e-fails.json"
recipe leaves "\"tar\": \"$tar\", \"files\": [{ \"path\": \"/way/out/x\", \"text\": \"\" }], \"filesystem\": \"squashfs\""
mkdir "$work/evil" && ln -s "$work" "$work/evil/way" && tar -rf "$work/evil.tar" -C "$work/evil" way && mkdir "$work/evil/bin" &&
	tar -rf "$work/evil.tar" -C "$work/evil" bin
recipe leaves '"tar": "evil.tar", "files": [{ "path": "/way/out/x", "text": "" }], "filesystem": "squashfs"'
refuses 129 '/way/out/x leads out of the root' image build "$work/e2e-leaves.json"
is "$(find "$work" -name x)" '' 'and nothing was put there'
echo 'no tar' >"$work/text"
recipe text '"tar": "text"'
refuses 129 'cannot make a root of' image build "$work/e2e-text.json"
tar -cf "$work/other.tar" -C "$work" text
recipe other '"tar": "other.tar"'
refuses 129 'it holds no root: there is neither /usr nor /bin in it' image build "$work/e2e-other.json"
recipe none '"tar": "nowhere.tar"'
refuses 129 'there is no /' image build "$work/e2e-none.json"
recipe small "\"tar\": \"$tar\", \"size_mib\": 64, \"commands\": [\"dd if=/dev/urandom of=/large bs=1M count=80 2>/dev/null\"]"
refuses 128 'does not fit on a disk of 64 MiB: raise size_mib' image build "$work/e2e-small.json"
refuses 129 'image "nonesuch" is not known; there are: busybox, debian' test --case boot --kernel "$kernel" --image nonesuch
is "$(find "$store" -maxdepth 1 -name 'tmp-*' | wc -l)" 0 'nothing half made is left'

# ---- looking, and removing
box image list --json
is "$(json 'grep { $_->{name} && $_->{name} eq "busybox" && $_->{path} } @{$_->{images}}' | wc -w)" 1 'list has them'
box image shell busybox cat /etc/group
has "$out" 'user:x:1000:' 'shell looks inside' || echo "# $err" >&2
box image check busybox
is "$status" 0 'check: all is as it was built'
# a run has it
mycase 'sleep 9'
"$BOX" test --case "$work/look" --kernel "$kernel" --image "$work/e2e-tar.json" --results "$RESULTS" >/dev/null 2>&1 </dev/null &
pid=$!
for _ in $(seq 100); do pgrep -f "qemu-system.*$BISECTBOX_CACHE/run" >/dev/null && break || sleep 0.1; done
refuses 129 'is in use by a run' image remove "$work/e2e-tar.json"
refuses 129 'is in use by a run' image build --rebuild "$work/e2e-tar.json"
wait $pid
is $? 0 'which ends well'
box image remove "$work/e2e-tar.json" "$work/e2e-squash.json"
is "$status,$(find "$store" -name 'e2e-tar-*' -o -name 'e2e-squash-*' | wc -l)" 0,0 'afterwards it is removed, and all of it'
refuses 129 'there is nothing of an image e2e-tar to remove' image remove "$work/e2e-tar.json"
done_testing
