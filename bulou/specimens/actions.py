"""The only writers of the specimen chain, by topic: what each door imports from here."""

from __future__ import annotations

from bulou.specimens.boxes import assign_laboratory, pack_box, reroute_box, seal_box
from bulou.specimens.losses import report_lost_box, report_lost_tube
from bulou.specimens.matching import match_result, settle_conflict
from bulou.specimens.recalls import Recall, recall_run
from bulou.specimens.results import Reported, ResultScan, report_result, report_results
from bulou.specimens.rules import TubeScan
from bulou.specimens.transfers import accept_box, close_arrival, offer_box, refuse_box, withdraw_box
from bulou.specimens.tubes import Receipt, Registered, register_tube, register_tubes
from bulou.specimens.voids import review_voided_scan, void_scan
from bulou.specimens.watch import Watched, watch

__all__ = [
    "Recall",
    "Receipt",
    "Registered",
    "Reported",
    "ResultScan",
    "TubeScan",
    "Watched",
    "accept_box",
    "assign_laboratory",
    "close_arrival",
    "match_result",
    "offer_box",
    "pack_box",
    "recall_run",
    "refuse_box",
    "register_tube",
    "register_tubes",
    "report_lost_box",
    "report_lost_tube",
    "report_result",
    "report_results",
    "reroute_box",
    "review_voided_scan",
    "seal_box",
    "settle_conflict",
    "void_scan",
    "watch",
    "withdraw_box",
]
