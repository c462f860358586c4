"""The room's tables: requests, what joins them, draws for calling back, calls."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.requests.choices import CallState, Category, CauseState, DrawHow, DrawState, How, RequestState
from bulou.units.models import Unit, choices_of


class Cause(models.Model):
    """Like requests from one compound, joined (同因归并): their number is known before the gate fills."""

    code = models.CharField(max_length=24, primary_key=True)
    category = models.CharField(max_length=10, choices=choices_of(Category))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="request_causes")  # whose they are
    place_code = CodeField()  # the compound: a community
    state = models.CharField(max_length=8, choices=choices_of(CauseState), default=CauseState.OPEN)
    requests_joined = models.IntegerField(default=0)
    usual = models.FloatField(default=0)  # in one window, when it rose
    opened_at = models.DateTimeField()
    latest_at = models.DateTimeField()
    rose_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-latest_at", "code")
        indexes = (
            models.Index(fields=("latest_at", "code"), name="requests_cause_latest"),
            models.Index(fields=("place_code", "code"), name="requests_cause_place"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("place_code", "category"), condition=~Q(state=CauseState.SETTLED), name="requests_cause_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=CauseState.SETTLED) | (Q(settled_at__isnull=False) & ~Q(evidence="")),
                name="requests_cause_settled_how",
            ),
            models.CheckConstraint(
                condition=~Q(state=CauseState.ANSWERED) | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="requests_cause_answered_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.category} {self.place_code}"


class ResidentRequest(models.Model):
    """What somebody asked for. What it says of persons is erased by rule; who complained is hidden from whom it concerns."""

    code = models.CharField(max_length=24, primary_key=True)
    category = models.CharField(max_length=10, choices=choices_of(Category))
    how = models.CharField(max_length=8, choices=choices_of(How))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="resident_requests")  # whose it is now
    about = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="complaints")  # complained about
    offered_to = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="requests_offered")
    place_code = CodeField()
    place = models.CharField(max_length=160, blank=True, default="")
    text = models.CharField(max_length=2000, blank=True, default="")
    name = models.CharField(max_length=80, blank=True, default="")
    phone = models.CharField(max_length=24, blank=True, default="")
    ticket = models.CharField(max_length=64, blank=True, default="")  # the digest of what opens its public page
    state = models.CharField(max_length=12, choices=choices_of(RequestState))
    same_as = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")
    cause = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="requests")
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    disputes = models.SmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)  # when the unit last said done, or refused
    closed_by = models.CharField(max_length=120, blank=True, default="")
    closed_late = models.BooleanField(default=False)
    evidence = models.CharField(max_length=300, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")  # of a refusal
    confirmed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="requests_due"),
            models.Index(fields=("place_code", "category", "filed_at"), name="requests_place"),
            models.Index(fields=("unit", "state"), name="requests_unit"),
            models.Index(fields=("closed_at",), name="requests_closed"),
            models.Index(fields=("phone", "filed_at"), name="requests_phone"),
        )
        constraints = (
            models.UniqueConstraint(fields=("ticket",), condition=~Q(ticket=""), name="requests_ticket_opens_one"),
            models.CheckConstraint(condition=~Q(text="") | Q(erased_at__isnull=False), name="requests_say_something"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(text="", name="", phone="", place=""), name="requests_erased_wholly"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(RequestState.DONE_CLAIMED, RequestState.CONFIRMED))
                | (Q(closed_at__isnull=False) & ~Q(evidence="") & ~Q(closed_by="")),
                name="requests_done_has_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.REFUSED) | (Q(closed_at__isnull=False) & ~Q(reason="") & ~Q(closed_by="")),
                name="requests_refused_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.CONFIRMED) | Q(confirmed_at__isnull=False), name="requests_confirmed_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.HANDED_OVER) | Q(offered_to__isnull=False), name="requests_handed_to_somebody"
            ),
            models.CheckConstraint(condition=Q(same_as=None) | ~Q(same_as=F("code")), name="requests_not_like_itself"),
            models.CheckConstraint(condition=Q(about=None) | ~Q(about=F("unit")), name="requests_not_owned_by_concerned"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.category} {self.state}"


class Draw(models.Model):
    """A draw of closed requests for calling back: its seed stands in the ledger before anybody can know what it draws."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="call_draws")  # who asks
    how = models.CharField(max_length=12, choices=choices_of(DrawHow))
    state = models.CharField(max_length=8, choices=choices_of(DrawState), default=DrawState.PLANNED)
    seed = models.CharField(max_length=80)
    size = models.SmallIntegerField()
    since = models.DateTimeField()  # requests closed in this half-open period
    until = models.DateTimeField()
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=120)
    drawn_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    frame = models.IntegerField(null=True)  # how many could be drawn
    frame_digest = models.CharField(max_length=64, blank=True, default="")
    drawn = models.SmallIntegerField(default=0)
    exposed_percent = models.SmallIntegerField(null=True)  # the smallest share of false closings found with the pack's chance
    called = models.SmallIntegerField(default=0)
    reached = models.SmallIntegerField(default=0)
    not_done = models.SmallIntegerField(default=0)
    satisfied = models.FloatField(null=True)  # shares, 0 to 1, of who was reached
    satisfied_low = models.FloatField(null=True)
    satisfied_high = models.FloatField(null=True)

    class Meta:
        ordering = ("-planned_at", "code")
        indexes = (models.Index(fields=("planned_at", "code"), name="requests_draw_planned"),)
        constraints = (
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="requests_draw_period"),
            models.CheckConstraint(condition=Q(size__gte=1) & ~Q(seed=""), name="requests_draw_has_a_seed"),
            models.CheckConstraint(
                condition=Q(state=DrawState.PLANNED)
                | (Q(drawn_at__isnull=False) & Q(frame__isnull=False) & ~Q(frame_digest="")),
                name="requests_draw_is_proved",
            ),
            models.CheckConstraint(
                condition=~Q(how=DrawHow.PLANNED) | Q(planned_at__lt=F("until")), name="requests_draw_seed_first"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.how} {self.size}"


class Call(models.Model):
    """A drawn request and what its resident said."""

    code = models.CharField(max_length=24, primary_key=True)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="calls")
    request = models.ForeignKey(ResidentRequest, on_delete=models.PROTECT, related_name="calls")
    stratum = models.CharField(max_length=40)
    weight = models.FloatField()
    place_in_order = models.SmallIntegerField()
    state = models.CharField(max_length=12, choices=choices_of(CallState), default=CallState.OPEN)
    done = models.CharField(max_length=3, blank=True, default="")  # yes, no, blank when not asked
    satisfied = models.CharField(max_length=3, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    called_at = models.DateTimeField(null=True)
    called_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("draw", "place_in_order")
        indexes = (models.Index(fields=("state", "code"), name="requests_call_state"),)
        constraints = (
            models.UniqueConstraint(fields=("draw", "request"), name="requests_called_once"),
            models.CheckConstraint(
                condition=~Q(state=CallState.REACHED) | (~Q(done="") & ~Q(satisfied="")), name="requests_call_answered"
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.OPEN) | (Q(called_at__isnull=False) & ~Q(called_by="")), name="requests_call_signed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.state}"
