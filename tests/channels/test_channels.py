"""Channels: a real socket answers well, badly, late or not at all; each notice arrives, none is lost, no secret is shown."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from bulou.books import reading
from bulou.channels import actions, rules, wire
from bulou.channels.book import CHANNELS, DELIVERIES
from bulou.channels.choices import WORKS, ChannelKind, ChannelState, DeliveryState, Language, Wanted
from bulou.channels.models import Delivery
from bulou.duties import actions as duties
from bulou.duties.models import Duty, Notice
from bulou.duties.opening import Owed, open_duty
from bulou.duties.rows import tell
from bulou.duties.sweep import sweep
from bulou.kernel import clock
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger.models import Entry
from tests import city as cities
from tests import robots
from tests.callers import callers
from tests.robots import KEY

A = cities.COMMUNITY_A


@pytest.fixture
def receiver(monkeypatch):
    with robots.standing(monkeypatch) as server:
        yield server


def _channel(city, kind=ChannelKind.WECOM, *, unit=A, key=KEY, **said):
    address = "duty@example.org" if kind is ChannelKind.EMAIL else f"{rules.PREFIXES[kind][0]}{key}"
    given_ = {"title": "值班群", "by": city.actor(cities.CITY), "at": cities.at(), **said}
    return actions.register_channel(unit=unit, kind=kind, address=address, **given_)


def _notices(number, *, unit=A, at=0.5):
    for one in range(number):
        owed = Owed(
            kind="task.done", about=f"task:{at}-{one}", label="张三 13800000000", owners={"explicit": unit},
            facts={"due_at": cities.at(9)}, issuer=cities.CITY,
        )  # fmt: skip
        duty = open_duty(owed, by=cities.SYSTEM, at=cities.at(at))
        tell(duty, step="task:assigned", unit=unit, due_at=cities.at(at), at=cities.at(at), by=cities.SYSTEM)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (ChannelKind.WECOM, "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + KEY),
        (ChannelKind.WECOM, "https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send?key=" + KEY),
        (ChannelKind.DINGTALK, "https://127.0.0.1/robot/send?access_token=" + KEY),
        (ChannelKind.FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/../../" + KEY),
        (ChannelKind.EMAIL, "one@example.org,two@example.org"),
        (ChannelKind.EMAIL, "one@example.org\nBcc: two@example.org"),
    ],
)
def test_only_a_services_own_address_is_taken(kind, address):
    with pytest.raises(InputFault) as fault:
        rules.read_address(kind, address)
    assert fault.value.column == "address"
    assert KEY not in fault.value.line()


@given(st.integers(1, 500), st.integers(1, 500))
def test_the_wait_grows_and_has_an_end(one, other):
    waits = [rules.next_try(attempts=n, at=cities.at()) - cities.at() for n in sorted((one, other))]
    assert timedelta(seconds=30) <= waits[0] <= waits[1] <= timedelta(minutes=15)


def test_dingtalk_signs_time_and_key_by_hmac_sha256():
    import base64
    import hashlib
    import hmac
    from urllib.parse import parse_qs

    said = parse_qs(wire.signed("SECabc", cities.at()))
    stamp = said["timestamp"][0]
    assert stamp == "1663632000000"
    assert base64.b64decode(said["sign"][0]) == hmac.digest(b"SECabc", f"{stamp}\nSECabc".encode(), hashlib.sha256)


@pytest.mark.django_db
def test_nobody_waits_behind_a_channel_that_fails_however_much_it_owes(city, receiver, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 2)
    _channel(city, ChannelKind.WECOM, code="CH-1")
    _notices(5)
    receiver.behaves = "refuses"
    assert actions.deliver(at=cities.at(0.6)).failed == 1
    _channel(city, ChannelKind.EMAIL, unit=cities.COMMUNITY_B, code="CH-2")
    _notices(1, unit=cities.COMMUNITY_B, at=0.7)
    done = actions.deliver(at=cities.at(0.8))
    assert (done.sent, done.failed) == (1, 1)
    assert Delivery.objects.get(channel="CH-2").state == DeliveryState.SENT
    assert [sent.to for sent in mail.outbox] == [["duty@example.org"]]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(ChannelKind), ids=str)
def test_a_notice_arrives_once_with_its_number_and_without_a_name(city, receiver, kind):
    _channel(city, kind)
    _notices(1)
    assert actions.deliver(at=cities.at(0.6)) == actions.Passed(1, 1, 0)
    assert actions.deliver(at=cities.at(0.7)) == actions.Passed(0, 0, 0)
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.problem) == (DeliveryState.SENT, 1, "")
    assert row.receipt
    if kind is ChannelKind.EMAIL:
        [sent] = mail.outbox
        text = sent.body
        assert sent.to == ["duty@example.org"]
        assert sent.extra_headers["X-Bulou-Delivery"] == row.pk
    else:
        [(path, body)] = receiver.got
        assert path.startswith(f"/{kind}?key={KEY}")
        text = body["content"]["text"] if kind is ChannelKind.FEISHU else body["text"]["content"]
    assert f"#{row.pk}" in text
    assert "期限 09-20 17:00" in text
    assert "张三" not in text
    assert "1380000" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["500", "refuses", "slow", "moved", "html"])
def test_what_the_service_did_not_take_is_owed_and_tried_again(city, receiver, how):
    """``refuses``: HTTP 200, and the refusal in the body, as all three robots do."""
    made = _channel(city)
    _notices(3)
    receiver.behaves = how
    assert actions.deliver(at=cities.at(0.6)) == actions.Passed(3, 0, 1)  # its others wait: one time-out for a pass
    row = Delivery.objects.get(attempts=1)
    assert (row.state, row.next_at) == (DeliveryState.OWED, cities.at(0.6) + timedelta(seconds=30))
    assert row.problem
    assert KEY not in row.problem
    made.refresh_from_db()
    assert (made.state, made.failing_since) == (ChannelState.FAILS, cities.at(0.6))
    receiver.behaves = "well"
    assert actions.deliver(at=cities.at(0.7)).sent == 3
    made.refresh_from_db()
    assert (made.state, made.failing_since) == (ChannelState.WORKS, None)
    assert Duty.objects.get(kind=WORKS).state == "fulfilled"  # and nobody was bothered
    assert not Notice.objects.filter(duty__kind=WORKS).exists()


@pytest.mark.django_db
def test_one_that_fails_does_not_hold_the_others_and_gets_an_owner(city, receiver):
    bad = _channel(city, ChannelKind.FEISHU)
    _channel(city, ChannelKind.EMAIL)
    _notices(4)
    receiver.behaves = "500"
    for minutes in range(36, 60):
        actions.deliver(at=cities.at(minutes=minutes))
        sweep(at=cities.at(minutes=minutes))
    assert len(mail.outbox) == 4 + 1  # the fifth: that the robot fails, told after its ten minutes
    told = Notice.objects.get(duty__kind=WORKS)
    assert (told.unit_id, told.due_at) == (A, cities.at(minutes=46))
    assert Delivery.objects.filter(channel=bad, state=DeliveryState.OWED).count() == 5
    actions.deliver(at=cities.at(25))
    assert Delivery.objects.filter(channel=bad, state=DeliveryState.GIVEN_UP).count() == 1
    assert Entry.objects.filter(tag="channel:delivery:given_up").count() == 1
    ended = actions.end_channel(code=bad.pk, reason="群已解散", by=city.actor(A), at=cities.at(25.1))
    assert (ended.address, ended.key) == ("", "")
    assert not Delivery.objects.filter(channel=bad, state=DeliveryState.OWED).exists()
    assert Duty.objects.get(kind=WORKS).state == "fulfilled"
    with pytest.raises(Refused):
        actions.end_channel(code=bad.pk, reason="again", by=city.actor(A), at=cities.at(25.2))


@pytest.mark.django_db
def test_a_worker_that_dies_between_sending_and_recording_repeats_the_same_number_and_loses_none(city, receiver, monkeypatch):
    class Killed(BaseException):
        """The process ends here: nothing below this line runs."""

    _channel(city)
    _notices(3)
    real = actions._sent

    def dies(*_, **__):
        raise Killed

    monkeypatch.setattr(actions, "_sent", dies)
    with pytest.raises(Killed):
        actions.deliver(at=cities.at(0.6))
    monkeypatch.setattr(actions, "_sent", real)
    assert actions.deliver(at=cities.at(0.6)).sent == 2  # what was not claimed goes on at once
    assert actions.deliver(at=cities.at(0.6) + rules.LEASE).sent == 1
    numbers = [body["text"]["content"].rsplit("#", 1)[1] for _, body in receiver.got]
    assert len(numbers) == 4
    assert set(numbers) == set(Delivery.objects.values_list("code", flat=True))
    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == 3


@pytest.mark.django_db
def test_only_what_the_channel_wants_and_what_was_told_since(city, receiver):
    _notices(2, at=0.5)
    made = _channel(city, at=cities.at(1), wanted=Wanted.FROM_LIMIT, language=Language.EN)
    _channel(city, unit=cities.EAST, key="e" * 20)
    owed = Owed(kind="task.done", about="task:x", label="x", owners={"explicit": A}, facts={"due_at": cities.at(4)}, issuer=A)
    duty = open_duty(owed, by=cities.SYSTEM, at=cities.at(1))
    for hours in (3, 4):  # before the limit, at the limit
        sweep(at=cities.at(hours))
    with CaptureQueriesContext(connection) as asked:
        actions.derive(at=cities.at(4.1))
    assert len([one for one in asked if "INSERT" in one["sql"]]) == 1
    assert [(one.channel_id, one.notice.step) for one in Delivery.objects.all()] == [(made.pk, "after:PT0M:issuer")]
    assert "limit 09-20 12:00" in actions.words(Delivery.objects.get())
    duties.read_notice(notice_id=Delivery.objects.get().notice_id, by=city.actor(A), at=cities.at(4.2))
    shown = reading.listed(DELIVERIES, city.actor(A), chosen={})
    assert [DELIVERIES.column("read_at").value(row) for row in shown] == [cities.at(4.2)]
    assert duty.pk == Delivery.objects.get().notice.duty_id


@pytest.mark.django_db
def test_no_page_answer_or_entry_shows_the_address(city, receiver, client):
    made = _channel(city, ChannelKind.DINGTALK, key=KEY)
    assert made.masked == "…kkkk"
    assert CHANNELS.column("key").value(made) == ""
    shown = [str(one.value(made)) for one in CHANNELS.columns]
    assert not [text for text in shown if KEY in text or "http" in text]
    assert KEY not in json.dumps(list(Entry.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert rules.masked(ChannelKind.EMAIL, "duty@example.org") == "d…@example.org"
    with pytest.raises(NotFound):
        _channel(city, unit=cities.EAST, by=city.actor(A))
    with pytest.raises(Refused):
        _channel(city, ChannelKind.DINGTALK)


@pytest.mark.django_db
def test_a_city_without_channels_pays_one_statement(city):
    _notices(1)
    with CaptureQueriesContext(connection) as asked:
        actions.deliver(at=cities.at(0.6))
    assert len(asked) == 1


@pytest.mark.django_db
def test_inbox_and_duty_say_by_what_a_notice_went_out_and_whether_it_was_taken(city, receiver):
    browser, _ = callers(Role.COMMUNITY_WORKER, A)
    bad, good = _channel(city), _channel(city, ChannelKind.EMAIL)
    _notices(1)
    receiver.behaves = "refuses"
    for minute in (36, 38):
        actions.deliver(at=cities.at(minutes=minute))
    notice = Notice.objects.get(duty__kind="task.done")
    with clock.frozen(cities.at(1)):
        pages = [
            browser.get(address, headers={"accept-language": "en"}).content.decode()
            for address in ("/inbox/", f"/duties/{notice.duty_id}/")
        ]
    for shown in pages:
        assert "WeCom robot: to be sent · tried 2 times" in shown
        assert "E-mail: sent 08:36" in shown
        assert KEY not in shown
        assert "duty@example.org" not in shown
    assert {bad.pk, good.pk} == set(Delivery.objects.filter(notice=notice).values_list("channel", flat=True))
