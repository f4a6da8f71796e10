"""What the year comes to, worked out by hand from `year.py`, with a calendar and a pencil.

Nothing here is computed. A response is due 55 days after its report is published: the day of
publication is day 1, the last day is day 56. Days late count from the last day.
"""

from typing import Any

RESPONSES: dict[str, tuple[str | None, str, int | None]] = {
    # report, day of publication:  last day, verdict on 30 September 2025, days
    # 2 October 2024; to 31 October 29 days, to 26 November 55; published 22 November.
    "custody": ("2024-11-26", "in_time", None),
    # The same day, by the same statement.
    "custody-joint": ("2024-11-26", "in_time", None),
    # 17 October; to 31 October 14, to 30 November 44, to 11 December 55; published on the 12th.
    "stores": ("2024-12-11", "late", 1),
    # 31 October; to 30 November 30, to 25 December 55 (Christmas stays); published on the 20th.
    "peel-2024": ("2024-12-25", "in_time", None),
    # 7 November; to 30 November 23, to 31 December 54, so New Year's Day; published 15 January.
    # Said in February not to apply, but entered here after the last day: the verdict stays.
    "children": ("2025-01-01", "late", 14),
    # 21 November; to 31 December 40, to 15 January 55; entered as 21 January, in truth the 12th.
    "calls": ("2025-01-15", "in_time", None),
    # 5 December; to 31 December 26, to 29 January 55; its page says 24 January.
    "hmicfrs-2024-12-05-fraud-by-telephone": ("2025-01-29", "in_time", None),
    # 19 December; to 31 January 43, to 12 February 55; published in February, nobody knows when.
    "rural": ("2025-02-12", "not_shown", None),
    # 9 January 2025; to 28 February 50, to 5 March 55; its page has no day.
    "hmicfrs-2025-01-09-drones-over-fields": ("2025-03-05", "not_shown", None),
    # 16 January; to 28 February 43, to 12 March 55; published 20 March.
    "roads": ("2025-03-12", "late", 8),
    # 30 January; to 28 February 29, to 26 March 55; by the same statement of 20 March.
    "borders": ("2025-03-26", "in_time", None),
    # 6 February; to 28 February 22, to 31 March 53, to 2 April 55; published 30 April.
    "firearms": ("2025-04-02", "late", 28),
    # 13 February; to 31 March 46, to 9 April 55; its page says 4 April.
    "hmicfrs-2025-02-13-theft-from-shops": ("2025-04-09", "in_time", None),
    # 28 February; to 31 March 31, to 24 April 55. What came out on 10 April were the chief
    # officer's comments alone; the commissioner's own came on the 25th.
    "children-again": ("2025-04-24", "late", 1),
    # By hand 6 May, extended on 2 May to 3 June; published 30 May.
    "complaint": ("2025-06-03", "in_time", None),
    # No period is set for it.
    "state": (None, "no_period", None),
    # 3 April; to 30 April 27, to 28 May 55; published 27 May, by the mayor.
    "vetting": ("2025-05-28", "in_time", None),
    # 24 April; to 31 May 37, to 18 June 55; published 18 July: 12 days of June, 18 of July.
    "peel-2025": ("2025-06-18", "late", 30),
    # 1 May; to 31 May 30, to 25 June 55. What was entered as of 20 June was a press release;
    # the response came on 2 July: 5 days of June, 2 of July.
    "crowds": ("2025-06-25", "late", 7),
    # 15 May, first entered as the 12th; to 31 May 16, to 30 June 46, to 9 July 55; published
    # 8 July, which was 2 days late by the first entry (6 July).
    "homes": ("2025-07-09", "in_time", None),
    # 22 May; to 30 June 39, to 16 July 55; published on that last day.
    "search": ("2025-07-16", "in_time", None),
    # 5 June; to 30 June 25, to 30 July 55; published in July, on the 31st perhaps.
    "ports": ("2025-07-30", "not_shown", None),
    # 19 June; to 30 June 11, to 31 July 42, to 13 August 55; its page says 11 August.
    "hmicfrs-2025-06-19-streets-at-night": ("2025-08-13", "in_time", None),
    # 3 July; to 31 July 28, to 27 August 55; published 29 August.
    "knives": ("2025-08-27", "late", 2),
    # 10 July; to 31 August 52, to 3 September 55; nothing since: 27 days of September.
    "peel-summer": ("2025-09-03", "overdue", 27),
    # 17 July; to 31 August 45, to 10 September 55; published on the 9th.
    "care": ("2025-09-10", "in_time", None),
    # 31 July; to 31 August 31, to 24 September 55; nothing since.
    "data": ("2025-09-24", "overdue", 6),
    # 14 August; to 30 September 47, to 8 October 55: 8 days left.
    "dogs": ("2025-10-08", "due", 8),
    # 4 September; to 30 September 26, to 29 October 55: 29 days left.
    "courts": ("2025-10-29", "not_due", 29),
    # 18 September; to 30 September 12, to 31 October 43, to 12 November 55: 43 days left.
    "peel-autumn": ("2025-11-12", "not_due", 43),
}


