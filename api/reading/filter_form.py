"""The filters of a list as a form: what can be chosen; what was chosen, in words, each with the
list without it; and what of the address can be nothing, said at its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import marshmallow as ma
from flask import request

from api.reading import addresses, words
from api.requests import current
from ledger.errors import Fault, Unfit
from ledger.events.report import REPORT_KINDS
from projections.questions import lists
from projections.questions.filters import NOT_KNOWN
from projections.questions.question import Question

Option = tuple[str, str]
"""A value of the address, and what the page calls it."""
Group = tuple[str, Sequence[Option]]
"""Options under a heading, which is empty where there is one group alone."""
_OWE_NOTHING = ("panel", "inspectorate")
"""Kinds of body to which nothing is recommended, and that owe nothing."""


@dataclass(frozen=True, slots=True)
class Field:
    """One filter: its name in the address, and what the page calls it."""

    name: str
    label: str
    groups: Sequence[Group] = ()
    """What can be chosen; nothing where it is typed."""
    hint: str = ""
    kind: str = "search"
    """What is typed: `search`, `number`, `day`, or a `moment`, which the page itself says."""
    by_link: bool = False
    """Whether it comes with a link alone, such as a count has, and can only be taken away here."""
    called: Mapping[str, str] = field(default_factory=dict)
    """What values are called that are no option."""
    value: str = ""
    fault: str = ""

    @property
    def said(self) -> str:
        """What was chosen, as the page calls it."""
        if self.kind == "day" and len(self.value) == len("2026-07-16"):
            return words.day(self.value)
        options = {value: said for _, options in self.groups for value, said in options}
        return options.get(self.value) or self.called.get(self.value) or self.value

    @property
    def in_a_sentence(self) -> str:
        """Its label within a sentence."""
        return self.label[:1].lower() + self.label[1:]

    def wrong(self, fault: str) -> str:
        """What is wrong with its value, where something is: the words that the API takes are
        none of a page."""
        if fault.startswith("Must be one of"):
            return f"“{self.value[:80]}” is none of these: choose one."
        return fault

    @property
    def without(self) -> str:
        """The list without this filter, from its beginning."""
        return addresses.here_without(self.name, "after")


@dataclass(frozen=True, slots=True)
class Form:
    """The filters of a list, as they were asked for."""

    fields: Sequence[Field]
    main: Field | None = None
    """The one that stands before the others, which are folded."""

    @property
    def all(self) -> list[Field]:
        """Every field."""
        return [*([self.main] if self.main else []), *self.fields]

    @property
    def chosen(self) -> list[Field]:
        """The filters by which something is kept out."""
        chosen = [one for one in self.fields if one.kind != "moment"]
        return [one for one in chosen if one.value and not one.fault]

    @property
    def without_any(self) -> str:
        """The list without any filter, from its beginning."""
        return addresses.here_without("after", *(one.name for one in self.all))

    @property
    def faults(self) -> list[Field]:
        """Those whose value can be none."""
        return [one for one in self.all if one.fault]

    def refused(self, error: Unfit) -> "Form":
        """The same with what is wrong, each at its field. The error itself, where it is about
        something that is no field of the form."""
        found = {fault.field: fault.message for fault in error.faults}
        if not found or not found.keys() <= {one.name for one in self.all}:
            raise error

        def at(one: Field) -> Field:
            return replace(one, fault=one.wrong(found.get(one.name, "")))

        return Form(list(map(at, self.fields)), self.main and at(self.main))


def form(fields: Iterable[Field], main: Field | None = None) -> Form:
    """A form with the values that the address gives."""

    def given(one: Field) -> Field:
        return replace(one, value=(request.args.get(one.name) or "").strip())

    return Form([given(one) for one in fields], main and given(main))


def read(schema: type[ma.Schema]) -> dict[str, Any]:
    """What the address asks for, as the list's JSON takes it. Unfit where it can be nothing, or
    names what there is none of."""
    try:
        asked: dict[str, Any] = schema().load(request.args)
    except ma.ValidationError as error:
        messages: Mapping[Any, Any] = error.messages if isinstance(error.messages, dict) else {}
        faults = [Fault(str(name), " ".join(said)) for name, said in messages.items()]
        try:
            current.names_are_known(request.args)
        except Unfit as more:
            faults += more.faults
        raise Unfit(faults[0].message if faults else "It does not fit.", *faults) from None
    return current.filters(asked)


def choice(name: str, label: str, called: Mapping[str, str]) -> Field:
    """A filter by one of some values, each with what the page calls it."""
    return Field(name, label, [("", [(one, words.capital(said)) for one, said in called.items()])])


def body_choice(at: Question, *, every: bool = False) -> Field:
    """A filter by a body, of those to which something is recommended or that owe something; or
    by any."""
    bodies = [one for one in at.register.bodies.values() if every or one.kind not in _OWE_NOTHING]
    groups = [
        (words.word(kind), [(one.id, one.name) for one in members])
        for kind, members in words.by_kind(bodies)
    ]
    return Field("body", "Body", groups, called=words.names(at))


def about_reports(at: Question) -> list[Field]:
    """Return the filters by publisher and by year."""
    publishers, years = lists.published(at)
    names = words.names(at)
    return [
        choice("publisher", "Publisher", {one: names.get(one, one) for one in publishers}),
        choice(
            "year",
            "Year",
            {year: "not known" if year == NOT_KNOWN else year for year in years},
        ),
    ]


def kind_of_report(label: str) -> Field:
    """Return the filter by a kind of report."""
    return choice("kind", label, {one: words.word(one) for one in REPORT_KINDS})


def by_links(at: Question, **labels: str) -> list[Field]:
    """Return the filters that come with a link, as that of a count does; readers can undo them."""
    called = words.names(at)
    if "report" in labels and (report := current.asked("report")):
        called = called | lists.titles(at, [report])
    return [Field(name, label, by_link=True, called=called) for name, label in labels.items()]
