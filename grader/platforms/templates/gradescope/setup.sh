#!/bin/bash
# Gradescope runs this once, as root, while it builds the image in which submissions are graded.
set -euo pipefail
root=${GOLDGRADE_ROOT:-/autograder}
source=$root/source

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

find_python() {
    local name found
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        found=$(command -v "$name") || continue
        if "$found" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$found"
            return
        fi
    done
    return 1
}

# Submissions run as a user of their own. What is in here, the golden outputs above all, is closed to them.
umask 022
chmod -R go= "$source"

python=$(find_python) || {
    apt-get update
    for version in 3.13 3.12 3.11; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            "python$version" "python$version-venv" && break
    done
    python=$(find_python) || fail "There is no Python 3.11 or newer." \
        "Choose Ubuntu 24.04 or 22.04 as the base image on the 'Configure Autograder' page."
}
echo "Using $python"

"$python" -m venv "$root/venv"
# A test puts something else in the place of pip, so that it needs no network.
${GOLDGRADE_PIP:-"$root/venv/bin/python" -m pip --disable-pip-version-check --no-input} \
    install --no-cache-dir -r "$source/requirements.txt"
# Otherwise each submission would compile it, where PYTHONDONTWRITEBYTECODE is set. pip compiles what it installs.
"$root/venv/bin/python" -m compileall -q "$source/goldgrade"

# Makes the parameter bank, so that no submission has to wait for it, and tries to start a runner.
export XDG_CACHE_HOME=$root/cache
export PYTHONPATH=$source/goldgrade${PYTHONPATH:+:$PYTHONPATH}
"$root/venv/bin/python" -P -m grader.platforms.run_on_platform --i-know-this-is-not-a-sandbox prepare "@ASSIGNMENT@"
echo "Goldgrade is ready."
