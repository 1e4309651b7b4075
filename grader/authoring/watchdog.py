"""Watches a look at somebody's programs: each has a limited time, and one that never ends becomes a finding."""

import json
import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from grader.authoring.progress import Progress
from grader.finding import Finding, State
from sandbox.system import Child, Say
from sandbox.wire.limits import Limits

SECONDS = 60.0  # for one program; a student's has less, but this machine may have more to do than a sandbox
NO_PROGRAM = ""


class Announce(Protocol):
    """Called with a program's name before it runs, and with NO_PROGRAM before anything else, which ``doing`` names.

    ``steps`` is how many steps are to come, where that is known anew.
    """

    def __call__(self, program: str, *, steps: int | None = None, doing: str = "") -> None: ...


def watched(
    look: Callable[[Announce], Iterator[Finding]], *, folder: Path, progress: Progress
) -> Iterator[Finding]:
    """The findings of ``look``, which is done in a process of its own, in a folder without an author's files.

    A program that takes too long, or ends the process, ends the look.
    """
    running = NO_PROGRAM
    with Child(lambda say: _look(look, folder, say)) as child:
        while True:
            try:
                line = child.line(SECONDS if running else None)
            except TimeoutError:
                yield _endless(running)
                return
            if line is None:
                yield _gone(running)
                return
            match json.loads(line):
                case {"program": name, "steps": steps, "doing": doing}:
                    running = name
                    if steps is not None:
                        progress.planned(steps)
                    if name or doing:
                        progress.step(name or doing)
                case {"title": title, "state": state, "found": found, "advice": advice}:
                    yield Finding(title=title, state=State(state), found=found, advice=advice)
                case {"fault": text}:
                    raise RuntimeError(f"in the process that looked at the programs:\n{text}")
                case _:
                    return


def _look(look: Callable[[Announce], Iterator[Finding]], folder: Path, say: Say) -> None:
    def announce(program: str, *, steps: int | None = None, doing: str = "") -> None:
        say(json.dumps({"program": program, "steps": steps, "doing": doing}))

    try:
        os.chdir(folder)  # in this process alone: a program that reads a file finds none here, as in the sandbox
        for finding in look(announce):
            say(json.dumps(asdict(finding) | {"state": finding.state.value}))
    except Exception:  # what a teacher's program raises is a finding by now: this is a fault of ours
        say(json.dumps({"fault": traceback.format_exc()}))
    else:
        say(json.dumps({}))


def _endless(running: str) -> Finding:
    return Finding(
        title="Programs",
        state=State.BROKEN,
        found=f"{running} was ended after {SECONDS:g} seconds; what comes after it was not looked at",
        advice="Look for an endless loop in it, or use smaller inputs: students have "
        f"{Limits().cpu_seconds:g} seconds for all cases together.",
    )


def _gone(running: str) -> Finding:
    return Finding(
        title="Programs",
        state=State.BROKEN,
        found=f"the process ended while it ran {running}" if running else "the process that looks at them ended",
        advice="Run the program by itself to see why." if running else "Run the command again.",
    )
