"""The frame of a page: who reads, what is late per page, how fresh the figures are, whether the sweep lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation: its route, the key after "g", the lines whose late duties it counts, who may see it."""

    route: str
    key: str
    operation: Op
    lines: tuple[str, ...] = ()  # "*" is every line


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that stand behind one word of the navigation; ``primary`` groups stand in a phone's own bar."""

    name: str
    pages: tuple[Page, ...]
    primary: bool = False


NAV: tuple[Group, ...] = (
    Group("desk", (Page("desk", "d", Op.SEE_DESK),), primary=True),
    Group("mine", (Page("mine", "m", Op.SEE_DUTIES),), primary=True),
    Group(
        "testing",
        (
            Page("rounds", "r", Op.SEE_ROUND, ("D1",)),
            Page("chain", "c", Op.SEE_CHAIN, ("D2",)),
            Page("tubes", "t", Op.SEE_CHAIN),
            Page("kits", "", Op.SEE_ROUND),
            Page("sheets", "", Op.SEE_SHEETS),
            Page("self_tests", "", Op.SEE_PEOPLE),
        ),
        primary=True,
    ),
    Group(
        "chase",
        (
            Page("chase", "h", Op.SEE_CASES, ("D3",)),
            Page("cases", "l", Op.SEE_CASES),
            Page("contacts", "k", Op.SEE_CONTACTS),
            Page("chains", "n", Op.SEE_CASES),
            Page("twins", "w", Op.MERGE_PEOPLE),
            Page("warrants", "a", Op.SEE_SEARCHES),
        ),
        primary=True,
    ),
    Group(
        "moving",
        (
            Page("transfer", "v", Op.SEE_TRANSFERS, ("D4",)),
            Page("isolation", "o", Op.SEE_ISOLATION, ("D5",)),
            Page("isolation_home", "y", Op.SEE_GUESTS, ("D6",)),
        ),
    ),
    Group(
        "places",
        (
            Page("institutions", "j", Op.SEE_INSTITUTION, ("D12",)),
            Page("daily_reports", "", Op.SEE_INSTITUTION),
            Page("matters", "", Op.SEE_INSTITUTION),
            Page("inspections", "", Op.INSPECT_INSTITUTION),
            Page("environment", "e", Op.SEE_ENVIRONMENT, ("D14",)),
            Page("hazards", "z", Op.SEE_HAZARDS, ("D20",)),
            Page("risk_points", "", Op.SEE_HAZARDS),
            Page("hazard_reports", "", Op.SEE_HAZARD_REPORTS),
        ),
    ),
    Group(
        "residents",
        (
            Page("requests", "g", Op.SEE_REQUESTS, ("D9",)),
            Page("request_causes", "", Op.SEE_REQUESTS),
            Page("call_draws", "", Op.SEE_CALLS),
            Page("calls", "", Op.SEE_CALLS),
            Page("arrivals", "", Op.SEE_ARRIVALS, ("D13",)),
            Page("arrival_tests", "", Op.SEE_ARRIVALS),
            Page("care", "q", Op.SEE_CARE, ("D10",)),
            Page("hospital_answers", "", Op.SEE_CARE),
            Page("standing_visits", "", Op.SEE_CARE),
        ),
    ),
    Group(
        "orders",
        (
            Page("orders", "s", Op.SEE_ORDERS, ("D7",)),
            Page("restrictions", "x", Op.SEE_RESTRICTIONS),
            Page("zones", "", Op.SEE_ZONES),
            Page("zone_parts", "", Op.SEE_ZONES),
            Page("addressees", "", Op.SEE_ORDERS),
            Page("order_clashes", "", Op.SEE_ORDERS),
            Page("order_checks", "", Op.SEE_ORDERS),
            Page("meetings", "", Op.SEE_MEETINGS),
            Page("decisions", "", Op.SEE_MEETINGS),
            Page("checkpoints", "", Op.SEE_POSTS),
            Page("checkpoint_shifts", "", Op.SEE_POSTS),
            Page("patrols", "", Op.SEE_POSTS),
            Page("passes", "", Op.SEE_PASSES),
        ),
    ),
    Group(
        "supply",
        (
            Page("provisions", "", Op.SEE_SUPPLIES, ("D8",)),
            Page("needs", "", Op.SEE_SUPPLIES),
            Page("deliveries", "", Op.SEE_SUPPLIES),
            Page("points", "", Op.SEE_SUPPLIES),
            Page("slots", "", Op.SEE_SUPPLIES),
            Page("bookings", "", Op.SEE_SUPPLIES),
            Page("supplies", "", Op.SEE_SUPPLIES),
            Page("purchases", "", Op.SEE_SUPPLIES),
            Page("suppliers", "", Op.SEE_SUPPLIES),
            Page("goods", "", Op.SEE_SUPPLIES),
            Page("entitlements", "", Op.SEE_SUPPLIES),
        ),
    ),
    Group(
        "hands",
        (
            Page("hands_needed", "", Op.SEE_WORKFORCE, ("D15",)),
            Page("deployments", "", Op.SEE_WORKFORCE),
            Page("shifts", "", Op.SEE_WORKFORCE),
            Page("workers", "", Op.SEE_WORKFORCE),
            Page("teams", "", Op.SEE_WORKFORCE),
            Page("certificates", "", Op.SEE_WORKFORCE),
            Page("major_events", "", Op.SEE_EVENTS),
            Page("event_reports", "", Op.SEE_EVENTS),
        ),
    ),
    Group("duties", (Page("duties", "u", Op.SEE_DUTIES, ("*",)),)),
    Group("people", (Page("people", "p", Op.SEE_PEOPLE),)),
    Group(
        "figures",
        (
            Page("figures", "f", Op.SEE_FIGURES),
            Page("on_duty", "", Op.SEE_FIGURES),
            Page("report", "b", Op.SEE_REPORT, ("D18",)),
        ),
    ),
    Group("inbox", (Page("inbox", "i", Op.SEE_DUTIES),)),
)


