"""The page in a real browser: what a reader sees, with the keyboard, on a phone, in the dark."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from web.conftest import some_climate

from chocolate_factory.alerting import Held, Seen
from chocolate_factory.conduct import Told
from chocolate_factory.conduct.what_if import IN_FORCE, Outcome, Variant
from chocolate_factory.errors import StoreError
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.market.calendar import HOUR
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.why_there import Shift, Why
from chocolate_factory.standing import NOTHING
from chocolate_factory.store.revision import Revision
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.asked import Alerts, Upkeep
from chocolate_factory.web.callers import SIDECAR, Access
from chocolate_factory.web.live import Server
from chocolate_factory.web.plan_routes import PlanDesk

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs chromium on the path, or its path in CHROMIUM"
)


@dataclass
class Site:
    """A server over a snapshot that a test may exchange."""

    address: str
    read: list[Callable[[], Snapshot]]


@dataclass
class Visit:
    """An open page and everything it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Serving = Callable[..., AbstractContextManager[Site]]


@pytest.fixture(scope="module")
def serving(make_app: Callable[..., FastAPI]) -> Serving:
    """Starts a server over a snapshot, and over how the data stands if that is given."""

    def start(
        read: Callable[[], Snapshot], upkeep: Upkeep | None = None
    ) -> AbstractContextManager[Site]:
        reads = [read]
        told = () if upkeep is None else (lambda: upkeep,)

        def current() -> Snapshot:
            return reads[0]()

        return listening(make_app(current, *told), reads)

    return start


@contextmanager
def listening(app: FastAPI, reads: list[Callable[[], Snapshot]]) -> Iterator[Site]:
    """A server on a free loopback port, stopped at the end."""
    server = Server(uvicorn.Config(app, port=0, log_level="error"), app.state.streams)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", reads)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "a page that is still open holds up the end"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(serving: Serving, snapshot: Snapshot) -> Iterator[Site]:
    with serving(lambda: snapshot) as site:
        yield site


