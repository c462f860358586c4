"""The room's tables: notices and their further languages, the buildings that are told, questions and rumours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.notices.choices import AskedKind, DeliveryState, How, NoticeState, QuestionState, Verdict, Way
from bulou.units.models import Unit, choices_of


class PlainNotice(models.Model):
    """What holds at some places, in words that a resident reads: by whom, on what basis, until when, whom to call."""

    code = models.CharField(max_length=24, primary_key=True)
    because = models.CharField(
        max_length=96, blank=True, default=""
    )  # what it explains: order:…, zone:…, restriction:…, round:…
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="plain_notices")  # who tells it
    place_code = CodeField()  # the narrowest that covers its places
    places = models.CharField(max_length=2_200)  # codes, with a blank between
    title_zh = models.CharField(max_length=120, blank=True, default="")
    title_en = models.CharField(max_length=160, blank=True, default="")
    text_zh = models.CharField(max_length=4_000, blank=True, default="")
    text_en = models.CharField(max_length=4_000, blank=True, default="")
    basis = models.CharField(max_length=200, blank=True, default="")  # law and article, or the order's number
    call = models.CharField(max_length=160, blank=True, default="")  # who may be called
    object_to = models.CharField(max_length=160, blank=True, default="")  # how to object, without a telephone too
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # hard
    state = models.CharField(max_length=9, choices=choices_of(NoticeState), default=NoticeState.DRAFT)
    due_at = models.DateTimeField()  # of writing, then of telling every building
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=120, blank=True, default="")
    buildings = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-drafted_at", "-code")
        indexes = (
            models.Index(fields=("-drafted_at", "-code"), name="plain_notice_drafted"),
            models.Index(fields=("unit", "state"), name="plain_notice_unit"),
            models.Index(fields=("because",), condition=~Q(because=""), name="plain_notice_because"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("because",), condition=Q(state=NoticeState.DRAFT) & ~Q(because=""), name="notice_one_draft"
            ),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.PUBLISHED)
                | (
                    Q(published_at__isnull=False)
                    & ~Q(published_by="")
                    & ~Q(title_zh="") & ~Q(title_en="") & ~Q(text_zh="") & ~Q(text_en="")
                    & ~Q(basis="") & ~Q(call="") & ~Q(object_to="")
                ),
                name="notice_published_complete",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="notice_window"),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.WITHDRAWN) | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="notice_withdrawn_why",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title_zh}"


class NoticeText(models.Model):
    """A notice in one more language than Chinese and English."""

    code = models.CharField(max_length=36, primary_key=True)
    notice = models.ForeignKey(PlainNotice, on_delete=models.PROTECT, related_name="texts")
    language = models.CharField(max_length=8)  # as in BCP 47: ug, ii, fr
    title = models.CharField(max_length=160)
    text = models.CharField(max_length=4_000)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("notice", "language"), name="notice_text_once"),)

    def __str__(self) -> str:
        return self.code


class NoticeDelivery(models.Model):
    """One building (or a community whose buildings are not kept) that is to be told of one notice, and how it was."""

    code = models.CharField(max_length=48, primary_key=True)
    notice = models.ForeignKey(PlainNotice, on_delete=models.PROTECT, related_name="deliveries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notice_deliveries")  # the community
    place_code = CodeField()
    place = models.CharField(max_length=160)
    households = models.IntegerField()  # registered there when it was published
    reached = models.IntegerField(default=0)  # of them, as last said
    state = models.CharField(max_length=7, choices=choices_of(DeliveryState), default=DeliveryState.OWED)
    way = models.CharField(max_length=11, choices=choices_of(Way), blank=True, default="")
    evidence = models.CharField(max_length=200, blank=True, default="")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="notice_delivery_due"),
            models.Index(fields=("notice", "unit", "state"), name="notice_delivery_unit"),
            models.Index(fields=("place_code", "notice"), name="notice_delivery_place"),
        )
        constraints = (
            models.UniqueConstraint(fields=("notice", "place_code"), name="notice_delivery_once"),
            models.CheckConstraint(condition=Q(reached__gte=0) & Q(households__gte=0), name="notice_delivery_counts"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.TOLD)
                | (Q(told_at__isnull=False) & ~Q(way__in=("", Way.GROUP)) & ~Q(evidence="")),
                name="notice_told_without_phone",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.code


class AskedQuestion(models.Model):
    """A question or a rumour: whose it is to answer, by when, the answer that everybody reads; never who asked."""

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=8, choices=choices_of(AskedKind))
    text = models.CharField(max_length=300)
    same = models.CharField(max_length=64)  # one digest for texts that say the same
    how = models.CharField(max_length=7, choices=choices_of(How))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="questions")  # who answers
    scope = CodeField()  # whose it was when it was asked: the same words there are one question
    place_code = CodeField()
    state = models.CharField(max_length=8, choices=choices_of(QuestionState), default=QuestionState.OPEN)
    same_as = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="joined")
    times = models.IntegerField(default=1)  # asked
    asked_at = models.DateTimeField()
    last_at = models.DateTimeField()
    due_at = models.DateTimeField()
    verdict = models.CharField(max_length=9, choices=choices_of(Verdict), blank=True, default="")
    answer_zh = models.CharField(max_length=2_000, blank=True, default="")
    answer_en = models.CharField(max_length=2_000, blank=True, default="")
    evidence = models.CharField(max_length=200, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="question_due"),
            models.Index(fields=("unit", "state"), name="question_unit"),
            models.Index(
                fields=("place_code", "-answered_at"), condition=Q(state=QuestionState.ANSWERED), name="question_answers"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "same", "scope"), condition=Q(state=QuestionState.OPEN), name="question_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=QuestionState.ANSWERED)
                | (Q(answered_at__isnull=False) & ~Q(answer_zh="") & ~Q(answer_en="") & ~Q(evidence="")),
                name="question_answer_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=QuestionState.ANSWERED, kind=AskedKind.RUMOUR) | ~Q(verdict=""), name="rumour_has_verdict"
            ),
            models.CheckConstraint(
                condition=Q(state=QuestionState.JOINED, same_as__isnull=False)
                | (~Q(state=QuestionState.JOINED) & Q(same_as=None)),
                name="question_joined",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"
