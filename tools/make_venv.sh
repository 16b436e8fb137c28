#!/bin/sh
# Make a virtual environment with Python 3.11 or newer, or say in one line what is missing.
#
#     sh tools/make_venv.sh FOLDER [PYTHON]
#
# An environment that works is kept. The system's own Python is never installed into, so this works
# where that is managed by the distribution.
set -eu
folder=$1
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

if "$folder/bin/python" -c "$new_enough; import pip" 2>/dev/null; then
    exit 0
fi

without_venv=
for python in ${2:-python3.13 python3.12 python3.11 python3 python}; do
    # a name may be there and yet not run, as version managers have it
    "$python" -c "$new_enough" 2>/dev/null || continue
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "making $folder with $("$python" --version)"
        exec "$python" -m venv --clear "$folder"
    fi
    without_venv=$python
done

if [ -n "$without_venv" ]; then
    version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$without_venv lacks the venv module; on Debian and Ubuntu:" \
        "apt install python$version-venv" >&2
else
    echo "no Python of at least 3.11 found (${2:-python3.13, python3.12, python3.11, python3}):" \
        "install one, or name it: make demo PYTHON=/path/to/python" >&2
fi
exit 1
