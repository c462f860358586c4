"""Children that never outlive their parent: a worker without its master would go on writing unseen."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CHILD = "BULOU_CHILD"  # the parent's process id, in the environment of a process that another of ours started
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def orphaned() -> bool:
    """Whether this process was started by another of ours that has ended; its id was written down before the start."""
    parent = os.environ.get(CHILD)
    return parent is not None and os.getppid() != int(parent)


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however it ends; the first thing that a child does.

    Linux only; elsewhere the loops ask ``orphaned``. A parent that ended before the kernel was asked is noticed too.
    """
    if CHILD not in os.environ:
        return
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if orphaned():
        os.kill(os.getpid(), signal.SIGKILL)
