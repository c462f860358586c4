"""The notice (告知书) in Chinese and English, by template: what, why, until when, by whom, and how to object."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, override, pgettext

from bulou.kernel import clock
from bulou.policy import Pack
from bulou.restrictions import wording
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.units.models import Unit

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def kind_words(kind: str) -> str:
    """A kind of restriction in the reader's language."""
    return {
        Kind.HOLD.value: gettext("stay where you are until the transfer"),
        Kind.HOME_QUARANTINE.value: gettext("stay at home"),
        Kind.ISOLATION.value: gettext("stay in a room of an isolation site or hospital"),
        Kind.ZONE_MEASURE.value: gettext("nobody leaves home in this place; services come to the door"),
    }[kind]


def texts(row: Restriction, pack: Pack, *, approver: Unit, proposer: Unit, at: datetime) -> tuple[str, str]:
    """The notice in Chinese and in English."""
    return (
        _text(row, pack, language="zh", approver=approver, proposer=proposer, at=at),
        _text(row, pack, language="en", approver=approver, proposer=proposer, at=at),
    )


def _text(row: Restriction, pack: Pack, *, language: str, approver: Unit, proposer: Unit, at: datetime) -> str:
    def name(unit: Unit) -> str:
        return unit.name if language == "zh" else unit.name_en or unit.name

    with override(LANGUAGES[language]):
        said = {
            "what": kind_words(row.kind),
            "who": gettext("you") if row.person_id else row.place_code,
            "code": row.pk,
            "reason": wording.why(row.reason),
            "basis": pack.legal_bases.get(row.legal_basis, row.legal_basis),
            "proposer": name(proposer),
            "approver": name(approver),
            "from": written(max(row.starts_at, at)),
            "until": written(row.ends_at),
            "answer": int(pack.amount("appeal_answer")),
            "silence": int(pack.amount("appeal_silence")),
        }
        return "\n".join(
            line % said
            for line in (
                pgettext("notice", "Notice %(code)s to %(who)s: %(what)s."),
                pgettext("notice", "Why: %(reason)s"),
                pgettext("notice", "Legal basis: %(basis)s"),
                pgettext("notice", "From %(from)s until %(until)s. It ends then by itself; nobody needs to agree to that."),
                pgettext("notice", "Proposed by %(proposer)s, approved by %(approver)s."),
                pgettext(
                    "notice",
                    "You may object: on the page of this notice's code, by telephone, on paper, or through your community "
                    "worker. Another unit answers within %(answer)s hours; if nobody has answered after %(silence)s hours "
                    "the restriction is lifted by itself.",
                ),
                pgettext(
                    "notice",
                    "Medical care comes first: in an emergency leave, or call for help, at once. "
                    "No measure may close a fire exit.",
                ),
            )
        )


def written(at: datetime) -> str:
    """An instant as a notice writes it, in the city's time."""
    return f"{clock.local(at):%Y-%m-%d %H:%M}"
