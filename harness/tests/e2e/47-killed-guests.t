#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run with real guests that is killed in a boot, at the journal, and with all that it has started; gone
# on with, and judged again. Its kernels are in the cache since the demo's test.
. "$(dirname "$0")/lib.sh"

fault=$(dirname "$BOX")/tests/fault.so
culprit=$(git -C "$HISTORY" rev-list --grep='user messages from the initial pid namespace only' demo)
words=(run --repo "$HISTORY" --case audit --bad "$culprit" --good "$culprit^" --repeat 1 --json)
results=$work/results
"$BOX" "${words[@]}" --results "$results" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
for _ in $(seq 3000); do
	grep -qs . "$results"/*/steps/001*/console.log && break
	sleep 0.2
done
program=$(pgrep -P $pid)
kill -KILL "$pid" $program
wait $pid 2>/dev/null
is "$(wc -l <"$(echo "$results"/*/journal.jsonl)")" 0 'power cut in the first boot: nothing is known'
LD_PRELOAD=$fault BISECTBOX_FAULT=after:write:2:journal.jsonl "$BOX" resume --results "$results" >"$work/out" 2>"$work/err" </dev/null
is $? 137 'killed at the second verdict'
is "$(leftovers | head -n 1)" 0 'no QEMU is left'
LD_PRELOAD=$fault BISECTBOX_FAULT=power:write:1:journal.jsonl "$BOX" resume --results "$results" >"$work/out" 2>"$work/err" </dev/null
is $? 137 'and before the third'
box resume --results "$results"
is "$status,$(json '$_->{status}, $_->{culprit}{id}')" "0,found,$culprit" 'gone on with: found'
is "$(json 'map { "$_->{why} $_->{verdict}" } @{$_->{steps}}')" 'end bad,end good,confirm bad,confirm good' 'each verdict once'
is "$(json 'scalar grep { $_->{booted} } @{$_->{steps}}')" 4 'each from a boot of its own'
is "$(leftovers | tr '\n' ' ')" '0 0 ' 'no guest and no folder left behind'

# what it left, judged again; and where the evidence is another, the verdict is
run=$(json '$_->{results}')
box rejudge "$run"
is "$status" 0 'rejudge: all verdicts are the same'
has "$out" '0 of 4 verdicts would be another' 'and it says so'
sed -i 's/"token":[^,]*"[0-9a-f]*"/"token": "00000000000000000000000000000000"/' "$run"/steps/001-*/boot.json
box rejudge "$run" --json
is "$status,$(json '$_->{changed}, map { $_->{now} } @{$_->{steps}}')" '1,1,skip,good,bad,good' \
	'rejudge: answers without the token of their boot are none'
rm "$run"/steps/002-*/console.log
box rejudge "$run" --json
is "$(json '$_->{unknown}, $_->{steps}[1]{now}')" 1,null 'rejudge: what is not there says nothing'
done_testing
