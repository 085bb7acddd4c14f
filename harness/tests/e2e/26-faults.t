#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host that fails while a run works: what it is doing is tried again, or the run ends with 128 and
# one line; in none does a verdict come out that was not there. harness/docs/TRUST.md has the table.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"

fault=$(dirname "$BOX")/tests/fault.so
export BISECTBOX_CACHE=$work/cache
repo=$work/repo
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c user.name=a -c user.email=a@example.org "$@"; }
git init -q -b main "$repo"
for i in $(seq 1 30); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 17 ] || echo broken >"$repo/state"
	git_in add -A
	git_in commit -q -m "commit $i"
done
words=(run --repo "$repo" --exec 'echo "about $(cat n)"; test ! -e state' --good main~29 --repeat 1 --json)
verdicts() { json 'join "\n", map { "$_->{step} $_->{revision} $_->{why} $_->{verdict}" } @{$_->{steps}}'; }
box "${words[@]}" --results "$work/plain"
is "$status,$(json '$_->{culprit}{id}')" "0,$(git_in rev-parse main~13)" 'undisturbed: the right commit'
plain=$(verdicts)
box rejudge "$(json '$_->{results}')"
is "$status,$(tail -n 1 <<<"$out")" '0,0 of 9 verdicts would be another' 'and judged again, it is the same'

# with FAULT CLOCK WORDS...: a run with such trouble
with() {
	LD_PRELOAD=$fault BISECTBOX_FAULT=$1 BISECTBOX_CLOCK=${2:-0:0} "$BOX" "${@:3}" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

# so_far NAME: all verdicts that there are, are those of the undisturbed run
so_far() {
	case $plain in
	"$(verdicts)"*) pass "$1: no verdict that was not there" ;;
	*) fail "$1: no verdict that was not there" "$(verdicts)" ;;
	esac
}

# ends NAME FAULT WORDS: the run ends with 128 and one line with WORDS; what it knew is gone on with
ends() {
	rm -rf "$work/results"
	with "$2" '' "${words[@]}" --results "$work/results"
	is "$status" 128 "$1: 128"
	has "$(tail -n 1 <<<"$err")" "$3" "$1: says so"
	[ -z "$out" ] || so_far "$1"
	box "${words[@]}" --results "$work/results"
	is "$status,$(verdicts)" "0,$plain" "$1: when it is over, the run goes on"
}

# again NAME FAULT: tried again, and well
again() {
	rm -rf "$work/results"
	with "$2" '' "${words[@]}" --results "$work/results"
	is "$status,$(verdicts)" "0,$plain" "$1: tried again, and well"
	has "$err" 'trying again' "$1: says so"
}

again 'no process, once' EAGAIN:fork:4:
ends 'no processes any more' EAGAIN:fork:4+: 'Resource temporarily unavailable'
ends 'no memory for a process' ENOMEM:fork:3+: 'Cannot allocate memory'
again "no space for the command's words, once" ENOSPC:write:3:/steps/
ends "no space for the command's words" ENOSPC:write:7+:/steps/ 'No space left'
ends 'no space for the journal' ENOSPC:write:4:journal.jsonl 'no space left: free some and run again'
ends 'the journal cannot be synced' EIO:fdatasync:3:journal.jsonl 'Input/output error'
ends 'no space for bisect.log' ENOSPC:write:5+:bisect.log 'No space left'
ends 'no space for a result' ENOSPC:write:1+:result.json 'No space left'
ends 'results that are read-only' EROFS:mkdir:2+:results 'choose another with --results DIR'
ends 'results that have become read-only' EROFS:mkdir:6+:results 'Read-only file system'
ends 'a cache that is read-only' EROFS:mkdir:1+:cache 'Read-only file system'
again 'a work tree that cannot be written, once' ENOSPC:open:3:/tree/
ends 'a work tree that cannot be written' ENOSPC:open:4+:/tree/ 'o space left'
ends 'too many open files' EMFILE:open:300+: 'Too many open files'

