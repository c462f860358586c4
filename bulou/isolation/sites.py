"""A site's way from a building to guests: proposed, surveyed, rebuilt, accepted, in reserve or open, paused, closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.isolation import rows
from bulou.isolation.choices import Answer, FindingState, InspectionKind, PartyKind, SiteState
from bulou.isolation.models import LIVE, Finding, InspectionAnswer, IsolationSite, Room, SiteParty, Stay, Survey
from bulou.isolation.rules import names
from bulou.isolation.rules import sites as rules
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units.choices import UnitKind


@transaction.atomic
def propose_site(
    *,
    unit: str,
    wanted_by: datetime,
    by: Actor,
    at: datetime,
    name: str = "",
    place_code: str = "",
    address: str = "",
    x: float | None = None,
    y: float | None = None,
) -> tuple[IsolationSite, bool]:
    """Propose a unit's building as an isolation site (备选); (site, whether it is new).

    From now on the district owes that it is ready by ``wanted_by``. The same again changes nothing, other content is a
    ``Conflict``.
    """
    stands = units.unit(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    if stands.kind != UnitKind.ISOLATION_SITE:
        message = f"{unit} is a {stands.kind}"
        raise InputFault(message, column="unit", remedy="Register the site as a unit of the kind isolation_site.")
    wanted = {
        "name": name or stands.name,
        "place_code": place_code or codes.territory(unit),
        "address": address,
        "x": x,
        "y": y,
        "wanted_by": wanted_by,
    }
    site, fresh = IsolationSite.objects.get_or_create(unit=stands, defaults={**wanted, "proposed_at": at})
    if not fresh:
        differing = [field for field, value in wanted.items() if getattr(site, field) != value]
        if differing:
            message = f"{unit} is already a site with another {differing[0]}"
            raise Conflict(message, column=differing[0], remedy="Close that site first, or keep what stands.")
        return site, False
    ledger.record(
        tag=Tag.ISOLATION_PROPOSED, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"wanted_by": wanted_by}
    )
    open_duty(
        Owed(
            kind=names.SITE_READY,
            about=names.site_about(unit),
            label=site.name,
            place_code=site.place_code,
            facts={"wanted_by": wanted_by},
        ),
        by=by,
        at=at,
    )
    return site, True


def _step(site: IsolationSite, to: SiteState, **changed: object) -> None:
    """Write the new state and what comes with it."""
    site.state = to
    for field, value in changed.items():
        setattr(site, field, value)
    site.save(update_fields=("state", *changed))


@transaction.atomic
def survey_site(
    *,
    unit: str,
    fire_ok: bool,
    water_ok: bool,
    sewage_ok: bool,
    lifts: int,
    distance_m: int,
    rooms: int,
    by: Actor,
    at: datetime,
) -> Survey:
    """Somebody looked at the building (踏勘): fire, water, sewage, lifts, distance. An unsuitable one stays a candidate."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_step(SiteState(site.state), SiteState.SURVEYED)
    if min(lifts, distance_m, rooms) < 0:
        message = "a count is not negative"
        raise InputFault(message, column="lifts" if lifts < 0 else "distance_m" if distance_m < 0 else "rooms")
    pack = rows.pack_at(at)
    faults = rules.survey_faults(
        fire_ok=fire_ok,
        water_ok=water_ok,
        sewage_ok=sewage_ok,
        lifts=lifts,
        distance_m=distance_m,
        distance_min=int(pack.amount("isolation_distance_min")),
        lifts_min=int(pack.amount("isolation_lifts_min")),
    )
    made = Survey.objects.create(
        site=site,
        surveyed_at=at,
        surveyed_by=rows.signature(by),
        unit_code=by.unit,
        fire_ok=fire_ok,
        water_ok=water_ok,
        sewage_ok=sewage_ok,
        lifts=lifts,
        distance_m=distance_m,
        rooms=rooms,
        suitable=not faults,
        faults="; ".join(faults)[:300],
    )
    if faults:
        _step(site, SiteState.CANDIDATE, surveyed_at=at)
    else:
        _step(site, SiteState.SURVEYED, surveyed_at=at)
    ledger.record(
        tag=Tag.ISOLATION_SURVEYED,
        subject=names.site_about(unit),
        unit=unit,
        by=by,
        at=at,
        data={"suitable": not faults, "faults": faults, "rooms": rooms},
    )
    return made


