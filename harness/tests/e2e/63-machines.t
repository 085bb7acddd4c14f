#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest's machine is: its type, processors, network and consoles, what bounds it, and several
# at a time. One kernel for all of it.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root, to make a tap device and a bridge'; exit; }
stop() {
	[ ! -s "$work/dnsmasq.pid" ] || kill "$(cat "$work/dnsmasq.pid")" 2>/dev/null
	[ ! -s "$work/server.pid" ] || kill "$(cat "$work/server.pid")" 2>/dev/null
	ip link del bbtap 2>/dev/null
	ip link del bbbridge 2>/dev/null
}
trap 'stop; rm -rf "$work"' EXIT
# what is there on this host: mounts, network cards, guests, folders, pipes
host() {
	cut -d' ' -f2 /proc/mounts | grep -v bisectbox-e2e
	ls /sys/class/net
	losetup -a
	find /tmp /var/tmp -maxdepth 1 -name 'bisectbox*' ! -name 'bisectbox-e2e.*'
	leftovers
	find "$RESULTS" -type p
}
before=$(host)
verdicts() { json 'map { map { "$_->{outcome} $_->{verdict}" } @{$_->{results}} } @{$_->{kernels}}'; }
folder() { json '$_->{results}'; }
console() { cat "$(folder)"/steps/001-*/console.log; }

# a case of one's own: mycase PERL [FIELDS]
mycase() {
	mkdir -p "$work/mine"
	perl -MJSON::PP -e '
		my ($code, $more) = @ARGV;
		print encode_json({ title => "t", about => "a", good => "g", bad => "b", container => JSON::PP::false, kconfig => ["network"],
			command => ["/usr/bin/perl", "-MIO::Socket::INET", "-e", $code], timeout_s => 60, %{decode_json("{$more}")} });' \
		"$1" "${2-}" >"$work/mine/case.json"
}

# one kernel with a network for all of these
mycase 'exit !glob("/sys/bus/pci/devices/*0/vendor")'
good_kernel
try=(test --case "$work/mine" --kernel "$kernel" --results "$RESULTS" --json)
box "${try[@]}"
is "$(verdicts)" 'passed good' 'a guest without a network'
is "$(grep -c '^ *[0-9]*\.[0-9]\{3\} S ' <<<"$(console)"),$(grep -vc '^ *[0-9]*\.[0-9]\{3\} [SV] ' <<<"$(console)")" \
	"$(wc -l <<<"$(console)"),0" 'each line of the console has its time; what both consoles have is there once'

# the machine: by option, by case, by neither
mycase 'open F, "/proc/cpuinfo"; my $t = join "", <F>; exit !($t =~ /Haswell/ && (() = $t =~ /^processor/mg) == 2)' '"machine": "pc", "cpu_model": "Haswell", "cpus": 2'
box "${try[@]}"
is "$(verdicts)" 'passed good' 'machine, CPU model and processors of a case'
has "$(console)" 'i440FX' 'a pc'
box "${try[@]}" --machine q35 --qemu-arg -device --qemu-arg edu
is "$(verdicts),$(grep -c i440FX <<<"$(console)")" 'passed good,0' 'and by option'
mycase 'for (glob "/sys/bus/pci/devices/*/device") { open F, $_; exit 0 if <F> =~ /11e8/ } exit 1'
box "${try[@]}" --qemu-arg -device --qemu-arg edu
is "$(verdicts)" 'passed good' '--qemu-arg: a device'
box "${try[@]}"
is "$(verdicts)" 'failed bad' 'and without it there is none'
refuses 129 'QEMU has no CPU model '\''Hazwell'\'' for x86_64: it has' "${try[@]}" --cpu-model Hazwell
refuses 129 'give q35, pc' "${try[@]}" --machine virt
box "${try[@]}" --qemu-arg -no-such-word
is "$status" 128 'a word that QEMU does not know is trouble, and no verdict'
has "$(tail -n 1 <<<"$err")" 'no-such-word' 'in its words'

# what bounds it, as it is in the end
mycase 'sleep 1000' '"timeout_s": 40, "cpus": 2'
"$BOX" "${try[@]}" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
for _ in $(seq 300); do
	qemu=$(guests_of $pid | head -n 1)
	[ -n "$qemu" ] && grep -qs 'start mine' "$(newest_run)"steps/001-*/console.log && break
	sleep 0.2
done
words=$(tr '\0' ' ' <"/proc/$qemu/cmdline")
has "$words" '-name guest=bb1,' 'its name'
has "$words" '-m 512 ' 'its memory'
has "$words" '-smp 2,' 'its processors'
has "$words" '-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny' 'the sandbox'
has "$(cat "/proc/$qemu/status")" $'Seccomp:\t2' 'is on'
has "$words" '-nodefaults' 'nothing that was not asked for'
has "$words" 'virtio-rng-pci' 'a random device'
is "$(grep -c 'netdev\|-nic ' <<<"$words")" 0 'no network'
is "$(grep -o '"node-name":"libvirt-1-format","read-only":true' <<<"$words" | wc -l)" 1 'its disk is read-only'
is "$(awk '/Max cpu time/ { print $4 } /Max address space/ { print $4 / 1048576 }' "/proc/$qemu/limits" | tr '\n' ' ')" \
	"$(((90 + 40 + 300) * 4)) $((512 + 8192)) " 'processor time and memory of QEMU have limits'
