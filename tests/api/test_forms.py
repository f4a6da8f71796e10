"""Forms: every act has one, by its schema; what is typed is recorded once, or comes back."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from api.requests import current
from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS
from ledger.states.service import GROUPS
from tests.api.founding import FEW_BODIES
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, PAGE, PFCC, recommendation, statement
from tests.api.test_writes import at_once

CLERK, CLERK_2, KEEPER = "cumbria-pfcc/clerk", "cumbria-pfcc/clerk-2", "service/keeper"
PANEL = "cumbria-police-fire-and-crime-panel"


FOUNDING = FEW_BODIES
"""A form is as it is of few bodies too, which it lists."""


@pytest.fixture
def clerk(signed_in):
    return signed_in(CLERK)


def follow(here, page, label):
    """The address of the first link of a page that begins so."""
    links: Any = LexborHTMLParser(here.get(page).text).css("a[href]")
    return next(one.attributes["href"] for one in links if one.text(strip=True).startswith(label))


def new_browser(site, account):
    found = browser(site)
    assert found.signs_in(account).status_code == 303
    return found


class Form:
    """A form as a browser without JavaScript has it."""

    def __init__(self, here, path, answer=None, **asked):
        self.here, self.path = here, path
        answer = answer or here.get(path, **asked)
        self.status, self.text = answer.status_code, unescape(answer.text)
        self.page: Any = LexborHTMLParser(answer.text)
        self.fields: dict[str, str] = {}
        one: Any
        for one in self.page.css("form.record [name]"):
            name, kind = one.attributes["name"], one.attributes.get("type")
            if one.tag == "button" or (kind == "checkbox" and "checked" not in one.attributes):
                continue
            if one.tag == "select":
                chosen = one.css_first("option[selected]") or one.css_first("option")
                self.fields[name] = chosen.attributes.get("value") or ""
            elif one.tag == "textarea":
                self.fields[name] = one.text().removeprefix("\n")
            else:
                self.fields[name] = one.attributes.get("value") or ""

    def post(self, **typed):
        filled = {**self.fields, **{name.replace("__", "."): said for name, said in typed.items()}}
        return self.here.client.post(self.path, data=filled)

    def check(self, **typed):
        """The page on which a person checks what was filled in. Nothing is recorded by then."""
        before = self.here.site.position
        found = Form(self.here, self.path, self.post(**typed))
        assert found.is_check, self._why(found)
        assert self.here.site.position == before
        return found

    def send(self, **typed):
        """Send it, and say on the check's page that it is right, if that comes."""
        answer = self.post(**typed)
        if answer.mimetype != "text/html":
            return answer
        found = Form(self.here, self.path, answer)
        return found.post(checked="yes") if found.is_check else answer

    @property
    def is_check(self):
        return self.page.css_first("form.record button[name=checked]") is not None

    def sent_back(self, **typed):
        """The form that is shown where nothing was recorded."""
        before = self.here.site.position
        answer = self.send(**typed)
        assert answer.status_code in (200, 409, 412, 422), answer.text
        assert self.here.site.position == before
        return Form(self.here, self.path, answer)

    def records(self, **typed):
        """The address that is shown after it was recorded."""
        answer = self.send(**typed)
        back = Form(self.here, self.path, answer)
        assert answer.status_code == 302, self._why(back)
        return answer.headers["Location"]

    def _why(self, back):
        return back.mistakes or back.text

    @property
    def mistakes(self):
        """Return the mistakes that stand on top, with the field that each leads to."""
        return [
            (
                one.text(strip=True),
                (one.css_first("a") and one.css_first("a").attributes["href"].removeprefix("#f-")),
            )
            for one in self.page.css("section[aria-labelledby=mistakes] li")
        ]


def test_a_report_that_looks_like_another_is_entered_when_a_person_says_that_it_is_one(site, clerk):
    there = site.publish(title="A review of lost keys in custody suites")
    asked = {
        "title": "A review of lost keys in a custody suite",
        "kind": "peel",
        "publisher": "hmicfrs",
        "published_on": "16 May 2025",
        "source.note": "its page",
    }
    back = Form(clerk, "/record/reports").sent_back(**asked)
    assert back.status == 409
    assert "A review of lost keys in custody suites" in back.page.css_first("#alike ~ table").text()
    assert back.page.css_first(f"#alike ~ p a[href='/reports/{there.reference}']")
    assert back.fields["title"] == asked["title"]
    assert back.records(another="yes").startswith("/reports/")


def test_the_form_shows_who_must_respond_before_a_report_is_recorded(site, clerk):
    asked = {
        "title": "Answering the phone",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "20 November 2025",
        "source.note": "its page",
    }
    back = Form(clerk, "/record/reports").sent_back(**asked)
    assert back.status == 409
    asks = back.page.css_first("section[aria-labelledby=ask-first]").text()
    assert "Who must respond (s.55): " in asks
    assert "by 14 January 2026." in asks

    off = {"taken_off.0.body": "dorset-pcc", "taken_off.0.reason": "Its force is not the subject."}
    there = back.records(respond="rule", **off).partition("?")[0]

    site.catch_up()
    reference = there.removeprefix("/reports/")
    owed = site.anybody.reads("/api/responses", report=reference, limit=100)["items"]
    offices = site.ledger.service().on(date(2025, 11, 20)).members(GROUPS[1])
    assert {one["body"] for one in owed} == set(offices)
    assert [one["body"] for one in owed if one["disapplied"]] == ["dorset-pcc"]


