#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Cases whose root is an OCI image of one's own: what is in the image is in the guest, to the last
# owner, whiteout and variable; what is no such image is refused in one line.
. "$(dirname "$0")/lib.sh"

git -C "$HISTORY" checkout -q -f demo
bad=$(git -C "$HISTORY" rev-list --grep='docs: ext2: say that read-only works' demo)
range=(--repo "$HISTORY" --bad "$bad" --good "$bad^" --results "$RESULTS")
chmod 755 "$work"

# ---- an image: busybox, and one thing of each kind that is easily lost
cat >"$work/ids.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	if (argc == 1)
		return printf("%d %d\n", getuid(), geteuid()) < 0;
	return setgid(1000) || setuid(1000) || execv(argv[1], argv + 1);
}
END
root=$work/root
mkdir -p "$root"/{bin,etc,opt/tools,opt/old,usr}
gcc -static -o "$root/opt/tools/ids" "$work/ids.c" || exit
cp -L "$(command -v busybox)" "$root/bin/busybox" || exit
for applet in sh stat cat grep readlink test touch; do ln -s busybox "$root/bin/$applet"; done
ln -s usr/sbin "$root/sbin" # which is not there
cp "$root/opt/tools/ids" "$root/opt/tools/ids-setuid"
chmod 4755 "$root/opt/tools/ids-setuid"
echo secret >"$root/etc/owned"
chown 1234:4321 "$root/etc/owned"
chmod 640 "$root/etc/owned"
touch "$root/etc/gone" "$root/opt/old/file"
mkdir "$work/new"
touch "$work/new/other"
# cap_net_raw=ep, by setxattr(2)
[ "$(id -u)" != 0 ] || perl -e '
	my ($path, $name, $value) = ($ARGV[0], "security.capability", pack("V5", 0x02000001, 1 << 13, 0, 0, 0));
	syscall(188, $path, $name, $value, 20, 0) and die "setxattr: $!"' "$root/opt/tools/ids" || exit
