"""Ways by which a notice leaves the house (D16): e-mail and group robots, once per channel, never lost, without names."""
