"""Crowding and hazards (聚集、隐患、风险点, D20): anybody may report; an owner, minutes, a proof of the end."""
