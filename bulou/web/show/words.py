"""How times, counts, names and numbers are written on a page, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext, pgettext

from bulou.kernel import clock

_MINUTE = timedelta(minutes=1)
_SHOWN_END = 4  # the last four characters are what a person reads out on the telephone to be told apart
_MOST_STARS = 2


def span_words(span: timedelta) -> str:
    """A span in two units at most: ``4 h 12 min``, ``4 小时 12 分``; in whole minutes, without sign."""
    minutes = int(abs(span) / _MINUTE)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        if not hours:
            return gettext("%(days)d d") % {"days": days}
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    return gettext("under 1 min")


def late_words(due_at: datetime, now: datetime) -> str:
    """How a clock stands: ``56 min late`` once the due instant is reached, ``18 min left`` before it."""
    if due_at <= now:
        return gettext("%(span)s late") % {"span": span_words(now - due_at)}
    return gettext("%(span)s left") % {"span": span_words(due_at - now)}


def count(number: int) -> str:
    """A whole number with a comma at every third digit, in both languages (``52,361``)."""
    return f"{number:,}"


def share(part: float, whole: float) -> str:
    """A part of a whole as a percentage with one digit; rounded down, so that 100 % means all; ``–`` of nothing."""
    if whole <= 0:
        return "–"
    return f"{int(part * 1000 / whole) / 10:.1f}%"


def time_of(at: datetime, now: datetime | None = None) -> str:
    """The city's clock time of an instant, with month and day when ``now`` falls on another day."""
    here = clock.local(at)
    if now is None or clock.day_of(now) == here.date():
        return f"{here:%H:%M}"
    return f"{here:%m-%d %H:%M}"


def mask_name(name: str) -> str:
    """A name of which only the first character of each word is shown: ``张**``, ``J** S**``."""
    return " ".join(word[0] + "*" * min(_MOST_STARS, max(1, len(word) - 1)) for word in name.split())


def mask_id(number: str) -> str:
    """A document, telephone or person number of which only the end is shown: ``****021X``.

    At most four characters, and never more than a third of the number, so that a short one is not given away.
    The stars do not tell the length.
    """
    number = number.strip()
    if not number:
        return ""
    shown = min(_SHOWN_END, len(number) // 3)
    return "****" + (number[-shown:] if shown else "")


def list_words(parts: list[str]) -> str:
    """Several short parts on one line, with the separator of the language."""
    return pgettext("between parts of one line", " · ").join(part for part in parts if part)
