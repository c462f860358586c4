"""Children that never outlive their parent: a worker without its master would go on writing unseen."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CHILD = "BULOU_CHILD"  # set in the environment of a process that another process of ours started
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however it ends; Linux only, others watch their parent."""
    if CHILD not in os.environ or not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)
