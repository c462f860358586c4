"""The public notice of a zone in Chinese and English, by template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import override, pgettext

from bulou.kernel import clock, codes
from bulou.places.models import Building, Division
from bulou.zones.choices import RiskLevel
from bulou.zones.models import RiskZone

RULES = {  # the documents in which the rules of the deadlines' table stand
    "N9-HIGH-UNIT": "《新型冠状病毒肺炎防控方案(第九版)》",
    "N20-HIGH-UNIT": "《新冠肺炎疫情风险区划定及管控方案》",
}


def basis_words(row: RiskZone) -> str:
    """What the zone rests on, documents by their names."""
    return ", ".join(RULES.get(one.strip(), one.strip()) for one in row.basis.split(","))


def place_names(places: Sequence[str]) -> list[str]:
    """Places as people call them; the code of one that nobody has named. Two statements."""
    wanted = {one[:12] for one in places} | {codes.up_to(one, codes.Level.BUILDING) for one in places}
    names = dict(Division.objects.filter(pk__in=wanted).values_list("code", "name"))
    names |= dict(Building.objects.filter(pk__in=wanted).values_list("code", "name"))
    return [
        " ".join(dict.fromkeys(names[one] for one in (place[:12], place[:17]) if one in names)) or place for place in places
    ]


def level_words(level: str) -> str:
    """A level in the reader's language."""
    return {
        RiskLevel.HIGH: pgettext("zone", "high-risk zone"),
        RiskLevel.MID: pgettext("zone", "mid-risk zone"),
        RiskLevel.LOW: pgettext("zone", "low-risk area"),
    }[RiskLevel(level)]


def level_titles(row: RiskZone) -> tuple[str, str]:
    """A zone and its level, as a heading in Chinese and in English."""
    titles = []
    for language in ("zh-hans", "en"):
        with override(language):
            titles.append(f"{row.name}: {level_words(row.level)}")
    return titles[0], titles[1]


def texts(row: RiskZone, places: Sequence[str], *, at: datetime) -> tuple[str, str]:
    """The notice in Chinese and in English; it names no person."""
    called = place_names(places)
    return _text(row, called, "zh-hans", at), _text(row, called, "en", at)


def _text(row: RiskZone, places: Sequence[str], language: str, at: datetime) -> str:
    with override(language):
        said = {
            "name": row.name, "aliases": f" ({row.aliases})" if row.aliases else "", "level": level_words(row.level),
            "day": f"{clock.local(at):%Y-%m-%d %H:%M}", "places": ", ".join(places), "basis": basis_words(row), "code": row.pk,
        }  # fmt: skip
        lines = (
            pgettext("zone", "Notice %(code)s: from %(day)s %(name)s%(aliases)s is a %(level)s."),
            pgettext("zone", "Places: %(places)s. Rule: %(basis)s."),
            pgettext("zone", "It is lowered by the rule, after days without a new infection; "
                     "nobody may keep it longer without a reason."),
            pgettext("zone", "Fire exits stay open and unlocked; no fence, wire or parked vehicle may block one. "
                     "Medical care comes first."),
        )  # fmt: skip
        return "\n".join(line % said for line in lines)
