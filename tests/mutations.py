"""Each invariant broken once by hand, and the test that goes red by it.

    python -m tests.mutations            run all: a few minutes; exit code 1 where one stays green
    python -m tests.mutations 3 17       run some, by their numbers
    python -m tests.mutations page       write docs/reference/invariants.md anew

A mutation is a small change of the code of the product, in a copy of the tree. Code moves about, so
no file is named: the text before stands in one file of the product, once.
"""

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
PRODUCT = ("ledger", "projections", "api")
Colour = Literal["red", "green", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """An invariant, and how it is broken."""

    says: str
    """The invariant, in a sentence."""
    where: str
    """Where the documents say it: a document, and a heading of it."""
    broken: str
    """What the change makes the code do, in words."""
    before: str
    after: str
    test: str
    """The test that sees it, the quickest of those that do."""


MUTATIONS: tuple[Mutation, ...] = (
    # How days are counted
    Mutation(
        says="The day on which a report is published is day 1 of the 56.",
        where="law.md#how-a-last-day-is-counted",
        broken="the day after it is day 1",
        before="period.count - (1 if counted else 0)",
        after="period.count",
        test="tests/test_duties.py::test_the_day_of_publication_is_day_1",
    ),
    Mutation(
        says="A last day on a Sunday stays there.",
        where="law.md#how-a-last-day-is-counted",
        broken="it moves to the Monday",
        before="due_on = last_day(period, first, counted=rule.counts_first_day)",
        after="due_on = last_day(period, first, counted=rule.counts_first_day)\n"
        "    due_on += timedelta(due_on.weekday() == 6)",
        test="tests/test_duties.py::test_a_last_day_on_a_sunday_stays_there",
    ),
    Mutation(
        says="Working days leave out the bank holidays of England and Wales.",
        where="law.md#how-a-last-day-is-counted",
        broken="they count them",
        before="return day.weekday() < 5 and day not in _bank_holidays(day.year)",
        after="return day.weekday() < 5",
        test="tests/test_duties.py::test_each_way_of_counting",
    ),
    Mutation(
        says="A month that has no such day ends on its last.",
        where="law.md#how-a-last-day-is-counted",
        broken="it ends a day before",
        before="return date(year, month, length)",
        after="return date(year, month, length - 1)",
        test="tests/test_duties.py::test_each_way_of_counting",
    ),
    Mutation(
        says="From a day that is not exactly known no last day is counted, and the verdict is "
        "not shown.",
        where="law.md#how-a-last-day-is-counted",
        broken="it says that no period is set",
        before='if due_on is None or latest is None:\n        return Finding("not_shown")',
        after='if due_on is None or latest is None:\n        return Finding("no_period")',
        test="tests/test_compliance.py::test_a_trigger_not_known_to_the_day_shows_nothing",
    ),
    Mutation(
        says="Only a report of an inspectorate binds anybody to a period.",
        where="threats.md#whoever-may-record",
        broken="any publisher's report of such a kind does",
        before="if whose and not set(whose) & set(publishers):",
        after="if False:",
        test="tests/test_duties.py::test_no_report_but_an_inspectorates_binds_anybody_to_a_period",
    ),
    Mutation(
        says="A rule covers the reports from its first day on, that day included.",
        where="register.md#how-a-rule-is-fingerprinted",
        broken="its first day is left out",
        before="last < date.fromisoformat(rule.applies_from)",
        after="last <= date.fromisoformat(rule.applies_from)",
        test="tests/test_duties.py"
        "::test_the_report_s_day_picks_the_rule_and_a_day_not_known_the_newest",
    ),
    Mutation(
        says="A duty keeps the version of the rule that it arose under.",
        where="register.md#correcting-it",
        broken="a duty that is worked out anew takes the newest version",
        before="self.service.rules.get((duty.rule.id, duty.rule.version))",
        after="max((one for (name, _), one in self.service.rules.items() "
        "if name == duty.rule.id), key=lambda one: one.version)",
        test="tests/api/test_rules.py"
        "::test_a_later_version_moves_no_duty_though_the_reports_day_is_corrected",
    ),
    # The verdict on a response
    Mutation(
        says="A response that was published on the last day is in time.",
        where="replay.md#how-it-works",
        broken="it has to be there before that day",
        before='if between.hi <= due_on:\n            return Finding("in_time")',
        after='if between.hi < due_on:\n            return Finding("in_time")',
        test="tests/test_compliance.py::test_one_statement_gives_the_verdict",
    ),
    Mutation(
        says="A response is late only where every day that its date can mean is too late.",
        where="replay.md#how-it-works",
        broken="it is late where its last possible day is",
        before="if min(lo, counted_to) > latest:",
        after="if min(between.hi, counted_to) > latest:",
        test="tests/test_compliance.py::test_one_statement_gives_the_verdict",
    ),
    Mutation(
        says="Nobody is called late or overdue while it may have happened already.",
        where="threats.md",
        broken="it is overdue until it has happened for certain",
        before='at_least=True)\n    return Finding("not_shown")',
        after='at_least=True)\n    return Finding("overdue", (effective_on - latest).days)',
        test="tests/test_compliance.py::test_one_statement_gives_the_verdict",
    ),
    Mutation(
        says="Of several publications, the first lies between the least lo and the least hi.",
        where="replay.md#how-it-works",
        broken="it lies before the greatest hi",
        before="min(one.hi for one in intervals)",
        after="max(one.hi for one in intervals)",
        test="tests/test_compliance.py::test_one_in_time_is_enough_whatever_was_published_after_it",
    ),
    Mutation(
        says="What was recorded, or a copy of which was received, had happened by then.",
        where="replay.md#how-it-works",
        broken="the last day that its date can mean stands",
        before="min(last_day(occurred_on), received_by)",
        after="last_day(occurred_on)",
        test="tests/test_compliance.py::test_a_month_cut_by_its_recording_is_in_time",
    ),
    Mutation(
        says="Nothing about a report happened before the report's day.",
        where="replay.md#how-it-works",
        broken="a month may begin before it",
        before="if not_before is not None and lo < not_before:",
        after="if False:",
        test="tests/test_compliance.py"
        "::test_a_month_in_which_the_report_came_begins_with_the_reports_day",
    ),
    Mutation(
        says="What is not known stays not known: the day of recording is not taken for it.",
        where="log.md",
        broken="a day that is not known is the day of recording",
        before="return Interval(not_before and min(not_before, received_by), received_by)",
        after="return Interval(received_by, received_by)",
        test="tests/test_compliance.py::test_one_statement_gives_the_verdict",
    ),
    Mutation(
        says="A verdict is as good as the weakest of the dates that decide it.",
        where="../README.md#limits",
        broken="it is as good as the strongest",
        before="basis=min(duty.trigger_basis,",
        after="basis=max(duty.trigger_basis,",
        test="tests/test_compliance.py::test_a_verdict_is_as_good_as_its_weakest_basis",
    ),
    Mutation(
        says="A disapplication that is recorded after the last day replaces no verdict.",
        where="law.md#after-the-last-day",
        broken="it does, where it was decided by then",
        before="disapplication.recorded_on <= duty.due_on",
        after="disapplication.hi <= duty.due_on",
        test="tests/test_compliance.py"
        "::test_a_disapplication_decided_in_time_and_recorded_later_stands_beside_it_too",
    ),
    Mutation(
        says="In time means with the chief officer's comments, where the body had received them.",
        where="law.md#in-time-means-all-of-it",
        broken="the body's own comments alone are looked at",
        before='if found.verdict != "in_time" or not rest.required:',
        after='if found.verdict != "in_time" or rest.required:',
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="Silence is a breach only where somebody looked, or the body keeps its record here.",
        where="law.md#silence",
        broken="whoever is silent is overdue",
        before='return Finding("not_looked_for")',
        after="heard = ALWAYS",
        test="tests/test_silence.py::test_each_vector_of_silence_gives_its_verdict",
    ),
    Mutation(
        says="A look-up of the last day or before accuses nobody.",
        where="law.md#silence",
        broken="one of the last day itself does",
        before="if one.interval.hi <= on and _lo(one) > due_on]",
        after="if one.interval.hi <= on and _lo(one) >= due_on]",
        test="tests/test_silence.py::test_nobody_is_overdue_of_whom_nobody_looked",
    ),
    Mutation(
        says="Only a body itself says that it keeps its record here.",
        where="law.md#silence",
        broken="an administrator says it of any",
        before="if decision.account.body != body:",
        after='if decision.account.body != body and not decision.account.may("admin"):',
        test="tests/api/test_silence.py::test_nobody_else_says_it_ends_it_or_takes_it_back",
    ),
    Mutation(
        says="An invitation that was entered after the last day binds and frees nobody.",
        where="law.md#in-time-means-all-of-it",
        broken="it frees the body",
        before="entered = [one for one in self.invited if one.recorded_on <= due_on]",
        after="entered = list(self.invited)",
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="The force's word of afterwards makes no response incomplete.",
        where="law.md#in-time-means-all-of-it",
        broken="it does",
        before='return self.teller == "force" and self.recorded_on <= due_on and not self.disputed',
        after='return self.teller == "force" and not self.disputed',
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="Comments that came on the date that the body set, or later, bind nobody.",
        where="law.md#in-time-means-all-of-it",
        broken="those of the date itself do",
        before="there <= min(on, due_on) and there < before:",
        after="there <= min(on, due_on) and there <= before:",
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="A copy calls nothing incomplete that does not show that the comments had come.",
        where="law.md#in-time-means-all-of-it",
        broken="a copy of the body's own comments is enough for it",
        before='if again == found and (one.required or found.verdict != "incomplete"):',
        after="if again == found:",
        test="tests/test_incomplete.py::test_each_vector_gives_its_verdict",
    ),
    Mutation(
        says="A response that came late betters no verdict: what was overdue is late.",
        where="replay.md#how-it-works",
        broken="fewer days late than it was overdue are called an improvement",
        before="if severity(after.verdict) < 3 or after.verdict != before.verdict:",
        after="if severity(after.verdict) < 3:",
        test="tests/projections/test_improved_later.py"
        "::test_less_bad_is_better_and_so_are_fewer_days_of_the_same",
    ),
    Mutation(
        says="A total counts the days of a row to the day asked about.",
        where="decisions/0073-rows-of-responses-are-cut-where-the-verdict-turns.md",
        broken="it counts one day more",
        before="coalesce(one.days, abs(%(d)s - one.days_from)) AS days",
        after="coalesce(one.days, abs(%(d)s - one.days_from) + 1) AS days",
        test="tests/api/test_compliance_over_http.py::test_the_small_world_by_body_by_name",
    ),
    Mutation(
        says="One recommendation is always as fresh as the log.",
        where="decisions/0074-statements-are-planned-once.md",
        broken="it is read from read models that have not come so far",
        before="question.now.reached < question.when.position:\n        return None",
        after="False:\n        return None",
        test="tests/projections/test_one_recommendation.py"
        "::test_what_was_recorded_a_moment_ago_is_there_before_the_read_models_have_it",
    ),
    Mutation(
        says="A row of a response ends where the verdict turns.",
        where="decisions/0073-rows-of-responses-are-cut-where-the-verdict-turns.md",
        broken="what is due stays due after its last day",
        before="{dates.shifted(last, -DUE_SOON_DAYS), dates.shifted(last, 1)}",
        after="{dates.shifted(last, -DUE_SOON_DAYS)}",
        test="tests/projections/test_rows_of_responses.py"
        "::test_rows_are_cut_where_the_verdict_turns_and_nowhere_else",
    ),
    Mutation(
        says="What bettered a verdict tells what that was on the day of recording.",
        where="decisions/0073-rows-of-responses-are-cut-where-the-verdict-turns.md",
        broken="its days go on being counted",
        before="return state.found.on(day).finding",
        after="return state.found.on(date(2027, 12, 1)).finding",
        test="tests/api/test_improved_later.py"
        "::test_what_was_is_told_as_it_was_on_the_day_of_recording_however_late_one_asks",
    ),
    Mutation(
        says="An act on the register cuts all rows of a body anew whose office it ends.",
        where="decisions/0073-rows-of-responses-are-cut-where-the-verdict-turns.md",
        broken="rows stay as they were",
        before="owed = rectangles.responses_of(conn, bodies, seen)",
        after="owed = rectangles.responses_of(conn, [], [])",
        test="tests/api/test_an_office_that_ends.py"
        "::test_a_successor_that_is_recorded_late_answers_for_all_the_days",
    ),
    Mutation(
        says="A second program, which shares no code with the first, counts the same last day.",
        where="replay.md",
        broken="the second program counts the day after publication as day 1",
        before="day + DAY * (left - 1)",
        after="day + DAY * left",
        test="tests/test_replay_vectors.py::test_the_day_of_publication_is_day_1",
    ),
    Mutation(
        says="What has to be explained are recommendations, and no areas for improvement.",
        where="reference/columns.md#responses",
        broken="areas for improvement are counted too",
        before='_by_key(here, ("recommendation",))',
        after='_by_key(here, ("recommendation", "afi"))',
        test="tests/test_coverage.py::test_coverage_counts_recommendations_alone",
    ),
    Mutation(
        says="A passage that was not found explains nothing.",
        where="record.md#what-is-recorded",
        broken="it explains",
        before=' and one.how != "not_found"',
        after="",
        test="tests/test_coverage.py"
        "::test_coverage_counts_what_is_explained_by_the_last_day_and_now",
    ),
    # Whose word it is
    Mutation(
        says="What somebody else uploaded is not the publisher's word, whatever address it gives.",
        where="captures.md#citing-one",
        broken="every upload is",
        before='return kept.recorded_by.partition("/")[0] in publishers',
        after="return True",
        test="tests/api/test_publishers_page.py"
        "::test_what_anybody_else_uploaded_is_their_word_whatever_address_they_give",
    ),
    Mutation(
        says="What another host answered is not the publisher's word.",
        where="captures.md#citing-one",
        broken="any host is the publisher's",
        before="return hosted and",
        after="return said.host is not None and",
        test="tests/api/test_publishers_page.py"
        "::test_what_another_host_answered_is_not_the_publishers_word",
    ),
    Mutation(
        says="A capture shows nothing that happened after it was received.",
        where="captures.md#citing-one",
        broken="it is cited for any day",
        before="if occurred_on is not None and dates.first_day(occurred_on) > received:",
        after="if False:",
        test="tests/api/test_rules_of_every_act.py"
        "::test_a_capture_that_is_cited_is_kept_and_shows_nothing_that_came_after_it",
    ),
    Mutation(
        says="The act of another body is recorded with the source of it, or not at all.",
        where="reference/who-may.md",
        broken="everything is first hand",
        before="first_hand = whose in (own, None)",
        after="first_hand = True",
        test="tests/api/test_rules_of_every_act.py::test_the_act_of_another_body_needs_its_source",
    ),
    Mutation(
        says="A response is owed by whoever held the office on the report's day.",
        where="register.md#terms-names-and-forces",
        broken="a term has no beginning",
        before="if term.is_before(last := dates.last_day(occurred_on)):",
        after="if (last := dates.last_day(occurred_on)) is None:",
        test="tests/api/test_terms.py::test_nothing_is_addressed_to_an_office_that_was_not_there",
    ),
    Mutation(
        says="Accounts of a body that ended record nothing of their own.",
        where="register.md#terms-names-and-forces",
        broken="they go on",
        before="if term.is_after(self.today):",
        after="if False:",
        test="tests/api/test_terms.py"
        "::test_an_account_of_a_body_that_ended_records_nothing_of_its_own",
    ),
    Mutation(
        says="What is open passes to a successor on its first day; what was late stays.",
        where="register.md#what-passes-to-a-successor",
        broken="what was late passes too",
        before="over = [day_after(found.due_on)] if found.due_on is not None else []",
        after="over: list[date] = []",
        test="tests/api/test_a_mayor_follows.py"
        "::test_whoever_held_the_office_on_the_day_after_the_last_is_late",
    ),
    Mutation(
        says="What is counted with whom is the same in the database.",
        where="register.md#what-passes-to-a-successor",
        broken="what was late is counted with the successor",
        before="least(%(d)s::date, one.due_on + 1, one.answered_on)",
        after="least(%(d)s::date, one.answered_on)",
        test="tests/api/test_a_mayor_follows.py"
        "::test_a_succession_that_is_recorded_late_is_known_from_then_on_and_counts_from_its_day",
    ),
    Mutation(
        says="Nobody is overdue for a day on which the office was not there.",
        where="register.md#what-passes-to-a-successor",
        broken="the days go on",
        before="return day if day is not None and day < self.day else None",
        after="return None",
        test="tests/api/test_an_office_that_ends.py::test_no_day_after_the_office_ended_is_counted",
    ),
    Mutation(
        says="No row counts a day on which the office was not there.",
        where="register.md#what-passes-to-a-successor",
        broken="days go on being counted after it ended",
        before="goes_on = until == effective_on",
        after="goes_on = True",
        test="tests/projections/test_rows_of_responses.py"
        "::test_no_day_is_counted_after_the_last_of_an_office",
    ),
    Mutation(
        says="A succession that lies ahead passes nothing.",
        where="register.md#what-passes-to-a-successor",
        broken="it passes what is open at once",
        before="if register.day is None or since <= register.day][-1]",
        after="][-1]",
        test="tests/api/test_a_mayor_follows.py"
        "::test_whoever_held_the_office_on_the_day_after_the_last_is_late",
    ),
    Mutation(
        says="A body is followed by one of its own kind.",
        where="register.md#terms-names-and-forces",
        broken="any body follows any other",
        before="if ends.kind != follows.kind:",
        after="if False:",
        test="tests/api/test_terms.py::test_a_body_is_followed_by_one_of_its_own_kind",
    ),
    Mutation(
        says="A succession stands while what was recorded of the successor, or by it, rests on it.",
        where="register.md#terms-names-and-forces",
        broken="it is retracted, and moved, from under an answer",
        before="return had and not has",
        after="return False",
        test="tests/api/test_terms.py"
        "::test_a_succession_stands_while_the_successors_answer_rests_on_it",
    ),
    Mutation(
        says="A succession that stands again is the only one of its body.",
        where="register.md#terms-names-and-forces",
        broken="a body is followed by two",
        before="and one.data.id == event.id and one.id != itself",
        after="and one.data.id == event.id and itself is None",
        test="tests/api/test_terms.py"
        "::test_a_succession_stands_again_where_no_other_was_recorded_meanwhile",
    ),
    Mutation(
        says="What lifts or extends the duty of another body is reported, whosever act it is said "
        "to be.",
        where="decisions/0026-what-binds-another.md",
        broken="it may be first hand",
        before="if lifts is not None and own not in self.holders(lifts, stream):",
        after="if False:",
        test="tests/api/test_the_whole_life.py"
        "::test_what_lifts_anothers_duty_is_reported_whosever_act_it_is_said_to_be",
    ),
    Mutation(
        says="Nobody's word stands for another's: an act is not said to be that of a body whose it "
        "cannot be.",
        where="threats.md#whoever-may-record",
        broken="any body can be named",
        before="if told.by is None or self.service.speaks_for(told.by, *bodies):",
        after="if True:",
        test="tests/api/test_what_stands_again.py"
        "::test_a_dispute_stands_in_the_way_of_no_retraction_and_is_in_nobody_elses_name",
    ),
    Mutation(
        says="A report belongs to the account that recorded it.",
        where="reference/events.md#reporttakenover",
        broken="every account changes it",
        before="if not decision.publishes(found):\n        raise Refused(\n"
        '            "report-owner"',
        after='if False:\n        raise Refused(\n            "report-owner"',
        test="tests/api/test_the_whole_life.py"
        "::test_a_revised_report_shows_what_its_page_says_since",
    ),
    Mutation(
        says="A report is taken over by one of its publishers alone.",
        where="reference/events.md#reporttakenover",
        broken="by anybody",
        before='if not decision.publishes(found):\n        raise Refused(\n            "takeover"',
        after='if False:\n        raise Refused(\n            "takeover"',
        test="tests/api/test_the_whole_life.py::test_the_publisher_takes_its_report_over",
    ),
    # Two clocks
    Mutation(
        says="No question is asked about a day after what was known.",
        where="decisions/0020-the-day-follows-what-was-known.md",
        broken="any day can be asked about",
        before="if day is not None and day > until:",
        after="if False:",
        test="tests/api/test_bad_moments.py"
        "::test_a_day_of_which_nobody_could_know_is_refused_everywhere_and_the_last_one_is_named",
    ),
    Mutation(
        says="A day that is given as what was known has to be over.",
        where="replay.md",
        broken="today may be given",
        before="if day >= london_date(now):",
        after="if day > london_date(now):",
        test="tests/api/test_reads.py::test_what_will_be_known_cannot_be_asked",
    ),
    Mutation(
        says="A day ends when it ends in London.",
        where="replay.md",
        broken="it ends in UTC",
        before="datetime(day.year, day.month, day.day, tzinfo=LONDON)",
        after="datetime(day.year, day.month, day.day, tzinfo=UTC)",
        test="tests/api/test_reads.py::test_a_day_ends_when_it_ends_in_london",
    ),
    Mutation(
        says="A minute past midnight in London is the day after.",
        where="log.md",
        broken="the day is that of UTC",
        before="return instant.astimezone(LONDON).date()",
        after="return instant.date()",
        test="tests/api/test_rules_of_every_act.py"
        "::test_today_is_the_london_date_by_the_database_clock",
    ),
    Mutation(
        says="An answer about a moment is settled once an entry was recorded after it.",
        where="changes.md#the-two-moments",
        broken="it always says that it is settled",
        before="head.recorded_at is not None and head.recorded_at > moment",
        after="True",
        test="tests/api/test_reads.py"
        "::test_a_moment_is_settled_once_an_entry_was_recorded_after_it",
    ),
    Mutation(
        says="A position inside a transaction means its end.",
        where="decisions/0021-a-position-inside-a-transaction-is-its-end.md",
        broken="half of a command is known there",
        before="position, recorded_at, next_at = row",
        after="position, recorded_at, next_at = int(given), *row[1:]",
        test="tests/projections/test_two_dates.py::test_a_position_inside_a_transaction_is_its_end",
    ),
    Mutation(
        says="What was recorded later was not known then.",
        where="../README.md#five-claims",
        broken="lists know it",
        before="{one}.known_from <= %(k)s AND {one}.known_to",
        after="{one}.known_to",
        test="tests/api/test_compliance_over_http.py::test_as_known_and_effective_before",
    ),
    # Corrections and retractions
    Mutation(
        says="A retraction that was itself retracted sets nothing aside.",
        where="replay.md#how-it-works",
        broken="every retraction counts",
        before="isinstance(entry.data, EntryRetracted) and entry.id not in set_aside",
        after="isinstance(entry.data, EntryRetracted)",
        test="tests/projections/test_effect.py"
        "::test_what_sets_an_entry_aside_is_a_retraction_of_it_that_stands",
    ),
    Mutation(
        says="A correction that was retracted says nothing any more.",
        where="replay.md#how-it-works",
        broken="every correction counts",
        before="isinstance(entry.data, EntryCorrected) and entry.id not in set_aside",
        after="isinstance(entry.data, EntryCorrected)",
        test="tests/projections/test_effect.py"
        "::test_what_is_known_is_what_the_rules_say_as_known_at_every_position",
    ),
    Mutation(
        says="A correction is never corrected.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        broken="it may be",
        before="if isinstance(one.data, EntryCorrected | EntryRetracted):\n        raise Refused(",
        after="if False:\n        raise Refused(",
        test="tests/api/test_corrections.py"
        "::test_a_correction_is_never_corrected_but_its_original_again",
    ),
    Mutation(
        says="What names an entry or links it to others is not corrected.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        broken="the number of a recommendation is",
        before='"number": "a recommendation\'s number is its identity",',
        after="",
        test="tests/api/test_corrections.py::test_identity_and_links_are_not_corrected",
    ),
    Mutation(
        says="A release is not retracted, and nor is a redaction.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        broken="both are",
        before="never = isinstance(one.data, CaptureKept | TextReleased | TextRedacted)",
        after="never = isinstance(one.data, CaptureKept)",
        test="tests/api/test_the_whole_life.py::test_a_release_is_not_retracted",
    ),
    Mutation(
        says="A corrected day that was given with a duty works it out anew.",
        where="decisions/0049-a-day-given-with-a-duty-is-corrected.md",
        broken="the duty keeps its last day",
        before="        work_out_duty(decision, known_now(decision, target), correction, told)\n",
        after="        pass\n",
        test="tests/api/test_a_given_day_of_a_duty.py"
        "::test_it_is_worked_out_anew_in_the_same_transaction",
    ),
    Mutation(
        says="A report is set aside with all that was entered with it.",
        where="decisions/0046-what-is-entered-twice.md",
        broken="its recommendations stay",
        before="return [one, *_entered_with(decision, one)]",
        after="return [one]",
        test="tests/api/test_entered_twice.py"
        "::test_a_report_entered_twice_is_set_aside_with_all_that_was_entered_with_it_in_one_act",
    ),
    Mutation(
        says="The same statement is not recorded twice.",
        where="decisions/0046-what-is-entered-twice.md",
        broken="its words are not compared",
        before="again = said is not None and said.split() == _words(text)",
        after="again = said is None",
        test="tests/api/test_entered_twice.py"
        "::test_the_same_statement_on_the_same_day_is_refused_and_names_the_first",
    ),
    Mutation(
        says="A target is worked out from words only where they give that day.",
        where="intake.md#targets-in-words",
        broken="any day is taken that words give some day beside",
        before="    if found.on == on:\n        return\n",
        after="    if found.on:\n        return\n",
        test="tests/api/test_targets_in_words.py"
        "::test_a_day_that_the_words_do_not_give_is_not_worked_out_from_them",
    ),
    Mutation(
        says="A period from a day on leaves that day out of a target.",
        where="intake.md#targets-in-words",
        broken="it is counted",
        before="Period(length.count, length.unit), first, counted=False",
        after="Period(length.count, length.unit), first, counted=True",
        test="tests/test_targets_in_words.py::test_words_give_the_day_that_a_hand_counts",
    ),
    Mutation(
        says="An entry is not retracted while others rest on it.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        broken="it is",
        before="if resting := _resting_on(decision, one, aside):",
        after="if resting := list[str]():",
        test="tests/api/test_retractions.py"
        "::test_an_assurance_is_not_retracted_while_an_update_answers_it",
    ),
    Mutation(
        says="A retracted duty is set aside in every form of it.",
        where="reference/states.md#what-may-be-done-about-an-entry",
        broken="in the form that is named alone",
        before="        for form in owed.forms\n    ]",
        after="        for form in owed.forms\n        if form.id == one.id\n    ]",
        test="tests/api/test_a_wrong_duty.py"
        "::test_every_form_of_it_is_set_aside_and_a_later_day_makes_it_not_anew",
    ),
    Mutation(
        says="The day of a statement is corrected in all of its entries.",
        where="intake.md#a-page-that-is-met-again",
        broken="in one of them",
        before="return [one, *(each for each in of_statement if isinstance(each.data, alike))]",
        after="return [one]",
        test="tests/api/test_corrections.py"
        "::test_a_statements_day_is_corrected_in_all_of_its_entries",
    ),
    Mutation(
        says="A report's day is moved on the publisher's own word, once a last day has passed.",
        where="captures.md#citing-one",
        broken="on any source, whenever",
        before="if not passed and len(since) >= len(due) and has_word(source):",
        after="if has_word(source):",
        test="tests/api/test_corrections.py"
        "::test_a_reports_day_is_corrected_on_the_publishers_own_word",
    ),
    Mutation(
        says="A report's corrected day works every duty out anew, in the same transaction.",
        where="threats.md#whoever-may-record",
        broken="the duties stay as they were",
        before="if (event.rule, event.trigger_on) == (duty.rule, duty.trigger_on):",
        after="if True:",
        test="tests/api/test_corrections.py"
        "::test_a_reports_corrected_day_works_out_every_duty_anew_in_the_same_transaction",
    ),
    Mutation(
        says="No correction of a report's day puts it after a response to it.",
        where="record.md#what-is-recorded",
        broken="it may",
        before="after_report(found, published.entry.occurred_on)",
        after="pass",
        test="tests/api/test_corrections.py::test_a_reports_day_is_not_moved_past_a_response",
    ),
    Mutation(
        says="A disapplication that was set aside does not stand again after the last day.",
        where="threats.md#whoever-may-record",
        broken="it does, as if it had been there all the time",
        before="if isinstance(now.data, DutyDisapplied) and not before.in_effect:",
        after="if False:",
        test="tests/api/test_what_stands_again.py"
        "::test_a_disapplication_is_not_kept_in_a_drawer_until_the_last_day_is_over",
    ),
    # Where a recommendation stands
    Mutation(
        says="Acts count in the order in which they happened, not in that of their entry.",
        where="reference/states.md#acts-entered-late",
        broken="in the order of their entry",
        before="return (self.hi, self.position)",
        after="return (date.min, self.position)",
        test="tests/api/test_recommendation_acts.py"
        "::test_an_act_is_judged_by_what_had_happened_at_its_own_place",
    ),
    Mutation(
        says="An act that is not allowed where it falls changes nothing.",
        where="reference/states.md#acts-entered-late",
        broken="it changes the standing",
        before="if why_not(standing, act.event) is None:",
        after="if True:",
        test="tests/api/test_recommendation_acts.py"
        "::test_a_proposal_that_comes_to_stand_after_a_closure_opens_nothing",
    ),
    Mutation(
        says="An act is refused only if it is not allowed at its own place.",
        where="reference/states.md#acts-entered-late",
        broken="it is refused by how things stand now",
        before="if why := why_not(fold(acts, until=own.place), own.event):",
        after="if why := why_not(fold(one for one in acts if one is not own), own.event):",
        test="tests/api/test_recommendation_acts.py"
        "::test_an_act_is_judged_by_what_had_happened_at_its_own_place",
    ),
    Mutation(
        says="A recommendation whose closure was refused stays refused on a plain update.",
        where="reference/states.md#a-recommendation",
        broken="it is claimed complete again",
        before='return replace(standing, status="refused")',
        after='return replace(standing, status="claimed_complete")',
        test="tests/api/test_recommendation_acts.py"
        "::test_a_refusal_stands_until_a_claim_a_proposal_a_closure_or_an_end",
    ),
    Mutation(
        says="A closed recommendation stays closed, whatever its force says since.",
        where="reference/states.md#a-recommendation",
        broken="a claim of completion opens it",
        before='if standing.status == "closed":\n                return standing',
        after="if False:\n                return standing",
        test="tests/api/test_recommendation_acts.py::test_an_act_gives_what_the_table_says",
    ),
    Mutation(
        says="A claim is not closure.",
        where="../README.md#five-claims",
        broken="a claim of completion closes",
        before='return replace(standing, status="claimed_complete")',
        after='return replace(standing, status="closed")',
        test="tests/api/test_recommendation_acts.py::test_a_claim_never_reads_as_done",
    ),
    Mutation(
        says="A force never closes, even where the inspectorate names forces.",
        where="register.md#who-may-close-a-recommendation",
        broken="a force that is named does",
        before='if body.kind == "force":\n        return False',
        after='if body.kind == "nobody":\n        return False',
        test="tests/api/test_who_may_close.py"
        "::test_a_closure_is_taken_from_whom_the_inspectorate_lets",
    ),
    Mutation(
        says="A force's account records no closure, not even as reported.",
        where="register.md#who-may-close-a-recommendation",
        broken="it does, with a source",
        before='decision.body(body).kind == "force":',
        after='decision.body(body).kind == "nobody":',
        test="tests/api/test_recommendation_acts.py::test_a_force_cannot_close_by_its_own_word",
    ),
    Mutation(
        says="Who may close is what the inspectorate says, and no more.",
        where="register.md#who-may-close-a-recommendation",
        broken="it may itself, though it leaves itself out",
        before="decision.body(one).closes_by or (one,) for one in found.publishers)",
        after="(*(decision.body(one).closes_by or ()), one) for one in found.publishers)",
        test="tests/api/test_who_may_close.py"
        "::test_a_closure_is_taken_from_whom_the_inspectorate_lets",
    ),
    Mutation(
        says="Each publisher of a joint report decides on closure, not the one that leads alone.",
        where="decisions/0050-several-duties-of-one-body.md",
        broken="the one that leads alone",
        before="(one,) for one in found.publishers)",
        after="(one,) for one in found.publishers[:1])",
        test="tests/api/test_joint_reports.py"
        "::test_any_publisher_closes_reopens_and_withdraws_first_hand",
    ),
    Mutation(
        says="Each duty is judged by what is about it alone.",
        where="decisions/0050-several-duties-of-one-body.md",
        broken="by all that was done",
        before="return [one for one in entries if name in about[one.id]]",
        after="return entries",
        test="tests/api/test_several_duties.py"
        "::test_a_publication_that_names_no_duty_answers_the_response_alone",
    ),
    Mutation(
        says="A publication that names no duty answers the response alone.",
        where="decisions/0050-several-duties-of-one-body.md",
        broken="it answers the duty that was recorded last",
        before="        return (decision.duty(reference, body, None),)",
        after="        owed = decision.response(reference, body)\n        return (owed.name,)",
        test="tests/api/test_several_duties.py"
        "::test_a_publication_that_names_no_duty_answers_the_response_alone",
    ),
    Mutation(
        says="What is owed beside the response explains no recommendation for the counts.",
        where="decisions/0050-several-duties-of-one-body.md",
        broken="it does, and they are counted twice",
        before="if name == RESPONSE:\n        return True",
        after="if name:\n        return True",
        test="tests/api/test_several_duties.py"
        "::test_lists_counts_and_changes_have_a_row_for_each_duty",
    ),
    Mutation(
        says="The same title and day of one of its publishers is the same report.",
        where="decisions/0050-several-duties-of-one-body.md",
        broken="by the publisher that leads alone",
        before="shared = set(event.published_by) & set(other.publishers)",
        after="shared = {event.publisher} & {other.data.publisher}",
        test="tests/api/test_joint_reports.py"
        "::test_the_same_title_and_day_of_one_of_the_publishers_is_the_same_report",
    ),
    Mutation(
        says="A target has not passed while an undated act may have ended it.",
        where="decisions/0078-an-undated-act-leaves-a-target-over.md",
        broken="it has, unless one did",
        before="    if not undated:\n        return ()",
        after="    if undated or not undated:\n        return ()",
        test="tests/projections/test_two_dates.py"
        "::test_no_target_has_passed_while_it_may_have_been_done_with_already",
    ),
    Mutation(
        says="A target that was worked out from words counts no more once the report's day moved.",
        where="intake.md#targets-in-words",
        broken="it counts on",
        before="worked_out and found.is_to_confirm(raised, raised),",
        after="False,",
        test="tests/api/test_targets_in_words.py"
        "::test_a_target_is_to_be_confirmed_again_once_the_reports_day_was_corrected",
    ),
    Mutation(
        says="A target of the force's own is its word, and from anybody else reported.",
        where="threats.md#whoever-may-record",
        broken="it is the word of whoever records it",
        before='if event.origin == "internal":\n        return _told_by(decision, told)',
        after="if True:\n        return _told_by(decision, told)",
        test="tests/api/test_targets_in_words.py"
        "::test_a_target_of_the_forces_own_is_its_word_and_from_anybody_else_reported",
    ),
    # What is recorded
    Mutation(
        says="No act lies in the future.",
        where="record.md#what-is-recorded",
        broken="the log takes any day",
        before="IF latest_occurred > (recorded_at AT TIME ZONE",
        after="IF false AND latest_occurred > (recorded_at AT TIME ZONE",
        test="tests/log/test_clocks.py"
        "::test_an_act_of_a_day_that_has_not_come_in_london_is_refused",
    ),
    Mutation(
        says="Nothing about a report is recorded as having happened before it.",
        where="record.md#what-is-recorded",
        broken="it is",
        before="if found.day is not None and dates.last_day(day) < found.day:",
        after="if False:",
        test="tests/api/test_rules_of_every_act.py::test_an_act_before_its_report_is_refused",
    ),
    Mutation(
        says="The same title of one publisher and day is the same report, whatever its case.",
        where="threats.md#whoever-may-record",
        broken="in other letters it is another",
        before="title).casefold().split()",
        after="title).split()",
        test="tests/api/test_what_stands_again.py"
        "::test_a_title_that_reads_the_same_is_the_same_report",
    ),
    Mutation(
        says="No action on a recommendation needs the reason for it.",
        where="record.md#what-is-recorded",
        broken="it needs none",
        before='if said.stance == "no_action" and said.reason is None:',
        after="if False:",
        test="tests/api/test_response_acts.py"
        "::test_what_a_statement_says_of_a_recommendation_goes_together",
    ),
    Mutation(
        says="A period is extended only where its rule allows that.",
        where="reference/states.md#a-response",
        broken="any is",
        before="if not rule.extension:",
        after="if False:",
        test="tests/api/test_the_whole_life.py::test_the_statutory_period_cannot_be_extended",
    ),
    Mutation(
        says="More time is applied for before the last day is over.",
        where="threats.md#whoever-may-record",
        broken="whenever",
        before="if event.applied_on > due_on:",
        after="if False:",
        test="tests/api/test_the_whole_life.py"
        "::test_an_extension_that_does_not_hold_together_is_refused",
    ),
    Mutation(
        says="What is made up is never put beside what is not.",
        where="run.md#a-log-that-is-made-up",
        broken="it is",
        before='if decision.below("report/"):',
        after="if False:",
        test="tests/projections/test_seed.py::test_what_is_made_up_is_never_put_beside_what_is_not",
    ),
    Mutation(
        says="A log that is made up says so for ever.",
        where="run.md#a-log-that-is-made-up",
        broken="until an account is closed",
        before="return SEED in self.accounts or SEED in self.closed",
        after="return SEED in self.accounts",
        test="tests/projections/test_seed.py"
        "::test_a_log_is_seeded_once_with_at_least_as_many_entries_as_asked_for",
    ),
    Mutation(
        says="A body is succeeded once.",
        where="reference/states.md#a-body-of-the-register",
        broken="again and again",
        before="and one.data.id == event.id and one.id != itself",
        after="and one.data.id == event.id and one.id == itself",
        test="tests/api/test_the_whole_life.py::test_a_body_is_succeeded_once",
    ),
    Mutation(
        says="An account that was closed is never opened again.",
        where="reference/states.md#an-account",
        broken="it is",
        before="if event.account in decision.service.closed:",
        after="if False:",
        test="tests/api/test_the_whole_life.py"
        "::test_an_account_that_was_closed_is_not_opened_again",
    ),
    Mutation(
        says="A token does what its own scopes say, and no more than its account may now.",
        where="decisions/0027-a-token-has-scopes-of-its-own.md",
        broken="what its account has lost it still does",
        before="if self.may(one) and self.since.get(one, 0) <= made_at",
        after="if one",
        test="tests/api/test_tokens.py"
        "::test_what_is_taken_from_an_account_is_gone_from_its_tokens_and_comes_back_to_none",
    ),
    Mutation(
        says="What a token makes ends with it.",
        where="record.md#accounts-and-tokens",
        broken="it stays",
        before="ON t.made_with = line.id OR t.follows = line.id AND line.id <> %(ends)s",
        after="ON false",
        test="tests/api/test_tokens.py::test_a_token_ends_with_the_one_that_made_it_and_so_on",
    ),
    Mutation(
        says="What a token makes lasts no longer than it.",
        where="record.md#accounts-and-tokens",
        broken="it lasts as long as is asked",
        before="if asked is not None and bound is not None and asked > bound:",
        after="if False:",
        test="tests/api/test_tokens.py::test_a_token_that_another_made_lasts_no_longer_than_that",
    ),
    Mutation(
        says="Nobody speaks over HTTP for the account of commands.",
        where="threats.md#tokens",
        broken="a token or a session does",
        before="return None if name in OF_COMMANDS else self.accounts.get(name)",
        after="return self.accounts.get(name)",
        test="tests/api/test_tokens.py::test_a_token_for_it_that_stands_in_the_table_is_nobodys",
    ),
    Mutation(
        says="Who signs in is said by a signed ID token alone.",
        where="record.md#rules-of-a-session",
        broken="by whatever the token endpoint adds",
        before='if not isinstance(answer.get("id_token"), str):',
        after="if False:",
        test="tests/api/test_sign_in.py::test_a_provider_that_lies_signs_nobody_in",
    ),
    Mutation(
        says="A text is redacted by the body that recorded it.",
        where="redaction.md#who-and-how",
        broken="by the body whose act it is, too",
        before='whose = [entry.recorded_by.partition("/")[0]]',
        after='whose = [entry.recorded_by.partition("/")[0], entry.by or ""]',
        test="tests/api/test_redaction.py::test_another_body_neither_seeks_nor_confirms_it",
    ),
    Mutation(
        says="A row of a read model that is not as the log says turns readiness red.",
        where="run.md#what-readyz-says",
        broken="it is shown, and nobody says so",
        before="in differing_in(conn, table, tables.SCHEMA, OWN, _MOST_NAMED, only)",
        after="in ()",
        test="tests/api/test_patrol.py::test_whatever_row_is_changed_is_named_until_it_is_mended",
    ),
    Mutation(
        says="A paragraph of a page has so many characters, and no more.",
        where="intake.md#refused-pages",
        broken="it has as many as somebody likes",
        before="if len(block.text) > MOST_OF_A_BLOCK:",
        after="if False:",
        test="tests/intake/test_costly_pages.py"
        "::test_a_page_that_is_more_than_a_page_is_refused_with_a_sentence",
    ),
    Mutation(
        says="What an account is granted reaches no token that was made before.",
        where="decisions/0027-a-token-has-scopes-of-its-own.md",
        broken="it does",
        before=" and self.since.get(one, 0) <= made_at",
        after="",
        test="tests/api/test_tokens.py"
        "::test_a_rotation_brings_back_nothing_that_the_account_has_lost",
    ),
    Mutation(
        says="Nobody makes, rotates or ends a token that may more than they may themselves.",
        where="decisions/0027-a-token-has-scopes-of-its-own.md",
        broken="whoever has the account does",
        before="if more := [one for one in scopes if not by.account.may(one)]:",
        after="if more := list(scopes)[:0]:",
        test="tests/api/test_tokens.py"
        "::test_a_token_gives_no_more_than_it_may_itself_and_an_account_nobody_elses",
    ),
    Mutation(
        says="A paper is made from a position that there is.",
        where="reference/states.md#a-meeting",
        broken="from any",
        before="if not 1 <= event.known_at <= decision.head:",
        after="if False:",
        test="tests/api/test_meetings.py::test_a_paper_is_made_from_a_position_that_there_is",
    ),
    # Over HTTP
    Mutation(
        says="What is redacted goes from an answer that was kept, once it is asked for again.",
        where="integrators.md#asking-again",
        broken="what was kept is said to be so still, whatever it says",
        before="return hashlib.sha256(said).hexdigest()[:32]",
        after='return "the-same"',
        test="tests/api/test_never_cached.py"
        "::test_what_is_redacted_goes_from_an_answer_that_was_kept",
    ),
    Mutation(
        says="One client has so many places for streams, and no more.",
        where="follow.md#running-streams",
        broken="it may take them all",
        before="if self._places[client] >= self._most_each:",
        after="if False:",
        test="tests/api/test_stream.py"
        "::test_many_readers_need_few_connections_and_one_client_may_not_have_all_places",
    ),
    Mutation(
        says="What a stream could not read, since read models were behind, is read again.",
        where="follow.md#a-stream-of-events",
        broken="it is kept, and what came meanwhile never comes",
        before="if page.upto > at:",
        after="if page.upto >= at:",
        test="tests/api/test_stream.py"
        "::test_what_concerns_a_body_comes_once_the_read_models_know_it",
    ),
    Mutation(
        says="A client has as many requests a minute as are set.",
        where="integrators.md#how-much-one-may-ask",
        broken="it has as many as it sends",
        before="if used > now + _MINUTE:",
        after="if False:",
        test="tests/api/test_operable.py"
        "::test_who_asks_too_often_hears_when_to_ask_again_and_others_are_answered",
    ),
    # The log
    Mutation(
        says="No entry is changed or deleted, by whomever.",
        where="log.md#writing",
        broken="no trigger refuses it",
        before="BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries",
        after="BEFORE TRUNCATE ON ledger.entries",
        test="tests/log/test_only_append_writes.py"
        "::test_its_owner_and_the_superuser_are_refused_by_a_trigger",
    ),
    Mutation(
        says="An act of accounts, register, rules or keys follows what it was decided on.",
        where="log.md#writing",
        broken="after whatever was recorded meanwhile",
        before="if stream == SERVICE:",
        after="if stream == SERVICE and stream in self._streams:",
        test="tests/log/test_at_once.py"
        "::test_what_the_service_said_between_looking_and_recording_is_not_passed_over",
    ),
    Mutation(
        says="A decision is stored only if no stream that it rests on has moved.",
        where="log.md#writing",
        broken="what it read is not looked at again",
        before="IF there IS DISTINCT FROM guard_versions[i] THEN",
        after="IF false THEN",
        test="tests/log/test_append.py::test_a_stream_that_was_read_is_guarded",
    ),
    Mutation(
        says="Nothing is refused by a register that is older than a stream it is about.",
        where="log.md#writing",
        broken="it is",
        before="        return self._later and self.log.service().version",
        after="        return False and self.log.service().version",
        test="tests/log/test_remembered.py::test_an_act_that_rests_on_a_duty_newer_than_what_was_"
        "read_of_the_service_is_decided_anew",
    ),
    Mutation(
        says="The time of recording never runs backwards.",
        where="log.md",
        broken="it follows the clock back",
        before="greatest(clock, head_at + interval ''1 microsecond'')",
        after="clock",
        test="tests/log/test_append.py"
        "::test_recorded_at_is_just_after_the_last_entrys_where_the_clock_is_behind_it",
    ),
    Mutation(
        says="Where clocks are more than a minute apart, nothing is recorded.",
        where="log.md#writing",
        broken="an hour does",
        before="abs(extract(epoch FROM caller_now - clock)) > 60",
        after="abs(extract(epoch FROM caller_now - clock)) > 3600",
        test="tests/log/test_clocks.py::test_clocks_more_than_a_minute_apart_are_not_trusted",
    ),
    Mutation(
        says="Once a log was sealed, nothing is recorded on a server the sealer has not seen.",
        where="log.md#writing",
        broken="another server will do",
        before="WHEN v.server_started = pg_postmaster_start_time()",
        after="WHEN true",
        test="tests/transparency/test_vouch.py"
        "::test_after_a_restart_nothing_is_recorded_until_the_sealer_has_looked",
    ),
    Mutation(
        says="Nothing is recorded in a log that is not the one that was signed.",
        where="log.md#writing",
        broken="the sealer tells nobody",
        before="if isinstance(error, NotAsSigned):",
        after="if False:",
        test="tests/transparency/test_vouch.py"
        "::test_while_the_log_is_not_the_one_that_was_signed_nothing_is_recorded",
    ),
    Mutation(
        says="The sealer's own login records the first key of a log, and nothing else.",
        where="run.md#logins-and-rights",
        broken="it records whatever it is given",
        before="if len(events) != 1 or events[0].topic != KeyAdded.TOPIC or request is not None:",
        after="if False:",
        test="tests/test_login.py"
        "::test_the_sealers_login_records_the_first_key_of_a_log_and_nothing_else",
    ),
    Mutation(
        says="An entry that waits ten seconds for its seal makes the service not ready.",
        where="run.md#what-readyz-says",
        broken="however long it waits, nobody says so",
        before="if seal.seconds > LONGEST:",
        after="if False:",
        test="tests/api/test_readiness.py"
        "::test_an_entry_that_waits_ten_seconds_for_its_seal_is_a_reason",
    ),
    Mutation(
        says="A service whose sealer nobody leads is not ready.",
        where="run.md#what-readyz-says",
        broken="who leads is not asked",
        before="elif not standby and not one.led:",
        after="elif False:",
        test="tests/api/test_readiness.py"
        "::test_followers_that_nobody_leads_are_reasons_also_where_nothing_waits",
    ),
    Mutation(
        says="A jump of the clock by more than a day is refused before anything is recorded.",
        where="log.md#writing",
        broken="it is taken",
        before="clock > caller_latest + interval '1 day'",
        after="false",
        test="tests/audit/test_a_year_ahead.py::test_a_jump_is_refused_before_anything_is_recorded",
    ),
    Mutation(
        says="Where a clock was wrong, entries count as recorded at the moment that says so.",
        where="log.md#writing",
        broken="replay goes by their own moments",
        before="line.recorded_at, line.recorded_on = wrong.recorded_at, wrong.recorded_on",
        after="pass",
        test="tests/audit/test_a_year_ahead.py"
        "::test_verify_replay_audit_and_known_at_agree_on_when_it_was",
    ),
    Mutation(
        says="What was projected by a wrong clock is built anew.",
        where="log.md#writing",
        broken="it stays",
        before="if any(_was_wrong(one, batch[0]) for one in batch):",
        after="if False:",
        test="tests/audit/test_a_year_ahead.py"
        "::test_verify_replay_audit_and_known_at_agree_on_when_it_was",
    ),
    Mutation(
        says="One idempotency key stands for one request.",
        where="log.md#writing",
        broken="another request is answered with what the first one made",
        before="IF request.fingerprint IS DISTINCT FROM request_fingerprint THEN",
        after="IF false THEN",
        test="tests/log/test_append_beside.py::test_another_request_under_the_same_key_is_refused",
    ),
    Mutation(
        says="A follower's place is stored in the transaction of its work.",
        where="log.md#following",
        broken="work and place are stored one after the other",
        before="else nullcontext(), conn.transaction():",
        after="else nullcontext():",
        test="tests/log/test_follower.py"
        "::test_its_position_is_stored_in_the_transaction_of_its_work",
    ),
    Mutation(
        says="A rebuild that was killed writes nothing into the tables of the next.",
        where="log.md#following",
        broken="its processes do not look whether whoever began it is there",
        before="if beside.fetchone() is None:",
        after="if False:",
        test="tests/projections/test_rebuild.py"
        "::test_a_process_whose_rebuild_was_killed_while_it_started_writes_nothing_into_the_next",
    ),
    # Webhooks
    Mutation(
        says="A new secret that is asked for again under its key is the same one.",
        where="follow.md#how-it-is-sent",
        broken="it is another one, and the first stops signing at once",
        before="    if by is not None and found.rotation == by:",
        after="    if False:",
        test="tests/api/test_webhooks.py::"
        "test_a_new_secret_that_is_asked_for_again_under_its_key_is_the_same_one",
    ),
    Mutation(
        says="A webhook brings nothing that is not sealed.",
        where="follow.md#how-it-is-sent",
        broken="what was just recorded, too",
        before="position=min(question.when.position, horizon)",
        after="position=question.when.position",
        test="tests/api/test_webhooks.py"
        "::test_what_was_recorded_since_the_seal_waits_though_more_is_sent",
    ),
    Mutation(
        says="The next entry is sent once the one before was taken.",
        where="follow.md#how-it-is-sent",
        broken="one that was not taken is passed over",
        before="THEN %(at)s ELSE position END",
        after="THEN %(at)s ELSE %(at)s END",
        test="tests/api/test_webhooks.py"
        "::test_what_is_not_taken_is_tried_again_and_what_follows_waits_for_it",
    ),
    Mutation(
        says="Where a subscription is moved to, it stays, whatever is being sent.",
        where="follow.md#how-it-is-sent",
        broken="what was on its way moves it back",
        before="AND position = %(before)s AND failures = %(failures)s\n               "
        "AND previous_position IS NOT DISTINCT FROM %(previous)s AND disabled_at IS NULL",
        after="",
        test="tests/api/test_webhooks.py"
        "::test_what_is_moved_while_it_is_being_sent_stays_where_it_was_moved_to",
    ),
    Mutation(
        says="No webhook is sent to an address inside a network.",
        where="follow.md#where-webhooks-are-not-sent",
        broken="whatever a name leads to is connected to",
        before="if not inside and not is_public(",
        after="if inside and not is_public(",
        test="tests/api/test_webhooks.py::test_a_name_that_leads_inside_is_connected_to_nowhere",
    ),
    Mutation(
        says="A secret that another key would make signs nothing.",
        where="follow.md#running-webhooks",
        broken="it signs, and receivers refuse it",
        before="if sha256(given) != subscription.secret_sha256:",
        after="if not sha256(given):",
        test="tests/api/test_webhooks.py::test_what_another_key_would_sign_is_not_sent_and_says_so",
    ),
    # The relay
    Mutation(
        says="The broker is sent nothing that is not sealed.",
        where="follow.md#a-broker-nats-jetstream",
        broken="what was just recorded, too",
        before="horizon = self._sealed.look().horizon",
        after="horizon = self._ledger.head()",
        test="tests/api/test_relay.py::test_nothing_leaves_that_is_not_sealed",
    ),
    Mutation(
        says="The relay goes on after what the broker has.",
        where="follow.md#what-is-killed-and-what-is-lost",
        broken="it passes one entry over, and is refused",
        before="self.position = info.state.last_seq",
        after="self.position = info.state.last_seq + 1",
        test="tests/api/test_relay.py::test_a_stream_whose_messages_are_gone_is_gone_on_with",
    ),
    Mutation(
        says="A message of somebody else's stands for no entry.",
        where="follow.md#what-is-killed-and-what-is-lost",
        broken="it stands for the first of those that were on their way",
        before='headers["Nats-Expected-Last-Msg-Id"] = before',
        after="pass",
        test="tests/api/test_relay.py"
        "::test_a_stream_into_which_somebody_else_publishes_is_not_gone_on_with",
    ),
    Mutation(
        says="A report is about every body with a duty or a recommendation recorded with it.",
        where="follow.md#areas",
        broken="it is about those that were recorded before it",
        before='if kind(entry.stream) == "report":  # its',
        after="if not entry.stream:  # its",
        test="tests/api/test_relay.py"
        "::test_who_follows_an_area_and_the_nation_has_what_is_of_that_area",
    ),
    # Texts
    Mutation(
        says="A commitment is a hash of the text with its salt.",
        where="log.md#texts",
        broken="of the text alone",
        before='_DOMAIN + salt + body.encode("utf-8")',
        after='_DOMAIN + body.encode("utf-8")',
        test="tests/log/test_commitments.py"
        "::test_a_commitment_is_the_published_hash_of_salt_and_text",
    ),
    Mutation(
        says="Each text has a salt of its own.",
        where="log.md#texts",
        broken="all have one",
        before="salt = secrets.token_bytes(32)\n    return Text(",
        after="salt = bytes(32)\n    return Text(",
        test="tests/log/test_commitments.py"
        "::test_a_text_that_is_said_opens_its_own_commitment_under_a_fresh_salt",
    ),
    Mutation(
        says="An office text is not for everybody.",
        where="log.md#texts",
        broken="anybody reads it",
        before='if who is None or not (who.may("office") or who.may("record")):\n'
        "            return frozenset()",
        after="if who is None:\n            return None",
        test="tests/api/test_audiences.py"
        "::test_others_see_that_a_text_is_held_by_whom_and_since_when",
    ),
    Mutation(
        says="A redaction takes two accounts.",
        where="redaction.md#who-and-how",
        broken="who sought it may confirm it",
        before="if decision.account.name == request.recorded_by:",
        after="if False:",
        test="tests/api/test_redaction.py::test_whoever_sought_it_does_not_confirm_it",
    ),
    Mutation(
        says="A redaction that the database does not carry out is not recorded.",
        where="redaction.md#who-and-how",
        broken="it is recorded, and the text stays",
        before="if not done.repeated:\n                _deleted(conn, done)",
        after="if done.repeated:\n                _deleted(conn, done)",
        test="tests/api/test_redaction.py"
        "::test_a_redaction_that_the_database_does_not_do_is_an_error_and_is_not_recorded",
    ),
    Mutation(
        says="What the log calls redacted is shown to nobody, whatever the tables hold.",
        where="redaction.md#who-and-how",
        broken="a text that came back is shown",
        before="WHERE t.field <> 'was' AND NOT EXISTS (",
        after="WHERE t.field <> 'was' OR NOT EXISTS (",
        test="tests/api/test_redaction.py"
        "::test_what_a_restored_backup_puts_back_is_in_no_answer_page_or_search_at_any_known_at",
    ),
    # Seals, and who checks them
    Mutation(
        says="No size is signed with a second root.",
        where="log.md#sealing",
        broken="a checkpoint of another root is passed over",
        before="if published.size and notebook.root_of(published.size) != published.root:",
        after="if False:",
        test="tests/transparency/test_sealer.py"
        "::test_a_checkpoint_that_another_published_is_refused",
    ),
    Mutation(
        says="A log that is shorter than what was signed is not signed on.",
        where="log.md#sealing",
        broken="it is",
        before="if head < last.size:",
        after="if False:",
        test="tests/transparency/test_sealer.py"
        "::test_a_log_that_is_shorter_than_what_was_signed_is_refused",
    ),
    Mutation(
        says="A signed entry that somebody changed stops the sealer.",
        where="log.md#sealing",
        broken="it signs on",
        before="if line(stored.state, stored.id, stored.recorded_at) != entry:",
        after="if False:",
        test="tests/transparency/test_sealer.py"
        "::test_an_old_entry_that_somebody_changed_is_found_on_patrol",
    ),
    Mutation(
        says="What is no entry, or no canonical one, is not signed.",
        where="keys.md#what-is-no-entry",
        broken="a form that two readers may read differently is",
        before="rare = _RARE.search(state) or _sorted.encode(_whole.decode(state)) != state",
        after="rare = False",
        test="tests/transparency/test_sealer.py"
        "::test_what_is_no_entry_is_not_signed_nor_what_comes_after_it",
    ),
    Mutation(
        says="An entry that is filed as another than it says is not signed.",
        where="threats.md#the-administrator-of-the-database-without-the-signing-key",
        broken="it is",
        before="if why := _filed_otherwise(stored, entry):",
        after="if why := None:",
        test="tests/transparency/test_sealer.py"
        "::test_an_entry_that_waits_and_is_filed_as_another_is_not_signed",
    ),
    Mutation(
        says="A proof that a log grew begins at the root of before.",
        where="verify.md#what-is-promised",
        broken="the root of before is not looked at",
        before="if was != old_root or now != new_root:",
        after="if now != new_root:",
        test="tests/transparency/test_tree.py::test_every_hash_of_every_consistency_proof_counts",
    ),
    Mutation(
        says="The verifier refuses a redaction by one account alone.",
        where="threats.md#the-administrator-of-the-database-without-the-signing-key",
        broken="it passes",
        before="if request.recorded_by == line.recorded_by:",
        after="if False:",
        test="tests/transparency/test_verify_redactions.py"
        "::test_one_account_alone_redacts_nothing_by_a_second_request",
    ),
    Mutation(
        says="What a compromised key signed proves nothing, from the size on that the log says.",
        where="keys.md",
        broken="the verifier takes it",
        before="if key.compromised_from is not None and size >= key.compromised_from:",
        after="if False:",
        test="tests/transparency/test_verify.py"
        "::test_a_checkpoint_signed_only_by_a_compromised_key_is_refused",
    ),
    # What is read from pages
    Mutation(
        says="Day and month are never swapped.",
        where="intake.md#unread-parts",
        broken="where the second figure can be no month, it is the day",
        before="if int(second) > 12 >= int(first):\n                return None, ",
        after="if int(second) > 12 >= int(first):\n                return "
        "_exact(third, int(first), int(second), words)\n            if False:\n"
        "                return None, ",
        test="tests/intake/test_date_phrases.py"
        "::test_what_is_no_date_here_is_returned_with_its_words_and_why",
    ),
    Mutation(
        says="Of two dates in one phrase none is taken.",
        where="intake.md#sure-labels",
        broken="the first is",
        before="dates = _CANDIDATES.findall(phrase)\n    if len(dates) > 1:",
        after="dates = _CANDIDATES.findall(phrase)\n    if False:",
        test="tests/intake/test_date_phrases.py::test_a_target_that_cannot_be_settled_is_left_to_a_person",
    ),
    # Who signs in, and what they send
    Mutation(
        says="A session has another id after the sign-in.",
        where="record.md#rules-of-a-session",
        broken="it keeps the one that the browser had before",
        before="self.secret, self._person, self.ends_at = None, person, None",
        after="self._person, self.ends_at = person, None",
        test="tests/api/test_sign_in.py::"
        "test_a_session_has_another_id_after_the_sign_in_and_the_old_one_is_worth_nothing",
    ),
    Mutation(
        says="A session that was ended stays ended, whatever was being asked by it just then.",
        where="record.md#rules-of-a-session",
        broken="an answer that keeps something in it brings it back",
        before="UPDATE api.sessions\n"
        "           SET said = %s, seen_at = %s,"
        " ends_at = CASE WHEN person IS NULL THEN %s ELSE ends_at END\n"
        "         WHERE sha256 = %s",
        after="INSERT INTO api.sessions (said, seen_at, ends_at, sha256, begun_at)"
        " VALUES (%s, %s, %s, %s, now()) ON CONFLICT (sha256) DO UPDATE SET said = excluded.said",
        test="tests/api/test_sign_in.py::"
        "test_what_is_asked_as_a_session_is_ended_does_not_bring_it_back",
    ),
    Mutation(
        says="What a provider says to another service signs nobody in here.",
        where="record.md#rules-of-a-session",
        broken="any audience is taken",
        before='"aud": {"essential": True, "value": client.client_id},',
        after='"aud": {"essential": True},',
        test="tests/api/test_sign_in.py::test_a_provider_that_lies_signs_nobody_in",
    ),
    Mutation(
        says="Who signed in stays who they are, whoever comes back in a tab from before.",
        where="record.md#rules-of-a-session",
        broken="that tab signs in whoever comes back in it",
        before='{"overtaken": True}',
        after='{"overtaken": False}',
        test="tests/api/test_sign_in.py::"
        "test_a_tab_in_which_somebody_else_signed_in_changes_nobody_and_says_so",
    ),
    Mutation(
        says="A sign-in is good for a quarter of an hour.",
        where="record.md#rules-of-a-session",
        broken="for as long as the session that it was begun in",
        before="now - datetime.fromisoformat(at) > TO_SIGN_IN:",
        after="now - datetime.fromisoformat(at) > TO_SIGN_IN * 100:",
        test="tests/api/test_sign_in.py::"
        "test_a_sign_in_takes_a_quarter_of_an_hour_at_most_also_of_who_is_signed_in",
    ),
    Mutation(
        says="What another site sends by a browser that is signed in does nothing.",
        where="record.md#rules-of-a-session",
        broken="no form's token is looked at",
        before="        validate_csrf(token)",
        after="        pass",
        test="tests/api/test_sign_in.py::test_a_form_of_another_site_does_nothing",
    ),
    Mutation(
        says="What cannot be undone asks for a proof of who is there, some minutes old at most.",
        where="record.md#rules-of-a-session",
        broken="an old one does",
        before="<= ANEW",
        after="<= ANEW * 100",
        test="tests/api/test_sign_in.py::"
        "test_what_cannot_be_undone_asks_for_a_sign_in_a_few_minutes_old",
    ),
    Mutation(
        says="Of two people at one thing, the second sees what the first did.",
        where="record.md#recording-by-forms",
        broken="the version that a form was drawn at is passed over",
        before="How(if_match=version, request=Request(account.name,",
        after="How(request=Request(account.name,",
        test="tests/api/test_forms.py::"
        "test_who_is_second_sees_what_the_first_did_and_decides_again",
    ),
    Mutation(
        says="A form whose session ended comes back with what was typed.",
        where="record.md#recording-by-forms",
        broken="it is refused",
        before="        return again(account, typed, form=form, status=403, back=True)",
        after="        raise FormOfAnother('Not of this session.')",
        test="tests/api/test_forms.py::"
        "test_a_form_whose_session_ended_comes_back_filled_in_and_nothing_of_it_is_stored",
    ),
    Mutation(
        says="Of a draft, what was looked at is what is recorded.",
        where="record.md#recording-by-forms",
        broken="what it comes to now is recorded unseen",
        before='if _digest(opened, intake) != form.get("looked"):',
        after="if False:",
        test="tests/api/test_drafts_by_form.py::"
        "test_what_was_changed_after_the_look_is_looked_at_again",
    ),
    Mutation(
        says="Of a sheet that came back, what was looked at is what is recorded.",
        where="record.md#the-updates-sheet",
        broken="what it comes to now is recorded unseen",
        before='if _digest(sent, _taken(decision, account, sent)) != form.get("looked"):',
        after="if not _digest(sent, _taken(decision, account, sent)):",
        test="tests/api/test_sheets_by_form.py::"
        "test_what_came_between_the_look_and_the_click_is_looked_at_again",
    ),
    Mutation(
        says="A row of a sheet that a rule refuses leaves nothing among those that are taken.",
        where="record.md#what-is-recorded",
        broken="it is recorded beside them",
        before="for added in draft.decision.entries[before:]:",
        after="for added in []:",
        test="tests/intake_sheets/test_recording_updates.py::"
        "test_a_row_that_a_rule_refuses_is_listed_and_the_others_are_recorded",
    ),
    # What programs are written by
    Mutation(
        says="A position leaves in sixteen digits, so that it is in order as a string.",
        where="compatibility.md#what-does-not-change",
        broken="it leaves as short as it is",
        before='return f"{position:016}"',
        after="return str(position)",
        test="tests/api/test_reads.py::test_the_log_lists_cloudevents_in_its_own_order",
    ),
    Mutation(
        says="No limit is tighter than it was published.",
        where="compatibility.md#what-does-not-change",
        broken="words to look for have 20 characters at most, not 200",
        before="MOST_WORDS = 200",
        after="MOST_WORDS = 20",
        test="tests/api/test_published.py::test_nothing_that_was_published_is_broken",
    ),
    Mutation(
        says="An answer has the fields that the OpenAPI text has.",
        where="compatibility.md#what-does-not-change",
        broken="the sentence of a verdict comes under another name",
        before='"headline": headline(found, self._service.name),',
        after='"sentence": headline(found, self._service.name),',
        test="tests/api/test_reads.py::test_an_answer_echoes_its_two_dates",
    ),
)


# Where a text stands


def texts_of_product(root: Path) -> dict[Path, str]:
    """What stands in the Python and SQL of the product, by the path below the root."""
    return {
        path.relative_to(root): path.read_text(encoding="utf-8")
        for part in PRODUCT
        for path in sorted((root / part).rglob("*"))
        if path.suffix in (".py", ".sql")
    }


class NotOnce(ValueError):
    """A text to replace is not there, or there more than once: the message says where."""


def only_file(texts: dict[Path, str], before: str) -> Path:
    """The one file in which a text stands, once."""
    found = [path for path, text in texts.items() for _ in range(text.count(before))]
    if len(found) == 1:
        return found[0]
    where = ", ".join(map(str, found)) or "no file of the product"
    raise NotOnce(
        f"“{before}” has to stand once in one file, and stands in {where}. Where code has moved "
        "on, give the mutation the text as it is now, short and of one meaning."
    )


# Running


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a test."""

    colour: Colour
    seconds: float
    says: str
    """The end of what pytest said."""


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the tree: what git keeps, and what is new."""
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
    """The copy with one text in the place of another, for a while."""
    file = tree / only_file(texts_of_product(tree), mutation.before)
    whole = file.read_text(encoding="utf-8")
    try:
        _write(file, whole.replace(mutation.before, mutation.after))
        yield
    finally:
        _write(file, whole)


def _write(file: Path, text: str) -> None:
    """Write it, and have it compiled anew: two versions may be of one second and one size."""
    file.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


def run(tree: Path, tests: Sequence[str]) -> Ran:
    """Run tests in a copy. Red: a test failed; broken: none could be run, or what the code says
    now means nothing (NameError), which no test has to see."""
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
    """Run the tests on the code as it is, and each on the code that is broken for it; of all
    mutations, or of some."""
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
    """docs/reference/invariants.md, from the table."""
    lines = [
        "# Invariants, each broken once",
        "",
        "What must always hold, where these documents say it, and how we know that a test would",
        "see it go: the code was changed so that it no longer holds, and the test named went red.",
        "The table is `tests/mutations.py`; this page is made from it (`make docs`).",
        "`python -m tests.mutations` breaks each of them again, in a copy of the code, and says",
        "which test saw it; so does `make soak`.",
        "",
        "| | invariant | what was broken | which test saw it |",
        "|---:|---|---|---|",
    ]
    for n, one in enumerate(MUTATIONS, 1):
        file, _, name = one.test.partition("::")
        sentence = f"[{one.says}](../{one.where})"
        test = f"`{file}`" + (f" `{name}`" if name else "")
        lines.append(f"| {n} | {sentence} | {one.broken} | {test} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """The command: its exit code."""
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
