"""Somebody left a post (G17): what it owes passes at that instant, and the superior knows."""

from __future__ import annotations

from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.units.models import Post


def pass_duties(entry: Entry) -> None:
    """Without an acting holder the post's open duties pass to the superior, who owes a holder for the post."""
    if ledger.content(entry).get("acting"):
        return  # whoever acts in the post has its duties: the unit stays their owner
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    post = Post.objects.get(pk=int(entry.subject.removeprefix("post:")))
    duties.pass_on_vacancy(post=post, by=by, at=entry.happened_at)
    place = codes.territory(post.unit_id)
    open_duty(
        Owed(
            kind="post.filled",
            about=entry.subject,
            label=f"{post.title} · {post.unit_id}",
            place_code=place if codes.is_place(place) else "",
            owners={"of": post.unit_id},
            facts={"vacated_at": entry.happened_at},
            why=str(ledger.content(entry).get("reason", "")),
        ),
        by=by,
        at=entry.happened_at,
    )


def post_filled(entry: Entry) -> None:
    """Somebody holds the post again, or acts in it: the superior's duty is done."""
    duties.fulfil_by_fact(
        kind="post.filled",
        about=entry.subject,
        tag=Tag(entry.tag),
        ref=f"entry:{entry.pk}",
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )
