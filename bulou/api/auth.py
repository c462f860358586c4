"""Bearer tokens: who calls, and in which post."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from bulou.access import queries
from bulou.kernel import clock
from bulou.kernel.actor import Actor


class Bearer(HttpBearer):
    """Finds the actor of a token; one statement for token, account, post and who stands in it.

    Nothing is cached: a revoked token, a closed account or a post left ends at the next request.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor, or None for an unknown, expired or revoked token."""
        del request
        return queries.actor_of_token(token, at=clock.city(), wall=clock.wall())


def caller(request: HttpRequest) -> Actor:
    """The actor that the token named."""
    actor: Actor = request.auth  # type: ignore[attr-defined] # set by ninja from Bearer
    return actor
