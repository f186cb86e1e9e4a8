"""Annotated CSV as documented: tables, results, defaults, empty cells, errors, and half answers."""

from __future__ import annotations

import pytest

from chocolate_factory.store.influx.annotated import (
    NotAnnotatedCsv,
    QueryFailed,
    complete_rows,
    tables,
)

# From https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/, with the line ends
# that a server writes.
THREE_TABLES = """\
#group,false,false,true,true,false,false,true,true,true,true
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string,string
#default,mean,,,,,,,,,
,result,table,_start,_stop,_time,_value,_field,_measurement,host,region
,,0,2022-12-31T05:41:24Z,2023-01-31T05:41:24.001Z,2023-01-01T00:52:00Z,15.43,mem,m,A,east
,,1,2022-12-31T05:41:24Z,2023-01-31T05:41:24.001Z,2023-01-01T00:52:00Z,59.25,mem,m,B,east
,,2,2022-12-31T05:41:24Z,2023-01-31T05:41:24.001Z,2023-01-01T00:52:00Z,52.62,mem,m,C,east

"""
TWO_SCHEMAS = """\
#datatype,string,long,long,string
#group,false,false,false,true
#default,count,,,
,result,table,_value,series
,,0,96,spot
,,1,24,pvpc

#datatype,string,long,string,double
#group,false,false,true,false
#default,count,,,
,result,table,series,_value
,,2,demand,1.5

#datatype,string,long,long
#group,false,false,false
#default,first,,
,result,table,_value
,,0,-5

"""
EMPTY_TABLE = """\
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,string,double
#group,false,false,true,true,true,false
#default,_result,0,2018-05-08T20:50:00Z,2018-05-08T20:51:00Z,east,
,result,table,_start,_stop,region,_value

"""
FAILED = """\
#datatype,string,string
#group,true,true
#default,,
,error,reference
,Failed to parse query,897

"""


def wire(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_the_documented_answer_is_read() -> None:
    (table,) = tables(wire(THREE_TABLES))
    assert table.result == "mean"
    assert table.columns["_value"] == ["15.43", "59.25", "52.62"]
    assert table.columns["table"] == ["0", "1", "2"]
    assert complete_rows([table], "host", "_value", result="mean") == (
        ["A", "B", "C"], ["15.43", "59.25", "52.62"],
    )  # fmt: skip


def test_results_and_tables_with_other_columns_are_told_apart() -> None:
    found = tables(wire(TWO_SCHEMAS))
    assert [table.result for table in found] == ["count", "count", "first"]
    assert complete_rows(found, "series", "_value", result="count") == (
        ["spot", "pvpc", "demand"], ["96", "24", "1.5"],
    )  # fmt: skip
    assert complete_rows(found, "_value", result="first") == (["-5"],)
    assert complete_rows(found, "_value", result="last") == ([],)
    assert complete_rows(found, "series", "_value", result="first") == ([], [])


@pytest.mark.parametrize("body", ["", "\r\n", "\r\n\r\n", wire(EMPTY_TABLE)])
def test_no_rows_are_no_tables(body: str) -> None:
    assert tables(body) == []


def test_an_empty_cell_is_the_default_of_its_column_or_no_value() -> None:
    body = wire(
        "#datatype,string,long,string,double\n#group,false,false,true,false\n"
        "#default,_result,7,east,\n,result,table,region,_value\n,,,,1.5\n,,,west,\n\n"
    )
    (table,) = tables(body)
    assert table.columns["region"] == ["east", "west"]
    assert table.columns["table"] == ["7", "7"]
    assert table.columns["_value"] == ["1.5", ""]
    assert complete_rows([table], "region", "_value") == (["east"], ["1.5"])
    assert complete_rows([table], "region", "nothing") == ([], [])


def test_rows_of_which_none_is_complete_are_none() -> None:
    body = wire(
        "#datatype,string,long,double\n#group,false,false,false\n#default,_result,,\n"
        ",result,table,_value\n,,0,\n\n"
    )
    assert complete_rows(tables(body), "_value") == ([],)


def test_quoted_cells_with_commas_quotes_and_line_ends_are_read() -> None:
    body = (
        "#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n"
        ',result,table,name\r\n,,0,"a ""b"", c\r\nd\x85e\u2028f"\r\n\r\n'
    )
    assert tables(body)[0].columns["name"] == ['a "b", c\r\nd\x85e\u2028f']


@pytest.mark.parametrize(
    "body",
    [
        wire(FAILED),
        wire(THREE_TABLES + FAILED),
        wire(THREE_TABLES + FAILED.rstrip("\n") + "\n"),
        wire(",error,reference\n,Failed to parse query,897\n"),
    ],
)
def test_an_answer_that_ends_with_an_error_is_one(body: str) -> None:
    with pytest.raises(QueryFailed, match="Failed to parse query"):
        tables(body)


def test_an_error_without_a_reason_is_one_too() -> None:
    with pytest.raises(QueryFailed, match="no reason"):
        tables(wire(",error,reference\n"))


@pytest.mark.parametrize("body", [wire(THREE_TABLES), wire(TWO_SCHEMAS)])
def test_an_answer_cut_off_anywhere_within_a_table_is_refused(body: str) -> None:
    whole = {"\r\n".join(body.split("\r\n\r\n")[:n]) for n in range(9)}
    for end in range(1, len(body) - 2):
        part = body[:end]
        if part.endswith("\r\n\r\n") or part in whole:
            continue  # between two tables: only the connection knows that more was to come
        with pytest.raises(NotAnnotatedCsv):
            tables(part)


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>Bad gateway</body></html>",
        "<html>\r\n<body>Bad gateway</body>\r\n</html>\r\n\r\n",
        '{"code":"internal error"}\r\n\r\n',
        ",result,table,_value\r\n,,0,1\r\n\r\n",
        '#datatype,string,long\r\n"open\r\n\r\n',
    ],
)
def test_what_is_no_answer_is_refused(body: str) -> None:
    with pytest.raises(NotAnnotatedCsv):
        tables(body)
