"""Pure rules of the chase: cases, grading, what contacts owe, interviews, chains. Those of cases are also found here."""

from bulou.investigation.rules.cases import (
    CHASED,
    DIAGNOSED,
    REPORTED,
    Times,
    case_about,
    is_chased,
    is_conversion,
    require_diagnosis,
    require_reclassified,
    times,
    with_laboratory,
)

__all__ = [
    "CHASED",
    "DIAGNOSED",
    "REPORTED",
    "Times",
    "case_about",
    "is_chased",
    "is_conversion",
    "require_diagnosis",
    "require_reclassified",
    "times",
    "with_laboratory",
]
