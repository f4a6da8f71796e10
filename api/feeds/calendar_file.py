"""The days of a body as a calendar (RFC 5545, iCalendar), made by the library icalendar.

A day keeps its UID for ever. Its SEQUENCE is the position of the entry that changed it last, so it
rises with every change. A retracted item is CANCELLED, so that calendars remove it. Subscribers see
only public facts: days, titles and names, never a text.
"""

import re
from datetime import timedelta
from urllib.parse import urlencode

from flask import request
from icalendar import Alarm, Calendar, Event, Timezone

from api.requests import current
from ledger.dates import LONDON
from projections.questions.deadlines import Deadline, Deadlines

DAYS_BEFORE = (28, 14, 3)
"""The days before an open response, target, reply or meeting on which a calendar reminds of it."""
_NO_TEXT = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
"""Control characters that a calendar's text may not have (RFC 5545, section 3.1)."""
_KINDS = {
    "recommendation": "Recommendation",
    "cause_of_concern": "Cause of concern",
    "accelerated_cause_of_concern": "Accelerated cause of concern",
    "afi": "Area for improvement",
}
_CATEGORIES = {
    "response": "Response due",
    "target": "Target",
    "reply": "Reply asked for",
    "meeting": "Meeting",
}


def calendar(body: str, found: Deadlines) -> Calendar:
    """Return the calendar of a body."""
    settings = current.settings()
    name = f"{found.name(body)}: what is due"
    made = Calendar()
    made.add("prodid", "-//Answerable//Deadlines//EN")
    made.add("version", "2.0")
    made.add("name", name)  # RFC 7986; the next line is for older programs
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", LONDON.key)
    made.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    own = f"{current.settings().address}{request.path}?{urlencode(request.args.to_dict())}"
    made.add("source", own, parameters={"VALUE": "URI"})
    made.add("url", f"{settings.address}/bodies/{body}")
    for one in found.days:
        made.add_component(_event(one, found))
    if not found.days:  # RFC 5545, section 3.6: a calendar has one component at least
        made.add_component(Timezone.from_tzid(LONDON.key))
    return made


def _event(one: Deadline, found: Deadlines) -> Event:
    settings = current.settings()
    recorded_at = found.recorded_at[one.position].replace(microsecond=0)
    made = Event()
    made.add("uid", f"{_named(one)}@{settings.origin}")
    made.add("sequence", one.position)
    made.add("dtstamp", recorded_at)
    made.add("last-modified", recorded_at)
    made.add("dtstart", one.on)
    made.add("dtend", one.on + timedelta(days=1))
    made.add("summary", _summary(one, found))
    made.add("description", "\n".join(_sentences(one, found)))
    made.add("url", f"{settings.address}{one.page}")
    made.add("categories", [_CATEGORIES[one.what]])
    made.add("status", _STATUSES.get(one.standing, "CONFIRMED"))
    made.add("transp", "TRANSPARENT")  # it blocks nobody's time
    if one.standing == "open":
        for days in DAYS_BEFORE:
            made.add_component(_alarm(one, found, days))
    return made


def _named(one: Deadline) -> str:
    """Return the lasting name of a day. A stream has one response or one meeting; a target is named
    apart from these."""
    return one.id if one.what in ("response", "meeting") else f"{one.what}/{one.id}"


def _alarm(one: Deadline, found: Deadlines, days: int) -> Alarm:
    made = Alarm()
    made.add("action", "DISPLAY")
    made.add("trigger", timedelta(days=-days))
    made.add("description", f"In {days} days: {_summary(one, found)}")
    return made


def _summary(one: Deadline, found: Deadlines) -> str:
    """Return what is due and from whom: `Response due: … (Cumbria PFCC)`."""
    name = found.name(one.body)
    if one.what == "meeting":
        return f"{name} meets"
    title = _NO_TEXT.sub("\ufffd", found.titles.get(one.report or "", one.report or ""))
    if one.what == "response":
        return f"{one.name.replace('-', ' ').capitalize()} due: {title} ({name})"
    numbered = f"{_KINDS[one.kind or 'recommendation']} {one.number}"
    what = "Target" if one.what == "target" else "Reply asked for"
    return f"{what}: {numbered}, {title} ({name})"


_STATUSES = {"set_aside": "CANCELLED", "to_confirm": "TENTATIVE"}
_DONE = {
    "response": "A response is recorded as published; the page says whether in time.",
    "target": "It is recorded as closed or claimed complete; the page says by whom.",
    "reply": "A reply is recorded.",
    "meeting": "It was held.",
}
_SET_ASIDE = {
    "response": "No response is due any more: it was set aside, or does not apply.",
    "target": "This target was set aside, or what it was about was.",
    "reply": "No reply is asked for any more.",
    "meeting": "What was recorded of this meeting was set aside.",
}


def _sentences(one: Deadline, found: Deadlines) -> list[str]:
    said = []
    if one.standing == "done":
        said.append(_DONE[one.what])
    if one.standing == "set_aside":
        said.append(_SET_ASIDE[one.what])
    if one.standing == "to_confirm":
        said.append(
            "This day was worked out from the words of the report, whose own day was corrected "
            "since: the day is to be confirmed again, and doesn’t count until then."
        )
    if one.nobody_looked:
        said.append("No response is recorded here, and nobody has said that they looked for one.")
    if one.counting is not None and one.standing != "set_aside":
        said.append(one.counting)
    return [*said, f"{current.settings().address}{one.page}"]
