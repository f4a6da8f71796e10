"""The pages: each asks the register, at the two dates of its address, and renders the answer."""

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from msgspec.structs import asdict
from werkzeug.exceptions import HTTPException

from api.reading import addresses, change_sentences, texts, trail, words
from api.reading.words import day
from api.requests import current
from api.requests.answers import unkept
from api.requests.current import question
from api.requests.parsing import refuse_others
from ledger import clock
from ledger.dates import is_exact, london_date
from ledger.errors import AnswerableError, Unfit
from ledger.events import RuleAdopted
from ledger.events.entry import line
from ledger.events.streams import RecommendationId, key_of, meeting_stream
from ledger.register import nearest
from ledger.seal.checkpoints import Sealing
from ledger.seal.witnesses import Horizon
from ledger.states import duties
from projections.answers.changes import Changed
from projections.answers.meeting import MeetingListed
from projections.answers.register import in_office
from projections.answers.report import ReportListed
from projections.answers.response import ResponseFound
from projections.as_of import AsOf
from projections.questions import changes as what_changed
from projections.questions import lists, meetings, overview, pack, register
from projections.questions import recommendation as recommendation_question
from projections.questions import report as report_question
from projections.questions import response as response_question
from projections.questions import trail as trail_question
from projections.questions.question import Question

blueprint = Blueprint("pages", __name__, template_folder="templates")

Shape = dict[str, Any]
FIRST = 10
"""How many reports and meetings the page of a body shows, which leads to the rest."""
FIRST_LINES = 3
"""How many responses of a verdict, and recommendations of a kind: on a phone of 375 by 667 pixels
the page of a body that has much of everything is then no longer than twelve screens."""
ON_PAPER = 100
"""How many changes a pack has at most."""
BODY_BY_BODY = 12
"""To how many bodies a recommendation of a report is listed with it; of more they are counted, and
the list has them."""
NOT_FOUND = 404
UNKNOWN = 401
FORBIDDEN = 403
NOBODY = "nobody yet"
_OURS = {
    "Unauthorized": ("Sign in to see this", "This is for those who signed in."),
    "Not Found": ("No such page", "There is no page at this address."),
    "Method Not Allowed": ("Not done this way", "This address cannot be asked like that."),
}
"""Pages' own words for what the framework says, by its title."""
_BEHIND = "Not there yet"
"""What a page is refused with whose read models have not come to what was just recorded."""
_SHORTLY = "It is shown here shortly. Nothing is to be sent again."
_FILES = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOR_A_YEAR = "public, max-age=31536000, immutable"
_MADE_UP = (
    ' @top-center { content: "Made up: nothing on this sheet happened";'
    " font: bold 9pt sans-serif; }"
)
_LONGEST = 600
"""How many characters of an address a sheet shows."""
EXAMPLE = "2025-05-16"
"""The day of the report of which help counts the days as an example."""
_READING = {
    "Not known yet": "These dates cannot be asked about yet",
    "It does not fit the published form": "These dates cannot be read",
}
"""What a refusal means where a page was only read: the two dates are what it is given."""


@blueprint.app_context_processor
def vocabulary() -> Shape:
    """What every template can call."""
    return {
        "addresses": addresses,
        "asset": asset_address,
        "office_of": office_of,
        "there": lambda endpoint: f"pages.{endpoint}" in current_app.view_functions,
        "synthetic": current.synthetic,
        "signs_in": lambda: current.provider() is not None,
        "signed_in_as": signed_in_as,
        "may_record": may_record,
        "sealed_size": sealed_size,
        "sealed_in_words": sealed_in_words,
        "outside_seal": outside_seal,
        "words": words,
        "shown": texts.shown,
        "in_blocks": texts.in_blocks,
        "site": current.settings().address,
        "gone": texts.gone,
        "web_address": texts.web_address,
        "dates_asked": addresses.dates_asked(),
    }


def office_of(panel: str) -> str:
    """The local policing body that a panel holds to account, whose page its papers are made from;
    the panel itself where it holds none."""
    return next((found.id for found in register.offices_of(question(), panel)), panel)


def newest_seal() -> Sealing | None:
    """The newest checkpoint."""
    return current.sealed().checkpoint()


def seal_horizon() -> Horizon | None:
    """How far the log is sealed, and how far somebody else answers for it."""
    return current.witnessed().horizon()


