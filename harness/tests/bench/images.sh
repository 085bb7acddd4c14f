#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench BENCH=images: `bisectbox image build` of the recipe "debian", from nothing but libguestfs' own
# appliance, against mmdebstrap alone with the same packages; by turns, medians of three. At most 2.
set -euo pipefail

here=$(dirname "$0")
# shellcheck source=harness/tests/bench/lib.sh
. "$here/lib.sh"

recipe=$here/../../../images/debian.json
suite=$(field '$_->{suite}' <"$recipe")
variant=$(field '$_->{variant}' <"$recipe")
packages=$(field 'join ",", @{$_->{packages}}' <"$recipe")
sources=()
while read -r file; do sources+=("$file"); done < <(
	grep -lsE "^(deb |Suites:).*\b$suite\b" /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources
)

alone() {
	rm -f "$work/alone.tar"
	SOURCE_DATE_EPOCH=1577836800 mmdebstrap --quiet --format=tar --variant="$variant" --include="$packages" \
		--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr '' "$work/alone.tar" "${sources[@]}"
}
ours() {
	BISECTBOX_CACHE=$work/cache "$BOX" image build --rebuild debian
}

mkdir -p "$work/cache/images"
cp -r "$BISECTBOX_CACHE/images/appliance" "$work/cache/images/"
cp -r "$BISECTBOX_CACHE/host" "$work/cache/"
: >"$work/ours"
: >"$work/theirs"
for _ in 1 2 3; do
	t=$(now)
	ours >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
	echo $(($(now) - t)) >>"$work/ours"
	t=$(now)
	alone >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	echo $(($(now) - t)) >>"$work/theirs"
done
ours=$(median <"$work/ours")
theirs=$(median <"$work/theirs")
echo "image build debian: $(seconds "$ours") / mmdebstrap alone $(seconds "$theirs") = $(ratio "$ours" "$theirs") (limit 2)"
