# shows = "Memory is read, searched and written."
# command = "cat /proc/version; hostname"
# says = ["from-gdb"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
banner = gdb.parse_and_eval("(char *)&linux_banner").string(length=32)
assert banner.startswith("Linux version 6."), banner
address = value("(unsigned long)&linux_banner")
gdb.execute(f'find {address:#x}, +32, \'v\', \'e\', \'r\'')
equal(value("(unsigned long)$_"), address + 6)
gdb.selected_inferior().write_memory(value("(unsigned long)&init_uts_ns.name.nodename"), b"from-gdb\0")
gdb.execute("continue")