def sealed_size() -> int:
    """How many entries are sealed."""
    return found.size if (found := _seal_of_request()) else 0


def sealed_in_words() -> str:
    """How far the log is sealed, and how far somebody else answers for it."""
    found = _seal_of_request()
    if found is None:
        return "Nothing of this log is sealed yet."
    outside = outside_seal()
    signed = f"Last checkpoint signed by an outside witness: {outside}."
    return (
        f"Sealed up to entry {found.size} on {words.moment(found.sealed_at.isoformat())}. "
        f"{'No outside witness has signed yet.' if outside == NOBODY else signed}"
    )


def outside_seal() -> str:
    """The newest checkpoint that somebody else answers for: its size, date, and who."""
    if (found := _seal_of_request()) is None or (by := found.outside) is None:
        return NOBODY
    return f"{by.size} entries, {by.how} on {words.moment(by.at.isoformat())} by {by.who}"


def _seal_of_request() -> Horizon | None:
    if "seal" not in g:
        g.seal = seal_horizon()
    found: Horizon | None = g.seal
    return found


@blueprint.before_request
def read_address() -> Response | None:
    """The refusal of a page with a name in its address that it does not take: a page of the past,
    misspelt, would show today. Marks by which others follow who opens a link are let through. A
    day that is given as people write it leads on to the same page."""
    if (refused := not_asked_that(addresses.names())) is not None:
        return refused
    meant = addresses.as_meant()
    return to(meant) if meant is not None else None


def not_asked_that(names: Collection[str]) -> Response | None:
    """The refusal of an address that has another name than these; None where it has none."""
    try:
        refuse_others(names, tolerant=True)
    except Unfit as error:
        return error_page(422, "We can’t answer that address", error.sentence)
    return None


@blueprint.get("/assets/<path:filename>")
def asset(filename: str) -> Response:
    """A file of the pages, kept for a year where its address names what is in it; else asked for
    each time."""
    if filename not in _assetnames_of():
        abort(NOT_FOUND)
    plain, version, packed = _read_asset(filename)
    answer = Response(plain, content_type=_TYPES[Path(filename).suffix])
    if request.accept_encodings["gzip"]:
        answer.data = packed
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = FOR_A_YEAR if request.args.get("v") == version else "no-cache"
    return answer


def asset_address(name: str) -> str:
    """The address of a file of the pages, which changes when the file does."""
    return url_for("pages.asset", filename=name, v=_read_asset(name)[1])


@cache
def _assetnames_of() -> frozenset[str]:
    return frozenset(one.name for one in _FILES.iterdir())


@cache
def _read_asset(name: str) -> tuple[bytes, str, bytes]:
    """A file as it is, the version that its address names, and the file compressed."""
    plain = (_FILES / name).read_bytes()
    return plain, hashlib.sha256(plain).hexdigest()[:12], gzip.compress(plain, mtime=0)


@blueprint.get("/print.css")
def page_box() -> Response:
    """The stylesheet of a printed sheet's edge: the address that gives the page again, with its
    position and day, and which sheet of how many it is (CSS Paged Media, margin boxes); and, where
    the log is synthetic, that it is."""
    pinned = request.args.get("of", "")
    said = _css_string(f"{current.settings().address}{pinned}"[:_LONGEST])
    answer = Response(
        "@page { margin: 16mm 15mm 18mm;"
        f" @bottom-left {{ content: {said}; font: 7.5pt sans-serif; width: 80%;"
        " letter-spacing: .1pt; }"  # so that no ligature stands in an address that is copied
        ' @bottom-right { content: "page " counter(page) " of " counter(pages);'
        " font: 7.5pt sans-serif; }" + (_MADE_UP if current.synthetic() else "") + " }"
        " body { font-variant-ligatures: none; }\n",
        content_type=_TYPES[".css"],
    )
    answer.headers["Cache-Control"] = FOR_A_YEAR
    return answer


def _css_string(text: str) -> str:
    """A string of CSS (Syntax Module, section 4.3.7), in which nothing ends it."""
    return '"' + re.sub(r"[^A-Za-z0-9 ._~:/?&=,-]", lambda ch: f"\\{ord(ch[0]):06x}", text) + '"'


