"""The desk, mine today, the list of duties, and one duty's whole story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bulou.web.show.figures import Act, Chip, Empty, Figure, Pager

if TYPE_CHECKING:
    from django.forms import Form

    from bulou.web.show.band import Band


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """What, about whom (masked), whose and who is on duty there now, why, how late, what next."""

    what: str
    about: str
    href: str
    owner: str
    on_duty: str
    why: str
    why_note: str = ""
    chip: Chip
    due_at: datetime
    line: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyGroup:
    """Rows under one heading; ``total`` may be more than the rows shown, then ``href`` leads to all."""

    heading: str
    note: str
    rows: tuple[DutyRow, ...]
    total: int
    empty: Empty
    href: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """A hand-over that nobody has answered yet: the sender owns it until the receiver accepts."""

    what: str
    sender: str
    receiver: str
    offered_at: datetime
    chip: Chip
    href: str
    note: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRow:
    """A step of the escalation: who was told when, by which way, and when it was read."""

    what: str
    to: str
    at: datetime
    href: str = ""
    step: str = ""
    read_at: datetime | None = None
    read_by: str = ""
    collapsed: bool = False  # overtaken by a later step during an outage, and so not sent
    ways: tuple[str, ...] = ()  # by which channels it left the house, and how that stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """The narrowest place now, in words, and what would widen it."""

    what: str
    why: str
    chip: Chip | None = None
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """The desk and the wall: five figures, the band, what is late, and the three side questions."""

    strip: tuple[Figure, ...]
    band: Band
    open_total: int
    all_href: str
    late: DutyGroup
    soon: DutyGroup
    waiting: tuple[HandoverRow, ...]
    waiting_total: int
    escalated: tuple[EscalationRow, ...]
    bottleneck: Bottleneck | None = None
    export_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNote:
    """What the leaving shift wrote for the coming one."""

    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MinePage:
    """All that a unit or a person owes today, over all lines of work, by next clock."""

    unit: str
    post: str
    figures: tuple[Figure, ...]
    band: Band
    groups: tuple[DutyGroup, ...]
    offered: tuple[HandoverRow, ...]  # to me: they wait for my answer
    sent: tuple[HandoverRow, ...]  # by me: mine until they are accepted
    note: ShiftNote | None = None
    note_form: Form | None = None
    note_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyListPage:
    """The list of duties with its filters, paged by key."""

    filters: Form
    rows: tuple[DutyRow, ...]
    pager: Pager
    empty: Empty
    export_href: str = ""
    active: tuple[str, ...] = ()  # the filters in force, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A named value of a record."""

    label: str
    value: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of a story, as the ledger holds it."""

    at: datetime
    what: str
    by: str = ""
    note: str = ""
    chip: Chip | None = None
    seal: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverStep:
    """One hand-over of a duty with both sides' words."""

    sender: str
    receiver: str
    offered_at: datetime
    state: Chip
    answered_at: datetime | None = None
    answered_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """What a duty was closed with, or what was handed in so far."""

    what: str
    at: datetime
    by: str
    href: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """A step that needs words: its name, what it means, its form, where it goes."""

    key: str
    label: str
    means: str
    url: str
    form: Form
    button: str
    main: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyPage:
    """A duty's whole story."""

    code: str
    what: str
    about: str
    chip: Chip
    clock: str  # "56 min late", "closed 18 min before its limit"
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    rule: tuple[Fact, ...]
    band: Band
    handovers: tuple[HandoverStep, ...]
    evidence: tuple[EvidenceRow, ...]
    evidence_owed: str
    escalations: tuple[EscalationRow, ...]
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    quick: tuple[Act, ...] = ()
    closed: str = ""  # why no step is open: "fulfilled 13:52 by scan"
