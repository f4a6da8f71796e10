"""What corrections and retractions have in common: whose entry it is, what hangs together."""

from ledger import dates
from ledger.acts.response import after_report
from ledger.clock import london_date
from ledger.decision import Decision
from ledger.effect import Known, known
from ledger.entry import Entry
from ledger.errors import NotAllowed, Refused
from ledger.events import (
    ReportPublished,
    ResponsePublished,
)
from ledger.response import entries_of_statement
from ledger.streams import report_of


def known_now(decision: Decision, target: Entry) -> Known:
    one = next(k for k in known(decision.stream(target.stream)) if k.id == target.id)
    if not one.in_effect:
        raise Refused("set-aside", f"This entry was set aside already, by {one.set_aside_by}.")
    return one


def may_change(decision: Decision, one: Known) -> None:
    """The body that recorded an entry, or whose act it is, corrects and retracts it."""
    account = decision.account
    recorder = one.entry.recorded_by.partition("/")[0]
    if account.may("admin") or (
        account.body is not None and account.body in (recorder, one.entry.by)
    ):
        return
    raise NotAllowed(
        f"{account.name} cannot change this entry: it was recorded by {one.entry.recorded_by} "
        f"as an act of {one.entry.by}."
    )


def day_possible(decision: Decision, one: Known, day: str | None) -> None:
    recorded = london_date(one.original.instant)
    if day is not None and dates.first_day(day) > recorded:
        raise Refused(
            "not-after-recording",
            f"It was recorded on {dates.in_words(recorded)}, so it did not happen later, on "
            f"{dates.in_words(day)}.",
        )
    reference = report_of(one.entry.stream)
    if reference is not None and not isinstance(one.data, ReportPublished):
        after_report(decision.report(reference), day)


def with_statement(decision: Decision, one: Known) -> list[Known]:
    """The entry, and those of the same statement after it."""
    statement = getattr(one.data, "statement", None)
    reference = report_of(one.entry.stream)
    if statement is None or reference is None:
        return [one]
    streams: dict[str, list[Entry]] = {}
    for other in _reports_of_statement(decision, reference, statement):
        streams |= decision.below(f"response/{other}/")
        streams |= decision.below(f"recommendation/{other}/")
    others = [
        each
        for entries in streams.values()
        for each in entries_of_statement(entries, statement)
        if each.in_effect and each.id != one.id
    ]
    return [one, *others]


def _reports_of_statement(decision: Decision, reference: str, statement: str) -> set[str]:
    """The references of all reports that a statement covers: its publications name the others."""
    covered = {reference}
    for entries in decision.below(f"response/{reference}/").values():
        for each in entries_of_statement(entries, statement):
            if isinstance(each.data, ResponsePublished):
                covered |= set(each.data.also)
    return covered
