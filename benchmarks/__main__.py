"""``make bench``: every comparison, one after the other, each in a process of its own; the last line counts what fell short."""

import subprocess
import sys

EVERY = ("coverage", "presence", "roster_import", "lists", "routing", "allocation")

short = [name for name in EVERY if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode]
print("every figure was reached" if not short else f"short of what is asked for: {', '.join(short)}")
sys.exit(1 if short else 0)