def test_a_report_is_recorded_without_a_duty_where_a_person_says_so(site, clerk):
    asked = {"title": "Answering the door", "kind": "national_thematic", "publisher": "hmicfrs"}
    back = Form(clerk, "/record/reports").sent_back(
        **asked, published_on="20 November 2025", **{"source.note": "its page"}
    )

    there = back.records(respond="nobody").partition("?")[0]

    reference = there.removeprefix("/reports/")
    assert site.ledger.read_below(f"response/{reference}/") == []


def test_a_response_without_its_text_is_recorded_by_its_day_or_its_address(site, clerk):
    path = "/record/responses/{}/cumbria-pfcc/statement"
    url = "https://www.cumbria-pfcc.example/response"
    said = ({"published_on": "9 July 2025"}, {"published_on.unknown": "yes", "url": url})
    for typed, verdict in zip(said, ("in_time", "not_shown"), strict=True):
        report = site.publish()
        site.catch_up()

        there = Form(clerk, path.format(report.reference)).records(**typed)

        found = site.anybody.reads(report.response)
        (published,) = found["statements"]
        assert (found["verdict"], published["text"], found["parts"]) == (verdict, None, [])
        assert found["coverage"]["explained_now"] is None
        site.catch_up()
        assert "its text is not recorded here" in clerk.get(there).text


def test_a_form_below_cy_is_english_and_leads_to_a_page_in_welsh(site, clerk, report):
    path = f"/record/responses/{report.reference}/cumbria-pfcc/statement"
    form, english = Form(clerk, f"/cy{path}"), Form(clerk, path)

    assert "Yn Saesneg y mae’r dudalen hon" in form.text
    assert form.page.css_first("main[lang=en] h1").text() == english.page.css_first("h1").text()
    labels = [[one.text() for one in each.page.css("main label")] for each in (form, english)]
    assert labels[0] == labels[1]
    there = form.records(published_on="9 July 2025")
    assert there.startswith(f"/cy/responses/{report.reference}/cumbria-pfcc?")
    site.catch_up()
    assert "Mewn pryd" in clerk.get(there).text


def test_an_act_on_a_closed_recommendation_is_recorded_only_with_its_tick(site, clerk, report):
    reason = {"reason": "Done.", "occurred_on": "2025-08-01", "source": {"note": "Its minutes."}}
    site.clerk.records(f"{report.recommendation}/closures", reason)
    typed = {"text": "Rolled out.", "occurred_on": "2025-09-01", "source.note": "Letter."}

    check = update_form(clerk, report).check(**typed)

    assert "Recommendation 2 is closed since 1 August 2025. This does not open it" in check.text
    (tick,) = check.page.css("input[type=checkbox][name^='sure.']")
    assert tick.attributes["name"].startswith("sure.closed-")
    back = Form(clerk, check.path, check.post(checked="yes"))
    assert (back.status, back.is_check, len(back.mistakes)) == (422, True, 1)
    assert newest(site).data.TOPIC == "closure-confirmed"
    assert back.post(checked="yes", **{tick.attributes["name"]: "yes"}).status_code == 302
    assert newest(site).data.TOPIC == "update-received"


def test_reports_whose_numbers_differ_do_not_look_alike_though_one_title_begins_the_other(
    site, clerk
):
    asked = {"kind": "peel", "publisher": "hmicfrs", "published_on": "16 May 2025"}
    source = {"source.note": "its page"}
    title = "How forces look after what they find, volume"
    site.publish(title=f"{title} 1")
    form = Form(clerk, "/record/reports")

    assert form.records(title=f"{title} 12", **asked, **source).startswith("/reports/")

    back = Form(clerk, "/record/reports").sent_back(title=f"{title} 1: the cells", **asked)
    assert back.status == 409
    assert f"{title} 1" in back.page.css_first("#alike ~ table").text()


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("Who answers for lost property", {"published_on.unknown": "yes"}),
        ("What is kept of each arrest", {"published_on": "16 May 2025"}),
    ],
    ids=["of a day not known", "like one that came between"],
)
def test_a_report_that_is_sent_twice_is_entered_once_and_is_not_asked_about(
    site, clerk, title, day
):
    form = Form(clerk, "/record/reports")
    said = {"title": title, "kind": "peel", "publisher": "hmicfrs", "source.note": "its page"}
    there = form.records(**said, **day)
    if "published_on" in day:
        site.publish(title=f"{title}s")
    after = site.position

    assert form.records(**said, **day) == there
    assert site.position == after


def test_the_second_of_two_reports_that_look_alike_is_asked_about(site, signed_in):
    said = {"kind": "peel", "publisher": "hmicfrs", "published_on": "16 May 2025",
            "source.note": "its page"}  # fmt: skip
    titles = {CLERK: "What officers carry at night", CLERK_2: "What officers carry at nights"}
    forms = {who: Form(signed_in(who), "/record/reports") for who in titles}

    answers = at_once(
        site, *(lambda who=who: forms[who].send(title=titles[who], **said) for who in titles)
    )

    assert sorted(one.status_code for one in answers) == [302, 409]


def update_form(here, report, **asked):
    return Form(here, f"/record/recommendations/{report.reference}/02/{FORCE}/updates", **asked)


def link(pattern, text):
    """The first address in a page that is so."""
    found = re.search(rf'href="({pattern})"', text)
    assert found, pattern
    return unescape(found[1])


def newest(site):
    return site.ledger.read(site.position - 1, 1)[0]


CHOSEN = {
    "corrections": {"field": "published_on"},
    "reviews": {"recommendation.report": "any"},
    "repeats": {"of.report": "any"},
    "supersessions": {"superseded_by.report": "any"},
}
"""What the page before a form has asked for."""


