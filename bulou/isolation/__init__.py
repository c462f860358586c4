"""Isolation sites (集中隔离场所), rooms, stays, release and follow-up (D5, D6)."""
