"""The measurements: mutants killed, equivalent or surviving; right programs marked down; mistakes named."""

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.judgement.forks import Ending, in_children
from benchmarks.judgement.judging import Judged, Naming, judged
from benchmarks.judgement.mutants import Mutant, mutants_of
from benchmarks.judgement.outside import Outside, Proof
from benchmarks.judgement.programs import Programs, ProgramText
from benchmarks.judgement.restyling import STYLES
from benchmarks.judgement.unread import Unread, confined_to

LISTED = Path(__file__).with_name("survivors.toml")
# A right program takes a fiftieth of it. The real limit is 15 seconds, and waiting for loops is dear.
SECONDS = {"alexnet": 20.0}
MOST_SECONDS = 5.0
PROOF_SECONDS = 180.0

S = TypeVar("S")
T = TypeVar("T")


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    EQUIVALENT = "equivalent"  # proven: the same on the outside cases
    ROUNDS_OTHERWISE = "rounds otherwise"  # the same but for its precision, which is free
    UNREAD = "unread"  # a change of what grading never reads
    LISTED = "listed"  # a survivor that a person has looked at, in survivors.toml
    SURVIVED = "survived"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A mutant with what the grader made of it."""

    mutant: Mutant
    fate: Fate
    judged: Judged | None  # None when it did not end in time, or took its process with it
    unread: Unread | None = None

    @property
    def naming(self) -> Naming:
        if self.judged is None:
            return Naming.NOTHING
        return self.judged.naming(self.mutant.first_line, self.mutant.last_line)

    @property
    def finished(self) -> bool:
        """Whether it returned something in every case, so that no exception helps."""
        return self.judged is not None and self.judged.finished


@dataclass(kw_only=True)
class Measured:
    """One exercise's numbers."""

    exercise_id: str
    changes: int = 0
    tried: list[Tried] = field(default_factory=list)
    right: int = 0
    false_alarms: list[str] = field(default_factory=list)
    restyled: Counter[str] = field(default_factory=Counter)  # by style
    named: Counter[str] = field(default_factory=Counter)
    not_named: list[str] = field(default_factory=list)
    margin: float = float("inf")
    margin_of: str = ""

    def count(self, *fates: Fate) -> int:
        return sum(each.fate in fates for each in self.tried)

    def namings(self, *, finished: bool) -> Counter[Naming]:
        """How the killed mutants' mistakes were named, of those that returned something or of those that raised."""
        killed = (each for each in self.tried if each.fate is Fate.KILLED and each.finished is finished)
        return Counter(each.naming for each in killed)


def mutants_for(programs: Programs, most: int | None, seed: int) -> tuple[int, list[Mutant]]:
    """How many changes there are to the exercise's right programs, and mutants: all, or about ``most``."""
    exercise = programs.exercise
    share = 1.0
    if most is not None:
        whole = sum(count for count, _ in _each(lambda path: mutants_of(exercise, path, 0.0), exercise.right_paths))
        share = most / whole if whole else 1.0
    made = _each(lambda path: mutants_of(exercise, path, share, seed), exercise.right_paths)
    return sum(count for count, _ in made), [mutant for _, mutants in made for mutant in mutants]


def try_mutants(programs: Programs, mutants: list[Mutant]) -> list[Tried]:
    """Grade every mutant; look into those that pass."""
    exercise = programs.exercise
    seconds = SECONDS.get(exercise.exercise_id, MOST_SECONDS)
    _load(programs)
    ended = dict(in_children((partial(judged, programs, m.source) for m in mutants), seconds=seconds))
    results = [ended[number] for number in range(len(mutants))]
    passed = [m for m, result in zip(mutants, results, strict=True) if isinstance(result, Judged) and result.passed]
    fates = _fates(programs, passed)
    return [
        Tried(
            mutant=mutant,
            fate=fates.get(mutant, (Fate.KILLED, None))[0],
            unread=fates.get(mutant, (Fate.KILLED, None))[1],
            judged=result if isinstance(result, Judged) else None,
        )
        for mutant, result in zip(mutants, results, strict=True)
    ]


