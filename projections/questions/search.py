"""Search by words: bodies by name, reports by title, recommendations and responses by their
texts."""

from msgspec import UNSET

from ledger.register import as_searched, names_of
from projections.answers.parts import Links
from projections.answers.register import NamesBeside
from projections.answers.search import BodyByWords, Found, More
from projections.questions.lists import recommendations, reports, responses
from projections.questions.question import Question

FIRST = 10
"""A search answers with so many results of each kind."""


def search(question: Question, q: str, *, counted: bool = False) -> Found:
    """Return the first bodies, reports, recommendations and responses with these words in their
    name, title or texts, and whether there are more. `counted` is as in the lists. Raise Unfit
    without a word."""
    titled = reports(question, q=q, limit=FIRST)
    asked = recommendations(question, q=q, limit=FIRST, counted=counted)
    answered = responses(question, q=q, limit=FIRST, counted=counted)
    bodies = _bodies(question, q)
    return Found(
        q=q,
        bodies=bodies[:FIRST],
        reports=titled.items,
        recommendations=asked.items,
        responses=answered.items,
        more=More(
            bodies=len(bodies) > FIRST,
            reports=titled.next is not None,
            recommendations=asked.next is not None,
            responses=answered.next is not None,
        ),
        as_of=asked.as_of,
    )


def _bodies(question: Question, q: str) -> list[BodyByWords]:
    """Return the bodies of the register with the beginning of each word in their names, area or id.
    Those in office come first, then those whose names begin so, then commissioners."""
    wanted = _words(q)
    register, day = question.register, question.when.effective_on
    in_english = question.register_in("en").bodies
    ends = {one: register.term(one).ends for one in register.bodies}
    over = {one: str(end) for one, end in ends.items() if end is not None and end < day}
    found = [
        BodyByWords(
            id=one.id,
            name=one.name,
            names=NamesBeside(cy=one.names.cy) if one.names else UNSET,
            kind=one.kind,
            area=one.area,
            until=over.get(one.id),
            links=Links(self=f"/api/bodies/{one.id}", page=f"/bodies/{one.id}"),
        )
        for one in register.bodies.values()
        for said in [(*names_of(in_english[one.id]), one.area or "", one.id)]
        if wanted
        and all(any(word.startswith(asked) for word in _words(" ".join(said))) for asked in wanted)
    ]
    begins = tuple(wanted[:1])

    def place(one: BodyByWords) -> tuple[bool, bool, bool, str]:
        other = one.kind != "local_policing_body"
        named = (one.name, one.names.cy if one.names else one.name)
        begin = any(as_searched(name).startswith(begins) for name in named)
        return one.until is not None, not begin, other, one.name

    return sorted(found, key=place)


def _words(name: str) -> list[str]:
    return as_searched(name).replace("-", " ").replace(",", " ").split()