@transaction.atomic
def report_rebuilt(*, unit: str, note: str, by: Actor, at: datetime) -> IsolationSite:
    """The rebuilding is done (改造完成): what was built, or that nothing had to be."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_step(SiteState(site.state), SiteState.REBUILT)
    rules.require_reason(note)
    _step(site, SiteState.REBUILT, rebuilt_at=at, rebuilt_note=note[:300])
    ledger.record(tag=Tag.ISOLATION_REBUILT, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"note": note})
    return site


@transaction.atomic
def accept_site(*, unit: str, by: Actor, at: datetime) -> IsolationSite:
    """The site meets the checklist (验收): by its last acceptance inspection, with no required finding open.

    Whoever accepts stands above the site. ``Refused`` names the items that are not met.
    """
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    if by.unit == unit:
        message = "a site is not accepted by itself"
        raise Refused(message, code="own-site", remedy="A unit above it accepts.")
    rules.require_step(SiteState(site.state), SiteState.ACCEPTED)
    last = site.inspections.filter(kind=InspectionKind.ACCEPTANCE).first()
    given = InspectionAnswer.objects.filter(inspection=last) if last else InspectionAnswer.objects.none()
    answers = {row.item: Answer(row.answer) for row in given}
    mended = Finding.objects.filter(site=site, state=FindingState.CLOSED, inspection=last).values_list("item", flat=True)
    answers.update(dict.fromkeys(mended, Answer.YES))
    waiting = Finding.objects.filter(site=site, required=True).exclude(state=FindingState.CLOSED)
    why = rules.refusal_to_accept(
        rows.pack_at(at).checklist(names.CHECKLIST), answers, list(waiting.values_list("item", flat=True))
    )
    if why:
        message = f"the site does not meet the checklist: {why}"
        raise Refused(message, code="checklist", remedy="Mend it, have it re-checked, and accept again.")
    _step(site, SiteState.ACCEPTED, accepted_at=at)
    ledger.record(
        tag=Tag.ISOLATION_ACCEPTED,
        subject=names.site_about(unit),
        unit=unit,
        by=by,
        at=at,
        data={"inspection": last.pk if last else None, "items": len(answers)},
    )
    return site


@transaction.atomic
def keep_in_reserve(*, unit: str, opens_within: timedelta, by: Actor, at: datetime) -> IsolationSite:
    """An accepted site waits (备用), and says how long it needs from the call to the first guest."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_step(SiteState(site.state), SiteState.RESERVE)
    minutes = int(opens_within / timedelta(minutes=1))
    if minutes <= 0:
        message = "a reserve says how long it needs to open"
        raise InputFault(message, column="opens_within")
    if Stay.objects.filter(site_code=unit, state__in=LIVE).exists():
        message = "people hold beds there"
        raise Refused(message, code="site-occupied")
    _step(site, SiteState.RESERVE, opens_within_min=minutes, reason="", called_at=None)
    recorded = ledger.record(
        tag=Tag.ISOLATION_RESERVED, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"minutes": minutes}
    )
    _close_duties(unit, tag=Tag.ISOLATION_RESERVED, ref=f"entry:{recorded.pk}", by=by, at=at)
    return site


@transaction.atomic
def call_up_site(*, unit: str, by: Actor, at: datetime) -> IsolationSite:
    """A reserve site is needed now (启用备用): it owes its opening within the time that it named."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    if site.state != SiteState.RESERVE or site.opens_within_min is None:
        message = f"the site is {site.state}, not in reserve"
        raise Refused(message, code="site-step")
    site.called_at = at
    site.save(update_fields=("called_at",))
    opens_by = at + timedelta(minutes=site.opens_within_min)
    ledger.record(
        tag=Tag.ISOLATION_CALLED_UP, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"opens_by": opens_by}
    )
    open_duty(
        Owed(
            kind=names.RESERVE_OPENED,
            about=names.site_about(unit),
            label=site.name,
            place_code=site.place_code,
            facts={"opens_by": opens_by},
        ),
        by=by,
        at=at,
    )
    return site


@transaction.atomic
def open_isolation_site(*, unit: str, by: Actor, at: datetime) -> IsolationSite:
    """The site takes people in (启用): accepted, and all five responsible parties named. Its rooms are offered from now on."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    if site.state == SiteState.OPEN:
        return site
    rules.require_step(SiteState(site.state), SiteState.OPEN)
    named = {PartyKind(kind) for kind in SiteParty.objects.filter(site=site, until_at=None).values_list("kind", flat=True)}
    missing = rules.missing_parties(named)
    if missing:
        message = f"nobody is named for: {', '.join(missing)}"
        raise Refused(message, code="parties", remedy="Name the responsible unit and person of each party first.")
    if not site.rooms.exists():
        message = "the site has no rooms"
        raise Refused(message, code="no-rooms", remedy="Register its rooms first.")
    _step(site, SiteState.OPEN, opened_at=at, paused_at=None, reason="", called_at=None)
    Room.objects.filter(site=site).update(offered=True)
    recorded = ledger.record(
        tag=Tag.ISOLATION_OPENED, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"rooms": site.rooms.count()}
    )
    _close_duties(unit, tag=Tag.ISOLATION_OPENED, ref=f"entry:{recorded.pk}", by=by, at=at)
    return site


