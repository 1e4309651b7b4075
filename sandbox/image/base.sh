#!/bin/sh
# Makes a system with Python from Debian's packages, for engines that reach no image registry. base_image.py runs
# it, as root:  sh base.sh FILE.tar ARCHITECTURE
#
# root_files.py picks the image's files out of it, so what else is in it does not matter. The package manager's
# records stay: they say which versions the files have.
#
# GOLDGRADE_DEBIAN_MIRROR names another mirror than debootstrap's own: a near one, or a snapshot of a day to make
# that day's image again. The archive's signature is checked whatever the mirror; GOLDGRADE_DEBIAN_KEYRING names the
# file of keys where it is another than Debian's own. Without a check nothing is made, unless
# GOLDGRADE_DEBIAN_UNSIGNED=1 asks for that.
set -eu

SUITE=bookworm
PACKAGES=python3

fail() {
    printf '%s\n' "$@" >&2
    exit 4
}

[ $# -eq 2 ] || fail "usage: sh base.sh FILE.tar ARCHITECTURE"
output=$1
wanted=$2

# debootstrap lives in an sbin folder, which the PATH of a service or of 'su' may lack.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

[ "$(id -u)" -eq 0 ] || fail \
    "Making the sandbox's base image from Debian packages needs root." \
    "Run once: sudo ${PYTHON:-python3} -m sandbox.image   Grading itself then works without root." \
    "Where the container engine reaches an image registry, none of this is needed."
command -v debootstrap >/dev/null || fail \
    "The program 'debootstrap' is missing." \
    "On Debian or Ubuntu: apt-get install debootstrap debian-archive-keyring"
here=$(dpkg --print-architecture)
[ "$wanted" = "$here" ] || fail \
    "The container engine runs on $wanted, and this machine is $here." \
    "Grade once on a Debian machine of that architecture, against the same engine (DOCKER_HOST): that builds it."

keyring=${GOLDGRADE_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
case ${GOLDGRADE_DEBIAN_UNSIGNED:-} in
    '')
        # Without keys, or without the program, debootstrap itself would go on with a warning.
        command -v gpgv >/dev/null || fail \
            "The archive's signature can't be checked: the program 'gpgv' is missing." \
            "On Debian or Ubuntu: apt-get install gpgv" \
            "GOLDGRADE_DEBIAN_UNSIGNED=1 goes without a check: whoever is on the way could put anything into the image."
        [ -s "$keyring" ] && [ -r "$keyring" ] || fail \
            "The archive's signature can't be checked: there are no keys in $keyring." \
            "On Debian or Ubuntu: apt-get install debian-archive-keyring   or name a file: GOLDGRADE_DEBIAN_KEYRING" \
            "GOLDGRADE_DEBIAN_UNSIGNED=1 goes without a check: whoever is on the way could put anything into the image."
        set -- --force-check-gpg --keyring="$keyring"
        ;;
    1)
        echo "The packages' signatures are NOT checked, because GOLDGRADE_DEBIAN_UNSIGNED=1 asks for that."
        set -- --no-check-gpg
        ;;
    *)
        fail "GOLDGRADE_DEBIAN_UNSIGNED is '$GOLDGRADE_DEBIAN_UNSIGNED', and is expected to be 1 or not set."
        ;;
esac

# Beside the output, whose folder has its maker's name: what a killed one leaves is found by that. It must not be on
# a mount with 'nodev' or 'noexec', where no root file system can be made.
work=$(mktemp -d "$(dirname "$output")/base.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM
root=$work/root
log=$work/log

echo "Making a small Debian system with Python (about a minute, once for each engine) ..."
if ! debootstrap "$@" --variant=minbase --arch="$wanted" --include="$PACKAGES" "$SUITE" "$root" \
    ${GOLDGRADE_DEBIAN_MIRROR:+"$GOLDGRADE_DEBIAN_MIRROR"} >"$log" 2>&1; then
    fail "debootstrap failed; its last lines:" "$(tail -n 8 "$log")" \
        "Check that this machine reaches a Debian mirror ('apt-get update' does), and that the mirror is signed by the" \
        "keys in $keyring. Then try again."
fi

rm -rf "$root"/var/cache/* "$root"/var/lib/apt "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale \
    "$root"/usr/share/zoneinfo "$root"/usr/lib/*/perl-base "$root"/usr/lib/*/gconv # half of what would travel

tar --create --file="$output" --directory="$root" --numeric-owner --one-file-system \
    --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' .
