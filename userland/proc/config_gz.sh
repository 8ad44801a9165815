#!/bin/sh
# Ask the running kernel how it was configured: /proc/config.gz.
#
# With CONFIG_IKCONFIG the kernel carries the .config that it was built from, compressed, in its own image, and with
# CONFIG_IKCONFIG_PROC it shows it as a file. It is the surest answer to "is that option on?", because nothing can be
# out of date. Without a running kernel the image itself can be asked: scripts/extract-ikconfig in the kernel's
# source.
#
#     ./config_gz.sh             what it was built for, and the two options that make this file
#     ./config_gz.sh PATTERN     every line that has PATTERN, in either case
#
# Lines are either CONFIG_X=y (built in), CONFIG_X=m (a module), CONFIG_X=VALUE or `# CONFIG_X is not set`; an option
# whose dependencies are not met is not there at all.
#
# Sources: kernel source, kernel/configs.c; kernel documentation, kbuild/kconfig.rst.
#
# [lkmc]
# kconfig = ["IKCONFIG=y", "IKCONFIG_PROC=y"]
#
# [[lkmc.run]]
# guest = "./config_gz.sh"
# stdout = '''
# # Linux/{word} {word} Kernel Configuration
# CONFIG_IKCONFIG=y
# CONFIG_IKCONFIG_PROC=y
# '''
#
# [[lkmc.run]]
# name = "pattern"
# guest = "./config_gz.sh 'strict_devmem'"
# stdout-has = ["# CONFIG_STRICT_DEVMEM is not set"]
# [/lkmc]
set -e

if [ $# -gt 0 ]; then
	exec zcat /proc/config.gz | grep -i -e "$1"
fi
zcat /proc/config.gz | grep 'Kernel Configuration'
zcat /proc/config.gz | grep '^CONFIG_IKCONFIG'
