"""A register is read in a browser: its mapping is proposed, confirmed, checked, recorded once, and
kept for the next export."""

import io
import tomllib

import pytest

from tests import a_register
from tests.api.signing_in import browser
from tests.api.site import FORCE
from tests.api.test_forms import Form

CLERK = "cumbria-pfcc/clerk"


@pytest.fixture
def clerk(signed_in):
    return signed_in(CLERK)


def rows(found, first=0, last=12):
    return found("Cumbria Constabulary")[first:last]


def sent(here, raw, name="register.csv", mapping=None):
    begun = Form(here, "/record/register")
    data = {**begun.fields, "file": (io.BytesIO(raw), name)}
    if mapping is not None:
        data["map"] = (io.BytesIO(mapping), "map.toml")
    answer = here.client.post("/record/register", data=data, content_type="multipart/form-data")
    return Form(here, "/record/register", answer)


def confirmed(form):
    """Return the form with each of its proposals confirmed."""
    ticks = {
        one.attributes["name"]: "yes" for one in form.page.css("li.unsure input[type=checkbox]")
    }
    form.fields |= ticks
    return form


def test_what_is_not_sure_waits_for_a_person_and_the_rest_is_recorded_once(site, clerk):
    form = sent(clerk, a_register.csv_of(rows(a_register.rows)))
    assert form.status == 200, form.text
    assert "wait" in form.text
    unsure = [one.css_first("strong").text() for one in form.page.css("li.unsure")]
    assert unsure, form.text
    assert "Record it" not in form.text
    before = site.position

    looked = confirmed(form).sent_back(do="look")

    assert "The column “Lead officer”: nothing of it is recorded." in looked.text
    assert "New report:</strong> Inspection 1" in looked.text
    assert site.position == before
    assert "recorded" in looked.send(do="record").text
    assert site.position > before
    there = site.position
    again = looked.send(do="record")
    assert (again.status_code, site.position) == (200, there)
    stream = f"recommendation/hmicfrs-2018-03-01-{'inspection-1-how-the-force-looks-after-keys'}"
    raised = site.ledger.read_stream(f"{stream}/1/{FORCE}")[0]
    assert raised.data.publisher_number == "40000"
    assert (raised.recorded_by, raised.provenance) == (CLERK, "reported")


def test_the_mapping_is_downloaded_and_given_with_the_next_export(site, clerk):
    form = confirmed(sent(clerk, a_register.csv_of(rows(a_register.rows))))
    looked = form.sent_back(do="look")
    answer = looked.send(do="mapping")
    mapping = answer.data
    assert "map.toml" in answer.headers["Content-Disposition"]
    assert tomllib.loads(mapping.decode())["status"] == "Current status"

    straight = sent(clerk, a_register.csv_of(a_register.rows("Cumbria Constabulary")[20:28]),
                    mapping=mapping)  # fmt: skip

    assert "Check before you record" in straight.text
    assert straight.page.css("button[value=record]")


def test_a_word_that_is_not_known_waits_until_somebody_says_what_it_means(site, clerk):
    changed = rows(a_register.rows, 40, 44)
    for row in changed:
        row[a_register.HEADER.index("Current status")] = "Signed off"
    form = confirmed(sent(clerk, a_register.csv_of(changed)))
    looked = form.sent_back(do="look")
    assert "Record it" not in looked.text
    name = next(n for n, said in looked.fields.items() if said == "Signed off")
    field = name.removesuffix(".name")

    settled = looked.sent_back(do="look", **{field: "complete"})

    assert "Record it" in settled.text
    assert "4 closures" in settled.text


def test_a_column_of_words_for_kinds_is_proposed_whatever_it_is_called(site, clerk):
    kind = a_register.HEADER.index("Type")
    raw = a_register.csv_of(rows(a_register.rows)).replace(b",Type,", b",AFI/Rec,")
    assert a_register.HEADER[kind] == "Type"

    form = sent(clerk, raw)

    field = form.page.css_first("input[value='AFI/Rec']").attributes["name"].removesuffix(".name")
    assert form.fields[field] == "kind"
    assert form.page.css(f"li.unsure select[name='{field}']"), "a person has to confirm it"


def test_cells_that_are_not_taken_for_one_reason_are_listed_together(site, clerk):
    changed = rows(a_register.rows, 70, 76)
    for row in changed:
        row[a_register.HEADER.index("Notes")] = "Seen on a visit."

    looked = confirmed(sent(clerk, a_register.csv_of(changed))).sent_back(do="look")

    assert "6 cells not taken, each with why" in looked.text
    (told,) = [one.text() for one in looked.page.css("#not-taken li")]
    assert told.startswith("Notes, 6 cells, register.csv, row 2, 3, 4, 5, 6 …: the register does")


def test_a_name_that_is_no_body_is_asked_about(site, clerk):
    changed = rows(a_register.rows, 50, 53)
    for row in changed:
        row[a_register.HEADER.index("Force")] = "The Cumbrian police"
    form = confirmed(sent(clerk, a_register.csv_of(changed)))
    asked = form.sent_back(do="look")
    assert "Which body is “The Cumbrian police”?" in asked.text
    field = next(n for n, said in asked.fields.items() if said == "The Cumbrian police")

    settled = asked.sent_back(do="look", **{field.removesuffix(".name"): FORCE})

    assert "Record it" in settled.text


def test_it_asks_who_wrote_the_comments_also_of_a_register_of_several_forces(site, clerk):
    changed = rows(a_register.rows, 60, 64)
    for row in changed:
        row[a_register.HEADER.index("Current status")] = "Being progressed"
        row[a_register.HEADER.index("Notes")] = "Seen on a visit."
    form = confirmed(sent(clerk, a_register.csv_of(changed)))
    assert form.page.css("select[name='given.comment_by']"), form.text
    before = site.position

    looked = form.sent_back(do="look", **{"given.comment_by": "publisher"})
    looked.send(do="record")

    recorded = site.clerk.reads("/api/entries", after=before, type="update-received", limit=200)
    told = [one["data"] for one in recorded["items"]]
    remarks = [one["by"] for one in told if one["data"].get("remark")]
    assert remarks == ["hmicfrs"] * 4


@pytest.mark.parametrize(
    ("raw", "name", "mapping", "says"),
    [
        (b"a,b\n", "a.csv", None, "there is no row below a header"),
        (b"%PDF-1.4", "a.csv", None, "is a PDF"),
        (b"a,b\n1,2\n", "a.csv", b"tilte = 'A'", "there is no key `tilte`"),
        (b"a,b\n1,2\n", "a.csv", None, "no sheet has a row below columns"),
    ],
)
def test_what_is_no_register_is_refused_in_a_sentence(site, clerk, raw, name, mapping, says):
    before = site.position

    form = sent(clerk, raw, name, mapping)

    assert says in form.text
    assert site.position == before


def test_who_is_signed_out_loses_nothing(site, clerk):
    form = confirmed(sent(clerk, a_register.csv_of(rows(a_register.rows))))
    stranger = browser(site)
    answer = stranger.client.post("/record/register", data=form.fields)

    assert answer.status_code == 401
    assert form.fields["packed"] in answer.text
