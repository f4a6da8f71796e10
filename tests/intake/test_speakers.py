"""Whose words a block is, by what the page says of it, and about which recommendation: a page that
answers a recorded report."""

import pytest

from ledger.intake.pages.suggestions import suggest
from ledger.intake.pages.values import RecommendationRead, RecordedReport, Suggestion
from tests.intake.suggesting import blocks_of, resolver

TEXTS = {
    "1": "By 1 May 2027, chief constables should review their cells.",
    "2": "By 1 May 2027, chief constables should train their officers.",
    "3": "By 1 June 2027, police and crime commissioners should visit the cells.",
}


def recorded(title: str = "Cold cells") -> RecordedReport:
    return RecordedReport(
        "cold-cells",
        title,
        "2027-01-04",
        "national_thematic",
        ("hmicfrs",),
        tuple(
            RecommendationRead(number, number, "recommendation", text, None, (), (), 1)
            for number, text in TEXTS.items()
        ),
    )


def read(page: str, title: str = "Cold cells") -> Suggestion:
    data = f"<html><body><main>{page}</main></body></html>".encode()
    blocks = blocks_of(data, "page.html")
    (found,) = suggest(blocks, "page.html", resolver("kent-pcc"), recorded=recorded(title))
    return found


def said(page: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return each part that is somebody's or open: its first words, whose, about what."""
    return [
        (" ".join(piece.text.split()[:2]), piece.part, piece.of)
        for piece in read(page).pieces
        if piece.part in ("commissioner", "chief officer", "force", "?")
    ]


LETTER = """<p>Dear {to},</p><p>I welcome this report.</p>
<p>On recommendation 2, we have trained forty people.</p>
<p>Yours sincerely,</p><p>Jo Bloggs</p><p>{title}</p>"""


@pytest.mark.parametrize(
    ("to", "title", "whose"),
    [
        ("Home Secretary", "Police and Crime Commissioner for Kent", "commissioner"),
        ("Commissioner", "Chief Constable", "chief officer"),
        ("Home Secretary", "", "commissioner"),
        ("Commissioner", "", "chief officer"),
    ],
)
def test_a_letter_is_whose_signature_it_has_and_that_is_not_sure(to, title, whose):
    page = LETTER.format(to=to, title=title)
    assert said(page) == [("I welcome", whose, ()), ("On recommendation", whose, ("2",))]
    assert all(piece.is_open for piece in read(page).pieces if piece.part == whose)


def test_a_quotation_is_of_whom_its_words_name_and_never_the_commissioners_by_default():
    assert said(
        """<h2>Commissioner’s response</h2><p>I welcome this.</p>
        <p>The Chief Constable said: “We accept recommendation 1.”</p>
        <p>“Our cells,” Inspector Poe said, “are cold.”</p>
        <p>I thank him.</p>"""
    ) == [
        ("I welcome", "commissioner", ()),
        ("The Chief", "chief officer", ("1",)),
        ("“Our cells,”", "?", ()),
        ("I thank", "commissioner", ()),
    ]


def test_words_that_a_line_introduces_are_of_whom_it_names_until_others_begin():
    assert said(
        """<p>Kent’s Police and Crime Commissioner Jo Bloggs said:</p>
        <blockquote><p>“I accept recommendation 3.”</p></blockquote>
        <p>Chief Constable Sam Rowe said:</p>
        <blockquote><p>“We have begun.”</p><p>“Recommendation 1 is done.”</p></blockquote>"""
    ) == [
        ("“I accept", "commissioner", ("3",)),
        ("“We have", "chief officer", ()),
        ("“Recommendation 1", "chief officer", ("1",)),
    ]


NUMBERED = """<h3>3.{n} Recommendation {n}</h3><p>{text}</p>
<p><b>Force response</b></p><p>The force has done so.</p>
<p><b>Commissioner’s comments:</b> I have seen it.</p>"""


def test_a_label_below_each_recommendation_says_surely_who_speaks_about_it():
    page = "".join(NUMBERED.format(n=n, text=TEXTS[n]) for n in TEXTS)
    pieces = [one for one in read(page).pieces if one.part in ("force", "commissioner")]
    assert [(one.part, one.of) for one in pieces] == [
        (who, (n,)) for n in TEXTS for who in ("force", "commissioner")
    ]
    assert not any(one.is_open for one in pieces)


def test_the_words_of_recorded_recommendations_are_known_again():
    found = read(f"<h2>Our view</h2><p>{TEXTS['1']}</p><p>I agree.</p>")
    assert [(one.part, one.of, one.sure) for one in found.pieces[1:2]] == [
        ("recommendation", ("1",), True)
    ]
    assert found.recommendations == recorded().recommendations
    assert [found.title, found.published_on, found.kind, found.publishers] == [None] * 4


@pytest.mark.parametrize(
    ("column", "words", "part"),
    [
        ("Force response", "Cells were heated.", "force"),
        ("PCC response", "I went to see.", "commissioner"),
        ("Commissioner’s comments", "I went to see.", "commissioner"),
        ("Response", "I went to see.", "commissioner"),
        ("Response", "The force has heated its cells.", "force"),
        ("Response", "Heaters were bought.", "?"),
        ("What we will do", "We will buy heaters.", "commissioner"),
    ],
)
def test_a_tables_column_says_whose_its_cells_are(column, words, part):
    page = f"""<table><tr><th>No</th><th>Recommendation</th><th>{column}</th><th>Status</th></tr>
    <tr><td>2</td><td>{TEXTS["2"]}</td><td>{words}</td><td>Done</td></tr></table>"""
    (piece,) = [one for one in read(page).pieces if one.text == words]
    assert (piece.part, piece.of) == (part, ("2",) if part != "?" else ())
    assert [one.part for one in read(page).pieces if one.text == "Done"] == ["not needed"]


def test_a_table_that_has_its_labels_beside_the_cells_is_read_by_them():
    page = "".join(
        f"<table><tr><th>Recommendation {n}</th><td>{text}</td></tr><tr><th>Force update</th>"
        "<td>The force has begun.</td></tr><tr><th>PCC comment</th><td>I agree.</td></tr></table>"
        for n, text in TEXTS.items()
    )
    assert [(part, of) for _, part, of in said(page)] == [
        (who, (n,)) for n in TEXTS for who in ("force", "commissioner")
    ]


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("Assistant Chief Constable’s comments", "?"),
        ("Assistant Commissioner’s comments", "?"),
        ("Response to the PCC from the Chief Constable", "chief officer"),
        ("Letter to the Chief Constable from the PCC", "commissioner"),
        ("4.1 What the Commissioner will do", "commissioner"),
    ],
)
def test_a_label_is_of_whom_it_says_the_words_are_and_not_of_whom_they_are_written_to(label, part):
    assert said(f"<h2>{label}</h2><p>I have read it.</p>") == [("I have", part, ())]


