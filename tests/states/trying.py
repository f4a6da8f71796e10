"""One act, tried on one subject: the entries that it records, or the code and sentence that refuse
it.

A request is made from its published schema, so that a new act is tried without a word here. A `Try`
gives only the fields that cannot be guessed.
"""

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import marshmallow as ma

from api.schemas import derive as ours
from api.schemas.acts import SCHEMAS
from api.schemas.derive import schema_for
from ledger.acts import key, service
from ledger.acts.table import ACTS, ENTRY, Act
from ledger.application import Ledger, Recorded
from ledger.dates import in_words
from ledger.errors import AnswerableError, Refused
from ledger.events import AnyEvent
from ledger.events.entry import Entry, texts
from ledger.states.service import Account
from tests.api.site import ACCOUNTS, FORCE, Site

DAY = "2025-09-01"
"""The day on which an act happened, unless a try says otherwise."""
PROBLEM = "urn:answerable:problem:"
_SIZE = re.compile(r"\b(size|log has) \d+")
_words = count(1)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Subject:
    """A stream on which acts are tried, and the parts of its name and of its requests."""

    stream: str
    where: dict[str, str] = field(default_factory=dict)
    """The parts of its path, and values that requests share with it, by name."""
    as_written: dict[str, str] = field(default_factory=dict)
    """The words that only this subject has, and what the page writes in their place."""
    acts: list[str] = field(default_factory=list)
    """The ids of the acts recorded on it, in order."""
    entries: dict[str, str] = field(default_factory=dict)
    """The last entry of each topic that these acts recorded."""

    @property
    def first(self) -> str:
        return self.acts[0]

    @property
    def last(self) -> str:
        return self.acts[-1]


Record = Callable[[Ledger, Account, Subject], Recorded]
Says = Mapping[str, Any] | Callable[[Subject], Mapping[str, Any]]


@dataclass(frozen=True)
class Try:
    """An act as it is tried: by whom, with what words beside those that its schema gives."""

    event: type[AnyEvent]
    who: str = "clerk"
    says: Says = field(default_factory=dict)
    note: str = ""
    """Words that tell this try from another one of the same act."""
    to: Callable[[Subject], str] | None = None
    """For an act on an entry: which one."""
    at: Mapping[str, str] = field(default_factory=dict)
    """Parts of its path that are not the subject's own."""
    first: "Try | None" = None
    """The request that is recorded just before, which this act confirms."""
    record: "Record | None" = None
    """How it is recorded, where no one function takes its event."""
    behind: timedelta = timedelta()
    """How far the clock is set back meanwhile."""
    drawn: bool = True
    """True if the diagram shows the outcome."""

    @property
    def act(self) -> Act | None:
        on_entry = self.to is not None
        fitting = [one for one in ACTS if one.event is self.event]
        return next((a for a in fitting if a.path.startswith(ENTRY) == on_entry), None)

    @property
    def label(self) -> str:
        name = self.act.word if self.act else self.event.TOPIC
        return f"{name} ({self.note})" if self.note else name


def confirmation_of(act: Act) -> Act | None:
    """Return the act by which another account confirms what this one seeks, if there is one."""
    return next((one for one in ACTS if one.word == f"{act.word}-confirmation"), None)


@dataclass(frozen=True)
class Outcome:
    """The entries that a try recorded, or its refusal."""

    entries: tuple[tuple[str, str], ...] = ()
    """(topic, id) of what was recorded, the act's own first."""
    code: str = ""
    sentence: str = ""

    @property
    def recorded(self) -> bool:
        return bool(self.entries)


def do(site: Site, subject: Subject, one: Try, day: str = DAY) -> Outcome:
    """Try an act, as said to have happened on a day. The subject remembers the entries that it
    records."""
    act = one.act
    with site.clock.set_back(one.behind):
        done = _post(site, subject, one, act, day) if act else _command(site, subject, one)
    if done.recorded:
        subject.acts.append(done.entries[0][1])
        subject.entries |= dict(done.entries)
    return done


