# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Other hosts for the tests, on this one: libvirt daemons, and sshd, in mount namespaces where
# nothing of ours is to be seen. After lib.sh; as root. What is started here is ended by host_stop.

: "${work:?after lib.sh}"
host_pids=()
host_dirs=()

# host_start NAME [near]: a host of that name; sets $uri. A `near` one shares our folders and has no
# sshd: it is a daemon of this host, reached by its socket.
host_start() {
	local name=$1 dir=/run/bisectbox-$$-$1 port=$((20000 + RANDOM % 20000)) hide="/root /home /srv /var/tmp"
	mkdir -p "$dir"
	host_dirs+=("$dir")
	[ -z "${2-}" ] || hide= # a checkout may be in any of these
	local near="unix_sock_dir = \"$dir/run\"\nunix_sock_rw_perms = \"0777\"\n"
	[ -n "${2-}" ] || near=
	# what it must not see: the test's folders, but for the keys
	[ -z "$hide" ] || hide="$hide $BISECTBOX_CACHE $RESULTS $work"
	cat >"$dir/start" <<-EOF
		#!/bin/bash
		set -eu
		mount --make-rprivate /
		for place in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt $hide; do
			mkdir -p "\$place"
			mount -t tmpfs tmpfs "\$place"
		done
		mkdir -p $dir/run /run/libvirt /run/sshd
		mount -t tmpfs tmpfs /run/libvirt
		printf 'stdio_handler = "file"\n' >/etc/libvirt/qemu.conf
		printf 'auth_unix_rw = "none"\nlog_outputs = "3:file:$dir/libvirtd.log"\nkeepalive_interval = 2\n$near' >/etc/libvirt/libvirtd.conf
		[ -n "${2-}" ] || /usr/sbin/sshd -f /dev/null -p $port -o ListenAddress=127.0.0.1 -h $dir/hostkey \\
			-o AuthorizedKeysFile=$dir/key.pub -o StrictModes=no -o UsePAM=no -o PidFile=$dir/sshd.pid
		echo \$\$ >$dir/namespace
		trap 'kill \$(cat $dir/libvirtd.pid) 2>/dev/null; exit' TERM
		while :; do
			libvirtd -p $dir/libvirtd.pid &
			wait \$! || true
			# killed: back after a moment, as a service manager does it
			sleep 2
		done
	EOF
	chmod +x "$dir/start"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey"
	setsid unshare -m "$dir/start" >"$dir/out" 2>&1 &
	host_pids+=($!)
	uri="qemu+ssh://root@localhost:$port/system?keyfile=$dir/key&no_verify=1&no_tty=1"
	[ -z "${2-}" ] || uri="qemu+unix:///system?socket=$dir/run/libvirt-sock"
	for _ in $(seq 100); do
		virsh -q -c "$uri" list >/dev/null 2>&1 && return
		sleep 0.2
	done
	fail "the host $name comes up" "$(cat "$dir/out" "$dir/libvirtd.log" 2>/dev/null)"
}

# on_host NAME COMMAND...: there, as root
on_host() {
	nsenter -m -t "$(cat "/run/bisectbox-$$-$1/namespace")" "${@:2}"
}

# host_guests: the QEMUs of daemons like these; those of other tests' runs, beside this one, have another root
host_guests() { pgrep -f 'qemu-system.*guest=bisectbox-.*["=]/var/lib/libvirt/qemu/domain-'; }

# host_left: what guests have left there: domains, QEMUs, and volumes that are no disks
host_left() {
	virsh -q -c "$uri" list --all --name | grep -c bisectbox
	host_guests | wc -l
	virsh -q -c "$uri" vol-list bisectbox 2>/dev/null | grep -vc ' disk-\|^disk-' || true
}

host_stop() {
	local pid dir
	for dir in "${host_dirs[@]}"; do
		[ ! -s "$dir/sshd.pid" ] || kill "$(cat "$dir/sshd.pid")" 2>/dev/null
		[ ! -s "$dir/namespace" ] || kill "$(cat "$dir/namespace")" 2>/dev/null
	done
	for pid in "${host_pids[@]}"; do
		wait "$pid" 2>/dev/null
	done
	# a daemon that does not go by itself
	for dir in "${host_dirs[@]}"; do
		[ ! -s "$dir/libvirtd.pid" ] || kill -KILL "$(cat "$dir/libvirtd.pid")" 2>/dev/null
	done
	for dir in "${host_dirs[@]}"; do
		rm -rf "$dir"
	done
	host_pids=() host_dirs=()
}
