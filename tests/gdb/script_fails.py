# shows = "A script that fails ends with its status, and leaves nothing behind."
# command = "true"
# status = 1
# says = ["1 is not 2"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(1, 2)
