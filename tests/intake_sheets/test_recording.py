"""Sheets to entries: what is new is recorded once, what is not taken is listed with its place."""

from api.commands.imports import propose, read_file, record, summary
from ledger.acts.decision import Notice
from ledger.acts.report import publish_report
from ledger.acts.service import register_body
from ledger.events import (
    CaptureKept,
    CommissionerStatementIssued,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
    TargetDateSet,
)
from ledger.events.service import BodyRegistered
from ledger.intake.proposals.draft import Confirmed
from ledger.states.service import SETUP
from tests.intake_sheets.importer import (
    BACKLOG,
    BODY,
    EXPLANATIONS,
    FORCE,
    NOTE,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
)


def test_a_backlog_becomes_entries_of_one_step_that_cite_the_files(importer):
    answer = importer.takes(*BACKLOG)

    assert answer["unread"] == []
    assert (answer["reports"], answer["already"]) == (["stores-2024"], 0)
    topics = [event.TOPIC for event in importer.events("recommendation/stores-2024/")]
    assert topics.count("recommendation-raised") == 2
    assert topics.count("commissioner-statement-issued") == 2
    assert [event.TOPIC for event in importer.events("response/stores-2024/")] == [
        "response-duty-arose",
        "response-published",
    ]
    assert importer.events("response/")[0].due_on == "2024-05-06"
    entries = importer.log.read_below("recommendation/")
    (step,) = {entry.batch for entry in entries}
    assert step is not None
    assert step.kind == "backfill"
    assert all(entry.source and entry.source.capture for entry in entries)
    kept = [data for data in importer.events("capture/") if isinstance(data, CaptureKept)]
    assert len(kept) == 4
    assert {data.audience for data in kept} == {"office"}
    assert len(entries) + 3 + 4 == answer["recorded"]


def test_the_same_files_twice_record_nothing(importer):
    first = importer.takes(*BACKLOG)
    before = importer.position

    again = importer.takes(*BACKLOG)

    assert (again["recorded"], again["unread"]) == (0, [])
    assert again["already"] == 7
    assert again["reports"] == first["reports"]
    assert importer.position == before


def test_a_report_recorded_under_another_reference_is_found_by_what_it_is(importer):
    event = ReportPublished(title="Lost and Found", kind="national_thematic", publisher="hmicfrs")
    told = Notice(occurred_on="2024-03-12", source=NOTE.source)
    importer.log.record(importer.account, publish_report, event, told, reference="the-other-name")

    answer = importer.takes(*BACKLOG)

    assert answer["reports"] == ["the-other-name"]
    assert importer.events("recommendation/the-other-name/")
    assert importer.events("recommendation/stores-2024/") == []


def test_a_report_that_looks_like_a_recorded_one_is_listed_until_its_row_says_which(backlog):
    header = REPORTS.splitlines()[0].replace("bodies", "attach")
    row = "stores-24,lost and found,national thematic,HMICFRS,13 March 2024,"
    before = backlog.position

    asked = backlog.takes(f"{header}\n{row}\n")["unread"]
    assert [one["column"] for one in asked] == ["attach"]
    assert (
        "“Lost and found”, 2024-03-12, hmicfrs, 2 recommendations (stores-2024)" in asked[0]["why"]
    )
    unknown = backlog.takes(f"{header}\n{row}other\n")["unread"]
    assert "no report “other” is recorded" in unknown[0]["why"]
    same = backlog.takes(f"{header}\n{row}stores-2024\n")
    assert (same["reports"], same["recorded"], backlog.position) == (["stores-2024"], 0, before)
    new = backlog.takes(f"{header}\n{row}new\n")
    assert (new["reports"], new["unread"]) == (["stores-24"], [])


def test_a_recommendation_to_a_group_goes_to_each_that_there_was_on_the_reports_day(importer):
    header, row = RECOMMENDATIONS.splitlines()[:2]
    groups = row.replace(",force,afi,02,", ",all chief constables; All Local Policing Bodies,,,")
    nobody = row.replace("03", "04").replace(",force,afi,02,", ",all constables,,,")

    answer = importer.takes(REPORTS, f"{header}\n{groups}\n{nobody}\n")

    (unread,) = answer["unread"]
    assert (unread["column"], unread["text"]) == ("addressees", "all constables")
    raised = [entry.stream for entry in importer.log.read_below("recommendation/stores-2024/3/")]
    assert len(raised) == len(set(raised)) == 86
    assert {f"recommendation/stores-2024/3/{one}" for one in (FORCE, "kent-pcc")} <= {*raised}
    again = importer.takes(REPORTS, f"{header}\n{groups}\n")
    assert (again["recorded"], again["unread"]) == (0, [])


