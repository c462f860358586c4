"""Answers kept for repeated requests."""

from __future__ import annotations

from django.db import models


class IdempotencyRecord(models.Model):
    """The first answer to a keyed POST, written in the effect's own transaction: both are there, or neither."""

    scope = models.CharField(max_length=64)  # digest of credential, method and path
    key = models.CharField(max_length=120)
    request_digest = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()  # wall clock

    class Meta:
        constraints = (models.UniqueConstraint(fields=("scope", "key"), name="idempotency_once"),)
        indexes = (models.Index(fields=("created_at",), name="idempotency_age"),)

    def __str__(self) -> str:
        return self.key
