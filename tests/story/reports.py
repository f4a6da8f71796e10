"""The thirty reports of the year, eight recommendations each, and what a statement says of them.

The office is made up, and so are the titles: nothing here is said of anybody.
"""

from dataclasses import dataclass
from typing import Any

PCC, MAYOR = "westmoor-pcc", "westmoor-mayor"
FORCE, PANEL = "westmoor-constabulary", "westmoor-police-and-crime-panel"
HMICFRS, IOPC = "hmicfrs", "iopc"
SITE = "https://hmicfrs.justiceinspectorates.gov.uk/publications"
EIGHT = tuple(str(n) for n in range(1, 9))


@dataclass(frozen=True)
class Report:
    """A report as the office gets to know it."""

    name: str
    title: str
    kind: str
    published_on: str
    owed_by: str = PCC
    publisher: str = HMICFRS
    target: str | None = None
    """The day by which all of its recommendations shall be done."""
    held: bool = False
    """Whether a copy of the publisher's page is kept."""
    grouped: str = "recommendations"
    """`recommendations`: eight of them; `peel`: a cause of concern, two recommendations that
    belong to it, five areas for improvement; `cause`: a cause without any, seven areas."""

    @property
    def url(self) -> str:
        return f"{SITE}/{self.name}"

    @property
    def recommendations(self) -> list[dict[str, Any]]:
        match self.grouped:
            case "peel":
                cause = self._one("coc-1", kind="cause_of_concern")
                two = [self._one(n, parent="coc-1") for n in ("1", "2")]
                areas = [self._one(f"afi-{n}", kind="afi") for n in range(1, 6)]
                return [cause, *two, *areas]
            case "cause":
                cause = self._one("coc-1", kind="accelerated_cause_of_concern")
                return [cause, *(self._one(f"afi-{n}", kind="afi") for n in range(1, 8))]
            case _:
                return [self._one(n) for n in EIGHT]

    def _one(self, number: str, **more: Any) -> dict[str, Any]:
        text = f"The force should do what number {number} of “{self.title}” says."
        due = {"target": {"on": self.target}} if self.target else {}
        return {"number": number, "text": text, "addressees": [FORCE], **due, **more}

    def asked(self, capture: str | None = None) -> dict[str, Any]:
        """The request that publishes it; a super-complaint's duty comes by hand."""
        source = {"url": self.url} | ({"capture": capture} if capture else {})
        return {
            "reference": self.name,
            "title": self.title,
            "kind": self.kind,
            "publisher": self.publisher,
            "published_on": self.published_on,
            "same_as": [self.url],
            "bodies": [] if self.kind == "other" else [self.owed_by],
            "recommendations": self.recommendations,
            "source": source,
        }


def explained(
    *numbers: str, how: str = "named", stance: str = "proposed", **more: Any
) -> list[dict[str, Any]]:
    """What a statement says of recommendations, each in a passage of its own."""
    return [
        {
            "number": number,
            "addressee": FORCE,
            "how": how,
            "stance": stance,
            "text": f"On recommendation {number} I have asked for a plan with days in it.",
            **more,
        }
        for number in numbers
    ]


def not_found(*numbers: str) -> list[dict[str, Any]]:
    """Recommendations about which no passage was found."""
    return [
        {"number": number, "addressee": FORCE, "how": "not_found", "stance": "not_stated"}
        for number in numbers
    ]


OCTOBER_TO_DECEMBER = (
    Report("custody", "Custody at night", "national_thematic", "2024-10-02", target="2025-03-31"),
    Report("custody-joint", "Leaving custody", "joint", "2024-10-02"),
    Report("stores", "What the stores hold", "force_inspection", "2024-10-17", target="2025-06-30"),
    Report("peel-2024", "PEEL: Westmoor", "peel", "2024-10-31", grouped="peel"),
    Report("children", "Children who go missing", "child_protection", "2024-11-07"),
    Report("calls", "Calls that wait", "national_thematic", "2024-11-21"),
    Report("rural", "Crime far out", "pcc_commissioned", "2024-12-19", held=True),
)
"""The seventh of the quarter, `fraud`, comes with the page of its response, in the new year."""

JANUARY_TO_MARCH = (
    Report("roads", "Roads at dusk", "national_thematic", "2025-01-16", target="2025-12-31"),
    Report("borders", "Where counties meet", "joint", "2025-01-30"),
    Report("firearms", "Licences and those who hold them", "force_inspection", "2025-02-06"),
    Report("children-again", "Children, a year on", "child_protection", "2025-02-28"),
    Report("complaint", "A super-complaint on data", "other", "2025-03-11", publisher=IOPC),
    Report("state", "The state of policing", "state_of_policing", "2025-03-20"),
)
"""`drones` comes with its page within the quarter, `shops` in the next one."""

APRIL_TO_JUNE = (
    Report("vetting", "Vetting, again", "national_thematic", "2025-04-03"),
    Report("peel-2025", "PEEL: Westmoor, a revisit", "peel", "2025-04-24", grouped="peel"),
    Report("crowds", "Crowds and their stewards", "national_thematic", "2025-05-01"),
)
MAY_TO_JUNE = (
    Report("homes", "Homes of their own", "child_protection", "2025-05-12", owed_by=MAYOR),
    Report("search", "Stop, search, record", "force_inspection", "2025-05-22", owed_by=MAYOR),
    Report("ports", "Small ports", "joint", "2025-06-05", owed_by=MAYOR, held=True),
)
"""Owed by the mayor. `homes` came out on 15 May: the 12th is a slip, which is put right."""

JULY_TO_SEPTEMBER = (
    Report("knives", "Knives and young people", "national_thematic", "2025-07-03", owed_by=MAYOR),
    Report(
        "peel-summer", "PEEL: Westmoor in summer", "peel", "2025-07-10",
        owed_by=MAYOR, held=True, grouped="peel",
    ),
    Report("care", "From care to custody", "child_protection", "2025-07-17", owed_by=MAYOR),
    Report(
        "data", "Data that nobody reads", "national_thematic", "2025-07-31",
        owed_by=MAYOR, held=True,
    ),
    Report("dogs", "Police dogs", "force_inspection", "2025-08-14", owed_by=MAYOR, held=True),
    Report("courts", "From charge to court", "joint", "2025-09-04", owed_by=MAYOR, held=True),
    Report(
        "peel-autumn", "PEEL: Westmoor in autumn", "peel", "2025-09-18",
        owed_by=MAYOR, held=True, grouped="cause",
    ),
)  # fmt: skip
"""`night` comes with its page."""
