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
    SELECT member.person_id FROM specimens_tubemember member
      JOIN specimens_tube tube ON tube.tube_id = member.tube_id
     WHERE member.round_id = %s AND tube.state NOT IN ('voided', 'lost') AND tube.registered_at <= %s {same}
"""
_SELF_TESTS = """
    SELECT member.person_id FROM testing_antigenreport member
     WHERE member.round_id = %s AND member.outcome <> 'invalid' AND member.reported_at <= %s {same}
"""
# One pass over the three sets together, each person once. Joins would be as fast where the planner knows the sizes, and
# quadratic where it does not: right after a roster was drawn it believes that the tables are empty (seen: 18 s for 10,000
# people on PostgreSQL, 2 s for 6,000 on SQLite).
_WHOLE = """
    SELECT place, count(*), sum(tested), sum(CASE WHEN tested = 0 THEN exempt ELSE 0 END)
      FROM (SELECT max(place) AS place, max(tested) AS tested, max(exempt) AS exempt
              FROM (SELECT person_id, NULL AS place, 1 AS tested, 0 AS exempt FROM ({tested}) sampled
                    UNION ALL
                    SELECT person_id, NULL, 0, 1 FROM rounds_exemption WHERE round_id = %s AND granted_at <= %s
                    UNION ALL
                    SELECT person_id, substr(place_code, 1, 12), 0, 0 FROM rounds_rosterentry WHERE round_id = %s) found
             GROUP BY person_id) people
     WHERE place IS NOT NULL
     GROUP BY place
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
    """Figures of every community of a round, by one set statement over the whole roster."""
    source = _TUBES if round_.kind == RoundKind.PCR else _SELF_TESTS
    return _run(_WHOLE.format(tested=source.format(same="")), round_, as_of, [])


def of_place(round_: TestingRound, place: str, *, by: int | str, as_of: datetime) -> dict[str, Tally]:
    """Figures of the parts of a place: by the first ``by`` characters of their codes, or by ``HOUSEHOLD``.

    Reads only the place's people, by index. Whoever is known no deeper than the place stands under its own code.
    """
    source = _TUBES if round_.kind == RoundKind.PCR else _SELF_TESTS
    key = "roster.household_id" if by == HOUSEHOLD else f"substr(roster.place_code, 1, {int(by)})"
    statement = _PART.format(key=key, tested=source.format(same="AND member.person_id = roster.person_id"))
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