layout=$work/layout
{
	umoci init --layout "$layout"
	umoci new --image "$layout:mine"
	umoci insert --image "$layout:mine" "$root" /
	umoci insert --image "$layout:mine" --whiteout /etc/gone
	umoci insert --image "$layout:mine" --opaque "$work/new" /opt/old
	umoci config --image "$layout:mine" --config.env PATH=/opt/tools:/bin --config.env WHO=reader \
		--config.user 1234 --config.workingdir /opt --config.entrypoint /bin/false --architecture amd64 --os linux
	skopeo copy --insecure-policy "oci:$layout:mine" "oci-archive:$work/mine.tar:mine"
	skopeo copy --insecure-policy "oci:$layout:mine" "docker-archive:$work/docker.tar:mine:1"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

# mycase ROOTFS COMMAND-AS-JSON [NAME]: without ROOTFS, one with the guest image's root
mycase() {
	local folder=$work/${3:-mine} field=''
	[ -z "$1" ] || field="\"rootfs\": \"$1\","
	mkdir -p "$folder"
	cat >"$folder/case.json" <<-END
		{ "title": "test", "about": "One. Two.", "command": $2, "files": ["look.sh"], $field
		  "timeout_s": 60, "good": "0", "bad": "1" }
	END
	cat >"$folder/look.sh" <<-'END'
		#!/bin/sh
		expect() { [ "$1" = "$2" ] || { echo "bad: $3: $1"; exit 1; }; }
		expect "$(stat -c '%u:%g %a' /etc/owned)" '1234:4321 640' 'owner and mode'
		expect "$(cat /etc/owned)" secret content
		expect "$(ids /opt/tools/ids-setuid)" '1000 0' 'a setuid program'
		expect "$(ids /opt/tools/ids)" '1000 1000' 'a plain program'
		expect "$(echo /etc/*)" /etc/owned 'a whiteout'
		expect "$(echo /opt/old/*)" /opt/old/other 'an opaque folder'
		expect "$(readlink /sbin)" usr/sbin 'the link /sbin'
		expect "$PATH $WHO $HOME" '/opt/tools:/bin reader /root' 'the environment'
		expect "$(ids) $(readlink /proc/self/cwd)" '0 0 /case' 'who and where'
		expect "$(cat /proc/cmdline)" '' 'the masked command line'
		touch /file 2>/dev/null && expect 'can be written' '' 'the root'
		touch /tmp/file /var/tmp/file /run/file /var/log/file || exit 2
		echo "$(echo /*)" >/evidence/top
	END
	chmod +x "$folder/look.sh"
}
one_run() {
	box run "${range[@]}" --json --case "$work/mine"
}
outcome() { json '$_->{steps}[0]{outcome}, $_->{steps}[0]{verdict}'; }
evidence() { find "$(json '$_->{results}')"/steps/001-* -path "*/evidence/$1" -exec cat {} +; }

# ---- in guests
mycase ../mine.tar '["./look.sh"]'
one_run
is "$(outcome)" passed,good 'an OCI archive: all is as in the image'
[ "$(outcome)" = passed,good ] || json '$_->{steps}[0]{reason}' | sed 's/^/# /' >&2
has "$err" 'root of case mine: unpack' 'it was unpacked'
is "$(evidence top)" '/bin /case /dev /etc /evidence /mnt /opt /proc /run /sbin /sys /tmp /usr /var' \
	'nothing in it but the image and mount points'
one_run
is "$(outcome)" passed,good 'and again'
is "$(grep -c unpack <<<"$err")" 0 'from the cache'
mycase "$layout" '["ids"]'
one_run
is "$(outcome)" passed,good "a layout folder; the command is found by the image's PATH"
mycase ../docker.tar '["sh", "-c", "ids; exit 1"]'
one_run
is "$(outcome)" failed,bad 'what docker save gives; the verdict is the command'"'"'s'
has "$(json '$_->{steps}[0]{reason}')" '0 0' 'with its words'

# several in one guest: each has its own
cp -r "$layout" "$work/another"
umoci insert --image "$work/another:mine" "$work/new/other" /marker >>"$work/log" 2>&1
umoci config --image "$work/another:mine" --config.env WHO=another >>"$work/log" 2>&1
mycase ../mine.tar '["sh", "-c", "test $WHO = reader && ! test -e /marker"]' one
mycase ../another '["sh", "-c", "test $WHO = another && test -e /marker"]' two-own
mycase '' '["/usr/bin/perl", "-e", "exit(-e q(/marker) || $ENV{WHO} ? 1 : 0)"]' none
box test --case "$work/two-own" --case "$work/one" --case "$work/none" --case "$work/mine" --repo "$HISTORY" \
	--results "$RESULTS" --json "$bad"
is "$status" 1 'four cases with three roots, by their answers'
is "$(json 'map { $_->{verdict} } @{$_->{kernels}[0]{results}}')" good,good,good,bad 'each in its own root'
is "$(find "$(json '$_->{results}')" -name console.log | wc -l)" 1 'in one boot'

mycase ../mine.tar '["/usr/bin/perl", "-e", "exit 0"]'
one_run
is "$(outcome)" broken,skip "what is in the guest's image alone is not there"
box image list
has "$out" "$work/mine.tar" 'image list names the roots of cases'
disk=$(grep -A 1 "$work/mine.tar" <<<"$out" | grep -o '/.*\.img')
on_disk() { debugfs -R "${3:-stat} $1" "$2" 2>/dev/null | tr -s ' \n' ' '; }
capability='security.capability (20) = 01 00 00 02 00 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00'
has "$(on_disk /etc/owned "$disk")" 'User: 1234 Group: 4321' 'and the disk, which has the owners'
[ "$(id -u)" != 0 ] || has "$(on_disk /opt/tools/ids "$disk" ea_list)" "$capability" "and a file's capabilities"

# ---- what is no such image
echo 'no archive' >"$work/text"
tar -cf "$work/other.tar" -C "$root" etc
head -c $(($(stat -c %s "$work/mine.tar") / 2)) "$work/mine.tar" >"$work/cut.tar"
cp -r "$layout" "$work/no-index" && rm "$work/no-index/index.json"
cp -r "$layout" "$work/arm" && umoci config --image "$work/arm:mine" --architecture arm64
cp -r "$layout" "$work/two" && umoci new --image "$work/two:other"
while IFS='|' read -r name words; do
	mycase "../$name" '["ids"]'
	refuses 129 "$words" run "${range[@]}" --case "$work/mine"
done <<'END'
nothing|field "rootfs" has "../nothing": there is no /
root|field "rootfs" has "../root": the folder is no OCI layout
text|text is no archive, or a damaged one
other.tar|other.tar is an archive, but not of an OCI image
cut.tar|cut.tar is no archive, or a damaged one
no-index|no-index is no OCI image: it has no index.json
arm|arm is for linux/arm64, and guests are linux/amd64
two|two has 2 images (mine, other)
END

# ---- the host's trouble
cp -r "$layout" "$work/unseen" && echo >>"$work/unseen/oci-layout"
mycase ../unseen '["ids"]'
mkdir "$work/bin"
cp -rs /usr/bin/. "$work/bin/"
rm "$work/bin/umoci"
BOX_PATH=$work/bin refuses 128 'umoci is missing, which a root from an OCI image needs; as root, type: apt install umoci' \
	run "${range[@]}" --case "$work/mine"
if [ "$(id -u)" = 0 ]; then
	# full MIB WORDS: with so much room in the one folder to unpack in (nodev rules the others out)
	mkdir "$work/full"
	full() {
		cat >"$work/box" <<-END
			#!/bin/sh -e
			for folder in /tmp /var/tmp; do
				mount --bind \$folder \$folder
				mount -o remount,bind,nodev \$folder
			done
			mount -t tmpfs -o size=$1m none "$work/full"
			TMPDIR=$work/full exec "$BOX" "\$@"
		END
		chmod +x "$work/box"
		BOX=unshare refuses 128 "$2" -m "$work/box" run "${range[@]}" --case "$work/mine"
		is "$(find /var/tmp /tmp "$work/full" -maxdepth 1 -name 'bisectbox-image-*' | wc -l)" 0 'and nothing is left behind'
	}
	full 1 'no room to unpack an image'
	truncate -s 200M "$work/zeros"
	cp -r "$layout" "$work/large" && umoci insert --image "$work/large:mine" "$work/zeros" /zeros >>"$work/log" 2>&1
	mycase ../large '["ids"]'
	full 90 "no room to unpack $work/large: a file system is full"
	mycase ../unseen '["ids"]'

	# ---- an ordinary user: the same owners on the disk
	user=bisectbox-test
	id "$user" >/dev/null 2>&1 || useradd -m "$user" || exit
	home=$work/home
	install -d -o "$user" "$home" "$home/cache"
	give_cache "$home/cache"
	chown -R "$user": "$home"
	chmod -R a+rX "$work/unseen"
	printf '[safe]\n\tdirectory = %s\n' "$HISTORY" >"$home/.gitconfig"
	as() { runuser -u "$1" -- env -u TMPDIR HOME="$home" BISECTBOX_CACHE="$home/cache" PATH="$PATH" "${@:2}"; }
	# what a killed run left, with owners that only a user namespace has
	left=/var/tmp/bisectbox-image-$(id -u "$user")-dead00
	as "$user" mkdir -m 711 "$left"
	as "$user" unshare --map-root-user --map-auto sh -c "umask 077; mkdir -p $left/private/root/a/b; chown -R 5:5 $left/private/root"
	# with a daemon that is not there the run ends after the preparation
	as "$user" "$BOX" run "${range[@]}" --case "$work/mine" --connect qemu:///nonexistent >"$work/out" 2>"$work/err"
	has "$(cat "$work/err")" 'root of case mine: unpack' 'an ordinary user unpacks it'
	disk=$(as "$user" "$BOX" image list | grep -A 1 "$work/unseen" | grep -o '/.*\.img')
	has "$(on_disk /etc/owned "$disk")" 'Mode: 0640' 'an ordinary user: the mode'
	has "$(on_disk /etc/owned "$disk")" 'User: 1234 Group: 4321' 'an ordinary user: the owner'
	has "$(on_disk /bin/busybox "$disk")" 'User: 0 Group: 0' "an ordinary user: root's"
	has "$(on_disk /opt/tools/ids-setuid "$disk")" 'Mode: 04755' 'an ordinary user: setuid'
	has "$(on_disk /opt/tools/ids "$disk" ea_list)" "$capability" "an ordinary user: a file's capabilities"
	has "$(on_disk /usr/sbin/bisectbox-agent "$disk")" 'Mode: 0755' 'an ordinary user: the agent'
	is "$(on_disk /etc/gone "$disk")" '' 'an ordinary user: the whiteout'
	is "$(find /var/tmp /tmp -maxdepth 1 -name 'bisectbox-image-*' | wc -l)" 0 'and nothing is left behind'
	rm -f "$home"/cache/images/OCI-*
	chown -R nobody "$home"
	as nobody "$BOX" run "${range[@]}" --case "$work/mine" --results "$home" >"$work/out" 2>"$work/err"
	is $? 128 'a user without subordinate ids'
	has "$(tail -n 1 "$work/err")" 'type: usermod --add-subuids' 'is told what to type'
fi
rm -f "$BISECTBOX_CACHE"/images/OCI-*
done_testing
