"""The forms by which people record: what is due, and a form for each act, from where it stands.

A form is drawn from the schema of its act's request (`form_fields`), and decided as that is. It
carries the version that its page was drawn at, so that whoever was second sees what the first did,
and a key, so that it is recorded once however often it is sent. A form whose session has ended
comes back with what was typed and the way to sign in, and nothing of that is stored.
"""

import functools
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request, url_for
from flask_wtf.csrf import generate_csrf
from marshmallow import ValidationError

from api.reading import addresses, words
from api.reading.error_pages import error_page, not_asked_that
from api.reading.page import rendered, to
from api.recording import form_fields
from api.recording.form_fields import Filled, FormField, Given
from api.requests import current
from api.requests.acts import decided, recorder_of, subject, wants
from api.requests.current import FormOfAnother, SignInAnew
from api.requests.parsing import takes_form
from api.schemas.acts import SCHEMAS
from ledger.acts.decision import Decision
from ledger.acts.table import ACTS, BODY, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.application import How
from ledger.date_phrases import read_date
from ledger.dates import in_words as in_words_of_day
from ledger.dates import is_exact, last_day
from ledger.errors import (
    Fault,
    Gone,
    KeyReused,
    NotAllowed,
    NotRecorded,
    Refused,
    Stale,
    Unfit,
)
from ledger.events import (
    AccountClosed,
    AccountOpened,
    RecommendationReviewed,
    RedactionSought,
    ReportPublished,
    ResponsePublished,
    ScopeGranted,
    ScopeRevoked,
    TextRedacted,
)
from ledger.events.entry import Entry, texts
from ledger.events.response import RESPONSE as THE_RESPONSE
from ledger.events.service import SCOPES
from ledger.events.streams import response_stream
from ledger.intake.proposals.look_alikes import LooksAlike, Outline, look_alikes
from ledger.log.append import Request
from ledger.states.effect import in_effect
from ledger.states.responders import in_words, responders
from ledger.states.service import GROUPS, Account
from projections.answers.response import ResponseWanting
from projections.questions import meetings, pack
from projections.questions import report as report_question
from projections.questions import response as response_question
from projections.questions import trail as trail_question
from projections.questions.question import Question

blueprint = Blueprint("record", __name__, url_prefix="/record", template_folder="templates")

Shape = dict[str, Any]
Where = dict[str, str]
_CHOSEN = ("another", "respond")
"""What a person answered whom a form asked before it was recorded."""
_OURS = frozenset({"csrf_token", "key", "expected", "more", *_CHOSEN})
"""What a form carries beside its fields."""


class AskFirst(Refused):
    """Something that a person confirms before a form is recorded: what is asked, what they look at,
    and the answers, each as the name and value of a button with its words."""

    def __init__(
        self,
        asks: str,
        lines: Sequence[str],
        answers: Sequence[tuple[str, str, str]],
        hint: str = "",
    ) -> None:
        super().__init__("ask-first", asks)
        self.asks, self.lines, self.answers, self.hint = asks, lines, answers, hint


