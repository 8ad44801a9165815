"""Problems that a user can understand."""

import sys


class Problem(Exception):
    """Ends the session with a message, and what to do about it."""

    def __init__(self, code, message, help=None, status=2):
        super().__init__(message)
        self.code = code
        self.help = help
        self.status = status

    def show(self):
        print(f"{self.code}\n\n  x {self}", file=sys.stderr)
        if self.help:
            print(f"  help: {self.help}", file=sys.stderr)