def test_the_commissioner_of_a_page_of_londons_office_is_its_chief_officer():
    data = b"<h2>Letter from the Commissioner</h2><p>I accept the findings.</p>"
    blocks = blocks_of(data, "page.html")
    (found,) = suggest(blocks, "page.html", resolver("mopac"), recorded=recorded())
    assert [piece.part for piece in found.pieces] == ["not needed", "chief officer"]


def test_the_forces_words_below_the_commissioners_label_are_left_to_a_person():
    assert said(
        "<h2>PCC response</h2><p>I agree.</p><p>Our officers have trained since May.</p>"
    ) == [("I agree.", "commissioner", ()), ("Our officers", "?", ())]


def test_of_two_reports_that_headings_part_only_the_recorded_ones_words_are_taken():
    page = """<h1>My responses</h1>
    <h2>1. Warm cells</h2><p>Published by HMICFRS on 4 May 2026.</p>
    <p><b>Recommendation 1.</b> I accept this one.</p>
    <h2>2. Cold cells</h2><p>Published by HMICFRS on 4 January 2027.</p>
    <p><b>Recommendation 1.</b> I accept that one.</p>"""
    found = read(page)
    assert [one.text for one in found.pieces if one.part == "commissioner"] == [
        "Recommendation 1. I accept that one.",
    ]
    assert {one.part for one in found.pieces if "this one" in one.text} == {"other report"}
    blocks = blocks_of(f"<main>{page}</main>".encode(), "page.html")
    assert len(suggest(blocks, "page.html", resolver("kent-pcc"))) == 2


