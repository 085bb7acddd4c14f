#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: time and memory of bisectbox as ratios against what is run beside it, here and now.
#   guest   a step's guest, from start to verdict, against bare QEMU with the same kernel and image
#   run     a whole `bisectbox run` against `git bisect run` with a script as in the field: make
#           olddefconfig, make, boot, grep; same history, same configuration, both ends tested
#   memory  the most that bisectbox itself ever held
#   search  right culprits and tests where answers are wrong, against git bisect's; and the time to
#           read a long history and to choose, against git rev-list --bisect (harness/docs/NOISE.md)
#   relevant  which of 10,000 commits can matter, against git log --name-only (relevant.sh)
# run.sh [guest|run|search|relevant]: the first two without a word. `run` compiles two kernels from nothing;
# `search` takes an hour. It looks at BISECTBOX_BENCH_REPO, a repository of some 250,000 commits with
# merges (else one is made), and plays BISECTBOX_BENCH_SEARCHES (1,000; 0 for none) searches a line.
set -euo pipefail

: "${BOX:?run by make bench}" "${HISTORY:?}" "${BISECTBOX_CACHE:?}"
share_tool=$(dirname "$BOX")/tests/bench/share
search_tool=$(dirname "$BOX")/tests/bench/search
work=$(mktemp -d /var/tmp/bisectbox-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
rounds=7

now() { date +%s%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
seconds() { awk -v ns="$1" 'BEGIN { printf "%.2f s", ns / 1e9 }'; }
field() {
	perl -MJSON::PP -e 'local $/; my $text = <STDIN>; $_ = decode_json($text); print join "\n", eval $ARGV[0];' "$1"
}

# CPU seconds of a command's own work, as nanoseconds: other programs do not count.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1e9 }'
}

# beside OUR-COMMAND -- GIT-COMMAND: medians of 5 of each, by turns, and their ratio; git's of fewer
# where they take more than six minutes
beside() {
	local command=() ours theirs
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	: >"$work/ours"
	: >"$work/theirs"
	for _ in 1 2 3 4 5; do
		cpu "${command[@]}" >>"$work/ours"
		[ "$(awk '{ s += $1 } END { printf "%d", s / 1e9 }' "$work/theirs")" -gt 360 ] ||
			cpu "$@" >>"$work/theirs"
	done
	ours=$(median <"$work/ours")
	theirs=$(median <"$work/theirs")
	echo "$(seconds "$ours") / $(seconds "$theirs") = $(ratio "$ours" "$theirs")"
}

# speed REPO NAME PATH...: bisectbox reads REPO's whole history and chooses, beside git; then limited
# to each path
speed() {
	local repo=$1 name=$2 bad good path
	shift 2
	bad=$(git -C "$repo" rev-parse HEAD)
	good=$(git -C "$repo" rev-list --max-parents=0 HEAD | tail -n 1)
	echo "  $name: read and choose first, CPU time, medians of 5"
	echo "    all: $(beside "$search_tool" choose "$repo" "$bad" "$good" -- \
		git -C "$repo" rev-list --bisect "$bad" "^$good")"
	for path; do
		echo "    -- $path: $(beside "$search_tool" choose "$repo" "$bad" "$good" "$path" -- \
			git -C "$repo" rev-list --bisect "$bad" "^$good" -- "$path")"
	done
	for _ in 1 2 3 4 5; do "$search_tool" speed "$repo" "$bad" "$good"; done | sort -n | sed -n 3p |
		awk '{ printf "    read %d ms, first choice %d ms, later %.1f ms, noisy %.1f ms, %d bytes a commit, %d commits\n", $1, $2, $3, $5, $4, $6 }'
}

# Paths that many commits and that few commits touch, by what the history has.
paths_of() {
	if git -C "$1" rev-parse -q --verify HEAD:mm >/dev/null; then
		echo mm fs/ext4 Makefile
	else
		echo d3 d3/f3
	fi
}

bench_search() {
	local repo=${BISECTBOX_BENCH_REPO:-} shape
	if [ -z "$repo" ]; then
		repo=$work/long
		git init -q --bare -b main "$repo"
		"$search_tool" export 250000 | git -C "$repo" fast-import --quiet
	fi
	if [ "${BISECTBOX_BENCH_SEARCHES:=1000}" -gt 0 ]; then
		echo "search: answers that may be wrong"
		for shape in linear:1000 linear:10000 "$repo"; do
			"$search_tool" simulate "$shape" "$BISECTBOX_BENCH_SEARCHES"
		done
	fi
	echo "search: a long history"
	git clone -q --bare --shared "$repo" "$work/plain"
	git clone -q --bare --shared "$repo" "$work/graphed"
	git -C "$work/graphed" commit-graph write --reachable 2>/dev/null
	# shellcheck disable=SC2046
	speed "$work/plain" 'without commit-graph' $(paths_of "$repo")
	# shellcheck disable=SC2046
	speed "$work/graphed" 'with commit-graph' $(paths_of "$repo")
}

if [ "${1:-}" = relevant ]; then
	exec "$(dirname "$0")/relevant.sh"
fi

if [ "${1:-}" = search ]; then
	bench_search
	exit
fi

commit=$(git -C "$HISTORY" rev-list --grep='docs: ext2: say that read-only works' demo)
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
disk=$("$BOX" image build debian 2>/dev/null)

# bare KERNEL CASE...: exec to end of a guest started by hand, in the same size; prints its console
bare() {
	local kernel=$1
	shift
	rm -rf "$work/share"
	"$share_tool" "$work/share" "$@"
	timeout 120 qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 512 -smp 1 -nodefaults -display none \
		-no-reboot -serial stdio -kernel "$kernel" \
		-drive "file=$disk,if=virtio,format=raw,readonly=on" \
		-fsdev "local,id=fs0,path=$work/share,security_model=mapped-xattr,fmode=0644,dmode=0755" \
		-device virtio-9p-pci,fsdev=fs0,mount_tag=bisectbox -device virtio-rng-pci \
		-append "console=ttyS0 root=/dev/vda ro init=/sbin/bisectbox-agent panic=-1 oops=panic audit=1 bisectbox.token=00112233445566778899aabbccddeeff"
}

bench_guest() {
	local kernel name ours bares folder t
	echo "guest: start to verdict against bare QEMU, medians of $rounds"
	for name in boot audit; do
		: >"$work/ours"
		: >"$work/bares"
		for _ in $(seq $rounds); do
			folder=$("$BOX" run --case "$name" --kconfig container --kconfig audit --accel tcg \
				--repo "$HISTORY" --bad "$commit" --good "$commit^" --results "$work/results" \
				--json 2>/dev/null | field '$_->{steps}[0]{boot_s}') || true
			awk -v s="$folder" 'BEGIN { printf "%d\n", s * 1e9 }' >>"$work/ours"
			kernel=$(ls -t "$BISECTBOX_CACHE"/kernels/*/*/bzImage | head -n 1)
			t=$(now)
			if [ "$name" = boot ]; then bare "$kernel"; else bare "$kernel" "$name"; fi >"$work/console" </dev/null
			echo $(($(now) - t)) >>"$work/bares"
			grep -q 'done' "$work/console" || { echo "bare QEMU did not reach the end"; exit 1; }
		done
		ours=$(median <"$work/ours")
		bares=$(median <"$work/bares")
		echo "  case $name: $(seconds "$ours") / $(seconds "$bares") = $(ratio "$ours" "$bares")"
	done
}

# The script of the field: configure, make, boot, grep.
write_script() {
	cat >"$work/bisect-test" <<-EOF
		#!/bin/bash
		make olddefconfig >/dev/null 2>&1 || exit 125
		make -j$(nproc) bzImage >"$work/make.log" 2>&1 || exit 125
		$(declare -f bare)
		work=$work share_tool=$share_tool disk=$disk
		bare arch/x86/boot/bzImage audit >"$work/console" </dev/null
		grep -q 'answer audit exit 0' "$work/console" && exit 0
		grep -q 'answer audit exit 1' "$work/console" && exit 1
		exit 125
	EOF
	chmod +x "$work/bisect-test"
}

# The most memory that bisectbox's own processes held, in KiB, while $1 runs.
watch_memory() {
	local most=0 kib pid
	while kill -0 "$1" 2>/dev/null; do
		for pid in $(pgrep -f "^$BOX run" || true); do
			kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
			[ "${kib:-0}" -le "$most" ] || most=$kib
		done
		sleep 1
	done
	echo "$most"
}

bench_run() {
	local t ours theirs pid most config
	echo "run: bisectbox run against git bisect run, both from cold compiler caches"
	mkdir "$work/cache"
	cp -r "$BISECTBOX_CACHE/images" "$work/cache/"
	t=$(now)
	BISECTBOX_CACHE=$work/cache "$BOX" run --case audit --repo "$HISTORY" --bad demo --good v6.1-base --accel tcg \
		--results "$work/results" --json >"$work/json" 2>/dev/null &
	pid=$!
	most=$(watch_memory $pid)
	wait $pid
	ours=$(($(now) - t))
	[ "$(field '$_->{culprit}{id}' <"$work/json")" = "$culprit" ] || { echo "bisectbox: wrong answer"; exit 1; }
	config=$(field '$_->{results} . "/" . $_->{steps}[0]{folder} . "/config"' <"$work/json")

	write_script
	git clone -q --shared "$HISTORY" "$work/tree"
	cp "$config" "$work/tree/.config"
	t=$(now)
	(
		cd "$work/tree"
		git checkout -q --detach "$(git -C "$HISTORY" rev-parse demo)"
		"$work/bisect-test" && exit 1
		git checkout -q --detach "$(git -C "$HISTORY" rev-parse v6.1-base)"
		"$work/bisect-test" || exit 1
		git bisect start "$(git -C "$HISTORY" rev-parse demo)" "$(git -C "$HISTORY" rev-parse v6.1-base)" >/dev/null
		git bisect run "$work/bisect-test" >"$work/bisect.log" 2>&1
	)
	theirs=$(($(now) - t))
	grep -q "$culprit is the first bad commit" "$work/bisect.log" || { echo "git bisect: wrong answer"; exit 1; }
	echo "  wall time, bisectbox with confirmation from clean builds: $(seconds $ours) / $(seconds $theirs) = $(ratio $ours $theirs)"
	echo "  of it, without confirmation: $(field '
		my $s = 0; $s += $_->{wall_s} for grep { $_->{why} ne "confirm" } @{$_->{steps}}; $s' <"$work/json") s"
	echo "memory: bisectbox held at most $((most / 1024)) MiB (limit 100)"
	[ "$most" -le $((100 * 1024)) ]
}

case ${1:-all} in
guest) bench_guest ;;
run) bench_run ;;
*) bench_guest && bench_run ;;
esac
