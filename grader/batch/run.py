"""``grade batch``: from a class folder and a roster to reports and the class's results."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from exercises.loader import load_assignment
from grader.batch.batch import Batch, BatchListener, BatchResult, BatchSettings
from grader.batch.dask_pool import ClusterTLS, DaskPool
from grader.batch.worker_pool import ProcessPool, WorkerPool
from grader.class_results import ClassSummary, write_summary
from grader.errors import UsageProblem
from grader.intake import Layout, is_file_name, open_class_folder, read_roster
from grader.report.model import printable
from grader.report.people import Person, PersonId
from grader.report.reports_folder import Member, MemberState, ReportsFolder
from grader.report.signature import key_at
from grader.settings import Settings

if TYPE_CHECKING:
    from grader.intake import ClassFolder


SECURE = ("tls://", "wss://")


@dataclass(frozen=True, kw_only=True)
class ClusterAddress:
    """Where a Dask scheduler is."""

    address: str
    tls: ClusterTLS | None

    @staticmethod
    def of(
        address: str, *, ca: str | None, cert: str | None, key: str | None, insecure: bool = False
    ) -> "ClusterAddress":
        """With all three files of TLS, or none. Without TLS only where that is meant. Raises UsageProblem."""
        is_secure = address.startswith(SECURE)
        if not is_secure and not insecure:
            raise UsageProblem(
                f"{printable(address)} is an address without TLS",
                expected=f"one that begins with {SECURE[0]}, with --tls-ca, --tls-cert and --tls-key",
                advice="Whoever reaches such a scheduler can read the programs, return marks of their own and run "
                "anything on its workers. Where nobody else can reach it, --insecure goes without; docs/cluster.md "
                "says more.",
            )
        if is_secure and insecure:
            raise UsageProblem(
                f"--insecure and {printable(address)} contradict each other",
                expected="--insecure for an address without TLS",
                advice="Leave out --insecure.",
            )
        files = [file for file in (ca, cert, key) if file is not None]
        if len(files) not in (0, 3):
            raise UsageProblem(
                "TLS needs three files",
                expected="--tls-ca, --tls-cert and --tls-key, or none of them",
                advice="Give all three; docs/cluster.md says how to make them.",
            )
        missing = [file for file in files if not Path(file).is_file()]
        if missing:
            raise UsageProblem(
                f"There is no file {missing[0]}",
                expected="a PEM file",
                advice="Check --tls-ca, --tls-cert, --tls-key.",
            )
        if files and not is_secure:
            raise UsageProblem(
                f"Certificates are given, and {printable(address)} is an address without TLS",
                expected=f"one that begins with {SECURE[0]}",
                advice="Start the scheduler with '--protocol tls', or leave out the certificates.",
            )
        tls = ClusterTLS(ca_file=files[0], cert=files[1], key=files[2]) if files else None
        return ClusterAddress(address=address, tls=tls)


def grade_folder(
    path: Path,
    out: Path,
    settings: BatchSettings,
    *,
    layout: Layout | None,
    assignment_name: str | None,
    zone: ZoneInfo | None = None,
    roster: Path | None,
    jobs: int | None,
    cluster: ClusterAddress | None,
    listener: BatchListener,
    say: Callable[[str], None],
    group: str | None = None,
) -> tuple[BatchResult, ClassSummary]:
    """Grade a class folder into a reports folder; a second call does only what is left.

    ``group`` may read the reports, besides this user. Raises SandboxUnavailable, AssignmentBroken, UsageProblem or
    ReportUnwritable; what was graded before is kept.
    """
    folder = ReportsFolder(path=out)
    with open_class_folder(path, layout=layout, assignment_name=assignment_name, zone=zone) as work:
        folder.make(group=group, say=say)
        with folder.held():
            if roster is not None:
                work, others = _with_roster(work, roster, say)
            else:
                work, others = _with_earlier_roster(work, folder)
            make_pool: Callable[[], WorkerPool] = partial(_pool, jobs, cluster, settings.grading)
            batch = Batch(
                work,
                folder,
                settings,
                assignment=load_assignment(settings.grading.assignment),
                key=key_at(settings.grading.private_assignment),
                others=others,
                listener=listener,
            )
            result = batch.run(make_pool, say)
            summary = write_summary(folder)
    return result, summary


def _pool(jobs: int | None, cluster: ClusterAddress | None, grading: Settings) -> WorkerPool:
    if cluster is not None:
        return DaskPool(cluster.address, cluster.tls)
    return ProcessPool(jobs or len(os.sched_getaffinity(0)), grading.backend, grading.runtime)


def _with_roster(
    work: "ClassFolder", roster: Path, say: Callable[[str], None]
) -> tuple["ClassFolder", tuple[Member, ...]]:
    known = read_roster(roster)
    for note in known.notes:
        say(note)
    joined = known.joined(work)
    if joined.strangers:
        keys = ", ".join(map(printable, joined.strangers))
        say(f"On the roster these are nobody, or more than one: {keys}")
    others = tuple(
        Member(key=each.key, people=each.people, state=MemberState.NOTHING_HANDED_IN) for each in joined.absent
    )
    return joined.work, others


def _with_earlier_roster(work: "ClassFolder", folder: ReportsFolder) -> tuple["ClassFolder", tuple[Member, ...]]:
    """What an earlier batch was told of the same students stays known when this one is told nothing."""
    if not folder.class_file.exists():
        return work, ()
    earlier = {member.key: member for member in folder.class_list().members}
    attempts = {
        key: tuple(
            replace(each, people=earlier[key].people)
            if key in earlier and _ids(each.people, work.layout) <= _ids(earlier[key].people, work.layout)
            else each
            for each in works
        )
        for key, works in work.attempts.items()
    }
    absent = (
        member
        for key, member in earlier.items()
        if member.state is MemberState.NOTHING_HANDED_IN and key not in attempts
    )
    return replace(work, attempts=attempts), tuple(absent)


def _ids(people: tuple[Person, ...], layout: Layout) -> set[PersonId]:
    return {each for person in people for each in person.ids if not is_file_name(each, layout)}
