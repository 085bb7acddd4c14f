#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox test as the script of `git bisect run`: git finds a commit by its exit codes.
. "$(dirname "$0")/lib.sh"

(
	cd "$HISTORY" || exit
	git checkout -q -f cases-audit
	git bisect start cases-audit cases-good >/dev/null
	git bisect run "$BOX" test --case audit --results "$RESULTS" HEAD
	git bisect reset >/dev/null
) >"$work/bisect" 2>&1
has "$(cat "$work/bisect")" "$(git -C "$HISTORY" rev-parse cases-audit) is the first bad commit" \
	'git bisect run finds a commit by it'
done_testing
