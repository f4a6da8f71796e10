"""Policies: C2SP tlog-policy, and the same from options."""

import time

import pytest

from ledger.verify import policy
from ledger.verify.note import COSIGNATURE, SigningKey, VerifierKey
from ledger.verify.policy import PolicyError

# The same keys in every run: they are in the names of tests, which several workers collect.
LOG = SigningKey("log.example/answers", bytes(32))
X1, X2, X3, Y1, Y2, Y3 = (SigningKey(name, name.encode() * 32).witness for name in "abcdef")
EXAMPLE = f"""
# two organisations
log {LOG.vkey}\thttps://log.example/answers
  witness X1 {X1.vkey}
witness X2 {X2.vkey}
witness X3 {X3.vkey} https://witness.example
group X-witnesses 2 X1 X2 X3
witness Y1 {Y1.vkey}
witness Y2 {Y2.vkey}
witness Y3 {Y3.vkey}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_example_of_the_specification_asks_for_what_it_says():
    read = policy.parse(EXAMPLE)

    assert read.logs == (LOG.verifier,)
    for good in ([X1, X2, Y1], [X2, X3, Y3, Y2], [X1, X2, X3, Y1, Y2, Y3]):
        assert read.satisfied_by(good)
    for bad in ([], [X1, Y1], [X1, X2, X3], [Y1, Y2, Y3], [X1, X1, Y1]):
        assert not read.satisfied_by(bad)


def test_a_quorum_of_none_or_of_one_witness():
    lines = f"log {LOG.vkey}\nwitness w {X1.vkey}\nquorum "

    assert policy.parse(f"{lines}none").satisfied_by([])
    assert policy.parse(f"{lines}w").satisfied_by([X1])
    assert not policy.parse(f"{lines}w").satisfied_by([])


def test_options_ask_for_all_witnesses_unless_they_say_how_many():
    keys, witnesses = [LOG.vkey], [X1.vkey, X2.vkey]

    assert policy.of(keys).satisfied_by([])
    assert not policy.of(keys, witnesses).satisfied_by([X1])
    assert policy.of(keys, witnesses, 1).satisfied_by([X2])
    assert policy.of(keys, witnesses, 0).satisfied_by([])
    for wrong in (-1, 3):
        with pytest.raises(PolicyError, match="cannot be had"):
            policy.of(keys, witnesses, wrong)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("quorum none", "needs a line “log VKEY”"),
        (f"log {LOG.vkey}", "needs a line"),
        (f"log {X1.vkey}\nquorum none", "Line 1 .* is not the key of a log"),
        (f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none", "given twice"),
        (f"witness w {LOG.vkey}", "is not the key of a witness"),
        (f"witness w {X1.vkey}\nwitness v {X1.vkey}", "given twice"),
        (f"log {LOG.vkey}\nwitness w {LOG.witness.vkey}\nquorum w", "Line 2 .* given twice"),
        (f"witness w {LOG.witness.vkey}\nlog {LOG.vkey}\nquorum w", "Line 2 .* given twice"),
        (f"witness w {X1.vkey}\nwitness w {X2.vkey}", "the name “w” is taken"),
        (f"witness none {X1.vkey}", "the name “none” is taken"),
        ("group g any w", "“w” is not defined above"),
        (f"witness w {X1.vkey}\ngroup g any w w", "is a member already"),
        (f"witness w {X1.vkey}\ngroup g any w\ngroup h any w", "is a member already"),
        (f"witness w {X1.vkey}\ngroup g 2 w", "it needs 2 of 1"),
        (f"witness w {X1.vkey}\ngroup g 0 w", "none of all, any and a number"),
        ("group g any", "none of log, witness, group"),
        ("quorum q", "“q” is not defined above"),
        ("quorum none\nquorum none", "Line 2"),
        ("log nonsense", r"is no verifier key \(it has the form NAME\+HASH\+KEY\)\.$"),
        ("# a bell \x07\nlog\x07", "control character"),
        ("threshold 2", "none of log, witness, group"),
    ],
)
def test_such_a_policy_is_refused_with_its_line(lines, fault):
    with pytest.raises(PolicyError, match=fault):
        policy.parse(lines)


def test_a_long_policy_is_read_soon():
    keys = [
        VerifierKey(f"w{n}", COSIGNATURE, (n + 10).to_bytes(32, "little")) for n in range(8_000)
    ]
    lines = [f"log {LOG.vkey}", *(f"witness {one.name} {one.vkey}" for one in keys)]
    lines += [f"group g{one.name} any {one.name}" for one in keys[::2]]
    lines += [f"group g 1 {' '.join(one.name for one in keys[1::2])}", "quorum g"]
    began = time.process_time()
    policy.parse("\n".join(lines))

    assert time.process_time() - began < 5
