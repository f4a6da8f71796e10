"""The shipped register and rules: what they hold, and what their loader refuses."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import rfc8785

from api.commands.register import NotAdopted
from ledger.errors import Unfit
from ledger.events.entry import Entry
from ledger.events.service import BodyRegistered, BodySucceeded, RuleAdopted
from ledger.register import (
    body_named,
    read_register,
    read_rules,
    shipped_bodies,
    shipped_rules,
    shipped_successions,
)
from ledger.states.service import Service, fold

# Police Act 1996, s.1 and Schedule 1: 37 areas in England outside London, 4 in Wales, 2 in London.
ENGLAND = [
    "avon-and-somerset",
    "bedfordshire",
    "cambridgeshire",
    "cheshire",
    "cleveland",
    "cumbria",
    "derbyshire",
    "devon-and-cornwall",
    "dorset",
    "durham",
    "essex",
    "gloucestershire",
    "greater-manchester",
    "hampshire-and-isle-of-wight",
    "hertfordshire",
    "humberside",
    "kent",
    "lancashire",
    "leicestershire",
    "lincolnshire",
    "merseyside",
    "norfolk",
    "north-yorkshire",
    "northamptonshire",
    "northumbria",
    "nottinghamshire",
    "south-yorkshire",
    "staffordshire",
    "suffolk",
    "surrey",
    "sussex",
    "thames-valley",
    "warwickshire",
    "west-mercia",
    "west-midlands",
    "west-yorkshire",
    "wiltshire",
]
WALES = ["dyfed-powys", "gwent", "north-wales", "south-wales"]
LONDON = ["city-of-london", "metropolitan-police-district"]
AREAS = {*ENGLAND, *WALES, *LONDON}

BODIES = {body.id: body for body in shipped_bodies()}
RULES = {rule.id: rule for rule in shipped_rules()}
"""Each in its last version."""

A_FORCE = '[[body]]\nid = "f"\nname = "F"\nkind = "force"\narea = "a"\n'
A_RULE = """
[[rule]]
id = "r"
version = 1
title = "T"
citation = "C"
text = "X"
extension = false
"""


def of_kind(kind: str) -> list[BodyRegistered]:
    return [body for body in shipped_bodies() if body.kind == kind]


# --- the bodies


def test_there_are_43_police_areas() -> None:
    assert (len(ENGLAND), len(WALES), len(LONDON), len(AREAS)) == (37, 4, 2, 43)
    assert {body.area for body in shipped_bodies()} - {None} == AREAS


TODAY = date(2026, 11, 27)


def registered(events: Sequence[BodyRegistered | BodySucceeded]) -> Service:
    """Return the register as a log has it that begins with these events."""
    found = fold(
        None,
        (
            Entry(
                id=f"00000000-0000-7000-8000-{n:012d}",
                stream="service",
                version=n,
                occurred_on=None,
                by=None,
                recorded_by="service/setup",
                provenance="first_hand",
                data=event,
                position=n,
                recorded_at=datetime(2026, 11, 27, tzinfo=UTC),
            )
            for n, event in enumerate(events, 1)
        ),
    )
    assert found is not None
    return found


SERVICE = registered([*shipped_bodies(), *(one.event for one in shipped_successions())])
"""The register as a log has it after its first start."""


def there(kind: str, day: date = TODAY) -> list[BodyRegistered]:
    """The bodies of a kind that are there on a day."""
    return [body for body in of_kind(kind) if SERVICE.term(body.id).holds(day)]


@pytest.mark.parametrize("kind", ["local_policing_body", "force"])
@pytest.mark.parametrize(
    "day", [TODAY, date(2001, 3, 26), date(2012, 1, 15), date(2012, 11, 21), date(2012, 11, 22)]
)
def test_each_area_has_exactly_one_local_policing_body_and_one_force_on_every_day(
    kind: str, day: date
) -> None:
    assert sorted(body.area or "" for body in there(kind, day)) == sorted(AREAS)


@pytest.mark.parametrize("area", sorted(AREAS))
def test_the_terms_of_an_area_neither_overlap_nor_leave_a_gap_and_each_is_followed_by_the_next(
    area: str,
) -> None:
    offices = sorted(
        (body for body in of_kind("local_policing_body") if body.area == area),
        key=lambda body: body.begins or "",
    )
    assert offices[0].begins is None, "the first is as old as anybody asks"
    assert offices[-1].ends is None, "the last is there today"
    for one, following in pairwise(offices):
        assert one.ends is not None
        assert following.begins is not None
        ends, begins = date.fromisoformat(one.ends), date.fromisoformat(following.begins)
        assert begins - ends == timedelta(days=1)
        (after,) = SERVICE.successions[one.id]
        assert (after.successor, after.on) == (following.id, begins)
        assert SERVICE.forces_of(one.id) == SERVICE.forces_of(following.id)


def test_every_body_that_ended_is_followed_and_no_other() -> None:
    assert {body.id for body in shipped_bodies() if body.ends} == set(SERVICE.successions)


def test_every_term_and_former_name_has_its_citation_and_says_whether_that_was_read() -> None:
    dated = [b for b in shipped_bodies() if b.begins or b.ends or b.former_names]
    assert len(dated) > 80
    for body in dated:
        assert body.citation, body.id
        assert body.read is not None, body.id
    assert all(one.source is not None and one.source.url for one in shipped_successions())


@pytest.mark.parametrize(
    ("body", "day", "name"),
    [
        ("hmicfrs", "2017-07-18", "Her Majesty's Inspectorate of Constabulary"),
        (
            "hmicfrs",
            "2022-09-07",
            "Her Majesty's Inspectorate of Constabulary and Fire & Rescue Services",
        ),
        (
            "hmicfrs",
            "2022-09-08",
            "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services",
        ),
        ("hampshire-and-isle-of-wight-constabulary", "2020-01-01", "Hampshire Constabulary"),
        ("essex-pfcc", "2017-09-30", "Essex Police and Crime Commissioner"),
        ("essex-pfcc", "2017-10-01", "Essex Police, Fire and Crime Commissioner"),
    ],
)
def test_a_body_has_the_name_of_the_day(body: str, day: str, name: str) -> None:
    assert SERVICE.on(date.fromisoformat(day)).bodies[body].name == name


@pytest.mark.parametrize(
    ("body", "day", "held"),
    [
        ("south-yorkshire-mayor", "2019-05-16", ["south-yorkshire-pcc"]),
        ("south-yorkshire-mayor", "2010-05-16", ["south-yorkshire-police-authority"]),
        ("greater-manchester-pcc", "2020-05-16", ["greater-manchester-mayor"]),
        ("cumbria-pfcc", "2010-05-16", ["cumbria-police-authority"]),
        ("mopac", "2011-05-16", ["metropolitan-police-authority"]),
    ],
)
def test_the_holder_of_an_office_is_found_for_an_earlier_or_later_day(
    body: str, day: str, held: list[str]
) -> None:
    found = [one.id for one in SERVICE.who_held(body, date.fromisoformat(day))]
    assert found == held


def test_all_44_fire_and_rescue_authorities_of_england_are_there_today() -> None:
    assert len(SERVICE.on(TODAY).members("all-fire-authorities")) == 44


@pytest.mark.parametrize(
    ("authority", "first", "before"),
    [
        ("cumbria-fire", "2023-04-01", ["cumbria-county-council-fire"]),
        ("essex-fire", "2017-10-01", ["essex-fire-authority"]),
        (
            "greater-manchester-fire",
            "2017-05-08",
            ["greater-manchester-fire-and-rescue-authority"],
        ),
        (
            "hampshire-and-isle-of-wight-fire",
            "2021-04-01",
            ["hampshire-fire", "isle-of-wight-council-fire"],
        ),
        ("london-fire", "2018-04-01", ["london-fire-and-emergency-planning-authority"]),
        ("north-yorkshire-fire", "2024-05-07", ["north-yorkshire-pfcc-fire"]),
        ("north-yorkshire-pfcc-fire", "2018-11-15", ["north-yorkshire-fire-authority"]),
        ("northamptonshire-fire", "2019-01-01", ["northamptonshire-county-council-fire"]),
        ("staffordshire-fire", "2018-08-01", ["stoke-on-trent-and-staffordshire-fire-authority"]),
    ],
)
def test_a_fire_authority_that_took_over_has_a_first_day_and_follows_who_was_there_before(
    authority: str, first: str, before: list[str]
) -> None:
    assert BODIES[authority].begins == first
    day_before = date.fromisoformat(first) - timedelta(days=1)
    held = [one.id for one in SERVICE.who_held(authority, day_before)]
    assert held == before
    for one in before:
        assert SERVICE.followers_ever(one)[1] == authority


def test_the_welsh_bodies_are_a_group() -> None:
    register = SERVICE.on(TODAY)
    assert register.members("all-welsh-local-policing-bodies") == [
        "dyfed-powys-pcc",
        "gwent-pcc",
        "north-wales-pcc",
        "south-wales-pcc",
    ]
    assert register.members("all-welsh-chief-constables") == [
        "dyfed-powys-police",
        "gwent-police",
        "north-wales-police",
        "south-wales-police",
    ]


def test_each_special_force_has_its_authority() -> None:
    for authority, force in (
        ("british-transport-police-authority", "british-transport-police"),
        ("civil-nuclear-police-authority", "civil-nuclear-constabulary"),
        ("ministry-of-defence-police-committee", "ministry-of-defence-police"),
    ):
        assert SERVICE.on(TODAY).forces_of(authority) == [force]


def test_each_area_has_one_panel_but_the_city_of_london_has_none() -> None:
    assert sorted(body.area or "" for body in of_kind("panel")) == sorted(
        AREAS - {"city-of-london"}
    )
    assert BODIES["city-of-london-common-council"].panel is None


def test_each_local_policing_body_names_the_force_and_the_panel_of_its_own_area() -> None:
    for body in of_kind("local_policing_body"):
        assert body.force is not None, body.id
        assert BODIES[body.force].area == body.area, body.id
        if body.panel is not None:
            assert BODIES[body.panel].area == body.area, body.id


def test_every_panel_and_every_force_is_named_by_a_local_policing_body() -> None:
    lpbs = of_kind("local_policing_body")
    assert {body.force for body in lpbs} == {body.id for body in of_kind("force")}
    assert {body.panel for body in lpbs} - {None} == {body.id for body in of_kind("panel")}


def test_names_are_unique_and_plain() -> None:
    names = [body.name for body in shipped_bodies()]
    assert len(set(names)) == len(names)
    assert all(name == name.strip() and "  " not in name for name in names)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("Heddlu De Cymru", "south-wales-police"),
        ("heddlu dyfed-powys", "dyfed-powys-police"),
        ("Comisiynydd Heddlu a Throseddu Gwent", "gwent-pcc"),
        ("Comisiynydd yr Heddlu a Throsedd Gogledd Cymru", "north-wales-pcc"),
        ("Panel Heddlu a Throseddu Gwent", "gwent-police-and-crime-panel"),
        ("Arolygiaeth Cwnstabliaeth a Gwasanaethau Tân ac Achub EF", "hmicfrs"),
        ("Arolygiaeth Cwnstabliaeth a Gwasanaethau Tan ac Achub Ei Mawrhydi", "hmicfrs"),
        ("Swyddfa Gartref", "home-office"),
    ],
)
def test_a_welsh_name_means_its_body_with_and_without_accents(said: str, body: str) -> None:
    assert body_named(said, BODIES) == body


def test_every_body_of_a_welsh_area_has_its_welsh_name() -> None:
    areas = {"dyfed-powys", "gwent", "north-wales", "south-wales"}
    there = {body.id: body.names for body in shipped_bodies() if body.area in areas}
    assert len(there) == 16
    assert None not in there.values()


def test_four_commissioners_run_fire_and_each_has_its_fire_authority() -> None:
    pfccs = {b.area for b in there("local_policing_body") if b.id.endswith("-pfcc")}
    assert pfccs == {"cumbria", "essex", "northamptonshire", "staffordshire"}
    assert pfccs <= {body.area for body in of_kind("fire_authority")}


def test_mayors_hold_the_office_in_four_areas_and_the_mayors_office_in_london() -> None:
    mayors = {b.area for b in there("local_policing_body") if b.id.endswith("-mayor")}
    assert mayors == {"greater-manchester", "north-yorkshire", "south-yorkshire", "west-yorkshire"}
    assert BODIES["mopac"].force == "metropolitan-police"


def test_every_inspectorate_closes_its_own_and_nobody_else_closes_by_default() -> None:
    for body in shipped_bodies():
        assert body.closes_by == ((body.id,) if body.kind == "inspectorate" else ())


# --- the rules


SHIPPED = """
pa96-s55 v1 43634f3c090a49f09f3ffd9425db55c0fe1ac968df94f85d8342565e573849e4
pa96-s55-2001 v1 b2c7a45018666de2efd1c071cad1f184643ada0b8af1b88f00aaed86bc9d7ac0
manual v1 ddf62c3f6ed83029c15d147afea56f2c9a613c0133e8b9445603c7a523f88010
no-statutory-period v1 dc1758355e02e0586d354af67f615689a465aed19da820f3401304623c5987be
pa96-s55 v2 2c6f4dd0ac9f139ed3b919ab944845bcfc632eb33561be0f5cb626875f465157
pa96-s55-2001 v2 de4acb11d56314ee298c7b866c1a2d098262d07a148bd1f07b3ff76940fe62a8
dvcva04-s49a v1 3d9c6a8b9ffecd8e0422da4f3eac50557d4fef74c0af2dc924a49b1c793f0c26
daa21-s16 v1 9912e5d0c8a13112342ea3baae78529cf30dfb08f255350fbb1d0a7a600d2942
iopc-28b v1 79249ead4b01bca63939e307b874ffc3c0eb317ca633ea8767c0ed81a5c993bd
manual v2 7cc8c4b521732057d989289d2a0feacaa260a178ae2a73fd053c28a272bb2a91
pa96-s55-btpa v1 479396c90c2c056e82e56010c369f3040d01e271aa2c724a611f736c2dcadf97
pa96-s55 v3 f8fcf5fd31741dcadd017294ea65f75ab7528aa026e3925a32479a4d6136fd60
pa96-s55-2001 v3 ad7f604fd706e00f5dc9cf9882dbf82593a5797342f9359fcb34cf598410b34b
daa21-s16 v2 1a47e70c53c02bcb78cbdb41962b1e3419630ddc8b0f26930f7704617c58f057
iopc-28b v2 79412c7688aa43fd87c7891a64503a1457eee200329c0c16aa1eaa229edd1a8a
"""


def test_a_shipped_rule_is_never_edited_only_followed_by_a_new_version() -> None:
    shipped = [f"{one.id} v{one.version} {one.sha256}" for one in shipped_rules()]
    assert shipped == SHIPPED.split("\n")[1:-1]


def test_versions_of_a_rule_are_shipped_in_their_order() -> None:
    for rule in RULES.values():
        versions = [one.version for one in shipped_rules() if one.id == rule.id]
        assert versions == list(range(1, rule.version + 1))


def test_a_shipped_rule_names_publishers_of_the_shipped_register() -> None:
    named = {one for rule in shipped_rules() for one in rule.publishers or ()}
    assert named == {"victims-commissioner", "domestic-abuse-commissioner", "iopc", "hmicfrs"}
    assert named <= set(BODIES)


FIRST_FORM = [
    "id",
    "version",
    "title",
    "citation",
    "text",
    "bodies",
    "reports",
    "match",
    "applies_from",
    "applies_until",
    "period_days",
    "extension",
]


def test_the_hash_is_of_the_canonical_json_of_what_a_rule_says() -> None:
    for rule in shipped_rules()[:4]:
        line = rfc8785.dumps({name: getattr(rule, name) for name in FIRST_FORM})
        assert rule.sha256 == hashlib.sha256(line).hexdigest()
    (longer,) = read_rules(IN_WORKING_DAYS)
    said = {name: getattr(longer, name) for name in FIRST_FORM} | {
        "trigger": "received",
        "period": {"count": 70, "unit": "working_day"},
        "first_day": "not_counted",
        "read": True,
    }
    assert longer.sha256 == hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def test_in_time_by_section_55_means_the_comments_with_those_of_the_chief_officer() -> None:
    assert RULES["pa96-s55"].parts == ("comments", "chief_officer_comments", "reply")
    assert shipped_rules()[0].parts is None  # version 1, which judges the comments alone


# --- what the loader refuses

IN_WORKING_DAYS = (
    A_RULE
    + """trigger = "received"
