"""What a program without a kernel finds in /proc and /sys: this machine, and nothing of the one that gem5 runs on.

gem5 itself answers for /proc/meminfo, /proc/self/maps and /sys/devices/system/cpu/online. What is in neither place is not there.
"""

import os

import m5
from m5.objects import RedirectPath


def redirections(order, program):
    """For the places where a program looks; `program` is what it believes to be called."""
    root = os.path.join(os.path.abspath(m5.options.outdir), "fs")
    numbers = range(sum(cluster["cpu"]["count"] for cluster in order["clusters"]))
    all_of_them = f"0-{numbers[-1]}\n" if len(numbers) > 1 else "0\n"
    files = {
        "proc/cpuinfo": "".join(processor(number) for number in numbers),
        "proc/stat": "".join(times(name) for name in ["cpu ", *(f"cpu{number}" for number in numbers)]),
        "sys/devices/system/cpu/possible": all_of_them,
        "sys/devices/system/cpu/present": all_of_them,
    }
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    for number in numbers:
        os.mkdir(os.path.join(root, "sys/devices/system/cpu", f"cpu{number}"))
    # A C library looks where its program is, and gem5 would tell it the host's path: a longer one takes more instructions.
    itself = os.path.join(root, "proc/self")
    os.mkdir(itself)
    os.symlink(f"/{program}", os.path.join(itself, "exe"))
    return [RedirectPath(app_path=f"/{name}", host_paths=[os.path.join(root, name)]) for name in ("proc", "sys")]


def processor(number):
    return f"processor\t: {number}\nmodel name\t: gem5\n\n"


def times(name):
    """Nobody counts them."""
    return f"{name} {' '.join(10 * '0')}\n"
