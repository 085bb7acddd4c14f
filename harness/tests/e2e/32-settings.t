#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where only Kconfig files differ, configuring tells whether it is another kernel.
. "$(dirname "$0")/lib.sh"

box test --case boot --repo "$HISTORY" --results "$RESULTS" --json \
	v6.1-base v6.1-settings-words v6.1-settings-unbuilt v6.1-settings-new
is "$status" 0 'all of them boot'
[ "$status" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
folder=$(json '$_->{results}')
tries=$(cat "$folder"/journal.jsonl)
echo "$tries" | sed 's/^/# /'
done_testing