def _post(site: Site, subject: Subject, one: Try, act: Act, day: str) -> Outcome:
    where = subject.where | dict(one.at)
    if one.to:
        where["entry_id"] = one.to(subject)
        where["field"] = next(iter(texts_of(site.ledger.entry(where["entry_id"]))), "text")
    body = sample(SCHEMAS[one.event](), where, day) | _says(one, subject)
    answer = site.caller(one.who).post(act.path.format(**where), body)
    said: Any = answer.json
    if answer.status_code == 201:
        return Outcome(tuple((event["type"], event["id"]) for event in said["events"]))
    assert answer.status_code < 500, answer.text
    faults = "; ".join(f"{f['field']}: {f['message']}" for f in said.get("errors", ()))
    sentence = said["detail"] + (f" ({faults})" if faults else "")
    return Outcome((), said["type"].removeprefix(PROBLEM), _plain(sentence, subject))


def _command(site: Site, subject: Subject, one: Try) -> Outcome:
    """Record an act of a command by the function that takes its event."""
    by = site.ledger.account(ACCOUNTS[one.who][0])
    try:
        recorded = (one.record or _by_its_function(one))(site.ledger, by, subject)
    except Refused as refused:
        return Outcome((), f"refused:{refused.rule}", _plain(str(refused), subject))
    except AnswerableError as error:
        code = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
        return Outcome((), code, _plain(str(error), subject))
    return Outcome(tuple((entry.data.TOPIC, entry.id) for entry in recorded.entries))


def _by_its_function(one: Try) -> Record:
    function = function_of(one.event)
    assert function is not None, one.event

    def record(ledger: Ledger, by: Account, subject: Subject) -> Recorded:
        schema = schema_for(one.event, name=one.event.__name__, dated=False)()
        words = sample(schema, subject.where, DAY) | _says(one, subject)
        more = {name: words.pop(name) for name in list(words) if name not in schema.fields}
        return ledger.record(by, function, **schema.load(words), **more)

    return record


def texts_of(entry: Entry) -> list[str]:
    """Return the paths of the texts in an entry, those for the office first."""
    found = sorted(texts(entry), key=lambda one: one[1].audience != "office")
    return [path for path, _ in found]


def function_of(event: type[AnyEvent]) -> Callable[..., object] | None:
    """Return the function of `ledger.acts` that records an event which no client sends, if one
    does."""
    for name, function in (*vars(service).items(), *vars(key).items()):
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if typing.get_type_hints(function).get("event") is event:
            return function
    return None


def _says(one: Try, subject: Subject) -> dict[str, Any]:
    return dict(one.says(subject) if callable(one.says) else one.says)


def sample(schema: ma.Schema, known: Mapping[str, str], day: str) -> dict[str, Any]:
    """Return a request that says what it must and no more; `known` values go by their field's
    name."""
    return {
        name: known.get(name) or value(made, known, day)
        for name, made in schema.fields.items()
        if made.required
    }


def value(made: ma.fields.Field[Any], known: Mapping[str, str], day: str) -> Any:
    """Return a value that a field takes."""
    for rule in made.validators:
        if isinstance(rule, ma.validate.OneOf):
            return next(iter(rule.choices))
    match made:
        case ours.Day():
            return day
        case ours.BodyId():
            return FORCE
        case ours.Url():
            return "https://page.example/"
        case ours.TextField():
            return f"Words that no other text has: {next(_words)}."
        case ma.fields.Nested():
            return sample(made.schema, known, day)
        case ma.fields.List():
            return [value(made.inner, known, day)]
        case ma.fields.Boolean():
            return True
        case ma.fields.Integer():
            return 1
        case _:
            return "text"


def _plain(sentence: str, subject: Subject) -> str:
    """Return a sentence as the page writes it, the same for every subject of its kind."""
    for own, written in subject.as_written.items():
        sentence = sentence.replace(own, written)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", own):
            sentence = sentence.replace(in_words(own), written)
    return _SIZE.sub(r"\1 …", _ID.sub("…", sentence))
