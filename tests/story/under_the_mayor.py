"""April to September 2025: the force has a new name, and a mayor takes the commissioner's place."""

from tests.story.office import rows, to
from tests.story.pages import DRONES, FIRST_PASSAGE, NIGHT, SHOPS, THEN_PASSAGE
from tests.story.reports import (
    APRIL_TO_JUNE,
    EIGHT,
    FORCE,
    HMICFRS,
    JULY_TO_SEPTEMBER,
    MAY_TO_JUNE,
    MAYOR,
    PANEL,
    PCC,
    explained,
)
from tests.story.telling import Told, imports, meets

SERGEANT = "Sergeant Ptolemy Harcastle"
WITH_A_NAME = f"On recommendation 8, {SERGEANT} has been taken off the searches for good."
LETTER = {"note": "A letter of the inspectorate to the commissioner."}


def spring(told: Told) -> None:
    """April to June: a force with a new name, a mayor in the commissioner's place."""
    office = told.office
    office.says("keeper", "bodies/changes", id=FORCE, name="Westmoor Police",
                occurred_on="2025-04-01", source={"note": "The order."})  # fmt: skip
    office.publishes("clerk", *APRIL_TO_JUNE)
    told.notes["shops"] = imports(told, PCC, SHOPS)
    _decided_in_spring(told)
    office.responds("clerk", "firearms", "2025-04-30", *explained(*EIGHT))
    office.responds("clerk", "children-again", "2025-04-10", parts=["chief_officer_comments"])
    office.responds("clerk", "children-again", "2025-04-25", *explained(*EIGHT))
    office.says("clerk", f"responses/children-again/{PCC}/copies",
                to="inspectorate", occurred_on="2025-04-28")  # fmt: skip
    office.says(
        "clerk",
        f"responses/complaint/{PCC}/extensions",
        applied_on="2025-04-28",
        granted_on="2025-05-02",
        granted_by="The Independent Office for Police Conduct",
        due_on="2025-06-03",
        basis="The election.",
        occurred_on="2025-05-02",
    )

    _the_mayor_takes_over(told)
    office.publishes("mayors_clerk", *MAY_TO_JUNE)
    for report, day in (
        ("complaint", "2025-05-30"),
        ("state", "2025-06-02"),
        ("vetting", "2025-05-27"),
    ):
        office.responds("mayors_clerk", report, day, *explained(*EIGHT), body=PCC, by=MAYOR)
    told.notes["press release"] = office.responds(
        "mayors_clerk", "crowds", "2025-06-20", *explained(*EIGHT), body=PCC, by=MAYOR
    )
    # A slip of January comes out: the response to `calls` had been on the site since the 12th.
    office.says(
        "mayors_clerk",
        f"entries/{told.notes['calls']['event']['id']}/corrections",
        field="published_on",
        now="2025-01-12",
        reason="The page's own record of changes says so.",
    )

    answer = {"update": "They are, in all four.", "claim as stated": "Green", "means": "complete",
              "answers": told.notes["asked"]}  # fmt: skip
    done = rows({"firearms": ("1", "2")}, "complete", "Green")
    goes_on = rows({"roads": EIGHT}, "on_track", "Amber")
    sheet = told.folder / "2025-q2.xlsx"
    told.notes["third sheet"] = office.quarter(
        sheet, MAYOR, {("calls", "2"): answer} | done | goes_on, "2025-06-13"
    )
    meets(told, "2025-06-24", "2025-06-17", {("calls", "2"): "To be looked at again.",
                                             ("firearms", "1"): "Noted."})  # fmt: skip


def _decided_in_spring(told: Told) -> None:
    office = told.office
    for number in ("1", "2", "3", "4"):
        office.says("editor", f"{to('custody-joint', number)}/closures",
                    reason="Seen at work.", occurred_on="2025-04-10")  # fmt: skip
    told.notes["by letter"] = office.act(
        "clerk", f"{to('calls', '1')}/closures",
        by=HMICFRS, reason="The letter says so.", occurred_on="2025-04-22", source=LETTER,
    )  # fmt: skip
    office.says("editor", "reports/stores/takeover")
    office.says("editor", f"{to('stores', '8')}/withdrawals",
                reason="The law has changed.", occurred_on="2025-04-15")  # fmt: skip
    office.says("editor", f"{to('stores', '7')}/supersessions",
                superseded_by={"report": "firearms", "number": "1", "addressee": FORCE},
                reason="One says what two said.", occurred_on="2025-04-15")  # fmt: skip
    told.notes["dispute"] = office.act(
        "force", f"entries/{told.notes['red']['custody', '3']}/disputes",
        text="Green was said of the first delivery, and that had come.",
    )  # fmt: skip


