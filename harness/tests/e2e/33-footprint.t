#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What make proof does for real kernels, on one that builds in a tenth of a second, so that it is right when
# it is needed; and that it sees where the rule is wrong.
. "$(dirname "$0")/lib.sh"

PROOF=$(dirname "$BOX")/tests/proof/proof
"$(dirname "$BOX")/tests/proof/mini" "$work/mini"
export PROOF PROOF_REPO=$work/mini PROOF_BRANCH=mini PROOF_FRAGMENTS='' PROOF_BUILDS=2 PROOF_COMMITS=3 CHECK=$work
run=$(dirname "$0")/../proof/run.sh
out=$(BISECTBOX_CACHE=$work/cache "$run" pairs emptied same 2>&1)
is "$?" 0 'an emptied tree and all that is called the same build the same kernel'
has "$out" '4 of 4 revisions are called the same as' 'and that is what should be'

out=$(BISECTBOX_CACHE=$work/cache PROOF_BRANCH=read "$run" same 2>&1)
is "$?" 0 'where the newest is the same as none, others are'
has "$out" '4 of 4 revisions are called the same as' 'and one of them is built to compare with'

# A rule that takes all that is read for ignorable.
cat >"$work/liar" <<-EOF
	#!/bin/bash
	[ "\$1" = same ] && exec sed 's/^/same /'
	exec "$PROOF" "\$@"
EOF
chmod +x "$work/liar"
out=$(BISECTBOX_CACHE=$work/cache PROOF=$work/liar PROOF_BRANCH=read "$run" same 2>&1)
is "$?" 1 'a wrong rule is found out'
has "$out" 'is another kernel than' 'by the kernels'

# A build that fails proves nothing.
printf '#!/bin/sh\nexit 1\n' >"$work/broken"
chmod +x "$work/broken"
out=$(BISECTBOX_CACHE=$work/cache PROOF=$work/broken "$run" 2>&1)
is "$?" 1 'a build that fails ends all parts'
is "$out" '' 'and none of them says a thing of it'
done_testing
