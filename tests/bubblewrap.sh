#!/bin/sh
# Finds bubblewrap for the tests of the sandbox that needs no engine; on Debian, as root, installs it. Otherwise
# it says what to run. It never fails: without bubblewrap those tests are skipped, and on CI they fail and say why.
set -eu

if command -v bwrap >/dev/null; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null || ! [ -e /etc/debian_version ]; then
    echo "There is no bubblewrap, so the sandbox that needs no engine is not tested."
    echo "On Debian: sudo apt-get install bubblewrap libseccomp2"
    exit 0
fi
echo "Installing bubblewrap for the tests of the sandbox that needs no engine ..."
apt_log=$(mktemp)
if {
    apt-get update &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-upgrade \
            -o DPkg::Lock::Timeout=300 bubblewrap libseccomp2
} >"$apt_log" 2>&1 </dev/null; then
    rm -f "$apt_log"
else
    tail -n 5 "$apt_log" >&2
    echo "apt-get could not install bubblewrap; above is the end of $apt_log." \
        "The sandbox that needs no engine is not tested." >&2
fi
