#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 200 steps in a row, TAP: what must not grow from step to step does not: memory, file descriptors,
# processes, the cache; and each step leaves as much in the results as the one before. First with
# real guests (one kernel booted again and again), then a run's own loop with --exec.
. "$(dirname "$0")/../e2e/lib.sh"

steps=${SOAK_STEPS:-200}

# processes of a tree, the root with them
tree() {
	local pid
	echo "$1"
	for pid in $(pgrep -P "$1"); do tree "$pid"; done
}

# sample PID FOLDER: steps done, RSS in KiB, descriptors, processes, KiB of the cache, KiB of results
sample() {
	local rss
	rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ -n "$rss" ] || return
	printf '%s %s %s %s %s %s\n' "$(wc -l <"$2/journal.jsonl")" "$rss" "$(ls "/proc/$1/fd" 2>/dev/null | wc -l)" \
		"$(tree "$1" | wc -l)" "$(du -sk --exclude=run "$BISECTBOX_CACHE" | cut -f1)" "$(du -sk "$2" | cut -f1)"
}

# watched NAME ARGS...: samples it until it ends; columns in $work/NAME
watched() {
	local name=$1 pid folder
	shift
	rm -rf "$work/results" && mkdir "$work/results"
	"$BOX" "$@" --results "$work/results" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	: >"$work/$name"
	while kill -0 "$pid" 2>/dev/null; do
		folder=$(echo "$work"/results/*)
		[ ! -s "$folder/journal.jsonl" ] || sample "$pid" "$folder" >>"$work/$name"
		sleep "${PAUSE:-1}"
	done
	wait "$pid"
	status=$?
}

# grows NAME COLUMN WHAT PERCENT: the median of the last quarter is at most so much above that of the
# second quarter (the first one warms up)
grows() {
	local first last
	median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
	first=$(awk -v c="$2" -v n="$steps" '$1 > n / 4 && $1 <= n / 2 { print $c }' "$work/$1" | median)
	last=$(awk -v c="$2" -v n="$steps" '$1 > n * 3 / 4 { print $c }' "$work/$1" | median)
	if [ -n "$first" ] && [ -n "$last" ] && [ $((last * 100)) -le $((first * (100 + $4))) ]; then
		pass "$1: $3: $first, then $last"
	else
		fail "$1: $3 grows" "second quarter ${first:-none}, last quarter ${last:-none}"
	fi
}

# even NAME: the second half of the steps leaves as much in the results as the first
even() {
	local half whole
	half=$(awk -v n="$steps" '$1 <= n / 2 { last = $6 } END { print last }' "$work/$1")
	whole=$(tail -n 1 "$work/$1" | cut -d' ' -f6)
	[ $((whole * 10)) -le $((half * 22)) ] && pass "$1: results: $half KiB after half of it, $whole after all" ||
		fail "$1: results grow faster" "$half KiB after half of it, $whole after all"
}

checks() {
	grows "$1" 2 'resident KiB' 5
	grows "$1" 3 'descriptors' 0
	grows "$1" 4 'processes' 0
	grows "$1" 5 'KiB of the cache' 1
	even "$1"
}

# ---- real guests
box test --case boot --repo "$HISTORY" demo --results "$RESULTS" --json
kernel=$(kernel_file "$(json '$_->{kernels}[0]{sha256}')")
watched guests test --case boot --kernel "$kernel" --repeat "$steps" --json
is "$status" 0 "guests: $steps boots"
is "$(perl -MJSON::PP -0777 -ne 'print decode_json($_)->{kernels}[0]{results}[0]{good}' "$work/out")" \
	"$steps" 'guests: all of them good'
checks guests
is "$(leftovers | paste -sd,)" 0,0 'guests: nothing is left'

# ---- a run's own loop
repo=$work/repo
git init -q -b main "$repo"
for i in $(seq 1 30); do
	printf 'commit refs/heads/main\ncommitter J <j@example.org> %d +0000\ndata <<E\nc%s\nE\nM 644 inline n\ndata <<E\n%d\nE\n' \
		$((1700000000 + i)) "$i" "$i"
done | git -C "$repo" fast-import --quiet
PAUSE=0.2 watched exec run --repo "$repo" --bad main --good main~29 --repeat $((steps / 4)) --exec 'sleep 0.02; test $(cat n) -lt 13' --json
is "$status" 0 'exec: found'
checks exec
done_testing
