"""Notices: drafted from what happened, published by a person, told at every building, withdrawn when they hold no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties import actions as duties
from bulou.duties import sets
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, existing_owners
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.notices import rules
from bulou.notices.choices import AT_THE_DOOR, DELIVERED, WRITTEN, DeliveryState, NoticeState, Way
from bulou.notices.models import NoticeDelivery, NoticeText, PlainNotice
from bulou.people.models import Resident
from bulou.people.queries import at_places
from bulou.places.models import Building, Division
from bulou.restrictions.rules import narrowest
from bulou.units.models import Unit

_BUILDING, _COMMUNITY = 17, 12  # characters of their codes
_MOST = {  # characters
    "title_zh": 120, "title_en": 160, "text_zh": 4_000, "text_en": 4_000, "basis": 200, "call": 160, "object_to": 160,
}  # fmt: skip
_WORDS = tuple(_MOST)


def draft_by_fact(
    *, because: str, unit: str, places: Sequence[str], starts_at: datetime, ends_at: datetime, words: Mapping[str, str],
    by: Actor, at: datetime,
) -> PlainNotice:  # fmt: skip
    """Something now holds for residents: whoever ordered it owes a plain notice, of which this is the beginning.

    ``words``: what is known of title, text, basis; a person completes and publishes it. Asked again, the draft stands.
    """
    said = {"call": _reach(unit)} | {name: text[: _MOST[name]] for name, text in words.items()}
    row, made = PlainNotice.objects.get_or_create(
        because=because, state=NoticeState.DRAFT,
        defaults={
            "code": public_id("PN", at), "unit_id": unit, "places": " ".join(places), "place_code": narrowest(places),
            "drafted_at": at, "starts_at": starts_at, "ends_at": ends_at,
            "due_at": due_of(WRITTEN, at=at, facts={"ordered_at": at}), **said,
        },
    )  # fmt: skip
    if made:
        owed = Owed(
            kind=WRITTEN, about=about(row.pk), label=f"{row.title_zh} · {because}", place_code=row.place_code,
            owners={"explicit": unit}, facts={"ordered_at": at},
        )  # fmt: skip
        commit(
            tag=LineTag.NOTICE_DRAFTED, subject=about(row.pk), unit=unit, by=by, at=at, data={"because": because}, opens=[owed]
        )
    return row


def _reach(unit: str) -> str:
    found = Unit.objects.filter(pk=unit).values_list("name", "phone").first() or ("", "")
    return " ".join(found).strip()[:160] if found[1] else ""


@transaction.atomic
def write_notice(
    *, unit: str, places: str, title_zh: str, title_en: str, text_zh: str, text_en: str, basis: str, call: str, object_to: str,
    ends_at: datetime, by: Actor, at: datetime, starts_at: datetime | None = None, because: str = "", code: str = "",
) -> PlainNotice:  # fmt: skip
    """Write and publish a notice of one's own; of what has a draft already, the draft is published instead."""
    permit(by, Operation.WRITE_NOTICE, unit)
    draft = PlainNotice.objects.filter(because=because.strip(), state=NoticeState.DRAFT).first() if because.strip() else None
    if draft is not None:
        message = f"the notice of {draft.because} is drafted already: {draft.pk}"
        raise Conflict(message, column="because", remedy="Complete that one and publish it.")
    row = PlainNotice(
        code=code or public_id("PN", at), because=because.strip()[:96], unit_id=unit, starts_at=starts_at or at,
        ends_at=ends_at, drafted_at=at, title_zh=title_zh, title_en=title_en, text_zh=text_zh, text_en=text_en, basis=basis,
        call=call, object_to=object_to,
    )  # fmt: skip
    return _publish(row, places, by=by, at=at)


@transaction.atomic
def publish_notice(
    *, code: str, by: Actor, at: datetime, title_zh: str = "", title_en: str = "", text_zh: str = "", text_en: str = "",
    basis: str = "", call: str = "", object_to: str = "", places: str = "", ends_at: datetime | None = None,
) -> PlainNotice:  # fmt: skip
    """Complete a draft and publish it: what is left blank stays as it was drafted. Every building is to be told from now on."""
    row = locked(PlainNotice, code)
    permit(by, Operation.WRITE_NOTICE, row.unit_id)
    if row.state != NoticeState.DRAFT:
        message = f"the notice is {row.state}"
        raise Refused(message, code="notice-state", remedy="Write a new one.")
    given = (title_zh, title_en, text_zh, text_en, basis, call, object_to)
    for name, text in zip(_WORDS, given, strict=True):
        setattr(row, name, text.strip() or getattr(row, name))
    row.ends_at = ends_at or row.ends_at
    return _publish(row, places or row.places, by=by, at=at)


