"""Divisions by their official codes, buildings below them, and areas that the codes do not know."""

from __future__ import annotations

from django.db import models

from bulou.kernel.codes import BUILDING_PATTERN, PLACE_PATTERN, Level
from bulou.ledger.columns import CodeField


class Division(models.Model):
    """An administrative division from province to community; 103 village names repeat in Guiyang, so codes decide."""

    code = CodeField(primary_key=True, max_length=12)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True, default="")
    level = models.CharField(max_length=12, choices=[(level.value, level.value) for level in Level])
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    class Meta:
        ordering = ("code",)
        indexes = (models.Index(fields=("level", "code"), name="division_level"),)
        constraints = (models.CheckConstraint(condition=models.Q(code__regex=PLACE_PATTERN), name="division_code_form"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Building(models.Model):
    """A building (楼栋) of a community; floors are codes below it, counted here."""

    code = CodeField(primary_key=True, max_length=17)
    community = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="buildings")
    name = models.CharField(max_length=80)
    floors = models.SmallIntegerField(default=1)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=models.Q(code__regex=BUILDING_PATTERN), name="building_code_form"),
            models.CheckConstraint(condition=models.Q(floors__gte=1) & models.Q(floors__lte=200), name="building_floors"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Area(models.Model):
    """A named, dated set of places: 花果园片区, 贵阳, 贵阳贵安. What a round, an order or a figure is about.

    An area without parts is a name that people use and whose limits nobody has entered: it is found, and nothing can be
    counted or opened in it. ``note`` says what is approximate.
    """

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True, default="")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class AreaPart(models.Model):
    """One place code that belongs to an area, with all below it."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="parts")
    place_code = CodeField()
    approximate = models.BooleanField(default=False)  # the name and this division do not cover each other exactly

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("area", "place_code"), name="area_part_once"),
            models.CheckConstraint(condition=models.Q(place_code__regex=PLACE_PATTERN), name="area_part_form"),
        )

    def __str__(self) -> str:
        return f"{self.area_id} {self.place_code}"