MOST_WORDS = 240
"""How many letters of a recommendation stand over what a response says of it."""
_OF_A_FIELD = {
    "account-closed": "account",
    "account-exists": "account",
    "account-name": "account",
    "beyond-the-account": "scopes",
    "body-exists": "id",
    "body-id": "id",
    "no-such-scope": "scope",
    "rule-version": "version",
    "scope-granted": "scope",
    "token-lifetime": "expires_on",
    "unknown-account": "account",
}
"""The field that a refusal is about, by its rule; it is said on top of the form in any case."""
_OWING = ("local_policing_body", "fire_authority", "national_body")
"""The kinds of body that can owe a response by a rule."""
_ASKED_KEEPING = "asked-keeping"
"""The mark of a session that was asked whether the office keeps its record here."""
_TAKES = {"record.draft": ("everybody",)}
"""What pages take in their address that are no forms of an act."""
SENT_BEFORE = Fault(
    "sent-before",
    "This form was sent before, and what it said then was done. To have what it says now done as "
    "well, look at it once more and send it again.",
)
"""What is said of a form that was changed after it was recorded, by a browser's Back: from then on
it is another one."""
TITLES = {
    "report-published": "Enter a report",
    "recommendation-raised": "Add a recommendation",
    "report-revised": "Its page says something else now",
    "report-taken-over": "Take the report over, as its publisher",
    "assurance-sought": "Ask for assurance",
    "update-received": "Record an update",
    "target-date-set": "Set a target day",
    "closure-proposed": "Propose closure",
    "closure-confirmed": "Record a closure",
    "closure-refused": "Record that closure was refused",
    "reopened": "Open it again",
    "withdrawn": "Record that it was withdrawn",
    "superseded": "Record what takes its place",
    "response-duty-arose": "Record a duty to respond",
    "chief-officer-comments-invited": "Invite the chief officer’s comments",
    "chief-officer-comments-received": "Record the chief officer’s comments",
    "response-published": "Record the response that was published",
    "response-looked-for": "Record that it was looked for and not found",
    "copy-sent": "Record a copy that was sent",
    "statement-revised": "The response says something else now",
    "extension-granted": "Record an extension",
    "duty-disapplied": "Record that the duty does not apply",
    "duty-confirmed": "Confirm that the duty stands",
    "paper-issued": "Record a paper",
    "meeting-held": "Record that it was held",
    "recommendation-reviewed": "Record a review",
    "entry-corrected": "Correct it",
    "entry-retracted": "Retract it",
    "entry-disputed": "Reply to it, where it is about you",
    "text-released": "Open a text to everybody",
    "redaction-sought": "Ask that a text be redacted",
    "text-redacted": "Confirm the redaction",
    "body-registered": "Register a body",
    "body-changed": "Change what the register says of a body",
    "body-succeeded": "Record which body follows another",
    "record-kept-here": "Say that your office keeps its record here, or until when",
    "rule-adopted": "Adopt a rule",
    "clock-was-wrong": "Say that the clock was wrong",
    "account-opened": "Open an account",
    "scope-granted": "Let an account do more",
    "scope-revoked": "Take from an account what it may",
    "account-closed": "Close an account for good",
}
"""What forms are called, by the topic of their event; one that has none here by its topic."""


ADMINISTRATION = ("Administration", "/admin")
"""Where the forms of what is administered begin, in words and by its address."""


def title_of(act: Act) -> str:
    """What the form of an act is called."""
    topic = act.event.TOPIC
    return TITLES.get(topic) or topic.replace("-", " ").capitalize()


def _endpoint(act: Act) -> str:
    return act.decide.__name__


def forms_here(on: str, entry: str | None = None, **where: Any) -> list[tuple[str, str]]:
    """The forms of what a page is about (`report`, `recommendation`, …), each with its address, as
    far as whoever is signed in may record them. `entry`: the type of the entry, where it is one."""
    if addresses.dates_asked().past:
        return []
    account = current.account()
    assert account is not None
    path = {
        "report": REPORT,
        "recommendation": RECOMMENDATION,
        "response": RESPONSE,
        "meeting": MEETING,
        "entry": ENTRY,
        "body": "/api/bodies",
        "service": "/api",
    }[on]
    own = account.may("record") and on == "body" and account.body == where["id"]
    return [
        (title_of(act), form_of(_endpoint(act), body=account.body))
        for act in ACTS
        if act.on == BODY and own
    ] + [
        (title_of(act), url_for(f"record.{_endpoint(act)}", **where))
        for act in ACTS
        if act.on == path
        and (act.scope == "record" or on == "body")  # what else is administered has its page
        and account.may(act.scope)
        and (act.event is not TextRedacted or entry == RedactionSought.TOPIC)
    ]


def form_of(act: str, /, **where: Any) -> str:
    """The address of the form of an act, by the name of its function; more is filled in."""
    return url_for(f"record.{act}", **where)


