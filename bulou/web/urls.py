"""The console's routes, in the namespace ``web``.

=============  ==============================  ====================================================================
name           path                            page, and the view-model that its template takes
=============  ==============================  ====================================================================
desk           /                               desk.html, ``duties.DeskPage``
mine           /mine/                          mine.html, ``duties.MinePage``
rounds         /rounds/                        round_list.html, ``rounds.RoundListPage``
round          /rounds/<code>/                 round.html, ``rounds.RoundPage``
round_place    /rounds/<code>/<place>/         round.html, ``rounds.RoundPage``
chain          /chain/                         chain.html, ``rounds.ChainPage``
box            /boxes/<id>/                    box.html, ``rounds.BoxPage``
tube           /tubes/<id>/                    tube.html, ``rounds.TubePage``
duties         /duties/                        duties.html, ``duties.DutyListPage``
duty           /duties/<id>/                   duty.html, ``duties.DutyPage``
people         /people/                        people.html, ``reading.PeoplePage``
person         /people/<id>/                   person.html, ``reading.PersonPage``
figures        /figures/                       base_figures.html, ``reading.FiguresPage``
report         /report/                        report.html, ``reading.ReportPage`` (yesterday's)
report_day     /report/<day>/                  report.html, ``reading.ReportPage``
search         /search/?q=                     search.html, ``reading.SearchPage``
inbox          /inbox/                         inbox.html, ``reading.InboxPage``
wall           /wall/                          wall.html, ``duties.DeskPage``
login          /login/                         login.html, ``reading.LoginPage``
logout         /logout/ (POST)                 goes to login
set_language   /language/ (POST)               ``language``, ``next``
set_post       /post/ (POST)                   ``post``, ``next``
=============  ==============================  ====================================================================

Error pages: 403.html, 404.html, 500.html in ``templates/`` take ``reading.ErrorPage``, or nothing.
Steps that a button takes (fulfil, accept, …) have addresses of their own, which view-models carry in ``Act.url``.
"""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern

app_name = "web"

ROUTES: Final[dict[str, str]] = {
    "desk": "",
    "mine": "mine/",
    "rounds": "rounds/",
    "round": "rounds/<str:code>/",
    "round_place": "rounds/<str:code>/<str:place>/",
    "chain": "chain/",
    "box": "boxes/<str:id>/",
    "tube": "tubes/<str:id>/",
    "duties": "duties/",
    "duty": "duties/<str:id>/",
    "people": "people/",
    "person": "people/<str:id>/",
    "figures": "figures/",
    "report": "report/",
    "report_day": "report/<str:day>/",
    "search": "search/",
    "inbox": "inbox/",
    "wall": "wall/",
    "login": "login/",
    "logout": "logout/",
    "set_language": "language/",
    "set_post": "post/",
}

urlpatterns: list[URLPattern] = []
