"""Cases and their chase, contacts with what they owe, and the searched presences."""

from bulou.investigation.models.cases import Case, CaseLink, ChaseStepDone, Interview, InterviewAnswer, Tracer
from bulou.investigation.models.contacts import Contact, ContactDuty, Exposure, GradeChange
from bulou.investigation.models.lists import Merge, SavedFilter
from bulou.investigation.models.presences import PresenceDay, Search, SearchHit, Warrant

__all__ = [
    "Case",
    "CaseLink",
    "ChaseStepDone",
    "Contact",
    "ContactDuty",
    "Exposure",
    "GradeChange",
    "Interview",
    "InterviewAnswer",
    "Merge",
    "PresenceDay",
    "SavedFilter",
    "Search",
    "SearchHit",
    "Tracer",
    "Warrant",
]
