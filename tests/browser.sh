#!/bin/sh
# Finds Chromium for the tests of the HTML report; on Debian, as root, installs it. Otherwise it says what to
# run. It never fails: without Chromium those tests are skipped, and on CI they fail and say why.
set -eu

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null || ! [ -e /etc/debian_version ]; then
    echo "There is no Chromium, so the HTML report is not tested in a browser."
    echo "On Debian: sudo apt-get install chromium"
    exit 0
fi
echo "Installing Chromium for the tests of the HTML report ..."
apt_log=$(mktemp)
if {
    apt-get update &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-upgrade \
            -o DPkg::Lock::Timeout=300 chromium
} >"$apt_log" 2>&1 </dev/null; then
    rm -f "$apt_log"
else
    tail -n 5 "$apt_log" >&2
    echo "apt-get could not install Chromium; above is the end of $apt_log." \
        "The HTML report is not tested in a browser." >&2
fi
