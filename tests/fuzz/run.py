"""``make fuzz``: lets atheris look for inputs that a target does not take well.

    python tests/fuzz/run.py fuzz [TARGET ...]      each for FUZZ_SECONDS (60), begun with the corpus
    python tests/fuzz/run.py replay TARGET FILE     run one input, such as a finding; needs no atheris
    python tests/fuzz/run.py merge [TARGET ...]     copy what reaches something new into the corpus

What is found lies in ``tests/fuzz/found/TARGET/``, which git does not see: inputs that reach new code, and
findings as ``crash-…``, ``timeout-…`` and ``oom-…``.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
CORPUS, FOUND = HERE / "corpus", HERE / "found"
sys.path.insert(0, str(HERE.parents[1]))

MEMORY_MB = 1024  # of the fuzzer's process: no input may need that much
SECONDS = 20  # for one input, with coverage measured, which makes Python slow
LARGEST = 1 << 15  # bytes of an input
INSTRUMENTED = ("grader", "sandbox", "exercises")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["fuzz", *names]:
            findings = [name for name in _named(names) if not _fuzz(name)]
            print(f"Findings in: {', '.join(findings)}" if findings else "No findings.")
            return 1 if findings else 0
        case ["merge", *names]:
            return max(map(_merge, _named(names)))
        case ["replay", name, file]:
            _target(name)(Path(file).read_bytes())
            print("Nothing was found with this input.")
            return 0
        case ["atheris", name, *options]:
            return _atheris(name, options)
    print(__doc__)
    return 2


def _fuzz(name: str) -> bool:
    """Whether a target stood its time. Prints how it went."""
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    before = set(_findings(found))
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    done = _run(
        name,
        f"-max_total_time={seconds}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        found,
        CORPUS / name,
    )
    log = done.stderr + done.stdout
    runs = re.findall(r"stat::number_of_executed_units: *(\d+)", log)
    covered = re.findall(r"cov: (\d+) ft: (\d+)", log)
    cov, features = covered[-1] if covered else ("?", "?")
    print(f"{name}: {runs[-1] if runs else '?'} inputs, coverage {cov}, features {features}", flush=True)
    new = sorted(set(_findings(found)) - before)
    if done.returncode and not new:
        print(log[-4000:])
    for file in new:
        lines = [line for line in log.splitlines() if line.strip() and not line.startswith(("#", "INFO", "stat::"))]
        print("\n".join(f"    {line}" for line in lines[-25:]))
        print(f"  found {file}\n  replay: python tests/fuzz/run.py replay {name} {file}", flush=True)
    return done.returncode == 0 and not new


def _merge(name: str) -> int:
    found, kept = FOUND / name, CORPUS / name
    found.mkdir(parents=True, exist_ok=True)
    done = _run(name, "-merge=1", kept, found)
    if done.returncode or "MERGE-OUTER: successful in" not in done.stderr:
        print(done.stderr[-2000:])
        return 1
    print(f"{name}: {len(list(kept.iterdir()))} inputs kept")
    return 0


def _run(name: str, *options: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, __file__, "atheris", name, f"-rss_limit_mb={MEMORY_MB}", f"-timeout={SECONDS}"]
    command += [f"-max_len={LARGEST}", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace")


def _atheris(name: str, options: list[str]) -> int:
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        target = _target(name)
        for file in sorted((CORPUS / name).iterdir()):  # what is imported late is instrumented as well
            with contextlib.suppress(Exception):
                target(file.read_bytes())
    # Merging starts the program anew, by a shell, as the first word says.
    program = shlex.join([sys.executable, __file__, "atheris", name])
    atheris.Setup([program, *options], target)
    atheris.Fuzz()
    return 0


def _named(names: list[str]) -> list[str]:
    return names or [each.name for each in sorted(CORPUS.iterdir())]


def _findings(folder: Path) -> list[Path]:
    return [file for kind in ("crash", "timeout", "oom", "leak") for file in folder.glob(f"{kind}-*")]


def _target(name: str) -> Callable[[bytes], None]:
    from tests.fuzz.targets import TARGETS

    return TARGETS[name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
