#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a git history out of Debian's linux-source-6.1: the real tree as its first commit, and
# on top, a branch for each plan (plans/NAME.sh), commits that change it in ways that matter and
# in ways that do not. The same every time. A plan that says "# base: none" brings a tree of its
# own. Usage: make.sh FOLDER PLAN...
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source_tar=${BISECTBOX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}
repo=$1
shift

die() {
	echo "make.sh: $*" >&2
	exit 1
}

git_plain() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "$repo" -c user.name='History Maker' \
		-c user.email=history@example.org -c gc.auto=0 -c core.autocrlf=false "$@"
}

# Each commit an hour after the one before: ids come out the same on every machine.
tick=1704067200 # 2024-01-01 00:00 UTC
commit() {
	tick=$((tick + 3600))
	GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" \
		git_plain commit -q -a "$@"
}

make_base() {
	[ -r "$source_tar" ] || die "$source_tar is missing: apt install linux-source-6.1"
	echo "unpacking ${source_tar##*/} and committing it (about a minute)"
	rm -rf "$repo"
	mkdir -p "$repo"
	tar -xf "$source_tar" -C "$repo" --strip-components=1
	git_plain init -q -b base
	git_plain add -A -f .
	commit -m 'Linux 6.1 as Debian ships it'
	git_plain tag v6.1-base
}

# --- the words of a plan ---

# edit FILE SED-EXPRESSION: change a file; a plan that changes nothing is wrong.
edit() {
	local before
	before=$(sha256sum <"$repo/$1") || die "no $1 in this tree"
	sed -i "$2" "$repo/$1"
	[ "$before" != "$(sha256sum <"$repo/$1")" ] || die "$plan: nothing changed in $1 by: $2"
}

# note FILE WORDS: a line of comment at the end of a C file: compiled code stays what it was.
note() {
	echo "/* $2 */" >>"$repo/$1"
}

# text FILE WORDS: a line at the end of a text file.
text() {
	echo "$2" >>"$repo/$1"
}

# done_as SUBJECT: commit what was edited.
done_as() {
	commit -m "$1"
}

# tag NAME: name the commit just made.
tag() {
	git_plain tag -f "$1" >/dev/null
}

# side NAME FROM: leave the trunk for a side branch that starts at a tag; join NAME merges it.
side() {
	git_plain checkout -q -B "$1" "$2"
}

join() {
	tick=$((tick + 3600))
	GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" \
		git_plain merge -q --no-ff -m "Merge branch '$1'" "$1"
}

trunk() {
	git_plain checkout -q "$plan"
}

# --- the branches ---

brings_base() {
	grep -q '^# base: none$' "$1"
}

# start PLAN: its branch, at the base; a plan with a base of its own makes the branch itself.
start() {
	if brings_base "$file"; then
		[ -d "$repo/.git" ] || git init -q -b base "$repo"
		return
	fi
	[ -d "$repo/.git" ] && git_plain rev-parse -q --verify v6.1-base >/dev/null || make_base
	git_plain checkout -q -f -B "$1" v6.1-base
}

for plan; do
	file=$here/plans/$plan.sh
	[ -r "$file" ] || die "no plan $file"
	stamp=$repo/.git/plan-$plan
	sum=$(cat "$file" "$here/make.sh" | sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || continue
	echo "planting the history '$plan'"
	tick=1704067200
	start "$plan"
	# shellcheck source=/dev/null
	. "$file"
	brings_base "$file" || trunk
	echo "$sum" >"$stamp"
done