def error_page(
    status: int, title: str, detail: str, leads: tuple[str, str] | None = None
) -> Response:
    """The page for an error: its status, what it is, and one sentence about it. It is not kept.
    `leads`: what its button says, and where to; else, where that is needed, to a sign-in."""
    title, detail = _OURS.get(title, (title, detail))
    recorded = request.args.get("min_position", "")
    if title == _BEHIND and request.method == "GET" and recorded.isdecimal():
        title, detail = f"Recorded as entry {recorded}", _SHORTLY
        leads = leads or ("Look again", addresses.here({}))
    plain = request.path.rstrip("/").lower()
    if status == NOT_FOUND and request.method == "GET" and plain not in ("", request.path):
        return to(addresses.elsewhere(plain))
    near = _near() if status == NOT_FOUND else []
    if request.method == "GET":
        title = _READING.get(title, title)
    shown = render_template(
        "error.html",
        status=status,
        title=title,
        detail=detail,
        near=near,
        leads=leads or _way_in(status),
    )
    return unkept(make_response(shown, status))


def _way_in(status: int) -> tuple[str, str] | None:
    """The address of a sign-in that leads back here, where that is what is needed."""
    if current.provider() is None or request.path.startswith("/sign-in"):
        return None
    if status == UNKNOWN and not signed_in_as():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}))
    if status == FORBIDDEN and signed_in_as() and not current.proven():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}), anew="1")
    return None


def signed_in_as() -> str | None:
    """The account that whoever looks at a page has signed in as; None where that is nobody, or
    cannot be looked up just now."""
    with suppress(AnswerableError, HTTPException, psycopg.Error):
        if (found := current.account()) is not None and current.by_session():
            return found.name
    return None


def may_record() -> bool:
    """Whether somebody is signed in who may record."""
    account = current.account()
    return signed_in_as() is not None and account is not None and account.may("record")


def _near() -> list[tuple[str, str]]:
    """What may be meant by the name of a body or report in an address that there is none of: what
    each is called, with the address of its page."""
    named = request.view_args or {}
    try:
        at = question()
        found = []
        names = words.names(at)
        body = named.get("body") or named.get("panel")
        if body is not None and body not in names:
            found += [
                (names[near], addresses.link("body", body=near))
                for near in nearest(body, at.register.bodies)
            ]
        if report := named.get("report"):
            found += [
                (title, addresses.link("report", report=near))
                for near, title in report_question.reports_near(at, report)
            ]
    except (AnswerableError, HTTPException, psycopg.Error):  # the page says what is wrong anyway
        return []
    return found


@blueprint.get("/")
def home() -> Response:
    """What this is, find your body, the latest reports, duties by verdict."""
    found = overview.overview(question())
    return page("home.html", found.as_of, overview=found, bodies=words.by_kind(found.bodies))


@blueprint.get("/bodies")
def find_body() -> Response:
    """To the page of the body that was chosen, at the same two dates; without one, all bodies."""
    if chosen := current.asked("body"):
        return to(addresses.link("body", body=chosen))
    at = question()
    return page("bodies.html", at.as_of, bodies=words.by_kind(in_office(at.register)))


@blueprint.get("/bodies/<body>")
def body(body: str) -> Response:
    """A body before its panel meets: what wants attention, in sentences, then the lists."""
    at = question()
    found = pack.body(at, body, most=FIRST_LINES + 1)
    published: list[ReportListed] = []
    held: list[MeetingListed] = []
    more = False
    if found.published:
        published = lists.reports(at, publisher=body, limit=FIRST).items
    if found.kind == "panel":
        listed = meetings.meetings(at, panel=body, limit=FIRST)
        held, more = listed.items, listed.next is not None
    concerned = found.reports > 0
    counts = found.counts
    wanted = (counts.attention, counts.passed, counts.claimed, counts.refused, counts.reopened)
    return page(
        "body.html",
        found.as_of,
        body=found,
        names=words.names(at),
        offices=register.offices_of(at, body),
        forces=register.forces_of(at, body),
        published=published,
        meetings=held,
        more_meetings=more,
        concerned=concerned,
        first=FIRST_LINES,
        calm=not any((*wanted, counts.unanswered)),
        nothing=not concerned and not published and not held,
    )