def _publish(row: PlainNotice, places: str, *, by: Actor, at: datetime) -> PlainNotice:
    for name, most in _MOST.items():
        setattr(row, name, getattr(row, name).strip()[:most])
    said = {name: getattr(row, name) for name in _WORDS}
    rules.require_plain(said, starts_at=row.starts_at, ends_at=row.ends_at, at=at)
    found = rules.read_places(places, inside=codes.territory(row.unit_id))
    row.places, row.place_code = " ".join(found), narrowest(found)
    row.state, row.published_at, row.published_by = NoticeState.PUBLISHED, at, signature(by)
    row.due_at = due_of(DELIVERED, at=at, facts={"published_at": at})
    told = list(_buildings(row, found))
    row.buildings = len(told)
    row.save()
    NoticeDelivery.objects.bulk_create(told, batch_size=500)
    owed: dict[str, int] = {}
    for one in told:
        owed[one.unit_id] = owed.get(one.unit_id, 0) + 1
    commit(
        tag=LineTag.NOTICE_PUBLISHED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[WRITTEN],
        data={"because": row.because, "buildings": row.buildings, "communities": len(owed)},
        opens=[
            Owed(
                kind=DELIVERED, about=_at(row.pk, unit), label=f"{row.title_zh} · {number}", place_code=codes.territory(unit),
                owners={"explicit": unit}, facts={"published_at": at}, issuer=row.unit_id,
            )
            for unit, number in sorted(owed.items())
        ],
    )  # fmt: skip
    return row


def _buildings(row: PlainNotice, places: Sequence[str]) -> Iterator[NoticeDelivery]:
    """Every building of the places, with its households; a community whose buildings are not kept is told as one."""
    around = [one[:_BUILDING] for one in places]
    inside = at_places("code", around)
    found = dict(Building.objects.filter(inside).values_list("code", "name"))
    kept = {code[:_COMMUNITY] for code in found}
    communities = Division.objects.filter(inside, level=codes.Level.COMMUNITY).values_list("code", "name")
    names = {code: name for code, name in communities if code not in kept}
    found |= names | {one: one for one in places if len(one) >= _BUILDING and one[:_BUILDING] not in found}
    households: dict[str, int] = {}
    living = Resident.objects.filter(at_places("place_code", around), left_on=None).order_by()
    for length in (_BUILDING, _COMMUNITY):
        counted = living.annotate(prefix=Substr("place_code", 1, length)).values_list("prefix")
        households |= dict(counted.annotate(number=Count("household_id", distinct=True)))
    names |= dict(Division.objects.filter(pk__in={code[:_COMMUNITY] for code in found}).values_list("code", "name"))
    units = existing_owners(sorted({code[:_COMMUNITY] for code in found}))
    for code, name in sorted(found.items()):
        community = code[:_COMMUNITY]
        called = name if code == community else f"{names.get(community, community)} {name}"
        yield NoticeDelivery(
            code=f"{row.pk}:{code}", notice=row, unit_id=units[community], place_code=code, place=called[:160],
            households=households.get(code, 0), due_at=row.due_at,
        )  # fmt: skip


@transaction.atomic
def tell_building(
    *, code: str, way: Way, evidence: str, by: Actor, at: datetime, reached: int | None = None, all_ours: bool = False
) -> NoticeDelivery:
    """A building was told, or so many of its households; what goes up at every door of the community is said once.

    ``reached``: how many households altogether so far. A message to a group is counted and tells nobody's neighbour.
    """
    row = locked(NoticeDelivery, code)
    permit(by, Operation.DELIVER_NOTICE, row.unit_id)
    if row.state == DeliveryState.STOPPED:
        message = "the notice was withdrawn"
        raise Refused(message, code="notice-state", remedy="Take the poster down.")
    rules.require_telling(way=way, reached=reached, evidence=evidence)
    if all_ours and way not in AT_THE_DOOR:
        message = "only a poster or a loudspeaker tells all buildings alike"
        raise InputFault(message, column="all_ours", remedy="Say it building by building, with its count.")
    ours = NoticeDelivery.objects.select_for_update(of=("self",), no_key=True).filter(notice=row.notice_id, unit=row.unit_id)
    others = list(ours.filter(state=DeliveryState.OWED).exclude(pk=row.pk).order_by("code")) if all_ours else []
    for one in (row, *others):
        one.reached = one.reached if reached is None or one is not row else reached
        if one.state == DeliveryState.OWED and rules.is_told(way=way, reached=one.reached, households=one.households):
            one.state, one.way, one.evidence, one.told_at, one.told_by = (
                DeliveryState.TOLD,
                way,
                evidence[:200],
                at,
                signature(by),
            )
    changed = ("reached", "state", "way", "evidence", "told_at", "told_by")
    NoticeDelivery.objects.bulk_update((row, *others), changed, batch_size=200)
    commit(
        tag=LineTag.NOTICE_TOLD, subject=_of(row), unit=row.unit_id, by=by, at=at,
        data={"way": way, "reached": row.reached, "households": row.households, "buildings": 1 + len(others),
              "told": row.state == DeliveryState.TOLD, "evidence": evidence[:200]},
    )  # fmt: skip
    if not ours.filter(state=DeliveryState.OWED).exists():
        _covered(row, by=by, at=at)
    return row