def test_every_act_has_a_form_with_every_field_of_its_request(site, signed_in, report):
    clerk, keeper = signed_in(CLERK), signed_in(KEEPER)
    values = {"report": report.reference, "number": "02", "panel": PANEL, "date": "2025-10-09",
              "entry_id": report.entry("report-published")}  # fmt: skip
    for act in ACTS:
        body = PFCC if "/responses/" in act.path else FORCE
        path = act.path.replace("/api/", "/record/").format(body=body, **values)
        asked = CHOSEN.get(path.rpartition("/")[2], {})
        form = Form(keeper if act.scope == "admin" else clerk, path, **asked)
        assert form.status == 200, (path, form.text)
        drawn = {name.partition(".")[0] for name in form.fields} | {
            one.attributes["name"].partition(".")[0]
            for one in form.page.css("form.record [name]")
        } | {one.attributes["value"] for one in form.page.css("button[name=more]")}  # fmt: skip
        assert set(SCHEMAS[act.event]().fields) - {"batch"} <= drawn, path
        ids = [one.attributes["id"] for one in form.page.css("form.record [id]")]
        assert len(ids) == len(set(ids))
        assert form.page.css("form.record > .buttons a")[0].text() == "Cancel", path
        for one in form.page.css(".hint, .lede-small, form.record label, form.record legend"):
            assert not _FOR_PROGRAMS.search(one.text()), (path, one.text())
        for one in form.page.css("form.record :is(input:not([type]), select, textarea)"):
            assert form.page.css_first(f'label[for="{one.attributes["id"]}"]'), (path, one.html)


_FOR_PROGRAMS = re.compile(r"[a-z]_[a-z]|\bnull\b|\bLeft out\b|; none: |YYYY|`")
"""What only the API's descriptions say."""


def test_confirming_a_redaction_says_which_text_it_deletes_and_who_asked(
    site, clerk, signed_in, report
):
    said = {"text": "Sgt Quill was away.", "occurred_on": "2025-09-01", "source": {"note": "x"}}
    update = site.clerk.act(f"{report.recommendation}/updates", said)
    sought = site.clerk.act(
        f"/api/entries/{update}/redaction", {"field": "text", "basis": "personal_data"}
    )
    site.catch_up()

    for entry in (update, sought):
        form = Form(signed_in(CLERK_2), f"/record/entries/{entry}/redaction-confirmation")

        box, position = form.page.css_first(".thing").text(), site.ledger.entry(update).position
        assert f"The text: text, of entry {position} (" in box
        assert "(clerk)" in box
        assert "Ground: personal data" in box
        assert "deletes this text for good" in form.page.css_first(".lede-small").text()

    other = f"/record/entries/{report.entry('report-published')}/redaction-confirmation"
    assert (
        "No request to delete a text of this entry is open"
        in Form(signed_in(CLERK_2), other).page.css_first(".thing").text()
    )


@pytest.mark.parametrize(
    ("act", "needed"),
    [
        ("recommendation/closures", "Needed, since you record what another body did."),
        ("recommendation/updates", "Needed, since you record what another body did."),
        ("response/copies", "Not needed: this is your own office’s word."),
        ("response/lookups", "Needed only where you record what another body did."),
    ],
)
def test_a_form_says_whether_its_source_is_needed_by_whose_word_it_records(
    clerk, report, act, needed
):
    of, _, path = act.partition("/")
    address = f"/record{getattr(report, of).removeprefix('/api')}/{path}"

    source = Form(clerk, address).page.css_first("#f-source")

    assert source.css_first(".hint").text() == needed
    assert source.css_first("legend").text() == "How do you know?"


def test_a_form_takes_a_group_of_bodies_as_people_write_it(site, clerk, report):
    path = f"/record/reports/{report.reference}/recommendations"

    Form(clerk, path).records(
        number="77", text="Count the cells.", addressees="All local policing bodies",
        occurred_on="16 May 2025", source__note="Its page.",
    )  # fmt: skip

    raised = site.ledger.read_below(f"recommendation/{report.reference}/77/")
    assert len(raised) == len(site.ledger.service().on(date(2025, 5, 16)).members(GROUPS[1])) > 1


def test_a_rule_takes_kinds_of_body_and_report_as_people_write_them(signed_in):
    form = Form(signed_in(KEEPER), "/record/rules")
    said = {
        "id": "cells", "version": "1", "title": "Cells", "citation": "None",
        "text": "Count the cells.", "reports": "National thematic",
    }  # fmt: skip

    form.check(**said, bodies="Local policing body\nforce")

    back = Form(form.here, form.path, form.post(**said, bodies="Local policing people"))
    assert not back.is_check


def test_a_clerk_records_an_update_as_she_writes_days_and_sees_it(site, clerk, report):
    form = update_form(clerk, report)

    there = form.records(
        text="All cells\r\nhave doors.", claim__as_stated="GREEN", claim__means="complete",
        occurred_on="1 September 2025", source__note="e-mail of 2 September",
    )  # fmt: skip

    entry = newest(site)
    assert (entry.data.TOPIC, entry.recorded_by) == ("update-received", CLERK)
    assert (str(entry.occurred_on), entry.data.claim.means) == ("2025-09-01", "complete")
    assert there.startswith(f"/recommendations/{report.reference}/02/{FORCE}?min_position=")
    site.catch_up()
    shown = clerk.get(there)
    assert shown.status_code == 200
    assert "have doors." in shown.text