@blueprint.get("/bodies/<body>/pack")
def meeting_pack(body: str) -> Response:
    """What changed since the last meeting, then each thing that wants attention, with its words:
    all from one position and day."""
    at = question()
    found = pack.body(at, body)
    changed: list[Changed] = []
    more = False
    if since := found.last_meeting:
        moments = pack.since_then(at, since)
        listed = what_changed.changes(at, moments, body=body, limit=ON_PAPER)
        changed, more = listed.items, listed.next is not None
    paper = pack.paper(found, london_date(clock.now()))
    return page(
        "pack.html",
        found.as_of,
        body=found,
        names=words.names(at),
        panel=pack.panel_of(found),
        paper={name: said for name, said in asdict(paper.act).items() if said is not None},
        changed=change_sentences,
        reports=change_sentences.by_report(changed),
        changes=len(changed),
        more_changes=more,
    )


@blueprint.get("/reports/<report>")
def report(report: str) -> Response:
    """A report: its facts, its recommendations, the responses owed."""
    found = report_question.report(question(), report)
    numbered = [
        (first, [first, *rest])
        for _, group in groupby(found.recommendations, key=lambda one: one.key)
        for first, *rest in [sorted(group, key=lambda one: one.addressee_name)]
    ]
    owed = sorted(found.responses, key=lambda one: one.body_name)
    keys = [first.key for first, _ in numbered]
    lasts = [max(one.addressee for one in together) for _, together in numbered]
    return page(
        "report.html",
        found.as_of,
        report=found,
        numbered=numbered,
        owed=owed,
        verdicts=Counter(one.verdict for one in owed),
        most=BODY_BY_BODY,
        before={
            key: f"{report}/{before}/{last}"
            for key, before, last in zip(keys[1:], keys, lasts, strict=False)
        },
    )


@blueprint.get("/recommendations/<report>/<number>/<body>")
def recommendation(report: str, number: str, body: str) -> Response:
    """A recommendation to one body: where it stands, what was said, its trail."""
    raised = recommendation_question.raised(question(), report, number, body)
    kept = trail_question.trail_by_the_day(
        raised.question, raised.stream, trail.order(), raised.states
    )
    found = recommendation_question.recommendation(raised)
    names = words.names(question()) | {found.report: found.report_title or found.report}
    held = _trail(kept, names)
    reviews = [step for step in held["steps"] if step.entry["type"] == "recommendation-reviewed"]
    return page(
        "recommendation.html",
        found.as_of,
        rec=found,
        office=register.office_of(question(), body),
        review=next((step for step in reviews if step.set_aside is None), None),
        **held,
    )


@blueprint.get("/responses/<report>/<body>")
def response(report: str, body: str) -> Response:
    """A response as its publisher shows it, or another duty of the body; beside it the verdict and
    how it was reached. Of a duty that was retracted, what was published."""
    owed = response_question.owed(question(), report, body, request.args.get("name") or None)
    kept = trail_question.trail_by_the_day(owed.question, owed.stream, trail.order(), owed.states)
    found = response_question.response(owed)
    shown: Shape = {
        "response": found,
        "report": response_question.inspected(owed),
        **_trail(kept, words.names(question())),
    }
    if owed.retracted is not None:
        return page("response-retracted.html", found.as_of, **shown)
    working = response_question.working(owed)
    today = date.fromisoformat(found.as_of.effective_on)
    drawn = drawn_line(found, working.counting, today)
    return page("response.html", found.as_of, working=working, drawn=drawn, **shown)


@blueprint.get("/meetings/<panel>/<date>")
def meeting(panel: str, date: str) -> Response:
    """A panel's meeting: its papers with their two dates, what it reviewed, its trail."""
    found = trail_question.meeting(question(), panel, date)
    kept = trail_question.trail_by_the_day(question(), meeting_stream(panel, date), trail.order())
    names = words.names(question())
    names |= _titles(
        question(), {of["data"]["recommendation"]["report"] for of in found["reviews"]}
    )
    held = _trail(kept, names)
    steps = {step.entry["id"]: step for step in held["steps"]}
    reviewed = {one["id"]: _named(one["data"]["recommendation"]) for one in found["reviews"]}
    now = meetings.reviewed_now(question(), set(reviewed.values()))
    return page(
        "meeting.html",
        found["as_of"],
        meeting=found,
        papers=[steps[one["id"]] for one in found["papers"] if one["id"] in steps],
        reviews=[steps[one["id"]] for one in found["reviews"] if one["id"] in steps],
        over=date < found["as_of"].effective_on,
        before=meetings.last_before(question(), panel, date),
        after=meetings.first_after(question(), panel, date),
        standings={entry: now.get(one) for entry, one in reviewed.items()},
        **held,
    )


