"""The fields of a form, from the schema of its act's request; and what somebody filled in, as that
request.

A field's kind, its options and its help come from the schema, which comes from the event's
declaration (`api.schemas.derive`). So a new event has its form without a line here. A field's label
is the one that it declares, or that of `LABELS`, or its name.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from api.reading import words
from api.schemas.derive import REGISTER, BodyId, Day, StringOrText, TextField, Url, YesOrNo
from ledger.date_phrases import DatePhrase, DateProblem, read_date
from ledger.errors import Fault
from ledger.events.report import REPORT_KINDS
from ledger.events.service import BODY_KINDS, SEVERAL_PUBLISHERS
from ledger.register import bodies_named
from ledger.states.service import GROUPS
from projections.as_of import without_commas

Kind = Literal[
    "line",
    "text",
    "day",
    "choice",
    "choices",
    "body",
    "number",
    "lines",
    "url",
    "group",
    "rows",
    "hidden",
]
_KINDS = (*BODY_KINDS, *REPORT_KINDS, SEVERAL_PUBLISHERS)
Given = MultiDict[str, str]
"""The values that were filled in, by the path of each field (`source.note`,
`explanations.0.text`)."""

LABELS = {
    "addressee": "Addressed to",
    "addressees": "Addressed to (one body a line)",
    "answers": "Which question does it answer?",
    "applied_on": "Day on which it was applied for",
    "as_stated": "How the force puts it, such as GREEN",
    "bodies": "Bodies that owe a response (one a line)",
    "by": "Whose act it is, if not this office’s",
    "capture": "A copy that this service keeps",
    "claim": "The progress that the force claims",
    "cites": "What it cites, word for word",
    "due_on": "Last day",
    "expires_on": "Last day on which it is valid",
    "overlap_days": "For how many days more the one before is good",
    "scope": "What it may do",
    "same_as_report": "The report whose findings are the same",
    "scopes": "What it may do",
    "duties": "Which duties it answers (one a line)",
    "duty": "Which duty, if it owes several",
    "begins": "First day",
    "effective_on": "Day for which it was made",
    "ends": "Last day",
    "expected_on": "Day on which it is expected to be done",
    "explanations": "What it says of each recommendation",
    "field": "Which part",
    "former_names": "Former names",
    "ground": "On what ground, as the publisher states it",
    "granted_on": "Day on which it was granted",
    "how": "How it answers it",
    "known_at": "Position of the log that it was made from",
    "looked_on": "Day on which it was looked for",
    "means": "Which of these that means",
    "note": "Which one: from whom, of which day",
    "now": "What it should say",
    "occurred_on": "When it happened",
    "of": "Of whom",
    "on": "Day",
    "origin": "Who set it",
    "published_on": "When it was published",
    "publishers": "Publishers, where several did (one a line, the first leads)",
    "remark": "Is it a remark of somebody else?",
    "reply_by": "Reply asked for by",
    "same_as": "Its own pages (one address a line)",
    "since": "Day from which reports count",
    "until": "Last day, if this says that it ends",
    "where": "Where it was looked for",
    "words": "In whose words",
    "seen_on": "When it was seen",
    "source": "How do you know?",
    "superseded_by": "What takes its place",
    "text": "Its words",
    "to": "To whom",
    "trigger_on": "Day from which the rule counts",
    "url": "Address",
    "what": "What shows it",
    "whose": "Whose it is",
    "websites": "Hosts of its websites (one a line)",
    "worked_out": "Was the day worked out from the report’s words?",
}
"""The labels of fields, by names that mean the same everywhere; others declare theirs
(`Doc.label`)."""
_CHOICES = {
    "words": {"own": "This office’s words", "publisher": "The publisher’s words"},
    "numbered_by": {"publisher": "The publisher", "us": "We: the page has no numbers"},
}
"""The words of choices, by the name of their field, where the listed word says too little."""
KNOWN_FROM = (
    ("page", "A page on the web"),
    ("letter", "A letter"),
    ("email", "An e-mail"),
    ("meeting", "A meeting, or its minutes"),
    ("paper", "A paper or a report"),
    ("records", "This office’s own records, such as the log of its website"),
    ("told", "Somebody told us"),
)
"""The answers to “How do you know?”. The chosen words begin the source’s note."""
_IN_A_SOURCE = ("note", "url", "capture")
"""The fields of a source, in the order in which a form asks for them."""
HOW = "how"
"""The name of that choice within a source, beside the fields of the request."""
_DAYS = frozenset({"applies_from", "applies_until"})
"""Fields of requests that are no days there, and that a form takes as days."""
_OF_BODIES = frozenset({"closes_by", "publishers"})
"""Lists in which a form takes the names of bodies, and a request their ids."""
LEFT_OUT = frozenset({"batch"})
"""Fields that only programs set."""
LESS_USUAL = frozenset(
    {"by", "also", "remark", "reference", "listed_by", "numbered_by", "duties", "duty"}
)
"""Fields that stand folded at a form's end, since they are rarely needed."""
_NAMED_BY = {
    "explanations": frozenset({"number", "addressee"}),
    "translations": frozenset({"lang"}),
}
"""Rows that exist before anybody fills them in, and the fields that name them. A row with nothing
else counts as empty."""
MISSING = "Fill this in."
"""The message of a fault at an empty field; `FormField.said` says what to fill in."""
_SAID = {
    "Missing data for required field.": MISSING,
    "Field may not be null.": MISSING,
    "Not a valid integer.": "Give a whole number, in digits.",
    "Not a valid list.": MISSING,
    "Must be greater than or equal to 0 and less than or equal to 90.": "Give 0 to 90 days.",
    "Say when it happened: YYYY-MM-DD, YYYY-MM, YYYY, or null: not known.": MISSING,
}
_HELP = {
    "A capture that holds it, by its id.": "",
    "The paper itself, if kept here: its capture.": "The paper itself, if a copy is kept.",
    "The progress that it claims, as stated and as meant.": "Left empty, it claims nothing.",
    "What the words come to.": "Choose what comes nearest.",
    "The day by which it expects to be done.": "",
    "Whose it is: a body of the register by its id or name, or another name. Where the "
    "inspectorate saw it done, that is the inspectorate.": "The name of a body, or of somebody "
    "else. What the inspectorate saw done is the inspectorate’s.",
    "Its day; of something that was seen, the day of that.": "The day when it was written or seen.",
    "The entry (an assurance sought) that it answers.": "",
    "Whether it is a remark of somebody else (by), such as the inspectorate: it is no update of "
    "the force's, and changes nothing.": "Yes, if these are words of another body, such as the "
    "inspectorate. Say below whose they are. They leave the progress of the work as it is.",
    "The body whose act it is; by default the usual one for the act.": "Left empty, it is the "
    "body that usually does this.",
    "When it happened: a date, YYYY-MM or YYYY as far as it is known; null where it is not "
    "known.": "A day, a month (September 2025) or a year, as far as it is known.",
    "It in words, such as: e-mail of 3 March. Everybody may read it, unless it is sent with the "
    "audience `office`.": "Such as: e-mail of 3 March. Everybody may read it.",
    "It in words, such as: e-mail of 3 March. It is for the office, unless it is sent with the "
    "audience `public`.": "Such as: e-mail of 3 March. It is for the office.",
    "The meeting's day, which its address says: no other is taken.": "Left empty, it is the "
    "meeting’s.",
    "The last day on which it is valid, in London. Left out: the longest that is set here "
    "(ANSWERABLE_TOKEN_DAYS), or until it is ended.": "Left empty, it is valid for the longest "
    "that is set here, or until it is ended.",
    "The last day on which it is valid, in London. Left out: for as many days as the old one was "
    "made for; if that had no last day, as for a new token.": "Left empty, it is valid for as "
    "many days as the old one was made for.",
    "The account's name: its body, a slash, its role.": "Its body’s id, a slash, its role: "
    "cumbria-pfcc/clerk-2. Without a body: service/auditor.",
    "Only with the rule `manual`.": "Only if no rule gives it.",
    "`manual`, with due_on and source, or which of several rules; else the one that applies to the "
    "report.": "Left empty, it is the rule that applies to the report.",
    "Which field of the report, such as `key_findings`.": "The part of the page that changed.",
    "What it says since; a text as {text, …}.": "The new words of the page.",
    "What it says since; a text as {text, …}; null where a passage, or the chief officer's "
    "comments, are gone.": "The new words of the page.",
    "For a passage: whether it names the recommendation, or what else it does since.": "For a "
    "passage: whether it names the recommendation, or what it does instead.",
    "What of it: its whole text, its address, the comments, the passage of a number, or its text "
    "in the other language (`translation`).": "The part of the response that changed.",
    "The whole text of what was published. It may be left out where day or url is known.": "The "
    "whole text. Leave it empty if you know only the day or the address.",
    "The recommendation that took its place. Left out: it is not known which.": "Left empty, it is "
    "not known which.",
    "On what ground, as the publisher states it. Left out: not said.": "",
    "The report's reference.": "It ends the address of the report’s page.",
    "Which text of it, by its path; `bytes` of a capture.": "The text of this entry that you ask "
    "to delete.",
    "Which text of it, by its path.": "The text of this entry that everybody may read from now on.",
    "Whether it is the day that the words of the report's target give, confirmed by a person: only "
    "with the origin `report`.": "Yes, if the report says it in words, such as “within six "
    "months”, and you counted the day from them.",
    "When it happened, where no day is given from which (on).": "Needed only where no first day "
    "of the body that follows is given above.",
    "The first day of the one that follows; it may lie ahead. None: the day on which it "
    "happened.": "The first day of the body that follows. It may lie ahead. Left empty, it is the "
    "day on which it happened.",
    "The bodies that owe a response: ids, names, or all-local-policing-bodies. Left out: no duty "
    "is recorded.": "Their names, or “All local policing bodies”. Left empty, no duty is recorded.",
    "The bodies that it is addressed to: ids, names, or groups, for each member that there is on "
    f"the day of the report: {', '.join(GROUPS)}.": "Their names, or a group, for each of its "
    "members on the day of the report: All chief constables, All local policing bodies, All fire "
    "authorities, All Welsh chief constables, All Welsh local policing bodies.",
    "The body that published it; or several, by publishers.": "The body that published it. Where "
    "several did, name them below instead.",
    "Those of them that it does not bind: each duty is recorded with its disapplication, and the "
    "reason.": "Those of them to which the duty does not apply, each with the reason.",
    "Its name here; made from publisher, day and title if absent.": "Its name in addresses here. "
    "Left empty, it is made from the publisher, the day and the title.",
    "The paper that it had before it: its entry.": "The paper that it had before it.",
    "The report whose findings are the same, by its reference.": "",
    "The first day of its term; none: as long as anybody asks.": "The first day of its term. Left "
    "empty, it has always been there.",
    "Whether that was read; `false`: it is believed, and unverified.": "Yes, if somebody read it "
    "there. No, if it is believed, and nobody has looked.",
    "Who may confirm the closure of its recommendations: ids of bodies, or kinds.": "One a line: "
    "the name of a body, such as HMICFRS, or a kind of body, such as inspectorate.",
    "The last day on which it keeps its record here, never before the day on which that is "
    "recorded. None: no end is said.": "The last day on which it keeps its record here: today or "
    "later. Left empty, no end is said.",
    "The body that it records for; none for the service's own.": "The body that it records for. "
    "Left empty, it is an account of the service itself.",
    "Its language. Left out: Welsh (`cy`).": "Left empty, it is Welsh.",
    "Days in the period, the day of publication being day 1; none: no period.": "How many days it "
    "gives, the day of publication being day 1. Left empty, it sets no deadline in days.",
    "The period, where `period_days` does not say it.": "For a deadline in working days or months.",
    "`day`: calendar days; `working_day`: those that are no Saturday, Sunday or bank holiday of "
    "England and Wales; `month`: calendar months.": "A working day is no Saturday, Sunday or bank "
    "holiday of England and Wales.",
    "The day that starts the period: `published` (the report was; the default), or `made`, `sent`, "
    "`received`.": "Left empty, it is the day on which the report was published.",
    "Whether the day that starts the period is day 1 (`counted`, the default).": "Left empty, it "
    "is counted: it is day 1.",
    "Whose reports: ids of bodies, or kinds. None: inspectorates', where it sets a period, and "
    "anybody's where it sets none.": "The name of a body, such as HMICFRS, or a kind of body, such "
    "as inspectorate. Left empty, it covers the inspectorates’ reports if it sets a deadline, and "
    "everybody’s if it sets none.",
    "To whom the response goes, in words; none: it is published.": "Left empty, the response is "
    "published.",
    "Which parts have to be published in time. None named: the body's comments.": "Which parts "
    "have to be published in time. With none ticked, it is the body’s comments.",
    "The reports that it asks the question of: kinds of report, or `several_publishers`. None: "
    "every report.": "Kinds of report, such as national thematic, or several publishers. Left "
    "empty, it is every report.",
    "The kinds of body that it binds.": "Such as: local policing body.",
    "The kinds of report that it covers.": "Such as: national thematic.",
    "Whether both lists must match for it to apply, or one.": "",
    "Whether an extension can be granted.": "",
    "Reports published from this day.": "",
    "Reports published until this day.": "",
    "Whether each recommendation has to be answered by itself.": "",
    "Where word of it came from; needed for another body's act.": "Needed only where you record "
    "what another body did.",
}
"""Help texts that replace the API's descriptions, which are for programs; empty where the label
says enough."""
_BEGIN_A_CLAUSE = frozenset(
    {"how", "in", "of", "on", "to", "what", "when", "where", "which", "who", "whose"}
)
"""Words that begin a label which is a clause: `Where it was looked for`."""
UNKNOWN, AUDIENCE, LANGUAGE = ".unknown", ".audience", ".lang"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form, with what was filled in and its faults."""

    path: str
    kind: Kind
    label: str
    help: str
    required: bool
    value: str = ""
    values: tuple[str, ...] = ()
    unknown: bool | None = None
    """True if “not known” is ticked; None if it cannot be."""
    options: tuple[tuple[str, str], ...] = ()
    audience: str | None = None
    """The audience of a text; None if it is no text, or keeps the audience that it had."""
    lang: str = "en"
    for_others: bool = False
    """True if somebody chose another audience or language than the usual one."""
    parts: tuple["FormField", ...] = ()
    takes_more: bool = True
    """True if a row can be added to these rows."""
    errors: tuple[str, ...] = ()
    folded: bool = False

    @property
    def id(self) -> str:
        """Its id in the page."""
        return "f-" + self.path.replace(".", "-")

    @property
    def shown(self) -> str:
        """Its value as a form shows it: a day in words."""
        is_day = self.kind == "day" and read_date(self.value).on == self.value
        return words.day(self.value) if is_day else self.value

    def said(self, message: str, *, named: bool = False) -> str:
        """Return the message of a fault as it stands at the field, or among those of all fields,
        where it names the field."""
        if message == MISSING:
            return self._asks
        return f"{self.label}: {message}" if named else message

    @property
    def _asks(self) -> str:
        """A sentence that asks for the field, by its label: `Say when it was published.`"""
        label = self.label if self.label[1:2].isupper() else self.label[:1].lower() + self.label[1:]
        if label.endswith("?"):
            return f"Answer the question “{self.label}”"
        if found := re.fullmatch(r"day (on|for|from) which (.*)", label):
            said = f"Say {found[1]} which day {found[2]}"
        elif found := re.fullmatch(r"(\w+ed) (by|to)( .*)?", label):
            said = f"Say {found[2]} whom it was {found[1]}{found[3] or ''}"
        elif label.split()[0] in _BEGIN_A_CLAUSE:
            said = f"Say {label}"
        else:
            the = "" if label.startswith(("the ", "its ", "a ")) else "the "
            said = f"{'Choose' if self.kind == 'choice' else 'Give'} {the}{label}"
        return f"{said}." if self.unknown is None else f"{said}, or tick that it is not known."


@dataclass(frozen=True)
class Filled:
    """The values that somebody filled in, their faults, and the page's knowledge of its subject."""

    given: Given
    faults: Collection[Fault] = ()
    options: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """The choices of fields that the schema leaves open, by their path."""
    legends: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The headings of rows and groups, and the text that each is about, by their path."""
    hidden: Collection[str] = ()
    """The paths of fields that the page has settled, so that it asks for them no more."""
    rare: Collection[str] = ()
    """The paths of fields that are rarely needed on this page."""


def fields_of(schema: ma.Schema, filled: Filled, above: str = "") -> tuple[FormField, ...]:
    """Return the fields of a form, the rarely needed ones at its end."""
    made = [
        _field(f"{above}{name}", name, one, filled)
        for name, one in schema.fields.items()
        if name not in LEFT_OUT
    ]
    return tuple(sorted(made, key=lambda one: (one.folded, one.path == "source")))


def _field(path: str, name: str, one: ma.fields.Field[Any], filled: Filled) -> FormField:
    given, kind = filled.given, _kind(one)
    unknown = bool(given.get(path + UNKNOWN)) if one.required and one.allow_none else None
    options = filled.options.get(path) or _options(one, name)
    if options and kind == "line":
        kind = "choice"
    if path in filled.hidden:
        kind = "hidden"
    label = one.metadata.get("label") or LABELS.get(name) or _as_words(name)
    label, help_ = filled.legends.get(path) or (label, _help(one, label))
    common: dict[str, Any] = {
        "path": path,
        "label": label,
        "help": help_,
        "required": one.required,
        "errors": tuple(_faults_at(path, filled.faults, whole=kind not in ("group", "rows"))),
        "folded": path in filled.rare
        or (not filled.given.get(path) and name in LESS_USUAL and not one.required),
    }
    match kind:
        case "group":
            assert isinstance(one, ma.fields.Nested)
            parts = fields_of(one.schema, filled, f"{path}.")
            if path == "source":
                by_name = {part.path.removeprefix("source."): part for part in parts}
                parts = (_known_from(given), *(by_name[name] for name in _IN_A_SOURCE))
            return FormField(kind="group", parts=parts, **common)
        case "rows":
            rows = _rows(path, given) or (range(1) if one.required else ())
            parts = tuple(_row(f"{path}.{n}", f"{label}, {n + 1}", one, filled) for n in rows)
            lengths = [rule for rule in one.validators if isinstance(rule, ma.validate.Length)]
            full = any(rule.max is not None and len(parts) >= rule.max for rule in lengths)
            return FormField(kind="rows", parts=parts, takes_more=not full, **common)
        case "text":
            assert isinstance(one, TextField)
            usual = None if isinstance(one, StringOrText) else one.audience
            return FormField(
                kind="text",
                value=given.get(path, ""),
                unknown=bool(given.get(path + UNKNOWN))
                if one.required and one.allow_none
                else None,
                audience=(audience := given.get(path + AUDIENCE) or usual),
                lang=(lang := given.get(path + LANGUAGE) or "en"),
                for_others=(audience, lang) != (usual, "en"),
                **common,
            )
        case _:
            return FormField(
                kind=kind,
                value=given.get(path, ""),
                values=tuple(given.getlist(path)),
                unknown=unknown,
                options=options,
                **common,
            )


def _known_from(given: Given) -> FormField:
    """Return the choice that begins a source: how somebody knows what they record."""
    path = f"source.{HOW}"
    return FormField(
        path, "choice", "It stands in, or comes from", "", False, given.get(path, ""), (),
        options=KNOWN_FROM,
    )  # fmt: skip


def _row(path: str, called: str, rows: ma.fields.Field[Any], filled: Filled) -> FormField:
    label, about = filled.legends.get(path, (called, ""))
    parts = fields_of(_inner(rows).schema, filled, f"{path}.")
    if path in filled.legends:
        parts = tuple(_as_named(one) for one in parts)
    return FormField(
        path=path,
        kind="group",
        label=label,
        help=about,
        required=False,
        parts=parts,
        errors=tuple(_faults_at(path, filled.faults, whole=False)),
    )


def _as_named(one: FormField) -> FormField:
    """Hide a field that names its row, since the row's heading says it."""
    rows, _, name = one.path.split(".")
    return replace(one, kind="hidden") if name in _NAMED_BY.get(rows, ()) else one


