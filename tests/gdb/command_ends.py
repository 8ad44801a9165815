# shows = "When the command ends the guest stops, and GDB says so."
# command = "exit 3"
# says = ["the command ended with status 3"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

# As if the user had pressed Ctrl-C.
equal(signal_of_continue(), "SIGINT")
