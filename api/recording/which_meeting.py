"""The page that asks for the meeting of an act."""

from flask import Response, request, url_for

from api.reading.error_pages import error_page
from api.reading.page import rendered, to
from api.recording.links import endpoint_of, form_of, title_of
from api.recording.submission import Where, blueprint
from api.requests import questions
from api.requests.acts import recorder_of
from ledger.acts.table import ACTS, MEETING, Act
from ledger.date_phrases import read_date
from ledger.dates import is_exact
from ledger.errors import NotRecorded
from ledger.events import RecommendationReviewed
from projections.answers.meeting import MeetingFound
from projections.questions import meetings
from projections.questions import trail as trail_question


@blueprint.get("/meetings/<panel>")
def which_meeting(panel: str) -> Response:
    """Ask for the meeting of a panel at which something is recorded: a recorded one, or another
    day. With a day, redirect to the form of the `act`, filled in with the rest; without an act, to
    what is due."""
    if not request.args:
        return to(url_for("record.due"))
    act = AT_MEETINGS.get(request.args.get("act", ""))
    if act is None:
        return error_page(422, "We can’t answer that address", "Say which act, by `act`.")
    account, at = recorder_of(act), questions.question()
    if panel not in at.register.bodies:
        raise NotRecorded(f"“{panel}” is not in the register.")
    given = {name: said for name, said in request.args.items() if name not in ("act", "date")}
    typed = request.args.get("date")
    if typed and is_exact(day := read_date(typed).on):
        return to(form_of(endpoint_of(act), panel=panel, date=day, **given))
    held = [
        trail_question.meeting(at, panel, each.date)
        for each in meetings.meetings(at, panel, limit=6).items
    ]
    return rendered(
        "which-meeting.html",
        status=200 if typed is None else 422,
        act=act,
        title=title_of(act),
        account=account,
        panel=at.register.bodies[panel],
        given=given,
        meetings=[(each.date, _with_paper(act, each, given)) for each in held],
        typed=typed or "",
    )


def _with_paper(act: Act, meeting: MeetingFound, given: Where) -> str:
    """Return the address of an act's form at a meeting. A review cites the meeting's last paper."""
    papers = meeting.papers if act.event is RecommendationReviewed else []
    paper = {"paper": papers[-1].id} if papers else {}
    return form_of(endpoint_of(act), panel=meeting.panel, date=meeting.date, **(paper | given))


AT_MEETINGS = {endpoint_of(act): act for act in ACTS if act.on == MEETING}
