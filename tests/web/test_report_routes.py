"""Files over HTTP: the plan in force and the month, in the reader's language."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from openpyxl import load_workbook

from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.planning.account import savings_account
from chocolate_factory.planning.plan import Block
from chocolate_factory.reports.paper import Paper
from chocolate_factory.standing import KeptPlan
from chocolate_factory.web.asked_site import SiteName
from chocolate_factory.web.plan_files import plan_pdf, plan_xlsx
from chocolate_factory.web.report_routes import ReportDesk
from chocolate_factory.web.wording import WORDS

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "ics": "text/calendar; charset=utf-8",
}


@pytest.fixture
def months() -> list[date]:
    """The months that were asked for."""
    return []


@pytest.fixture
def client(make_app, snapshot, months):
    kept = KeptPlan("20261125T2300Z-1-abc", snapshot.as_of, snapshot.plan)

    def month(first: date) -> MonthReport:
        months.append(first)
        last = first.replace(day=28)
        account = savings_account(first, last, (), ())
        return MonthReport(
            first, last, False, "plant", "pvpc", None, "no meter was read",
            None, "no meter was read", account, (), (), None,
            (), None, (), True,
        )  # fmt: skip

    desk = ReportDesk(now=lambda: snapshot.as_of, in_force=lambda: kept, month=month)
    with TestClient(make_app(lambda: snapshot, reports=desk)) as told:
        yield told


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_plan_is_a_file_to_save_and_the_same_each_time(client, kind):
    answer = client.get(f"/reports/plan.{kind}?lang=es")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == KINDS[kind]
    assert answer.headers["content-disposition"] == f'attachment; filename="plan.{kind}"'
    assert answer.headers["content-language"] == "es"
    assert answer.content == client.get(f"/reports/plan.{kind}?lang=es").content


def test_the_csv_has_every_block_at_the_cost_that_the_interface_answers(make_app, carrying):
    kept = KeptPlan("20261126T1100Z-1-abc", carrying.as_of, carrying.plan)
    desk = ReportDesk(now=lambda: carrying.as_of, in_force=lambda: kept, month=pytest.fail)
    with TestClient(make_app(lambda: carrying, reports=desk)) as client:
        rows = list(csv.DictReader(io.StringIO(client.get("/reports/plan.csv?lang=en").text)))
        plan = client.get("/dashboard/complete").json()["plan"]
    blocks = [*plan["carried"], *plan["blocks"]]
    assert len(rows) == len(blocks)
    told = {(row["batch"], row["stage"]): float(row["cost_eur"]) for row in rows}
    assert told == {(block["batch"], block["stage"]): block["cost_eur"] for block in blocks}
    marked = {(row["batch"], row["stage"]) for row in rows if row["carried_over"]}
    assert marked == {(block["batch"], block["stage"]) for block in plan["carried"]}


def test_the_shift_sheet_of_a_plan_made_at_night_has_the_rest_of_the_night(
    carrying, monkeypatch: pytest.MonkeyPatch
):
    night = datetime(2026, 11, 25, 22, 30, tzinfo=MADRID)
    earlier = carrying.plan.carried[0].start - night
    tonight = tuple(
        replace(block, start=block.start - earlier, end=block.end - earlier)
        for block in carrying.plan.carried
    )
    plan = replace(
        carrying.plan, origin=night, start=night.replace(day=26, hour=0), carried=tonight
    )
    titles: list[str] = []
    monkeypatch.setattr(Paper, "title_line", lambda _, title, below: titles.append(title))

    def pages(carried: tuple[Block, ...]) -> list[str]:
        titles.clear()
        plan_pdf(KeptPlan("1", night, replace(plan, carried=carried)), WORDS["es"])
        return [title.split(" ·")[0] for title in titles]

    days = pages(tonight)
    assert days[:2] == ["Miércoles 25 de noviembre", "Jueves 26 de noviembre"]
    assert pages(tuple(replace(block, end=night) for block in tonight)) == days[1:]


def test_on_paper_a_month_has_its_capital_and_a_contract_file_no_folders(
    carrying, monkeypatch: pytest.MonkeyPatch
):
    heads: list[str] = []
    monkeypatch.setattr(Paper, "title_line", lambda _, title, below: heads.append(title + below))
    plan = replace(carrying.plan, contract="/srv/plant/config/contract.yaml")
    plan_pdf(KeptPlan("1", carrying.as_of, plan), WORDS["en"])

    assert heads[0].startswith("Thursday 26 November · Shift sheet")
    assert "· contract.yaml ·" in heads[0]


@pytest.fixture
def over_the_change(snapshot) -> KeptPlan:
    """One block from 02:30 to 02:15, as the clock on the wall has it."""
    begin = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    block = replace(
        snapshot.plan.schedule.blocks[0], start=begin, end=begin + timedelta(minutes=45)
    )
    plan = replace(
        snapshot.plan, origin=begin - timedelta(hours=2), carried=(),
        schedule=replace(snapshot.plan.schedule, blocks=(block,)),
    )  # fmt: skip
    return KeptPlan("1", plan.origin, plan)


def test_on_the_day_of_25_hours_no_block_ends_before_it_begins(
    over_the_change, monkeypatch: pytest.MonkeyPatch
):
    rows = []
    monkeypatch.setattr(Paper, "rows", lambda _, table: rows.extend(table.rows))
    plan_pdf(over_the_change, WORDS["es"])
    ((at, _, _, _, until, _, _),) = rows
    assert (at, until) == ("02:30 +0200", "02:15 +0100")

    book = load_workbook(io.BytesIO(plan_xlsx(over_the_change, WORDS["es"])))
    for sheet in ("Bloques", "Lotes"):
        head, row = ([cell.value for cell in own] for own in book[sheet].iter_rows())
        assert head[-2:] == ["inicio_utc", "fin_utc"]
        assert [f"{at:%H:%M}" for at in row[-2:]] == ["00:30", "01:15"]


def test_in_spanish_the_csv_is_what_a_spanish_spreadsheet_opens(client):
    text = client.get("/reports/plan.csv", headers={"accept-language": "es"}).content.decode()
    first, second = text.splitlines()[:2]
    assert first.startswith("\ufefflote;producto;etapa;maquina;inicio")
    assert second.split(";")[6] == "3,75"


def test_the_workbook_has_blocks_batches_and_what_it_comes_to(client):
    book = load_workbook(io.BytesIO(client.get("/reports/plan.xlsx?lang=es").content))
    assert book.sheetnames == ["Bloques", "Lotes", "Resumen"]
    plan = client.get("/dashboard/complete").json()["plan"]
    costs = [cell.value for cell in book["Bloques"]["H"][1:]]
    assert sum(costs) == pytest.approx(plan["objective_eur"])
    assert book["Resumen"]["B2"].value == pytest.approx(plan["objective_eur"])


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Begun before"), ("es", "Ya en marcha antes")]
)
def test_the_summary_of_the_workbook_names_what_the_other_sheets_hold_besides(
    snapshot, language, name
):
    plan = snapshot.plan
    begun = tuple(replace(block, batch="before") for block in plan.schedule.blocks[:2])
    kept = KeptPlan("1", plan.origin, replace(plan, carried=begun))
    sheets = load_workbook(io.BytesIO(plan_xlsx(kept, WORDS[language]))).worksheets
    summary = [[cell.value for cell in row] for row in sheets[2].iter_rows(min_row=2)]
    besides = {unit: value for item, value, unit in summary if str(item).startswith(name)}

    for sheet, kwh, eur in ((sheets[0], "G", "H"), (sheets[1], "E", "F")):
        for column, unit, own in ((eur, "€", summary[0][1]), (kwh, "kWh", summary[3][1])):
            told = sum(cell.value for cell in sheet[column][1:])
            assert told == pytest.approx(own + besides[unit])


def test_a_calendar_may_be_of_one_machine_and_an_unknown_one_is_named(client):
    every = Calendar.from_ical(client.get("/reports/plan.ics").content).walk("VEVENT")
    own = Calendar.from_ical(client.get("/reports/plan.ics?machine=conche-1").content)
    mine = own.walk("VEVENT")
    assert 0 < len(mine) < len(every)
    assert {str(event["location"]) for event in mine} == {"conche-1"}
    assert len({str(event["uid"]) for event in every}) == len(every)
    refused = client.get("/reports/plan.ics?machine=oven")
    assert refused.status_code == 404
    assert "conche-1" in refused.json()["detail"]


def test_without_a_plan_the_answer_says_how_to_make_one(make_app, snapshot):
    with TestClient(make_app(lambda: snapshot)) as client:
        answer = client.get("/reports/plan.pdf")
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#no-plan")
    assert "chocolate-factory plan" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "first"), [("", date(2026, 10, 1)), ("?month=2026-02", date(2026, 2, 1))]
)
def test_without_a_month_the_last_one_that_is_over_is_meant(client, months, query, first):
    answer = client.get(f"/reports/month.pdf{query}")
    assert answer.headers["content-type"] == KINDS["pdf"]
    assert answer.content.startswith(b"%PDF")
    assert months == [first]
    assert f"month-{first:%Y-%m}.pdf" in answer.headers["content-disposition"]


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "1999-12", "x", "2026-02-01"])
def test_what_is_no_month_is_refused(client, month):
    assert client.get(f"/reports/month.csv?month={month}").status_code == 422


def test_what_is_not_known_is_an_empty_value_with_its_reason(client):
    rows = list(csv.reader(io.StringIO(client.get("/reports/month.csv?lang=en").text)))
    assert ["bill", "total_eur", "no meter was read", "", "EUR"] in rows
    assert ["savings", "saving_pct", "No day is closed yet.", "", "%"] in rows
    assert ["co2", "co2_kg", "", "", "kg"] in rows


def test_where_there_are_several_sites_files_are_called_by_theirs(make_app, snapshot):
    kept = KeptPlan("20261125T2300Z-1-abc", snapshot.as_of, snapshot.plan)
    desk = ReportDesk(now=lambda: snapshot.as_of, in_force=lambda: kept, month=pytest.fail)
    sites = (SiteName("jaen", "Jaén"), SiteName("lugo", "Lugo"))
    local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(make_app(lambda: snapshot, reports=desk, sites=sites), **local) as told:
        answer = told.get("/reports/plan.csv?site=lugo")
        assert answer.headers["content-disposition"] == 'attachment; filename="lugo-plan.csv"'
