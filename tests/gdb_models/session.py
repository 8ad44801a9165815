"""A session in which the user has a script and then a command, as `lkmc` hands them over with --batch. The script is in the directory."""

import os
import sys

sys.path.insert(0, os.path.join(os.environ["ROOT"], "gdb"))
from lkmc import session

steps = [
    {"kind": "script", "path": os.path.abspath("mine.py")},
    {"kind": "command", "text": "twice 21"},
    {"kind": "command", "text": "python print('kept', KEPT, 'and no file' if '__file__' not in globals() else __file__)"},
]
session.run(lambda: None, steps, "kill")