@blueprint.before_request
def read_address() -> Response | None:
    """The refusal of an address with a name that is no field of its form."""
    which = request.endpoint == "record.which_meeting"
    act = (
        _at_meetings.get(request.args.get("act", ""))
        if which
        else _acts.get(request.endpoint or "")
    )
    own = SCHEMAS[act.event]().fields if act else {}
    inside = {name for name in request.args if "." in name and name.partition(".")[0] in own}
    if request.method != "GET":
        return None
    of_page = _TAKES.get(request.endpoint or "", ("min_position",))
    ours = ("act", "date") if which else () if act else of_page
    return not_asked_that({*own, *inside, *ours})


@blueprint.get("")
def due() -> Response:
    """What is due for the body of whoever is signed in, with the next step of each."""
    account = current.account_needed()
    current.needs(account, "record", "recording")
    at = current.question()
    body = account.body and at.register.bodies.get(account.body)
    found = pack.body(at, account.body) if account.body and body else None
    not_shown = [one for one in found.attention if one.verdict == "not_shown"] if found else []
    return rendered(
        "record.html",
        account=account,
        found=found,
        asks_keeping=_asks_keeping(at, account),
        csrf_token=generate_csrf(),
        undated={(each.report, each.body): _undated(at, each) for each in not_shown[:20]},
    )


def _asks_keeping(at: Question, account: Account) -> bool:
    """Return whether the page asks if the office keeps its record here: until it has said so, or
    was asked in this session. Only bodies that can owe a response are asked."""
    body = at.register.bodies.get(account.body or "")
    if body is None or body.kind not in _OWING or at.register.keepings.get(body.id):
        return False
    return not current.session().get(_ASKED_KEEPING)


@blueprint.post("/not-now")
@takes_form
def not_now() -> Response:
    """Ask no more in this session whether the office keeps its record here."""
    sent = current.form_sent()
    current.needs(current.account_needed(), "record", "recording")
    current.of_this_session(sent.get("csrf_token"))
    current.session()[_ASKED_KEEPING] = True
    return to(url_for("record.due"))


def _undated(at: Question, each: ResponseWanting) -> str | None:
    """The entry of the first publication whose day is not known, of a response."""
    owed = response_question.owed(at, each.report, each.body, each.name)
    statements = response_question.response(owed).statements
    return next((one.entry for one in statements if one.published_on is None), None)


@blueprint.get("/meetings/<panel>")
def which_meeting(panel: str) -> Response:
    """Of which meeting of a panel something is recorded: one that is there, or of another day. With
    a day, on to the form of the `act`, filled in with the rest."""
    act = _at_meetings.get(request.args.get("act", ""))
    if act is None:
        return error_page(422, "We can’t answer that address", "Say which act, by `act`.")
    account, at = recorder_of(act), current.question()
    if panel not in at.register.bodies:
        raise NotRecorded(f"“{panel}” is not in the register.")
    given = {name: said for name, said in request.args.items() if name not in ("act", "date")}
    typed = request.args.get("date")
    if typed and is_exact(day := read_date(typed).on):
        return to(form_of(_endpoint(act), panel=panel, date=day, **given))
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
        meetings=[(each["date"], _with_paper(act, each, given)) for each in held],
        typed=typed or "",
    )


def _with_paper(act: Act, meeting: Shape, given: Where) -> str:
    """The address of the form of an act at a meeting; of a review, with its last paper."""
    papers = meeting["papers"] if act.event is RecommendationReviewed else []
    paper = {"paper": papers[-1]["id"]} if papers else {}
    return form_of(_endpoint(act), panel=meeting["panel"], date=meeting["date"], **(paper | given))


