"""Problems that a user can understand."""

import shutil
import sys
import textwrap


class Problem(Exception):
    """Ends the session with a message, and what to do about it."""

    def __init__(self, code, message, help=None, status=2):
        super().__init__(message)
        self.code = code
        self.help = help
        self.status = status

    def show(self):
        """As src/diag/render.rs has it."""
        print(f"{self.code}\n", file=sys.stderr)
        print(_filled(str(self), "  × ", "  │ "), file=sys.stderr)
        if self.help:
            print(_filled(self.help, "  help: ", "        "), file=sys.stderr)


def _filled(text, first, further):
    width = shutil.get_terminal_size().columns
    wrapper = textwrap.TextWrapper(
        width, first, further, break_long_words=False, break_on_hyphens=False, replace_whitespace=True
    )
    return wrapper.fill(text)
