# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion of bisectbox: the program itself knows how words can go on.

function __bisectbox_complete
	set -l typed (commandline -opc)
	set -l last (commandline -ct)
	set -l program $typed[1]
	set -e typed[1]
	set -l stem (string replace -r '^--[^=]*=' '' -- $last)
	set -l prefix (string sub -l (math (string length -- "$last") - (string length -- "$stem")) -- "$last")
	for line in ($program __complete $typed "$last" 2>/dev/null)
		switch $line
			case :files
				printf '%s\n' $prefix(__fish_complete_path "$stem")
			case :folders
				printf '%s\n' $prefix(__fish_complete_directories "$stem")
			case '*'
				printf '%s\n' $line
		end
	end
end
complete -c bisectbox -f -a '(__bisectbox_complete)'