def labels() -> dict[str, str]:
    """The words of the navigation, of groups and pages."""
    return {
        "desk": gettext("Desk"),
        "mine": pgettext("navigation", "Mine"),
        "testing": pgettext("navigation", "Testing"),
        "rounds": gettext("Rounds"),
        "chain": gettext("Specimens"),
        "tubes": gettext("All tubes"),
        "kits": gettext("Self-test kits"),
        "self_tests": gettext("Self-tests"),
        "moving": pgettext("navigation", "Moving"),
        "transfer": gettext("Transfer desk"),
        "isolation": gettext("Isolation"),
        "isolation_home": gettext("Home after isolation"),
        "chase": gettext("Chase"),
        "cases": gettext("Cases"),
        "contacts": gettext("Contacts"),
        "chains": gettext("Chains"),
        "twins": gettext("Duplicates"),
        "warrants": gettext("Searches"),
        "places": pgettext("navigation", "Places"),
        "environment": gettext("Disinfection"),
        "sheets": gettext("Paper lists"),
        "hazards": gettext("Crowds and hazards"),
        "risk_points": gettext("Risk points"),
        "hazard_reports": gettext("Who reported a hazard"),
        "residents": pgettext("navigation", "Residents"),
        "requests": gettext("Requests"),
        "request_causes": gettext("Joined requests"),
        "call_draws": gettext("Random call-back"),
        "calls": gettext("Calls"),
        "arrivals": gettext("Arrivals"),
        "arrival_tests": gettext("Arrivals' tests"),
        "care": gettext("Medical access"),
        "hospital_answers": gettext("Questions to hospitals"),
        "standing_visits": gettext("Standing visits"),
        "institutions": gettext("Institutions"),
        "daily_reports": gettext("Daily reports"),
        "matters": gettext("Major matters"),
        "inspections": gettext("Found by inspections"),
        "orders": pgettext("navigation", "Orders"),
        "zones": pgettext("navigation", "Risk zones"),
        "zone_parts": pgettext("navigation", "Places of zones"),
        "addressees": gettext("Who has an order"),
        "order_clashes": gettext("Contradictory orders"),
        "order_checks": gettext("Random checks"),
        "meetings": gettext("Meetings and visits"),
        "decisions": gettext("Decisions"),
        "checkpoints": gettext("Checkpoints"),
        "checkpoint_shifts": gettext("Shifts at checkpoints"),
        "patrols": gettext("Patrols"),
        "passes": gettext("Passes"),
        "supply": gettext("Supplies"),
        "provisions": gettext("Gap list"),
        "needs": pgettext("supplies", "Needs"),
        "deliveries": gettext("Deliveries"),
        "points": gettext("Hand-over points"),
        "slots": gettext("Slots"),
        "bookings": gettext("Bookings"),
        "supplies": gettext("Stock"),
        "purchases": gettext("Purchases"),
        "suppliers": gettext("Suppliers"),
        "goods": gettext("Catalogue"),
        "entitlements": gettext("Standing entitlements"),
        "hands": gettext("Workforce"),
        "hands_needed": pgettext("workforce", "Hands needed"),
        "deployments": pgettext("workforce", "Deployment to the largest gap"),
        "shifts": pgettext("workforce", "Shifts"),
        "workers": pgettext("workforce", "Hands"),
        "teams": pgettext("workforce", "Teams sent to help"),
        "certificates": pgettext("workforce", "Certificates"),
        "major_events": pgettext("event", "Major events"),
        "event_reports": pgettext("event", "Reports of major events"),
        "duties": gettext("Duties"),
        "people": gettext("People"),
        "restrictions": gettext("Restrictions"),
        "figures": pgettext("navigation", "Figures"),
        "on_duty": gettext("Who is on duty"),
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
