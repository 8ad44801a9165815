#!/bin/sh
# Switch single debug messages of the running kernel on and off: dynamic debug.
#
# Kernel sources are full of pr_debug() and dev_dbg(). With CONFIG_DYNAMIC_DEBUG they are compiled in, each with a
# switch that is off, and /proc/dynamic_debug/control lists them all: file:line, [module]function, flags, format.
# Writing `QUERY FLAGS` to that file turns on (+) or off (-) those that match. A query names a `func`, a `file`, a
# `module`, a `line`, or several; the flags are
#
#     p  print it    f  with the function's name    l  with the line    m  with the module    t  with the thread
#
# Events about devices are announced to user space by kobject_uevent_env(), in lib/kobject_uevent.c. Writing to a
# device's `uevent` file makes the kernel announce it once more. Notice that the message comes only between +p and -p.
#
# Debug messages have level 7 (KERN_DEBUG), which the console does not show by default; dmesg does. See also
# printk_levels.sh.
#
# Sources: kernel documentation, admin-guide/dynamic-debug-howto.rst.
#
# [lkmc]
# kconfig = ["DYNAMIC_DEBUG=y"]
#
# [[lkmc.run]]
# guest = "./dynamic_debug.sh"
# stdout = '''
# off: lib/kobject_uevent.c:{dec} [kobject_uevent]kobject_uevent_env =_ "kobject: '%s' (%p): %s\n"
# on: lib/kobject_uevent.c:{dec} [kobject_uevent]kobject_uevent_env =pf "kobject: '%s' (%p): %s\n"
# kobject_uevent_env: kobject: 'null' ({word}): kobject_uevent_env
# '''
# [/lkmc]
set -e
control=/proc/dynamic_debug/control

# The switch of the message that says which object an event is about.
show()
{
	grep 'kobject_uevent_env.*(%p): %s.n"$' $control | sed "s|^|$1: |"
}
announce()
{
	echo change > /sys/class/mem/null/uevent
}

dmesg -c > /dev/null

show off
announce

echo 'func kobject_uevent_env +pf' > $control
show on
announce

echo 'func kobject_uevent_env -pf' > $control
announce

dmesg | sed 's/^\[ *[0-9.]*\] //' | grep 'kobject_uevent_env: '