def test_mistakes_are_said_on_top_and_at_their_fields_and_nothing_is_lost(site, clerk, report):
    back = update_form(clerk, report).sent_back(
        text="Kept words", claim__means="complete", source__url="ftp://x", occurred_on="32 May"
    )

    assert back.status == 422
    fields = {at: said for said, at in back.mistakes}
    assert set(fields) == {"claim-as_stated", "source-url", "occurred_on"}
    assert fields["claim-as_stated"] == "Say how the force puts it, such as GREEN."
    for at, said in fields.items():
        field = back.page.css_first(f"#f-{at}")
        assert field.attributes["aria-invalid"] == "true"
        assert said.endswith(
            back.page.css_first(f"#f-{at}-wrong-1").text().removeprefix("Mistake: ")
        )
    assert back.fields["text"] == "Kept words"
    assert back.fields["occurred_on"] == "32 May"


def test_a_day_is_given_or_said_to_be_unknown_and_never_left_out_by_mistake(site, clerk, report):
    source = {"text": "T.", "source__note": "letter"}
    back = update_form(clerk, report).sent_back(**source)
    assert [at for _, at in back.mistakes] == ["occurred_on"]
    assert back.mistakes[0][0] == "Say when it happened, or tick that it is not known."

    back.records(occurred_on__unknown="yes")

    assert newest(site).occurred_on is None


def test_a_form_that_is_changed_after_it_was_recorded_is_another_one_from_then_on(
    site, clerk, report
):
    form = update_form(clerk, report)
    said = {"occurred_on": "2025-09-01", "source__note": "letter"}
    form.records(text="By e-mail.", **said)
    first = newest(site).id

    back = form.sent_back(text="By telephone.", **said)

    assert (back.status, back.fields["text"]) == (409, "By telephone.")
    assert "was sent before" in back.mistakes[0][0]
    assert "Nothing was recorded" not in back.text
    assert first in back.text
    back.records()
    assert newest(site).id != first


def test_the_second_of_two_clerks_sees_the_firsts_entry_and_decides_again(site, signed_in, report):
    first, second = (update_form(signed_in(who), report) for who in (CLERK, CLERK_2))
    said = {"occurred_on": "2025-09-01", "source__note": "letter"}
    first.records(text="By the first.", **said)

    back = second.sent_back(text="By the second.", **said)

    assert back.status == 412
    assert "somebody was here meanwhile" in back.text
    assert newest(site).id in back.text
    assert back.fields["text"] == "By the second."
    back.records()
    assert (newest(site).recorded_by, newest(site).data.TOPIC) == (CLERK_2, "update-received")


def test_a_form_whose_session_ended_comes_back_filled_in_and_nothing_of_it_is_stored(new_site):
    report = new_site.publish()
    with provided(new_site):
        here = new_browser(new_site, CLERK)
        form = update_form(here, report)
        new_site.clock.set("2025-11-24T15:00:00+00:00")
        before, stored = (
            new_site.position,
            "SELECT count(*), sum(length(said::text)) FROM api.sessions",
        )
        sessions = new_site.rows(stored)

        gone = form.send(text="An hour’s words.", occurred_on="2025-09-01", source__note="letter")

        assert (gone.status_code, new_site.position) == (401, before)
        assert new_site.rows(stored) == sessions
        back = Form(here, form.path, gone)
        assert back.fields["text"] == "An hour’s words."
        assert back.page.css_first("a[target=_blank][href='/sign-in/go']")
        assert back.send().status_code == 401

        here.signs_in(CLERK)
        once_more = Form(here, form.path, back.send())
        assert (once_more.status, new_site.position) == (403, before)
        assert "is here again" in once_more.text
        assert once_more.fields["text"] == "An hour’s words."
        once_more.records()
        assert newest(new_site).data.TOPIC == "update-received"
        assert once_more.send().status_code == 302  # by the same key: recorded once
        assert new_site.position == before + 1
        assert update_form(here, report).fields["text"] == ""


REPORTS = "/record/reports"


def test_the_next_account_at_a_browser_finds_no_typing_of_the_last(site, stub):
    clerk = new_browser(site, CLERK)
    form = Form(clerk, REPORTS)
    clerk.sends("/sign-out")
    assert form.send(title="Mine.").status_code == 401

    clerk.signs_in(CLERK_2)

    assert Form(clerk, REPORTS).fields["title"] == ""


def test_an_account_puts_no_words_into_anothers_form(signed_in, clerk, report):
    planted = update_form(signed_in(CLERK_2), report)

    sent = clerk.client.post(planted.path, data={**planted.fields, "text": "Planted."})

    assert sent.status_code == 403
    assert "Nothing of it was recorded yet" in unescape(sent.text)
    assert "Planted." not in update_form(clerk, report).text


def test_a_statement_has_a_row_for_each_recommendation_and_says_nothing_of_those_left_out(
    site, clerk
):
    numbers = ("02", "03", "04")
    listed = [
        {"number": one, "text": f"Do {one}.", "addressees": [FORCE]} for one in numbers
    ]  # fmt: skip
    report = site.publish(recommendations=listed)
    site.catch_up()
    form = Form(clerk, f"/record/responses/{report.reference}/{PFCC}/statement")
    rows = re.findall(
        r"<legend>(Recommendation .+?)</legend>\s*<p class=\"hint\">(.+?)</p>", form.text
    )
    assert rows == [(f"Recommendation {one}", f"Do {one}.") for one in numbers]
    assert [form.fields[f"explanations.{n}.number"] for n in range(3)] == list(numbers)

    form.records(
        published_on="10/07/2025", text="We answer.",
        explanations__0__how="named", explanations__0__stance="proposed",
        explanations__0__text="We will.",
        explanations__2__how="named", explanations__2__stance="no_action",
        explanations__2__text="We will not.",
        explanations__2__reason="It is done.",
    )  # fmt: skip

    made = site.ledger.read(site.position - 3, 3)
    assert [one.data.TOPIC for one in made] == [
        "response-published", "commissioner-statement-issued", "commissioner-statement-issued"
    ]  # fmt: skip


