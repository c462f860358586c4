"""Orders, their addressees down the chain, random checks, clashes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.orders.choices import Answer, Bound, CheckState, Clash, ClashState, Link, OrderState, Prevails, Reach, Subject, Verb
from bulou.rounds.models import Site, TestingRound
from bulou.units.models import Unit, choices_of


class Order(models.Model):
    """One order as it was issued: its prose for people, its words for the rule, its hash; nobody edits it."""

    code = models.CharField(max_length=24, primary_key=True)
    number = models.CharField(max_length=60)  # as the issuer numbers its orders
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=4000)
    basis = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    issuer = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders_issued")
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    place_code = CodeField()
    verb = models.CharField(max_length=10, choices=choices_of(Verb))
    subject = models.CharField(max_length=10, choices=choices_of(Subject))
    thing = models.CharField(max_length=60, blank=True, default="")  # one named team, site, market
    amount = models.IntegerField(null=True)
    bound = models.CharField(max_length=8, choices=choices_of(Bound), default=Bound.AT_LEAST)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # hard: after it nobody owes anything because of this order
    due_at = models.DateTimeField()
    round = models.ForeignKey(TestingRound, null=True, on_delete=models.PROTECT, related_name="orders")
    per_hour = models.IntegerField(null=True)  # samples an hour that each sampling site owes
    reach = models.CharField(max_length=11, choices=choices_of(Reach))
    named = models.CharField(max_length=2000, blank=True, default="")
    supersedes = models.CharField(max_length=24, blank=True, default="")
    state = models.CharField(max_length=11, choices=choices_of(OrderState), default=OrderState.IN_FORCE)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")
    ended_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-issued_at", "-code")
        indexes = (
            models.Index(fields=("-issued_at", "-code"), name="order_issued"),
            models.Index(fields=("issuer", "-issued_at"), name="order_issuer"),
            models.Index(fields=("subject", "ends_at"), condition=Q(state=OrderState.IN_FORCE), name="order_in_force"),
        )
        constraints = (
            models.UniqueConstraint(fields=("issuer", "number"), name="order_number"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="order_window"),
            models.CheckConstraint(condition=Q(due_at__gt=F("issued_at")) & Q(due_at__lte=F("ends_at")), name="order_due"),
            models.CheckConstraint(
                condition=Q(state=OrderState.IN_FORCE, ended_at=None)
                | (~Q(state=OrderState.IN_FORCE) & Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="order_ended_why",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="order_amount"),
            models.CheckConstraint(condition=Q(per_hour=None) | Q(per_hour__gt=0, round__isnull=False), name="order_per_hour"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Addressee(models.Model):
    """One unit of an order's chain; it receives the order when the unit above it has opened it."""

    code = models.CharField(max_length=32, primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="addressees", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders_received")
    place_code = CodeField()
    above = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="below")
    leaf = models.BooleanField()  # carries it out; the others pass it on
    state = models.CharField(max_length=10, choices=choices_of(Link))
    came_from = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")  # the last link that opened it
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="orders")
    due_at = models.DateTimeField()  # of the step that is owed now
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=120, blank=True, default="")
    understood_at = models.DateTimeField(null=True)
    understood_as = models.CharField(max_length=200, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    pace = models.IntegerField(null=True)  # samples an hour over the last window, from the round's own facts
    pace_at = models.DateTimeField(null=True)
    lagging = models.BooleanField(default=False)
    answer = models.CharField(max_length=300, blank=True, default="")  # impossible, because …
    answered_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, choices=choices_of(Answer), blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=120, blank=True, default="")
    photo = models.CharField(max_length=64, blank=True, default="")  # the hash of a photograph
    count = models.IntegerField(null=True)
    position = models.CharField(max_length=60, blank=True, default="")
    witness = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("order", "state"), name="addressee_order"),
            models.Index(fields=("unit", "state", "due_at"), name="addressee_unit"),
            models.Index(fields=("due_at", "code"), name="addressee_due"),
            models.Index(fields=("site",), condition=Q(site__isnull=False), name="addressee_site"),
        )
        constraints = (
            models.UniqueConstraint(fields=("order", "unit"), name="addressee_once"),
            models.CheckConstraint(
                condition=~Q(state=Link.DONE)
                | Q(leaf=False)
                | (Q(done_at__isnull=False) & (~Q(photo="") | Q(count__isnull=False) | ~Q(position="") | ~Q(witness=""))),
                name="addressee_done_has_evidence",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(Link.WAITING, Link.VOID)) | Q(sent_at__isnull=False), name="addressee_was_sent"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(Link.UNDERSTOOD, Link.STARTED, Link.TO_STOP)) | Q(read_at__isnull=False),
                name="addressee_was_read",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.unit_id} {self.state}"


class Check(models.Model):
    """A random look at an order that was said to be done, by another unit; the seed is kept so that anybody can draw again."""

    code = models.CharField(max_length=36, primary_key=True)
    addressee = models.ForeignKey(Addressee, on_delete=models.PROTECT, related_name="checks")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="checks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="order_checks")  # who looks
    place_code = CodeField()
    seed = models.CharField(max_length=40)
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=choices_of(CheckState), default=CheckState.OWED)
    finding = models.CharField(max_length=200, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="order_check_due"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state=CheckState.OWED) | (Q(checked_at__isnull=False) & ~Q(finding="")), name="order_check_says"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class OrderClash(models.Model):
    """Two orders that cannot both be obeyed, until somebody above both has said which stands."""

    code = models.CharField(max_length=24, primary_key=True)
    first = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="clashes_before")
    second = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="clashes_after")
    why = models.CharField(max_length=10, choices=choices_of(Clash))
    place_code = CodeField()  # the narrower of the two places
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="order_clashes")  # who decides
    found_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=choices_of(ClashState), default=ClashState.OPEN)
    prevails = models.CharField(max_length=6, choices=choices_of(Prevails), blank=True, default="")
    decision = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="order_clash_due"),)
        constraints = (
            models.UniqueConstraint(fields=("first", "second"), name="order_clash_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="order_clash_two"),
            models.CheckConstraint(
                condition=~Q(state=ClashState.DECIDED) | (Q(decided_at__isnull=False) & ~Q(decision="") & ~Q(prevails="")),
                name="order_clash_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.why}"
