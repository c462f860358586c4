"""The room's tables. Two equations stand in them: a batch's, and a slot's; neither can be broken by any writer."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.supplies.choices import (
    WAITING,
    BookingState,
    GoodKind,
    Measure,
    NeedState,
    PointState,
    Proof,
    ProvisionState,
    PurchaseState,
    Way,
)  # fmt: skip
from bulou.units.models import Unit, choices_of

LIVE = (BookingState.BOOKED, BookingState.COLLECTED)


class _Coded(models.Model):
    """What all of them have: a code, and the unit where the row lies."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class Good(_Coded):
    """A line of a unit's catalogue (物资目录), with its own measure; all below the unit may ask for it."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=choices_of(GoodKind))
    measure = models.CharField(max_length=10, choices=choices_of(Measure))
    usual = models.IntegerField()  # what a household usually gets

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(usual__gt=0), name="supplies_good_usual"),)

    def __str__(self) -> str:
        return self.name


class Supplier(_Coded):
    """Who sells to a unit (供应商)."""

    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=32, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Purchase(_Coded):
    """Goods ordered, until they came or come no more."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="purchases")
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="purchases")
    quantity = models.BigIntegerField()
    came = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=choices_of(PurchaseState), default=PurchaseState.ORDERED)
    ordered_at = models.DateTimeField()
    ordered_by = models.CharField(max_length=120)
    expected_at = models.DateTimeField()
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("expected_at", "code"), name="supplies_purchase_due"),)
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gt=0, came__gte=0), name="supplies_purchase_amounts"),
            models.CheckConstraint(condition=~Q(state=PurchaseState.CANCELLED) | ~Q(ended=""), name="supplies_purchase_why"),
        )


class Batch(_Coded):
    """Stock of one good that came at once. In = out + stock + loss, whatever anybody does: ``came = out + there + lost``."""

    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="batches")
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.PROTECT, related_name="batches")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="moved_on")
    origin = models.CharField(max_length=120)  # the supplier, the donor, the store it was moved from
    came = models.BigIntegerField()
    there = models.BigIntegerField()
    out = models.BigIntegerField(default=0)  # picked for needs, or moved to another store
    lost = models.BigIntegerField(default=0)
    came_at = models.DateTimeField()
    expires_on = models.DateField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("unit", "good", "code"), condition=Q(there__gt=0), name="supplies_batch_left"),
            models.Index(fields=("came_at", "code"), name="supplies_batch_came"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(came=F("out") + F("there") + F("lost"), came__gt=0, there__gte=0, out__gte=0, lost__gte=0),
                name="supplies_batch_adds_up",
            ),
        )


class Entitlement(_Coded):
    """Something a household gets again and again without asking (定期保障)."""

    place_code = CodeField()
    household_id = models.CharField(max_length=40)
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="entitlements")
    quantity = models.IntegerField()
    every_days = models.SmallIntegerField()
    since_on = models.DateField()
    until_on = models.DateField(null=True)
    next_on = models.DateField()  # the first day not asked for yet

    class Meta:
        indexes = (models.Index(fields=("next_on", "code"), name="supplies_standing_next"),)
        constraints = (models.CheckConstraint(condition=Q(quantity__gt=0, every_days__gte=1), name="supplies_standing_amount"),)