def _help(one: ma.fields.Field[Any], label: str) -> str:
    """Return a field's help from the schema, in the form's words; empty if its label says the
    same."""
    says = str(one.metadata.get("description") or "")
    if says.rstrip(".").removeprefix("The ").lower() == label.lower():
        return ""
    if says in _HELP:
        return _HELP[says]
    return (
        re.sub(r" Left out: (`[^`]+`|nothing is named)\.", "", says)
        .replace("`", "")
        .replace("'", "’")
    )


def request_of(schema: ma.Schema, given: Given, above: str = "") -> dict[str, Any]:
    """Return what was filled in as the body of the act's request."""
    said: dict[str, Any] = {}
    for name, one in schema.fields.items():
        if name not in LEFT_OUT:
            value = _said(f"{above}{name}", one, given)
            if value is not _NOTHING:
                said[name] = value
    return said


_NOTHING = object()


def _said(path: str, one: ma.fields.Field[Any], given: Given) -> Any:
    text = given.get(path, "").replace("\r\n", "\n").strip()
    if given.get(path + UNKNOWN) and one.allow_none:
        return None
    match _kind(one):
        case "group":
            assert isinstance(one, ma.fields.Nested)
            inner = request_of(one.schema, given, f"{path}.")
            if path == "source":
                inner = _with_how(inner, dict(KNOWN_FROM).get(given.get(f"{path}.{HOW}", "")))
            return inner or ({} if one.required else _NOTHING)
        case "rows":
            rows = [
                request_of(_inner(one).schema, given, f"{path}.{number}.")
                for number in _full_rows(path, path.rpartition(".")[2], given)
            ]
            return rows if rows or one.required else _NOTHING
        case "choices":
            chosen = [value for value in given.getlist(path) if value]
            return chosen or _NOTHING
        case "lines":
            lines = [_by_its_name(line.strip(), path) for line in text.split("\n") if line.strip()]
            return lines if lines or one.required else _NOTHING
        case _ if not text:
            return _NOTHING
        case "text":
            assert isinstance(one, TextField)
            audience, lang = given.get(path + AUDIENCE), given.get(path + LANGUAGE) or "en"
            usual = None if isinstance(one, StringOrText) else one.audience
            if (audience or usual) == usual and lang == "en":
                return text
            return {"text": text, "audience": audience or one.audience, "lang": lang}
        case "day":
            return read_date(text).on or text
        case "number":
            plain = without_commas(text)
            return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 17 else text
        case "choice" if isinstance(one, YesOrNo):
            return text == "yes"
        case _:
            return text


