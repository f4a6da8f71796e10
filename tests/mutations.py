"""Invariants of the ledger, each broken once by a small change, and the test that then fails.

    python -m tests.mutations            run all; exit code 1 if a test still passes
    python -m tests.mutations 3 17       run some, by their numbers
    python -m tests.mutations page       write the page of invariants anew

A mutation names a function and the words in it that are replaced, in a copy of the tree. Spaces,
line breaks, comments and trailing commas do not count, so a change of layout breaks no mutation.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = DOCS / "reference" / "invariants.md"
Colour = Literal["red", "green", "broken"]
TOKEN = re.compile(r"(?<!\S)(?:#|--).*|\w+|[^\w\s]")
"""A comment, a word, or a sign: of Python and of SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """An invariant, and how it is broken."""

    says: str
    """The invariant, in a sentence."""
    where: str
    """Where the documents say it: a document, and a heading of it."""
    of: str
    """What is changed: `module:function`, `module:Class.method`, `module:NAME`; or a migration,
    which never changes once it is released."""
    broken: str
    """What the changed code does, in words."""
    before: str
    after: str
    test: str
    """The test that fails then; of several, the quickest."""


MUTATIONS: tuple[Mutation, ...] = (
    # How days are counted
    Mutation(
        says="The day on which a report is published is day 1 of the 56.",
        where="law.md#how-a-last-day-is-counted",
        of="ledger.states.duties:last_day",
        broken="the day after it is day 1",
        before="period.count - (1 if counted else 0)",
        after="period.count",
        test="tests/test_duties.py::test_the_day_of_publication_is_day_1",
    ),
    Mutation(
        says="A last day on a Sunday stays there.",
        where="law.md#how-a-last-day-is-counted",
        of="ledger.states.duties:due",
        broken="it moves to the Monday",
        before="counted=rule.counts_first_day)",
        after="counted=rule.counts_first_day)\n    due_on += timedelta(due_on.weekday() == 6)",
        test="tests/test_duties.py::test_a_last_day_on_a_sunday_stays_there",
    ),
    Mutation(
        says="From a day not exactly known no last day is counted; the verdict is not shown.",
        where="law.md#how-a-last-day-is-counted",
        of="projections.verdict.compliance:_find",
        broken="it says that no period is set",
        before='if due_on is None or latest is None: return Finding("not_shown")',
        after='if due_on is None or latest is None: return Finding("no_period")',
        test="tests/test_compliance.py::test_a_trigger_not_known_to_the_day_shows_nothing",
    ),
    Mutation(
        says="A rule covers the reports from its first day on, that day included.",
        where="register.md#how-a-rule-is-fingerprinted",
        of="ledger.states.duties:applies",
        broken="its first day is left out",
        before="last < date.fromisoformat(rule.applies_from)",
        after="last <= date.fromisoformat(rule.applies_from)",
        test="tests/test_duties.py::test_the_report_s_day_picks_the_rule_and_a_day_not_known_the_newest",
    ),
    Mutation(
        says="A duty keeps the version of the rule that it arose under.",
        where="register.md#correcting-it",
        of="ledger.acts.decision:Decision.rule_of",
        broken="a duty that is worked out anew takes the newest version",
        before="self.service.rules.get((duty.rule.id, duty.rule.version))",
        after="max((one for (name, _), one in self.service.rules.items() "
        "if name == duty.rule.id), key=lambda one: one.version)",
        test="tests/api/test_rules.py::test_a_later_version_moves_no_duty_though_the_reports_day_is_corrected",
    ),
    # The verdict on a response
    Mutation(
        says="A response that was published on the last day is in time.",
        where="replay.md#how-it-works",
        of="projections.verdict.compliance:_find",
        broken="it has to be there before that day",
        before='if between.hi <= due_on: return Finding("in_time")',
        after='if between.hi < due_on: return Finding("in_time")',
        test="tests/test_compliance.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="A response is late only where every day that its date can mean is too late.",
        where="replay.md#how-it-works",
        of="projections.verdict.compliance:_find",
        broken="it is late where its last possible day is",
        before="if min(lo, counted_to) > latest:",
        after="if min(between.hi, counted_to) > latest:",
        test="tests/test_compliance.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="Nobody is called late or overdue while it may have happened already.",
        where="threats.md",
        of="projections.verdict.compliance:_find",
        broken="it is overdue until it has happened for certain",
        before='at_least=True) return Finding("not_shown")',
        after='at_least=True)\n    return Finding("overdue", (effective_on - latest).days)',
        test="tests/test_compliance.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="What was recorded, or a copy of which was received, had happened by then.",
        where="replay.md#how-it-works",
        of="ledger.dates:interval",
        broken="the last day that its date can mean stands",
        before="min(last_day(occurred_on), received_by)",
        after="last_day(occurred_on)",
        test="tests/test_compliance.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="What is not known stays not known: the day of recording is not taken for it.",
        where="log.md",
        of="ledger.dates:interval",
        broken="a day that is not known is the day of recording",
        before="return Interval(not_before and min(not_before, received_by), received_by)",
        after="return Interval(received_by, received_by)",
        test="tests/test_compliance.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="A verdict is as good as the weakest of the dates that decide it.",
        where="../README.md#limits",
        of="projections.verdict.compliance:verdict",
        broken="it is as good as the strongest",
        before="basis=min(duty.trigger_basis,",
        after="basis=max(duty.trigger_basis,",
        test="tests/test_compliance.py::test_a_verdict_is_as_good_as_its_weakest_basis",
    ),
    Mutation(
        says="A disapplication that is recorded after the last day replaces no verdict.",
        where="law.md#after-the-last-day",
        of="projections.verdict.compliance:replaces",
        broken="it does, where it was decided by then",
        before="disapplication.recorded_on <= duty.due_on",
        after="disapplication.hi <= duty.due_on",
        test="tests/test_compliance.py::test_a_disapplication_decided_in_time_and_recorded_later_stands_beside_it_too",
    ),
    Mutation(
        says="In time means with the chief officer's comments, where the body had received them.",
        where="law.md#in-time-means-all-of-it",
        of="projections.verdict.compliance:find",
        broken="the body's own comments alone are looked at",
        before='if found.verdict != "in_time" or not rest.required:',
        after='if found.verdict != "in_time" or rest.required:',
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="Silence is a breach only where somebody looked, or the body keeps its record here.",
        where="law.md#silence",
        of="projections.verdict.compliance:_find",
        broken="whoever is silent is overdue",
        before='return Finding("not_looked_for")',
        after="heard = ALWAYS",
        test="tests/test_silence.py::test_each_vector_of_silence_gives_its_verdict",
    ),
    Mutation(
        says="A look-up of the last day or before accuses nobody.",
        where="law.md#silence",
        of="projections.verdict.silence:Silence.heard",
        broken="one of the last day itself does",
        before="if one.interval.hi <= on and _lo(one) > due_on]",
        after="if one.interval.hi <= on and _lo(one) >= due_on]",
        test="tests/test_silence.py::test_each_vector_of_silence_gives_its_verdict",
    ),
    # Offices
    Mutation(
        says="A response is owed by whoever held the office on the report's day.",
        where="register.md#terms-names-and-forces",
        of="ledger.acts.decision:Decision.in_its_term",
        broken="a term has no beginning",
        before="if term.is_before(last := dates.last_day(occurred_on)):",
        after="if (last := dates.last_day(occurred_on)) is None:",
        test="tests/api/test_terms.py::test_nothing_is_addressed_to_an_office_that_was_not_there",
    ),
    Mutation(
        says="Accounts of a body that ended record nothing of their own.",
        where="register.md#terms-names-and-forces",
        of="ledger.acts.decision:Decision._holds_its_office",
        broken="they go on",
        before="if term.is_after(self.today):",
        after="if False:",
        test="tests/api/test_terms.py::test_an_account_of_a_body_that_ended_records_nothing_of_its_own",
    ),
    Mutation(
        says="Nobody is overdue for a day on which the office was not there.",
        where="register.md#what-passes-to-a-successor",
        of="ledger.states.service:Service.office_ended_on",
        broken="the days go on",
        before="return day if day is not None and day < self.day else None",
        after="return None",
        test="tests/api/test_an_office_that_ends.py::test_no_day_after_the_office_ended_is_counted",
    ),
    # Standing of a recommendation
    Mutation(
        says="Acts count in the order in which they happened, not in that of their entry.",
        where="reference/states.md#acts-entered-late",
        of="ledger.states.recommendation:Placed.place",
        broken="in the order of their entry",
        before="return (self.hi, self.position)",
        after="return (date.min, self.position)",
        test="tests/api/test_recommendation_acts.py::test_an_act_is_judged_by_what_had_happened_at_its_own_place",
    ),
    Mutation(
        says="An act is refused only if it is not allowed at its own place.",
        where="reference/states.md#acts-entered-late",
        of="ledger.acts.recommendation:_allowed_at_its_place",
        broken="it is refused by how things stand now",
        before="if why := why_not(acts.before(own.place), own.event):",
        after="rest = [one for one in acts.acts if one is not own]\n"
        "    if why := why_not(Course().then(rest, [entry], [entry]).standings[-1], own.event):",
        test="tests/api/test_recommendation_acts.py::test_an_act_is_judged_by_what_had_happened_at_its_own_place",
    ),
    Mutation(
        says="A claim is not closure.",
        where="../README.md#five-claims",
        of="ledger.states.recommendation:_after",
        broken="a claim of completion closes",
        before='else "claimed_complete"',
        after='else "closed"',
        test="tests/api/test_recommendation_acts.py::test_a_claim_never_reads_as_done",
    ),
    Mutation(
        says="A claim waits for a decision only where the record is kept here.",
        where="changes.md#what-the-words-mean",
        of="projections.answers.completion:claim_of_completion",
        broken="it waits everywhere",
        before='if outcome == "waiting" and not keeping.is_kept(register, state):',
        after="if False:",
        test="tests/projections/test_claims_and_decisions.py::test_counts_and_lists_are_those_of_the_log_s_own_words_at_any_two_dates",
    ),
    Mutation(
        says="A force never closes, even where the inspectorate names forces.",
        where="register.md#who-may-close-a-recommendation",
        of="ledger.acts.recommendation:closes",
        broken="a force that is named does",
        before='if body.kind == "force": return False',
        after='if body.kind == "nobody": return False',
        test="tests/api/test_who_may_close.py::test_a_closure_is_taken_from_whom_the_inspectorate_lets",
    ),
    Mutation(
        says="A recommendation repeats one that no later report raised.",
        where="reference/events.md#repeatnoted",
        of="ledger.acts.recommendation:repeat_possible",
        broken="it repeats one of any report",
        before="if _is_later(decision, earlier.report, to.report):",
        after="if False:",
        test="tests/api/test_repeats.py::test_what_a_later_report_or_the_same_one_raised_is_not_repeated",
    ),
    # Reports, corrections and retractions
    Mutation(
        says="A report belongs to the account that recorded it.",
        where="reference/events.md#reporttakenover",
        of="ledger.acts.revision:may_change_report",
        broken="every account changes it",
        before='if not decision.publishes(found): raise Refused("report-owner"',
        after='if False: raise Refused("report-owner"',
        test="tests/api/test_the_whole_life.py::test_a_revised_report_shows_what_its_page_says_since",
    ),
    Mutation(
        says="A report's day is moved on the publisher's own word, once a last day has passed.",
        where="captures.md#citing-one",
        of="ledger.acts.correction:on_the_publishers_word",
        broken="on any source, whenever",
        before="if not passed and len(since) >= len(due) and has_word(source):",
        after="if has_word(source):",
        test="tests/api/test_corrections.py::test_a_reports_day_is_corrected_on_the_publishers_own_word",
    ),
    Mutation(
        says="A report's corrected day works every duty out anew, in the same transaction.",
        where="threats.md#accounts-that-may-record",
        of="ledger.acts.correction:work_out_duties",
        broken="the duties stay as they were",
        before="if (event.rule, event.trigger_on) == (duty.rule, duty.trigger_on):",
        after="if True:",
        test="tests/api/test_corrections.py::test_a_reports_corrected_day_works_out_every_duty_anew_in_the_same_transaction",
    ),
    Mutation(
        says="An entry is not retracted while others rest on it.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        of="ledger.acts.retraction:retract_entry",
        broken="it is",
        before="if resting := _resting_on_what_goes(decision, aside):",
        after="if resting := list[str]():",
        test="tests/api/test_retractions.py::test_an_assurance_is_not_retracted_while_an_update_answers_it",
    ),
    Mutation(
        says="A retraction that was itself retracted sets nothing aside.",
        where="replay.md#how-it-works",
        of="ledger.states.effect:known",
        broken="every retraction counts",
        before="isinstance(entry.data, EntryRetracted) and entry.id not in set_aside",
        after="isinstance(entry.data, EntryRetracted)",
        test="tests/projections/test_effect.py::test_an_entry_is_set_aside_by_a_retraction_of_it_that_stands",
    ),
    Mutation(
        says="A correction is never corrected.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        of="ledger.acts.correction:_correctable",
        broken="it may be",
        before="if isinstance(one.data, EntryCorrected | EntryRetracted): raise Refused(",
        after="if False: raise Refused(",
        test="tests/api/test_corrections.py::test_a_correction_is_never_corrected_but_its_original_again",
    ),
    Mutation(
        says="A speaker that isn't sure is recorded only once a person confirmed it.",
        where="intake.md#drafts",
        of="ledger.intake.pages.draft_file:_Reading._piece",
        broken="the suggestion is recorded as it is",
        before='said = self._text("block", n, "part")',
        after='said = self._text("block", n, "part").removeprefix("? ")',
        test="tests/intake/test_draft_from_duty.py::test_a_speaker_that_is_not_sure_is_never_recorded_untouched",
    ),
    # What is refused
    Mutation(
        says="No act lies in the future.",
        where="record.md#what-is-recorded",
        of="ledger/postgres/migrations/028_shared_appends.sql",
        broken="the log takes any day",
        before="IF latest_occurred[i] > today AND",
        after="IF false AND",
        test="tests/log/test_clocks.py::test_an_act_of_a_day_that_has_not_come_in_london_is_refused",
    ),
    Mutation(
        says="Nothing about a report is recorded as having happened before it.",
        where="record.md#what-is-recorded",
        of="ledger.acts.decision:_not_before",
        broken="it is",
        before="if found.day is not None and dates.last_day(day) < found.day:",
        after="if False:",
        test="tests/api/test_rules_of_every_act.py::test_an_act_before_its_report_is_refused",
    ),
    Mutation(
        says="No action on a recommendation needs the reason for it.",
        where="record.md#what-is-recorded",
        of="ledger.acts.response:consistent",
        broken="it needs none",
        before='if said.stance == "no_action" and said.reason is None:',
        after="if False:",
        test="tests/api/test_response_acts.py::test_the_parts_of_an_explanation_go_together",
    ),
    Mutation(
        says="A period is extended only where its rule allows that.",
        where="reference/states.md#a-response",
        of="ledger.acts.duty:grant_extension",
        broken="any is",
        before="if not rule.extension:",
        after="if False:",
        test="tests/api/test_the_whole_life.py::test_the_statutory_period_cannot_be_extended",
    ),
    # Two clocks
    Mutation(
        says="No question is asked about a day after what was known.",
        where="decisions/0021-a-position-inside-a-transaction-is-its-end.md",
        of="projections.as_of:at",
        broken="any day can be asked about",
        before="if day is not None and day > until:",
        after="if False:",
        test="tests/api/test_bad_moments.py::test_a_day_of_which_nobody_could_know_is_refused_everywhere_and_the_last_one_is_named",
    ),
    Mutation(
        says="What was recorded later was not known then.",
        where="../README.md#five-claims",
        of="projections.read_models.tables:HERE",
        broken="lists know it",
        before="{one}.known_from <= %(k)s AND {one}.known_to",
        after="{one}.known_to",
        test="tests/api/test_compliance_over_http.py::test_as_known_and_effective_before",
    ),
    # The log
    Mutation(
        says="No entry is changed or deleted, by whomever.",
        where="log.md#writing",
        of="ledger/postgres/migrations/001_log.sql",
        broken="no trigger refuses it",
        before="BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries",
        after="BEFORE TRUNCATE ON ledger.entries",
        test="tests/log/test_only_append_writes.py::test_its_owner_and_the_superuser_are_refused_by_a_trigger",
    ),
    Mutation(
        says="A decision is stored only if no stream that it rests on has moved.",
        where="log.md#writing",
        of="ledger/postgres/migrations/028_shared_appends.sql",
        broken="what it read is not looked at again",
        before="generate_series(1, guards + many)",
        after="generate_series(guards + 1, guards + many)",
        test="tests/log/test_append.py::test_a_stream_that_was_read_is_guarded",
    ),
    Mutation(
        says="Appends that share a call get the verdicts that they would get one after another.",
        where="log.md#writing",
        of="ledger.log.group_commit:_Beside.takes",
        broken="one shares a call with another that writes what it guards",
        before="or not self._written.isdisjoint(item.guarded)",
        after="",
        test="tests/log/test_group_commit.py::"
        "test_an_append_waits_where_another_writes_what_it_guards",
    ),
    Mutation(
        says="A publisher's number is recorded once, though two registers bring it at once.",
        where="log.md#writing",
        of="ledger.log.append:append",
        broken="numbers that came since the decision looked are not looked for",
        before="if numbers is not None and done.stored_now:",
        after="if False:",
        test="tests/intake_sheets/test_registers.py::"
        "test_a_publishers_number_is_recorded_once_though_two_registers_bring_it_at_once",
    ),
    Mutation(
        says="The time of recording never runs backwards.",
        where="log.md",
        of="ledger/postgres/migrations/028_shared_appends.sql",
        broken="it follows the clock back",
        before="greatest(clock, head_at + interval '1 microsecond')",
        after="greatest(clock, clock)",
        test="tests/log/test_append.py::test_recorded_at_is_just_after_the_last_entrys_where_the_clock_is_behind_it",
    ),
    # Texts
    Mutation(
        says="An office text is not for everybody.",
        where="log.md#texts",
        of="projections.answers.readers:Reader.offices",
        broken="anybody reads it",
        before='if who is None or not (who.may("office") or who.may("record")): return frozenset()',
        after="if who is None: return None",
        test="tests/api/test_audiences.py::test_the_meaning_of_a_claim_is_public_and_its_words_are_the_offices",
    ),
    Mutation(
        says="A redaction takes two accounts.",
        where="redaction.md#who-and-how",
        of="ledger.acts.redaction:confirm_redaction",
        broken="who sought it may confirm it",
        before="if decision.account.name == request.recorded_by:",
        after="if False:",
        test="tests/api/test_redaction.py::test_the_account_that_sought_it_does_not_confirm_it",
    ),
    Mutation(
        says="What the log calls redacted is shown to nobody, whatever the tables hold.",
        where="redaction.md#who-and-how",
        of="ledger/postgres/migrations/013_redacted_stays.sql",
        broken="a text that came back is shown",
        before="WHERE t.field <> 'was' AND NOT EXISTS (",
        after="WHERE t.field <> 'was' OR NOT EXISTS (",
        test="tests/api/test_redaction.py::test_a_text_from_a_restored_backup_is_in_no_answer_page_or_search",
    ),
)


