"""Supplies (物资保供, D8): needs, stock, delivery to the door, hand-over points, and households reached (一户不落)."""