def _add(act: Act) -> None:
    """Add the form of an act, at the path of its request below /record."""
    path = act.path.removeprefix("/api").replace("{", "<").replace("}", ">")
    endpoint = _endpoint(act)

    def shown(**where: str) -> Response:
        return _shown(act, where)

    @takes_form
    def taken(**where: str) -> Response:
        return _sent(act, where)

    taken.wants = functools.partial(wants, act)  # type: ignore[attr-defined]
    blueprint.add_url_rule(path, endpoint, shown, methods=["GET"])
    blueprint.add_url_rule(path, f"{endpoint}_sent", taken, methods=["POST"])


_acts = {f"record.{_endpoint(act)}": act for act in ACTS}
_at_meetings = {_endpoint(act): act for act in ACTS if act.on == MEETING}
for _act in ACTS:
    _add(_act)


def _shown(act: Act, where: Where) -> Response:
    """The form: empty, or as it is asked to be filled in."""
    account = recorder_of(act)
    given = asked_for()
    for name, value in _suggested(act, where):
        given.setdefault(name, value)
    return _form(act, where, account, given)


def asked_for() -> Given:
    """What a form is asked to be filled in with, by its address."""
    return Given([(name, value) for name, value in request.args.items() if name not in _OURS])


def _sent(act: Act, where: Where) -> Response:
    """Record what was filled in; else the form again."""

    def done(account: Account, said: dict[str, Any], how: How) -> Response:
        first = functools.partial(_ask_first, act, where, said, request.form)
        return to(_after(act, where, decided(account, act, where, said, how, first).entries))

    return sent(
        SCHEMAS[act.event](), lambda: recorder_of(act), done, functools.partial(_form, act, where)
    )


def sent(
    schema: ma.Schema,
    who: Callable[[], Account],
    done: Callable[[Account, dict[str, Any], How], Response],
    again: Callable[..., Response],
) -> Response:
    """Do what a form was filled in for; else draw it again, with what is wrong on top and at
    fields. `who` says who may, or raises; `again` draws for them what was typed."""
    form = current.form_sent()
    typed = Given([(name, value) for name, value in form.items(multi=True) if name not in _OURS])
    if current.account() is None:
        return signed_out(form, typed)
    try:
        account = who()
    except SignInAnew:
        return signed_out(form, typed, anew=True)
    if not of_this_session(form):
        return again(account, typed, form=form, status=403, back=True)
    if more := form.get("more"):
        return again(account, form_fields.with_one_more(more, typed), form=form)
    typed = form_fields.without_empty_rows(schema, typed)
    bodies = {body.name.lower(): body.id for body in current.ledger().service().bodies.values()}
    try:
        loaded = schema.load(form_fields.request_of(schema, typed, bodies))
        assert isinstance(loaded, dict)
        return done(account, loaded, how(account, form, typed))
    except ValidationError as error:
        faults = list(form_fields.faults_of(error.messages))
        return again(account, typed, faults, form=form, status=422)
    except Unfit as error:
        faults = list(error.faults) or [Fault("", error.sentence)]
        return again(account, typed, faults, form=form, status=422)
    except Stale:
        return again(account, typed, form=form, status=412, moved_on=True)
    except LooksAlike as error:
        return again(account, typed, form=form, status=409, alike=error)
    except AskFirst as error:
        return again(account, typed, form=form, status=409, ask=error)
    except KeyReused:
        anew = {name: said for name, said in form.items() if name != "key"}
        return again(account, typed, [SENT_BEFORE], form=anew, status=409, moved_on=True)
    except (Refused, NotAllowed, NotRecorded, Gone) as error:
        rule = error.rule if isinstance(error, Refused) else ""
        faults = [Fault(_OF_A_FIELD.get(rule, ""), error.sentence)]
        return again(account, typed, faults, form=form, status=409)


def _ask_first(
    act: Act, where: Where, said: Shape, form: Mapping[str, str], decision: Decision
) -> None:
    """Ask what a person has to see before an act is recorded, unless they have answered: whether a
    report looks like another, who must respond to it, whether a response is one more."""
    another = form.get("another")
    if act.event is ReportPublished:
        if not another:
            _alone(said, decision)
        _who_must_respond(said, form.get("respond"), decision)
    elif act.event is ResponsePublished and not another:
        _answered_already(where, said, decision)


