"""The report that a page answers: found among those recorded, revised where its page is, or new.

A report whose words were taken from this page says since what the page says since. The words of
its recommendations are its publisher's: a response page in other words does not revise them.
"""

from collections.abc import Sequence

from ledger.acts.report import publish_report
from ledger.acts.revision import may_change_report, revise_report
from ledger.errors import Refused
from ledger.events import RecommendationRaised, ReportPublished, ReportRevised
from ledger.events.entry import Entry
from ledger.events.report import REPORT_KINDS, ReportKind
from ledger.events.streams import recommendation_of, report_stream
from ledger.intake.pages.values import ReportRead
from ledger.intake.proposals.page_draft import Taking, said
from ledger.intake.proposals.same_text import folded
from ledger.intake.proposals.wordings import addresses, find
from ledger.states.effect import in_effect
from ledger.states.report import Report, report


def take_report(taking: Taking) -> str:
    """The reference of the page's report. Refused where the page does not say which it is."""
    read = taking.page.report
    if read.publisher is None:
        raise Refused(
            "unread",
            f"{taking.page.file}: the page does not say who published the report in words that are "
            "known here: record its recommendations and the response by hand.",
        )
    if read.published is not None and read.published.on is None:
        raise Refused(
            "unread",
            f"{taking.page.file}:{read.published.line}: the day on which the report was "
            f"published, “{read.published.words}”, cannot be read: {read.published.why}",
        )
    day = read.published_on
    line = read.title.line
    says = f"report “{read.title.text}”, published {day or 'on a day not known'}"
    if (found := _recorded(taking, read)) is not None:
        taking.found(line, says)
        _compare_day(taking, found)
        _compare_words(taking, found)
        return found.reference
    event = ReportPublished(
        title=read.title.text,
        kind=_kind(taking),
        publisher=read.publisher,
        cites=said(read.cites.text if read.cites else None),
        key_findings=said(read.key_findings.text if read.key_findings else None),
        listed_by="response",
    )
    entry = publish_report(
        taking.decision, event, taking.told, reference=None, bodies=(), recommendations=()
    )
    taking.new(line, says)
    return entry.stream.removeprefix("report/")


def _kind(taking: Taking) -> ReportKind:
    """The kind of a report that is new here: by its page, or as it was given."""
    read, given = taking.page.report, taking.file.kind
    kind = read.kind or given
    if given not in (None, kind):
        raise Refused(
            "kind",
            f"{taking.page.file}: the page says that its kind is {kind}, not {given}: "
            "leave --kind out.",
        )
    if kind is None:
        words = read.kind_words.text if read.kind_words else ""
        raise Refused(
            "unread",
            f"{taking.page.file}: the page does not say its kind in words that are known here"
            f"{f' (“{words}”)' if words else ''}: give it with --kind (one of "
            f"{', '.join(REPORT_KINDS)}), or record the report by hand first.",
        )
    return kind


def _recorded(taking: Taking, read: ReportRead) -> Report | None:
    """The report of this publisher, title and day; else the one that was recorded from the page's
    address, or whose day is not known, and that has a recommendation in the page's words."""
    of_publisher = [
        (found, entries)
        for entries in taking.decision.below("report/").values()
        if (found := report(entries)) is not None and found.data.publisher == read.publisher
    ]
    alike = []
    for found, entries in of_publisher:
        first = found.published.original.occurred_on
        has_title = _title(read.title.text) in _titles(found, entries)
        if has_title and read.published_on in (found.published_on, first):
            return found
        here = taking.file.url is not None and taking.file.url in addresses(found.published)
        day_open = None in (found.published_on, read.published_on)
        if here or (has_title and day_open):
            alike.append(found)
    return next((found for found in alike if _has_its_words(taking, found)), None)


def _titles(found: Report, entries: Sequence[Entry]) -> set[str]:
    """Every title that a report has had."""
    first = found.published.original.data
    assert isinstance(first, ReportPublished)
    titles = {found.data.title, first.title}
    for one in in_effect(entries):
        if isinstance(one.data, ReportRevised) and one.data.field == "title":
            titles.add(str(one.data.now))
    return {_title(title) for title in titles}


def _title(words: str) -> str:
    """A title as compared: capitals are no difference."""
    return folded(words).casefold()


def _has_its_words(taking: Taking, found: Report) -> bool:
    """Whether a recommendation of the page is recorded under a report in the same words."""
    texts = {read.key: folded(read.text) for read in taking.page.recommendations}
    for stream, entries in taking.decision.below(f"recommendation/{found.reference}/").items():
        words = texts.get(recommendation_of(stream).key)
        recorded = [
            folded(wording)
            for one in in_effect(entries)
            if isinstance(one.data, RecommendationRaised)
            for wording in taking.wordings(one, "text")
            if wording is not None
        ]
        if words in recorded:
            return True
    return False


def _compare_day(taking: Taking, found: Report) -> None:
    """List where the page gives another day for the report: its publisher's page settles that."""
    read = taking.page.report
    days = {found.published_on, found.published.original.occurred_on}
    if read.published is None or read.published_on in days:
        return
    known = found.published_on or "a day not known"
    why = f"the report is recorded as of {known}; its publisher's own page would correct that"
    taking.leave(read.published.line, read.published.words, why)


def _compare_words(taking: Taking, found: Report) -> None:
    """Propose as revisions what the page says of the report in other words than it did."""
    here, there = taking.file.url, addresses(found.published)
    if found.data.listed_by != "response" or (here and there and here not in there):
        return
    try:
        may_change_report(taking.decision, found)
    except Refused:
        return  # it was recorded from the page of another
    read = taking.page.report
    acts = in_effect(taking.decision.stream(report_stream(found.reference)))
    titles = _titles(found, [one.entry for one in acts])
    for field, says, words in (
        ("title", "the report's title", read.title),
        ("cites", "the law that the page cites", read.cites),
        ("key_findings", "the key findings", read.key_findings),
    ):
        if words is None or (field == "title" and _title(words.text) in titles):
            continue
        recorded = taking.wordings(found.published, field)
        for one in acts:
            if isinstance(one.data, ReportRevised) and one.data.field == field:
                recorded += taking.wordings(one, "now")
        if find(words.text, recorded) != "new words":
            continue
        revise_report(
            taking.decision, found.reference, taking.told_now, field=field, now=words.text
        )
        taking.revised(
            words.line, f"the page now gives otherwise {says}", recorded[-1] or "", words.text
        )