period = { count = 70, unit = "working_day" }
counting = "first day not counted"
read = true
"""
)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (A_FORCE + 'email = "x"\n', r"The body f is refused: it has unknown keys \(email\)\."),
        (A_FORCE + A_FORCE, "The body f is listed twice."),
        (A_FORCE.replace('"f"', '"F"'), "lower-case letters, digits and hyphens"),
        (A_FORCE.replace('"f"', '"' + "f" * 81 + '"'), "an id of 1 to 80"),
        (A_FORCE.replace('"F"', '" "'), "has words in `name`"),
        (A_FORCE.replace('"F"', "7"), "has `name` as str"),
        (A_FORCE.replace('"force"', '"army"'), "has `kind`, one of local_policing_body, force"),
        (A_FORCE.replace('kind = "force"\n', ""), "has `kind`, one of"),
        (A_FORCE + 'force = "g"\n', "names the force g, which is not listed"),
        (A_FORCE + 'panel = "f"\n', "names the panel f, which is not listed"),
        (A_FORCE + 'closes_by = ["g"]\n', "g closes its recommendations, which is neither"),
        (A_FORCE + "closes_by = [1]\n", "lists texts in `closes_by`, each once"),
        (A_FORCE + "[other]\nx = 1\n", r"\[\[body\]\] tables and nothing else"),
        ("body = [1]\n", r"\[\[body\]\] tables and nothing else"),
        ("", r"\[\[body\]\] tables and nothing else"),
        ("[[body]", "is not TOML"),
    ],
)
def test_a_faulty_list_of_bodies_is_refused_with_a_sentence(toml: str, says: str) -> None:
    with pytest.raises(Unfit, match=says) as refused:
        read_register(toml, words=("body",))
    assert refused.value.sentence.endswith(".")


DIVIDED = "".join(
    f'[[succession]]\nfrom = "f"\nto = "{to}"\non = 2027-05-10\n' for to in ("g", "h")
)
THREE = "".join(A_FORCE.replace('"f"', f'"{one}"') for one in "fgh")


def test_a_list_may_divide_a_body_and_names_each_successor_once() -> None:
    found = read_register(THREE + DIVIDED).successions
    assert [(one.event.id, one.event.successor) for one in found] == [("f", "g"), ("f", "h")]
    with pytest.raises(Unfit, match=r"The succession of f by g is listed twice\."):
        read_register(THREE + DIVIDED + DIVIDED)


def test_a_divided_body_is_adopted_as_far_as_the_log_does_not_say_it_yet() -> None:
    listed = read_register(THREE + DIVIDED)
    events: list[BodyRegistered | BodySucceeded] = [*listed.bodies, listed.successions[0].event]
    missing = NotAdopted.of(listed, registered(events))
    assert [one.event.successor for one in missing.successions] == ["h"]


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (A_RULE + "fee = 1\n", r"The rule r is refused: it has unknown keys \(fee\)\."),
        (A_RULE + A_RULE, "The rule r v1 is listed twice."),
        (A_RULE.replace("version = 1", "version = 0"), "counts its version and its period from 1"),
        (A_RULE.replace("version = 1", "version = true"), "has `version` as int"),
        (A_RULE.replace("extension = false", ""), "has `extension`"),
        (A_RULE + "period_days = 56\n", "says counting = "),
        (A_RULE + 'period_days = 56\ncounting = "working days"\n', "says counting = "),
        (A_RULE + 'counting = "first day counted"\n', "says counting = "),
        (A_RULE + 'bodies = ["force"]\n', "lists kinds of body and of report, or neither"),
        (A_RULE + 'bodies = ["army"]\nreports = ["peel"]\n', "lists in `bodies` some of"),
        (A_RULE + 'reports = ["peel", "peel"]\n', "lists texts in `reports`, each once"),
        (A_RULE + 'match = "any"\n', "has `match`, one of both, either"),
        (A_RULE + 'parts = ["reply"]\n', "has the body's comments among its parts"),
        (A_RULE + "applies_from = 2017-05-02T00:00:00\n", "has `applies_from` as date"),
        (
            A_RULE + "applies_from = 2017-05-02\napplies_until = 2017-05-01\n",
            "ends on or after the day on which it begins",
        ),
    ],
)
def test_a_faulty_list_of_rules_is_refused_with_a_sentence(toml: str, says: str) -> None:
    with pytest.raises(Unfit, match=says) as refused:
        read_rules(toml)
    assert refused.value.sentence.endswith(".")


def test_any_change_to_what_is_recorded_changes_the_hash() -> None:
    plain = read_rules(A_RULE)[0]
    changed: list[RuleAdopted] = [
        read_rules(A_RULE.replace("version = 1", "version = 2"))[0],
        read_rules(A_RULE.replace('"X"', '"Y"'))[0],
        read_rules(A_RULE.replace("false", "true"))[0],
        read_rules(A_RULE + "applies_from = 2017-05-02\n")[0],
        read_rules(A_RULE + 'period_days = 56\ncounting = "first day counted"\n')[0],
        read_rules(A_RULE + 'bodies = ["force"]\nreports = ["peel"]\n')[0],
    ]
    assert len({plain.sha256, *(rule.sha256 for rule in changed)}) == len(changed) + 1