def test_a_report_of_several_publishers_is_a_list_in_its_column(importer):
    both = REPORTS.replace(",HMICFRS,", ",hmicfrs; HM Inspectorate of Prisons,")
    importer.takes(both, RECOMMENDATIONS)

    (published,) = importer.events("report/")
    assert published.published_by == ("hmicfrs", "hmi-prisons")
    again = importer.takes(REPORTS.replace(",HMICFRS,", ",hmi-prisons,"), RECOMMENDATIONS)
    assert (again["recorded"], again["unread"]) == (0, [])
    other = importer.takes(REPORTS.replace(",HMICFRS,", ",hmicfrs;cqc,"), RECOMMENDATIONS)
    assert other["recorded"] == 0
    assert "published by hmicfrs and hmi-prisons" in other["unread"][0]["why"]


def test_a_row_that_is_recorded_otherwise_is_left_for_a_person(backlog):
    before = backlog.position

    answer = backlog.takes(
        REPORTS,
        RECOMMENDATIONS.replace("Label it.", "Burn it."),
        RESPONSES.replace("I welcome it.", "I do not."),
        EXPLANATIONS,
    )

    assert backlog.position == before
    assert [(one["file"], one["row"], one["column"]) for one in answer["unread"]] == [
        ("2.csv", 3, "text"),
        ("3.csv", 2, "text"),
        ("4.csv", 2, ""),
        ("4.csv", 3, ""),
    ]
    assert "in other words" in answer["unread"][0]["why"]


def test_a_response_recorded_with_another_day_or_explanation_is_left_for_a_person(backlog):
    answer = backlog.takes(
        RESPONSES.replace("2024-05-02", "2024-05-03"),
        EXPLANATIONS.replace("not found,,,", "general,,All of them.,"),
    )

    assert answer["recorded"] == 0
    assert [(one["row"], one["column"]) for one in answer["unread"]] == [
        (2, "published on"),
        (3, ""),
    ]


def test_another_report_under_the_same_reference_takes_its_rows_with_it(importer):
    importer.takes(REPORTS)

    answer = importer.takes(REPORTS.replace("Lost and found", "Stolen"), RECOMMENDATIONS)

    assert answer["recorded"] == 0
    assert [one["file"] for one in answer["unread"]] == ["1.csv", "2.csv", "2.csv"]
    assert "another report is recorded" in answer["unread"][0]["why"]


def test_names_that_are_not_in_the_register_are_listed_and_the_rest_is_recorded(importer):
    answer = importer.takes(
        REPORTS,
        RECOMMENDATIONS + "stores-2024,04,Count.,Atlantis Police,,,,\n",
        RESPONSES,
        EXPLANATIONS + "nowhere-1,cumbria-pfcc,4,force,not found,,,\n",
    )

    listed = [(one["file"], one["row"], one["column"], one["text"]) for one in answer["unread"]]
    assert listed[0] == ("2.csv", 4, "addressees", "Atlantis Police")
    assert listed[1][:2] == ("4.csv", 4)
    assert answer["recorded"] == 11


def test_an_explanation_of_what_is_not_recorded_takes_its_response_with_it(importer):
    more = EXPLANATIONS + "stores-2024,cumbria-pfcc,9,force,not found,,,\n"

    answer = importer.takes(REPORTS, RECOMMENDATIONS, RESPONSES, more)

    assert [(one["file"], one["row"]) for one in answer["unread"]] == [
        ("4.csv", 4),
        ("3.csv", 2),
        ("4.csv", 2),
        ("4.csv", 3),
    ]
    assert [event.TOPIC for event in importer.events("response/")] == ["response-duty-arose"]


