"""Documents, flags and the causes of a base number's movement, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from bulou.people.choices import DriftCause, FlagSource, IdentityKind
from bulou.people.rules import looks_like_a_number
from bulou.web.show.words import mask_id


def document_words(kind: str) -> str:
    """What kind of document somebody has."""
    words: dict[str, str] = {
        IdentityKind.RESIDENT_ID: gettext("resident identity card"),
        IdentityKind.PASSPORT: gettext("passport"),
        IdentityKind.PERMIT: gettext("permit of Hong Kong, Macau or Taiwan"),
        IdentityKind.NEWBORN: gettext("newborn, no papers yet"),
        IdentityKind.NONE: gettext("no document seen"),
    }
    return words.get(kind, kind)


def source_words(source: FlagSource) -> str:
    """Whence a flag is known."""
    return {
        FlagSource.GIVEN: gettext("as entered"),
        FlagSource.BIRTH_DATE: gettext("from the birth date"),
        FlagSource.IDENTITY_NUMBER: gettext("from the identity number"),
    }[source]


def cause_words(cause: str) -> str:
    """Why a base number moved."""
    words: dict[str, str] = {
        DriftCause.REGISTERED: gettext("entered for the first time"),
        DriftCause.ARRIVED: gettext("arrived, or back"),
        DriftCause.LEFT: gettext("left"),
        DriftCause.BORN: gettext("born"),
        DriftCause.DIED: gettext("died"),
        DriftCause.MOVED: gettext("moved between communities"),
        DriftCause.FOUND: gettext("found by a comparison"),
        DriftCause.DUPLICATE: gettext("entered twice"),
        DriftCause.CORRECTED: gettext("entered by mistake"),
    }
    return words.get(cause, cause)


def shown_id(person_id: str) -> str:
    """A public key as a page shows it: where a roster uses identity numbers as keys, masked like one."""
    return mask_id(person_id) if looks_like_a_number(person_id) else person_id
