"""Transmission chains as a picture: a column for each generation, shapes by setting, those without a link below.

Pure: places in pixels of a drawing that scrolls rather than shrinks, so that 162 cases stay readable. A case stands beside
its first infector; its other infectors are drawn as dashed lines. Who infected nobody stands in rows beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bulou.investigation.rules.chains import Chains, Flag

CELL, ROW = 50, 38  # one case: room for its shape and the label under it
PER_ROW = 5
GAP = 44  # between columns: the lines run here
TOP = 34  # the column heads
LABEL_MOST = 7
SHAPES: Mapping[str, str] = {
    "household": "M0-7 7-1V6H-7V-1Z",
    "workplace": "M-6-6H6V6H-6Z",
    "class": "M0-7 7 6H-7Z",
    "transport": "M0-8 8 0 0 8-8 0Z",
    "venue": "M-4-7H4L8 0 4 7H-4L-8 0Z",
    "healthcare": "M-2.5-7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z",
    "other": "M-6 0A6 6 0 1 1 6 0 6 6 0 1 1-6 0Z",
    "unknown": "M-6 0A6 6 0 1 1 6 0 6 6 0 1 1-6 0Z",
    "first": "M-8 0A8 8 0 1 1 8 0 8 8 0 1 1-8 0Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """What the picture says of a case: its label, page, words when pointed at, and the setting in which it was infected."""

    label: str
    href: str
    title: str
    setting: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrawn:
    """A case in its place."""

    x: int
    y: int
    path: str
    label: str
    href: str
    title: str
    hollow: bool  # no day of symptoms
    ringed: bool  # several possible infectors, or something strange
    first: bool


@dataclass(frozen=True, slots=True)
class LineDrawn:
    """A line of the picture."""

    path: str
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrawn:
    """A generation's head."""

    x: int
    generation: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The drawing: its size, generations, lines below, cases above."""

    width: int
    height: int
    columns: tuple[ColumnDrawn, ...]
    lines: tuple[LineDrawn, ...]
    nodes: tuple[NodeDrawn, ...]
    orphans_y: int  # where the cases without a link begin; 0 when there are none
    orphans: int
    settings: tuple[tuple[str, str], ...]  # (setting, path) that occur, for the legend


@dataclass(slots=True)
class _Drawing:
    """What is drawn so far."""

    found: Chains
    shown: Mapping[str, CaseShown]
    children: Mapping[str, Sequence[str]]
    left: list[int]
    nodes: list[NodeDrawn] = field(default_factory=list)
    lines: list[LineDrawn] = field(default_factory=list)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def put(self, code: str, x: int, y: int) -> None:
        """A case in its place."""
        one = self.shown[code]
        flags = self.found.flags[code]
        first = code not in self.found.infectors and Flag.ORPHAN not in flags
        self.places[code] = (x, y)
        self.nodes.append(
            NodeDrawn(
                x=x,
                y=y,
                path=SHAPES["first" if first else one.setting],
                label=one.label if len(one.label) <= LABEL_MOST else f"…{one.label[1 - LABEL_MOST :]}",
                href=one.href,
                title=one.title,
                hollow=Flag.NO_ONSET in flags,
                ringed=bool(flags & {Flag.SEVERAL, Flag.CYCLE, Flag.INFECTOR_LATER}),
                first=first,
            )
        )

    def branch(self, code: str, column: int, top: int) -> int:
        """A case and all behind it, from a height on; returns the height below it. Deep chains do not nest calls."""
        work: list[tuple[str, int]] = [(code, column)]
        y = top
        while work:
            now, at = work.pop()
            x = self.left[at] + CELL // 2
            self.put(now, x, y + ROW // 2)
            behind = self.children.get(now, ())
            leaves = [one for one in behind if not self.children.get(one)]
            y = max(y + ROW, self.leaves(leaves, at + 1, y) if leaves else 0)
            work += [(one, at + 1) for one in reversed(behind) if self.children.get(one)]
        return y

    def leaves(self, codes: Sequence[str], column: int, top: int) -> int:
        """Cases that infected nobody, in rows."""
        for number, code in enumerate(codes):
            row, cell = divmod(number, PER_ROW)
            self.put(code, self.left[column] + cell * CELL + CELL // 2, top + row * ROW + ROW // 2)
        return top + -(-len(codes) // PER_ROW) * ROW

    def join(self) -> None:
        """Lines from each case to those behind it: out to the right, down, and in to each row."""
        for code, behind in self.children.items():
            if code not in self.places or not behind:
                continue
            x, y = self.places[code]
            bend = min(self.places[one][0] for one in behind) - CELL // 2 - GAP // 2
            rows = sorted({self.places[one][1] for one in behind})
            low, high = min(y, rows[0]), max(y, rows[-1])
            self.lines.append(LineDrawn(f"M{x + 10} {y}H{bend}M{bend} {low}V{high}"))
            for row in rows:
                end = min(self.places[one][0] for one in behind if self.places[one][1] == row) - 10
                self.lines.append(LineDrawn(f"M{bend} {row}H{end}"))
        for code, infectors in self.found.infectors.items():
            for other in infectors[1:]:
                if code in self.places and other in self.places:
                    (x, y), (from_x, from_y) = self.places[code], self.places[other]
                    self.lines.append(LineDrawn(f"M{from_x + 10} {from_y}L{x - 10} {y}", dashed=True))


def picture(found: Chains, shown: Mapping[str, CaseShown]) -> Picture:
    """Draw chains; ``shown`` holds every case of them."""
    children = _children(found)
    order = {code: number for number, code in enumerate(found.generation)}
    sizes = {code: len(cluster) for cluster in found.clusters for code in cluster}
    roots = sorted((code for code in order if _is_root(code, found)), key=lambda code: (-sizes.get(code, 0), order[code]))
    depth = max((one for one in found.generation.values() if one is not None), default=0)
    left, x = [], 16
    for generation in range(depth + 1):
        left.append(x)
        x += (CELL if generation == 0 else PER_ROW * CELL) + GAP
    drawing = _Drawing(found=found, shown=shown, children=children, left=left)
    y = TOP
    for code in roots:
        if Flag.ORPHAN not in found.flags[code]:
            y = drawing.branch(code, 0, y) + ROW // 2
    drawing.join()
    width = max(x - GAP, 16 + 12 * CELL)
    orphans = list(found.orphans)
    per_row = max(1, (width - 16) // CELL)
    orphans_y = y + 8 if orphans else 0
    for number, code in enumerate(orphans):
        row, cell = divmod(number, per_row)
        drawing.put(code, 16 + cell * CELL + CELL // 2, orphans_y + 26 + row * ROW + ROW // 2)
    if orphans:
        y = orphans_y + 26 + -(-len(orphans) // per_row) * ROW
    counts = found.by_generation
    linked0 = counts.get(0, 0) - len(orphans)
    settings = sorted({one.setting for code, one in shown.items() if code in found.infectors})
    return Picture(
        width=width,
        height=y + 8,
        columns=tuple(
            ColumnDrawn(x=left[generation], generation=generation, count=counts.get(generation, 0) if generation else linked0)
            for generation in range(depth + 1)
        ),
        lines=tuple(drawing.lines),
        nodes=tuple(drawing.nodes),
        orphans_y=orphans_y,
        orphans=len(orphans),
        settings=tuple((one, SHAPES[one]) for one in settings),
    )


def _children(found: Chains) -> dict[str, list[str]]:
    """Each case beside its first infector, those with more behind them last; a circle is cut at its first case."""
    children: dict[str, list[str]] = {}
    for code in found.generation:
        infectors = found.infectors.get(code, ())
        if infectors and not _is_root(code, found):
            children.setdefault(infectors[0], []).append(code)
    return children


def _is_root(code: str, found: Chains) -> bool:
    """A case that nobody infected, or one of a circle, which has no beginning."""
    return code not in found.infectors or found.generation[code] is None
