"""The parameter bank: who asks for a layer gets its numbers, and who looks at the files learns of none."""

import re

import numpy as np

from sandbox.wire.parameters import ParameterName, ParameterSource, ParameterSpec, draw, write_bank

SPECS = [
    ParameterSpec(
        name=ParameterName(kind="Linear", configuration=(sizes, 4), parameter=parameter, occurrence=occurrence),
        shape=(sizes, 4),
        low=-1.0,
        high=1.0,
    )
    for sizes in (3, 5)
    for parameter in ("weight", "bias")
    for occurrence in (0, 1)
]


def test_each_parameter_is_found_and_what_is_not_there_is_drawn(tmp_path):
    write_bank(tmp_path, SPECS, b"key")
    source = ParameterSource(bank=tmp_path, key=b"other")
    for spec in SPECS:
        np.testing.assert_array_equal(source.array(spec), draw(b"key", spec), strict=True)
    for missing in (
        SPECS[0]._replace(shape=(4, 3)),
        SPECS[0]._replace(name=SPECS[0].name._replace(occurrence=7)),
        SPECS[0]._replace(shape=(0, 4)),
    ):
        np.testing.assert_array_equal(source.array(missing), draw(b"other", missing), strict=True)


def test_a_bank_that_is_empty_or_not_there_has_nothing(tmp_path):
    write_bank(tmp_path, [], b"key")
    for bank in (tmp_path, tmp_path / "none", None):
        source = ParameterSource(bank=bank, key=b"other")
        np.testing.assert_array_equal(source.array(SPECS[0]), draw(b"other", SPECS[0]))


def test_a_banks_files_tell_neither_names_nor_sizes(tmp_path):
    """Not even how many there are; and an index is another one under another key."""
    write_bank(tmp_path, SPECS, b"key")
    (tmp_path / "other").mkdir()
    write_bank(tmp_path / "other", SPECS[:1], b"another key")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["index", "numbers", "other"]
    index, other = ((folder / "index").read_bytes() for folder in (tmp_path, tmp_path / "other"))
    assert len(index) == len(other)
    assert not re.search(rb"Linear|weight|bias|npy", index)
    # Places are covered: every eight bytes of it would be a place far outside the file, or one by chance.
    size = (tmp_path / "numbers").stat().st_size
    places = [int.from_bytes(index[start + 16 : start + 24], "little") for start in range(16, len(index), 24)]
    assert not [place for place in places if place < size]
    entries = {index[start : start + 16] for start in range(16, len(index), 24)}
    assert not entries & {other[start : start + 16] for start in range(16, len(other), 24)}


def test_a_larger_course_has_a_larger_index_by_steps(tmp_path):
    many = [SPECS[0]._replace(name=SPECS[0].name._replace(occurrence=number)) for number in range(300)]
    write_bank(tmp_path, many, b"key")
    assert (tmp_path / "index").stat().st_size == 16 + 512 * 24
