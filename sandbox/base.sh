#!/bin/sh
# Makes the base of the sandbox's image, tagged as the first argument says: python:slim where an image
# registry answers, else Debian's own packages. GOLDGRADE_BASE=registry or =debian decides it by hand.
set -eu
tag=$1
wanted=${GOLDGRADE_BASE:-any}
registry_image=python:3.11-slim-bookworm

if [ "$wanted" != debian ]; then
    echo "Looking for $registry_image in an image registry ..."
    if timeout 60 docker pull --quiet "$registry_image" >/dev/null 2>&1; then
        docker tag "$registry_image" "$tag"
        exit 0
    fi
    echo "No image registry answers."
    [ "$wanted" = any ] || exit 1
fi

if [ "$(id -u)" != 0 ]; then
    echo "The base is then built from Debian packages, which needs root: run 'sudo make image' once." >&2
    exit 1
fi
if ! command -v debootstrap >/dev/null; then
    echo "The base is then built from Debian packages, which needs debootstrap: run 'apt-get install debootstrap'." >&2
    exit 1
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
echo "Building the base from Debian packages (about a minute, once) ..."
debootstrap --variant=minbase --include=python3 bookworm "$root" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log" >&2
    exit 1
}
rm -f "$root.log"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/doc \
    "$root"/usr/share/man "$root"/usr/share/locale "$root"/usr/share/info
tar --numeric-owner --sort=name -C "$root" -c . | docker import - "$tag" >/dev/null
