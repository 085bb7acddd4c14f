#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make proof: that the footprint's rule (harness/docs/FOOTPRINT.md) says the truth, on real kernels.
#   emptied  a tree of which only the files are left that the rule never ignores builds the same kernel
#   same     commits that the rule calls the same build the same kernel, each from nothing
#   trace    every file that a build opens is named in the footprint, or of a kind that is never ignored
#   pairs    the comparison of trees says of random pairs of commits what git's own diff says
# run.sh [emptied|same|trace|pairs]...: all without a word. Commits are of PROOF_REPO, branch PROOF_BRANCH
# (Debian's patch series, made where it is missing); `same` builds PROOF_COMMITS (20) of them, drawn by
# PROOF_SEED. Kernels are of the fragments PROOF_FRAGMENTS (base 9p); "" for the smallest there is.
set -euo pipefail

: "${PROOF:?run by make proof}" "${BISECTBOX_CACHE:?}" "${CHECK:?}"
here=$(cd "$(dirname "$0")" && pwd)
branch=${PROOF_BRANCH:-debian}
repo=${PROOF_REPO:-$CHECK/debian}
commits=${PROOF_COMMITS:-20}
ccache=$BISECTBOX_CACHE/ccache
read -ra fragments <<<"${PROOF_FRAGMENTS-base 9p}"
mkdir -p "$BISECTBOX_CACHE"
work=$(mktemp -d "$BISECTBOX_CACHE/proof.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
built=

say() { echo "proof: $*"; }

fail() {
	say "FAILED: $*"
	failures=$((failures + 1))
}

# drawn N: that many of the lines, at random, the same ones every time
drawn() { shuf -n "$1" --random-source=<(yes "${PROOF_SEED:-1}"); }

# checkout REVISION: the source tree is that, and nothing else
checkout() {
	mkdir -p "$work/tree"
	GIT_INDEX_FILE=$work/index git -C "$repo" --work-tree="$work/tree" checkout -q -f "$1" -- .
	GIT_INDEX_FILE=$work/index git -C "$repo" --work-tree="$work/tree" clean -q -f -d -x
}

# build [COMMAND...]: the tree's kernel from nothing; prints its hash
build() {
	rm -rf "$work/build"
	"$@" "$PROOF" build "$work/tree" "$work/build" "$ccache" "${fragments[@]}"
}

# base [REVISION]: the build that others are compared with (the branch's newest), and its footprint
base() {
	local id
	git -C "$repo" rev-parse -q --verify "$branch" >/dev/null || "$here/../../history/make.sh" "$repo" debian
	id=$(git -C "$repo" rev-parse "${1:-$branch}")
	[ "$id" != "$built" ] || return 0
	built=$id
	checkout "$built"
	hash=$(build)
	"$PROOF" footprint "$work/tree" "$work/build" >"$work/footprint"
	say "built ${built:0:12}, $(grep -c '^file ' "$work/footprint") files named, kernel ${hash:0:12}"
}

prove_emptied() {
	local all left now
	base
	checkout "$built"
	(cd "$work/tree" && find . ! -type d -printf '%P\n') | sort >"$work/all"
	sed 's/^/D /' "$work/all" | "$PROOF" judge "$work/footprint" >"$work/judged"
	sed -n 's/^yes [^\t]*\t//p' "$work/judged" | (cd "$work/tree" && tr '\n' '\0' | xargs -0 rm)
	find "$work/tree" -type d -empty -delete
	all=$(wc -l <"$work/all")
	left=$(grep -c '^no ' "$work/judged")
	now=$(build)
	say "emptied: of $all files $left are left; kernel ${now:0:12}"
	[ "$now" = "$hash" ] || fail "emptied: another kernel than ${hash:0:12}"
}

# same_as_built: of the revisions in $work/list, builds those that are called the same as the base, up to
# $commits, and takes all that are called so off the list
same_as_built() {
	local id now
	"$PROOF" same "$work/footprint" "$repo" "$built" <"$work/list" >"$work/called"
	say "same: $(grep -c '^same ' "$work/called") of $(wc -l <"$work/list") revisions are called the same as ${built:0:12}"
	sed -n 's/^same //p' "$work/called" | grep -v "$built" | drawn "$commits" >"$work/sample" || true
	sed -n 's/^other //p' "$work/called" >"$work/list"
	while read -r id; do
		checkout "$id"
		now=$(build)
		say "same: ${id:0:12} $(git -C "$repo" diff --name-only "$id" "$built" | wc -l) files differ; kernel ${now:0:12}"
		[ "$now" = "$hash" ] || fail "same: $id is another kernel than ${hash:0:12}"
	done <"$work/sample"
	commits=$((commits - $(wc -l <"$work/sample")))
}

# Where fewer are the same as the newest than are wanted, others are built and compared with, at random.
prove_same() {
	base
	git -C "$repo" rev-list --no-merges "$branch" >"$work/list"
	same_as_built
	while [ "$commits" -gt 0 ] && [ -s "$work/list" ]; do
		base "$(drawn 1 <"$work/list")"
		same_as_built
	done
	[ "$commits" = 0 ] || fail "same: no more revisions are the same as another; $commits are wanting"
}

# What was opened below the source tree, by the path that was given and by the one that it is: "M PATH".
# Scripts are opened by their interpreters.
opened() {
	perl -e '
		my ($tree, $log) = @ARGV;
		my %seen;
		open my $in, "<", $log or die;
		while (<$in>) {
			if (/ open(?:at)?\((?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"/) { $seen{$2 =~ m{^/} ? $2 : "$1/$2"} = 1 }
			$seen{$1} = 1 if / = \d+<([^>]*)>$/;
		}
		my %paths;
		for (keys %seen) {
			my @parts;
			for (split m{/+}) { next if $_ eq "" || $_ eq "."; $_ eq ".." ? pop @parts : push @parts, $_ }
			my $path = "/" . join "/", @parts;
			$paths{$path} = 1 if $path =~ s{^\Q$tree\E/}{} && -f "$tree/$path";
		}
		print "M $_\n" for sort keys %paths;' "$work/tree" "$1"
}

prove_trace() {
	local now bad
	base
	command -v strace >/dev/null || { say 'trace: strace is missing: apt install strace'; exit 1; }
	checkout "$built"
	# From an empty compiler cache, so that the compiler itself runs.
	now=$(ccache=${PROOF_TRACE_CCACHE:-$work/ccache} && build strace -f -y -o "$work/strace" --seccomp-bpf \
		-e trace=open,openat)
	[ "$now" = "$hash" ] || fail "trace: another kernel than ${hash:0:12}"
	opened "$work/strace" >"$work/opened"
	"$PROOF" judge "$work/footprint" <"$work/opened" >"$work/judged"
	say "trace: $(wc -l <"$work/opened") files opened"
	sed 's/\t.*//' "$work/judged" | sort | uniq -c | sed 's/^/proof: trace:/'
	bad=$(sed -n 's/^yes [^\t]*\t//p' "$work/judged")
	[ -z "$bad" ] || fail "trace: opened, and called ignorable: $bad"
}

# judged OLD NEW: what git says differs, path by path: "yes|no WHY TAB PATH"
judged() {
	git -C "$repo" diff --no-renames --no-abbrev --raw "$1" "$2" | awk -v FS='\t' -v odd="$work/odd" '
		BEGIN { printf "" >odd }
		{ split($1, part, " "); sub(/^:/, "", part[1])
		  if (part[1] ~ /^1[26]0000/ || part[2] ~ /^1[26]0000/) print "odd\t" $2 >odd
		  else print (part[5] == "T" ? "M" : part[5]) " " $2 }' | "$PROOF" judge "$work/footprint"
	# Symlinks and submodules are ignorable nowhere but where all is.
	sed 's/^odd\t/A /' "$work/odd" | "$PROOF" judge "$work/footprint" |
		sed -E '/^yes (documentation|another architecture|a sample|a tool of user space)/! s/^yes/no/'
}

# Random pairs: the comparison of trees against git's own diff. For this a footprint is a footprint,
# whatever it is of: PROOF_FOOTPRINT takes one that is there.
prove_pairs() {
	local id old said n=0 same=0 verdict
	if [ -n "${PROOF_FOOTPRINT:-}" ]; then cp "$PROOF_FOOTPRINT" "$work/footprint"; else base; fi
	git -C "$repo" rev-list "$branch" >"$work/list"
	for old in $(shuf -n "${PROOF_BUILDS:-10}" "$work/list"); do
		# half from all of history, half from around here, where what is the same is found
		{
			shuf -n "$((${PROOF_PAIRS:-20} / 2))" "$work/list"
			grep -C 8 "$old" "$work/list" | grep -v '^--' | shuf -n "$((${PROOF_PAIRS:-20} / 2))"
		} >"$work/others"
		"$PROOF" same "$work/footprint" "$repo" "$old" <"$work/others" >"$work/called"
		while read -r said id; do
			judged "$old" "$id" >"$work/judged"
			verdict=same
			! grep -q '^no ' "$work/judged" || verdict=other
			[ "$said" = $verdict ] || fail "pairs: $old and $id are called $said, and are $verdict"
			n=$((n + 1))
			[ $verdict = other ] || same=$((same + 1))
		done <"$work/called"
	done
	say "pairs: $n compared, $same of them the same"
}

for part in "${@:-all}"; do
	case $part in
	all) # not with &&, in which a command that fails would not end it
		prove_pairs
		prove_emptied
		prove_same
		prove_trace
		;;
	emptied | same | trace | pairs) "prove_$part" ;;
	*) echo "run.sh: $part?" >&2; exit 129 ;;
	esac
done
[ "$failures" = 0 ]
