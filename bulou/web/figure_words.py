"""Base figures in words: what each is called, in what it is counted, and where it comes from."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext


def names() -> dict[str, str]:
    """What each figure is called."""
    return {
        "round": gettext("Round"), "deadline": gettext("Deadline"), "roster": gettext("On the roster"),
        "tested": gettext("Tested"), "exempt": gettext("Exempt"), "missing": gettext("Missing"),
        "sites": gettext("Sampling sites"), "sites_open": gettext("of these open"), "tubes": gettext("Tubes"),
        "oldest_specimen": gettext("Oldest specimen"), "boxes_underway": gettext("Boxes under way"),
        "boxes_without_laboratory": gettext("Boxes without a laboratory"),
        "laboratories_full": gettext("Laboratories that are full"), "cases": gettext("Cases"),
        "awaiting_diagnosis": gettext("Awaiting diagnosis"), "chases_open": gettext("Chases open"),
        "duties_open": gettext("Open duties"), "duties_overdue": gettext("Late duties"),
        "handovers_waiting": gettext("Hand-overs that wait"), "units_unattended": gettext("Units with nobody on duty"),
        "residents": gettext("Residents"), "households": gettext("Households"), "vulnerable": gettext("Vulnerable"),
        "base_number": gettext("Base number, from its changes"), "buildings": pgettext("base figures", "Buildings"),
        "units_below": gettext("Units below"), "staff": pgettext("base figures", "Staff"),
        "posts": pgettext("base figures", "Posts"),
        "posts_filled": gettext("of these filled now"), "posts_on_shift": gettext("of these on a shift now"),
        "laboratories": gettext("Laboratories"), "laboratory_capacity": gettext("Capacity together"),
        "laboratory_left": gettext("of it where nobody says full"), "isolation_sites": gettext("Isolation sites"),
        "isolation_open": gettext("of these open"), "rooms": gettext("Rooms"), "beds": gettext("Beds"),
        "beds_free": gettext("of these free"), "in_isolation": gettext("People in isolation"),
        "vehicles": gettext("Vehicles"), "vehicles_fit": gettext("of these fit to drive"), "seats": gettext("Seats in these"),
        "vehicles_now": pgettext("base figures", "on a shift now"), "drivers": pgettext("base figures", "Drivers"),
        "drivers_now": pgettext("base figures", "on a shift now"),
        "institutions": gettext("Institutions"), "inside_institutions": pgettext("base figures", "People inside"),
        "institution_stock": gettext("Shortest stock of one"), "reports_late": gettext("Daily reports that are late"),
        "matters_open": gettext("Major matters without an answer"), "people_restricted": gettext("Restrictions on people"),
        "zones_in_force": gettext("Measures on places"), "restrictions_waiting": gettext("Proposals that wait for approval"),
        "requests_open": gettext("Requests open"), "requests_late": gettext("of these late"),
        "addressees_open": gettext("Orders to carry out"), "addressees_late": gettext("of these late"),
        "care_open": gettext("Medical needs open"), "care_late": gettext("of these late"),
        "environment_open": gettext("Disinfection jobs open"), "environment_late": gettext("of these late"),
        "hazards_open": gettext("Crowds and hazards open"), "hazards_late": gettext("of these late"),
        "needs_open": gettext("Needs of households open"), "needs_late": gettext("of these late"),
        "stock_kilograms": gettext("Stock by weight"), "stock_litres": gettext("Stock by volume"),
        "stock_pieces": gettext("Stock by pieces"), "stock_ends": gettext("First to expire"),
        "homes_indoors": gettext("Households kept indoors"), "homes_reached": gettext("of these supplied"),
        "places_unconfirmed": gettext("Places without confirmed supplies"),
        "sweep_lag": gettext("Sweep, seconds behind"), "ledger_unsealed": gettext("Entries not sealed yet"),
        "ledger_seal": gettext("Last seal"),
    }  # fmt: skip


def units() -> dict[str, str]:
    """In what a figure is counted, where its name does not say it."""
    return {
        "people": gettext("people"), "minutes": gettext("minutes"), "boxes": gettext("boxes"),
        "tubes an hour": pgettext("base figures", "tubes an hour"), "days": pgettext("base figures", "days"),
    }  # fmt: skip


def sources() -> dict[str, str]:
    """Where a figure comes from."""
    return {
        "rounds": gettext("rounds"), "roster compared with tubes": gettext("roster compared with tubes"),
        "sites": gettext("sites"), "scans at sites": gettext("scans at sites"),
        "oldest tube not received": gettext("oldest tube not received"),
        "seals and receipts": gettext("seals and receipts"), "boxes": gettext("boxes"),
        "laboratories' own word": gettext("laboratories' own word"), "cases": gettext("cases"),
        "positive single tubes": gettext("positive single tubes"), "duties": gettext("duties"),
        "hand-overs": gettext("hand-overs"), "posts and shifts": gettext("posts and shifts"),
        "residents by place of stay, now": gettext("residents by place of stay, now"),
        "the sweep's heartbeat": gettext("the sweep's heartbeat"), "ledger": gettext("ledger"),
        "register of places": gettext("register of places"), "register of units": gettext("register of units"),
        "base number by cause": gettext("base number by cause"),
        "register of staff by home unit": gettext("register of staff by home unit"),
        "register of laboratories": gettext("register of laboratories"),
        "register of isolation sites": gettext("register of isolation sites"),
        "rooms of isolation sites": gettext("rooms of isolation sites"),
        "admissions and releases": gettext("admissions and releases"),
        "head counts at the sites": gettext("head counts at the sites"),
        "register of vehicles and drivers": gettext("register of vehicles and drivers"),
        "shifts of vehicles and drivers": gettext("shifts of vehicles and drivers"),
        "batches in the stores": gettext("batches in the stores"), "deliveries with proof": gettext("deliveries with proof"),
        "supplies of places kept indoors": gettext("supplies of places kept indoors"),
        "needs of households": gettext("needs of households"),
        "register of institutions": gettext("register of institutions"),
        "the institutions' own counts": gettext("the institutions' own counts"),
        "daily reports of institutions": gettext("daily reports of institutions"),
        "major matters of institutions": gettext("major matters of institutions"),
        "register of restrictions": gettext("register of restrictions"), "residents' requests": gettext("residents' requests"),
        "orders received": gettext("orders received"), "medical access": gettext("medical access"),
        "disinfection and sampling": gettext("disinfection and sampling"),
        "hazards and crowds": gettext("hazards and crowds"),
    }  # fmt: skip


def headings() -> dict[str, str]:
    """What each group of figures is called."""
    return {
        "people": gettext("People"), "duties": gettext("Duties"), "books": gettext("Open in the lines of work"),
        "round": gettext("The round"), "chain": gettext("Specimens"), "laboratories": gettext("Laboratories"),
        "cases": gettext("Cases"), "beds": gettext("Isolation"), "wheels": gettext("Vehicles and drivers"),
        "stock": gettext("Supplies in stock"),
        "institutions": gettext("Institutions"), "bounds": pgettext("base figures", "Restrictions in force"),
        "hands": gettext("Staff and posts"), "ground": gettext("Places and units"), "system": gettext("The software itself"),
    }  # fmt: skip


GROUPS = (
    ("people", ("residents", "base_number", "households", "vulnerable")),
    ("ground", ("buildings", "units_below", "units_unattended")),
    ("hands", ("staff", "posts", "posts_filled", "posts_on_shift")),
    ("duties", ("duties_open", "duties_overdue", "handovers_waiting")),
    ("books", (
        "requests_open", "requests_late", "addressees_open", "addressees_late", "care_open", "care_late", "hazards_open",
        "hazards_late", "environment_open", "environment_late", "needs_open", "needs_late",
    )),
    ("round", ("round", "deadline", "roster", "tested", "exempt", "missing", "sites", "sites_open")),
    ("chain", ("tubes", "oldest_specimen", "boxes_underway", "boxes_without_laboratory")),
    ("laboratories", ("laboratories", "laboratories_full", "laboratory_capacity", "laboratory_left")),
    ("cases", ("cases", "awaiting_diagnosis", "chases_open")),
    ("beds", ("isolation_sites", "isolation_open", "rooms", "beds", "beds_free", "in_isolation")),
    ("wheels", ("vehicles", "vehicles_fit", "seats", "vehicles_now", "drivers", "drivers_now")),
    ("stock", (
        "stock_kilograms", "stock_litres", "stock_pieces", "stock_ends", "homes_indoors", "homes_reached", "places_unconfirmed",
    )),
    ("institutions", ("institutions", "inside_institutions", "institution_stock", "reports_late", "matters_open")),
    ("bounds", ("people_restricted", "zones_in_force", "restrictions_waiting")),
    ("system", ("sweep_lag", "ledger_unsealed", "ledger_seal")),
)  # fmt: skip