def _who_must_respond(said: Shape, answer: str | None, decision: Decision) -> None:
    """Ask who must respond to a report that names no bodies; fill them in, as it was answered."""
    if said.get("bodies") or answer == "nobody":
        return
    event, told = said["event"], said["told"]
    service = decision.service
    raised = [name for each in said.get("recommendations") or () for name in each.addressees]
    there = service.on(last_day(told.occurred_on) if told.occurred_on else decision.today)
    addressees = [
        body for name in raised for body in (there.members(name) if name in GROUPS else [name])
    ]
    bound = responders(
        service,
        kind=event.kind,
        publishers=event.published_by,
        published_on=told.occurred_on,
        addressees=addressees,
        today=decision.today,
    )
    surely = [one.body for one in bound if one.asks is None and not one.needs_a_day]
    if answer == "rule":
        said["bodies"] = surely
    elif bound:
        raise AskFirst(
            "Who must respond",
            in_words(service, bound, told.occurred_on, decision.today),
            [
                *([("respond", "rule", "Record it with these duties")] if surely else ()),
                ("respond", "nobody", "Record it without a duty"),
            ],
            "To take one off, name it below in “Taken off”, with the reason. Where a person "
            "answers first, name the bodies of which the answer is yes in “Bodies”, with all "
            "others that must respond.",
        )


def _answered_already(where: Where, said: Shape, decision: Decision) -> None:
    """Ask whether a response is one more, where one is recorded."""
    stream = response_stream(where["report"], where["body"])
    duties = set(said.get("duties") or (THE_RESPONSE,))
    there = [
        one
        for one in in_effect(decision.stream(stream))
        if isinstance(one.data, ResponsePublished)
        and duties & set(one.data.duties or (THE_RESPONSE,))
    ]
    if there:
        raise AskFirst(
            "A response is recorded already",
            [
                f"Published {'on ' if one.entry.occurred_on else ''}"
                f"{in_words_of_day(one.entry.occurred_on)}"
                + (f" at {url}" if (url := getattr(one.data, "url", None)) else "")
                + f", recorded by {one.original.recorded_by} (entry {one.original.position})"
                for one in there
            ],
            [("another", "yes", "It is one more: record it")],
            "Where the one that is recorded is wrong, correct it or retract it instead.",
        )


def _alone(sent: Shape, decision: Decision) -> None:
    """LooksAlike where a report that is entered looks like one that is recorded."""
    event, told = sent["event"], sent["told"]
    of = len(sent.get("recommendations") or ())
    own = Outline(event.title, told.occurred_on, event.published_by, of)
    if recorded := look_alikes(decision, own):
        raise LooksAlike("The form", own, recorded, "{}")


def how(account: Account, form: Mapping[str, str], typed: Given) -> How:
    """Once, by the form's key; and from the version that its page was drawn at."""
    said = repr(sorted(typed.items(multi=True)))
    fingerprint = hashlib.sha256(f"FORM {request.path}\n{said}".encode()).digest()
    key, expected = form.get("key", ""), form.get("expected", "")
    if not (1 <= len(key) <= 200 and key.isprintable()):
        raise FormOfAnother("This form was not drawn by us: open its page again.")
    version = int(expected) if expected.isascii() and expected.isdecimal() else None
    return How(if_match=version, request=Request(account.name, f"form {key}", fingerprint))


def of_this_session(form: Mapping[str, str]) -> bool:
    """Return whether a form was drawn in this session, and not before its sender signed in."""
    try:
        current.of_this_session(form.get("csrf_token"))
    except FormOfAnother:
        return False
    return True


def signed_out(form: Mapping[str, str], typed: Given, *, anew: bool = False) -> Response:
    """Give back what was typed, with the way to sign in, and a button that sends it again."""
    hidden = {name: form[name] for name in ("key", "expected") if form.get(name)}
    return rendered(
        "sign-in-again.html",
        status=401 if current.account() is None else 403,
        way=url_for("sign_in.go", anew="1" if anew else None),
        anew=anew,
        hidden=hidden,
        typed=[(path, _called(path), said) for path, said in typed.items(multi=True)],
    )