def _fates(programs: Programs, passed: list[Mutant]) -> dict[Mutant, tuple[Fate, Unread | None]]:
    """Why each of these mutants passed."""
    if not passed:
        return {}
    outside = Outside(programs)
    _ = outside.accepted  # made once, before the forks
    entry_point = programs.exercise.entry_point

    def proof(mutant: Mutant) -> Proof:
        changed = ProgramText(source=mutant.source, entry_point=entry_point)
        return outside.prove(changed, programs.read(mutant.original))

    proofs = dict(in_children((partial(proof, m) for m in passed), seconds=PROOF_SECONDS))
    known = listed()
    fates: dict[Mutant, tuple[Fate, Unread | None]] = {}
    for number, mutant in enumerate(passed):
        proven = proofs[number]
        unread = confined_to(mutant.original.read_text(encoding="utf-8"), mutant.source, entry_point)
        if unread is Unread.DEFAULT or (unread is Unread.N_PATCHES and proven is Proof.EQUIVALENT):
            fates[mutant] = (Fate.UNREAD, unread)
        elif proven is Proof.EQUIVALENT:
            fates[mutant] = (Fate.EQUIVALENT, None)
        elif proven is Proof.ROUNDS_OTHERWISE:
            fates[mutant] = (Fate.ROUNDS_OTHERWISE, None)
        elif _key(mutant) in known:
            fates[mutant] = (Fate.LISTED, None)
        else:
            fates[mutant] = (Fate.SURVIVED, None)
    return fates


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return (f"{mutant.exercise_id}/right/{mutant.original.name}", *mutant.change)


def listed() -> dict[tuple[str, str, str], str]:
    """The survivors that a person has looked at, with the reason why each may live."""
    with LISTED.open("rb") as file:
        entries = tomllib.load(file).get("survivor", [])
    return {(entry["program"], entry["was"], entry["is"]): entry["reason"] for entry in entries}


def grade_right_ones(programs: Programs) -> list[str]:
    """The right programs that lose marks, each with its status: there should be none."""
    paths = programs.exercise.right_paths
    results = _each(lambda path: judged(programs, path.read_text(encoding="utf-8")), paths, seconds=60.0)
    return [
        f"{programs.exercise.exercise_id}/right/{path.name}: {result.status.value}"
        for path, result in zip(paths, results, strict=True)
        if not result.passed or result.points != programs.exercise.max_points
    ]


def name_restyled(programs: Programs, measured: Measured) -> None:
    """Grade every wrong variant in every style, and see whether it is still called by its name."""
    _load(programs)
    pairs = [(variant, style) for variant in programs.exercise.wrong for style in STYLES]
    texts = [STYLES[style](v.path.read_text(encoding="utf-8"), programs.exercise.entry_point) for v, style in pairs]
    jobs = (partial(judged, programs, text) for text in texts)
    ended = dict(in_children(jobs, seconds=SECONDS.get(programs.exercise.exercise_id, MOST_SECONDS)))
    for number, (variant, style) in enumerate(pairs):
        result = ended[number]
        measured.restyled[style] += 1
        if isinstance(result, Judged) and variant.variant_id in result.diagnoses:
            measured.named[style] += 1
        else:
            said = (
                ", ".join(result.diagnoses) or result.status.value if isinstance(result, Judged) else result.value
            )
            measured.not_named.append(
                f"{programs.exercise.exercise_id}/wrong/{variant.variant_id} ({style}): {said}"
            )


def smallest_margin(programs: Programs) -> tuple[float, str]:
    """The margin of the values check that has the smallest one, with the check's case and output."""
    margins = [
        (tolerance.margin, f"{case_id}/{output}")
        for case_id, outputs in programs.golden.tolerances.items()
        for output, tolerance in outputs.items()
        if tolerance.margin is not None
    ]
    return min(margins)


def _load(programs: Programs) -> None:
    """Make what every child needs before they are forked."""
    _ = programs.golden, programs.calls


def _each(job: Callable[[S], T], items: Sequence[S], seconds: float = PROOF_SECONDS) -> list[T]:
    """A job for each item, in children; a job that does not end is our fault."""
    ended = dict(in_children((partial(job, item) for item in items), seconds=seconds))
    results = []
    for number, item in enumerate(items):
        result = ended[number]
        if isinstance(result, Ending):
            raise RuntimeError(f"{item}: {result.value}")
        results.append(result)
    return results