@contextmanager
def visiting(
    browser: Browser, address: str, *, width: int = 1440, dark: bool = False, locale: str = "en-GB"
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale=locale,
    )
    page = context.new_page()
    visit = Visit(page)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("console", lambda message: visit.complaints.append(message.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.goto(address)
    yield visit
    context.close()


def contrast(page: Page, selector: str) -> float:
    """WCAG contrast of an element's text with the nearest painted background."""
    ratio = page.evaluate(
        """(selector) => {
          const light = (rgb) => {
            const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          let element = document.querySelector(selector);
          const ink = light(getComputedStyle(element).color);
          const clear = () => / 0\\)$/.test(getComputedStyle(element).backgroundColor);
          while (clear()) element = element.parentElement;
          const ground = light(getComputedStyle(element).backgroundColor);
          return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        }""",
        selector,
    )
    return float(ratio)


def weak(page: Page, *selectors: str) -> dict[str, float]:
    """Those whose text stands out too little to be read easily (WCAG AA)."""
    found = {selector: contrast(page, selector) for selector in selectors}
    return {selector: ratio for selector, ratio in found.items() if ratio < 4.5}


@pytest.mark.parametrize("path", ["/dashboard", "/docs"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_keeps_to_itself_and_to_its_width(
    browser: Browser, site: Site, path: str, width: int, lang: str
):
    with visiting(browser, f"{site.address}{path}?lang={lang}", width=width) as visit:
        wide = visit.page.evaluate("document.documentElement.scrollWidth")
        filled = visit.page.evaluate(
            """[...document.querySelectorAll("path.line, path.limit-line")]
              .filter((line) => getComputedStyle(line).fill !== "none").length"""
        )

        assert visit.complaints == []
        assert filled == 0
        assert [url for url in visit.requests if not url.startswith(site.address)] == []
        assert wide <= width


def test_a_cell_shows_its_price_period_and_interval_on_focus(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard") as visit:
        cell = visit.page.locator(".cell.is-forecast").first
        cell.focus()

        tip = visit.page.locator("#tip")
        assert tip.is_visible()
        lines = tip.locator("span").all_inner_texts()
        assert lines[0] == "Fri 27, 00:00–01:00"
        assert lines[1].endswith("€/kWh")
        assert lines[2:] == ["forecast", lines[3], "tariff period P6", lines[5]]
        assert lines[3].startswith("80 % interval")


def test_a_block_shows_what_it_is_on_hover(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard") as visit:
        visit.page.locator("svg.bar.is-forecast", has_text="P01").first.hover()

        said = visit.page.locator("#tip").inner_text()
        assert "premium-01" in said
        assert "kWh" in said
        assert "€" in said


def test_escape_hides_the_tooltip(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard") as visit:
        visit.page.locator(".cell").first.focus()
        visit.page.keyboard.press("Escape")

        assert visit.page.locator("#tip").is_hidden()


def test_the_tooltip_stays_on_a_phone_s_screen(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard", width=390) as visit:
        visit.page.locator(".slot.d6 .cell").last.focus()

        box = visit.page.locator("#tip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_the_heatmap_is_one_tab_stop_and_arrows_walk_it(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard") as visit:
        stops = visit.page.locator(".heat [data-tip][tabindex='0']")
        assert stops.count() == 1
        assert stops.get_attribute("aria-label", timeout=1000).startswith("Wed 25, 14:00")

        stops.focus()
        visit.page.keyboard.press("ArrowRight")
        visit.page.keyboard.press("ArrowDown")

        focused = visit.page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert focused.startswith("Thu 26, 15:00–16:00")
        assert stops.count() == 1


def test_a_phone_shows_first_what_to_do_next(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard?lang=en", width=390) as visit:
        titles = visit.page.locator("main h2:visible").evaluate_all(
            """(titles) => titles
              .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
              .map((title) => title.textContent)"""
        )

        assert titles == [
            "Price now", "Next starts", "Plan of the week", "Advice for this hour", "Alerts",
            "Machines", "Next cheap hours", "Weather", "Contract and power", "Paid and saved",
            "What a kWh costs, hour by hour", "Price outlook", "How good the forecasts are",
            "Climate of the place", "Data health",
        ]  # fmt: skip


def test_arrows_follow_the_turned_heatmap_of_a_phone(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard", width=390) as visit:
        visit.page.locator(".heat [data-tip][tabindex='0']").focus()
        visit.page.keyboard.press("ArrowRight")
        visit.page.keyboard.press("ArrowDown")

        focused = visit.page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert focused.startswith("Thu 26, 15:00–16:00")


def test_on_paper_every_day_of_the_sheet_is_whole_and_the_rest_stays_folded(
    browser: Browser, site: Site
):
    with visiting(browser, f"{site.address}/dashboard?lang=en") as visit:
        folded = visit.page.locator(".sheet details:not([open]) tbody tr")
        habit = visit.page.locator("#habit")
        assert folded.count() > 0
        assert not folded.last.is_visible()
        visit.page.emulate_media(media="print")

        assert all(row.is_visible() for row in folded.all())
        assert not habit.is_visible()
        assert not visit.page.locator(".files").is_visible()


def test_the_language_can_be_switched(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard", locale="en-GB") as visit:
        assert visit.page.locator("#heat-title").inner_text() == "What a kWh costs, hour by hour"

        visit.page.locator("nav.languages a").click()

        assert visit.page.locator("#heat-title").inner_text() == "Lo que cuesta un kWh, hora a hora"
        assert visit.page.locator("html").get_attribute("lang") == "es"


def test_a_spanish_browser_gets_spanish(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard", locale="es-ES") as visit:
        assert visit.page.locator(".as-of time").inner_text() == "mié 25 nov, 14:20"


def test_dark_follows_the_system(browser: Browser, site: Site):
    def ground(dark: bool) -> str:
        with visiting(browser, f"{site.address}/dashboard", dark=dark) as visit:
            return str(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert ground(dark=False) == "rgb(246, 242, 238)"
    assert ground(dark=True) == "rgb(21, 16, 13)"


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser: Browser, site: Site, dark: bool):
    with visiting(browser, f"{site.address}/dashboard", dark=dark) as visit:
        shades = [f".cell.s{n}" for n in range(8)]
        present = [
            selector
            for selector in [*shades, ".quiet", ".simulated", ".chip.state-ok", ".chip.state-late",
                             ".chip.state-empty", ".chip.is-forecast", "footer p", "a"]
            if visit.page.locator(selector).count()
        ]  # fmt: skip
        assert weak(visit.page, *present) == {}


def test_simulated_data_is_named_wherever_one_scrolls(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard", width=390) as visit:
        visit.page.evaluate("scrollTo(0, document.body.scrollHeight)")

        box = visit.page.locator(".masthead .simulated").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 100


def test_fresh_values_come_in_and_the_reader_s_place_is_kept(
    serving: Serving, browser: Browser, snapshot: Snapshot
):
    with serving(lambda: snapshot) as site, visiting(browser, f"{site.address}/dashboard") as visit:
        page = visit.page
        page.locator(".sheet details").nth(1).locator("summary").click()
        page.locator(".cell.current").focus()
        focused = page.evaluate("document.activeElement.id")
        page.evaluate("document.querySelector('.as-of time').textContent = 'old'")

        page.evaluate("refresh()")
        page.wait_for_function("() => document.querySelector('.as-of time').textContent !== 'old'")

        assert page.locator(".as-of time").inner_text() == "Wed 25 Nov, 14:20"
        assert page.locator(".sheet details").nth(1).get_attribute("open") is not None
        assert page.evaluate("document.activeElement.id") == focused
        assert page.locator(".heat [data-tip][tabindex='0']").count() == 1
        assert visit.complaints == []


def test_a_stopped_server_is_told_and_the_values_stay(
    serving: Serving, browser: Browser, snapshot: Snapshot
):
    with serving(lambda: snapshot) as site, visiting(browser, f"{site.address}/dashboard") as visit:
        visit.page.context.set_offline(True)
        visit.page.evaluate("refresh()")

        visit.page.locator("#offline").wait_for(state="visible")
        assert "Wed 25 Nov, 14:20" in visit.page.locator("#offline").inner_text()
        assert visit.page.locator(".cell").count() == 168

        visit.page.context.set_offline(False)
        visit.page.evaluate("refresh()")
        visit.page.locator("#offline").wait_for(state="hidden")


def test_the_error_page_becomes_the_dashboard_when_the_store_is_back(
    serving: Serving, browser: Browser, snapshot: Snapshot
):
    def broken() -> Snapshot:
        raise StoreError("the disk is full: free some space")

    with serving(broken) as site, visiting(browser, f"{site.address}/dashboard") as visit:
        assert "the disk is full" in visit.page.locator("main").inner_text()

        site.read[0] = lambda: snapshot
        visit.page.evaluate("refresh()")

        visit.page.locator(".heat").wait_for()
        visit.page.wait_for_function(  # the page may just be taking its second picture
            "() => { const cell = document.querySelector('.cell'); cell?.blur(); cell?.focus();"
            " return document.getElementById('tip')?.hidden === false; }"
        )


def test_the_empty_page_says_what_to_run(
    serving: Serving, browser: Browser, nothing_stored: Snapshot
):
    with (
        serving(lambda: nothing_stored) as site,
        visiting(browser, f"{site.address}/dashboard", width=390) as visit,
    ):
        assert "chocolate-factory demo" in visit.page.locator("main").inner_text()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert visit.complaints == []


def test_a_server_that_is_gone_is_told_and_the_page_keeps_what_it_has(
    serving: Serving, browser: Browser, snapshot: Snapshot
):
    with serving(lambda: snapshot) as site:
        context = browser.new_context(viewport={"width": 390, "height": 800}, locale="es-ES")
        page = context.new_page()
        page.goto(f"{site.address}/dashboard")
    page.evaluate("refresh()")

    page.locator("#offline").wait_for(state="visible")
    assert "No se puede contactar" in page.locator("#offline").inner_text()
    cell = page.locator(".cell.current")
    cell.click()
    assert page.locator("#quarter-detail li").count() == 4
    context.close()


def test_a_cell_opens_its_quarter_hours_and_gives_the_focus_back(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard?lang=es") as visit:
        page = visit.page
        cell = page.locator(".cell.current")
        cell.focus()
        page.keyboard.press("Enter")

        detail = page.locator("#quarter-detail")
        lines = detail.locator("li").evaluate_all("(parts) => parts.map((p) => p.innerText)")
        assert cell.get_attribute("aria-expanded") == "true"
        assert [line.splitlines()[0] for line in lines] == [
            "14:00–14:15", "14:15–14:30", "14:30–14:45", "14:45–15:00",
        ]  # fmt: skip
        assert all("€/kWh" in line and "publicado" in line for line in lines)

        page.evaluate("refresh()")
        page.wait_for_function("() => !document.getElementById('quarter-detail').hidden")
        page.keyboard.press("Escape")

        assert detail.is_hidden()
        assert page.evaluate("document.activeElement.className").startswith("cell")
        assert visit.complaints == []


class Planner:
    """A desk that compares and pins; what it was asked is kept."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.plan, self.now = snapshot.plan, snapshot.as_of
        self.asked: list[tuple[object, ...]] = []
        self.by = ""
        self.answers = threading.Event()
        self.answers.set()

    def what_if(self, variants: tuple[Variant, ...]) -> tuple[Outcome, ...]:
        move = variants[0].move
        assert move is not None
        self.asked.append(("what-if", move.batch, move.begin))
        self.answers.wait(20)
        base = Outcome(IN_FORCE, self.plan, (), IN_FORCE, None)
        if move.begin < self.plan.start:
            early = ("standard-01 mixing has nobody there at 2026-11-25 23:45+01:00",)
            return base, Outcome("move", None, early, IN_FORCE, None)
        return base, Outcome("move", self.plan, (), IN_FORCE, difference_eur=3.2)

    def why(self, batch: str) -> Why:
        blocks = next(b for b in batches_of(self.plan.schedule.blocks) if b[0].batch == batch)
        return Why(
            batch=blocks, cost_eur=15.9, due=self.plan.start + timedelta(hours=30),
            earlier=Shift(-HOUR, 0.36, ()), later=Shift(HOUR, -0.1, ("conching: 3 at once",)),
            places=7, cheapest_begin=blocks[0].start, cheapest_eur=15.9,
            published=False, stays_best=0.84,
        )  # fmt: skip

    def pin(self, batch: str, begin: datetime | None, by: str) -> Told:
        self.asked.append(("pin", batch, begin))
        return Told("batch-pinned-1", NOTHING)

    def started(self, report: Report, by: str) -> Told:
        self.by = by
        self.asked.append(("started", report.batch, report.stage))
        return Told("batch-started-1", NOTHING)

    def undo(self, event_id: str, by: str) -> Told:
        self.asked.append(("undo", event_id))
        return Told("undone-1", NOTHING)

    def unpin(self, batch: str, by: str) -> Told:
        self.asked.append(("unpin", batch))
        return Told("undone-2", NOTHING)

    @property
    def desk(self) -> PlanDesk:
        return PlanDesk(
            now=lambda: self.now, standing=lambda: NOTHING, accept=self.undo, started=self.started,
            pin=self.pin, undo=self.undo, unpin=self.unpin, what_if=self.what_if, why=self.why,
        )  # fmt: skip


@pytest.fixture
def planner(snapshot: Snapshot) -> Planner:
    return Planner(snapshot)


@pytest.fixture
def planned_site(
    make_app: Callable[..., FastAPI], snapshot: Snapshot, planner: Planner
) -> Iterator[Site]:
    with listening(make_app(lambda: snapshot, desk=planner.desk), []) as site:
        yield site


def open_move(page: Page) -> None:
    """With the keyboard, from the first block of the timeline; rights are asked at the start."""
    page.wait_for_function("() => rights.compute")
    page.locator(".timeline-panel [data-tip]").first.focus()
    page.keyboard.press("Enter")
    page.locator("#move").wait_for(state="visible")


def test_a_batch_is_tried_at_another_start_pinned_and_undone_by_keyboard(
    browser: Browser, planned_site: Site, planner: Planner
):
    with visiting(browser, f"{planned_site.address}/dashboard?lang=es") as visit:
        page = visit.page
        open_move(page)
        assert page.locator("#move-begin").input_value() == "2026-11-26T09:00"
        page.wait_for_function("() => document.querySelector('#move-why li')")
        why = page.locator("#move-why").inner_text().replace("\N{NO-BREAK SPACE}", " ")
        assert why.startswith("Por qué está aquí\n15,90 € a esta hora\nparte de sus precios son")
        assert "en el 84 % de las evoluciones posibles" in why
        assert "una hora antes: +0,36 €" in why
        assert "una hora después: -0,10 €; lo impide: conching: 3 at once" in why
        assert page.locator("#move-why [lang=en]").inner_text().strip() == "conching: 3 at once"
        pin = page.locator('[data-do="pin"]')
        assert pin.is_disabled()

        page.get_by_role("button", name="1 h después").focus()
        page.keyboard.press("Enter")
        cost = page.locator("#move-cost")
        page.wait_for_function("() => document.querySelector('#move-cost.is-dearer')")
        assert cost.inner_text() == "3,20\N{NO-BREAK SPACE}€ más caro que el plan en vigor"
        assert planner.asked == [("what-if", "standard-01", datetime(2026, 11, 26, 9, tzinfo=UTC))]

        pin.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#move-cost.is-good')")
        page.locator('[data-do="undo"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('[data-do=\"undo\"]').hidden")
        page.keyboard.press("Escape")

        assert planner.asked[1:] == [
            ("pin", "standard-01", datetime(2026, 11, 26, 9, tzinfo=UTC)),
            ("undo", "batch-pinned-1"),
        ]
        assert page.locator("#move").is_hidden()
        assert visit.complaints == []


def test_a_batch_taken_over_stays_and_its_next_stage_is_reported_as_started(
    browser: Browser, make_app: Callable[..., FastAPI], carrying: Snapshot
):
    planner = Planner(carrying)
    with (
        listening(make_app(lambda: carrying, desk=planner.desk), []) as site,
        visiting(browser, f"{site.address}/dashboard?lang=es", width=390) as visit,
    ):
        page = visit.page
        page.wait_for_function("() => rights.compute")
        bar = page.locator("svg.bar.is-carried[data-batch='standard-02'][data-stage='conching']")
        assert str(bar.text_content()).strip() == "S02 ▸"
        assert "lote ya en marcha" in str(bar.get_attribute("aria-label"))
        bar.focus()
        page.keyboard.press("Enter")
        page.locator("#move").wait_for(state="visible")

        assert page.locator("#move-begin").is_hidden()
        assert page.locator('[data-do="pin"]').is_hidden()
        assert page.locator("#move-why").inner_text() == ""
        assert "se queda donde está" in page.locator("#move-cost").inner_text()
        page.locator('[data-do="started"]').click()
        page.wait_for_function("() => document.querySelector('#move-cost.is-good')")

        assert planner.asked == [("started", "standard-02", "conching")]
        assert (
            "▸ standard-02" in page.locator(".sheet tr", has_text="standard-02").first.inner_text()
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert visit.complaints == []


def test_a_start_that_cannot_be_says_why_and_cannot_be_pinned(
    browser: Browser, planned_site: Site, planner: Planner
):
    with visiting(browser, f"{planned_site.address}/dashboard?lang=en") as visit:
        page = visit.page
        open_move(page)
        page.locator("#move-begin").fill("2026-11-25T23:45")
        page.locator("#move-begin").dispatch_event("change")

        page.wait_for_function("() => document.querySelector('#move-cost.is-bad')")
        assert "nobody there at" in page.locator("#move-cost").inner_text()
        assert page.locator('[data-do="pin"]').is_disabled()

        page.get_by_role("button", name="1 h later").click()
        page.wait_for_function("() => document.querySelector('#move-cost.is-dearer')")
        page.evaluate("moved.to = new Date('2027-10-30T23:30Z')")
        asked = len(planner.asked)
        for wanted, place, said in (
            ("2027-03-28T02:30", "#move-cost", "no such time"),
            ("", "#move-cost", "no such time"),
            ("2027-10-31T02:30", "#move-which", "the first one"),
        ):
            page.locator("#move-begin").fill(wanted)
            page.locator("#move-begin").dispatch_event("change")
            assert page.locator('[data-do="pin"]').is_disabled()
            assert said in page.locator(place).inner_text()
        page.get_by_role("button", name="1 h later").click()
        assert page.locator("#move-begin").input_value() == "2027-10-31T02:30"
        assert "the second one" in page.locator("#move-which").inner_text()
        page.locator("#move-begin").dispatch_event("change")
        page.wait_for_function("() => document.querySelector('#move-cost.is-dearer')")
        assert planner.asked[asked:] == [
            ("what-if", "standard-01", datetime(2027, 10, 31, 1, 30, tzinfo=UTC))
        ]


def test_what_is_refused_is_in_the_language_of_the_page_or_said_to_be_english(
    browser: Browser, planned_site: Site
):
    with visiting(browser, f"{planned_site.address}/dashboard?lang=es") as visit:
        page = visit.page
        open_move(page)
        page.locator("#move-begin").fill("2026-11-25T23:45")
        page.locator("#move-begin").dispatch_event("change")
        page.wait_for_function("() => document.querySelector('#move-cost.is-bad')")

        lines = page.locator("#move-cost p")
        assert lines.first.inner_text() == "No puede empezar entonces:"
        assert "no tendría a nadie presente" in lines.nth(1).locator("[lang=es]").inner_text()

        page.goto(f"{planned_site.address}/setup?lang=es")
        page.locator('form[data-step="power"] button[type=submit]').click()

        assert "nothing can be written" in page.locator(".refused[lang=en]").inner_text()


OPEN = "openMove(document.querySelector('[data-batch=\"{}\"]'))"


def test_the_cost_of_one_batch_is_never_told_of_another(
    browser: Browser, planned_site: Site, planner: Planner
):
    with visiting(browser, f"{planned_site.address}/dashboard?lang=en") as visit:
        page = visit.page
        page.wait_for_function("() => rights.compute")
        planner.answers.clear()
        page.evaluate(OPEN.format("standard-01"))
        with page.expect_request("**/what-if?*"):
            page.get_by_role("button", name="1 h later").click()
        page.keyboard.press("Escape")
        page.evaluate(OPEN.format("standard-02"))
        planner.answers.set()
        page.wait_for_timeout(500)
        assert "Choose another start" in page.locator("#move-cost").inner_text()
        assert page.locator('[data-do="pin"]').is_disabled()

        page.get_by_role("button", name="1 h later").click()
        page.evaluate(OPEN.format("standard-03").replace("openMove", "moving.close(); openMove"))
        page.wait_for_timeout(1000)
        assert "Choose another start" in page.locator("#move-cost").inner_text()
        assert [one[1] for one in planner.asked] == ["standard-01"]
        assert visit.complaints == []


def test_a_block_two_pixels_wide_can_be_met_with_a_finger(browser: Browser, planned_site: Site):
    with visiting(browser, f"{planned_site.address}/dashboard?lang=en", width=390) as visit:
        page = visit.page
        page.wait_for_function("() => rights.compute")
        bar = page.locator("svg.bar[data-stage='mixing']").first
        bar.scroll_into_view_if_needed()
        box = bar.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] - 8, box["y"] + 10)

        page.locator("#move").wait_for(state="visible")
        assert page.locator("#move-batch").inner_text() == "standard-01"


def test_of_two_batches_pinned_to_one_instant_each_is_let_go_by_itself(
    browser: Browser, make_app: Callable[..., FastAPI], snapshot: Snapshot
):
    held = replace(snapshot, plan=replace(snapshot.plan, pinned=("standard-01", "standard-02")))
    planner = Planner(held)
    with (
        listening(make_app(lambda: held, desk=planner.desk), []) as site,
        visiting(browser, f"{site.address}/dashboard?lang=en") as visit,
    ):
        page = visit.page
        page.wait_for_function("() => rights.plan")
        page.evaluate(OPEN.format("standard-02"))
        page.locator('[data-do="unpin"]').click()
        page.get_by_text("Taken back.").wait_for()
        assert planner.asked == [("unpin", "standard-02")]


def test_who_may_not_plan_sees_no_button_for_it(browser: Browser, planned_site: Site):
    with visiting(browser, "about:blank") as visit:
        page = visit.page
        refused = '{"compute": true, "plan": false, "administer": false}'
        page.route("**/access", lambda route: route.fulfill(body=refused))
        page.goto(f"{planned_site.address}/dashboard?lang=en")
        open_move(page)

        assert page.locator("#move [data-needs]:visible").count() == 0
        assert "machine itself" in page.locator("#move [data-lacks]").inner_text()


def test_behind_a_proxy_a_block_says_what_is_stored_and_nothing_can_be_tried(
    browser: Browser, planned_site: Site
):
    with visiting(browser, "about:blank") as visit:
        page = visit.page
        page.set_extra_http_headers({"Via": SIDECAR})
        page.goto(f"{planned_site.address}/dashboard?lang=en")
        page.locator("svg.bar[data-stage='conching']").first.click()

        assert "conche-1" in page.locator("#move-block").inner_text()
        assert "plant's network only" in page.locator("#move-cost").inner_text()
        shown = page.locator("#move button:visible, #move input:visible")
        assert shown.all_inner_texts() == ["Close"]
        assert {
            urlsplit(url).path for url in visit.requests if "/static/" not in url
        } == {"/dashboard"}  # fmt: skip
        assert visit.complaints == []


def test_a_token_typed_on_a_phone_gives_the_rights_of_its_role_until_it_is_forgotten(
    browser: Browser, make_app: Callable[..., FastAPI], snapshot: Snapshot, planner: Planner
):
    found = Alert("gap:raw", AlertKind.RAW_DAMAGED, Gravity.CRITICAL, {"file": "raw.db.damaged"})
    held = Held("20261125T070000Z-5f0c1a2b", found, snapshot.as_of, snapshot.as_of)
    seen: list[tuple[str, str]] = []

    def acknowledge(alert_id: str, by: str) -> Held:
        seen.append((alert_id, by))
        return replace(held, seen=Seen(by, snapshot.as_of, found.gravity))

    def holder(text: str) -> Token | None:
        roles = {"planner-s": Role.PLANNER, "admin-s": Role.ADMIN}
        role = roles.get(text)
        return role and Token(f"tablet-{role.value}", role, snapshot.as_of, snapshot.as_of)

    access = Access(
        lambda: snapshot.as_of, holder, lambda _: None, lambda _: None, trust_loopback=False
    )
    told = Alerts(snapshot.as_of, snapshot.as_of, True, (held,))
    app = make_app(
        lambda: snapshot, desk=planner.desk, access=access,
        alerts=AlertDesk(lambda: told, acknowledge),
    )  # fmt: skip
    with (
        listening(app, []) as site,
        visiting(browser, f"{site.address}/dashboard?lang=es", width=390) as visit,
    ):
        page = visit.page
        said, button = page.locator("#token-said"), page.locator("[data-post]")
        page.locator(".alerts [data-token]").click()
        assert button.is_hidden()

        def use(text: str) -> None:
            page.locator("#token-text").fill(text)
            page.keyboard.press("Enter")

        use("another")
        page.get_by_text("Aquí no permite nada").wait_for()
        assert button.is_hidden()
        use("planner-s")
        page.get_by_text("Está vigente: planes").wait_for()
        assert said.get_attribute("class") == "well"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.keyboard.press("Escape")
        assert page.locator(".alerts [data-token]").is_hidden()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()

        page.reload()
        open_move(page)
        page.locator('[data-do="started"]').click()
        page.wait_for_function("() => document.querySelector('#move-cost.is-good')")
        assert seen == [(held.alert_id, "token:tablet-planner")]
        assert [one[0] for one in planner.asked] == ["started"]
        assert planner.by == "token:tablet-planner"

        page.goto(f"{site.address}/setup?lang=es")
        page.locator("[data-token]").click()
        assert page.locator('form[data-step="power"] [data-needs]').is_hidden()
        use("admin-s")
        page.get_by_text("para todo").wait_for()
        page.keyboard.press("Escape")
        page.locator('form[data-step="power"] [data-needs]').click()
        page.locator(".refused", has_text="nothing can be written").wait_for()

        page.locator("[data-token]").click()
        page.locator("#token-forget").click()
        page.get_by_text("Olvidada.").wait_for()
        assert page.locator('form[data-step="power"] [data-needs]').is_hidden()
        assert page.evaluate("sessionStorage.length") == 0


def test_what_is_asked_of_a_site_may_have_a_question_of_its_own(browser: Browser, site: Site):
    with visiting(browser, f"{site.address}/dashboard?lang=en") as visit:
        visit.page.evaluate("document.documentElement.dataset.site = 'jaen'")

        assert visit.page.evaluate("at('/plan/why?batch=a')") == "/plan/why?batch=a&site=jaen"
        assert visit.page.evaluate("at('/plan')") == "/plan?site=jaen"


def serious(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds serious or worse, with the first place of each."""
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def rich_site(
    make_app: Callable[..., FastAPI], snapshot: Snapshot, trouble: Upkeep
) -> Iterator[Site]:
    app = make_app(lambda: snapshot, lambda: trouble, analysis=some_climate(lambda: snapshot.as_of))
    with listening(app, []) as site:
        yield site


@pytest.mark.parametrize("path", ["/dashboard", "/setup"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_panel_has_a_serious_violation_at_any_width_in_light_or_dark(
    browser: Browser, rich_site: Site, path: str, lang: str
):
    with visiting(browser, f"{rich_site.address}{path}?lang={lang}", width=390) as visit:
        page = visit.page
        page.wait_for_function("() => document.querySelectorAll('[data-needs]').length > 0")
        if path == "/dashboard":
            page.locator(".cell.current").click()
        for width in (390, 1440, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            assert serious(page) == [], width
            assert page.evaluate("document.documentElement.scrollWidth") <= width

            page.emulate_media(color_scheme="dark")
            assert serious(page, ("color-contrast",)) == [], width
        assert [url for url in visit.requests if not url.startswith(rich_site.address)] == []
        assert visit.complaints == []


def test_the_page_can_be_walked_with_tab_alone(browser: Browser, rich_site: Site):
    with visiting(browser, f"{rich_site.address}/dashboard?lang=en") as visit:
        page = visit.page
        seen = []
        for _ in range(120):
            page.keyboard.press("Tab")
            told = page.evaluate(
                """() => {
                  const at = document.activeElement;
                  const box = at.getBoundingClientRect();
                  const panel = at.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
                  return [at.tagName, panel ?? "", box.width > 0 && box.height > 0];
                }"""
            )
            if told[0] == "BODY":
                break
            seen.append(told)

        assert page.evaluate("document.activeElement.tagName") == "BODY", (
            "a trap, or over 120 stops"
        )
        assert [one for one in seen if not one[2]] == []
        panels = {one[1] for one in seen}
        assert {"heat-title", "gantt-title", "band-title", "power-curve-title"} <= panels
        assert "climate-year-title" in panels


def test_all_that_a_first_view_transfers_is_small(browser: Browser, rich_site: Site):
    with visiting(browser, f"{rich_site.address}/dashboard?lang=es") as visit:
        visit.page.wait_for_function("() => typeof rights === 'object'")
        sizes = visit.page.evaluate(
            """() => [...performance.getEntriesByType("navigation"),
                      ...performance.getEntriesByType("resource")]
              .map((entry) => [entry.name, entry.transferSize])"""
        )

        assert len(sizes) >= 4
        assert sum(size for _, size in sizes) <= 600_000, sizes


Look = tuple[int, bool, str]
LOOKS: tuple[Look, ...] = (
    (390, False, "en"),
    (390, True, "es"),
    (1440, False, "es"),
    (1440, True, "en"),
)  # width, dark, language


@pytest.fixture(scope="module")
def first_site(serving: Serving, nothing_stored: Snapshot, starting: Upkeep) -> Iterator[Site]:
    with serving(lambda: nothing_stored, starting) as site:
        yield site


@pytest.fixture(scope="module")
def troubled_site(serving: Serving, snapshot: Snapshot, trouble: Upkeep) -> Iterator[Site]:
    with serving(lambda: snapshot, trouble) as site:
        yield site


@pytest.mark.parametrize("look", LOOKS)
def test_the_first_start_fits_and_its_progress_can_be_read(
    browser: Browser, first_site: Site, look: Look
):
    width, dark, lang = look
    address = f"{first_site.address}/dashboard?lang={lang}"
    with visiting(browser, address, width=width, dark=dark) as visit:
        page = visit.page
        name = {"en": "Fetching history", "es": "Descarga de la historia"}[lang]
        bar = page.get_by_role("progressbar", name=name)

        assert bar.is_visible()
        assert bar.evaluate("(bar) => [bar.value, bar.max]") == [168, 5475]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert weak(page, ".work label", ".work .quiet", ".steps", ".first p") == {}
        assert visit.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_gaps_and_missing_keys_fit_and_can_be_read(
    browser: Browser, troubled_site: Site, look: Look
):
    width, dark, lang = look
    address = f"{troubled_site.address}/dashboard?lang={lang}"
    with visiting(browser, address, width=width, dark=dark) as visit:
        page = visit.page
        setting = page.locator(".setting").bounding_box()
        since = page.locator("#gap-scroll tbody tr").nth(1).locator("td").nth(1).bounding_box()

        for box in (setting, since):
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        severities = (f".chip.severity-{name}" for name in ("critical", "moderate", "minor"))
        others = (".chip.run-failed", ".chip.run-rejected", ".failures time", ".told", ".setting")
        assert weak(page, *severities, *others) == {}
        assert visit.complaints == []


def test_progress_moves_on_with_the_page_s_own_refresh(
    make_app: Callable[..., FastAPI], browser: Browser, nothing_stored: Snapshot, starting: Upkeep
):
    told = [starting]
    app = make_app(lambda: nothing_stored, lambda: told[0])
    with listening(app, []) as site, visiting(browser, f"{site.address}/dashboard") as visit:
        history = starting.jobs[0]
        further = replace(history.running, done=336)
        told[0] = replace(starting, jobs=(replace(history, running=further),), runs=(further,))

        visit.page.evaluate("refresh()")

        visit.page.wait_for_function("() => document.querySelector('progress').value === 336")
        assert visit.page.locator("progress").count() == 1
        assert visit.complaints == []


def test_what_was_seen_is_noted_and_news_shows_by_itself(
    make_app: Callable[..., FastAPI], browser: Browser, snapshot: Snapshot
):
    found = Alert("gap:raw", AlertKind.RAW_DAMAGED, Gravity.CRITICAL, {"file": "raw.db.damaged"})
    held = [Held("20261125T070000Z-5f0c1a2b", found, snapshot.as_of, snapshot.as_of)]
    stored = ["0"]

    def acknowledge(_: str, by: str) -> Held:
        held[0] = replace(held[0], seen=Seen(by, snapshot.as_of, found.gravity))
        return held[0]

    app = make_app(
        lambda: snapshot,
        alerts=AlertDesk(
            lambda: Alerts(snapshot.as_of, snapshot.as_of, True, tuple(held)), acknowledge
        ),
        revision=lambda: Revision("0", "0", "0", stored[0], "0"),
    )
    with (
        listening(app, []) as site,
        visiting(browser, f"{site.address}/dashboard?lang=en") as visit,
    ):
        visit.page.get_by_role("button", name="Seen: Archive damaged").click()
        visit.page.get_by_text("seen Wed 25 Nov, 14:20 (local)").wait_for()
        assert visit.page.locator("[data-post]").count() == 0

        for _ in range(100):
            if visit.page.evaluate("news.readyState === EventSource.OPEN"):
                break
            visit.page.wait_for_timeout(100)
        held.clear()
        stored[0] = "1"
        visit.page.get_by_text("Nothing needs attention").wait_for()
        assert visit.complaints == []
