#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench BENCH=relevant: the time to decide which of 10,000 commits can matter, and which of them are
# the same kernel, beside git log --name-only over them. On BISECTBOX_BENCH_REPO, a kernel repository with
# its real history; without one on Debian's patch series, which is short. The footprint is that of the
# demo's kernel: built, or taken from where it is kept.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=harness/tests/bench/lib.sh
. "$here/lib.sh"
tool=$(dirname "$BOX")/tests/bench/relevance
repo=${BISECTBOX_BENCH_REPO:-$(dirname "$HISTORY")/debian}
commits=${BISECTBOX_BENCH_COMMITS:-10000}

revision=HEAD
if [ -z "${BISECTBOX_BENCH_REPO:-}" ]; then
	git -C "$repo" rev-parse -q --verify debian >/dev/null 2>&1 || "$here/../../history/make.sh" "$repo" debian
	revision=debian
fi
tree=$(git -C "$HISTORY" rev-parse 'v6.1-base^{tree}')
footprint() { find "$BISECTBOX_CACHE/footprints" -name "$tree.footprint" 2>/dev/null | head -n 1; }
[ -n "$(footprint)" ] || "$BOX" footprint --repo "$HISTORY" --case audit v6.1-base >/dev/null

for _ in 1 2 3; do cpu "$tool" "$(footprint)" "$repo" "$revision" "$commits"; done >"$work/ours"
for _ in 1 2 3; do cpu git -C "$repo" log "-$commits" --name-only --format=%H "$revision"; done >"$work/theirs"
ours=$(median <"$work/ours")
theirs=$(median <"$work/theirs")
read -r weigh share _ matter same n < <("$tool" "$(footprint)" "$repo" "$revision" "$commits")
echo "relevant: $matter of $n commits can matter, $same are the same kernel as the newest"
echo "  against git log --name-only: $(seconds "$ours") / $(seconds "$theirs") = $(ratio "$ours" "$theirs") (CPU time, medians of 3)"
echo "  what each has compiled again, against whether it can matter: $(ratio "$share" "$weigh")"
