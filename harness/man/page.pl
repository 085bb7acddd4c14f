#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes scdoc(1)'s text of a man page out of its source, NAME.SECTION.scd, and what the program and the
# READMEs say: so each option, and each field of a file, is described in one place.
#
#     page.pl SOURCE PROGRAM VERSION
#
# A line of the source that is one of these is replaced:
#
#     @NAME            name and summary, from the table of commands
#     @SYNOPSIS        from args_doc of the command's argp
#     @ABOUT, @AFTER   what its --help says before and after the options
#     @OPTIONS         its options, by groups
#     @COMMANDS        all commands
#     @SECTION FILE HEADING    a section of a README
use strict;
use warnings;

my ($source, $program, $version) = @ARGV;
my ($name, $section) = $source =~ m{([^/]+)\.(\d)\.scd$} or die "$source: NAME.SECTION.scd is expected\n";
my %said; # of the program: kind => [[fields], ...]

sub ask {
	open(my $from, '-|', $program, @_) or die "$program: $!\n";
	my @lines = <$from>;
	close($from) or die "$program @_ failed\n";
	chomp @lines;
	return @lines;
}

# Text as it is, for scdoc; `words` are bold.
sub text {
	my $bold = 0;
	return join '', map {
		my $part = $_;
		$part =~ s/([\\*_])/\\$1/g;
		$bold++ % 2 ? "*$part*" : $part;
	} split /`/, shift;
}

# What stands for a value: small words are meant as they are.
sub value {
	return join '|', map { /^[a-z]/ ? '*' . text($_) . '*' : '_' . $_ . '_' } split /\|/, shift;
}

sub synopsis {
	my @lines;
	for my $usage (map { $_->[0] } @{ $said{usage} }) {
		my $words = $usage =~ s/([A-Za-z]+)/my $w = $1; $w =~ m{^[a-z]} ? "*$w*" : "_${w}_"/ger;
		push @lines, "*bisectbox $said{name}[0][0]* [_OPTION_...] $words";
	}
	return join("++\n", @lines) . "\n";
}

sub options {
	my @out;
	return "It has none but --help.\n" unless $said{entry};
	for my $entry (@{ $said{entry} }) {
		my ($kind, @fields) = @$entry;
		if ($kind eq 'group') {
			push @out, '## ' . text($fields[0]), '' if $fields[0] ne '';
			next;
		}
		my ($letter, $long, $value, $doc) = @fields;
		my $names = $letter eq '-' ? '' : "*$letter*, ";
		push @out, "$names*$long*" . ($value eq '-' ? '' : '=' . value($value)), "\t" . text($doc), '';
	}
	return join("\n", @out) . "\n";
}

sub commands {
	my $out = '';
	for (ask('__complete', '')) {
		my ($command, $summary) = split /\t/;
		$out .= "*bisectbox-$command*(1)\n\t" . text($summary) . "\n\n" if defined $summary;
	}
	return $out;
}

# ---- sections of a README, in the markdown that ours use ----

sub inline {
	my $line = shift;
	$line =~ s/\*\*(.+?)\*\*/`$1`/g;
	return text($line);
}

# A row of a table is an entry: its first cell, and what the others say under their headings.
sub row {
	my ($heads, @cells) = @_;
	my $about = inline(pop @cells);
	my @more;
	for my $i (1 .. $#cells) {
		my $head = $heads->[$i] =~ /^(type|)$/ ? '' : "$heads->[$i]: ";
		push @more, $head . inline($cells[$i]) if $cells[$i] ne '';
	}
	return inline($cells[0]) . "\n\t" . (@more ? '(' . join('; ', @more) . ') ' : '') . "$about\n";
}

sub markdown {
	my ($file, $heading) = @_;
	my ($out, $inside, $code, $list, @heads) = ('', 0, 0, 0);
	open(my $from, '<', $file) or die "$source: $file: $!\n";
	while (my $line = <$from>) {
		chomp $line;
		$inside = $1 eq $heading, next if $line =~ /^## (.*)/;
		next unless $inside;
		my $is_code = $line =~ /^    / && !$list;
		$out .= "```\n" if $is_code != $code && ($is_code || $line ne '' || !$code);
		$code = $is_code if $is_code || $line ne '' || !$code;
		if ($code) {
			$out .= ($line =~ s/^    //r) . "\n";
		} elsif ($line =~ /^\|[-|]+$/) {
			next;
		} elsif ($line =~ /^\|/) {
			my @cells = map { s/^\s+|\s+$//gr } split /\|/, substr($line, 1), -1;
			pop @cells;
			if (@heads) { $out .= row(\@heads, @cells) . "\n" }
			else { @heads = @cells }
		} else {
			@heads = ();
			$list = 1 if $line =~ /^- /;
			$list = 0 if $line eq '';
			my ($mark, $rest) = $line =~ /^(- |  )?(.*)/;
			$out .= ($mark // '') . inline($rest) . "\n";
		}
	}
	$out .= "```\n" if $code;
	die "$source: $file has no section \"$heading\"\n" if $out eq '';
	return $out;
}

# ---- the page ----

my $command = $name =~ /^bisectbox-(.*)/ && $section == 1 ? $1 : undef;
if (defined $command) {
	for (ask($command, '__describe')) {
		my ($kind, @fields) = split /\t/, $_, -1;
		push @{ $said{$kind} }, \@fields;
		push @{ $said{entry} }, [$kind, @fields] if $kind eq 'group' || $kind eq 'option';
	}
}
my %made = (
	NAME => sub { "$name - " . text($said{name}[0][1]) . "\n" },
	SYNOPSIS => \&synopsis,
	ABOUT => sub { text($said{doc}[0][0]) . "\n" },
	AFTER => sub { text($said{after}[0][0]) . "\n" },
	OPTIONS => \&options,
	COMMANDS => \&commands,
	SECTION => sub { markdown(split / /, shift, 2) },
);
print "$name($section) \"bisectbox $version\" \"bisectbox\"\n\n";
open(my $from, '<', $source) or die "$source: $!\n";
while (my $line = <$from>) {
	next if $line =~ /^; /;
	if ($line =~ /^@([A-Z]+) ?(.*)$/) {
		my $make = $made{$1} or die "$source:$.: \@$1 is not known\n";
		$line = $make->($2);
	}
	print $line;
}