is "$(cat "/proc/$qemu"/task/*/comm | grep -c '^CPU ./TCG')" 2 'TCG runs each processor in a thread'
kill -INT $pid
wait $pid
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'and after Ctrl-C nothing is left'

# a serial driver that does not come up: virtio's console has it all
mycase 'exit 0'
box "${try[@]}" --append 8250.nr_uarts=0 -v
is "$(verdicts)" 'passed good' 'without a serial port'
has "$(console)" ' V Run /sbin/bisectbox-agent as init' 'the kernel is on the other console'
has "$err" 'bisectbox-agent as init' '-v shows it'

# several at a time: each in a guest of its own, and each told
mycase 'print "try\n"; sleep 3'
"$BOX" "${try[@]}" --repeat 4 --guests 2 >"$work/out" 2>"$work/err" </dev/null &
pid=$!
most=0
while kill -0 $pid 2>/dev/null; do
	n=$(guests_of $pid | wc -l)
	[ "$n" -le "$most" ] || most=$n
	sleep 0.1
done
wait $pid
is $? 0 '--guests 2' || sed 's/^/# /' "$work/err"
out=$(cat "$work/out")
is "$most,$(json 'map { map { "$_->{good} $_->{bad} $_->{untestable}" } @{$_->{results}} } @{$_->{kernels}}')" '2,4 0 0' 'two at a time, four in all'
is "$(cat "$(folder)"/steps/001-*/mine/stdout "$(folder)"/steps/001-*/try-[234]/mine/stdout | grep -c try)" 4 'each with its own files'
is "$(wc -l <"$(folder)/journal.jsonl")" 4 'and a line of the journal'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'nothing is left'

# a search that asks a kernel three times has three answers, from two guests at a time
mycase 'print "asked\n"'
box run --case "$work/mine" --repo "$HISTORY" --bad cases-good --good cases-good^ --repeat 3 --guests 2 --results "$RESULTS" --json
is "$status,$(json 'map { "$_->{why} $_->{verdict}" } @{$_->{steps}}')" '3,end good,again good,again good' 'run --repeat --guests: each answer is a step' ||
	sed 's/^/# /' "$work/err"
is "$(cat "$(folder)"/steps/*/mine/stdout | grep -c asked),$(find "$(folder)/steps" -name console.log | wc -l)" 3,3 'with what its guest left'

# the network: QEMU's own, by which the guest reaches this host; a name server by DHCP
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalPort => 0, Listen => 5) or die; $| = 1; print $s->sockport, "\n"; open STDOUT, ">/dev/null";
	while (my $c = $s->accept) { print $c "hello from the host\n"; close $c }' >"$work/port" &
echo $! >"$work/server.pid"
sleep 1
hello='my $s = IO::Socket::INET->new(PeerAddr => "@HOST@:'$(cat "$work/port")'", Timeout => 20) or print("bad: no connection\n"), exit 1;
	print scalar <$s>; open F, "/etc/resolv.conf"; my $r = join "", <F>; print $r; exit !($r =~ /nameserver/)'
mycase "${hello/@HOST@/10.0.2.2}" '"network": "user"'
box "${try[@]}"
is "$(verdicts)" 'passed good' '"network": "user"'
has "$(cat "$(folder)"/steps/001-*/mine/stdout)" 'hello from the host' 'reaches this host'
mycase "${hello/@HOST@/10.0.2.2}"
box "${try[@]}"
is "$(verdicts)" 'failed bad' 'and without it nothing'
# a container has it too
mycase "${hello/@HOST@/10.0.2.2}" '"network": "user", "container": true, "kconfig": ["network", "container"]'
box "${try[@]}"
is "$(verdicts)" 'passed good' 'in a container, too'

# a tap device on a bridge with dnsmasq, as harness/docs/MACHINES.md has it
ip link add bbbridge type bridge && ip addr add 192.168.177.1/24 dev bbbridge && ip link set bbbridge up &&
	ip tuntap add dev bbtap mode tap && ip link set bbtap master bbbridge up
dnsmasq --interface=bbbridge --bind-interfaces --except-interface=lo --dhcp-range=192.168.177.10,192.168.177.99,1h \
	--pid-file="$work/dnsmasq.pid" --dhcp-leasefile="$work/leases" --conf-file=/dev/null --port=0 --dhcp-option=6,192.168.177.1
mycase "${hello/@HOST@/192.168.177.1}" '"tap": "bbtap"'
box "${try[@]}"
is "$(verdicts)" 'passed good' '"tap": a bridge of the host'
box "${try[@]}"
is "$(verdicts),$(wc -l <"$work/leases")" 'passed good,1' 'the same address the next time'
refuses 129 'one tap device bbtap' "${try[@]}" --repeat 2 --guests 2
mycase 'exit 0' '"tap": "nosuchtap"'
box "${try[@]}"
is "$status" 128 'a tap device that is not there is trouble, and no verdict'
has "$(tail -n 1 <<<"$err")" nosuchtap 'and named'
stop
is "$(host)" "$before" 'the host is as it was: no mount, network card, guest, folder or pipe is left'
done_testing
