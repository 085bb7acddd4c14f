#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs fuzz targets: run.sh BUILD [NAME...]. Two at a time; what they find stays in BUILD/fuzz:
# corpus/NAME, which the next run begins with, and found/NAME-*, inputs that failed.
# FUZZ_RUNS=N inputs each, the same ones each time on an empty corpus; FUZZ_SECONDS=N instead: for
# so long, other ones each time.
set -eu
build=$1
shift
limit="-runs=${FUZZ_RUNS:-25000} -seed=1"
[ -z "${FUZZ_SECONDS:-}" ] || limit="-max_total_time=$FUZZ_SECONDS"
seeds=$(dirname "$0")/../fixtures/fuzz
work=$build/fuzz
mkdir -p "$work/corpus" "$work/found"
if [ $# -eq 0 ]; then
	for target in "$build"/tests/fuzz/fuzz_*; do
		set -- "$@" "${target##*/fuzz_}"
	done
fi

# Readers that take paths read small files again and again.
[ -w /dev/shm ] && export TMPDIR=/dev/shm

# git makes the commit-graphs: of one commit, and of a history with a merge of three.
make_graphs() {
	repo=$(mktemp -d)
	export GIT_AUTHOR_DATE=@1700000000+0000 GIT_COMMITTER_DATE=@1700000000+0000
	git() { command git -C "$repo" -c user.name=x -c user.email=x@example.org "$@"; }
	git init -q -b main
	for branch in main a b; do
		git checkout -q -B "$branch" && git commit -q --allow-empty -m "$branch"
		git commit-graph write --reachable 2>/dev/null
		cp -f "$repo/.git/objects/info/commit-graph" "$1/$branch"
	done
	tree=$(git rev-parse 'HEAD^{tree}')
	git update-ref HEAD "$(git commit-tree -m m -p main -p a -p b "$tree")"
	git commit-graph write --reachable 2>/dev/null
	cp -f "$repo/.git/objects/info/commit-graph" "$1/octopus"
	rm -rf "$repo"
}

one() {
	name=$1
	mkdir -p "$work/corpus/$name"
	[ "$name" != commitgraph ] || make_graphs "$work/corpus/$name"
	set -- "$work/corpus/$name"
	[ ! -d "$seeds/$name" ] || set -- "$@" "$seeds/$name"
	# shellcheck disable=SC2086 # two options
	if "$build/tests/fuzz/fuzz_$name" $limit -max_len=4096 -timeout=60 \
		-rss_limit_mb=2048 -artifact_prefix="$work/found/$name-" -print_final_stats=1 "$@" \
		>"$work/$name.log" 2>&1; then
		echo "fuzz $name: $(sed -n 's/.*executed_units: *//p' "$work/$name.log") inputs, nothing found"
	else
		echo "fuzz $name: FAILED, see $work/$name.log" >&2
		grep -v '^#' "$work/$name.log" | tail -n 40 >&2
		return 1
	fi
}

if [ $# -eq 1 ]; then
	one "$1"
else
	printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" "$build"
fi