def test_labels_in_two_languages_are_read():
    page = """<h2>Argymhelliad 2 / Recommendation 2</h2>
    <p>Ymateb yr Heddlu / Force response</p><p>Training has begun.</p>
    <p>Ymateb y Comisiynydd / Commissioner’s response</p><p>I have asked for more.</p>"""
    assert [(part, of) for _, part, of in said(page)] == [
        ("force", ("2",)),
        ("commissioner", ("2",)),
    ]


def test_a_tag_that_is_never_closed_hides_nothing():
    page = '<h2>PCC response</h2>\n<ul style="list-style: none;\n<li>On recommendation 1, I agree.'
    assert said(page) == [("On recommendation", "commissioner", ("1",))]


NEWS = """<h1>Commissioner welcomes report</h1><p>News · 4 May 2027</p>
<p>The Commissioner has welcomed a report.</p><p>She said: “I am glad of recommendation 1.”</p>
<p>ENDS</p>"""


def test_news_is_called_news_and_its_quotations_are_suggested_all_the_same():
    assert read(NEWS).kind_of_page == "news"
    assert said(NEWS)[-1] == ("She said:", "commissioner", ("1",))


def test_a_label_may_name_the_recommendation_and_labels_may_be_an_items_beginning():
    page = """<h2>Force response to recommendation 1</h2><p>Cells are reviewed.</p>
    <ul><li>Recommendation 2<ul><li>Force: cells were cleaned.</li><li>PCC: I saw them.</li>
    </ul></li></ul>
    <div>Recommendation 3</div><div>Commissioner</div><div>I went there.</div>"""
    assert [(part, of) for _, part, of in said(page)] == [
        ("force", ("1",)),
        ("force", ("2",)),
        ("commissioner", ("2",)),
        ("commissioner", ("3",)),
    ]


def test_an_answer_beside_its_recommendation_may_stand_first():
    page = f"""<table><tr><th>What we did</th><th>Recommendation</th></tr>
    <tr><td>I went there.</td><td>{TEXTS["2"]}</td></tr></table>"""
    assert said(page) == [("I went", "commissioner", ("2",))]


def test_a_line_that_breaks_a_sentence_begins_no_paragraph():
    page = f"""<p>Recommendation 1<br>{TEXTS["1"].replace("constables ", "constables<br>")}</p>
    <p><b>Force response</b><br>The force heats<br>its cells. It counts<br>the blankets.</p>"""
    texts = [piece.text for piece in read(page).pieces]
    heats = "The force heats its cells. It counts the blankets."
    assert texts == ["Recommendation 1", TEXTS["1"], "Force response", heats]


def test_welsh_beside_english_is_nobodys_a_second_time():
    page = """<h2>Recommendation {0} / Argymhelliad {0}</h2>
    <p><b>Chief Constable:</b> The cells are heated.</p><p>Mae’r celloedd yn gynnes.</p>
    <p><b>Commissioner:</b> I have seen it.</p><p>Rwyf wedi eu gweld.</p>"""
    assert said(page.format(1) + page.format(2)) == [
        one
        for n in ("1", "2")
        for one in (("The cells", "chief officer", (n,)), ("I have", "commissioner", (n,)))
    ]


