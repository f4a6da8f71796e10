"""Sentences about a response or a recommendation, from its JSON shape alone."""

from typing import Any

from api.pages.isolation import apart
from api.pages.words import VERDICTS, body_of, count, day, moment

Shape = dict[str, Any]


def verdict(response: Shape) -> str:
    """`Late by at least 22 days`: the verdict and its days, for a list."""
    word, days = str(response["verdict"]), response.get("days")
    said = VERDICTS.get(word, (word.replace("_", " "), ""))[0]
    said = said[:1].upper() + said[1:]
    if days is None:
        return said
    if word in ("late", "overdue"):
        least = "at least " if response.get("at_least") else ""
        return f"{said} by {least}{count(days, 'day')}"
    if word in ("due", "not_due"):
        return f"{said}: {'today is the last day' if days == 0 else count(days, 'day') + ' left'}"
    return said


def published(response: Shape) -> str:
    """When a response was published, as far as a record shows it."""
    if response.get("published_on"):
        return f"published {day(response['published_on'])}"
    if response["bases"]["published"]:
        return "published on a day not known"
    return "no record held of a response"


def due(response: Shape) -> str:
    """When a response is due, or why no day can be told."""
    if response.get("due_on"):
        return f"due {day(response['due_on'])}"
    if response["verdict"] == "no_period":
        return "no period is set"
    return "the last day cannot be told: the report’s day is not known exactly"


def coverage(response: Shape) -> tuple[str, str] | None:
    """What the response explains, in short, and whose list of recommendations it is counted by."""
    shape = response.get("coverage")
    if not shape or not shape["addressed"]:
        return None
    by_due, general = shape["explained_by_due"], shape["general"]
    short = f"{shape['explained_now']} of {count(shape['addressed'], 'recommendation')}"
    if by_due is not None and by_due != shape["explained_now"]:
        short += f", at least {by_due} by the last day"
    if general:
        short += f", {general} in general terms only"
    if shape["listed_by"] == "report":
        return short, "of those that the report lists"
    return short, "of those that it lists itself; the report’s own list is not recorded here"


def improved_later(response: Shape, working: Shape) -> list[str]:
    """What bettered the verdict by an entry made after the last day, what it was before, and
    whether that entry was set aside since."""
    undone = {one["entry"] for one in working["set_aside"]}
    return [
        f"An entry made after the last day, on {moment(one['recorded_at'])}, bettered this "
        f"verdict: before, it was {_in_words(one['from'])}; with it, {_in_words(one['to'])}."
        f"{' That entry was set aside since.' if one['entry'] in undone else ''}"
        for one in response.get("improved_later") or []
    ]


def _in_words(found: Shape) -> str:
    """`overdue by 10 days`, in the middle of a sentence."""
    words = verdict(found)
    return words[:1].lower() + words[1:]


def target(recommendation: Shape) -> str:
    """Where a recommendation stands against its target date."""
    shape = recommendation.get("target") or {"standing": "none"}
    on, days = shape.get("on"), shape.get("days")
    if shape["standing"] == "none" or not on:
        return "No target date is recorded."
    if shape["standing"] == "passed":
        gone = f"{count(days, 'day')} ago" if days else "already"
        return f"{day(on)} passed {gone}, and no closure and no claim of completion stands."
    if shape["standing"] == "over":
        recorded = "a closure, an end, a claim or a later day is recorded"
        return f"{day(on)}, a day that is over; {recorded}."
    ahead = f": {count(days, 'day')} ahead" if days is not None and days >= 0 else ""
    return f"{day(on)}{ahead}."


def closed(shape: Shape, names: dict[str, str]) -> str:
    """By whose decision it is closed; where another recorded it, as reported by whom."""
    who = apart(shape.get("by_name") or shape.get("by") or "somebody not named")
    on = f" on {day(shape['on'])}" if shape.get("on") else " on a day not known"
    if shape.get("provenance") != "reported":
        return f"Closed by {who}{on}."
    teller = body_of(shape["recorded_by"])
    told_by = apart(shape.get("reported_by_name") or names.get(teller, teller))
    if shape.get("source_note"):
        source = f" from “{apart(shape['source_note'])}”"
    else:
        source = f" from {apart(shape['source_url'])}" if shape.get("source_url") else ""
    return f"Closed by {who}{on}, as reported by {told_by}{source}."


def names(*shapes: Any) -> dict[str, str]:
    """Names of bodies by id, from wherever a shape has both (`by` and `by_name`)."""
    found: dict[str, str] = {}
    for shape in shapes:
        if isinstance(shape, dict):
            for key, value in shape.items():
                if isinstance(value, str) and isinstance(shape.get(f"{key}_name"), str):
                    found[value] = shape[f"{key}_name"]
            found |= names(*shape.values())
        elif isinstance(shape, list):
            found |= names(*shape)
    return found
