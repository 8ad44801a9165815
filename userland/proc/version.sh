#!/bin/sh
# See what the kernel says about its own build, and why two builds of it can be the same to the last byte.
#
# /proc/version names the release, who built it where, the compiler and linker, the number of the build and the time.
# Left alone, user, host and time would differ between any two builds, and with them the image. So the build sets
# KBUILD_BUILD_USER, KBUILD_BUILD_HOST, KBUILD_BUILD_TIMESTAMP and KBUILD_BUILD_VERSION: the stamp says lkmc@lkmc,
# build number 1, one second into 1970, whoever built it whenever. `lkmc profile verify` builds again and compares.
#
# uname(2) has the same words in other places: -r the release, -v the build's number and time.
#
# Sources: kernel documentation, kbuild/reproducible-builds.rst.
#
# [lkmc]
# [[lkmc.run]]
# guest = "./version.sh"
# stdout = '''
# Linux version {word:release} (lkmc@lkmc) ({any}) #1 SMP {any}Thu Jan  1 00:00:01 UTC 1970
# {word:release}
# #1 SMP {any}Thu Jan  1 00:00:01 UTC 1970
# '''
# [/lkmc]
set -e

cat /proc/version
uname -r
uname -v