def _form(
    act: Act,
    where: Where,
    account: Account,
    given: Given,
    faults: list[Fault] | None = None,
    *,
    form: Mapping[str, str] | None = None,
    status: int = 200,
    back: bool = False,
    moved_on: bool = False,
    alike: LooksAlike | None = None,
    ask: AskFirst | None = None,
) -> Response:
    """The page of a form, with what is filled in."""
    _, stream = subject(act, where)
    entries = current.ledger().read_stream(stream) if stream else []
    expected = (form or {}).get("expected", "")
    since = int(expected) if moved_on and expected.isdecimal() else len(entries)
    version = str(entries[-1].version if entries else 0)
    return drawn(
        SCHEMAS[act.event](),
        Filled(given, faults or (), _choices(act, where), _legends(act, where, given)),
        once(form or {})
        | {name: form[name] for name in _CHOSEN if form and form.get(name)}
        | {"expected": version if moved_on or not expected else expected},
        status=status,
        title=title_of(act),
        says=act.says or (act.event.__doc__ or "").split("\n\n")[0],
        account=account,
        alike=alike,
        ask=ask,
        begins=ADMINISTRATION if act.scope == "admin" else None,
        about=_about(act, where),
        since=[one for one in entries if one.version > since],
        back=back,
    )


def drawn(schema: ma.Schema, filled: Filled, hidden: Where, **more: Any) -> Response:
    """The page of a form, from the schema of its request."""
    fields = form_fields.fields_of(schema, filled)
    return rendered(
        "form.html",
        fields=[one for one in fields if not one.folded],
        folded=[one for one in fields if one.folded],
        faults=filled.faults,
        by_path=_by_path(fields),
        bodies=sorted((v.name, k) for k, v in current.ledger().service().bodies.items()),
        hidden=hidden,
        **more,
    )


def once(form: Mapping[str, str]) -> dict[str, str]:
    """Return the hidden fields of a form: the key that records it once, and the token that stops
    other sites from sending it."""
    return {
        "key": form.get("key") or secrets.token_urlsafe(12),
        "csrf_token": generate_csrf(),
    }


def _by_path(fields: tuple[FormField, ...]) -> dict[str, FormField]:
    """Each field, those inside others too, by its path."""
    found: dict[str, FormField] = {}
    for each in fields:
        found[each.path] = each
        found |= _by_path(each.parts)
    return found


def _choices(act: Act, where: Where) -> dict[str, tuple[tuple[str, str], ...]]:
    """What a form offers where its schema leaves that open: the fields of an entry that one on it
    may mean; and what scopes let an account do, in words."""
    if act.event in (AccountOpened, ScopeGranted, ScopeRevoked):
        return dict.fromkeys(("scope", "scopes"), words.scopes_to_choose(SCOPES))
    if act.on != ENTRY or "field" not in SCHEMAS[act.event]().fields:
        return {}
    entry = current.ledger().entry(where["entry_id"])
    held = [path for path, _ in texts(entry)]
    if act.event.TOPIC != "entry-corrected":
        return {"field": tuple((path, _called(path)) for path in held)}
    trail = trail_question.entry(current.question(), entry.id)
    plain = [path for path, value in _flat(trail["data"]) if value is not None]
    own = SCHEMAS[type(entry.data)]().fields if type(entry.data) in SCHEMAS else {}
    days = [name for name in ("published_on", "seen_on", "occurred_on") if name in own]
    names = dict.fromkeys([*days[:1], *held, *plain])
    return {"field": tuple((path, _called(path)) for path in names)}


