"""The books of notices, of the buildings that are told, of further languages, of questions and rumours."""

from __future__ import annotations

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.notices import actions
from bulou.notices.choices import AskedKind, DeliveryState, How, NoticeState, QuestionState, Verdict, Way
from bulou.notices.models import AskedQuestion, NoticeDelivery, NoticeText, PlainNotice

NOTICE_STATES = {
    NoticeState.DRAFT.value: _("to be written"), NoticeState.PUBLISHED.value: _("published"),
    NoticeState.WITHDRAWN.value: _("withdrawn"),
}  # fmt: skip
DELIVERY_STATES = {
    DeliveryState.OWED.value: _("not told yet"), DeliveryState.TOLD.value: pgettext_lazy("notices", "told"),
    DeliveryState.STOPPED.value: _("no longer: withdrawn"),
}  # fmt: skip
WAYS = {
    Way.POSTER.value: _("Poster at the door"), Way.LOUDSPEAKER.value: _("Loudspeaker"),
    Way.CAPTAIN.value: _("Building captain, door by door"), Way.LETTER.value: _("Letter into every home"),
    Way.GROUP.value: _("Message to a group"),
}  # fmt: skip
KINDS = {
    AskedKind.QUESTION.value: _("Question"),
    AskedKind.RUMOUR.value: _("Rumour"),
}
QUESTION_STATES = {
    QuestionState.OPEN.value: _("waits for an answer"), QuestionState.ANSWERED.value: _("answered in public"),
    QuestionState.JOINED.value: _("joined to another"),
}  # fmt: skip
VERDICTS = {
    Verdict.REFUTED.value: _("not true"), Verdict.CONFIRMED.value: pgettext_lazy("notices", "true"),
    Verdict.PARTLY.value: _("partly true"),
}  # fmt: skip
HOWS = {
    How.PHONE.value: _("Telephone"), How.CAPTAIN.value: _("Building captain"),
    How.PAPER.value: _("Paper"), How.VISIT.value: _("Visit"), How.WEB.value: _("Web"),
}  # fmt: skip


def _notices(by: Actor) -> QuerySet[PlainNotice]:
    """Who wrote it, where it holds, and who is to tell it; with how many buildings and households were reached."""
    ours = NoticeDelivery.objects.filter(within(by, "unit")).values("notice")
    of_it = NoticeDelivery.objects.filter(notice=OuterRef("pk")).order_by().values("notice")
    told = of_it.filter(state=DeliveryState.TOLD).annotate(number=Count("pk")).values("number")
    homes = of_it.annotate(number=Sum("households")).values("number")
    reached = of_it.annotate(number=Sum(Least("reached", "households"))).values("number")
    counted = {
        name: Coalesce(Subquery(found, output_field=IntegerField()), 0)
        for name, found in (("told", told), ("homes", homes), ("reached", reached))
    }
    return PlainNotice.objects.filter(within(by, "unit", "place_code") | Q(pk__in=ours)).annotate(**counted)


def _deliveries(by: Actor) -> QuerySet[NoticeDelivery]:
    return NoticeDelivery.objects.filter(within(by, "unit", "notice__unit")).select_related("notice")


def _texts(by: Actor) -> QuerySet[NoticeText]:
    ours = NoticeDelivery.objects.filter(within(by, "unit")).values("notice")
    seen = within(by, "notice__unit", "notice__place_code") | Q(notice__in=ours)
    return NoticeText.objects.filter(seen).select_related("notice")


def _questions(by: Actor) -> QuerySet[AskedQuestion]:
    return AskedQuestion.objects.filter(within(by, "unit", "place_code"))


def titled(row: PlainNotice) -> str:
    """A notice's heading in the reader's language, or in the one that it has."""
    chinese = (get_language() or "").startswith("zh")
    return (row.title_zh or row.title_en) if chinese else (row.title_en or row.title_zh)


def _words(needed: bool) -> tuple[Field, ...]:  # noqa: FBT001 - whether a blank keeps the draft's word
    return (
        Field(name="title_zh", label=_("Heading in Chinese"), most=120, needed=needed),
        Field(name="title_en", label=_("Heading in English"), most=160, needed=needed),
        Field(name="text_zh", label=_("Text in Chinese"), kind=Kind.LONG, most=4_000, needed=needed),
        Field(name="text_en", label=_("Text in English"), kind=Kind.LONG, most=4_000, needed=needed),
        Field(name="basis", label=_("Legal basis"), needed=needed, help=_("Law and article, or the order's number")),
        Field(name="call", label=_("Who may be called"), most=160, needed=needed),
        Field(name="object_to", label=_("How to object"), most=160, needed=needed,
              help=_("Also for somebody without a telephone")),
    )  # fmt: skip


