"""The pack for a panel's meeting: what it takes along about a body, to be printed."""

from flask import Response

from api.pages import change_sentences, filter_form, words
from api.pages.views import Shape, blueprint, page
from api.requests.current import question
from ledger import clock
from ledger.clock import london_date
from projections.questions import changes as what_changed
from projections.questions import pack

ON_PAPER = 100
"""How many changes a pack has at most."""


@blueprint.get("/bodies/<body>/pack")
def meeting_pack(body: str) -> Response:
    """What changed since the last meeting, then each thing that wants attention, with its words:
    all from one position and day."""
    at = question()
    found = pack.body(at, body)
    changed: list[Shape] = []
    more = False
    if since := found["last_meeting"]:
        moments = pack.since_then(at, since)
        listed = what_changed.changes(at, moments, body=body, limit=ON_PAPER)
        changed, more = listed["items"], listed["next"] is not None
    paper = pack.paper(found, london_date(clock.now()))
    return page(
        "pack.html",
        found,
        body=found,
        names=filter_form.names(at) | words.names_in(changed),
        panel=found["id"] if found["kind"] == "panel" else found.get("panel"),
        paper={name: said for name, said in paper["act"].items() if said is not None},
        changed=change_sentences,
        reports=change_sentences.by_report(changed),
        changes=len(changed),
        more_changes=more,
    )