def _flat(said: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(said, dict):
        return [
            each
            for name, inner in said.items()
            for each in _flat(inner, f"{path}.{name}".strip("."))
        ]
    if isinstance(said, list):
        return [
            each for number, inner in enumerate(said) for each in _flat(inner, f"{path}.{number}")
        ]
    return [(path, said)]


def _called(path: str) -> str:
    return ", ".join(
        form_fields.LABELS.get(part) or part.replace("_", " ").capitalize()
        if not part.isdecimal()
        else str(int(part) + 1)
        for part in path.split(".")
    )


def _suggested(act: Act, where: Where) -> list[tuple[str, str]]:
    """What a form begins with: of a response, a row for each recommendation that it answers; of a
    meeting's paper, the position and day that one would be made from now."""
    if act.event.TOPIC == "paper-issued":
        when = current.question().as_of
        return [("known_at", str(when.position)), ("effective_on", when.effective_on)]
    if act.event.TOPIC != "response-published":
        return []
    at = current.question()
    report = report_question.report(at, where["report"])
    own = {where["body"], *at.register.forces_of(where["body"])}
    return [
        (f"explanations.{row}.{name}", said)
        for row, each in enumerate(rec for rec in report.recommendations if rec.addressee in own)
        for name, said in (("number", each.number), ("addressee", each.addressee))
    ]


def _legends(act: Act, where: Where, given: Given) -> dict[str, tuple[str, str]]:
    """What the rows of a response are called, by the recommendation that each is about, and the
    words of that, where they are held for everybody or for whoever fills the form in."""
    if act.event.TOPIC != "response-published":
        return {}
    report = report_question.report(current.question(), where["report"])
    said = {(each.number, each.addressee): each.text or "" for each in report.recommendations}
    found: dict[str, tuple[str, str]] = {}
    for name, number in given.items():
        row = name.removesuffix(".number")
        if name.startswith("explanations.") and row != name and number:
            text = said.get((number, given.get(f"{row}.addressee", "")), "")
            found[row] = f"Recommendation {number}", words.beginning(text, MOST_WORDS)
    return found


def _about(act: Act, where: Where) -> tuple[str, str] | None:
    """What a form is on, in words and by its address."""
    match act.on:
        case "/api/recommendations/{report}/{number}/{body}":
            called, page = f"Recommendation {where['number']}", "recommendation"
        case "/api/responses/{report}/{body}":
            called, page = "The response", "response"
        case "/api/reports/{report}":
            title = report_question.title(current.question(), where["report"])
            called, page = title or where["report"], "report"
        case "/api/meetings/{panel}/{date}":
            called, page = f"The meeting of {words.day(where['date'])}", "meeting"
        case "/api/entries/{entry_id}":
            position = current.ledger().entry(where["entry_id"]).position
            called, page = f"Entry {position}", "entry"
        case "/api/bodies/{body}":
            called, page = current.question().register.name(where["body"]), "body"
        case _:
            return None
    return called, _address(page, where)


def _after(act: Act, where: Where, entries: tuple[Entry, ...]) -> str:
    """Where an act that was recorded is seen, once the read models have it."""
    seen = {"min_position": str(entries[-1].position)}
    first = entries[0]
    pages = {
        RECOMMENDATION: "recommendation",
        RESPONSE: "response",
        MEETING: "meeting",
        BODY: "body",
    }
    if act.on in pages:
        return _address(pages[act.on], where | seen)
    if act.event.STREAM == "report":
        reference = first.stream.removeprefix("report/")
        return _address("report", {"report": reference} | seen)
    if act.on == REPORT:
        return _address("report", where | seen)
    if isinstance(
        changed := first.data, AccountOpened | ScopeGranted | ScopeRevoked | AccountClosed
    ):
        return account_page(changed.account)
    return _address("entry", {"entry_id": first.id} | seen)


def account_page(name: str) -> str:
    """The address of the page of an account."""
    body, _, role = name.partition("/")
    return url_for("admin.account", body=body, role=role)


def _address(page: str, values: dict[str, Any]) -> str:
    return url_for(f"pages.{page}", **values)