def test_a_copy_is_chosen_by_its_address_and_day_and_not_asked_for_where_none_is(
    site, clerk, report
):
    address = f"/record{report.response.removeprefix('/api')}/statement"
    assert 'name="source.capture" value=""' in Form(clerk, address).text
    other = site.capture(b"<p>Elsewhere</p>", url="https://elsewhere.test/page", by=site.hmicfrs)
    own = site.capture()
    site.catch_up()

    form = Form(clerk, address)
    choices = form.page.css("#f-source-capture option")

    not_said, offered = (one.text() for one in choices)
    assert not_said == "Not said"
    told = f"{PAGE['url'].partition('://')[2]}, received 24 November 2025, 12:"
    assert re.fullmatch(rf"{re.escape(told)}\d\d", offered)  # what others recorded took a while
    assert other not in form.text
    form.records(
        published_on="2025-07-10", text="T.", explanations__0__stance="proposed",
        explanations__0__how="named", explanations__0__text="We do.", source__capture=own,
    )  # fmt: skip
    assert newest(site).source.capture == own


def test_a_mistake_in_a_row_is_said_at_that_row(site, clerk, report):
    site.catch_up()
    form = Form(clerk, f"/record/responses/{report.reference}/{PFCC}/statement")

    back = form.sent_back(published_on="2025-07-10", text="T.", explanations__0__how="named")

    assert ("Choose the stance.", "explanations-0-stance") in back.mistakes


def test_the_rows_of_recommendations_are_still_there_after_a_mistake(site, clerk):
    report = site.publish(recommendations=[recommendation(one) for one in ("1", "2", "3")])
    site.catch_up()
    form = Form(clerk, f"/record/responses/{report.reference}/{PFCC}/statement")

    back = form.sent_back(explanations__1__text="We do.", published_on="soon")

    rows = [back.fields[f"explanations.{n}.number"] for n in range(3)]
    assert rows == ["2", "1", "3"]
    assert back.fields["explanations.0.text"] == "We do."


def test_a_report_is_entered_with_as_many_recommendations_as_it_has(site, clerk):
    form = Form(clerk, "/record/reports")
    title = site.title()
    form = form.sent_back(
        title=title, kind="national_thematic", publisher="hmicfrs", published_on="2025-05-16",
        bodies="Cumbria Police, Fire and Crime Commissioner\n", source__url="https://x.example/",
        recommendations__0__number="1", recommendations__0__text="Do one.",
        recommendations__0__addressees=FORCE, more="recommendations",
    )  # fmt: skip
    assert form.status == 200

    there = form.records(
        bodies=PFCC,
        recommendations__1__number="2", recommendations__1__text="Do two.",
        recommendations__1__addressees=f"{FORCE}\ndorset-police",
    )  # fmt: skip

    site.catch_up()
    shown = unescape(clerk.get(there).text)
    assert title in shown
    assert "Do two." in shown


def test_record_says_what_is_due_with_the_next_step_of_each(new_site):
    report = new_site.publish()
    new_site.clerk.act(
        f"{report.recommendation}/assurances",
        {"of": FORCE, "question": "Done?", "occurred_on": "2025-09-01"},
    )
    undated = new_site.publish()
    new_site.clerk.records(
        f"{undated.response}/statement",
        statement(None),
    )
    new_site.catch_up()
    with provided(new_site):
        here = new_browser(new_site, CLERK)
        page = here.get("/record").text

        assert f"/record/responses/{report.reference}/{PFCC}/statement" in page
        assert f"/record/recommendations/{report.reference}/2/{FORCE}/updates?answers=" in page
        mend = link(r'/record/entries/[^"]+/corrections\?field=published_on', page)
        assert Form(here, mend).fields["field"] == "published_on"
        for one in set(re.findall(r'href="(/record/[^"]+)"', page)):
            assert here.get(unescape(one)).status_code == 200, one


def test_a_day_that_the_reports_words_give_is_confirmed_from_its_page(site, clerk):
    listed = {"number": "02", "text": "T.", "addressees": [FORCE],
              "target": {"phrase": "within three months"}}  # fmt: skip
    report = site.publish(recommendations=[listed])
    site.catch_up()
    page = clerk.get(f"/recommendations/{report.reference}/2/{FORCE}").text

    Form(clerk, link(r"/record/[^\"]+/targets\?[^\"]*worked_out=yes[^\"]*", page)).records()

    assert (newest(site).data.on, newest(site).data.worked_out) == ("2025-08-16", True)


def test_a_second_response_is_recorded_only_with_its_tick(site, clerk):
    report = site.publish()
    path = f"/record/responses/{report.reference}/{PFCC}/statement"
    site.clerk.records(f"{report.response}/statement", statement("2025-07-01", explanations=[]))

    check = Form(clerk, path).check(text="Once more.", published_on="9 July 2025")

    assert "A response is recorded already: published on 1 July 2025" in check.text
    tick = check.page.css_first("input[type=checkbox][name^='sure.']").attributes["name"]
    back = Form(clerk, path, check.post(checked="yes"))
    assert (back.status, back.is_check) == (422, True)
    assert back.mistakes[0][0].startswith("Set the tick")
    assert len(site.anybody.reads(report.response)["statements"]) == 1
    for _ in range(2):  # a double click
        assert back.post(checked="yes", **{tick: "yes"}).status_code == 302
    assert len(site.anybody.reads(report.response)["statements"]) == 2