_PLACES = Field(
    name="places", label=pgettext_lazy("notices", "Places"), most=2_000,
    help=_("Codes of buildings, communities or divisions, with blanks between"),
)  # fmt: skip

NOTICES = Book(
    name="notices", line="D22", title=_("Notices to residents"), one=pgettext_lazy("notices", "Notice"), subject="notice",
    model=PlainNotice,
    see=Operation.SEE_NOTICES, visible=_notices, lead="title", order="drafted_at", latest=True, state="state",
    closed=(NoticeState.WITHDRAWN,), clocked=(NoticeState.DRAFT,), search=("title_zh", "title_en", "text_zh", "because"),
    looks={NoticeState.DRAFT: Look.WAITS, NoticeState.PUBLISHED: Look.DONE, NoticeState.WITHDRAWN: Look.PLAIN},
    related=(("buildings_told", "notice"), ("notice_texts", "notice")),
    note=_("what holds, in plain words, told at every building; also to who has no telephone"),
    columns=(
        Column(name="title", label=_("Heading"), of=titled),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=NOTICE_STATES),
        Column(name="unit", label=_("Told by"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=pgettext_lazy("notices", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="buildings", label=_("Buildings"), kind=Kind.NUMBER),
        Column(name="told", label=_("Of these told"), kind=Kind.NUMBER),
        Column(name="homes", label=_("Households there"), kind=Kind.NUMBER),
        Column(name="reached", label=_("Reached one by one"), kind=Kind.NUMBER),
        Column(name="drafted_at", label=_("Drafted at"), kind=Kind.INSTANT, listed=False),
        Column(name="starts_at", label=_("Holds from"), kind=Kind.INSTANT, listed=False),
        Column(name="ends_at", label=_("Ends"), kind=Kind.INSTANT),
        Column(name="title_zh", label=_("Heading in Chinese"), listed=False),
        Column(name="title_en", label=_("Heading in English"), listed=False),
        Column(name="text_zh", label=_("Text in Chinese"), kind=Kind.LONG, listed=False),
        Column(name="text_en", label=_("Text in English"), kind=Kind.LONG, listed=False),
        Column(name="basis", label=_("Legal basis"), listed=False),
        Column(name="call", label=_("Who may be called"), listed=False),
        Column(name="object_to", label=_("How to object"), listed=False),
        Column(name="places", label=pgettext_lazy("notices", "Places"), listed=False),
        Column(name="because", label=_("What it explains"), listed=False),
        Column(name="published_at", label=_("Published at"), kind=Kind.INSTANT, listed=False),
        Column(name="published_by", label=_("Published by"), listed=False),
        Column(name="ended_why", label=_("Why it was withdrawn"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Write a notice"), means=_("It is published, and every building of the places is to be told"),
        operation=Operation.WRITE_NOTICE, act=actions.write_notice,
        takes=(
            Field(name="unit", label=_("Told by"), kind=Kind.UNIT), _PLACES, *_words(needed=True),
            Field(name="starts_at", label=_("Holds from"), kind=Kind.INSTANT, needed=False, help=_("Blank: from now")),
            Field(name="ends_at", label=_("Ends"), kind=Kind.INSTANT),
            Field(name="because", label=_("What it explains"), most=96, needed=False,
                  help=_("For example order: and its code")),
        ),
    ),
    steps=(
        Step(
            name="publish", label=_("Publish it"), means=_("What is left blank stays as drafted; every building is to be told"),
            operation=Operation.WRITE_NOTICE, act=actions.publish_notice, main=True,
            when=lambda row: row.state == NoticeState.DRAFT,
            takes=(
                *_words(needed=False),
                Field(name="places", label=pgettext_lazy("notices", "Places"), most=2_000, needed=False,
                      help=_("Blank: as drafted")),
                Field(name="ends_at", label=_("Ends"), kind=Kind.INSTANT, needed=False, help=_("Blank: as drafted")),
            ),
        ),
        Step(
            name="withdraw", label=_("Withdraw it"), means=_("No page shows it any more, nobody is told any more"),
            operation=Operation.WRITE_NOTICE, act=actions.withdraw_notice, when=lambda row: row.state != NoticeState.WITHDRAWN,
            takes=(Field(name="reason", label=_("Why it holds no more")),),
        ),
    ),
    told={
        LineTag.NOTICE_DRAFTED: _("Drafted"), LineTag.NOTICE_PUBLISHED: _("Published"),
        LineTag.NOTICE_TRANSLATED: _("One more language"), LineTag.NOTICE_WITHDRAWN: _("Withdrawn"),
    },
)  # fmt: skip

BUILDINGS_TOLD = Book(
    name="buildings_told", line="D22", title=_("Buildings told"), one=pgettext_lazy("notices", "Building"),
    subject="building_told",
    model=NoticeDelivery, see=Operation.SEE_NOTICES, visible=_deliveries, lead="place", order="due_at", state="state",
    closed=(DeliveryState.TOLD, DeliveryState.STOPPED),
    looks={DeliveryState.OWED: Look.WAITS, DeliveryState.TOLD: Look.DONE, DeliveryState.STOPPED: Look.PLAIN},
    note=_("a telephone message is counted beside, and never tells a building by itself"),
    columns=(
        Column(name="place", label=pgettext_lazy("notices", "Building")),
        Column(name="notice", label=pgettext_lazy("notices", "Notice"), kind=Kind.ROW, of="notice_id", book="notices",
               shown=lambda row: titled(row.notice)),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=DELIVERY_STATES),
        Column(name="unit", label=_("Told by"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=_("Told by when"), kind=Kind.INSTANT, clock=True),
        Column(name="households", label=_("Households there"), kind=Kind.NUMBER),
        Column(name="reached", label=_("Reached one by one"), kind=Kind.NUMBER),
        Column(name="way", label=pgettext_lazy("notices", "How"), kind=Kind.WORD, words=WAYS),
        Column(name="place_code", label=_("Area"), kind=Kind.PLACE, listed=False),
        Column(name="evidence", label=_("Evidence"), listed=False),
        Column(name="told_at", label=_("Told at"), kind=Kind.INSTANT, listed=False),
        Column(name="told_by", label=_("Said by"), listed=False),
    ),
    steps=(
        Step(
            name="tell", label=_("It was told"), means=_("With how, and what shows it"), operation=Operation.DELIVER_NOTICE,
            act=actions.tell_building, main=True, when=lambda row: row.state != DeliveryState.STOPPED,
            takes=(
                Field(name="way", label=pgettext_lazy("notices", "How"), kind=Kind.WORD, words=WAYS, enum=Way),
                Field(
                    name="reached", label=_("Reached one by one"), kind=Kind.NUMBER, most=100_000, needed=False,
                    help=_("Altogether so far; a poster or a loudspeaker needs none"),
                ),
                Field(name="evidence", label=_("Evidence"), help=_("The photograph, the list, or who read it aloud")),
                Field(
                    name="all_ours", label=_("So at every building of ours"), kind=Kind.YES, needed=False,
                    help=_("Of this notice, where nobody was told yet; poster or loudspeaker only"),
                ),
            ),
        ),
    ),
    told={LineTag.NOTICE_TOLD: pgettext_lazy("notices", "Told")},
)  # fmt: skip

TEXTS = Book(
    name="notice_texts", line="D22", title=_("Notices in further languages"), one=pgettext_lazy("notices", "Text"),
    subject="notice_text",
    model=NoticeText, see=Operation.SEE_NOTICES, visible=_texts, lead="title", unit="notice__unit_id",
    columns=(
        Column(name="title", label=_("Heading")),
        Column(name="language", label=_("Language")),
        Column(name="notice", label=pgettext_lazy("notices", "Notice"), kind=Kind.ROW, of="notice_id", book="notices",
               shown=lambda row: titled(row.notice)),
        Column(name="text", label=pgettext_lazy("notices", "Text"), kind=Kind.LONG, listed=False),
        Column(name="written_at", label=_("Written at"), kind=Kind.INSTANT),
        Column(name="written_by", label=_("Written by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("One more language"), means=_("The same in a language that people there read"),
        operation=Operation.WRITE_NOTICE, act=actions.translate_notice,
        takes=(
            Field(name="notice", label=pgettext_lazy("notices", "Notice"), kind=Kind.ROW, most=24),
            Field(name="language", label=_("Language"), most=8, help=_("Its short code: fr, ug, ii")),
            Field(name="title", label=_("Heading"), most=160),
            Field(name="text", label=pgettext_lazy("notices", "Text"), kind=Kind.LONG, most=4_000),
        ),
    ),
)  # fmt: skip

QUESTIONS = Book(
    name="questions", line="D22", title=_("Questions and rumours"), one=_("Question"), subject="question", model=AskedQuestion,
    see=Operation.SEE_QUESTIONS, visible=_questions, lead="text", order="due_at", state="state",
    closed=(QuestionState.ANSWERED, QuestionState.JOINED), search=("text", "answer_zh", "answer_en"),
    looks={QuestionState.OPEN: Look.WAITS, QuestionState.ANSWERED: Look.DONE, QuestionState.JOINED: Look.PLAIN},
    note=_("answered where everybody reads it; a rumour is refuted or confirmed, never deleted; who asked is not kept"),
    columns=(
        Column(name="text", label=_("What is asked or told")),
        Column(name="kind", label=_("Kind"), kind=Kind.WORD, words=KINDS),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=QUESTION_STATES),
        Column(name="unit", label=_("Who answers"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=_("Answered by"), kind=Kind.INSTANT, clock=True),
        Column(name="times", label=_("Times asked"), kind=Kind.NUMBER),
        Column(name="verdict", label=_("Is it true"), kind=Kind.WORD, words=VERDICTS),
        Column(name="place_code", label=_("Area"), kind=Kind.PLACE, listed=False),
        Column(name="how", label=_("Came by"), kind=Kind.WORD, words=HOWS, listed=False),
        Column(name="asked_at", label=_("First asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="last_at", label=_("Last asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="answer_zh", label=_("Answer in Chinese"), kind=Kind.LONG, listed=False),
        Column(name="answer_en", label=_("Answer in English"), kind=Kind.LONG, listed=False),
        Column(name="evidence", label=_("What it rests on"), listed=False),
        Column(name="answered_at", label=_("Answered at"), kind=Kind.INSTANT, listed=False),
        Column(name="answered_by", label=_("Answered by whom"), listed=False),
        Column(name="same_as", label=_("Answered with"), kind=Kind.ROW, of="same_as_id", book="questions", listed=False),
    ),
    opens=Step(
        name="open", label=_("Take down a question or rumour"), means=_("Its owner is told; who asked is not written down"),
        operation=Operation.ASK_QUESTION, act=actions.ask_question,
        takes=(
            Field(name="kind", label=_("Kind"), kind=Kind.WORD, words=KINDS, enum=AskedKind),
            Field(name="text", label=_("What is asked or told"), kind=Kind.LONG, most=300, help=_("Without anybody's name")),
            Field(name="how", label=_("Came by"), kind=Kind.WORD, words=HOWS, enum=How),
            Field(name="place_code", label=_("Area"), kind=Kind.PLACE, help=_("The community's code, or the district's")),
        ),
    ),
    steps=(
        Step(
            name="answer", label=_("Answer in public"), means=_("In both languages, with what it rests on; everybody reads it"),
            operation=Operation.ANSWER_QUESTION, act=actions.answer_question, main=True,
            when=lambda row: row.state != QuestionState.JOINED,
            takes=(
                Field(
                    name="verdict", label=_("Is it true"), kind=Kind.WORD, words=VERDICTS, enum=Verdict, needed=False,
                    help=_("Of a rumour; blank for a question"),
                ),
                Field(name="answer_zh", label=_("Answer in Chinese"), kind=Kind.LONG, most=2_000),
                Field(name="answer_en", label=_("Answer in English"), kind=Kind.LONG, most=2_000),
                Field(name="evidence", label=_("What it rests on")),
            ),
        ),
        Step(
            name="pass", label=_("Another unit knows the answer"), means=_("The clock runs on"),
            operation=Operation.ANSWER_QUESTION, act=actions.pass_question, when=lambda row: row.state == QuestionState.OPEN,
            takes=(Field(name="unit", label=_("Who answers"), kind=Kind.UNIT),),
        ),
        Step(
            name="join", label=_("It repeats another"), means=_("One answer for both"), operation=Operation.ANSWER_QUESTION,
            act=actions.join_question, when=lambda row: row.state == QuestionState.OPEN,
            takes=(Field(name="first", label=_("Number of the first one"), most=24),),
        ),
    ),
    told={
        LineTag.QUESTION_ASKED: _("Asked"), LineTag.QUESTION_AGAIN: _("Asked again"), LineTag.QUESTION_PASSED: _("Passed on"),
        LineTag.QUESTION_JOINED: _("Joined"), LineTag.QUESTION_ANSWERED: pgettext_lazy("notices", "Answered"),
        LineTag.QUESTION_CORRECTED: _("Answer put right"),
    },
)  # fmt: skip