# the real ones
rm -rf "$work/results"
(ulimit -n 24 && box "${words[@]}" --results "$work/results" && echo "$status" >"$work/status" && cp "$work/out" "$work/kept") 2>/dev/null
case $(cat "$work/status") in 0 | 128) pass 'ulimit -n 24: found, or 128' ;; *) fail 'ulimit -n 24' "$(cat "$work/err")" ;; esac
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/small" "$work/ro"
	cat >"$work/on-small" <<-EOF
		#!/bin/sh
		mount -t tmpfs -o size=64k none "$work/small" && "$BOX" "\$@" --results "$work/small"
		status=\$?
		tail -n +1 "$work/small"/*/journal.jsonl >"$work/journal"
		exit \$status
	EOF
	chmod +x "$work/on-small"
	BOX=$work/on-small
	PATH=$PATH unshare -m "$BOX" "${words[@]}" >"$work/out" 2>"$work/err" </dev/null
	is $? 128 'a small disk that is full: 128'
	has "$(cat "$work/err")" 'o space left' 'says so'
	BOX=$(dirname "$fault")/../bisectbox
	n=$(grep -c '"verdict"' "$work/journal")
	is "$(sed -n 's/.*"step":\([0-9]*\),"revision":"\([^"]*\)".*"why":"\([^"]*\)".*"verdict":"\([^"]*\)".*/\1 \2 \3 \4/p' "$work/journal")" \
		"$(head -n "$n" <<<"$plain")" "and its $n verdicts are right"
fi

# the clock: an hour forward, a year back, in the middle of a run
for clock in 3600:40 -31536000:40 31536000:3; do
	rm -rf "$work/results"
	with '' "$clock" "${words[@]}" --results "$work/results"
	is "$status,$(verdicts)" "0,$plain" "the clock jumps by ${clock%:*} s: nothing changes"
	is "$(json '($_->{wall_s} >= 0 && $_->{wall_s} < 100) ? "sane" : $_->{wall_s}')" sane 'and times are sane'
done

# two runs in one results folder, at the same moment, of the same question and of others
rm -rf "$work/results"
for i in 1 2 3 4; do
	"$BOX" "${words[@]}" --results "$work/results" >"$work/out-$i" 2>/dev/null </dev/null &
	"$BOX" "${words[@]}" --trust-ends --results "$work/results" >"$work/other-$i" 2>/dev/null </dev/null &
done
wait
is "$(ls "$work/results" | wc -l)" 8 'eight runs at the same moment: eight folders'
for i in 1 2 3 4; do
	out=$(cat "$work/out-$i")
	is "$(verdicts)" "$plain" "and run $i is as if it was alone"
done

# any call that touches the disk or starts something, at random, once or from then on
RANDOM=${BISECTBOX_SEED:-$$}
seed=${BISECTBOX_SEED:-$$}
errors=(ENOSPC EIO EMFILE ENOMEM EROFS EAGAIN)
calls=(write open rename mkdir fsync fdatasync fork)
wrong=
ended=0
for _ in $(seq "${BISECTBOX_FAULTS:-40}"); do
	rm -rf "$work/results"
	call=${calls[RANDOM % 7]}
	case $call in write | open) max=600 ;; rename | fsync) max=60 ;; *) max=20 ;; esac
	lasting=
	[ $((RANDOM % 2)) = 0 ] || lasting=+
	this=${errors[RANDOM % 6]}:$call:$((RANDOM % max + 1))$lasting:
	with "$this" '' "${words[@]}" --results "$work/results"
	first=$status
	case $status in
	0) [ "$(verdicts)" = "$plain" ] || wrong="$this: $(verdicts)" ;;
	128)
		ended=$((ended + 1))
		# where even the result could not be printed, there is none
		if [ -n "$out" ]; then
			[[ "$plain" == "$(verdicts)"* ]] || wrong="$this: $(verdicts)"
		fi
		;;
	# libgit2 takes a file that cannot be opened for one that is not there
	129) [[ "$err" == *"no revision"* && "$this" == *:open:* ]] || wrong="$this: $err" ;;
	*) wrong="$this: status $status: $err" ;;
	esac
	box "${words[@]}" --results "$work/results"
	[ "$status" = 0 ] && [ "$(verdicts)" = "$plain" ] || wrong="$this: ended $first, then $status: $(verdicts) $err"
	[ -z "$wrong" ] || break
done
is "$wrong" '' "${BISECTBOX_FAULTS:-40} faults at random (seed $seed), of which $ended ended the run: right, or no verdict; and gone on with"
done_testing
