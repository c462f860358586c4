"""Who did something, in words: the software and residents by what they are, people masked, units and places by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import pgettext

from bulou.places.models import Division
from bulou.units.models import Unit
from bulou.web.frames import named
from bulou.web.show.words import list_words, mask_name

_COMMUNITY = 12  # digits of a community's code: what lies deeper is said by it where it has no name of its own


def who(name: str) -> str:
    """Who acted: a person's name masked."""
    if name == "bulou":
        return pgettext("actor", "the software")
    return pgettext("actor", "a resident") if name == "a resident" else mask_name(name)


def places(codes: Iterable[str]) -> Mapping[str, str]:
    """Units, else the communities that hold them, by code; one statement, another where one is no unit, none without codes."""
    wanted = set(codes) - {"", "CN"}
    if not wanted:
        return {}
    found = {code: named(*both) for code, *both in Unit.objects.filter(code__in=wanted).values_list("code", "name", "name_en")}
    rest = {code: code[:_COMMUNITY] for code in wanted - set(found)}
    if rest:
        read = Division.objects.filter(code__in=set(rest.values())).values_list("code", "name", "name_en")
        names = {code: named(*both) for code, *both in read}
        found |= {code: names[above] for code, above in rest.items() if above in names}
    return found


def acted(name: str, unit: str, names: Mapping[str, str]) -> str:
    """Who acted, and for which unit."""
    return list_words([who(name), "" if unit == "CN" else names.get(unit, unit)])


def signed(text: str, names: Mapping[str, str] | None = None) -> str:
    """The same from how it is stored (``name · unit``); without ``names`` they are read for it."""
    name, _, unit = text.partition(" · ")
    return acted(name, unit, places([unit]) if names is None else names)