def _close_duties(unit: str, *, tag: Tag, ref: str, by: Actor, at: datetime) -> None:
    for kind in (names.SITE_READY, names.RESERVE_OPENED):
        duties.fulfil_by_fact(kind=kind, about=names.site_about(unit), tag=tag, ref=ref, by=by, at=at)


@transaction.atomic
def pause_site(*, unit: str, reason: str, by: Actor, at: datetime) -> IsolationSite:
    """Nobody new is taken in (暂停接收); who stays there stays, who holds a reservation may still come."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_step(SiteState(site.state), SiteState.PAUSED)
    rules.require_reason(reason)
    _step(site, SiteState.PAUSED, paused_at=at, reason=reason[:300])
    Room.objects.filter(site=site).update(offered=False)
    ledger.record(tag=Tag.ISOLATION_PAUSED, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"reason": reason})
    return site


@transaction.atomic
def close_isolation_site(*, unit: str, reason: str, by: Actor, at: datetime) -> IsolationSite:
    """The site is given back (关闭); refused while anybody holds a bed. Its rooms are withdrawn first, so no claim slips in."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_step(SiteState(site.state), SiteState.CLOSED)
    rules.require_reason(reason)
    Room.objects.filter(site=site).update(offered=False)  # waits for claims that are being made
    held = Stay.objects.filter(site_code=unit, state__in=LIVE).count()
    if held:
        message = f"{held} people hold beds there"
        raise Refused(message, code="site-occupied", remedy="Move or release them first.")
    _step(site, SiteState.CLOSED, closed_at=at, reason=reason[:300])
    recorded = ledger.record(
        tag=Tag.ISOLATION_CLOSED, subject=names.site_about(unit), unit=unit, by=by, at=at, data={"reason": reason}
    )
    for kind in (names.SITE_READY, names.RESERVE_OPENED, names.HEADS_RECONCILED):
        duties.supersede_by_fact(
            kind=kind,
            about=names.site_about(unit),
            successor=f"the site was closed: {reason} entry:{recorded.pk}",
            by=by,
            at=at,
        )
    return site


@transaction.atomic
def name_party(
    *, unit: str, kind: PartyKind, party_unit: str, person_name: str, by: Actor, at: datetime, phone: str = ""
) -> SiteParty:
    """Name one of the five responsible parties (五方责任): a unit and a person; whoever stood there before ends now."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    if not person_name.strip():
        message = "a responsible party is a unit and a person"
        raise InputFault(message, column="person_name")
    before = SiteParty.objects.filter(site=site, kind=kind, until_at=None)
    same = before.filter(unit=party_unit, person_name=person_name, phone=phone).first()
    if same is not None:
        return same
    before.update(until_at=at)
    made = SiteParty.objects.create(
        site=site,
        kind=kind.value,
        unit=units.unit(party_unit),
        person_name=person_name,
        phone=phone,
        from_at=at,
        named_by=rows.signature(by),
    )
    _count_parties(site)
    recorded = ledger.record(
        tag=Tag.PARTY_NAMED,
        subject=names.party_about(unit, kind),
        unit=unit,
        by=by,
        at=at,
        data={"unit": party_unit},
        personal={"name": person_name, "phone": phone},
    )
    duties.fulfil_by_fact(
        kind=names.PARTY_NAMED,
        about=names.party_about(unit, kind),
        tag=Tag.PARTY_NAMED,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return made


def _count_parties(site: IsolationSite) -> None:
    site.parties = SiteParty.objects.filter(site=site, until_at=None).count()
    site.save(update_fields=("parties",))


@transaction.atomic
def end_party(*, unit: str, kind: PartyKind, reason: str, by: Actor, at: datetime) -> IsolationSite:
    """A responsible party is gone. A site that is open pauses with it, and the district owes another within hours."""
    site = rows.locked_site(unit)
    permit(by, Operation.KEEP_ISOLATION_SITE, unit)
    rules.require_reason(reason)
    if not SiteParty.objects.filter(site=site, kind=kind, until_at=None).update(until_at=at):
        message = f"nobody is named for {kind}"
        raise Refused(message, code="parties")
    if site.state == SiteState.OPEN:
        site = pause_site(unit=unit, reason=f"no responsible party: {kind}", by=by, at=at)
        open_duty(
            Owed(
                kind=names.PARTY_NAMED,
                about=names.party_about(unit, kind),
                label=f"{site.name} · {kind}",
                place_code=site.place_code,
                why=reason,
            ),
            by=by,
            at=at,
        )
    _count_parties(site)
    ledger.record(tag=Tag.PARTY_ENDED, subject=names.party_about(unit, kind), unit=unit, by=by, at=at, data={"reason": reason})
    return site