def test_the_check_says_how_a_response_will_read_once_its_day_is_added(site, clerk):
    report = site.publish()
    site.clerk.records(f"{report.response}/statement", statement(None))
    site.catch_up()
    page = f"/responses/{report.reference}/{PFCC}"
    assert "can’t be shown to be in time" in unescape(clerk.get(page).text).lower()
    form = Form(clerk, follow(clerk, page, "Add the day it was published"))
    assert "Add the day it was published" in form.text

    check = form.check(now="8/7/2025", source__how="records")

    assert "It will then read: In time" in check.page.css_first("main").text().replace("  ", " ")
    said = (
        "corrected the day it was published: 8 July 2025 (until now: not known), "
        "here and in 1 entry that came with it."
    )
    assert said in check.page.css_first("section[aria-labelledby=what-heading]").text()
    there = check.post(checked="yes").headers["Location"]
    assert there.startswith(page)
    site.catch_up()
    assert site.anybody.reads(report.response)["verdict"] == "in_time"
    assert "In time" in clerk.get(there).text


def test_a_slip_is_mended_from_its_entry(site, clerk, report):
    update_form(clerk, report).records(
        text="Dome.", claim__as_stated="GREEN", claim__means="complete",
        occurred_on="2025-09-01", source__note="letter",
    )  # fmt: skip
    entry = newest(site).id
    site.catch_up()
    shown = clerk.get(f"/entries/{entry}").text
    assert f"/record/entries/{entry}/corrections" in shown
    path = f"/record/entries/{entry}/corrections"
    fields = [one.attributes["data-field"] for one in Form(clerk, path).page.css("#fields a")]
    assert {"occurred_on", "text", "claim.means", "claim.as_stated"} <= set(fields)
    form = Form(clerk, f"{path}?field=claim.means")
    assert (form.fields["now"], "Complete" in form.text) == ("complete", True)

    check = form.check(now="on_track", reason="GREEN means on track.")
    said = check.page.css_first("section[aria-labelledby=what-heading]").text()
    assert "corrected “What it claims”: on track (until now: complete). On" in said
    check.post(checked="yes")

    assert newest(site).data.now == "on_track"

    assert "claim.expected_on" in fields
    added = Form(clerk, f"{path}?field=claim.expected_on")
    assert "It says now" not in added.text
    added.records(now="1 February 2026", reason="The letter names the day.")

    assert (newest(site).data.was, newest(site).data.now) == (None, "2026-02-01")


def test_a_paper_begins_with_the_position_and_day_of_now(site, signed_in):
    site.catch_up()
    officer = signed_in(f"{PANEL}/officer")
    form = Form(officer, f"/record/meetings/{PANEL}/2025-10-30/papers")
    assert form.fields["known_at"] == str(site.position)
    assert form.fields["effective_on"] == "24 November 2025"

    form.records(title="Where things stand", occurred_on="2025-10-20", effective_on="2025-10-20")

    assert newest(site).data.TOPIC == "paper-issued"


def test_a_pack_leads_to_the_forms_of_its_paper_and_of_reviews_with_that_paper(
    site, signed_in, report
):
    site.panel.records(f"/api/meetings/{PANEL}/2025-10-22/held", {})
    site.force.act(f"{report.recommendation}/targets", {
        "on": "2025-07-31", "origin": "force", "reason": "A plan.", "occurred_on": "2025-06-01",
    })  # fmt: skip
    site.catch_up()
    officer = signed_in(f"{PANEL}/officer")
    position = str(site.position)

    which = follow(officer, f"/bodies/{PFCC}/pack", "Record this pack as the paper of a meeting")
    form = Form(officer, follow(officer, which, "22 October 2025"))
    assert form.path.startswith(f"/record/meetings/{PANEL}/2025-10-22/papers?")
    assert form.fields["known_at"] == position
    assert form.fields["title"].startswith("Where the recommendations to Cumbria")
    Form(officer, form.path).records(occurred_on="2025-10-20", effective_on="2025-10-20")
    paper = newest(site).id
    site.catch_up()

    which = follow(officer, f"/bodies/{PFCC}/pack", "Record a review of it")
    form = Form(officer, follow(officer, which, "22 October 2025"))
    assert form.fields["paper"] == paper
    assert form.fields["recommendation.addressee"] == FORCE
    form.records(outcome="The office reports again.", occurred_on="2025-10-22")

    assert newest(site).data.TOPIC == "recommendation-reviewed"
    assert newest(site).data.paper == paper


def test_which_meeting_is_asked_until_a_whole_day_is_given(site, signed_in):
    officer = signed_in(f"{PANEL}/officer")
    page = f"/record/meetings/{PANEL}"

    assert "Day of the meeting" in officer.get(page, act="issue_paper").text
    wrong = officer.get(page, act="issue_paper", date="October 2025")
    assert (wrong.status_code, "this says “October 2025”" in wrong.text) == (422, True)
    right = officer.get(page, act="issue_paper", date="22 October 2025", title="Where it stands")
    assert right.status_code == 302
    assert right.headers["Location"] == f"{page}/2025-10-22/papers?title=Where+it+stands"
    assert officer.get(page, act="correct_entry").status_code == 422
    assert officer.get(page, act="issue_paper", colour="red").status_code == 422
    assert officer.get("/record/meetings/nowhere", act="issue_paper").status_code == 404
    assert browser(site).get(page, act="issue_paper").status_code == 401


