"""What states, classes and reasons of the transfer say, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext


def class_words(risk: str) -> str:
    """A risk class."""
    return {
        "case": gettext("case"),
        "contact": gettext("close contact"),
        "secondary": gettext("contact of a contact"),
        "": gettext("any class"),
    }.get(risk, risk)


def state_words(state: str) -> str:
    """Where somebody stands."""
    return {
        "open": gettext("waits"),
        "planned": gettext("has a seat and a room"),
        "boarded": gettext("on board"),
        "arrived": gettext("at the door"),
        "received": gettext("taken in"),
        "left_in_place": gettext("stays in place"),
        "cancelled": gettext("called off"),
    }.get(state, state)


def trip_words(state: str) -> str:
    """How far a trip is."""
    return {
        "planned": gettext("planned"),
        "boarding": gettext("boarding"),
        "under_way": gettext("under way"),
        "at_door": gettext("at the door"),
        "done": gettext("done"),
        "cancelled": gettext("cancelled"),
    }.get(state, state)


def plan_words(state: str) -> str:
    """What became of a plan."""
    return {
        "proposed": gettext("proposed, not decided"),
        "committed": gettext("committed"),
        "superseded": gettext("replaced by a newer one"),
        "refused": gettext("refused by the checker"),
    }.get(state, state)


def reason_words(code: str, said: str) -> str:
    """Why somebody stays, by the code; what a person wrote by hand stays as it is."""
    return {
        "carer_of_other_class": gettext("the household has several classes, and who depends on whom is not said"),
        "carer_apart": gettext("the carer and who depends on them are of different groups"),
        "leaves_dependent": gettext("cares for somebody who would be left behind; a carer must be named first"),
        "no_carer": gettext("depends on a carer, and none comes along"),
        "no_companion": gettext("may not travel alone, and no vehicle with an escort suits"),
        "no_room_of_class": gettext("no room of this class"),
        "no_room_for_need": gettext("no room meets the needs"),
        "no_room_large_enough": gettext("no site has room for the household together"),
        "no_room_in_time": gettext("no suitable room is open in time"),
        "no_vehicle_of_class": gettext("no vehicle of this class"),
        "no_vehicle_for_need": gettext("no vehicle meets the needs"),
        "no_vehicle_large_enough": gettext("no vehicle is large enough"),
        "too_far": gettext("every suitable room is beyond the safe distance"),
        "window": gettext("no vehicle with a driver can bring them within shifts, night stop and hours"),
        "rooms_taken": gettext("all suitable rooms within reach are taken by now"),
        "no_driver_hours": gettext("no driver has hours left"),
        "no_vehicle_free": gettext("no suitable vehicle is free"),
        "no_combination": gettext("room, vehicle and driver are never free at one time"),
        "no_position": gettext("no pick-up point is entered for this place"),
    }.get(code, said)


def need_words(needs: str) -> str:
    """What somebody needs on the way and in the room; a carer's number is not shown."""
    known = {
        "wheelchair": gettext("wheelchair"),
        "stretcher": gettext("stretcher"),
        "dialysis": gettext("dialysis"),
        "pregnancy": gettext("pregnant"),
        "infant": gettext("infant"),
        "frail": gettext("frail, not alone"),
        "carer": gettext("with a carer"),
        "language": gettext("language"),
        "partition": gettext("partition"),
        "escort": gettext("escort on board"),
        "negative_pressure": gettext("negative pressure"),
    }
    found = (need.partition(":")[0] for need in needs.split(";") if need)
    return " · ".join(dict.fromkeys(known.get(need, need) for need in found))
