#!/bin/sh
# Show something.
set -e
# [lkmc]
# arches = ["arm"]
# [/lkmc]