def _named(reviewed: Shape) -> RecommendationId:
    """The recommendation that a review names."""
    key = key_of(reviewed["number"])
    return RecommendationId(reviewed["report"], key, reviewed["addressee"])


@blueprint.get("/entries/<entry_id>")
def entry(entry_id: str) -> Response:
    """One entry for people: what it says, who recorded it, when and from what, what it changed,
    and how to check it."""
    at = question()
    found = trail_question.entry(at, entry_id)
    whole = trail_question.trail(at, found["stream"])
    names = words.names(at)
    held = _trail(whole, names)
    beside = trail_question.recorded_with(at, found["position"])
    first, last = beside[0]["position"], beside[-1]["position"]
    canonical = None
    if found["position"] <= sealed_size():
        stored = current.ledger().stored(entry_id)
        canonical = line(stored.state, stored.id, stored.recorded_at)
    return page(
        "entry.html",
        found["as_of"],
        entry=found,
        step=next(one for one in held["steps"] if one.entry["id"] == found["id"]),
        subject=_subject(at, found["stream"]),
        with_it=[one for one in beside if one["id"] != found["id"]],
        difference={"from": first - 1, "to": last} if first > 1 else None,
        line=canonical.decode().rstrip("\n") if canonical else None,
        sha256=hashlib.sha256(canonical).hexdigest() if canonical else None,
        **held,
    )


def _subject(at: Question, stream: str) -> Shape:
    """What a stream is about, as the way to it: bodies, reports and recommendations by name, each
    with its page's address, the nearest last; and what a sentence calls it."""
    kind, *parts = stream.split("/")
    names = words.names(at)
    way: list[tuple[str, str | None]] = []
    called = ""
    if kind in ("recommendation", "response"):
        body = parts[-1]
        way.append((names.get(body, body), addresses.link("body", body=body)))
    if kind in ("report", "recommendation", "response"):
        title = report_question.title(at, parts[0]) or parts[0]
        way.append((title, addresses.link("report", report=parts[0])))
        called = f"the report “{title}”"
    match kind, parts:
        case "recommendation", [report, number, body]:
            to = addresses.link("recommendation", report=report, number=number, body=body)
            way.append((f"Recommendation {number}", to))
            called = f"recommendation {number}"
        case "response", [report, body]:
            way.append(("Response", addresses.link("response", report=report, body=body)))
            called = "the response"
        case "meeting", [panel, date]:
            way.append((names.get(panel, panel), addresses.link("body", body=panel)))
            to = addresses.link("meeting", panel=panel, date=date)
            way.append((f"Meeting of {words.day(date)}", to))
            called = f"the meeting of {words.day(date)}"
        case _:
            pass
    return {"way": way, "called": called}


@blueprint.get("/help")
def help() -> Response:  # noqa: A001  # the page's name
    """How days are counted, what words mean, what is not proven."""
    at = question()
    latest: dict[str, RuleAdopted] = {}
    for rule in at.register.rules.values():
        if rule.id not in latest or latest[rule.id].version < rule.version:
            latest[rule.id] = rule
    return page(
        "help.html",
        at.as_of,
        rules=[_rule(one) for one in latest.values()],
        example=EXAMPLE,
    )


def _rule(rule: RuleAdopted) -> Shape:
    counted = rule.gives is not None
    return {"rule": rule, "example": duties.due(rule, EXAMPLE).counting if counted else None}


@blueprint.get("/log")
def log() -> Response:
    """The log itself: its origin, key and newest checkpoint, and how to check it."""
    return rendered(
        "log.html",
        origin=current.settings().origin,
        newest=newest_seal(),
        vkeys=current.ledger().service().keys.in_use,
    )


def to(address: str, status: int = 302) -> Response:
    """On to another address."""
    return unkept(make_response(redirect(address, status)))