# Where a text stands


class NotOnce(ValueError):
    """The words of a mutation do not stand once where it says: the message tells how to mend it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign, and where it stands in a text."""

    text: str
    start: int
    end: int


def tokens(text: str, begins: int = 0, ends: int | None = None) -> list[Token]:
    """Return the words and signs of a part of a text, without comments and trailing commas."""
    found = [
        Token(one[0], one.start(), one.end())
        for one in TOKEN.finditer(text, begins, len(text) if ends is None else ends)
        if not one[0].startswith(("#", "--"))
    ]
    following = [one.text for one in found[1:]] + [""]
    return [
        one
        for one, after in zip(found, following, strict=True)
        if not (one.text == "," and after in (")", "]", "}"))
    ]


def file_of(mutation: Mutation) -> Path:
    """Return the file that a mutation changes, below the root."""
    module, _, name = mutation.of.partition(":")
    return Path(*module.split(".")).with_suffix(".py") if name else Path(module)


def part_of(text: str, name: str) -> tuple[int, int]:
    """Return where a function, class or constant of a module begins and ends."""
    inside: Sequence[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for word in name.split("."):
        found = next((one for one in inside if word in _names(one)), None)
        if found is None:
            raise NotOnce(f"`{name}` is not there: give the mutation the name that it has now.")
        inside = found.body if isinstance(found, ast.ClassDef) else ()
    assert found is not None
    lines = text.splitlines(keepends=True)
    begins = sum(map(len, lines[: found.lineno - 1]))
    return begins, sum(map(len, lines[: found.end_lineno]))


def _names(statement: ast.stmt) -> list[str]:
    """Return what a statement of a module or class gives a name to."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [one.id for one in targets if isinstance(one, ast.Name)]


def changed(text: str, mutation: Mutation) -> str:
    """Return a text of the product as the mutation makes it."""
    name = mutation.of.partition(":")[2]
    there = tokens(text, *part_of(text, name)) if name else tokens(text)
    wanted = [one.text for one in tokens(mutation.before)]
    found = [
        there[n : n + len(wanted)]
        for n in range(len(there) - len(wanted) + 1)
        if [one.text for one in there[n : n + len(wanted)]] == wanted
    ]
    if len(found) != 1:
        raise NotOnce(
            f"“{mutation.before}” has to stand once in {mutation.of}, and stands there "
            f"{len(found)} times. Give the mutation the words that stand there now."
        )
    (words,) = found
    return text[: words[0].start] + mutation.after + text[words[-1].end :]


# Running


@dataclass(frozen=True, slots=True)
class Ran:
    """How a test ended."""

    colour: Colour
    seconds: float
    says: str
    """The last line that pytest wrote."""


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """Copy the tree: what git keeps, and what is new."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="answerable-mutations-") as folder:
        for name in filter(None, sorted(set(listed.split("\0")))):
            if (root / name).is_file():  # not deleted since
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, Path(folder) / name)
        yield Path(folder)