def test_a_heading_of_two_stands_above_the_words_about_both():
    answers = "<p><b>Force:</b> It is done.</p><p><b>PCC:</b> I am content.</p>"
    both = f"<h3>Recs. 1 and 2</h3><p>{TEXTS['1']} {TEXTS['2']}</p>{answers}"
    apart = f"<h3>Recommendations One and Two</h3><p>{TEXTS['1']}</p><p>{TEXTS['2']}</p>{answers}"
    for page in (both, apart):
        assert [one[1:] for one in said(page)] == [
            ("force", ("1", "2")),
            ("commissioner", ("1", "2")),
        ]
    each = f"<h3>Recs. 1 and 2</h3><p>{TEXTS['1']}</p>{answers}<p>{TEXTS['2']}</p>{answers}"
    assert [of for _, _, of in said(each)] == [("1",), ("1",), ("2",), ("2",)]


def test_paragraphs_numbered_as_the_recommendations_are_may_be_about_them():
    lines = "<p>1. I agree.</p><p>3. I will go.</p>"
    found = read(f"<h2>Commissioner’s comments</h2>{lines}").pieces[1:]
    assert [(one.of, one.of_sure) for one in found] == [(("1",), False), (("3",), False)]
    assert [of for _, _, of in said(f"<h2>Commissioner’s comments</h2><p>I ask:</p>{lines}")] == [
        ()
    ] * 3


def test_a_recommendation_to_compare_with_is_not_the_one_that_a_paragraph_is_about():
    page = """<p>Dear Home Secretary</p><p>Recommendation 1: I have been there.</p>
    <p>On recommendation 3, I will go again. As with recommendation 1, I go alone.</p>
    <p>I look forward to it.</p><p>Yours sincerely</p><p>Police and Crime Commissioner</p>"""
    assert [of for _, _, of in said(page)] == [("1",), ("3",), ()]
    assert not any(one.of_sure for one in read(page).pieces if "As with" in one.text)


def test_two_labels_in_a_cell_are_of_two_speakers():
    page = f"""<table><tr><th>Recommendation</th><th>Response</th></tr><tr>
    <td>Recommendation 1<br>{TEXTS["1"]}</td><td>Chief Constable: Done.<br>PCC: Noted.</td></tr>
    </table>"""
    assert said(page) == [("Done.", "chief officer", ("1",)), ("Noted.", "commissioner", ("1",))]


@pytest.mark.parametrize(
    "above",
    [
        f"<span>2</span><h3>Training</h3><p>HMICFRS said: {TEXTS['2']}</p>",
        f"<h3>What was asked</h3><p>{TEXTS['2'].removeprefix('By 1 May 2027, ')}</p>",
        "<h3>Recommendation 2</h3><p>The inspectorate looked at courses.</p>",
    ],
)
def test_a_passage_finds_its_recommendation_by_number_or_words(above):
    page = f"<h2>Recommendation 1</h2><p><b>PCC:</b> I agree.</p>{above}<p><b>PCC:</b> I do.</p>"
    bare = page.replace("<h2>Recommendation 1</h2>", "<span>1</span>")
    assert said(bare if "<span>" in above else page)[-1] == ("I do.", "commissioner", ("2",))


def test_what_only_the_last_recommendation_has_is_about_none():
    answers = "".join(f"<h3>Recommendation {n}</h3><p>I accept it.</p>" for n in TEXTS)
    invited = "<p>The Chief Constable was invited to comment and wrote:</p><p>“We act.”</p>"
    page = f"<h2>Commissioner’s response</h2>{answers}{invited}<p>I thank the inspectors.</p>"
    assert [of for _, _, of in said(page)] == [("1",), ("2",), ("3",), (), ()]


def test_small_tables_below_headings_are_each_about_one_recommendation():
    page = "".join(
        f"<h3>Recommendation {n}</h3><table><tr><th>What was asked</th><td>Cells</td></tr><tr>"
        "<th>Chief Constable</th><td>We act.</td></tr>"
        "<tr><th>PCC</th><td>I agree.</td></tr></table>"
        for n in TEXTS
    )
    assert [(part, of) for _, part, of in said(page)] == [
        (who, (n,)) for n in TEXTS for who in ("chief officer", "commissioner")
    ]
