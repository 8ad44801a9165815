#!/bin/sh
# Puts virtme-ng, from PyPI, into a virtual environment in lkmc's cache directory and prints the path of its `vng`.
# benches/launch compares lkmc with it; nothing else needs it.
set -eu
version=1.42
cache=${LKMC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lkmc}
venv=$cache/virtme-ng/$version
if [ ! -x "$venv/bin/vng" ]; then
  python3 -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check "virtme-ng==$version" >&2
fi
echo "$venv/bin/vng"
