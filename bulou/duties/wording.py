"""What a duty's stored reason says, in the reader's language.

Reasons are stored in English, written from the templates of ``rules``; here each is recognised again and said by its
translation. What somebody wrote by hand matches no template and is shown as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from django.utils.translation import gettext

from bulou.duties import rules

TEMPLATES = (rules.SAID_SILENT, rules.SAID_NOBODY, rules.SAID_LAPSED, rules.SAID_LAPSED_BY)
_FIELD = re.compile(r"%\\\((\w+)\\\)s")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_FIELD.sub(r"(?P<\1>.+?)", re.escape(template)))


def say(text: str, templates: Iterable[str], *, words: Iterable[str] = ()) -> str:
    """The text in the active language, by the first template that it was written from; fields in ``words`` too."""
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found is not None:
            fields = {name: gettext(value) if name in words else value for name, value in found.groupdict().items()}
            return gettext(template) % fields
    return text


def why(text: str) -> str:
    """A duty's reason in the active language; what was written by hand stays as it is."""
    return say(text, TEMPLATES)
