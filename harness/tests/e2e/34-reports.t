#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports of the demo's run: a real kernel's consoles and outputs, its maintainers by the tree's own
# script, its own KTAP parser. Builds and boots nothing where 30-demo.t has been there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/readers.sh"

# find_run FOLDER
find_run() {
	box list --results "$1" --all --json
	out="[$(grep '"question":"audit"' <<<"$out" | paste -sd,)]"
	json '(map { $_->{folder} } grep { $_->{state} eq "found" && $_->{answer} =~ /user messages from the initial/ } @$_)[-1]'
}
folder=$(find_run "$common/30-demo")
if [ ! -d "$folder" ]; then
	git -C "$HISTORY" checkout -q -f demo || exit
	box run --repo "$HISTORY" --case audit --results "$RESULTS"
	folder=$(find_run "$RESULTS")
fi
box report "$folder" --format json
culprit=$(json '$_->{culprit}{id}')
steps=$(json 'scalar @{$_->{steps}}')
author=$(json '$_->{culprit}{author}')

# ---- mail ----
before=$(fingerprint "$HISTORY")
box report "$folder" --format mail
is "$status" 0 'a mail'
has "$out" "#regzbot introduced: $culprit" 'regzbot is told the culprit'
has "$out" "Subject: [REGRESSION] audit: take user messages" 'its subject'
has "$out" "To: $author" 'to its author'
has "$out" 'paul@paul-moore.com' 'and to the maintainers that scripts/get_maintainer.pl names'
has "$out" '(supporter:AUDIT SUBSYSTEM)' 'and as what'
has "$out" 'refused su' 'with the evidence'
has "$out" 'First seen bad:   v6.1.' 'the versions'
has "$out" 'stable@vger.kernel.org' 'which are of a stable series'
has "$out" '  CONFIG_AUDIT=y' 'the configuration'
has "$(tr '\n' ' ' <<<"$out")" 'built from nothing with the same compiler and configuration: 1 time bad, 1 time good' 'and how sure it is'
is "$(fingerprint "$HISTORY")" "$before" "the user's repository is as before"

# ---- CI ----
"$BOX" report "$folder" --format junit >"$work/junit.xml"
is "$(xmllint --noout --nonet "$work/junit.xml" 2>&1)" '' 'JUnit: well-formed'
is "$(read_as junit "$work/junit.xml" | cut -d' ' -f1,3)" "$((steps + 1)) 0" 'JUnit: a reader counts the steps'
"$BOX" report "$folder" --format ktap >"$work/run.ktap"
git -C "$HISTORY" archive demo tools/testing/kunit | tar -x -C "$work"
bad=$(grep -c '"verdict":"bad"' "$folder/journal.jsonl")
skip=$(grep -c '"verdict":"skip"' "$folder/journal.jsonl")
is "$(read_as kunit "$work/run.ktap" "$work/tools/testing/kunit")" "$((steps + 1 - bad - skip)) $bad $skip 0" "KTAP: the kernel's own parser counts them"
is "$(read_tap "$work/run.ktap")" '1 1 0' 'KTAP: TAP::Parser takes it'
"$BOX" report "$folder" --format kcidb --origin my_ci >"$work/kcidb.json"
is "$(read_as kcidb "$work/kcidb.json" my_ci)" "$steps 1" 'KCIDB: as its schema says'

# ---- the page ----
"$BOX" report "$folder" --format html >"$work/page.html"
open_page "$work/page.html" "$work" 'page'
has "$(cat "$work/page.html")" 'never mattered</title>' 'commits that cannot matter are in the picture'
has "$(cat "$work/page.html")" 'steps/' 'with the evidence of each step'
is "$(grep -c '<summary>console.log: [0-9]* of [0-9]* lines differ' "$work/page.html" | sed 's/^[1-9][0-9]*$/some/')" some 'consoles side by side'
[ "$(stat -c %s "$work/page.html")" -lt 3000000 ] && pass 'a page of reasonable size' || fail 'a page of reasonable size'

# ---- a table of `test`, where one is there ----
box list --results "$RESULTS" --all --json
table=$(grep -m 1 '"command":"test"' <<<"$out" || true)
if [ -n "$table" ]; then
	out=$table
	table=$(json '$_->{folder}')
	for format in text json html junit ktap kcidb; do
		box report "$table" --format "$format"
		is "$status" 0 "test: $format"
	done
	refuses 129 'a mail is about' report "$table" --format mail
fi
done_testing
