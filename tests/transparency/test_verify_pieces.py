"""A file in pieces is the file, and its first lines are as many as were asked for."""

import io

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify import pieces as verify_pieces
from ledger.verify.pieces import SIZE, first, lines, pieces

_several = st.lists(st.sampled_from([b"", b"a", b"bc\r", b"\x00" * 9]), max_size=12)


def test_a_line_that_is_longer_than_a_piece_stays_whole():
    long = b"a" * (SIZE * 2)

    assert list(pieces(io.BytesIO(b"x\n" + long + b"\ny"))) == [b"x\n" + long + b"\n", b"y"]


@given(_several, st.booleans(), st.integers(0, 14), st.integers(1, 9))
def test_the_lines_of_the_pieces_are_those_of_the_file(several, ended, most, size):
    whole = b"\n".join(several) + b"\n" * ended
    expected = [raw.removesuffix(b"\n") for raw in io.BytesIO(whole)]
    there = verify_pieces.SIZE
    verify_pieces.SIZE = size
    try:
        found = list(pieces(io.BytesIO(whole)))
    finally:
        verify_pieces.SIZE = there

    assert b"".join(found) == whole
    assert [raw for piece in found for raw in lines(piece)] == expected
    assert [raw for piece in first(found, most) for raw in lines(piece)] == expected[:most]
