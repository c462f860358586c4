"""What the picture of a chain says of each case, from its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.translation import gettext

from bulou.investigation.models import Case
from bulou.investigation.rules.chains import Chains, Link
from bulou.web.case_words import day_words, flag_words, setting_words, status_words
from bulou.web.show.chains import CaseShown
from bulou.web.show.words import list_words


def shown_of(cases: Iterable[Case], links: Sequence[Link], found: Chains, *, here: str = "") -> dict[str, CaseShown]:
    """Labels, pages and titles; ``here`` is the case on whose page the picture stands."""
    setting = {one.case: one.setting for one in reversed(links)}
    shown = {}
    for row in cases:
        generation = found.generation.get(row.pk)
        infectors = ", ".join(found.infectors.get(row.pk, ()))
        words = [
            row.pk if row.pk != here else gettext("%(case)s: this case") % {"case": row.pk},
            status_words(row.status),
            gettext("symptoms since %(day)s") % {"day": day_words(row.onset_on)} if row.onset_on else "",
            gettext("generation %(n)s") % {"n": generation} if generation is not None else "",
            gettext("infected by %(who)s (%(setting)s)") % {"who": infectors, "setting": setting_words(setting[row.pk])}
            if infectors and row.pk in setting
            else "",
            *(flag_words(flag) for flag in sorted(found.flags[row.pk])),
        ]
        shown[row.pk] = CaseShown(
            label=row.pk,
            href=reverse("web:case", args=[row.pk]),
            title=list_words(words),
            setting=setting.get(row.pk, "unknown"),
        )
    return shown
