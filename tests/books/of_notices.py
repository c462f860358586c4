"""Rows of the books of notices, buildings told, further languages, questions."""

from __future__ import annotations

from bulou.kernel import codes
from bulou.notices import actions as notices
from bulou.notices.choices import AskedKind, How
from bulou.notices.models import AskedQuestion, NoticeDelivery
from tests import city as cities
from tests.books.of_zones import _buildings


def notice(city, unit, secret):
    return notices.write_notice(
        unit=unit, places=_buildings(unit), title_zh=secret, title_en=secret, text_zh=secret, text_en=secret, basis="指挥部通告 1 号",
        call="社区 0851-1", object_to="社区窗口或电话", ends_at=cities.at(48), by=city.actor(unit if unit in city.actors else cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def building_told(city, unit, secret):
    row = NoticeDelivery.objects.filter(notice=notice(city, unit, secret)).earliest("code")
    NoticeDelivery.objects.filter(pk=row.pk).update(unit=unit, place=secret)
    return row.pk


def notice_text(city, unit, secret):
    return notices.translate_notice(
        notice=notice(city, unit, secret), language="fr", title=secret, text=secret, by=city.actor(cities.CITY), at=cities.at()
    ).pk


def question(city, unit, secret):
    row = notices.ask_question(
        kind=AskedKind.QUESTION, text=secret, how=How.PHONE, place_code=codes.territory(unit), by=city.actor(cities.CITY), at=cities.at()
    )  # fmt: skip
    AskedQuestion.objects.filter(pk=row.pk).update(unit=unit)
    return row.pk


SCENES = {"notices": notice, "buildings_told": building_told, "notice_texts": notice_text, "questions": question}