def days(count: int, median: int | None, worst: int | None) -> dict[str, int | None]:
    return {"count": count, "median_days": median, "worst_days": worst}


def coverage(
    responses: tuple[int, int],
    now: tuple[int, int, int],
    by_due: tuple[int, int],
    causes: tuple[int, int, int],
) -> dict[str, Any]:
    """(counted, left out), (addressed, explained, of these in general), (addressed, explained),
    (addressed, without recommendations, of these explained)."""
    return {
        "responses": responses[0],
        "left_out": responses[1],
        "not_known": 0,
        "addressed": now[0],
        "explained_now": now[1],
        "general": now[2],
        "by_due": {"addressed": by_due[0], "explained": by_due[1]},
        "causes_of_concern": {
            "addressed": causes[0],
            "without_recommendations": causes[1],
            "explained_now": causes[2],
        },
    }


COMMISSIONER = {
    "responses": 14,
    # Five of the nineteen of his time were open when the mayor took over on 7 May, and passed:
    # complaint, state, vetting, peel-2025, crowds.
    # In time: custody, custody-joint, peel-2024, calls, fraud, borders, shops.
    # Late: stores 1, children 14, roads 8, firearms 28, children-again 1.
    # Not shown: rural, drones. 7 + 5 + 2 = 14.
    "verdicts": {"in_time": 7, "late": 5, "not_shown": 2},
    # Only `rural` has the publisher's page, and what shows no more is when it was entered.
    "bases": {"stated": 13, "recorded": 1},
    "verdicts_by_basis": {
        "in_time": {"stated": 7},
        "late": {"stated": 5},
        "not_shown": {"stated": 1, "recorded": 1},
    },
    # 1, 1, 8, 14, 28.
    "late": days(5, 8, 28) | {"at_least": 0},
    "overdue": days(0, None, None),
    # The three pages (fraud, drones, shops) list what they answer: left out. Ten reports of eight
    # and one of two (peel-2024): 82 addressed. Explained: eight each of custody, custody-joint,
    # stores, calls, rural, borders, firearms, children-again: 64; and peel-2024 2, children 6,
    # roads 5: 13. In general: custody-joint. By the last day: all but rural (not shown), 74;
    # explained custody, custody-joint, calls, borders 32, peel-2024 2.
    "coverage": coverage((11, 3), (82, 77, 8), (74, 34), (1, 0, 0)),
    # All seven in time and both not shown were overdue before they were entered, long after: but
    # for the three pages, whose duty and response came at once.
    "improved_later": 0,  # the year is entered in one backfill, whose entries better nothing
    "redactions": 0,
}
MAYOR = {
    "responses": 16,
    # In time: homes, search, night, care; of what was taken over complaint, vetting. Late: knives
    # 2, peel-2025 30, crowds 7. Not shown: ports. Overdue: peel-summer 27, data 6. Due: dogs. Not
    # due: courts, peel-autumn. No period: state. 6 + 3 + 1 + 2 + 1 + 2 + 1 = 16.
    "verdicts": {
        "not_due": 2,
        "due": 1,
        "overdue": 2,
        "in_time": 6,
        "late": 3,
        "not_shown": 1,
        "no_period": 1,
    },
    # The publisher's page is held of the five without a response, and of ports.
    "bases": {"stated": 10, "recorded": 1, "publisher": 5},
    "verdicts_by_basis": {
        "not_due": {"publisher": 2},
        "due": {"publisher": 1},
        "overdue": {"publisher": 2},
        "in_time": {"stated": 6},
        "late": {"stated": 3},
        "not_shown": {"recorded": 1},
        "no_period": {"stated": 1},
    },
    # 2, 7, 30.
    "late": days(3, 7, 30) | {"at_least": 0},
    # 6, 27: of two the lower.
    "overdue": days(2, 6, 27),
    # Night is left out. Twelve reports of eight, peel-summer 2, peel-2025 2, peel-autumn none: 100.
    # Explained: homes, search, ports, knives, care, complaint, state, vetting, 64; crowds 4,
    # peel-2025 1; of care three in general. By the last day without ports, state and what is not
    # over, dogs and courts: 68; explained homes, search, care, complaint, vetting. Causes:
    # peel-summer's, peel-2025's, and peel-autumn's, which has no recommendation.
    "coverage": coverage((15, 1), (100, 69, 3), (68, 40), (3, 1, 0)),
    # Homes, search, care, complaint, vetting; ports, overdue before, is not shown since. Night came
    # at once, as a page. And crowds was in time until the press release was set aside.
    "improved_later": 0,
    # The sergeant's name in the response to search, and in the passage of it, which is in the
    # recommendation's stream.
    "redactions": 2,
}
TOTAL = {
    "responses": 30,
    "verdicts": {
        "not_due": 2,
        "due": 1,
        "overdue": 2,
        "in_time": 13,
        "late": 8,
        "not_shown": 3,
        "no_period": 1,
    },
    "bases": {"stated": 23, "recorded": 2, "publisher": 5},
    "verdicts_by_basis": {
        "not_due": {"publisher": 2},
        "due": {"publisher": 1},
        "overdue": {"publisher": 2},
        "in_time": {"stated": 13},
        "late": {"stated": 8},
        "not_shown": {"stated": 1, "recorded": 2},
        "no_period": {"stated": 1},
    },
    # 1, 1, 2, 7, 8, 14, 28, 30: of eight the fourth.
    "late": days(8, 7, 30) | {"at_least": 0},
    "overdue": days(2, 6, 27),
    "coverage": coverage((26, 4), (182, 146, 11), (142, 74), (4, 1, 0)),
    "improved_later": 0,
    "redactions": 2,
}