def _titles(at: Question, references: set[str]) -> dict[str, str]:
    """The titles of reports by reference, of those that are known."""
    found = {reference: report_question.title(at, reference) for reference in references}
    return {reference: title for reference, title in found.items() if title is not None}


def _trail(kept: Shape, names: dict[str, str]) -> Shape:
    """What a page with a trail needs of it: the steps, and the texts that they hold."""
    items = kept["items"]
    names = names | {item["by"]: item["by_name"] for item in items if item.get("by_name")}
    steps = trail.timeline(items, names)
    by_id = {step.entry["id"]: step for step in steps}

    def held(entry: str, path: str) -> texts.Shown | None:
        step = by_id.get(entry)
        return texts.shown((step.entry.get("texts") or {}).get(path), step.entry) if step else None

    numbers = {item["id"]: item["position"] for item in items}
    return {
        "steps": steps,
        "names": names,
        "held": held,
        "numbers": numbers,
        "order": kept["order"],
        "later": kept.get("later", 0),
    }


def page(template: str, as_of: AsOf, status: int = 200, **values: Any) -> Response:
    """A page at the two dates of an answer; it is not kept."""
    return rendered(template, status, as_of=as_of, **values)


def rendered(template: str, status: int = 200, **values: Any) -> Response:
    """A page, which is not kept."""
    return unkept(make_response(render_template(template, **values), status))


WIDTH, LEFT, RIGHT = 320, 6, 314
"""In units of the drawing."""
_NARROW = 6
"""What is narrower than so many units is drawn as wide as that: a single day can be seen."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place of the line, which begin there, end there or lie around it."""

    words: str
    x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn, in units of the drawing; and the same in a sentence."""

    sentence: str
    due_x: float
    end_x: float
    """Where the line ends: on the last day that it tells of."""
    from_x: float | None
    to_x: float | None
    """Between which the response was published; None: none is recorded."""
    began: Label
    due: Label
    published: Label


def drawn_line(response: ResponseFound, counting: str, today: date) -> Line | None:
    """The line of a response as known on a day; None where the days are not known to draw.

    Days are numbered where its working, `counting`, numbers these two: what is counted in working
    days or months, was extended or is given by hand has other numbers or none.
    """
    trigger_on, due_on = response.trigger_on, response.due_on
    if due_on is None or trigger_on is None or not is_exact(trigger_on):
        return None
    first, due = date.fromisoformat(trigger_on), date.fromisoformat(due_on)
    between = response.between
    lo = date.fromisoformat(between.lo) if between and between.lo else first
    known = date.fromisoformat(between.hi) if between else today
    hi = min(known, today)
    last = max(due, hi, lo)
    span = max((last - first).days, 1)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / span, 1)

    number = (due - first).days + 1
    numbered = f"{day(first)} is day 1, {day(due)} is day {number}" in counting
    began = f"{day(first)}: day 1" if numbered else day(first)
    last_day = f"day {number}: {day(due)}" if numbered else f"last day: {day(due)}"
    ends = f"the last day is {day(due)}{f', day {number}' if numbered else ''}."
    if not between:
        published = "no response is recorded here"
        return Line(
            f"It counts from {day(first)}, {ends} No response is recorded.",
            x(due), x(last), None, None, _label(began, x(first)), _label(last_day, x(due)),
            _label(published, x(last)),
        )  # fmt: skip
    if known > today:
        published = "may have been published here"
        sentence = f"It may have been published from {day(lo)} on."
    elif lo == hi:
        published, sentence = f"published {day(lo)}", f"It was published on {day(lo)}."
    else:
        published = "published somewhere here"
        sentence = f"It was published between {day(lo)} and {day(hi)}."
    from_x, to_x = x(lo), max(x(hi), x(lo) + _NARROW)
    return Line(
        f"It counts from {day(first)}, {ends} {sentence}",
        x(due), x(last), min(from_x, WIDTH - _NARROW), min(to_x, WIDTH),
        _label(began, x(first)), _label(last_day, x(due)),
        _label(published, (from_x + to_x) / 2),
    )  # fmt: skip


def _label(words: str, x: float) -> Label:
    """A label that does not leave the drawing."""
    half = 3 * len(words)
    if x - half < 0:
        return Label(words, min(x, LEFT), "start")
    if x + half > WIDTH:
        return Label(words, WIDTH, "end")
    return Label(words, round(x, 1), "middle")
