#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run --repair on real kernels: three revisions that do not compile, the culprit in the middle of
# them, and their fix.
. "$(dirname "$0")/lib.sh"

find_commit() { git -C "$HISTORY" rev-list -n 1 --grep="^$1" repair; }
break_=$(find_commit 'audit: name the number of records')
culprit=$(find_commit 'audit: leave user messages to the initial pid namespace')
fix=$(find_commit 'audit: the number of records needs no name')
before=$(git -C "$HISTORY" for-each-ref)
box run --case audit --repo "$HISTORY" --bad repair --good "$break_^" --repair --results "$RESULTS" --json
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'found inside a stretch that does not compile'
[ "$status" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
is "$(json "map { \"\$_->{outcome}:\$_->{verdict}\" } grep { \$_->{revision} eq '$culprit' && !@{\$_->{patches} // []} } @{\$_->{steps}}")" \
	no-build:skip 'which cannot be tested as it is'
has "$(json 'map { $_->{reason} } grep { $_->{outcome} eq "no-build" } @{$_->{steps}}')" AUDIT_RECORDS "for the compiler's reason"
is "$(json 'map { s/ .*//r } @{$_->{patches}}')" "$fix" 'the certificate names the fix'
is "$(json 'map { "$_->{revision}:$_->{verdict}" } grep { $_->{clean} && "@{$_->{patches} // []}" } @{$_->{steps}}')" \
	"$culprit:bad,$break_:good" 'both sides were booted with it, from clean builds'
has "$(json 'map { $_->{reason} } grep { $_->{verdict} eq "bad" && $_->{clean} } @{$_->{steps}}')" "refused su's" 'and the case says why'
has "$(cat "$(json '$_->{results}')/report.txt")" 'applied on both' 'the report says so'
is "$(git -C "$HISTORY" for-each-ref)" "$before" "the user's refs are as before"
done_testing