def test_a_refused_row_is_named_and_nothing_is_recorded(importer):
    before_the_report = RESPONSES.replace("2024-05-02", "2024-03-01")

    says = importer.refuses(REPORTS, RECOMMENDATIONS, before_the_report, EXPLANATIONS)

    assert says.startswith("3.csv, row 2: 1 March 2024 is before the report was published")
    passage = EXPLANATIONS.replace("I have asked for a count.", "")
    assert importer.refuses(*BACKLOG[:3], passage).startswith("4.csv, row 2: ")
    dorset = RESPONSES.replace("cumbria-pfcc", "dorset-pcc")
    assert "3.csv, row 2" in importer.refuses(REPORTS, RECOMMENDATIONS, dorset)


def test_a_duty_by_hand_is_recorded_with_its_day(importer):
    answer = importer.takes(
        REPORTS.replace("national thematic", "other"),
        "report,body,rule,due on,source note\n"
        "stores-2024,cumbria-pfcc,manual,1 June 2024,letter of 13 March 2024\n",
    )

    assert answer["unread"] == []
    assert [event.due_on for event in importer.events("response/")] == ["2024-06-01"]


def test_a_name_that_two_bodies_have_is_not_guessed(importer):
    body = BodyRegistered(id="cumbria-2", name="Cumbria Constabulary", kind="force", area="Cumbria")
    importer.log.record(SETUP, register_body, body, Notice())

    answer = importer.takes(REPORTS, RECOMMENDATIONS.replace("afi,02,", "afi,,"))

    (named,) = answer["unread"]
    assert (named["row"], named["column"]) == (3, "addressees")
    assert "give the id" in named["why"]


def test_a_recommendation_below_an_unknown_cause_of_concern_is_listed(importer):
    answer = importer.takes(REPORTS, RECOMMENDATIONS.replace(",02,College", ",77,College"))

    (unread,) = answer["unread"]
    assert (unread["file"], unread["row"], unread["column"]) == ("2.csv", 2, "parent")
    assert len(importer.events("recommendation/")) == 1


def test_a_cause_of_concern_may_stand_below_what_belongs_to_it(importer):
    answer = importer.takes(
        REPORTS,
        RECOMMENDATIONS.replace(",cause of concern,,", ",cause of concern,1,")
        + "stores-2024,1,Keep order.,force,cause of concern,,,\n",
    )

    assert answer["unread"] == []
    raised = [event.number for event in importer.events("recommendation/")]
    assert raised == ["1", "02", "03"]


LABELLED = (
    "report,number,text,addressees,publisher number,theme,level\n"
    "stores-2024,02,Label it.,force,4711,Stores,Force\n"
)


def test_the_publishers_number_theme_and_level_are_recorded_as_given(importer):
    assert importer.takes(REPORTS, LABELLED)["unread"] == []

    (raised,) = importer.events("recommendation/")
    assert (raised.publisher_number, raised.theme, raised.level) == ("4711", "Stores", "Force")
    assert importer.takes(REPORTS, LABELLED)["recorded"] == 0


def test_another_theme_than_the_recorded_one_is_listed_and_changes_nothing(importer):
    importer.takes(REPORTS, LABELLED.replace(",Force", ","))

    answer = importer.takes(REPORTS, LABELLED.replace("Stores,", "Property,"))

    assert [(one["column"], one["why"].partition(" recorded ")[2]) for one in answer["unread"]] == [
        ("theme", "with the theme Stores"),
        ("level", "with the level not known"),
    ]
    assert importer.events("recommendation/")[-1].theme == "Stores"


def test_a_theme_of_many_words_is_no_theme(importer):
    answer = importer.takes(
        REPORTS, LABELLED.replace("Stores,", "Stores and all that is in them " * 9)
    )

    assert [one["column"] for one in answer["unread"]] == ["theme"]
    assert importer.events("recommendation/") == []


def test_the_day_that_words_give_is_proposed_by_its_row_and_recorded_once_confirmed(importer):
    files = [importer.folder / f"{n}.csv" for n in range(2)]
    for path, text in zip(files, (REPORTS, RECOMMENDATIONS), strict=True):
        path.write_text(text, encoding="utf-8")
    read = [read_file(path, None) for path in files]

    answer = summary(propose(importer.log, read, BODY), record(importer.log, read, BODY))
    (proposed,) = answer["proposed"]
    assert (proposed["file"], proposed["line"], proposed["text"], proposed["now"]) == (
        "1.csv",
        2,
        "within 28 days",
        "2024-04-09",
    )
    record(importer.log, read, BODY, Confirmed(targets=True))
    assert record(importer.log, read, BODY, Confirmed(targets=True)) == 0

    (entry,) = importer.log.read(0, 1_000, ["target-date-set"])
    assert isinstance(entry.data, TargetDateSet)
    assert (entry.data.on, entry.data.worked_out) == ("2024-04-09", True)
    rows = {one.number: one.target for one in importer.open()}
    assert rows == {
        "02": "1 October 2024",
        "03": "9 April 2024 (worked out from the words)",
    }


