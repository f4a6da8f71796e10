"""October 2024 to March 2025, under the commissioner."""

from tests.story.office import rows, to
from tests.story.pages import DRONES, FRAUD
from tests.story.reports import (
    EIGHT,
    FORCE,
    JANUARY_TO_MARCH,
    OCTOBER_TO_DECEMBER,
    PANEL,
    PCC,
    explained,
    not_found,
)
from tests.story.telling import Told, imports, meets


def before_the_year(told: Told) -> None:
    """The register gets the office, its force and its panel; people get their accounts."""
    office = told.office
    office.joins("keeper")
    for body in (
        {"id": PANEL, "name": "Westmoor Police and Crime Panel", "kind": "panel"},
        {"id": FORCE, "name": "Westmoor Constabulary", "kind": "force"},
        {
            "id": PCC,
            "name": "Police and Crime Commissioner for Westmoor",
            "kind": "local_policing_body",
            "force": FORCE,
            "panel": PANEL,
        },
    ):
        office.says("keeper", "bodies", **body)
    office.joins("clerk", "editor", "force", "panel")
    office.says("clerk", f"bodies/{PCC}/keeping", **{"from": "2017-01-01"})


def autumn(told: Told) -> None:
    """October to December: seven reports, four responses, the first sheet, the first meeting."""
    office = told.office
    office.publishes("clerk", *OCTOBER_TO_DECEMBER)

    # One statement for two reports of the same day: the joint one is covered in general.
    both = [{"report": "custody-joint", "explanations": explained(*EIGHT, how="general")}]
    office.responds("clerk", "custody", "2024-11-22", *explained(*EIGHT), also=both)
    office.responds("clerk", "stores", "2024-12-12", *explained(*EIGHT))
    office.responds("clerk", "peel-2024", "2024-12-20", *explained("1", "2"))

    claimed = rows({"custody": ("1", "2", "3")}, "complete", "Green, all done")
    goes_on = rows({"custody": ("4", "5", "6", "7", "8")}, "on_track", "Amber, on its way")
    at_risk = rows({"stores": EIGHT}, "at_risk", "Amber, short of people")
    sheet = told.folder / "2024-q4.xlsx"
    told.notes["first sheet"] = office.quarter(
        sheet, PCC, claimed | goes_on | at_risk, "2024-12-10"
    )
    meets(told, "2024-12-17", "2024-12-10", {("custody", "3"): "Green, as promised. Noted."})


def winter(told: Told) -> None:
    """January to March: eight reports more, two of them with their pages, and what is decided."""
    office = told.office
    _decided_in_winter(told)
    office.publishes("clerk", *JANUARY_TO_MARCH)
    by_hand = {"rule": "manual", "due_on": "2025-05-06", "source": {"note": "As its page says."}}
    office.says("keeper", f"responses/complaint/{PCC}/duties", **by_hand)
    told.notes["fraud"] = imports(told, PCC, FRAUD)
    told.notes["drones"] = imports(told, PCC, DRONES)

    office.responds("clerk", "children", "2025-01-15", *explained(*EIGHT[:6]), *not_found("7", "8"))
    told.notes["calls"] = office.responds("clerk", "calls", "2025-01-21", *explained(*EIGHT))
    office.responds("clerk", "rural", "2025-02", *explained(*EIGHT))
    both = [{"report": "borders", "explanations": explained(*EIGHT)}]
    office.responds("clerk", "roads", "2025-03-20", *explained(*EIGHT[:5]), also=both)
    office.says(
        "clerk",
        f"responses/children/{PCC}/disapplications",
        basis="not_the_subject",
        decided_by="HMICFRS, by telephone",
        occurred_on="2025-02-20",
    )
    office.says("clerk", f"responses/children-again/{PCC}/invitations",
                reply_by="2025-03-21", occurred_on="2025-03-05")  # fmt: skip
    office.says("force", f"responses/children-again/{PCC}/comments",
                text="The force agrees.", occurred_on="2025-03-19")  # fmt: skip

    worse = rows({"custody": ("3",)}, "off_track", "Red, the tablets never came")
    done = rows({"custody-joint": EIGHT, "calls": EIGHT[:4]}, "complete", "Green")
    goes_on = rows({"peel-2024": ("coc-1", "1", "2")}, "on_track", "Amber")
    sheet = told.folder / "2025-q1.xlsx"
    told.notes["second sheet"] = office.quarter(sheet, PCC, worse | done | goes_on, "2025-03-14")
    red = "Red, not green as had been promised at the last meeting."
    told.notes["red"] = meets(told, "2025-03-25", "2025-03-18", {("custody", "3"): red})


def _decided_in_winter(told: Told) -> None:
    office = told.office
    tablets = {"question": "Are the tablets in use in every custody suite?", "of": FORCE}
    told.notes["asked"] = office.act(
        "clerk", f"{to('calls', '2')}/assurances", occurred_on="2025-02-03", **tablets
    )
    office.says("clerk", f"{to('children', '1')}/assurances", of=FORCE,
                question="Who looks at the list at night?", occurred_on="2025-03-10")  # fmt: skip
    for number in ("1", "2"):
        office.says("editor", f"{to('custody', number)}/closures",
                    reason="Seen at work.", occurred_on="2025-01-20")  # fmt: skip
    office.says("force", f"{to('custody', '3')}/closure-proposals",
                reason="It is done.", occurred_on="2025-01-13")  # fmt: skip
    office.says("editor", f"{to('custody', '3')}/refusals",
                reason="Not seen at work.", occurred_on="2025-02-10")  # fmt: skip
    office.says("force", f"{to('custody', '5')}/targets", on="2025-10-31", origin="force",
                reason="The supplier is late.", occurred_on="2025-03-03",
                )  # fmt: skip
