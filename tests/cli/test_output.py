"""Tables for people: nothing that is in a cell is lost."""

from chocolate_factory.cli import output


def shown(rows: list[tuple[str, ...]]) -> str:
    with output.out.capture() as caught:
        output.print_table("Kept", ("what", "detail"), rows)
    return caught.get()


def test_units_in_brackets_are_shown_and_not_taken_for_markup() -> None:
    told = shown([("precipitation_day", "31 values [mm]"), ("temp_max", "35 values [degC]")])
    assert "[mm]" in told
    assert "[degC]" in told


def test_a_setting_too_long_for_its_column_is_folded_and_not_cut() -> None:
    setting = "CHOCOLATE_FACTORY_" + 8 * "VERY_LONG_NAME_"
    told = shown([("esios-pvpc", setting)])
    assert "…" not in told
    assert setting in "".join(told.split()).replace("esios-pvpc", "")
