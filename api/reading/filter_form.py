"""The filters of a list as a form: the choices, the chosen values in words, each with the list
without it, and faults at their fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import marshmallow as ma
from flask import request

from api.reading import addresses, words
from api.requests import questions
from ledger.errors import Fault, Unfit
from ledger.events.report import REPORT_KINDS
from projections.language import say
from projections.questions import lists
from projections.questions.filters import NOT_KNOWN
from projections.questions.question import Question

Option = tuple[str, str]
"""A value of the address, and its words on the page."""
Group = tuple[str, Sequence[Option]]
"""Options under a heading, which is empty for a single group."""
_OWE_NOTHING = ("panel", "inspectorate")
"""Kinds of body that owe no response and get no recommendations."""


@dataclass(frozen=True, slots=True)
class Field:
    """One filter: its name in the address, and its label."""

    name: str
    label: str
    groups: Sequence[Group] = ()
    """The choices; empty for a field that is typed."""
    hint: str = ""
    kind: str = "search"
    """The kind of a typed value: `search`, `number`, `day`, or a `moment`, which the page itself
    shows."""
    by_link: bool = False
    """True if it is only set by a link, such as that of a number, and can only be removed here."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Words for values that are no option."""
    value: str = ""
    fault: str = ""

    @property
    def said(self) -> str:
        """The chosen value in words."""
        if self.kind == "day" and len(self.value) == len("2026-07-16"):
            return words.day(self.value)
        options = {value: said for _, options in self.groups for value, said in options}
        return options.get(self.value) or self.called.get(self.value) or self.value

    @property
    def in_a_sentence(self) -> str:
        """Its label for the middle of a sentence."""
        return self.label[:1].lower() + self.label[1:]

    def wrong(self, fault: str) -> str:
        """Return what is wrong with its value. The API's list of words is left out."""
        if fault.startswith("Must be one of"):
            return say("“%(value)s” is none of these: choose one.", value=self.value[:80])
        return fault

    @property
    def without(self) -> str:
        """The address of the list without this filter, from its beginning."""
        return addresses.here_without(self.name, "after")


@dataclass(frozen=True, slots=True)
class Form:
    """The filters of a list, with the values of the address."""

    fields: Sequence[Field]
    main: Field | None = None
    """The field that stands before the others, which are folded."""

    @property
    def all(self) -> list[Field]:
        """Every field."""
        return [*([self.main] if self.main else []), *self.fields]

    @property
    def chosen(self) -> list[Field]:
        """The filters that leave something out."""
        chosen = [one for one in self.fields if one.kind != "moment"]
        return [one for one in chosen if one.value and not one.fault]

    @property
    def main_value(self) -> str:
        """The value of the main field."""
        return self.main.value if self.main else ""

    @property
    def without_any(self) -> str:
        """The address of the list without any filter, from its beginning."""
        return addresses.here_without("after", *(one.name for one in self.all))

    @property
    def faults(self) -> list[Field]:
        """The fields with an invalid value."""
        return [one for one in self.all if one.fault]

    def refused(self, error: Unfit) -> "Form":
        """Return the form with each fault at its field. Raise the error itself if it is about
        something else."""
        found = {fault.field: fault.message for fault in error.faults}
        if not found or not found.keys() <= {one.name for one in self.all}:
            raise error

        def at(one: Field) -> Field:
            return replace(one, fault=one.wrong(found.get(one.name, "")))

        return Form(list(map(at, self.fields)), self.main and at(self.main))


def form(fields: Iterable[Field], main: Field | None = None) -> Form:
    """Return a form with the values of the address."""

    def given(one: Field) -> Field:
        return replace(one, value=(request.args.get(one.name) or "").strip())

    return Form([given(one) for one in fields], main and given(main))


def read(schema: type[ma.Schema]) -> dict[str, Any]:
    """Return the filters of the address, in the form that the list's JSON takes. Raise Unfit if one
    is invalid, or names something that does not exist."""
    try:
        asked: dict[str, Any] = schema().load(request.args)
    except ma.ValidationError as error:
        messages: Mapping[Any, Any] = error.messages if isinstance(error.messages, dict) else {}
        faults = [Fault(str(name), " ".join(said)) for name, said in messages.items()]
        try:
            questions.with_ids(request.args)
        except Unfit as more:
            faults += more.faults
        first = f"{faults[0].field}: {faults[0].message}" if faults else "It does not fit."
        raise Unfit(first, *faults) from None
    return questions.filters(asked)


def choice(name: str, label: str, called: Mapping[str, str]) -> Field:
    """Return a filter by one of some values, each with its words on the page."""
    return Field(name, label, [("", [(one, words.capital(said)) for one, said in called.items()])])


def body_choice(at: Question, *, every: bool = False) -> Field:
    """Return a filter by a body that owes responses or gets recommendations; with `every`, by any
    body."""
    bodies = [one for one in at.register.bodies.values() if every or one.kind not in _OWE_NOTHING]
    groups = [
        (words.word(kind), [(one.id, one.name) for one in members])
        for kind, members in words.by_kind(bodies)
    ]
    return Field("body", say("Body"), groups, called=words.names(at))


def about_reports(at: Question) -> list[Field]:
    """Return the filters by publisher and by year."""
    publishers, years = lists.published(at)
    names = words.names(at)
    return [
        choice("publisher", say("Publisher"), {one: names.get(one, one) for one in publishers}),
        choice(
            "year",
            say("Year"),
            {year: say("not known") if year == NOT_KNOWN else year for year in years},
        ),
    ]


def kind_of_report(label: str) -> Field:
    """Return the filter by a kind of report."""
    return choice("kind", label, _kinds())


def _kinds() -> dict[str, str]:
    """Return the kinds of report in words."""
    return {one: words.word(one) for one in REPORT_KINDS}


def by_links(at: Question, **labels: str) -> list[Field]:
    """Return the filters that are only set by links, such as that of a number, so that readers can
    remove them."""
    called = words.names(at) | _kinds()
    if "report" in labels and (report := questions.asked("report")):
        called = called | lists.titles(at, [report])
    return [Field(name, label, by_link=True, called=called) for name, label in labels.items()]
