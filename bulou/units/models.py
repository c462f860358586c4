"""Units, their posts, and the intervals in which people hold them."""

from __future__ import annotations

from django.db import models

from bulou.kernel.actor import Role
from bulou.kernel.codes import UNIT_PATTERN
from bulou.ledger.columns import CodeField
from bulou.places.models import Division
from bulou.units.choices import HoldingKind, PostKind, UnitKind


def choices_of(kinds: type) -> list[tuple[str, str]]:
    """An enum as Django's choices; labels for people come from the locale, at the edge."""
    return [(member.value, member.value) for member in kinds]  # type: ignore[attr-defined]


class Unit(models.Model):
    """Who can owe a duty: a unit on the territory line, with its sector superior beside it."""

    code = CodeField(primary_key=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True, default="")
    kind = models.CharField(max_length=24, choices=choices_of(UnitKind))
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    # The sector line (行业) beside the territory line (属地): its duties are seen by both, owned by one.
    sector_parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="sector_children")
    division = models.ForeignKey(Division, null=True, on_delete=models.PROTECT, related_name="units")
    address = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    class Meta:
        ordering = ("code",)
        indexes = (models.Index(fields=("kind", "code"), name="unit_kind"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(code__regex=UNIT_PATTERN), name="unit_code_form"),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="unit_validity",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Staff(models.Model):
    """Somebody who works in the response; the home unit stays theirs while they are seconded."""

    number = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=32, blank=True, default="")
    home_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="staff")

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of a unit: duties belong to units and posts, the person is looked up for the instant."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=24, choices=choices_of(PostKind))
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=24, choices=choices_of(Role))
    # For a steward (包保): the place answered for, when it is not the unit's whole territory.
    place_code = CodeField(blank=True, default="")

    class Meta:
        ordering = ("unit", "id")
        constraints = (models.UniqueConstraint(fields=("unit", "kind", "place_code"), name="post_once"),)

    def __str__(self) -> str:
        return f"{self.title} ({self.unit_id})"


class Holding(models.Model):
    """An interval in which somebody holds a post: as its holder, acting, or seconded from another unit."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="holdings")
    kind = models.CharField(max_length=12, choices=choices_of(HoldingKind))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("post", "starts_at")
        indexes = (models.Index(fields=("post", "starts_at"), name="holding_post"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")), name="holding_order"
            ),
            models.UniqueConstraint(
                fields=("post",),
                condition=models.Q(ends_at=None) & ~models.Q(kind=HoldingKind.ACTING),
                name="holding_one_holder",
            ),
            models.UniqueConstraint(
                fields=("post",),
                condition=models.Q(ends_at=None, kind=HoldingKind.ACTING),
                name="holding_one_acting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.staff_id} {self.kind} {self.post_id}"


class Shift(models.Model):
    """Hours in which somebody is on duty in a post."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="shifts")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)  # ended early: left, ill, suspended

    class Meta:
        ordering = ("starts_at",)
        indexes = (models.Index(fields=("post", "starts_at"), name="shift_post"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_order"),
            models.UniqueConstraint(fields=("post", "staff", "starts_at"), name="shift_once"),
        )

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_at:%m-%d %H:%M}"


class ShiftNote(models.Model):
    """What one shift tells the next (交接班记录); open duties are listed by the software, the note says the rest."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="shift_notes")
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=80)
    text = models.TextField()
    open_duties = models.IntegerField()
    overdue_duties = models.IntegerField()
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ("-written_at",)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.written_at:%m-%d %H:%M}"
