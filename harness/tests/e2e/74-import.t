#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A distribution's disk, imported: by systemd, and by System V's init from LVM, it comes up with all that is
# its own and then runs cases; what cannot be imported is refused in one line.
. "$(dirname "$0")/lib.sh"

chmod 755 "$work"
store=$BISECTBOX_CACHE/images
clean() { rm -rf "$store"/imported/e2e-* "$store"/e2e-* "$work"; }
trap clean EXIT

# ---- disks as distributions publish them: one Debian with both inits, made by mmdebstrap and libguestfs
mkdir "$work/recipe"
cat >"$work/recipe/e2e-cloud.json" <<'END'
{ "name": "e2e-cloud", "title": "test", "suite": "bookworm", "filesystem": "squashfs",
  "packages": ["attr", "e2fsprogs", "initscripts", "libpam-modules", "login", "mount", "passwd", "procps", "strace", "systemd",
    "sysvinit-core", "udev", "util-linux"],
  "files": [
    { "path": "/etc/cloud/cloud.cfg", "text": "users: [default]\n" },
    { "path": "/etc/crypttab", "text": "data UUID=4 none luks\n" },
    { "path": "/etc/systemd/system/cloud-init.service", "text": "[Unit]\nConditionPathExists=!/etc/cloud/cloud-init.disabled\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'touch /run/cloud-init-ran; sleep 120'\n" },
    { "path": "/etc/systemd/system/multi-user.target.wants/cloud-init.service", "link": "../cloud-init.service" },
    { "path": "/etc/systemd/system/last.service", "text": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'sleep 3; touch /run/all-is-up'\n" },
    { "path": "/etc/systemd/system/multi-user.target.wants/last.service", "link": "../last.service" },
    { "path": "/etc/systemd/system/systemd-networkd-wait-online.service", "text": "[Service]\nType=oneshot\nExecStart=/bin/sleep 120\n" },
    { "path": "/etc/systemd/system/multi-user.target.wants/systemd-networkd-wait-online.service", "link": "../systemd-networkd-wait-online.service" },
    { "path": "/etc/init.d/.legacy-bootordering", "text": "\n" },
    { "path": "/etc/init.d/cloud-init", "text": "#!/bin/sh\ntouch /run/cloud-init-ran\n", "mode": "0755" },
    { "path": "/etc/rc2.d/S99cloud-init", "link": "../init.d/cloud-init" },
    { "path": "/etc/init.d/last", "text": "#!/bin/sh\nsleep 3; touch /run/all-is-up\n", "mode": "0755" },
    { "path": "/etc/rc2.d/S98last", "link": "../init.d/last" }
  ],
  "commands": ["mv /sbin/init /sbin/init.sysv; ln -s /lib/systemd/systemd /sbin/init", "rm -f /etc/machine-id"] }
END
box image build "$work/recipe/e2e-cloud.json"
is "$status" 0 'a root as in a cloud is made' || { echo "# $err" >&2; exit 1; }
root=$(ls -t "$store"/e2e-cloud-*.tar | head -n 1)
truncate -s 2G "$work/lvm.raw"
truncate -s 64M "$work/luks.raw"
truncate -s 64M "$work/unknown.raw"
cat >"$work/fish" <<END
disk-create $work/plain.qcow2 qcow2 2G
add $work/plain.qcow2 format:qcow2
add $work/lvm.raw format:raw
add $work/unknown.raw format:raw
run
part-disk /dev/sda gpt
mkfs ext4 /dev/sda1
mount /dev/sda1 /
tar-in $root / xattrs:true
write /etc/fstab "UUID=11111111-2222-4333-8444-555555555555 / ext4 errors=remount-ro 0 1\nPARTUUID=12 /boot/efi vfat umask=0077 0 1\n/dev/sdb1 none swap sw 0 0\ntmpfs /srv tmpfs size=1m 0 0\n"
umount /
part-disk /dev/sdb mbr
pvcreate /dev/sdb1
vgcreate vg /dev/sdb1
lvcreate root vg 1200
lvcreate var vg 400
mkfs ext4 /dev/vg/root
mkfs ext4 /dev/vg/var
mount /dev/vg/root /
mkdir /var
mount /dev/vg/var /var
mkdir /old
mount-ro /dev/sda1 /old
glob cp-a /old/* /
umount /old
rmdir /old
mv /sbin/init.sysv /sbin/init
write /etc/fstab "/dev/mapper/vg-root / ext4 defaults 0 1\n/dev/mapper/vg-var /var ext4 defaults 0 2\n"
ln-f /etc/fstab /etc/fstab.same
setxattr user.e2e yes 3 /etc/fstab
umount-all
part-disk /dev/sdc mbr
mkfs ext2 /dev/sdc1
END
LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg LIBGUESTFS_CACHEDIR=$store/appliance \
	guestfish -f "$work/fish" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
qemu-img convert -O vmdk -o subformat=streamOptimized "$work/plain.qcow2" "$work/Cloud_12.vmdk" && rm "$work/plain.qcow2"
looks() { sha256sum "$1"; stat -c '%s %y' "$1"; }

# ---- systemd, on a partition
before=$(looks "$work/Cloud_12.vmdk")
echo 'not-a-secret' >"$work/password"
box image import "$work/Cloud_12.vmdk" --name e2e-cloud --root-password "$work/password"
is "$status,$out" 0,e2e-cloud 'a vmdk with systemd is imported' || echo "# $err" >&2
has "$(tail -n 1 <<<"$err")" 'Debian GNU/Linux 12 (bookworm): its disk is as it was; systemd starts the cases' 'and what it is, is said'
is "$(looks "$work/Cloud_12.vmdk")" "$before" 'the file is as it was'
box image show e2e-cloud --json
is "$(json '$_->{device}, $_->{filesystem}, $_->{crun}, $_->{kind}, $_->{agent_current}')" /dev/vda1,ext4,1,imported,1 'show has what it became'
[ "$(json '$_->{packages}')" -gt 80 ] && pass 'with its packages' || fail 'with its packages' "$out"

box test "${every_case[@]}" --image e2e-cloud --repo "$HISTORY" cases-bad cases-good --results "$RESULTS" --json
verdicts() { json 'map { $_->{verdict} } @{$_->{kernels}['"$1"']{results}}'; }
is "$(verdicts 0)" bad,bad,bad,bad,bad,bad,bad 'bisected kernels boot it: each break is seen'
is "$(verdicts 1)" good,good,good,good,good,good,good 'and where there is none, none is seen'
[ "$(verdicts 1)" = good,good,good,good,good,good,good ] || json 'map { map { $_->{reason} // "" } @{$_->{results}} } @{$_->{kernels}}' | sed 's/^/# /' >&2
kernel=$work/kernel
cp "$(kernel_file "$(json '$_->{kernels}[1]{sha256}')")" "$kernel"

# mycase NAME COMMAND CONTAINER [TIMEOUT]
mycase() {
	mkdir -p "$work/$1"
	cat >"$work/$1/case.json" <<-END
		{ "title": "t", "about": "Looks around.", "command": ["./look.sh"], "files": ["look.sh"], "container": $3,
		  "good": "g", "bad": "b", "timeout_s": ${4:-60} }
	END
	printf '#!/bin/sh\n%s\n' "$2" >"$work/$1/look.sh"
	chmod +x "$work/$1/look.sh"
}
expect='expect() { [ "$1" = "$2" ] || { echo "$3: $1"; exit 1; }; }
'
mycase box "$expect"'
expect "$(cat /proc/1/comm)" look.sh "not PID 1 of a container"
expect "$(ls /run/all-is-up 2>&1 | grep -c No)" 1 "the guest'"'"'s /run is seen"
(setsid sleep 999 &) >/dev/null 2>&1 </dev/null; exit 0' true
mycase forks 'f() { f | f & }; f; sleep 60' true 3
mycase guest "$expect"'
expect "$(cat /proc/1/comm)" systemd "PID 1"
expect "$(cat /proc/*/comm | grep -cx sleep)" 0 "what a case left behind"
expect "$(cat /proc/*/comm | grep -c -x -e systemd-journal -e systemd-udevd)" 2 "the distribution'"'"'s own services"
expect "$(grep -c 9p /proc/1/mounts)" 0 "the share is seen by others"
expect "$(nsenter -t 1 -m ls /run | grep -c -e all-is-up -e cloud-init)" 1 "what has run, and what has not"
expect "$(grep -c ^#bisectbox# /etc/fstab) $(nsenter -t 1 -m stat -f -c %T /srv)" "3 tmpfs" fstab
expect "$(grep -c ^#bisectbox# /etc/crypttab)" 1 crypttab
expect "$(cat /etc/machine-id)" b15ec7b0b15ec7b0b15ec7b0b15ec7b0 machine-id
expect "$(grep -c "^root:.6." /etc/shadow) $(perl -e "\$h = (split /:/, \`grep ^root: /etc/shadow\`)[1]; print crypt(q(not-a-secret), \$h) eq \$h ? q(fits) : q(does not)")" "1 fits" password
expect "$(cat /proc/self/oom_score_adj)" 0 "a case that the OOM killer spares"
nsenter -t 1 -m sh -c "echo x > /etc/written && dd if=/dev/zero of=/var/large bs=1M count=8 2>/dev/null" || exit 1' false
box test --case "$work/box" --case "$work/forks" --case "$work/guest" --image e2e-cloud --kernel "$kernel" --results "$RESULTS" --json
is "$(json 'map { "$_->{outcome}" } @{$_->{kernels}[0]{results}}')" passed,case-timeout,passed 'in the guest all is as it should be'
[ "$status" = 125 ] || cat "$(json '$_->{results}')"/steps/001-*/{box,guest}/stdout | sed 's/^/# /' >&2
box image check e2e-cloud
is "$status" 0 'what was written is not on the image'
refuses 129 'there is an image called e2e-cloud: give another --name' image import "$work/Cloud_12.vmdk" --name e2e-cloud

# ---- System V's init, on LVM, /var apart; and by the time that it boots, there is another agent
before=$(looks "$work/lvm.raw")
box image import "$work/lvm.raw" --name e2e-lvm
is "$status" 0 'a raw disk with System V'"'"'s init on LVM is imported' || echo "# $err" >&2
has "$(tail -n 1 <<<"$err")" 'copied to one ext4, since its root is on LVM (/dev/vg/root)' 'by a copy of its root'
has "$(tail -n 1 <<<"$err")" 'init, by /etc/inittab starts the cases' 'which its init is told of'
is "$(looks "$work/lvm.raw")" "$before" 'the file is as it was'
mycase sysv "$expect"'
expect "$(cat /proc/1/comm)" init "PID 1"
expect "$(nsenter -t 1 -m ls /run | grep -c -e all-is-up -e cloud-init)" 1 "what has run, and what has not"
expect "$(grep -c ^#bisectbox# /etc/fstab)" 2 fstab
expect "$(stat -c %h /etc/fstab) $(getfattr -d /etc/fstab 2>/dev/null | grep -c user.e2e=.yes)" "2 1" "a hard link, and an attribute"
expect "$(ls /var/lib/dpkg/status)" /var/lib/dpkg/status /var' false
mkdir "$work/built"
ln -s "$(dirname "$BOX")/testcases" "$work/built/testcases"
cp "$(dirname "$BOX")/agent" "$work/built/"
echo >>"$work/built/agent"
BISECTBOX_BUILT=$work/built box test --case abort --case "$work/sysv" --image e2e-lvm --kernel "$kernel" --results "$RESULTS" --json
is "$(json 'map { "$_->{outcome}" } @{$_->{kernels}[0]{results}}')" passed,passed 'and it boots, and runs cases'
[ "$status" = 0 ] || { cat "$(json '$_->{results}')"/steps/001-*/sysv/stdout; json 'map { $_->{reason} } @{$_->{kernels}[0]{results}}'; } | sed 's/^/# /' >&2
has "$err" 'a newer agent' 'with the agent of today'

# ---- what cannot be imported
cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$work/luks.raw" - <<<key || exit
echo 'no disk' >"$work/text"
head -c 70000 "$work/Cloud_12.vmdk" >"$work/cut.vmdk"
qemu-img create -q -f qcow2 -b "$work/lvm.raw" -F raw "$work/part.qcow2"
printf '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 131072 FLAT "/etc/shadow" 0\n' >"$work/flat.vmdk"
refuses 129 'encrypted (/dev/sda (crypto_LUKS))' image import "$work/luks.raw" --name e2e-x
refuses 129 'has no system on it that libguestfs knows, only file systems: /dev/sda1 (ext2)' image import "$work/unknown.raw" --name e2e-x
refuses 129 'is no disk image' image import "$work/text" --name e2e-x
refuses 129 'cut.vmdk' image import "$work/cut.vmdk" --name e2e-x
refuses 129 'is a part only, what it lacks is in another file' image import "$work/part.qcow2" --name e2e-x
refuses 129 'flat.vmdk' image import "$work/flat.vmdk" --name e2e-x
refuses 129 'cannot read the disk' image import "$work/nowhere" --name e2e-x
refuses 129 'there is a recipe called debian' image import "$work/unknown.raw" --name debian
refuses 129 'can be no image'"'"'s name' image import "$work/unknown.raw" --name ../x
refuses 129 'no such file' image import "$work/unknown.raw" --name e2e-x --root-password "$work/none"
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/full"
	printf '#!/bin/sh -e\nmount -t tmpfs -o size=600m,mode=0700 none %s\nBISECTBOX_CACHE=%s exec "%s" "$@"\n' "$work/full" "$work/full" "$BOX" >"$work/boxed"
	chmod +x "$work/boxed"
	BOX=unshare refuses 128 'no room for an image in' -m "$work/boxed" image import "$work/lvm.raw" --name e2e-x
fi
"$BOX" image import "$work/unknown.raw" --name e2e-x >"$work/out" 2>"$work/err" </dev/null &
pid=$!
for _ in $(seq 200); do pgrep -f "qemu-system.*$store/tmp-" >/dev/null && break || sleep 0.1; done
kill -INT $pid
wait $pid
is $? 130 'Ctrl-C ends an import'
is "$(pgrep -fc "qemu-system.*$store/tmp-"),$(find "$store" -maxdepth 2 -name 'tmp-*' -o -name 'e2e-x*' | wc -l)" 0,0 'and nothing of it is left'

# ---- in use, and removed
BISECTBOX_BUILT=$work/built "$BOX" test --case "$work/sysv" --image e2e-lvm --kernel "$kernel" --results "$RESULTS" >/dev/null 2>&1 </dev/null &
pid=$!
for _ in $(seq 300); do [ -z "$(guests_of $pid)" ] || break; sleep 0.1; done
refuses 129 'the image e2e-lvm is in use by a run' image remove e2e-lvm
kill -TERM $pid
wait $pid
box image remove e2e-lvm e2e-cloud
is "$status,$(find "$store/imported" -name 'e2e-*' | wc -l)" 0,0 'what no run uses is removed'
is "$(leftovers)" "$(printf '0\n0')" 'and nothing is left behind'
done_testing
