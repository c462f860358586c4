"""The frame of a page: who reads, what is late per page, how fresh the figures are, whether the sweep lives."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext

from bulou.access.choices import Operation as Op
from bulou.access.rules import may
from bulou.duties import queries, sweep
from bulou.duties.models import Heartbeat as Beat
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError
from bulou.ledger.models import Entry
from bulou.ledger.models import Seal as SealRow
from bulou.places.models import Division
from bulou.units.models import Post, Unit
from bulou.web import reader as readers
from bulou.web.show.figures import Crumb
from bulou.web.show.frame import Heartbeat, NavItem, PageFrame, PostChoice, Seal, Who

# name of the route, key after "g", lines of work whose late duties it counts ("*" all), on a phone's bar, operation
NAV: tuple[tuple[str, str, tuple[str, ...], bool, Op], ...] = (
    ("desk", "d", (), True, Op.SEE_DESK),
    ("mine", "m", (), True, Op.SEE_DUTIES),
    ("rounds", "r", ("D1",), True, Op.SEE_ROUND),
    ("chain", "c", ("D2",), True, Op.SEE_CHAIN),
    ("duties", "u", ("*",), False, Op.SEE_DUTIES),
    ("people", "p", (), False, Op.SEE_PEOPLE),
    ("figures", "f", (), False, Op.SEE_FIGURES),
    ("report", "b", ("D18",), False, Op.SEE_REPORT),
    ("inbox", "i", (), False, Op.SEE_DUTIES),
)


def labels() -> dict[str, str]:
    """The words of the navigation."""
    return {
        "desk": gettext("Desk"),
        "mine": pgettext("navigation", "Mine"),
        "rounds": gettext("Rounds"),
        "chain": gettext("Specimens"),
        "duties": gettext("Duties"),
        "people": gettext("People"),
        "figures": pgettext("navigation", "Figures"),
        "report": pgettext("navigation", "Report"),
        "inbox": gettext("Inbox"),
    }


def in_chinese() -> bool:
    """Whether the page is written in Chinese."""
    return (get_language() or "").startswith("zh")


def named(zh: str, en: str) -> str:
    """A name that people gave, in the page's language where it has one."""
    return zh if in_chinese() or not en else en


def city_name(unit: str) -> str:
    """The name of the city in which a unit stands."""
    code = codes.territory(unit)[:4] if unit != "CN" else ""
    found = Division.objects.filter(code=code).values_list("name", "name_en").first() if code else None
    return named(*found) if found else ""


def is_drill() -> bool:
    """Whether this home runs a drill: every page then says SYNTHETIC."""
    return (settings.BULOU_HOME / "drill_clock.json").exists()


def bare(request: HttpRequest, title: str) -> PageFrame:
    """The frame of a page that shows nothing of the city: log-in, errors."""
    found = readers.posts(request) if request.user.is_authenticated else []
    if found:
        try:
            return framed(request, readers.reader(request), "", title=title)
        except BulouError:
            return PageFrame(title=title, city="", now=clock.city(), drill=is_drill())
    city = Division.objects.filter(level=codes.Level.CITY).values_list("name", "name_en").first()
    return PageFrame(title=title, city=named(*city) if city else "", now=clock.city(), drill=is_drill())


def framed(
    request: HttpRequest,
    by: Actor,
    current: str,
    *,
    title: str = "",
    crumbs: tuple[Crumb, ...] = (),
    search: str = "",
    live: bool = False,
    wall: bool = False,
) -> PageFrame:
    """The frame of a page for its reader; about eight statements."""
    now, words = clock.city(), labels()
    return PageFrame(
        title=title or words.get(current, ""),
        city=city_name(by.unit),
        now=clock.local(now),
        drill=is_drill(),
        who=_who(request, by),
        nav=_nav(by, current),
        crumbs=crumbs,
        search=search,
        as_of=clock.local(now),
        heartbeat=_heartbeat(),
        seal=_seal(),
        live=request.get_full_path() if live else "",
        wall=wall,
    )


def _who(request: HttpRequest, by: Actor) -> Who:
    found = readers.posts(request)
    wanted = Unit.objects.filter(code__in={one.unit for one in found} | {by.unit})
    units = {code: named(name, name_en) for code, name, name_en in wanted.values_list("code", "name", "name_en")}
    keys = [one.post for one in found if one.post] + ([by.post] if by.post else [])
    titles = {str(post.pk): named(post.title, post.title_en) for post in Post.objects.filter(pk__in=keys)}
    return Who(
        name=by.name,
        post=titles.get(by.post, by.role.value),
        unit=units.get(by.unit, by.unit),
        posts=tuple(
            PostChoice(
                key=one.post,
                label=f"{units.get(one.unit, one.unit)} · {titles.get(one.post, one.role.value)}",
                current=one == by,
            )
            for one in found
        ),
    )


def _nav(by: Actor, current: str) -> tuple[NavItem, ...]:
    late: dict[str, int] = {}
    unread = 0
    if may(by, Op.SEE_DUTIES):
        late = queries.overdue_by_line(by, now=clock.city())
        unread = queries.inbox(by).filter(read_at=None, state="sent").count()
    words = labels()
    return tuple(
        NavItem(
            name=name,
            label=words[name],
            url=reverse(f"web:{name}"),
            key=key,
            late=sum(late.values()) if "*" in lines else sum(late.get(line, 0) for line in lines),
            unread=unread if name == "inbox" else 0,
            primary=primary,
            current=name == current,
        )
        for name, key, lines, primary, operation in NAV
        if may(by, operation)
    )


def _heartbeat() -> Heartbeat:
    beat = Beat.objects.filter(name=sweep.SWEEP).first()
    silent = sweep.silent_since()
    if silent is not None:
        silent = clock.local(silent + clock.drill_offset())
    return Heartbeat(lag=timedelta(seconds=beat.lag_s if beat else 0), silent_since=silent)


def _seal() -> Seal | None:
    last = SealRow.objects.order_by("-number").values_list("number", "digest").first()
    unsealed = Entry.objects.filter(seal=None).count()
    return Seal(number=last[0], digest=last[1], unsealed=unsealed) if last else None