def test_a_panels_desk_has_its_meetings_and_offers_what_would_be_taken(site, signed_in, report):
    asks = {
        "recommendation": {"report": report.reference, "number": "02", "addressee": FORCE},
        "question": "Who counts the cells?",
        "outcome": "Noted.",
    }
    site.panel.records(f"/api/meetings/{PANEL}/2025-11-13/held", {})
    site.panel.records(f"/api/meetings/{PANEL}/2025-11-14/reviews", asks)
    paper = {"title": "Agenda", "known_at": site.position, "effective_on": "2025-11-20"}
    site.panel.records(f"/api/meetings/{PANEL}/2025-12-18/papers", {**paper, "occurred_on": None})
    question = {"of": FORCE, "question": "Are there beds?", "occurred_on": "2025-11-03"}
    site.clerk.act(f"{report.recommendation}/assurances", question)
    site.catch_up()
    officer = signed_in(f"{PANEL}/officer")
    title = site.anybody.reads(f"/api/reports/{report.reference}")["title"]

    desk = Form(officer, "/record").page.css_first("main")

    assert "18 December 2025" in desk.css_first(".lines .line-what").text()
    links = {one.attributes["href"].partition("?")[0] for one in desk.css("a")}
    offered = {one.removeprefix(f"/record/meetings/{PANEL}/") for one in links}
    assert {"2025-12-18/papers", "2025-11-14/held", "2025-11-14/reviews"} <= offered
    assert not {"2025-12-18/held", "2025-12-18/reviews", "2025-11-13/held"} & offered
    assert not {"/record/draft", "/record/sheet", "/record/register"} & links
    assert "1 question of 14 November 2025, and nothing said since" in desk.text()
    assert "Who counts the cells?" in desk.text()
    where = [one.text() for one in desk.css("[aria-labelledby=chase] .line-where")]
    assert where == [f"Recommendation 02 · {title}"] * 2
    assert "keeps its record here" not in officer.get(f"/bodies/{PANEL}").text
    assert officer.get(f"/record/meetings/{PANEL}").headers["Location"] == "/record"
    for day, word in (("2025-11-13", "held"), ("2025-12-18", "reviews")):
        page = officer.get(f"/meetings/{PANEL}/{day}").text
        assert f"/record/meetings/{PANEL}/{day}/papers" in page
        assert f"/record/meetings/{PANEL}/{day}/{word}" not in page
    other = signed_in("dorset-pcc/clerk")
    assert "/record/meetings/" not in other.get(f"/meetings/{PANEL}/2025-11-13").text

    told = {"text": "We do.", "occurred_on": "2025-11-20"}
    site.force.act(f"{report.recommendation}/updates", told)
    site.catch_up()
    assert "Who counts the cells?" not in officer.get("/record").text


def test_a_repeat_and_what_takes_its_place_are_chosen_by_their_words(site, signed_in, report):
    earlier = site.publish(published_on="2023-02-01", title="Custody then")
    later = site.publish(published_on="2025-11-18", title="Custody now")
    site.catch_up()
    clerk, at = signed_in(CLERK), f"/record/recommendations/{report.reference}/02/{FORCE}"

    listed = Form(clerk, f"{at}/repeats")
    assert "Custody now" not in listed.text
    links = [one.attributes["href"] for one in listed.page.css("main .lines a.line-what")]
    form = Form(clerk, next(one for one in links if earlier.reference in one))
    assert "Recommendation 02 of “Custody then”" in form.text
    form.records(words="own", occurred_on="20 November 2025")
    data = newest(site).data
    assert (data.TOPIC, data.of.report) == ("repeat-noted", earlier.reference)

    listed = Form(clerk, f"{at}/supersessions")
    links = [one.attributes["href"] for one in listed.page.css("main .lines a.line-what")]
    assert any(later.reference in one for one in links)
    form = Form(clerk, follow(clerk, f"{at}/supersessions", "It isn’t known which one"))
    assert [one for one in form.fields if one.startswith("superseded_by.")] == []
    filled = {"occurred_on": "20 November 2025", "source__note": "Its letter."}
    form.records(reason="HMICFRS says so.", **filled)
    assert newest(site).data.superseded_by is None


def test_a_form_takes_the_names_of_bodies_and_shows_them(site, signed_in):
    form = Form(signed_in(KEEPER), "/record/bodies")
    typed = {"id": "made-up", "name": "Made up", "kind": "inspectorate", "source__note": "x"}
    named = site.ledger.service().bodies["hmicfrs"].name

    check = form.check(closes_by=f"{named}\nInspectorate", **typed)

    assert f"{named}, Inspectorate" in check.page.css_first("main").text()
    assert check.post(checked="yes").status_code == 302
    assert newest(site).data.closes_by == ("hmicfrs", "inspectorate")


def test_a_review_begins_with_a_recommendation_that_is_chosen_by_its_words(site, signed_in, report):
    site.catch_up()
    officer = signed_in(f"{PANEL}/officer")
    path = f"/record/meetings/{PANEL}/2025-11-18/reviews"
    text = site.anybody.reads(report.recommendation)["text"]

    listed = Form(officer, path, q=f'"{text}"')

    form = Form(officer, listed.page.css_first("main .lines a").attributes["href"])
    assert text in form.text
    assert form.page.css_first("[name='recommendation.report']").attributes["type"] == "hidden"
    check = form.check(outcome="Noted.")
    assert text in check.text
    assert "reviewed at this meeting" not in listed.text
    check.post(checked="yes")
    assert newest(site).data.recommendation.addressee == FORCE
    site.catch_up()
    assert "reviewed at this meeting" in officer.get(path, q=f'"{text}"').text


