#!/bin/sh
# Finds the programs of the system that some tests need; on Debian, as root, installs them. Otherwise it says what to
# run. It never fails: without a program its tests are skipped, and on CI they fail and say why.
set -eu

# want "COMMAND ..." "PACKAGE ..." WHAT WHAT-IS-NOT-TESTED: one of the commands is enough
want() {
    for program in $1; do
        if command -v "$program" >/dev/null; then
            return
        fi
    done
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null || ! [ -e /etc/debian_version ]; then
        echo "There is no $3, so $4 is not tested."
        echo "On Debian: sudo apt-get install $2"
        return
    fi
    echo "Installing $3 for the tests: $4 ..."
    apt_log=$(mktemp)
    # $2 without quotes: each word is a package.
    if {
        apt-get update &&
            DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-upgrade \
                -o DPkg::Lock::Timeout=300 $2
    } >"$apt_log" 2>&1 </dev/null; then
        rm -f "$apt_log"
    else
        tail -n 5 "$apt_log" >&2
        echo "apt-get could not install $3; above is the end of $apt_log. Not tested: $4." >&2
    fi
}

want "chromium chromium-browser" chromium Chromium "the HTML report in a browser"
want bwrap "bubblewrap libseccomp2" bubblewrap "the sandbox that needs no engine"
