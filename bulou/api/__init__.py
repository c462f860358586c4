"""The HTTP door: tokens in, problem documents out, every POST safe to repeat."""
