#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's loop under valgrind's memcheck: no bad access, no use of what was never set, nothing
# lost for good. GLib's own one-time memory is in its suppressions.
. "$(dirname "$0")/lib.sh"

repo=$work/repo
git init -q -b main "$repo"
for i in $(seq 1 20); do
	printf 'commit refs/heads/main\ncommitter J <j@example.org> %d +0000\ndata <<E\nc%s\nE\nM 644 inline n\ndata <<E\n%d\nE\n' \
		$((1700000000 + i)) "$i" "$i"
done | git -C "$repo" fast-import --quiet
git -C "$repo" checkout -q main
git -C "$repo" tag v1 main~19

# checked NAME STATUS ARGS...: ends with STATUS, and memcheck has nothing to say of any process of ours
checked() {
	local name=$1 expected=$2
	shift 2
	rm -f "$work"/memcheck.*
	valgrind --quiet --trace-children=yes --trace-children-skip='*/sh,*/git,*/test,*/sleep' --leak-check=full \
		--show-leak-kinds=definite --errors-for-leak-kinds=definite --suppressions=/usr/share/glib-2.0/valgrind/glib.supp \
		--log-file="$work/memcheck.%p" "$BOX" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
	is "$status" "$expected" "$name" || printf '%s\n' "$err" >&2
	is "$(cat "$work"/memcheck.* | grep '^==')" '' "$name: memcheck"
}

run=(run --repo "$repo" --good v1 --results "$work/results")
checked 'a run' 0 "${run[@]}" --exec 'test $(cat n) -lt 13' --json
folder=$(json '$_->{results}')
checked 'a run with untestable revisions' 3 "${run[@]}" --exec 'n=$(cat n); test $n -lt 9 -o $n -gt 12 || exit 125; test $n -lt 9'
checked 'by probability' 0 "${run[@]}" --exec 'test $(cat n) -lt 13' --noise 0.01,0.1
checked 'trouble on this host' 128 "${run[@]}" --exec 'exit 128'
checked 'going on' 128 resume --results "$work/results"
checked 'wrong words' 129 run --repo "$repo" --good nowhere --exec true
for format in html junit kcidb; do
	checked "a report: $format" 0 report "$folder" --format "$format"
done
checked 'the list' 0 list --results "$work/results"
checked 'judging again' 0 rejudge "$folder"
done_testing
