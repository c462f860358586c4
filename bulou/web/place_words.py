"""Places as people call them: a division by its name, what lies inside of it by the numbers of building and floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from bulou.places.models import Division
from bulou.web.frames import in_chinese, named


def inside_words(code: str) -> list[str]:
    """The building and the floor of a place's code, as far as it goes: ``["building 3", "floor 12"]``."""
    words = (gettext("building %(number)d"), gettext("floor %(number)d"))
    return [said % {"number": int(number)} for number, said in zip(code.split("-")[1:], words, strict=False)]


def division_names(places: Iterable[str]) -> dict[str, str]:
    """The divisions in which the places lie, by code, as the reader calls them. One statement, none without places."""
    divisions = {place.partition("-")[0] for place in places} - {""}
    if not divisions:
        return {}
    found = Division.objects.filter(pk__in=divisions).values_list("code", "name", "name_en")
    return {code: named(zh, en) for code, zh, en in found}


def place_words(code: str, names: Mapping[str, str]) -> str:
    """A place in words; its code where its division has no name."""
    division = code.partition("-")[0]
    if division not in names:
        return code
    return (" " if in_chinese() else ", ").join([names[division], *inside_words(code)])