def _the_mayor_takes_over(told: Told) -> None:
    office = told.office
    mayor = {"id": MAYOR, "name": "Mayor of Westmoor", "kind": "local_policing_body"}
    office.says("keeper", "bodies", **mayor, force=FORCE, panel=PANEL)
    office.says("keeper", "bodies/successions", id=PCC, successor=MAYOR,
                occurred_on="2025-05-07", source={"note": "The order."})  # fmt: skip
    office.joins("mayors_clerk", "mayors_deputy")
    office.says("mayors_clerk", f"bodies/{MAYOR}/keeping", **{"from": "2017-01-01"})
    office.run("account", "close", f"{PCC}/clerk")


def summer(told: Told) -> None:
    """July to September: slips put right, a name taken out, a page that changed, two silences."""
    office = told.office
    office.publishes("mayors_clerk", *JULY_TO_SEPTEMBER)
    told.notes["night"] = imports(told, MAYOR, NIGHT)
    office.responds("mayors_clerk", "peel-2025", "2025-07-18", *explained("1"), body=PCC, by=MAYOR)
    office.responds("mayors_clerk", "homes", "2025-07-08", *explained(*EIGHT))
    told.notes["name"] = office.responds(
        "mayors_clerk", "search", "2025-07-16",
        *explained(*EIGHT[:6]),
        *explained("7", stance="no_action", reason="It is for the Home Office."),
        *explained("8", text=WITH_A_NAME),
        text=f"I am grateful for this report.\n\n{WITH_A_NAME}",
    )  # fmt: skip
    office.responds("mayors_clerk", "ports", "2025-07", *explained(*EIGHT))
    office.responds("mayors_clerk", "knives", "2025-08-29", *explained(*EIGHT))
    general = explained("6", "7", "8", how="general")
    office.responds("mayors_clerk", "care", "2025-09-09", *explained(*EIGHT[:5]), *general)
    _put_right(told)
    _decided_in_summer(told)

    sheet = told.folder / "2025-q3.xlsx"
    office.sends(sheet, MAYOR)
    # While the force fills it in, it is asked about one of the rows: that row will be refused.
    office.says("mayors_clerk", f"{to('vetting', '5')}/assurances", of=FORCE,
                question="How many are still to be vetted?", occurred_on="2025-09-10")  # fmt: skip
    done = rows({"homes": EIGHT, "custody": ("4",)}, "complete", "Green")
    goes_on = rows({"vetting": ("1", "2", "3", "4", "5")}, "on_track", "Amber")
    told.notes["fourth sheet"] = office.gets(sheet, MAYOR, done | goes_on, "2025-09-12")
    meets(told, "2025-09-23", "2025-09-16", {("custody", "3"): "Still red.",
                                             ("calls", "2"): "Content."})  # fmt: skip


def _put_right(told: Told) -> None:
    """A day corrected by the publisher's page, a press release set aside, a name redacted."""
    office = told.office
    homes = office.asks("entries", type="report-published", report="homes")["items"][0]["id"]
    office.says(
        "mayors_clerk", f"entries/{homes}/corrections",
        field="published_on", now="2025-05-15", reason="A slip: the 12th was a Monday.",
        source={"capture": office.keeps("editor", MAY_TO_JUNE[0].url)},
    )  # fmt: skip
    release = told.notes["press release"]["event"]["id"]
    office.says("mayors_clerk", f"entries/{release}/retraction",
                reason="It was a press release.")  # fmt: skip
    office.responds(
        "mayors_clerk", "crowds", "2025-07-02", *explained(*EIGHT[:4]), body=PCC, by=MAYOR
    )

    passage = next(
        one["id"] for one in told.notes["name"]["events"]
        if one["stream"] == f"recommendation/search/8/{FORCE}"
    )  # fmt: skip
    sought = office.act("mayors_clerk", f"entries/{passage}/redaction", field="text",
                        basis="personal_data")  # fmt: skip
    told.notes["by the same"] = office.tries(
        "mayors_clerk", f"entries/{sought}/redaction-confirmation"
    )
    told.notes["redacted"] = office.says(
        "mayors_deputy", f"entries/{sought}/redaction-confirmation"
    )

    changed = told.folder / "since" / DRONES.file
    changed.parent.mkdir()
    page = DRONES.text()
    assert page.count(FIRST_PASSAGE) == 1
    changed.write_text(page.replace(FIRST_PASSAGE, THEN_PASSAGE), encoding="utf-8")
    told.notes["met again"] = office.run(
        "import", str(changed), "--body", PCC, "--url", DRONES.url, "--yes"
    )


def _decided_in_summer(told: Told) -> None:
    office = told.office
    office.says("editor", f"{to('custody-joint', '1')}/reopenings",
                reason="A visit found it undone.", occurred_on="2025-07-01")  # fmt: skip
    office.says("editor", f"{to('firearms', '1')}/closures",
                reason="Seen at work.", occurred_on="2025-07-15")  # fmt: skip
    office.says("mayors_clerk", f"{to('custody-joint', '5')}/closure-proposals",
                reason="It was seen at work by me.", occurred_on="2025-07-10")  # fmt: skip
