#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A repository full of traps: nothing that its configuration, its hooks, its names or its files say
# is run, written elsewhere, or reaches the terminal. Then rights: PATH, owners, modes, umask. No
# kernel is built.
. "$(dirname "$0")/lib.sh"

sprung=$work/sprung
trap_program=$work/trap
printf '#!/bin/sh\necho "$0 $*" >>"%s"\n' "$sprung" >"$trap_program"
chmod +x "$trap_program"
esc=$(printf '\033]0;owned\a\033[2J\302\2332J\r')
bidi=$(printf '\342\200\256')

repo=$work/$(printf 're "po'"'"' `touch sprung` $(touch sprung)\n; #&')
git init -q -b main "$repo"
tick=1700000000
git_in() { tick=$((tick + 60)); GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" git -C "$repo" -c core.fsmonitor=false -c core.hooksPath=/dev/null -c user.name='A U Thor' -c user.email=a@example.org "$@"; }

# make, or a shell, that looks at these in passing springs the trap
printf 'X := $(shell %s make)\nall:\n\t%s all\n' "$trap_program" "$trap_program" >"$repo/Makefile"
printf 'config X\n\tdefault $(shell,%s kconfig)\n' "$trap_program" >"$repo/Kconfig"
name=$(printf 'a\n"$(touch sprung)`touch sprung`%s -rf' "$esc")
echo 1 >"$repo/$name"
echo 1 >"$repo/-rf"
mkdir "$work/outside"
ln -s "$work/outside" "$repo/way"
git_in add -A
git_in commit -q -m first
for i in $(seq 2 12); do
	echo "$i" >"$repo/n"
	[ "$i" -lt 8 ] || echo broken >"$repo/state"
	# the link becomes a folder: nothing is written through it
	[ "$i" != 5 ] || { rm "$repo/way"; mkdir "$repo/way"; echo x >"$repo/way/out"; }
	[ "$i" -lt 8 ] || echo "$i" >"$repo/$name"
	git_in add -A
	GIT_AUTHOR_NAME="Au${esc}thor" git_in -c user.name="Com${esc}mitter" commit -q -m "commit $i $esc$bidi \$(touch sprung)"
done
good=$(git_in rev-parse main~11)
culprit=$(git_in rev-parse main~4)
for tag in 'v1;touch${IFS}sprung' 'v2$(touch${IFS}sprung)' 'v3`touch`' "v4'\"<script>" 'v5|&'; do
	git_in update-ref "refs/tags/$tag" main~9
done
git_in update-ref refs/tags/-rf main~9

cat >>"$repo/.git/config" <<END
[core]
	fsmonitor = "$trap_program fsmonitor"
	hooksPath = .git/hooks
	pager = "$trap_program pager"
	editor = "$trap_program editor"
	sshCommand = "$trap_program ssh"
	askPass = "$trap_program askpass"
	gitProxy = "$trap_program proxy"
	alternateRefsCommand = "$trap_program alternates"
	attributesFile = "$repo/.git/attributes"
[filter "x"]
	clean = "$trap_program clean"
	smudge = "$trap_program smudge"
	process = "$trap_program process"
	required = true
[diff]
	external = "$trap_program diff"
[diff "x"]
	command = "$trap_program command"
	textconv = "$trap_program textconv"
[merge "x"]
	driver = "$trap_program merge"
[gpg]
	program = "$trap_program gpg"
[credential]
	helper = "!$trap_program credential"
[uploadpack]
	packObjectsHook = "$trap_program pack"
[alias]
	log = "!$trap_program alias"
[protocol "ext"]
	allow = always
[remote "origin"]
	url = "ext::$trap_program ext"
	promisor = true
	partialclonefilter = blob:none
[submodule "s"]
	url = "ext::$trap_program submodule"
	update = "!$trap_program update"
[include]
	path = more
END
printf '[core]\n\tfsmonitor = "%s included"\n' "$trap_program" >"$repo/.git/more"
mkdir -p "$repo/.git/info"
for file in .git/info/attributes .git/attributes; do printf '* filter=x diff=x merge=x -text\n' >"$repo/$file"; done
for hook in applypatch-msg pre-commit post-checkout post-merge pre-auto-gc post-rewrite reference-transaction post-index-change \
	fsmonitor-watchman pre-receive update post-update push-to-checkout pre-push; do
	cp "$trap_program" "$repo/.git/hooks/$hook"
done
git -C "$repo" status >/dev/null 2>&1
[ -s "$sprung" ] && pass 'the traps are armed: git status springs one' || fail 'the traps are armed: git status springs one'
rm -f "$sprung"
before=$(cd "$repo/.git" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)

export BISECTBOX_CACHE=$work/cache
cd "$work" || exit
# clean NAME: what was said holds no control character, nothing was run or written
clean() {
	is "$(printf %s "$out$err" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -cP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]')" 0 "$1: no control character is shown"
	is "$(cat "$sprung" 2>/dev/null; ls -d "$work/sprung" "$repo/sprung" 2>/dev/null)" '' "$1: no trap is sprung"
	is "$(ls "$work/outside")" '' "$1: nothing is written through a link"
}
box run --repo "$repo" --good "$good" --exec 'test ! -e state' --results "$work/results" --verbose
is "$status" 0 'run --exec: found'
has "$out" "$culprit" 'run --exec: the right commit'
clean 'run --exec'
folder_of_run=$(find "$work/results" -mindepth 1 -maxdepth 1)
is "$(find "$folder_of_run" \( -name '*.json*' -o -name '*.txt' -o -name '*.log' -o -name '*.html' -o -name '*.xml' -o -name '*.md' \) -exec cat {} + | LC_ALL=C tr -d '\n\t' | LC_ALL=C grep -cP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]')" 0 'run --exec: nor is one in the records'
box run --repo "$repo" --exec 'test ! -e state' --results "$work/results" --json
is "$(json '$_->{culprit}{id}')" "$culprit" 'run: a good tag is looked for among odd names'
clean 'run, tags'
box resume "$folder_of_run"
has "$out" "$culprit" 'resume: shows it again'
clean resume
box next --repo "$repo" --good "$good"
is "$status" 0 'next'
clean next
box start --repo "$repo" main "$good"
is "$status" 0 'by hand: start'
box good --repo "$repo" 'v1;touch${IFS}sprung'
is "$status" 0 'by hand: a verdict on an odd name'
box log --repo "$repo"
clean 'by hand'
box visualize --repo "$repo" log --oneline
is "$status" 0 'visualize: git log'
is "$(cat "$sprung" 2>/dev/null)" '' 'visualize: no trap is sprung'
box reset --repo "$repo"
clean reset
for name in '$(touch sprung)' '`touch sprung`' "x'; touch sprung; '" '--upload-pack=touch sprung' "$(printf 'a\nb')" '@{-1}' "$esc"; do
	box run --repo "$repo" --good="$name" --bad="$name" --exec true --results "$work/results"
	[ "$status" = 129 ] || fail "a revision that is none: $name" "$status; $err"
done
clean 'revisions that are none'
is "$(cd "$repo/.git" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)" "$before" 'the repository is as it was'

# ---- rights ----
# modes FOLDER...: what others may write to, what is setuid, and sockets that are not the user's alone
modes() { find "$@" ! -type l \( -perm /6002 -o -type s -perm /077 \) -printf '%m %p\n'; }
small=$work/small
git clone -q "$repo" "$small" 2>/dev/null
for mask in 000 022 077; do
	export BISECTBOX_CACHE=$work/cache-$mask
	(umask $mask && "$BOX" run --repo "$small" --good "$good" --exec 'test ! -e state' --results "$work/r$mask" >"$work/out" 2>"$work/err")
	is $? 0 "umask $mask: found"
	is "$(modes "$work/r$mask" "$BISECTBOX_CACHE")" '' "umask $mask: nothing is everybody's to write to, nothing is setuid"
done
is "$(find "$work/r077" "$work/cache-077" ! -type l -perm /077 -printf '%m %p\n' | grep -v /tree/)" '' 'umask 077: nothing is for others to read'
[ -n "$(find "$work/r022" -name report.txt -perm -044)" ] && pass 'umask 022: others may read reports' || fail 'umask 022: others may read reports'
export BISECTBOX_CACHE=$work/cache

if [ "$(id -u)" = 0 ]; then
	mkdir "$work/open" "$work/theirs"
	for folder in open theirs; do
		for program in git make sh patch ccache gcc qemu-system-x86_64; do cp "$trap_program" "$work/$folder/$program"; done
	done
	chmod 1777 "$work/open"
	chown 65534 "$work/theirs"
	cd "$work/open" || exit
	BOX_PATH=$work/open:$work/theirs:.::relative:$PATH box run --repo "$small" --good "$good" --exec 'test ! -e state' --results "$work/results" --fresh
	is "$status" 0 'PATH of root: found'
	has "$err" "left out of PATH, where others can put programs: $work/open, $work/theirs, ., ., relative" 'PATH of root: what is left out is said'
	is "$(cat "$sprung" 2>/dev/null)" '' 'PATH of root: no planted program is run'
	BOX_PATH=$work/open box run --repo "$small" --good main~5 --bad main~4 --exec 'test ! -e state' --results "$work/results"
	is "$status" 0 'PATH of root, nothing good in it: found'
	is "$(cat "$sprung" 2>/dev/null)" '' 'PATH of root, nothing good in it: the usual one is taken'
	cd "$work" || exit

	# what another user's run would have us run
	cp -r "$folder_of_run" "$work/foreign"
	rm "$work/foreign/result.json"
	chown -R 65534 "$work/foreign"
	refuses 129 'belongs to another user (uid 65534)' resume "$work/foreign"
	mkdir "$work/their-cache"
	chown 65534 "$work/their-cache"
	BISECTBOX_CACHE=$work/their-cache refuses 129 "belongs to another user" run --repo "$small" --good "$good" --exec true
	chown 0 "$work/their-cache"
	chmod 777 "$work/their-cache"
	BISECTBOX_CACHE=$work/their-cache refuses 129 "everybody can write" run --repo "$small" --good "$good" --exec true

	# setuid, as no packager should install it (where the file system lets it be)
	chmod 755 "$work"
	cp "$BOX" "$work/setuid"
	chmod 4755 "$work/setuid"
	setpriv --reuid 65534 --clear-groups "$work/setuid" cache >"$work/out" 2>"$work/err"
	status=$?
	if findmnt -no OPTIONS -T "$work" | grep -q nosuid; then pass 'setuid: cannot be tried here'; else
		is "$status" 129 'setuid: refused'
		has "$(cat "$work/err")" 'must not be setuid' 'setuid: and says so'
	fi
fi

# a repository's own defaults choose no program
for line in "make-arg = CC=$trap_program" "cc = $trap_program" "exec = $trap_program" "results = /"; do
	echo "$line" >"$small/.bisectbox"
	box run --repo "$small" --case boot --good "$good" --results "$work/results"
	[ "$status" = 129 ] && [[ $err == *.bisectbox:1:* ]] || fail "a repository's defaults: $line" "$status; $err"
done
is "$(cat "$sprung" 2>/dev/null)" '' "a repository's defaults: no trap is sprung"

# make would take the path for several words: said before anything is built
BISECTBOX_CACHE="$work/ca che" refuses 129 "has a ' '" footprint --repo "$HISTORY" demo --kconfig container
done_testing
