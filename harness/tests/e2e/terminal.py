# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at a terminal: terminal.py COMMAND... runs it on a pty of 24 rows and 80 columns, and does what
stdin says, a line each:

    expect TEXT    waits until TEXT shows (behind what was expected before)
    send TEXT      types it; \\n, \\x03 and so on as in Python
    size ROWS COLUMNS
    sleep SECONDS
    end            waits for the command's end, and prints its exit status

What the terminal shows goes to stdout. Whatever takes longer than two minutes ends it with 1."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE_S = 120


class Terminal:
    def __init__(self, command):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.size(24, 80)

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until):
        """More of what it shows; False at its end."""
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            sys.exit("\nterminal.py: it takes too long: %s" % self.wish)
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            return False
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
        self.seen += part
        return bool(part)

    def expect(self, text):
        self.wish = "%r does not come" % text
        until = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            if not self.read(until):
                sys.exit("\nterminal.py: it has ended, without %r" % text)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def end(self):
        self.wish = "it does not end"
        until = time.monotonic() + PATIENCE_S
        while self.read(until):
            pass
        status = os.waitpid(self.pid, 0)[1]
        print("\nstatus %d" % os.waitstatus_to_exitcode(status))


def main():
    terminal = Terminal(sys.argv[1:])
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        text = rest.encode().decode("unicode_escape").encode("latin-1")
        if word == "expect":
            terminal.expect(text)
        elif word == "send":
            os.write(terminal.fd, text)
        elif word == "size":
            terminal.size(*map(int, rest.split()))
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "end":
            terminal.end()
        elif word:
            sys.exit("terminal.py: %s?" % word)


main()
