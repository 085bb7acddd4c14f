#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: time and memory of bisectbox as ratios against what is run beside it, here and now.
#   guest   a step's guest, from start to verdict, against bare QEMU with the same kernel, image and cases
#   guests  as many guests at a time as there are processors (test --guests), against one
#   run, real  a whole `bisectbox run` against `git bisect run` (whole.sh): on the demo's thirty commits;
#           on some hundred real ones
#   distribution  real, where git bisect run has a distribution's configuration
#   search  right culprits and tests where answers are wrong, against git bisect's; and the time to
#           read a long history and to choose, against git rev-list --bisect (harness/docs/NOISE.md)
#   relevant  which of 10,000 commits can matter, against git log --name-only (relevant.sh)
#   images  `image build`, against mmdebstrap alone (images.sh)
# run.sh [guest|guests|run|real|distribution|search|relevant|images]: guest, guests and run without a word.
# run and real compile two kernels from nothing each; `search` takes an hour. It looks at
# BISECTBOX_BENCH_REPO, a repository of some 250,000 commits with merges (else one is made), and plays
# BISECTBOX_BENCH_SEARCHES (1,000; 0 for none) searches a line.
set -euo pipefail

here=$(dirname "$0")
# shellcheck source=harness/tests/bench/lib.sh
. "$here/lib.sh"
search_tool=$(dirname "$BOX")/tests/bench/search
rounds=7

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

case ${1:-all} in
relevant) "$here/relevant.sh"; exit ;;
images) "$here/images.sh"; exit ;;
run | real | distribution) "$here/whole.sh" "$1"; exit ;;
esac

if [ "${1:-}" = search ]; then
	bench_search
	exit
fi

cases=(audit overlay abort fuse-pidns cgroup-device)

# one KERNEL CASE...: milliseconds from the start of a step's guest to its verdicts, of its cases with
# their containers, and of each part, as JSON
one() {
	local kernel=$1 words=() name
	shift
	for name; do words+=(--case "$name"); done
	"$BOX" test "${words[@]}" --kernel "$kernel" --accel tcg --timings --results "$work/results" --json 2>/dev/null |
		field 'encode_json($_->{timings}[0]{boots}[0])'
}

# compare_guests KERNEL WORDS CASE...: by turns with bare QEMU; sets $ours, $theirs (medians, ns), and $took,
# what the cases with their containers took
compare_guests() {
	local kernel=$1 t names=("${@:3}")
	[ "${names[*]}" != boot ] || names=()
	: >"$work/ours"
	: >"$work/bares"
	for _ in $(seq $rounds); do
		one "$kernel" "${@:3}" >>"$work/ours"
		rm -rf "$work/share"
		"$share_tool" "$work/share" "${names[@]}"
		t=$(now)
		bare "$kernel" >"$work/console" </dev/null
		echo $(($(now) - t)) >>"$work/bares"
		grep -q 'done' "$work/console" || { echo "bare QEMU did not reach the end"; exit 1; }
	done
	ours=$(of_boots all_ms <"$work/ours")
	took=$(perl -MJSON::PP -ne '$b = decode_json($_); printf "%d\n", ($b->{crun_ms} + $b->{case_ms}) * 1e6' "$work/ours" | median)
	theirs=$(median <"$work/bares")
	echo "  $2: $(seconds "$ours") / $(seconds "$theirs") = $(ratio "$ours" "$theirs")"
}

# of_boots FIELD: its median, in nanoseconds
of_boots() { part=$1 perl -MJSON::PP -ne 'printf "%d\n", decode_json($_)->{$ENV{part}} * 1e6' | median; }

# make_kernel: $work/kernel, on which all cases are good
make_kernel() {
	local words=() name
	for name in "${cases[@]}"; do words+=(--case "$name"); done
	"$BOX" test "${words[@]}" --repo "$HISTORY" --accel tcg --results "$work/results" --json cases-good >"$work/json" 2>/dev/null || true
	cp "$(dirname "$(grep -l "$(field '$_->{kernels}[0]{sha256}' <"$work/json")" "$BISECTBOX_CACHE"/kernels/*/*/record.json | head -n 1)")/bzImage" "$work/kernel"
}

bench_guest() {
	local kernel=$work/kernel unit
	echo "guest: start to verdict against bare QEMU, medians of $rounds (limit 1.3)"
	make_kernel
	compare_guests "$kernel" 'no case' boot
	unit=$theirs
	compare_guests "$kernel" 'one case (audit)' audit
	compare_guests "$kernel" 'five cases' "${cases[@]}"
	awk -v a="$ours" -v c="$took" -v u="$unit" 'BEGIN {
		printf "  five cases: %.2f s, of which %.2f s are theirs; in boots of bare QEMU %.2f and %.2f: %.2f besides (limit 1.5: a boot, and 0.5)\n",
			a / 1e9, c / 1e9, a / u, c / u, (a - c) / u }'
	echo "  where the time goes, ms, in the last boot of these:"
	tail -n 1 "$work/ours" | perl -MJSON::PP -ne '$b = decode_json($_);
		printf "    %-9s%7.0f\n", $_, $b->{$_ . "_ms"} for qw(share qemu firmware unpack kernel agent crun case keep end all)'
}

# guests_take N: the time of N boots, all at once
guests_take() {
	"$BOX" test --kernel "$work/kernel" --case audit --accel tcg --repeat "$1" --guests "$1" --results "$work/results" \
		--json 2>/dev/null | field '$_->{wall_s}' | awk '{ printf "%d\n", $1 * 1e9 }'
}

# bare_guests_take N: the time of N guests of bare QEMU, all at once
bare_guests_take() {
	local t i kernel=$work/kernel pids=()
	for i in $(seq "$1"); do
		mkdir -p "$work/$i"
		rm -rf "$work/$i/share"
		"$share_tool" "$work/$i/share" audit
	done
	t=$(now)
	for i in $(seq "$1"); do
		(work=$work/$i && bare "$kernel" >"$work/console" </dev/null) &
		pids+=($!)
	done
	wait "${pids[@]}"
	t=$(($(now) - t))
	for i in $(seq "$1"); do
		grep -q 'done' "$work/$i/console" || { echo "bare QEMU did not reach the end" >&2; exit 1; }
	done
	echo "$t"
}

bench_guests() {
	local n ours one bares bare_one
	n=$(nproc)
	[ -e "$work/kernel" ] || make_kernel
	: >"$work/ours"
	: >"$work/one"
	: >"$work/bares"
	: >"$work/bare-one"
	for _ in $(seq $rounds); do
		guests_take "$n" >>"$work/ours"
		guests_take 1 >>"$work/one"
		bare_guests_take "$n" >>"$work/bares"
		bare_guests_take 1 >>"$work/bare-one"
	done
	ours=$(median <"$work/ours")
	one=$(median <"$work/one")
	bares=$(median <"$work/bares")
	bare_one=$(median <"$work/bare-one")
	echo "guests: $n at a time on $n processors against one, medians of $rounds (limit 1.2)"
	echo "  case audit: $(seconds "$ours") / $(seconds "$one") = $(ratio "$ours" "$one")"
	echo "  bare QEMU likewise: $(seconds "$bares") / $(seconds "$bare_one") = $(ratio "$bares" "$bare_one")"
}

case ${1:-all} in guest | all) bench_guest ;; esac
case ${1:-all} in guests | all) bench_guests ;; esac
case ${1:-all} in all) "$here/whole.sh" run ;; esac
