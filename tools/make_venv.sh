#!/bin/sh
# Makes .venv with the given interpreter, unless a working one is there.
set -eu
python=${1:-python3}

if [ -x .venv/bin/pip ] && .venv/bin/python -c ""; then
    exit 0
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "The kit needs Python 3.11 or later, and '$python' is not: install one, then run 'make PYTHON=python3.12 ...'." >&2
    exit 1
fi
# Debian and Ubuntu ship venv apart from Python.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "Python's venv module is missing: run 'sudo apt-get install $package', then make again." >&2
        exit 1
    fi
    echo "Installing $package."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
fi
echo "Making .venv with $("$python" --version)."
"$python" -m venv .venv
