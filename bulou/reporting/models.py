"""The frozen day and its corrections."""

from __future__ import annotations

from django.db import models

from bulou.places.models import Area


class FrozenDay(models.Model):
    """The 0–24 h figures of an area, frozen and sealed; never edited."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="frozen_days")
    day_on = models.DateField()
    series_version = models.CharField(max_length=24)
    frozen_at = models.DateTimeField()
    frozen_by = models.CharField(max_length=120)
    seal = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("-day_on",)
        constraints = (models.UniqueConstraint(fields=("area", "day_on", "series_version"), name="frozen_once"),)

    def __str__(self) -> str:
        return f"{self.area_id} {self.day_on}"


class Figure(models.Model):
    """One figure with its whole key: area, day, statistic, series version, source. Unlike keys are never subtracted."""

    frozen = models.ForeignKey(FrozenDay, on_delete=models.PROTECT, related_name="figures")
    statistic = models.CharField(max_length=48)
    split = models.CharField(max_length=24, blank=True, default="")  # e.g. the day of sample
    value = models.IntegerField()
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ("frozen", "statistic", "split")
        constraints = (models.UniqueConstraint(fields=("frozen", "statistic", "split"), name="figure_once"),)

    def __str__(self) -> str:
        return f"{self.statistic} {self.value}"


class Correction(models.Model):
    """A later correction of a frozen figure: an entry of its own, with reason and signature, on the day it was made."""

    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="corrections")
    made_on = models.DateField()
    change = models.IntegerField()
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("made_at",)

    def __str__(self) -> str:
        return f"{self.figure_id} {self.change:+d}"