def _by_its_name(line: str, path: str) -> str:
    """Return a line as the request has it: a group of bodies, a kind of body or report, or a body,
    by its name there, if it is one."""
    words_of = line.casefold().split()
    names = {"-".join(words_of): GROUPS, "_".join(words_of): _KINDS}
    found = next((name for name, known in names.items() if name in known), line)
    if found == line and path in _OF_BODIES:
        named = bodies_named(line, REGISTER.get()())
        return named[0] if len(named) == 1 else line
    return found


def _with_how(source: dict[str, Any], how: str | None) -> dict[str, Any]:
    """Return a source whose note begins with how somebody knows, unless an address says it."""
    if how is None or (source.get("url") and not source.get("note")):
        return source
    note = source.get("note")
    words_of = note["text"] if isinstance(note, dict) else note
    said = f"{how}: {words_of}" if words_of else how
    return source | {"note": note | {"text": said} if isinstance(note, dict) else said}


def unread_days(schema: ma.Schema, given: Given, above: str = "") -> Iterator[Fault]:
    """Yield a fault for each day that was filled in and cannot be read, with a sentence that says
    what to write."""
    for name, one in schema.fields.items():
        path = f"{above}{name}"
        match _kind(one):
            case "day" if (text := given.get(path, "").strip()) and not given.get(path + UNKNOWN):
                if (found := read_date(text)).on is None:
                    yield Fault(path, _why_unread(text, found))
            case "group":
                assert isinstance(one, ma.fields.Nested)
                yield from unread_days(one.schema, given, f"{path}.")
            case "rows":
                for number in _rows(path, given):
                    yield from unread_days(_inner(one).schema, given, f"{path}.{number}.")
            case _:
                pass


