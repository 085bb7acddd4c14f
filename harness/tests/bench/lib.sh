# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are for those that source this
# What the parts of `make bench` share: clocks, medians, a guest without bisectbox, and the script that
# people give to git bisect run.
: "${BOX:?run by make bench}" "${HISTORY:?}" "${BISECTBOX_CACHE:?}"
share_tool=$(dirname "$BOX")/tests/bench/share
work=$(mktemp -d /var/tmp/bisectbox-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
disk=$("$BOX" image build debian 2>/dev/null)

now() { date +%s%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
seconds() { awk -v ns="$1" 'BEGIN { printf "%.2f s", ns / 1e9 }'; }
# field EXPRESSION: what it is of the JSON on stdin ($_), a line each
field() {
	perl -MJSON::PP -e 'local $/; my $text = <STDIN>; $_ = decode_json($text); print "$_\n" for eval $ARGV[0];' "$1"
}

# CPU seconds of a command's own work, as nanoseconds: other programs do not count.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1e9 }'
}

# bare KERNEL: exec to end of a guest started by hand, in the same size, on $work/share; prints its console
bare() {
	local kernel=$1
	timeout 120 qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 512 -smp 1 -nodefaults -display none \
		-no-reboot -serial stdio -kernel "$kernel" \
		-drive "file=$disk,if=virtio,format=raw,readonly=on" \
		-fsdev "local,id=fs0,path=$work/share,security_model=mapped-xattr,fmode=0644,dmode=0755" \
		-device virtio-9p-pci,fsdev=fs0,mount_tag=bisectbox -device virtio-rng-pci \
		-append "console=ttyS0 root=/dev/vda ro init=/sbin/bisectbox-agent panic=-1 oops=panic no_timer_check random.trust_cpu=on audit=1 bisectbox.token=00112233445566778899aabbccddeeff"
}

# write_script TARGET...: the script of the field: configure, make, boot, grep; a line in $work/begun each time
write_script() {
	cat >"$work/bisect-test" <<-EOF
		#!/bin/bash
		echo >>"$work/begun"
		make olddefconfig >/dev/null 2>&1 || exit 125
		make -j$(nproc) $* >"$work/make.log" 2>&1 || exit 125
		$(declare -f bare)
		work=$work share_tool=$share_tool disk=$disk
		rm -rf "$work/share"
		"$share_tool" "$work/share" audit
		bare arch/x86/boot/bzImage >"$work/console" </dev/null
		grep -q 'answer audit exit 0' "$work/console" && exit 0
		grep -q 'answer audit exit 1' "$work/console" && exit 1
		exit 125
	EOF
	chmod +x "$work/bisect-test"
}
