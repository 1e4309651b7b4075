"""Draws docs/architecture.svg: the rooms on their floors, what they import, and the road of a submission.

    python docs/architecture_picture.py

Rooms come from docs/rooms.toml and arrows from the imports themselves, as tests/test_architecture.py reads them.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
PICTURE = HERE / "architecture.svg"
sys.path.insert(0, str(HERE.parent))

from tests.support.house import imports, plan, room_of, rooms  # noqa: E402 (found by the line above)
from tests.support.paths import ROOT  # noqa: E402

# Where a submission comes by, in this order.
ROAD = {
    "grader/cli": "1",
    "grader/grading": "2",
    "grader/submission": "3",
    "grader/course": "4",
    "sandbox/docker": "5",
    "sandbox/runner": "6",
    "sandbox/host": "7",
    "grader/judging": "8",
    "grader/diagnosis": "9",
    "grader/report": "10",
    "grader/views": "11",
}
ROOTS = {"grader": "errors, settings …", "sandbox": "backends, leftovers"}
WIDTH, BOX_WIDTH, BOX_HEIGHT, FLOOR_HEIGHT, MARGIN = 1000, 150, 40, 74, 20
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1c2733 } .small { font-size: 11px; fill: #55606c }
rect { fill: #fff; stroke: #8a96a3; rx: 6 } .road { fill: #fff3d6; stroke: #b7791f; stroke-width: 1.6 }
.inside { fill: #fde2e2; stroke: #b42318; stroke-width: 1.6 } .sandbox { stroke-dasharray: 5 3 }
path { fill: none; stroke: #c3cbd3; stroke-width: 1.1 } circle { fill: #b7791f }
.number { fill: #fff; font-size: 11px }
"""


def arrows() -> Mapping[str, set[str]]:
    """What each room imports, without what follows from other arrows."""
    direct: dict[str, set[str]] = defaultdict(set)
    for each in imports():
        source, target = room_of(each.source), room_of(each.target)
        if source != target:
            direct[source].add(target)

    def reached(room: str) -> set[str]:
        return {room}.union(*(reached(below) for below in direct[room]))

    return {
        room: {
            target
            for target in targets
            if not any(target in reached(other) for other in targets if other != target)
        }
        for room, targets in sorted(direct.items())
    }


def floors(below: Mapping[str, set[str]]) -> Sequence[Sequence[str]]:
    """The rooms of each floor, the highest first: a room stands on the highest one that it imports."""

    def height(room: str) -> int:
        return 1 + max((height(each) for each in below.get(room, ())), default=-1)

    order = [*rooms(), "exercises", "reference"]
    highest = max(map(height, order))
    return [[room for room in order if height(room) == level] for level in range(highest, -1, -1)]


def purpose(room: str) -> str:
    """The first sentence of the room's own docstring."""
    text = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    return text.split("\n")[0]


def picture() -> str:
    """The SVG's text."""
    below = arrows()
    levels = floors(below)
    place = {
        room: (
            round(MARGIN + (number + 0.5) * (WIDTH - 2 * MARGIN) / len(level) - BOX_WIDTH / 2),
            MARGIN + floor * FLOOR_HEIGHT,
        )
        for floor, level in enumerate(levels)
        for number, room in enumerate(level)
    }
    inside = {f"sandbox/{room}" for room in plan()["sandbox"]["in_the_container"]}
    height = 2 * MARGIN + len(levels) * FLOOR_HEIGHT + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>The rooms of Goldgrade, what they import, and the road of a submission</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" style="stroke: none"/>',
    ]
    for room, targets in below.items():
        for target in sorted(targets):
            (x, y), (to_x, to_y) = place[room], place[target]
            x, to_x, y = x + BOX_WIDTH // 2, to_x + BOX_WIDTH // 2, y + BOX_HEIGHT
            middle = (y + to_y) // 2
            lines.append(f'<path d="M{x} {y}C{x} {middle} {to_x} {middle} {to_x} {to_y}"/>')
    for room, (x, y) in place.items():
        kind = "inside" if room in inside else "road" if room in ROAD else ""
        kind += " sandbox" if room.startswith("sandbox") else ""
        words = ROOTS.get(room, "")
        lines += [
            f"<g><title>{escape(f'{room}/: {purpose(room)}')}</title>",
            f'<rect class="{kind.strip()}" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"/>',
            f'<text x="{x + BOX_WIDTH // 2}" y="{y + (18 if words else 25)}" text-anchor="middle">{room}</text>',
        ]
        if words:
            lines.append(
                f'<text class="small" x="{x + BOX_WIDTH // 2}" y="{y + 32}" text-anchor="middle">{words}</text>'
            )
        if room in ROAD:
            lines += [
                f'<circle cx="{x}" cy="{y}" r="10"/>',
                f'<text class="number" x="{x}" y="{y + 4}" text-anchor="middle">{ROAD[room]}</text>',
            ]
        lines.append("</g>")
    lines += [
        f'<text class="small" x="{MARGIN}" y="{height - 12}">A line runs down from a room to what it imports. '
        "Numbers: the road of a submission. Dashed: sandbox/. Red: what enters the container.</text>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(PICTURE)
