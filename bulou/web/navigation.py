"""The pages of the navigation: their groups, keys, who may see them, and their words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, pgettext

from bulou.access.choices import Operation as Op


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
            Page("notices", "", Op.SEE_NOTICES, ("D22",)),
            Page("buildings_told", "", Op.SEE_NOTICES),
            Page("notice_texts", "", Op.SEE_NOTICES),
            Page("questions", "", Op.SEE_QUESTIONS),
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
    Group(
        "inbox",
        (
            Page("inbox", "i", Op.SEE_DUTIES),
            Page("channels", "", Op.SEE_CHANNELS),
            Page("notice_deliveries", "", Op.SEE_CHANNELS),
        ),
    ),
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
        "notices": gettext("Notices to residents"),
        "buildings_told": gettext("Buildings told"),
        "notice_texts": gettext("Notices in further languages"),
        "questions": gettext("Questions and rumours"),
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
        "channels": gettext("Channels of notices"),
        "notice_deliveries": gettext("Notices sent out"),
    }