def test_a_pack_tells_whoever_is_not_signed_in_who_records_its_paper(site, signed_in, report):
    site.catch_up()
    text = browser(site).get(f"/bodies/{PFCC}/pack").text

    assert "records this pack as the paper of a meeting" in text
    assert "/record/" not in text
    assert "curl" not in text


def test_a_form_says_nothing_twice_and_names_nothing_of_requests(site, clerk, report):
    site.catch_up()
    for path in (
        f"recommendations/{report.reference}/02/{FORCE}/closures",
        f"recommendations/{report.reference}/02/{FORCE}/updates",
        f"responses/{report.reference}/{PFCC}/statement",
    ):
        form = Form(clerk, f"/record/{path}")
        hints = [one.text(strip=True) for one in form.page.css("form.record .hint")]
        labels = {
            one.text(strip=True) for one in form.page.css("form.record legend, form.record label")
        }

        assert hints
        assert not labels & {one.rstrip(".") for one in hints}
        assert not [one for one in hints if "`" in one or "null" in one or "YYYY" in one]


def offers(here, page):
    """The acts that a page offers, and those that it offers folded, since they are asked about."""
    found: Any = LexborHTMLParser(here.get(page).text)
    lists = ("section[aria-labelledby=forms-heading] > ul a",
             "section[aria-labelledby=forms-heading] details a")  # fmt: skip
    return tuple({one.text(strip=True) for one in found.css(each)} for each in lists)


def test_a_page_offers_the_acts_that_the_ledger_would_take(site, clerk, report):
    site.catch_up()
    page = report.path.removeprefix("/api")
    plain, folded = offers(clerk, f"/recommendations/{report.reference}/2/{FORCE}")
    assert {"Record an update", "Ask for assurance", "Propose closure"} <= plain
    assert "Record that closure was refused" not in plain | folded
    assert "Open it again" in folded
    assert "Take the report over, as its publisher" not in set().union(*offers(clerk, page))
    response = f"/responses/{report.reference}/{PFCC}"
    plain, _ = offers(clerk, response)
    assert "Record the response that was published" in plain
    assert "The response says something else now" not in plain

    site.clerk.records(f"{report.response}/statement", statement("2025-07-01", explanations=[]))
    site.catch_up()

    plain, folded = offers(clerk, response)
    assert "The response says something else now" in plain
    assert "Record the response that was published" in folded
    entry = report.entry("report-published")
    assert "Reply to it, where it is about you" not in set().union(
        *offers(clerk, f"/entries/{entry}")
    )


def test_only_an_account_that_may_record_sees_a_form(site, signed_in, report):
    site.catch_up()
    path = f"/record/recommendations/{report.reference}/02/{FORCE}/updates"
    anybody, reader = browser(site), signed_in("cumbria-pfcc/reader")
    page = f"/recommendations/{report.reference}/2/{FORCE}"

    for here, status in ((anybody, 401), (reader, 403)):
        assert here.get("/record").status_code == status
        assert here.get(path).status_code == status
        assert "Record here" not in here.get(page).text
    assert "Record here" in signed_in(CLERK).get(page).text


def test_a_form_shows_no_words_of_what_it_is_about(site, signed_in, report):
    entry = site.clerk.act(
        f"{report.recommendation}/assurances",
        {"of": FORCE, "question": "Is Doe still there?", "occurred_on": "2025-09-01"},
    )
    dorset = signed_in("dorset-pcc/clerk")
    for act in ("corrections", "retraction", "disputes", "release", "redaction"):
        form = Form(dorset, f"/record/entries/{entry}/{act}")

        assert (form.status, "Doe" in form.text) == (200, False)


def test_a_form_takes_no_name_that_is_no_field_of_it(clerk, report):
    path = f"/record/recommendations/{report.reference}/02/{FORCE}/updates"

    assert clerk.get(path, text="Filled in").status_code == 200
    refused = clerk.get(path, txet="x")
    assert (refused.status_code, "did you mean text?" in unescape(refused.text)) == (422, True)


def test_a_text_keeps_its_audience_unless_another_is_chosen(site, clerk, report):
    said = {"occurred_on": "2025-09-01", "source__note": "letter"}
    for typed, audience in (({}, "office"), ({"text__audience": "public"}, "public")):
        update_form(clerk, report).records(text="Words.", **typed, **said)

        assert newest(site).data.text.audience == audience


def test_forms_of_a_site_without_a_provider_are_nobodys(new_site):
    assert new_site.app.extensions[current.EXTENSION]["provider"] is None
    assert new_site.anybody.get("/record/reports").status_code == 401


def test_evidence_of_a_claim_is_added_row_by_row(site, clerk, report):
    form = Form(clerk, f"/record{report.recommendation.removeprefix('/api')}/updates")
    told = {"text": "It is done.", "claim__as_stated": "GREEN", "claim__means": "complete"}
    told |= {"occurred_on": "2025-09-01", "source__note": "Its mail."}

    form.records(
        **told,
        claim__evidence__0__what="An audit.",
        claim__evidence__0__whose="Cumbria Constabulary",
        claim__evidence__0__on="August 2025",
    )

    claim = site.clerk.reads(report.recommendation)["claim"]
    assert [(one["what"], one["whose"], one["on"]) for one in claim["evidence"]] == [
        ("An audit.", FORCE, "2025-08")
    ]
