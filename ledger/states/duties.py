"""Which rule a response is owed under, its due date, and how that was counted. Pure.

Police Act 1996, s.55(5) and (5A): published before the end of the period of 56 days *beginning
with* the day on which the report is published. The day of publication is day 1, so that the last
day is 55 days later. Calendar days; a last day on a weekend or a bank holiday stays there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ledger import dates
from ledger.events.service import RuleAdopted

COMMENTS_DUE_WITHOUT_PERIOD = "pa96-s55-2001"
MANUAL = "manual"
INSPECTORATE = "inspectorate"


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period, where there is one and it can be told; and why, in a sentence."""

    due_on: date | None
    counting: str


def applies(
    rule: RuleAdopted,
    *,
    report_kind: str,
    publisher_kind: str,
    body_kind: str,
    published_on: str | None,
) -> bool:
    """Whether a rule applies by itself to a kind of body and a report of a kind and a day.

    A rule that sets a period does so for reports of inspectors (Police Act 1996, s.54(2) and
    s.55(1)): whoever else calls one of theirs by such a kind binds nobody by it.

    A day that is not exactly known is every day that it can mean: the rule applies where one of
    them falls in its range, and a day not known at all falls in any range. A rule that lists
    neither bodies nor reports (`manual`) never applies by itself: a person picks it.
    """
    if rule.period_days is not None and publisher_kind != INSPECTORATE:
        return False
    listed = (body_kind in rule.bodies, report_kind in rule.reports)
    if not (any(listed) if rule.match == "either" else all(listed)):
        return False
    if published_on is None:
        return True
    first, last = dates.first_day(published_on), dates.last_day(published_on)
    if rule.applies_from is not None and last < date.fromisoformat(rule.applies_from):
        return False
    return rule.applies_until is None or first <= date.fromisoformat(rule.applies_until)


def choose(
    rules: Iterable[RuleAdopted],
    *,
    report_kind: str,
    publisher_kind: str,
    body_kind: str,
    published_on: str | None,
) -> RuleAdopted | None:
    """The rule that applies, in its highest version that does; None where a person decides.

    A person decides where no rule applies, and where two rules apply to one exact day. A day not
    exactly known may reach over the change from one rule to the next: then it is the one with
    the latest beginning. Nothing is lost by that: a period cannot be counted from such a day, so
    that no verdict rests on the choice, and the day's correction makes it anew. (The earlier
    rule might say "no period" of a report that in truth has one.)
    """
    latest: dict[str, RuleAdopted] = {}
    for rule in rules:
        if rule.id != MANUAL and applies(
            rule,
            report_kind=report_kind,
            publisher_kind=publisher_kind,
            body_kind=body_kind,
            published_on=published_on,
        ):
            known = latest.get(rule.id)
            if known is None or known.version < rule.version:
                latest[rule.id] = rule
    if not latest:
        return None
    if len(latest) > 1 and dates.is_exact(published_on):
        return None
    beginning = max(rule.applies_from or "" for rule in latest.values())
    newest = [rule for rule in latest.values() if (rule.applies_from or "") == beginning]
    return newest[0] if len(newest) == 1 else None


def due(rule: RuleAdopted, published_on: str | None) -> Due:
    """The due date that a rule gives from the report's day.

    `manual` gives none: whoever picks it says the date, with its source.
    """
    if rule.id == MANUAL:
        return Due(None, "No days are counted: the due date is the one given, with its source.")
    if rule.period_days is None:
        if rule.id == COMMENTS_DUE_WITHOUT_PERIOD:
            return Due(None, "Comments were due; no period was set.")
        return Due(None, "No period is set.")
    last = f"the last of the {rule.period_days} days cannot be told"
    if published_on is None:
        return Due(None, f"The day on which the report was published is not known, so {last}.")
    if not dates.is_exact(published_on):
        known = dates.in_words(published_on)
        return Due(None, f"The report was published in {known}, on a day not known, so {last}.")
    day_1 = date.fromisoformat(published_on)
    due_on = day_1 + timedelta(days=rule.period_days - 1)
    return Due(
        due_on,
        f"{dates.in_words(day_1)} is day 1, {dates.in_words(due_on)} is day {rule.period_days}.",
    )
