"""Search by words: bodies by name, reports by title, recommendations by their texts."""

from projections.answers.parts import Links
from projections.answers.search import BodyByWords, Found, More
from projections.questions.lists import recommendations, reports
from projections.questions.question import Question

FIRST = 10
"""A search answers with so many results of each kind."""


def search(question: Question, q: str, *, counted: bool = False) -> Found:
    """Return the first bodies, reports and recommendations with these words in their name, title or
    texts, and whether there are more. `counted` is as in the lists. Raise Unfit without a word."""
    titled = reports(question, q=q, limit=FIRST)
    asked = recommendations(question, q=q, limit=FIRST, counted=counted)
    bodies = _bodies(question, q)
    return Found(
        q=q,
        bodies=bodies[:FIRST],
        reports=titled.items,
        recommendations=asked.items,
        more=More(
            bodies=len(bodies) > FIRST,
            reports=titled.next is not None,
            recommendations=asked.next is not None,
        ),
        as_of=asked.as_of,
    )


def _bodies(question: Question, q: str) -> list[BodyByWords]:
    """Return the bodies of the register, by name, with the beginning of each word in their name,
    area or id."""
    wanted = q.lower().replace("-", " ").split()
    found = [
        BodyByWords(
            id=one.id,
            name=one.name,
            kind=one.kind,
            area=one.area,
            links=Links(self=f"/api/bodies/{one.id}", page=f"/bodies/{one.id}"),
        )
        for one in question.register.bodies.values()
        if all(
            any(word.startswith(asked) for word in _words(f"{one.name} {one.area or ''} {one.id}"))
            for asked in wanted
        )
    ]
    return sorted(found, key=lambda one: one.name)


def _words(name: str) -> list[str]:
    return name.lower().replace("-", " ").replace(",", " ").split()