PLAN = (
    "report,body,duty,rule,due on,published on,text,source note\n"
    "stores-2024,cumbria-pfcc,,,,2024-05-02,I welcome it.,\n"
    "stores-2024,cumbria-pfcc,action-plan,manual,2024-04-12,2024-04-10,What we will do.,a letter\n"
)
OF_THE_PLAN = (
    "report,body,duty,number,addressee,how,stance,text\n"
    "stores-2024,cumbria-pfcc,,2,force,named,taken,I have asked for a count.\n"
    "stores-2024,cumbria-pfcc,action-plan,3,force,named,proposed,We will count.\n"
)


def test_a_row_names_the_duty_that_it_answers(importer):
    answer = importer.takes(REPORTS, RECOMMENDATIONS, PLAN, OF_THE_PLAN)

    assert answer["unread"] == []
    events = importer.events("response/stores-2024/")
    arose = [one for one in events if isinstance(one, ResponseDutyArose)]
    assert {one.name: one.due_on for one in arose} == {
        None: "2024-05-06",
        "action-plan": "2024-04-12",
    }
    published = [one for one in events if isinstance(one, ResponsePublished)]
    assert [one.duties for one in published] == [None, ("action-plan",)]
    issued = [
        one.statement
        for one in importer.events("recommendation/stores-2024/")
        if isinstance(one, CommissionerStatementIssued)
    ]
    assert sorted(issued) == sorted(one.statement for one in published)
    before = importer.position
    again = importer.takes(REPORTS, RECOMMENDATIONS, PLAN, OF_THE_PLAN)
    assert (again["recorded"], again["unread"], importer.position) == (0, [], before)


def test_a_row_that_names_no_duty_where_several_are_owed_is_listed_with_their_names(importer):
    owed = PLAN.replace("2024-05-02,I welcome it.", ",").replace("2024-04-10,What we will do.", ",")
    assert importer.takes(REPORTS, RECOMMENDATIONS, owed)["unread"] == []
    before = importer.position

    answer = importer.takes(RESPONSES, EXPLANATIONS)

    assert importer.position == before
    assert answer["unread"][0]["why"] == (
        "cumbria-pfcc owes several duties about this report; say which: response, action-plan"
    )
    named = RESPONSES.replace("report,body,", "report,body,duty,").replace(
        "cumbria-pfcc,", "cumbria-pfcc,action-plan,"
    )
    assert importer.takes(named)["unread"] == []
    (published,) = [
        one for one in importer.events("response/") if isinstance(one, ResponsePublished)
    ]
    assert published.duties == ("action-plan",)


def test_a_duty_beside_the_response_needs_its_rule(importer):
    without = PLAN.replace("manual,2024-04-12", ",")
    assert "name the rule of “action-plan”" in importer.refuses(REPORTS, RECOMMENDATIONS, without)
    wrong = PLAN.replace("action-plan", "Action Plan")
    answer = importer.takes(REPORTS, RECOMMENDATIONS, wrong)
    assert "is no name of a duty" in answer["unread"][0]["why"]


KNOWN = "report,body,published on,url,text,another\nstores-2024,cumbria-pfcc,{}\n"


def test_a_response_is_recorded_by_its_day_and_address_alone(importer):
    row = KNOWN.format("2 May 2024,https://pfcc.example/1,,")

    answer = importer.takes(REPORTS, row)

    assert answer["unread"] == []
    published = importer.events("response/")[-1]
    assert isinstance(published, ResponsePublished)
    assert (published.text, published.parts, published.url) == (None, (), "https://pfcc.example/1")
    assert importer.log.read_below("response/")[-1].occurred_on == "2024-05-02"
    again = importer.takes(REPORTS, row)
    assert (again["recorded"], again["unread"]) == (0, [])


