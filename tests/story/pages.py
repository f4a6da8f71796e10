"""Pages of responses as offices publish them, in two forms, in our own words."""

from dataclasses import dataclass

from tests.story.reports import EIGHT

FIRST_PASSAGE = "On recommendation 3 I have asked the force for a plan."
THEN_PASSAGE = "On recommendation 3 the force has shown me its plan, and I have visited twice."


@dataclass(frozen=True)
class Page:
    """A page: what the report is, and when the response came out, if the page says."""

    file: str
    title: str
    kind: str
    published_on: str
    """In words, as a page has it."""
    responded_on: str | None
    by: str | None = None
    """When all shall be done, in words."""

    @property
    def url(self) -> str:
        return f"https://westmoor.example/responses/{self.file.partition('.')[0]}"

    def text(self) -> str:
        """The page's bytes, as its name has it: plain, with labels; or HTML, with headings."""
        return self._html() if self.file.endswith(".html") else self._plain()

    def _recommendation(self, number: str) -> str:
        until = f"By {self.by}, chief" if self.by else "Chief"
        return f"{until} constables should put part {number} of this right and publish how."

    def _passage(self, number: str) -> str:
        return f"On recommendation {number} I have asked the force for a plan."

    def _plain(self) -> str:
        said = f"Statement published: {self.responded_on}\n" if self.responded_on else ""
        listed = "\n\n".join(f"Rec {n}: {self._recommendation(n)}" for n in EIGHT)
        passages = "\n\n".join(map(self._passage, EIGHT))
        return (
            "Police and Crime Commissioner for Westmoor\n\n"
            f"Report title: {self.title}\n"
            f"Report published: {self.published_on}\n"
            f"Inspection type: {self.kind}\n{said}\n"
            "Summary of findings:\n\nHMICFRS went to eight places, and liked five.\n\n"
            f"Recommendations:\n\n{listed}\n\n"
            f"Commissioner's response:\n\nI am grateful for this report.\n\n{passages}\n"
        )

    def _html(self) -> str:
        said = self.responded_on
        day = f"<p><strong>Response published:</strong> {said}</p>" if said else ""
        listed = "".join(
            f"<h3>Recommendation {n}</h3><p>{self._recommendation(n)}</p>\n" for n in EIGHT
        )
        passages = "".join(f"<p>{self._passage(n)}</p>\n" for n in EIGHT)
        return (
            '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
            f"<title>{self.title}</title></head>\n<body><main>\n<h1>{self.title}</h1>\n"
            f"<p><strong>Inspection title:</strong> {self.title}</p>\n"
            f"<p><strong>Report published:</strong> {self.published_on}</p>\n"
            f"<p><strong>Type of inspection:</strong> {self.kind}</p>\n{day}\n"
            "<h2>What the inspectorate found</h2>\n<p>HMICFRS went to eight places.</p>\n"
            f"<h2>Recommendations</h2>\n{listed}"
            f"<h2>Our response</h2>\n<p>I welcome this report.</p>\n{passages}"
            "</main></body></html>\n"
        )


FRAUD = Page(
    "fraud.txt", "Fraud by telephone", "National thematic", "5 December 2024", "24 January 2025"
)
DRONES = Page("drones.html", "Drones over fields", "PEEL", "9 January 2025", None)
SHOPS = Page(
    "shops.txt", "Theft from shops", "National thematic", "13 February 2025", "4 April 2025",
    by="30 June 2025",
)  # fmt: skip
NIGHT = Page(
    "night.html", "Streets at night", "National thematic", "19 June 2025", "11 August 2025",
    by="31 March 2026",
)  # fmt: skip
FRAUD_REF = "hmicfrs-2024-12-05-fraud-by-telephone"
DRONES_REF = "hmicfrs-2025-01-09-drones-over-fields"
SHOPS_REF = "hmicfrs-2025-02-13-theft-from-shops"
NIGHT_REF = "hmicfrs-2025-06-19-streets-at-night"
