"""Who is tested, exempt, missing: the room's set statements over roster, tubes and exemptions. Used by this room only.

*Tested* is somebody in a tube of the round that was neither voided nor lost (a lost tube's members have no specimen
that a laboratory could test, and are sampled again), in an antigen round somebody with a valid self-test. *Exempt* is
somebody exempt and not tested. *Missing* is everybody else on the roster.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from bulou.kernel import codes
from bulou.rounds import rules as round_rules
from bulou.rounds.choices import RoundKind
from bulou.rounds.models import Exemption, RosterEntry, TestingRound
from bulou.specimens.choices import TubeState
from bulou.specimens.models import TubeMember
from bulou.testing.choices import AntigenOutcome
from bulou.testing.models import AntigenReport
from bulou.testing.rules import Tally

NO_SPECIMEN: Final = (TubeState.VOIDED, TubeState.LOST)
HOUSEHOLD: Final = "household"

_TUBES = """
    SELECT {distinct} member.person_id FROM specimens_tubemember member
      JOIN specimens_tube tube ON tube.tube_id = member.tube_id
     WHERE member.round_id = %s AND tube.state NOT IN ('voided', 'lost') AND tube.registered_at <= %s {same}
"""
_SELF_TESTS = """
    SELECT {distinct} member.person_id FROM testing_antigenreport member
     WHERE member.round_id = %s AND member.outcome <> 'invalid' AND member.reported_at <= %s {same}
"""
_WHOLE = """
    SELECT {key} AS place, count(*), count(tested.person_id),
           sum(CASE WHEN tested.person_id IS NULL AND exempt.person_id IS NOT NULL THEN 1 ELSE 0 END)
      FROM rounds_rosterentry roster
      LEFT JOIN ({tested}) tested ON tested.person_id = roster.person_id
      LEFT JOIN (SELECT person_id FROM rounds_exemption WHERE round_id = %s AND granted_at <= %s) exempt
             ON exempt.person_id = roster.person_id
     WHERE roster.round_id = %s
     GROUP BY 1
"""
_PART = """
    SELECT place, count(*), sum(tested), sum(CASE WHEN tested = 0 AND exempt = 1 THEN 1 ELSE 0 END)
      FROM (SELECT {key} AS place,
                   CASE WHEN EXISTS ({tested}) THEN 1 ELSE 0 END AS tested,
                   CASE WHEN EXISTS (SELECT 1 FROM rounds_exemption
                                      WHERE round_id = %s AND granted_at <= %s AND person_id = roster.person_id)
                        THEN 1 ELSE 0 END AS exempt
              FROM rounds_rosterentry roster
             WHERE roster.round_id = %s AND roster.place_code >= %s AND roster.place_code < %s) people
     GROUP BY 1
"""


def of_round(round_: TestingRound, *, as_of: datetime) -> dict[str, Tally]:
    """Figures of every community of a round, by one set statement: hash joins over the whole roster.

    SQLite has no hash join, and without statistics it would scan the tested once for each person (measured: 2 s for
    6,000 people, 14 ms by index); there the whole is read as a part is, one index search for each person.
    """
    if connection.vendor == "sqlite":
        return of_place(round_, "CN", by=round_rules.COMMUNITY_LENGTH, as_of=as_of)
    source = _TUBES if round_.kind == RoundKind.PCR else _SELF_TESTS
    statement = _WHOLE.format(key="substr(roster.place_code, 1, 12)", tested=source.format(distinct="DISTINCT", same=""))
    return _run(statement, round_, as_of, [])


def of_place(round_: TestingRound, place: str, *, by: int | str, as_of: datetime) -> dict[str, Tally]:
    """Figures of the parts of a place: by the first ``by`` characters of their codes, or by ``HOUSEHOLD``.

    Reads only the place's people, by index. Whoever is known no deeper than the place stands under its own code.
    """
    source = _TUBES if round_.kind == RoundKind.PCR else _SELF_TESTS
    key = "roster.household_id" if by == HOUSEHOLD else f"substr(roster.place_code, 1, {int(by)})"
    statement = _PART.format(key=key, tested=source.format(distinct="", same="AND member.person_id = roster.person_id"))
    return _run(statement, round_, as_of, list(codes.below(place)))


def _run(statement: str, round_: TestingRound, as_of: datetime, bounds: list[str]) -> dict[str, Tally]:
    at = connection.ops.adapt_datetimefield_value(as_of)
    with connection.cursor() as cursor:
        cursor.execute(statement, [round_.pk, at, round_.pk, at, round_.pk, *bounds])
        return {
            place: Tally(roster=int(roster), tested=int(tested), exempt=int(exempt))
            for place, roster, tested, exempt in cursor.fetchall()
        }


def missing(round_: TestingRound) -> QuerySet[RosterEntry]:
    """Everybody on the roster who is neither tested nor exempt, to be narrowed, ordered and paged by the caller."""
    same = {"round_id": OuterRef("round_id"), "person_id": OuterRef("person_id")}
    tested: QuerySet[TubeMember] | QuerySet[AntigenReport]
    if round_.kind == RoundKind.PCR:
        tested = TubeMember.objects.filter(**same).exclude(tube__state__in=NO_SPECIMEN)
    else:
        tested = AntigenReport.objects.filter(**same).exclude(outcome=AntigenOutcome.INVALID)
    exempt = Exemption.objects.filter(**same)
    return RosterEntry.objects.filter(~Exists(tested), ~Exists(exempt), round=round_)
