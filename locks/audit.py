"""Looks for known holes in the locked packages, by pip-audit:  python locks/audit.py

Ends with 0 when every package was looked up and none has a hole, with 1 when one has, and with 2 when the index
could not say. pip-audit itself calls the last one a success.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = sorted(Path(__file__).parent.glob("*.txt"))


def main() -> int:
    """See the head of this file."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    locks = [argument for lock in LOCKS for argument in ("--requirement", str(lock))]
    done = subprocess.run(
        [*command, "--progress-spinner", "off", *locks], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        words = "\n".join(done.stderr.strip().splitlines()[-3:])
        print(f"pip-audit could not look anything up: {words}\nTry again where the package index answers.")
        return 2
    return report(packages)


def report(packages: list[dict[str, Any]]) -> int:
    """Print what pip-audit found; returns the exit code."""
    holes = {
        f"{package['name']} {package['version']}: {hole['id']}, "
        f"mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", ())
    }
    names = {package["name"] for package in packages}
    unknown = sorted({package["name"] for package in packages if "skip_reason" in package})
    if holes:
        print("\n".join(sorted(holes)))
    else:
        print(f"{len(names) - len(unknown)} of {len(names)} packages were looked up; no known hole in them.")
    if unknown:
        print(
            f"The package index says nothing about {len(unknown)}: {', '.join(unknown)}.\n"
            "That is no clean bill: run 'make audit' again where the index gives its records of known holes."
        )
    if holes:
        print("Raise these in pyproject.toml where it holds them back, then run 'make lock UPGRADE=--upgrade'.")
    return 1 if holes else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
