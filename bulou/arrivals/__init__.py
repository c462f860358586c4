"""Arrivals from outside (外防输入, D13): tested, followed by the community of stay, no stricter than the rule."""