def _why_unread(text: str, found: DatePhrase | DateProblem) -> str:
    """Return why a day cannot be read, and how to write it."""
    why = found.why if isinstance(found, DateProblem) else ""
    if not why or "read here" in why:
        why = f"“{text[:80]}” isn’t a date that we can read"
    return f"{words.capital(why)}. Write it as 16/07/2026 (the day first) or 16 July 2026."


def full_rows_first(schema: ma.Schema, given: Given, above: str = "") -> Given:
    """Return what was filled in with its rows numbered anew, so that a fault of the request names
    the row of the form: those with something in them first, then those that are only named."""
    for name, one in schema.fields.items():
        path = f"{above}{name}"
        if _kind(one) == "rows":
            full = _full_rows(path, name, given)
            named = [n for n in _rows(path, given) if name in _NAMED_BY and n not in full]
            given = _renumbered(path, given, [*full, *named])
            for number in range(len(full)):
                given = full_rows_first(_inner(one).schema, given, f"{path}.{number}.")
        elif _kind(one) == "group":
            assert isinstance(one, ma.fields.Nested)
            given = full_rows_first(one.schema, given, f"{path}.")
    return given


def _full_rows(path: str, name: str, given: Given) -> list[int]:
    """Return the rows of a list in which there is more than what names them."""
    named = _NAMED_BY.get(name, frozenset())
    return [
        number
        for number in _rows(path, given)
        if any(
            value.strip()
            for at, value in _below(f"{path}.{number}.", given)
            if at not in named and not at.endswith((AUDIENCE, LANGUAGE))
        )
    ]