@contextmanager
def broken(tree: Path, mutation: Mutation) -> Iterator[None]:
    """Make the change in the copy, for a while."""
    file = tree / file_of(mutation)
    whole = file.read_text(encoding="utf-8")
    try:
        _write(file, changed(whole, mutation))
        yield
    finally:
        _write(file, whole)


def _write(file: Path, text: str) -> None:
    """Write a file, and drop what was compiled of it: two versions may have one second and size."""
    file.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


def run(tree: Path, tests: Sequence[str]) -> Ran:
    """Run tests in a copy. Red: a test failed. Broken: none could run, or the changed code has a
    name that is not there (NameError), which no test has to see."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", "-p", "no:cacheprovider", *tests],
        cwd=tree, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )  # fmt: skip
    last = (done.stdout + done.stderr).strip().splitlines()[-1:]
    says = last[0] if last else ""
    colour: Colour = "broken"
    if done.returncode == 0 and re.search(r"\d passed", says) and "skipped" not in says:
        colour = "green"
    elif done.returncode == 1 and re.search(r"\d failed", says) and "NameError" not in done.stdout:
        colour = "red"
    return Ran(colour, time.monotonic() - began, says if colour != "broken" else done.stdout)


def trials(numbers: Sequence[int] = ()) -> Iterator[tuple[int, Mutation, Ran]]:
    """Run the tests on the code as it is, then each on the code that is broken for it."""
    chosen = [(n, one) for n, one in enumerate(MUTATIONS, 1) if not numbers or n in numbers]
    with copied(ROOT) as tree:
        sound = run(tree, sorted({one.test for _, one in chosen}))
        if sound.colour != "green":
            raise SystemExit(f"On the code as it is these tests do not pass:\n{sound.says}")
        for n, one in chosen:
            with broken(tree, one):
                yield n, one, run(tree, [one.test])


# The page


def page() -> str:
    """Return the page of invariants, from the table."""
    lines = [
        "# Invariants, each broken once",
        "",
        "Each row is a sentence that must always hold. To know that a test would notice, the code",
        "was changed so that the sentence no longer holds, and the test named failed.",
        "`python -m tests.mutations` makes each change again, in a copy of the code; so does",
        "`make soak`. This page is made from `tests/mutations.py` (`make docs`).",
        "",
        "| | invariant | what the changed code does | function | test that fails |",
        "|---:|---|---|---|---|",
    ]
    for n, one in enumerate(MUTATIONS, 1):
        file, _, name = one.test.partition("::")
        sentence = f"[{one.says}](../{one.where})"
        test = f"`{file}`" + (f" `{name}`" if name else "")
        lines.append(f"| {n} | {sentence} | {one.broken} | `{one.of}` | {test} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit code."""
    if list(arguments) == ["page"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    numbers = [int(each) for each in arguments]
    began, holes, count = time.monotonic(), 0, 0
    for n, one, ran in trials(numbers):
        count += 1
        holes += ran.colour != "red"
        word = {"red": "red", "green": "GREEN: a hole", "broken": "BROKEN: no test could see it"}[
            ran.colour
        ]
        sys.stdout.write(f"{n:3} {word} ({ran.seconds:.1f} s)  {one.says}  {one.test}\n")
        if ran.colour != "red":
            sys.stdout.write(f"    {ran.says}\n")
        sys.stdout.flush()
    took = time.monotonic() - began
    sys.stdout.write(f"{count} mutations, {count - holes} red, {holes} not; {took:.0f} seconds.\n")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
