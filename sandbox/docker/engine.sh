#!/bin/sh
# Finds a container engine that answers; on Debian, as root, installs and starts one. Otherwise it says what
# to run and exits with 4. $PYTHON is a Python that has the project's packages; "make engine" and the
# advice of "grade doctor" set it.
set -eu

LOG=/var/log/goldgrade-dockerd.log
PACKAGES="docker.io debootstrap debian-archive-keyring ca-certificates"
SECONDS_TO_START=60

here=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-$here/.venv/bin/python}
# dockerd lives in an sbin folder, which the PATH of a service or of 'su' may lack.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

fail() {
    printf '%s\n' "$@" >&2
    exit 4
}

answers() { # the same question that the grader asks, so that both always mean the same engine
    (cd "$here" && "$PYTHON" -c 'from sandbox.docker.engine import connect; connect().ping()') >/dev/null 2>&1
}

on_debian() { command -v apt-get >/dev/null && [ -e /etc/debian_version ]; }

install_engine() {
    on_debian || fail "There is no container engine here, and this is not Debian." \
        "Install Docker as your system's manual says, start it, then go on."
    echo "Installing Docker from Debian's packages ..."
    apt_log=$(mktemp)
    # shellcheck disable=SC2086  # one word a package
    if ! {
        apt-get update &&
            DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-upgrade \
                -o DPkg::Lock::Timeout=300 $PACKAGES
    } >"$apt_log" 2>&1 </dev/null; then
        tail -n 15 "$apt_log" >&2
        fail "apt-get could not install Docker; above is the end of $apt_log." \
            "Set that right, or install Docker in another way, then try again."
    fi
    rm -f "$apt_log"
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        echo "Starting Docker with systemd ..."
        systemctl start docker || fail "systemd could not start Docker; 'journalctl -u docker' says why."
        return
    fi
    echo "Starting Docker in the background; its log is $LOG ..."
    # A machine without an init system may not have control groups yet, and limits need them.
    mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup || true
    # Sandboxes have no network, so the engine needs neither a bridge nor firewall rules, which it may not
    # be allowed to make. All descriptors are closed, so that nobody waits for the end of its output.
    setsid dockerd --iptables=false --ip6tables=false --bridge=none >>"$LOG" 2>&1 </dev/null &
}

wait_for_engine() {
    waited=0
    until answers; do
        waited=$((waited + 1))
        if [ "$waited" -gt "$SECONDS_TO_START" ]; then
            [ ! -e "$LOG" ] || tail -n 15 "$LOG" >&2
            fail "Docker did not answer within $SECONDS_TO_START seconds." \
                "Above is the end of its log, if it wrote one. 'grade doctor' says more about the engine."
        fi
        sleep 1
    done
}

[ -x "$PYTHON" ] || fail "There is no $PYTHON. Run 'make engine', which makes it first."
if answers; then
    exit 0
fi
if [ -n "${DOCKER_HOST:-}" ]; then
    fail "No container engine answers at DOCKER_HOST=$DOCKER_HOST." \
        "Start that one, or unset DOCKER_HOST to use an engine on this machine."
fi
if [ "$(id -u)" -ne 0 ]; then
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
        fail "Docker is here, but this user may not talk to it." \
            "Run 'sudo usermod -aG docker $(id -un)', log in again, then go on."
    fi
    if command -v dockerd >/dev/null; then
        fail "Docker is installed, but it does not answer." \
            "Run 'sudo systemctl start docker', or the same command as root, then go on."
    fi
    fail "There is no container engine here, and installing one needs root." \
        "On Debian or Ubuntu: sudo apt-get install $PACKAGES" \
        "Then: sudo usermod -aG docker $(id -un), and log in again."
fi
if ! command -v dockerd >/dev/null; then
    install_engine
fi
answers || start_engine # installing it may have started it
wait_for_engine
echo "Docker answers."
