"""Every page of the preview: its file's name, its template, and what the template takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import gettext

from bulou.web.preview import base, chain, desk, duty, mine, reading, report, rounds, vessels
from bulou.web.preview.city import NOW, at, frame, t
from bulou.web.show.band import LaneHead, band
from bulou.web.show.figures import Empty
from bulou.web.show.frame import Heartbeat, PageFrame
from bulou.web.show.words import span_words


@dataclass(frozen=True, slots=True)
class Scene:
    """One page to be looked at."""

    name: str
    template: str
    page: Callable[[], Any]
    frame: Callable[[], PageFrame]


def calm() -> Any:
    """The desk when all is well: the page must not look broken."""
    page = desk.desk()
    return replace(
        page,
        strip=tuple(
            replace(figure, value=value, note="", chip=None, meter=None, late=False, unit="")
            for figure, value in zip(page.strip, ("99.4%", "0", span_words(timedelta(minutes=52)), "0", "0"), strict=True)
        ),
        band=band([], NOW, lanes=[LaneHead(key=lane.name, name=lane.name) for lane in page.band.lanes]),
        late=replace(page.late, rows=(), total=0, href=""),
        soon=replace(
            page.soon,
            rows=(),
            total=0,
            href="",
            empty=Empty(text=t("一小时内没有到期", "Nothing falls due within the hour"), good=True),
        ),
        waiting=(),
        escalated=(),
        bottleneck=None,
        open_total=0,
    )


SCENES = (
    Scene("desk", "web/desk.html", desk.desk, lambda: frame("desk", live="/")),
    Scene(
        "desk-silent",
        "web/desk.html",
        desk.desk,
        lambda: frame(
            "desk",
            heartbeat=Heartbeat(lag=timedelta(minutes=9), silent_since=at("14:17")),
            stale_since=at("14:11"),
        ),
    ),
    Scene("desk-calm", "web/desk.html", calm, lambda: frame("desk")),
    Scene("wall", "web/wall.html", lambda: desk.desk(wall=True), lambda: frame("desk", wall=True)),
    Scene("mine", "web/mine.html", mine.mine, lambda: frame("mine")),
    Scene("duties", "web/duties.html", desk.duty_list, lambda: frame("duties")),
    Scene("duty", "web/duty.html", duty.duty_page, lambda: frame("duties", gettext("Duty"))),
    Scene("round_list", "web/round_list.html", rounds.round_list, lambda: frame("rounds")),
    Scene("round", "web/round.html", rounds.round_page, lambda: frame("rounds")),
    Scene("round-building", "web/round.html", rounds.building, lambda: frame("rounds")),
    Scene("chain", "web/chain.html", chain.chain, lambda: frame("chain")),
    Scene("box", "web/box.html", vessels.box, lambda: frame("chain")),
    Scene("tube", "web/tube.html", vessels.tube, lambda: frame("chain")),
    Scene("people", "web/people.html", reading.people, lambda: frame("people")),
    Scene("person", "web/person.html", reading.person, lambda: frame("people")),
    Scene("base_figures", "web/base_figures.html", base.figures, lambda: frame("figures")),
    Scene("report", "web/report.html", report.report, lambda: frame("report")),
    Scene("report-provisional", "web/report.html", lambda: report.report(frozen=False), lambda: frame("report")),
    Scene("search", "web/search.html", reading.search, lambda: frame("", gettext("Search"), search="003187")),
    Scene("search-none", "web/search.html", reading.nothing_found, lambda: frame("", gettext("Search"), search="BX-9")),
    Scene("inbox", "web/inbox.html", reading.inbox, lambda: frame("inbox")),
    Scene("login", "web/login.html", reading.login, lambda: frame("", gettext("Log in"), who=None, nav=())),
    Scene(
        "login-wrong",
        "web/login.html",
        lambda: reading.login(wrong=True),
        lambda: frame("", gettext("Log in"), who=None, nav=()),
    ),
    Scene("403", "403.html", reading.fault, lambda: frame("")),
    Scene("404", "404.html", lambda: None, lambda: frame("")),
    Scene("500", "500.html", lambda: None, lambda: frame("")),
)


def render(scene: Scene) -> str:
    """The page in the active language, as the console would send it."""
    request = RequestFactory().get("/")
    return render_to_string(scene.template, {"frame": scene.frame(), "page": scene.page()}, request=request)
