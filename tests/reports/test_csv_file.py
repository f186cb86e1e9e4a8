import csv

import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.reports.csv_file import write_csv


def test_rows_are_read_back_as_written(tmp_path):
    target = tmp_path / "plan.csv"
    write_csv(target, ("batch", "cost_eur"), [("standard-01", 1.25), ('a "b", c', -0.5)])
    with target.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["batch", "cost_eur"], ["standard-01", "1.25"], ['a "b", c', "-0.5"],
        ]  # fmt: skip


def test_a_write_that_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "plan.csv"
    target.write_text("old")

    def rows():
        yield ("a",)
        raise OSError(28, "No space left on device")

    with pytest.raises(FileRefused, match="No space left"):
        write_csv(target, ("batch",), rows())
    assert [path.name for path in tmp_path.iterdir()] == ["plan.csv"]
    assert target.read_text() == "old"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileRefused, match="nowhere"):
        write_csv(tmp_path / "nowhere" / "plan.csv", ("batch",), [])
