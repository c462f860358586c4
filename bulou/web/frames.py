"""The frame of a page: who reads, what is late per page, how fresh the figures are, whether the sweep lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

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
from bulou.web.navigation import NAV, Group, Page, labels
from bulou.web.show.figures import Crumb
from bulou.web.show.frame import Heartbeat, NavItem, PageFrame, PostChoice, Seal, Who


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
    return nav(lambda operation: may(by, operation), current=current, late=late, unread=unread)


def nav(allowed: Callable[[Op], bool], *, current: str, late: Mapping[str, int], unread: int) -> tuple[NavItem, ...]:
    """The navigation of a reader who may do what ``allowed`` says; ``late`` counts duties by line of work."""
    words = labels()
    groups = ((group, [one for one in group.pages if allowed(one.operation)]) for group in NAV)
    return tuple(_nav_group(group, pages, words, current, late, unread) for group, pages in groups if pages)


def _nav_group(
    group: Group, pages: list[Page], words: Mapping[str, str], current: str, late: Mapping[str, int], unread: int
) -> NavItem:
    """A group as its first page; its other pages stand beside it only where there are several."""
    items = tuple(
        NavItem(
            name=one.route,
            label=words[one.route],
            url=reverse(f"web:{one.route}"),
            key=one.key,
            late=sum(late.values()) if "*" in one.lines else sum(late.get(line, 0) for line in one.lines),
            unread=unread if one.route == "inbox" else 0,
            current=one.route == current,
        )
        for one in pages
    )
    return replace(
        items[0],
        label=words[group.name] if len(items) > 1 else items[0].label,
        late=sum(item.late for item in items),
        primary=group.primary,
        current=any(item.current for item in items),
        pages=items if len(items) > 1 else (),
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
