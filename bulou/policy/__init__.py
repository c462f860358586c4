"""Policy packs: deadlines, owners, escalation, numbers and their sources, as dated data."""

from bulou.policy.load import load_pack, pack_in_force, pack_names
from bulou.policy.model import DutyRule, EscalationStep, Number, Pack, RestrictionRule

__all__ = ["DutyRule", "EscalationStep", "Number", "Pack", "RestrictionRule", "load_pack", "pack_in_force", "pack_names"]
