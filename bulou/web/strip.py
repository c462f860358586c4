"""The five figures that a duty leader asks first, and the narrowest place now; both from the base figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext

from bulou.duties.queries import Counts
from bulou.kernel import clock
from bulou.reporting.base_figures import Page
from bulou.rounds.models import TestingRound
from bulou.web.frames import named
from bulou.web.show.duties import Bottleneck
from bulou.web.show.figures import Act, Chip, Figure, Meter, State
from bulou.web.show.words import count, share, span_words, time_of

LIMIT = timedelta(hours=4)  # specimens at room temperature, 工作手册(试行第二版), 2020-12 (SAMPLE-ROOM-TEMP)


def _number(page: Page, name: str) -> int:
    try:
        value = page.value(name)
    except StopIteration:
        return 0
    return int(value) if isinstance(value, (int, float)) else 0


def figures(page: Page, counted: Counts, *, now: datetime) -> tuple[Figure, ...]:
    """Tested, missing, oldest specimen, chase, late."""
    return (*_round(page, now=now), _oldest(page), _chase(page), _late(page, counted))


def _round(page: Page, *, now: datetime) -> tuple[Figure, Figure]:
    code = page.value("round")
    row = TestingRound.objects.filter(pk=code).first() if code else None
    if row is None:
        none = gettext("no round is open")
        return (
            Figure(label=gettext("Tested"), value="–", note=none, href=reverse("web:rounds")),
            Figure(label=gettext("Missing without a reason"), value="–", note=none, href=reverse("web:rounds")),
        )
    roster, tested = _number(page, "roster"), _number(page, "tested")
    exempt, missing = _number(page, "exempt"), _number(page, "missing")
    part = (now - row.opens_at) / (row.deadline_at - row.opens_at)
    needed = min(1.0, max(0.0, part))
    owed = max(1, roster - exempt)
    behind = needed - tested / owed
    chip = None
    if roster and behind > 0.02:  # noqa: PLR2004 - two points are within the noise of a queue
        chip = Chip(state=State.SOON, text=gettext("%(points).1f points behind") % {"points": behind * 100})
    as_of = next((one.as_of for one in page.figures if one.name == "tested"), now)
    words = gettext("%(share)s tested, should be %(needed)s by now") % {
        "share": share(tested, owed), "needed": share(needed, 1),
    }  # fmt: skip
    href = reverse("web:round", args=[row.pk])
    return (
        Figure(
            label=f"{named(row.name, row.name_en)} · {gettext('tested')}",
            value=share(tested, owed),
            unit=f"{count(tested)} / {count(owed)}",
            note=gettext("should be %(needed)s by now; deadline %(time)s") % {
                "needed": share(needed, 1), "time": time_of(row.deadline_at, now),
            },
            meter=Meter(share=tested / owed, needed=needed, words=words),
            chip=chip,
            href=href,
            as_of=clock.local(as_of),
            source=gettext("roster compared with tubes"),
        ),
        Figure(
            label=gettext("Missing without a reason"),
            value=count(missing),
            unit=gettext("people"),
            note=gettext("exempt %(exempt)s of %(roster)s on the roster") % {
                "exempt": count(exempt), "roster": count(roster),
            },
            href=href,
            as_of=clock.local(as_of),
        ),
    )  # fmt: skip


def _oldest(page: Page) -> Figure:
    age = timedelta(minutes=_number(page, "oldest_specimen"))
    homeless = _number(page, "boxes_without_laboratory")
    over = age > LIMIT
    note = gettext("limit %(limit)s · %(boxes)s boxes under way") % {
        "limit": span_words(LIMIT), "boxes": count(_number(page, "boxes_underway")),
    }  # fmt: skip
    if homeless:
        note += " · " + gettext("%(boxes)s without a laboratory") % {"boxes": count(homeless)}
    return Figure(
        label=gettext("Oldest specimen"),
        value=span_words(age) if age else "–",
        note=note,
        chip=Chip(state=State.LATE, text=gettext("%(span)s over") % {"span": span_words(age - LIMIT)}) if over else None,
        late=over,
        href=reverse("web:chain"),
    )


def _chase(page: Page) -> Figure:
    return Figure(
        label=gettext("Chase"),
        value=count(_number(page, "chases_open")),
        unit=gettext("open"),
        note=gettext("%(cases)s cases, %(waiting)s await diagnosis") % {
            "cases": count(_number(page, "cases")), "waiting": count(_number(page, "awaiting_diagnosis")),
        },
        href=f"{reverse('web:duties')}?line=D3",
    )  # fmt: skip


def _late(page: Page, counted: Counts) -> Figure:
    waiting = _number(page, "handovers_waiting")
    return Figure(
        label=gettext("Late duties"),
        value=count(counted.overdue),
        note=gettext("%(soon)s due within the hour · %(waiting)s await acceptance") % {
            "soon": count(counted.soon), "waiting": count(waiting),
        },
        chip=Chip(state=State.LATE, text=gettext("late")) if counted.overdue else None,
        late=counted.overdue > 0,
        href=f"{reverse('web:duties')}?overdue=true",
    )  # fmt: skip


def bottleneck(page: Page) -> Bottleneck | None:
    """The narrowest place now, where the figures name one."""
    full, homeless = _number(page, "laboratories_full"), _number(page, "boxes_without_laboratory")
    act = Act(label=gettext("See the chain"), url=reverse("web:chain"), main=True, get=True)
    if homeless:
        why = gettext("%(boxes)s boxes have no laboratory; %(full)s laboratories say that they are full.") % {
            "boxes": count(homeless), "full": count(full),
        }  # fmt: skip
        return Bottleneck(what=gettext("Laboratory intake"), why=why, acts=(act,))
    if full:
        why = gettext("%(full)s laboratories say that they are full.") % {"full": count(full)}
        return Bottleneck(what=gettext("Laboratory intake"), why=why, acts=(act,))
    return None
