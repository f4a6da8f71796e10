"""The day of a response, where a page that is met again gives one that is not known so far.

Migrated pages carry false dates: such a day is a proposal until a person confirms it. It is then
a correction of the publication's day, which was not known before, and cites the capture.
"""

from ledger import dates
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Told
from ledger.acts.knowledge import day_possible
from ledger.errors import Refused
from ledger.events import EntryCorrected
from ledger.events.texts import say
from ledger.intake.pages.values import DateOnPage
from ledger.intake.proposals.page_draft import DayProposed, Taking
from ledger.states.effect import DAY_FIELDS, Known


def take_day(taking: Taking, published: Known) -> None:
    """Propose the day that the page gives, and record it where a person confirms days."""
    known = published.entry.occurred_on
    read = taking.page.response_published or _of_the_page(taking, published)
    if read is None or read.on is None or read.on == known:
        return
    if read.on in _once_recorded(taking, published):
        says = f"its day, {dates.in_words(read.on)}: it was recorded once, and corrected since"
        taking.found(read.line, says)
        return
    if known is not None and not read.on.startswith(f"{known}-"):
        why = f"the response is recorded as published on {known}; nothing was changed"
        taking.leave(read.line, read.words, why)
        return
    try:
        day_possible(taking.decision, published, read.on)
    except Refused as refused:
        why = f"it cannot be the day of the first publication: {refused.sentence.rstrip('.')}"
        taking.leave(read.line, read.words, why)
        return
    day = DayProposed(taking.page.file, read.line, published.id, known, read.on, read.words)
    taking.intake.days.append(day)
    if taking.days:
        _record(taking, published, day)


def _of_the_page(taking: Taking, published: Known) -> DateOnPage | None:
    """A day that may be the page's, where the publication has none: not of the bytes that it was
    recorded from, since a person saw it there and left it."""
    if published.entry.occurred_on is not None or published.entry.batch == taking.told.batch:
        return None
    return taking.page.page_day


def _record(taking: Taking, published: Known, day: DayProposed) -> None:
    seen = dates.in_words(taking.decision.today)
    reason = (
        f"The page, met again on {seen}, gives this day (“{day.words}”), which was not known; "
        "the person who imported it confirmed it."
    )
    correct_entry(
        taking.decision,
        published.entry,
        Told(source=taking.told.source, batch=taking.told.batch),
        field="published_on",
        now=day.now,
        reason=say(reason),
    )


def _once_recorded(taking: Taking, published: Known) -> set[str | None]:
    """Every day that the publication was ever said to have, in corrections set aside as well."""
    days = {published.original.occurred_on}
    for entry in taking.decision.stream(published.entry.stream):
        data = entry.data
        if not isinstance(data, EntryCorrected) or data.field not in DAY_FIELDS:
            continue
        if data.target == published.id:
            days |= {one for one in (data.was, data.now) if isinstance(one, str)}
    return days
