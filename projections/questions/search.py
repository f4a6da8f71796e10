"""A search by words: bodies by their names, reports by their titles, recommendations by their
texts; the first of each, and whether there are more, which the lists have."""

from projections.answers.answers import Json
from projections.questions import lists
from projections.questions.question import Question

FIRST = 10
"""How many of each it answers with."""


def search(question: Question, q: str) -> Json:
    """What has these words. Unfit where there is no word to look for."""
    reports = lists.reports(question, q=q, limit=FIRST)
    recommendations = lists.recommendations(question, q=q, limit=FIRST)
    bodies = _bodies(question, q)
    return {
        "q": q,
        "bodies": bodies[:FIRST],
        "reports": reports["items"],
        "recommendations": recommendations["items"],
        "more": {
            "bodies": len(bodies) > FIRST,
            "reports": reports["next"] is not None,
            "recommendations": recommendations["next"] is not None,
        },
        "as_of": recommendations["as_of"],
    }


def _bodies(question: Question, q: str) -> list[Json]:
    """The bodies of the register that have each word, or its beginning, in their name, area or id;
    by name."""
    wanted = q.lower().replace("-", " ").split()
    found = [
        {
            "id": one.id,
            "name": one.name,
            "kind": one.kind,
            "area": one.area,
            "links": {"self": f"/api/bodies/{one.id}", "page": f"/bodies/{one.id}"},
        }
        for one in question.register.bodies.values()
        if all(
            any(word.startswith(asked) for word in _words(f"{one.name} {one.area or ''} {one.id}"))
            for asked in wanted
        )
    ]
    return sorted(found, key=lambda one: str(one["name"]))


def _words(name: str) -> list[str]:
    return name.lower().replace("-", " ").replace(",", " ").split()
