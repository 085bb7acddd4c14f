#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: time and memory of bisectbox as ratios against what is run beside it, here and now.
#   guest   a step's guest, from start to verdict, against bare QEMU with the same kernel and image
#   run, real  a whole `bisectbox run` against `git bisect run` (whole.sh): on the demo's thirty commits;
#           on some hundred real ones
#   search  right culprits and tests where answers are wrong, against git bisect's; and the time to
#           read a long history and to choose, against git rev-list --bisect (harness/docs/NOISE.md)
#   relevant  which of 10,000 commits can matter, against git log --name-only (relevant.sh)
# run.sh [guest|run|real|search|relevant]: guest and run without a word. run and real compile two kernels from nothing each;
# `search` takes an hour. It looks at BISECTBOX_BENCH_REPO, a repository of some 250,000 commits with
# merges (else one is made), and plays BISECTBOX_BENCH_SEARCHES (1,000; 0 for none) searches a line.
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
relevant) exec "$here/relevant.sh" ;;
run | real) exec "$here/whole.sh" "$1" ;;
esac

if [ "${1:-}" = search ]; then
	bench_search
	exit
fi

commit=$(git -C "$HISTORY" rev-list --grep='docs: ext2: say that read-only works' demo)

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

bench_guest
[ "${1:-}" = guest ] || "$here/whole.sh" run
