import csv

import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.reports.csv_file import csv_text, write_csv


def test_rows_are_read_back_as_written(tmp_path):
    target = tmp_path / "plan.csv"
    write_csv(target, ("batch", "cost_eur"), [("standard-01", 1.25), ('a "b", c', -0.5)])
    with target.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["batch", "cost_eur"], ["standard-01", "1.25"], ['a "b", c', "-0.5"],
        ]  # fmt: skip


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    target = tmp_path / "plan.csv"
    target.mkdir()
    with pytest.raises(FileRefused, match="cannot be written"):
        write_csv(target, ("batch",), [("standard-01",)])
    assert [path.name for path in tmp_path.iterdir()] == ["plan.csv"]
    assert target.is_dir()


def test_a_spreadsheet_with_decimal_commas_gets_semicolons_and_a_mark():
    text = csv_text(("lote", "coste"), [("a.1", 1.25), ("b", -0.5)], decimal_comma=True)
    assert text == "\ufefflote;coste\na.1;1,25\nb;-0,5\n"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileRefused, match="nowhere"):
        write_csv(tmp_path / "nowhere" / "plan.csv", ("batch",), [])