def _covered(row: NoticeDelivery, *, by: Actor, at: datetime) -> None:
    """The community's last building was told."""
    subject = _at(row.notice_id, row.unit_id)
    if Duty.objects.filter(kind=DELIVERED, about=subject, state=DutyState.OPEN).exists():
        left = NoticeDelivery.objects.filter(notice=row.notice_id, state=DeliveryState.OWED).exists()
        data = {"because": row.notice.because, "everywhere": not left}
        commit(tag=LineTag.NOTICE_COVERED, subject=subject, unit=row.unit_id, by=by, at=at, closes=[DELIVERED], data=data)


@transaction.atomic
def translate_notice(
    *, notice: str, language: str, title: str, text: str, by: Actor, at: datetime, code: str = ""
) -> NoticeText:
    """The same in one more language that people there read."""
    row = locked(PlainNotice, notice)
    permit(by, Operation.WRITE_NOTICE, row.unit_id, row.place_code)
    word = language.strip().lower()
    if not word.replace("-", "").isalpha() or len(word) > 8 or not title.strip() or not text.strip():  # noqa: PLR2004 - the column's width
        message = "name the language by its short code, and write title and text"
        raise InputFault(message, column="language")
    if NoticeText.objects.filter(notice=row, language=word).exists():
        message = f"it stands in {word!r} already"
        raise Conflict(message, column="language")
    made = NoticeText.objects.create(
        code=code or f"{row.pk}:{word}", notice=row, language=word, title=title.strip()[:160], text=text.strip()[:4_000],
        written_at=at, written_by=signature(by),
    )  # fmt: skip
    commit(tag=LineTag.NOTICE_TRANSLATED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"language": word})
    return made


@transaction.atomic
def withdraw_notice(*, code: str, reason: str, by: Actor, at: datetime) -> PlainNotice:
    """It holds no more: no page shows it, and nobody is told any more."""
    row = locked(PlainNotice, code)
    permit(by, Operation.WRITE_NOTICE, row.unit_id)
    if row.state == NoticeState.WITHDRAWN:
        message = "the notice is withdrawn already"
        raise Refused(message, code="notice-state")
    if not reason.strip():
        message = "say why it holds no more"
        raise InputFault(message, column="reason")
    _withdraw(row, reason, by=by, at=at)
    return row


@transaction.atomic
def withdraw_by_fact(*, because: str, reason: str, by: Actor, at: datetime) -> int:
    """What the notices explain holds no more: they neither, and none is to be written. How many were withdrawn."""
    live = PlainNotice.objects.select_for_update(of=("self",), no_key=True).filter(because=because)
    found = list(live.exclude(state=NoticeState.WITHDRAWN).order_by("code"))
    for row in found:
        _withdraw(row, reason, by=by, at=at)
    return len(found)


def _withdraw(row: PlainNotice, reason: str, *, by: Actor, at: datetime) -> None:
    row.state, row.ended_at, row.ended_why = NoticeState.WITHDRAWN, at, reason.strip()[:200]
    row.save(update_fields=("state", "ended_at", "ended_why"))
    row.deliveries.filter(state=DeliveryState.OWED).update(state=DeliveryState.STOPPED)
    low, high = codes.below(f"{about(row.pk)}@")
    owed = Duty.objects.filter(kind=DELIVERED, about__gte=low, about__lt=high, state=DutyState.OPEN).order_by("pk")
    successor = f"{LineTag.NOTICE_WITHDRAWN} {row.ended_why}"[:300]
    duties.supersede_by_fact(kind=WRITTEN, about=about(row.pk), successor=successor, by=by, at=at)
    sets.supersede_many(duty_ids=list(owed.values_list("pk", flat=True)), successor=successor, by=by, at=at)
    commit(tag=LineTag.NOTICE_WITHDRAWN, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"reason": row.ended_why})


def about(code: str) -> str:
    """How ledger and duties name a notice."""
    return f"notice:{code}"


def _at(code: str, unit: str) -> str:
    return f"notice:{code}@{unit}"


def _of(row: NoticeDelivery) -> str:
    return f"building_told:{row.pk}"
