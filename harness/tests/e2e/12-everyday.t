#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Typing, reading and setting up: completion in a real bash, files of defaults, what is shown on
# terminals of all kinds, and an installation.
. "$(dirname "$0")/lib.sh"

top=$(cd "$(dirname "$0")/../../.." && pwd)
export XDG_CONFIG_HOME=$work/xdg LC_ALL=C.UTF-8
repo=$work/repo
git init -q -b main "$repo"
for i in $(seq 1 20); do
	printf 'commit refs/heads/main\ncommitter Jürgen <j@example.org> %d +0000\ndata <<E\n%s\nE\nM 644 inline n\ndata <<E\n%d\nE\n' \
		$((1700000000 + i)) "Commit $i: 核心修正 and more that makes this subject long, longer than a terminal" "$i"
done | git -C "$repo" fast-import --quiet
git -C "$repo" checkout -q main
git -C "$repo" tag v1 main~19
git -C "$repo" tag v2 main~3
culprit=$(git -C "$repo" rev-parse main~7)
run=(run --exec 'test $(cat n) -lt 13' --good v1)

# ---- completion: what a line is when Tab was pressed
mkdir -p "$work/results/20240101-run/steps" "$work/bin"
echo '{}' >"$work/results/20240101-run/run.json"
ln -s "$BOX" "$work/bin/bisectbox"
lines=(
	'foot\t' '<footprint>'
	'run --case=over\t' '<run><--case=overlay>'
	'run --case audit-\t --spec\ton\t' '<run><--case><audit-nocap><--speculate=on>'
	'run --good v\t1 --bad=HE\t' '<run><--good><v1><--bad=HEAD>'
	'run --skip v1..v2\t' '<run><--skip><v1..v2>'
	'run --exec true --results res\t' '<run><--exec><true><--results><results/>'
	'test --image deb\t --kconfig=fus\t' '<test><--image><debian><--kconfig=fuse>'
	'case sho\tboo\t' '<case><show><boot>'
	'cache cle\tker\t' '<cache><clear><kernels>'
)
completed=$({
	echo "PS1=; cd '$repo'; mkdir results; source '$top/harness/completions/bisectbox.bash'; bind 'set bell-style none'; bisectbox() { printf '<%s>' \"\$@\"; echo; }"
	for ((i = 0; i < ${#lines[@]}; i += 2)); do printf 'bisectbox %b\n' "${lines[i]}"; done
	echo exit
} | PATH=$work/bin:$PATH INPUTRC=/dev/null script -qec 'bash --norc --noprofile -i' /dev/null | tr -d '\r' | sed 's/\x1b\[?2004[hl]//g' | grep -a '^<')
for ((i = 1; i < ${#lines[@]}; i += 2)); do
	is "$(sed -n $(((i + 1) / 2))p <<<"$completed")" "${lines[i]}" "Tab after: ${lines[i - 1]}"
done
rmdir "$repo/results"
box __complete resume --results "$work/results" 2
is "$out" 20240101-run$'\n:folders' 'runs are offered'
box __complete nix ''
is "$status$out$err" 0 'nothing, and no error, where nothing is known'

# ---- files of defaults
mkdir -p "$XDG_CONFIG_HOME/bisectbox"
printf 'results = %s\n[run]\nverbose = true\nrepeat = 1\n' "$work/mine" >"$XDG_CONFIG_HOME/bisectbox/config"
printf 'repeat = 2 # no comment\n' >"$repo/.bisectbox"
cd "$repo" || exit
refuses 129 "$repo/.bisectbox:1: --repeat 2 # no comment: a number from 1 to 1000" "${run[@]}"
printf '# ours\nrepeat = 2\n' >.bisectbox
box "${run[@]}" --json
is "$(json '$_->{culprit}{id}')" "$culprit" 'a run with defaults finds the culprit'
folder=$(json '$_->{results}')
has "$folder" "$work/mine/" "results go where the user's own file says"
has "$(cat "$folder/run.json")" '"--no-config", "--results='"$work/mine" 'run.json has the words as they were used'
has "$(cat "$folder/run.json")" '"--repeat=2"' "the repository's file wins over the user's"
is "$(grep -c 'repeat=1' "$folder/run.json")" 0 "whose own says nothing then"
rm "$folder/result.json"
printf 'repeat = nonsense\n' >.bisectbox
box resume --json "$folder"
is "$status,$(json '$_->{culprit}{id}')" "0,$culprit" 'what is gone on with asks no file'
refuses 129 '--repeat nonsense' "${run[@]}"
box "${run[@]}" --no-config --results "$work/other" --json
is "$status" 0 '--no-config leaves both out'
for line in 'exec = touch /tmp/x' 'make-arg = X=$(shell id)' 'cc = ./evil' 'toolchain = .' 'fixup = x' 'connect = qemu+ssh://x/?command=evil' 'results = /etc' 'append = init=/x'; do
	echo "$line" >.bisectbox
	refuses 129 "$repo/.bisectbox:1: " "${run[@]}"
done
rm .bisectbox
ln -s /etc/hostname .bisectbox
refuses 129 'a symbolic link; --no-config leaves it out' "${run[@]}"
rm .bisectbox
mkfifo .bisectbox
refuses 129 'is no regular file' "${run[@]}"
rm .bisectbox
if [ "$(id -u)" = 0 ]; then
	echo 'mem = 512' >.bisectbox
	chown 65534 .bisectbox
	refuses 129 'is owned by another user' "${run[@]}"
	rm .bisectbox
fi
box defaults
has "$out" 'run: repeat = 1' '`defaults` shows them'
rm "$XDG_CONFIG_HOME/bisectbox/config"

# ---- terminals: what is written to one of so many columns
on_terminal() { # COLUMNS ENV...
	local columns=$1
	shift
	script -qec "stty cols $columns; env $* '$BOX' run --exec 'sleep 0.1; test \$(cat n) -lt 13' --good v1 --fresh --results '$work/tty'" /dev/null </dev/null
}
# the widest line as it is seen: after the last carriage return, escapes gone
widest() { perl -CS -ne 'for (split /[\r\n]/) { s/\e\[[\d;]*[mK]//g; next unless /^\d+\.\d s/; s/[\x{2e80}-\x{9fff}]/xx/g; $w = length if length > $w } END { print $w }'; }
seen=$(on_terminal 60 TERM=xterm)
has "$seen" $'\r\e[K' 'a live line, redrawn in its place'
[ "$(widest <<<"$seen")" -le 59 ] && pass 'it keeps to the columns' || fail 'it keeps to the columns' "$(widest <<<"$seen")"
has "$seen" 'left, 1 min)' 'it says how many steps and how much time are left'
has "$seen" $'is \e[31mbad\e[m' 'bad is red'
has "$seen" $'is \e[32mgood\e[m' 'good is green'
has "$seen" '核心修正' 'subjects are in UTF-8'
seen=$(on_terminal 80 TERM=xterm NO_COLOR=1 LC_ALL=C)
is "$(grep -c $'\e\[[0-9]*m' <<<"$seen")" 0 'NO_COLOR: no colours'
is "$(LC_ALL=C grep -c '[^ -~[:cntrl:]]' <<<"$seen")" 0 'a terminal without UTF-8 gets none'
has "$seen" 'J?rgen' 'but "?"'
columns=$(sed -n '/^  step  /,/^$/p' <<<"$seen" | tr -d '\r' | wc -L)
[ "$columns" -ge 70 ] && [ "$columns" -le 80 ] && pass 'the table of the report fits 80 columns' ||
	fail 'the table of the report fits 80 columns' "$columns"
seen=$(on_terminal 80 TERM=dumb)
is "$(grep -c $'\e' <<<"$seen")" 0 'TERM=dumb: no escapes'
has "$seen" 'step 3 (about ' 'but a line for each step'
LC_ALL=C box "${run[@]}" --fresh --results "$work/tty"
is "$(grep -c $'\e\|\r' "$work/err" "$work/out" | tr '\n' ' ')" "$work/err:0 $work/out:0 " 'no terminal: plain lines'
has "$err" 'left, 1 min)' 'with the time that is left'
has "$out" 'Jürgen' 'and UTF-8 as it is, whatever the locale'
cd / || exit

# ---- an installation, out of a source tree without git
mkdir "$work/source"
(cd "$top" && tar -c --exclude=./.git --exclude='./build*' --exclude='./results/[!R]*' .) | tar -x -C "$work/source"
find "$work/source" -exec touch -d 2001-01-01 {} + # nothing to build: it is what this build is of
env -u MAKEFLAGS -u MAKELEVEL make -C "$work/source" -s install BUILD="$(dirname "$BOX")" DESTDIR="$work/dest" PREFIX=/usr >"$work/log" 2>&1 &&
	pass 'make install DESTDIR= PREFIX=' || fail 'make install DESTDIR= PREFIX=' "$(cat "$work/log")"
installed() { (unset BISECTBOX_DATA BISECTBOX_BUILT && BOX=$work/dest/usr/bin/bisectbox && box "$@" && echo "$status$out$err"); }
has "$(installed case list)" 'audit-nocap ' 'the installed program knows its cases'
is "$(installed image list | sed 's,^0,,' | grep -c '^debian ')" 1 'and its images'
has "$(installed case show audit)" "$work/dest/usr/share/bisectbox/testcases/audit" 'from where it was installed'
[ -x "$work/dest/usr/lib/bisectbox/agent" ] && pass 'the agent is there' || fail 'the agent is there'
for file in man/man1/bisectbox-run.1 man/man5/bisectbox-case.5 bash-completion/completions/bisectbox zsh/site-functions/_bisectbox \
	fish/vendor_completions.d/bisectbox.fish doc/bisectbox/README.md doc/bisectbox/docs/CASES.md; do
	[ -s "$work/dest/usr/share/$file" ] || fail "$file is installed"
done
done_testing
