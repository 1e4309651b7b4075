"""The measurements as text: one table, and what a person should look at."""

from collections.abc import Iterator, Sequence

from benchmarks.judgement.judging import Naming
from benchmarks.judgement.measuring import Fate, Measured

NAMED = (Naming.KNOWN_MISTAKE, Naming.RIGHT_PLACE)
DIAGNOSED = (*NAMED, Naming.OTHER_PLACE)
SHOWN = (*DIAGNOSED, Naming.OWN_LINE)


def table(measured: Sequence[Measured], docker: tuple[int, list[str]] | None) -> str:
    """Everything that is reported, in plain text."""
    return "\n".join([*_rows(measured), "", *_explanations(measured), "", *_lists(measured), *_docker(docker)])


def kill_rate(measured: Sequence[Measured]) -> float:
    """Killed, of those that are not proven to compute the same; listed survivors count as survivors."""
    killed = sum(each.count(Fate.KILLED) for each in measured)
    return killed / max(1, killed + sum(each.count(Fate.SURVIVED, Fate.LISTED) for each in measured))


def share_named(measured: Sequence[Measured], namings: Sequence[Naming], *, finished: bool) -> float:
    """Of the killed mutants that returned something (or of those that raised): how many are named so."""
    counts = [each.namings(finished=finished) for each in measured]
    return sum(count[naming] for count in counts for naming in namings) / max(
        1, sum(count.total() for count in counts)
    )


def _rows(measured: Sequence[Measured]) -> Iterator[str]:
    heads = (
        "mutants",
        "killed",
        "same",
        "rounds",
        "unread",
        "left",
        "rate",
        "right",
        "alarms",
        "restyled",
        "margin",
    )
    yield f"{'':16}" + "".join(f"{head:>9}" for head in heads)
    for each in measured:
        yield _row(each.exercise_id, [each], f"{each.margin:,.0f}")
    if len(measured) > 1:
        yield _row("all", measured, f"{min(each.margin for each in measured):,.0f}")


def _row(name: str, measured: Sequence[Measured], margin: str) -> str:
    def count(*fates: Fate) -> int:
        return sum(each.count(*fates) for each in measured)

    restyled = sum(each.restyled.total() for each in measured)
    named = sum(each.named.total() for each in measured)
    cells = [
        f"{sum(len(each.tried) for each in measured):,}",
        f"{count(Fate.KILLED):,}",
        f"{count(Fate.EQUIVALENT):,}",
        f"{count(Fate.ROUNDS_OTHERWISE):,}",
        f"{count(Fate.UNREAD):,}",
        f"{count(Fate.LISTED, Fate.SURVIVED):,}",
        f"{kill_rate(measured):.2%}",
        f"{sum(each.right for each in measured)}",
        f"{sum(len(each.false_alarms) for each in measured)}",
        f"{named / max(1, restyled):.1%}",
        margin,
    ]
    return f"{name:16}" + "".join(f"{cell:>9}" for cell in cells)


def _explanations(measured: Sequence[Measured]) -> Iterator[str]:
    tried = ", ".join(f"{each.exercise_id} {len(each.tried):,} of {each.changes:,} changes" for each in measured)
    yield f"mutants   single changes of right programs, run by the grader in forked processes: {tried};"
    yield "          left out: what Python can't read, what another change made already, what slicing drops"
    yield "same      proven to compute the same: to 1e-12 in float64, on 50 random cases outside the exercise's own"
    yield "rounds    the same but for the precision at which it computes, which the course leaves free"
    yield "unread    a change of a default that no case leaves out, or of the attribute n_patches: no check sees it"
    yield "left      survivors, those listed in survivors.toml among them; rate is killed / (killed + left)"
    yield "alarms    right programs that lose marks"
    yield "restyled  wrong variants in four other styles that are still called by their own name"
    for finished, whose in ((True, "that return arrays"), (False, "that raise an exception in some case")):
        counts = [each.namings(finished=finished) for each in measured]
        yield (
            f"named     of {sum(count.total() for count in counts):,} killed mutants {whose}: "
            f"{share_named(measured, NAMED, finished=finished):.1%} a known mistake or the changed place, "
            f"{share_named(measured, DIAGNOSED, finished=finished):.1%} any diagnosis, "
            f"{share_named(measured, SHOWN, finished=finished):.1%} with an exception's line"
        )
    for each in measured:
        ways = ", ".join(f"{naming.value} {n}" for naming, n in each.namings(finished=True).most_common())
        if ways:
            yield f"          {each.exercise_id}: {ways}"


def _lists(measured: Sequence[Measured]) -> Iterator[str]:
    for fate, title in (
        (Fate.SURVIVED, "Survivors to look at"),
        (Fate.LISTED, "Survivors with a reason (survivors.toml)"),
    ):
        found = [tried.mutant for each in measured for tried in each.tried if tried.fate is fate]
        yield f"{title}: {len(found) or 'none'}"
        for mutant in found:
            was, now = mutant.change
            yield from (f"  {mutant.name}", f"    - {was}", f"    + {now}")
    for title, lines in (
        ("False alarms", [line for each in measured for line in each.false_alarms]),
        (
            "Restyled wrong variants not called by their name",
            [line for each in measured for line in each.not_named],
        ),
    ):
        yield f"{title}: {len(lines) or 'none'}"
        yield from (f"  {line}" for line in lines)


def _docker(docker: tuple[int, list[str]] | None) -> Iterator[str]:
    if docker is not None:
        count, different = docker
        yield f"In the real container: {count - len(different)} of {count} sampled mutants get the same verdict"
        yield from (f"  {line}" for line in different)
