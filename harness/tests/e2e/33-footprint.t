#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rule of harness/docs/FOOTPRINT.md on the smallest real kernel: of the tree only what the rule never
# ignores is left, and a revision that it calls the same is built from nothing. make proof does more.
. "$(dirname "$0")/lib.sh"

out=$(PROOF=$(dirname "$BOX")/tests/proof/proof CHECK=$work PROOF_REPO=$HISTORY PROOF_BRANCH=demo PROOF_COMMITS=1 \
	PROOF_FRAGMENTS='' "$(dirname "$0")/../proof/run.sh" pairs emptied same 2>&1)
is "$?" 0 'an emptied tree, and a revision called the same, build the same kernel'
printf '%s\n' "$out" | sed 's/^/# /'
done_testing