BY_KIND = {
    # children late 14, children-again late 1, homes, care
    "child_protection": {"in_time": 2, "late": 2},
    # stores late 1, firearms late 28, search, dogs
    "force_inspection": {"due": 1, "in_time": 1, "late": 2},
    # custody-joint, borders; ports; courts
    "joint": {"not_due": 1, "in_time": 2, "not_shown": 1},
    # custody, calls, fraud, shops, vetting, night; roads 8, crowds 7, knives 2; data
    "national_thematic": {"overdue": 1, "in_time": 6, "late": 3},
    # complaint
    "other": {"in_time": 1},
    # rural
    "pcc_commissioned": {"not_shown": 1},
    # peel-2024; drones; peel-2025 30; peel-summer; peel-autumn
    "peel": {"not_due": 1, "overdue": 1, "in_time": 1, "late": 1, "not_shown": 1},
    # state
    "state_of_policing": {"no_period": 1},
}
BY_YEAR = {
    # custody to rural: custody, custody-joint, peel-2024, calls, fraud; stores, children; rural
    2024: {"in_time": 5, "late": 2, "not_shown": 1},
    # the other 22
    2025: {
        "not_due": 2,
        "due": 1,
        "overdue": 2,
        "in_time": 8,
        "late": 6,
        "not_shown": 2,
        "no_period": 1,
    },
}
