#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --help, man pages and completions name the same commands and the same options.
. "$(dirname "$0")/lib.sh"

sources=$(dirname "$0")/../../man
pages=$(dirname "$BOX")/man
export sources pages work
box --help
commands=$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' <<<"$out")
[ "$(wc -l <<<"$commands")" -ge 20 ] && pass 'help lists the commands' || fail 'help lists the commands' "$out"
[ "$(wc -L <<<"$out")" -le 80 ] && pass '--help fits 80 columns' || fail '--help fits 80 columns' "$out"
for command in $commands; do
	"$BOX" "$command" --help >"$work/help.$command" 2>&1 </dev/null || fail "$command --help ends with 0"
	"$BOX" __complete "$command" -- >"$work/shell.$command" 2>&1 </dev/null
done

# one process for all of it: this test is about words, not about time
compare() {
	# shellcheck disable=SC2016 # perl's
	perl -e 'use strict;
		sub slurp { local (@ARGV, $/) = shift; return -e $ARGV[0] ? scalar <> : "" }
		sub list { my %seen; return join " ", sort grep { !/^--(help|usage|version|no-config)$/ && !$seen{$_}++ } @_ }
		sub say_ok { print shift ? "ok " : "not ok ", shift, "\n" }
		my (%all, %of);
		for my $command (@ARGV) {
			my ($help, $shell) = map { slurp("$ENV{work}/$_.$command") } "help", "shell";
			my $page = slurp("$ENV{pages}/bisectbox-$command.1");
			my ($options) = $page =~ /^\.SH OPTIONS\n(.*?)^\.SH /ms;
			my $here = list($help =~ /^ +(?:-[a-z], )?(--[a-z][a-z-]*)/mg);
			say_ok(!(grep { length > 80 } split /\n/, $help), "$command --help fits 80 columns");
			say_ok($help !~ /^ [A-Z].*:\n(?! +-)/m, "$command --help has no heading without options");
			say_ok(-e "$ENV{sources}/bisectbox-$command.1.scd", "$command has a page: harness/man/bisectbox-$command.1.scd");
			$options =~ s/\\f[BRI]//g;
			say_ok(list($options =~ /^(?:-\w, )?(--[a-z][a-z-]*)/mg) eq $here, "the page of $command has the options of --help");
			say_ok(list($shell =~ /^(--[a-z-]+)/mg) eq $here, "shells know the options of $command");
			say_ok(slurp("$ENV{pages}/bisectbox.1") =~ /bisectbox-$command\\fR\(1\)/, "bisectbox(1) names $command");
			$all{$_} = $of{$command}{$_} = 1 for split / /, $here;
			$of{$command}{"--help"} = 1;
		}
		for (grep { /^ {4}\S/ } split /\n/, slurp("$ENV{sources}/../../README.md")) {
			next unless s/.*?\bbisectbox ([a-z]+)( |$)//;
			my $command = $1;
			s/ #.*|\x27.*?\x27| -- .*//g;
			my @wrong = grep { !$of{$command}{$_} } /(--[a-z][a-z-]*)/g;
			say_ok($of{$command} && !@wrong, "README: bisectbox $command @wrong");
		}
		say_ok($all{"--$_"}, "--$_, which files can set, is an option") for split /, */, $ENV{keys};
	' "$@"
}

# a file of defaults with a wrong key says which there are
mkdir -p "$work/xdg/bisectbox"
echo 'nix = 1' >"$work/xdg/bisectbox/config"
XDG_CONFIG_HOME=$work/xdg box defaults --repo "$work"
is "$status" 129 'a wrong key is refused'
keys=$(sed 's/.*they set //' <<<"$err")
while read -r word name; do
	case $word in ok) pass "$name" ;; *) fail "${name#ok }" ;; esac
done < <(keys=$keys compare $commands)

is "$(groff -man -ww -z -Tutf8 "$pages"/*.[15] 2>&1)" '' 'groff has nothing to say against the pages'
for source in "$sources"/*.scd; do
	[ -s "$pages/$(basename "$source" .scd)" ] || fail "$(basename "$source" .scd) is made"
done
done_testing
