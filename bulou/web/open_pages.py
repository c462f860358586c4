"""What the pages without an account share: how a place is found, how often one address may come, faults as their own page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from bulou.access.limits import address, spend, spent
from bulou.kernel import codes
from bulou.kernel.errors import BulouError, NotFound, TooMany
from bulou.places.models import Building, Division
from bulou.requests import doors
from bulou.web.frames import named

READ: Final = 600  # pages in ten minutes: a whole compound may stand behind one router; operational, no document
MOST_CHOICES = 12


def districts() -> list[tuple[str, str]]:
    """The districts, to choose from."""
    found = Division.objects.filter(level=codes.Level.DISTRICT).order_by("code").values_list("code", "name", "name_en")
    return [(code, named(name, name_en)) for code, name, name_en in found]


def called(district: str, word: str) -> list[tuple[str, str, str]]:
    """The communities of a district that are called so, the exact name first: (code, name, English name)."""
    low, high = codes.below(district)
    inside = Division.objects.filter(level=codes.Level.COMMUNITY, code__gte=low, code__lt=high).order_by("code")
    said = word.strip()
    for name in ("name", "name__contains", "name_en__iexact") if said else ():
        some = list(inside.filter(**{name: said}).values_list("code", "name", "name_en")[:MOST_CHOICES])
        if some:
            return some
    return []


def place_called(district: str, word: str) -> str:
    """The community of that name in the district; the district when none or several are called so."""
    found = called(district, word)
    return found[0][0] if len(found) == 1 else district


def start(request: HttpRequest) -> dict[str, str]:
    """What a compound's poster says already: ``?place=`` with the code of the community, or of one of its buildings."""
    place = request.GET.get("place", "")
    community = codes.up_to(place, codes.Level.COMMUNITY) if codes.is_place(place) else ""
    found = Division.objects.filter(pk=community, level=codes.Level.COMMUNITY).first() if community else None
    if found is None:
        return {}
    building = codes.up_to(place, codes.Level.BUILDING)
    name = Building.objects.filter(pk=building).values_list("name", flat=True).first() if building else ""
    return {"district": found.pk[:6], "community": found.name, "place": name or ""}


def let_read(request: HttpRequest) -> None:
    """Count one page read from this address; ``TooMany`` above the limit."""
    if spent("open.read", address(request), most=READ):
        message = "too many pages were read from this address"
        raise TooMany(message, remedy="Try again in ten minutes, or call the hotline.")
    spend("open.read", address(request), within_s=doors.WITHIN_S)


def guarded(
    wrong_page: Callable[..., HttpResponse], *, unknown: object = ""
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Faults of a view as its own page, ``wrong_page(request, wrong=…, status=…)``: nobody without an account sees more.

    ``unknown``: what the page says where a number opens nothing.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except TooMany:
                wrong = gettext("Too many tries. Try again in ten minutes, or call the hotline.")
                answer = wrong_page(request, wrong=wrong, status=429)
                answer.headers["Retry-After"] = str(doors.WITHIN_S)
                return answer
            except BulouError as fault:
                if unknown and isinstance(fault, NotFound):
                    return wrong_page(request, wrong=str(unknown), status=404)
                return wrong_page(request, wrong=fault.message, status=409)

        return never_cache(found)

    return decorate