def with_one_more(path: str, given: Given) -> Given:
    """Return what was filled in, with an empty row after those of a list."""
    more = Given(given)
    more[f"{path}.{max(_rows(path, given), default=-1) + 1}."] = ""
    return more


def faults_of(messages: Any, path: str = "") -> Iterator[Fault]:
    """Yield the faults that a schema found, in words for a person who fills in a form."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            label = "" if name == "_schema" else str(name)
            yield from faults_of(inner, ".".join(filter(None, (path, label))))
    elif isinstance(messages, list):
        for inner in messages:
            yield from faults_of(inner, path)
    else:
        message = str(messages)
        if message.startswith("Must be one of:"):
            message = "Choose one of the list."
        yield Fault(path, _SAID.get(message, message))


def _kind(one: ma.fields.Field[Any]) -> Kind:
    match one:
        case TextField():
            return "text"
        case Day():
            return "day"
        case BodyId():
            return "body"
        case Url():
            return "url"
        case YesOrNo():
            return "choice"
        case ma.fields.Integer():
            return "number"
        case ma.fields.Nested():
            return "group"
        case ma.fields.List():
            inner = one.inner
            if isinstance(inner, ma.fields.Nested):
                return "rows"
            return "choices" if _options(inner) else "lines"
        case _:
            return "day" if one.name in _DAYS else "line"


def _options(one: ma.fields.Field[Any], name: str = "") -> tuple[tuple[str, str], ...]:
    if isinstance(one, YesOrNo):
        return (("yes", "Yes"), ("no", "No"))
    if isinstance(one, ma.fields.List):
        return _options(one.inner)
    for rule in one.validators:
        if isinstance(rule, ma.validate.OneOf):
            says = _CHOICES.get(name, {})
            return tuple(
                (value, says.get(value) or _as_words(words.word(value))) for value in rule.choices
            )
    return ()


def _inner(one: ma.fields.Field[Any]) -> Any:
    assert isinstance(one, ma.fields.List)
    return one.inner


def _rows(path: str, given: Given) -> list[int]:
    found = re.compile(re.escape(path) + r"\.([0-9]{1,4})\.")
    return sorted({int(match[1]) for name in given if (match := found.match(name))})


def _below(path: str, given: Given) -> Iterator[tuple[str, str]]:
    for name, value in given.items(multi=True):
        if name.startswith(path):
            yield name.removeprefix(path), value


def _renumbered(path: str, given: Given, kept: list[int]) -> Given:
    rows = Given(
        [
            (name, value)
            for name, value in given.items(multi=True)
            if not re.match(re.escape(path) + r"\.[0-9]+\.", name)
        ]
    )
    for number, before in enumerate(kept):
        for at, value in _below(f"{path}.{before}.", given):
            rows.add(f"{path}.{number}.{at}", value)
    return rows


def _faults_at(path: str, faults: Collection[Fault], *, whole: bool) -> Iterator[str]:
    for one in faults:
        if one.field == path or (whole and one.field.startswith(f"{path}.")):
            yield one.message


def _as_words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