class Need(_Coded):
    """What one household needs of one good, until it is at the door."""

    place_code = CodeField()
    household_id = models.CharField(max_length=40)
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="needs")
    quantity = models.IntegerField()
    substitute = models.ForeignKey(Good, null=True, on_delete=models.PROTECT, related_name="substituted")
    how = models.CharField(max_length=8, choices=choices_of(Way))
    first = models.BooleanField(default=False)  # who asked says that somebody there is to be seen to first
    vulnerable = models.BooleanField()  # that, or the register says so
    note = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=9, choices=choices_of(NeedState), default=NeedState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    standing = models.ForeignKey(Entitlement, null=True, on_delete=models.PROTECT, related_name="needs")
    on = models.DateField(null=True)  # of a standing one
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = (
            models.Index(fields=("due_at", "code"), name="supplies_need_due"),
            models.Index(fields=("state", "due_at", "code"), name="supplies_need_state"),
            models.Index(fields=("place_code", "code"), name="supplies_need_place"),
            models.Index(fields=("household_id", "state"), name="supplies_need_household"),
            models.Index(
                fields=("place_code", "good"),
                condition=Q(vulnerable=True, state__in=(NeedState.ASKED, NeedState.PICKED)),
                name="supplies_need_first",
            ),
            models.Index(fields=("unit", "due_at"), condition=Q(state__in=WAITING), name="supplies_need_waits"),
        )
        constraints = (
            models.UniqueConstraint(fields=("standing", "on"), name="supplies_standing_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="supplies_need_amount"),
            models.CheckConstraint(condition=Q(vulnerable=True) | Q(first=False), name="supplies_need_first_counts"),
            models.CheckConstraint(
                condition=~Q(state__in=(NeedState.DELIVERED, NeedState.WITHDRAWN)) | Q(ended_at__isnull=False),
                name="supplies_need_ended",
            ),
            models.CheckConstraint(condition=~Q(state=NeedState.WITHDRAWN) | ~Q(result=""), name="supplies_need_why"),
        )


class Pick(models.Model):
    """So much of a batch went to a need: the second sum beside ``Batch.out``."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="picks")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="picks")
    quantity = models.IntegerField()
    picked_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(quantity__gt=0), name="supplies_pick_amount"),)

    def __str__(self) -> str:
        return f"{self.need_id} {self.quantity}"


class Delivery(_Coded):
    """It is at the door, and this proves it."""

    need = models.OneToOneField(Need, on_delete=models.PROTECT, related_name="delivery")
    place_code = CodeField()
    household_id = models.CharField(max_length=40)
    proof_kind = models.CharField(max_length=9, choices=choices_of(Proof))
    proof = models.CharField(max_length=120)
    ahead = models.CharField(max_length=200, blank=True, default="")  # why it came before a vulnerable neighbour
    delivered_at = models.DateTimeField()
    delivered_by = models.CharField(max_length=120)

    class Meta:
        indexes = (
            models.Index(fields=("place_code", "delivered_at", "household_id"), name="supplies_delivery_place"),
            models.Index(fields=("-delivered_at", "-code"), name="supplies_delivery_last"),
        )
        constraints = (models.CheckConstraint(condition=~Q(proof=""), name="supplies_delivery_proved"),)


class Point(_Coded):
    """Where people fetch things (自提点), with its group-buy leader (团长)."""

    place_code = CodeField()
    name = models.CharField(max_length=120)
    leader = models.CharField(max_length=80, blank=True, default="")
    leader_phone = models.CharField(max_length=32, blank=True, default="")
    crowd = models.IntegerField()  # how many may stand there at once: the most that a slot takes
    state = models.CharField(max_length=6, choices=choices_of(PointState), default=PointState.OPEN)
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("place_code", "code"), name="supplies_point_place"),)
        constraints = (
            models.CheckConstraint(condition=Q(crowd__gte=1), name="supplies_point_crowd"),
            models.CheckConstraint(condition=Q(state=PointState.OPEN) | ~Q(ended=""), name="supplies_point_why"),
        )

    def __str__(self) -> str:
        return self.name


class Slot(_Coded):
    """Some minutes at a point, for so many and no more."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="slots")
    place_code = CodeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    places = models.IntegerField()
    taken = models.IntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("starts_at", "code"), name="supplies_slot_starts"),)
        constraints = (
            models.UniqueConstraint(fields=("point", "starts_at"), name="supplies_slot_once"),
            models.CheckConstraint(
                condition=Q(taken__gte=0, taken__lte=F("places"), ends_at__gt=F("starts_at")), name="supplies_slot_never_over"
            ),
        )

    @property
    def left(self) -> int:
        """Places that nobody has booked."""
        return self.places - self.taken


class Booking(_Coded):
    """A household's place in a slot: one live booking a day."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    place_code = CodeField()
    household_id = models.CharField(max_length=40)
    on = models.DateField()
    state = models.CharField(max_length=9, choices=choices_of(BookingState), default=BookingState.BOOKED)
    booked_at = models.DateTimeField()
    booked_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes = (
            models.Index(fields=("booked_at", "code"), name="supplies_booking_at"),
            models.Index(fields=("household_id", "on"), name="supplies_booking_home"),
        )
        constraints = (
            models.UniqueConstraint(fields=("household_id", "on"), condition=Q(state__in=LIVE), name="supplies_booked_once"),
            models.CheckConstraint(
                condition=Q(state=BookingState.BOOKED) | Q(ended_at__isnull=False), name="supplies_booking_ended"
            ),
        )


class Provision(_Coded):
    """A place whose people are kept indoors, and how its households are supplied: the same coverage figure as testing."""

    place_code = CodeField()
    place_end = CodeField()  # the end of the half-open range of codes below the place
    because = models.CharField(max_length=96, blank=True, default="")  # restriction:…, order:…
    state = models.CharField(max_length=11, choices=choices_of(ProvisionState), default=ProvisionState.UNCONFIRMED)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=120)
    since_at = models.DateTimeField()  # deliveries count from here; begins anew with every cycle
    due_at = models.DateTimeField()  # of the confirmation, then of every household
    source = models.CharField(max_length=200, blank=True, default="")  # who brings what
    evidence = models.CharField(max_length=200, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=120, blank=True, default="")
    households = models.IntegerField(default=0)
    reached = models.IntegerField(default=0)
    vulnerable = models.IntegerField(default=0)
    vulnerable_reached = models.IntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("due_at", "code"), name="supplies_provision_due"),)
        constraints = (
            models.UniqueConstraint(
                fields=("place_code",), condition=~Q(state=ProvisionState.CLOSED), name="supplies_provision_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=ProvisionState.CONFIRMED)
                | (Q(confirmed_at__isnull=False) & ~Q(source="") & ~Q(evidence="")),
                name="supplies_provision_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProvisionState.CLOSED) | (Q(closed_at__isnull=False) & ~Q(ended="")),
                name="supplies_provision_closed",
            ),
            models.CheckConstraint(
                condition=Q(reached__gte=0, reached__lte=F("households"), vulnerable_reached__gte=0)
                & Q(vulnerable_reached__lte=F("vulnerable"), vulnerable__lte=F("households")),
                name="supplies_provision_counts",
            ),
        )

    @property
    def missing(self) -> int:
        """Households that got nothing since the cycle began."""
        return self.households - self.reached