def test_a_second_response_is_listed_until_its_row_says_that_it_is_one_more(importer):
    importer.takes(REPORTS, KNOWN.format("2 May 2024,https://pfcc.example/1,,"))
    second = "6 May 2024,https://pfcc.example/2,I welcome it.,"

    (listed,) = importer.takes(REPORTS, KNOWN.format(second))["unread"]

    assert listed["why"] == (
        "a response of cumbria-pfcc, published on 2 May 2024 at https://pfcc.example/1, is "
        "recorded; nothing was changed: where this is one more, write yes in the column another"
    )
    answer = importer.takes(REPORTS, KNOWN.format(f"{second}yes"))
    assert (answer["unread"], answer["recorded"]) == ([], 2)  # it, and its sheet
    assert importer.takes(REPORTS, KNOWN.format(f"{second}yes"))["recorded"] == 0


BY_RULE = (
    "reference,title,kind,publisher,published on,bodies,taken off\n"
    "stores-2024,Lost and found,{},HMICFRS,12 March 2024,{}\n"
)


def test_the_bodies_that_must_respond_come_with_a_report_that_names_none(importer):
    sheet = BY_RULE.format("national thematic", ",kent-pcc: its force is not the subject")

    answer = importer.takes(sheet)

    assert answer["unread"] == []
    assert len({one.stream for one in importer.log.read_below("response/")}) == 43
    kent = [one for one in importer.log.read_below("response/") if one.stream.endswith("/kent-pcc")]
    assert [one.data.TOPIC for one in kent] == ["response-duty-arose", "duty-disapplied"]
    assert importer.takes(sheet)["recorded"] == 0


def test_nobody_must_respond_where_the_row_says_none(importer):
    importer.takes(BY_RULE.format("national thematic", "none,"))
    assert importer.log.read_below("response/") == []


def test_a_sheet_lists_the_questions_of_a_rule_and_wants_a_reason_for_a_body_taken_off(importer):
    (asked,) = importer.takes(BY_RULE.format("joint", ","), RECOMMENDATIONS)["unread"]
    assert asked["column"] == "bodies"
    assert "until a person answers yes, by naming the body" in asked["why"]
    (refused,) = importer.takes(BY_RULE.format("national thematic", ",kent-pcc"))["unread"]
    assert "says no reason" in refused["why"]


LOOKUPS = """report,body,looked on,where,url
stores-2024,{body},1 September 2024,The page of responses,https://pfcc.example/responses
"""


def test_many_look_ups_are_recorded_from_a_sheet_once(backlog):
    rows = LOOKUPS.format(body=BODY)

    answer = backlog.takes(rows)
    again = backlog.takes(rows)

    assert answer["unread"] == []
    found = [e for e in backlog.events("response/") if e.TOPIC == "response-looked-for"]
    assert [one.url for one in found] == ["https://pfcc.example/responses"]
    assert (again["recorded"], again["already"]) == (0, 1)


def test_a_look_up_of_what_nobody_owes_or_before_the_report_is_not_taken(backlog):
    unknown = backlog.takes(LOOKUPS.format(body="dorset-pcc"))["unread"]
    assert "no duty of dorset-pcc about this report is recorded or taken" in unknown[0]["why"]
    undated = backlog.takes(LOOKUPS.format(body=BODY).replace("1 September 2024", ""))["unread"]
    assert [one["column"] for one in undated] == ["looked on"]


BILINGUAL = """report,body,published on,text,welsh text,welsh url
stores-2024,{body},1 May 2024,I welcome it.,Rwy’n ei groesawu.,https://pfcc.example/cy
"""


def test_a_response_in_two_languages_is_one_row_and_nothing_welsh_stands_alone(importer):
    rows = BILINGUAL.format(body=BODY)

    answer = importer.takes(REPORTS, RECOMMENDATIONS, rows)
    other = importer.takes(rows.replace("groesawu", "dderbyn"))
    alone = importer.takes(rows.replace("I welcome it.", ""))

    assert answer["unread"] == []
    (made,) = [one for one in importer.events("response/") if isinstance(one, ResponsePublished)]
    assert made.translation is not None
    assert (made.translation.text.lang, made.translation.url) == ("cy", "https://pfcc.example/cy")
    (left,) = other["unread"]
    assert "not with this text in Welsh" in left["why"]
    assert [one["column"] for one in alone["unread"]] == ["text"]
