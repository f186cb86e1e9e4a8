"""The documentation site: everything is on it, and nothing of it comes from elsewhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from web.test_browser import CHROMIUM, QUIET

from chocolate_factory.settings import PREFIX, Settings
from manual.__main__ import build
from manual.command_line import commands
from manual.file_schemas import FILES, parts
from manual.http_api import document

LOADED = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "use": "href",
}  # fmt: skip
"""Attributes whose address a browser fetches by itself; a link is fetched when somebody asks."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manual") / "built"
    assert build(folder).returncode == 0
    return folder / "site"


def told(page: Path) -> str:
    """What stands on a page."""
    body = page.read_text("utf-8").split("<article", 1)[1].split("</article>", 1)[0]
    return unescape(re.sub(r"<[^>]+>", "", body))


class Fetched(HTMLParser):
    """The addresses that a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in ("canonical", "prev", "next"):
            return
        self.addresses.append(given.get(LOADED.get(tag, "")) or "")


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text("utf-8")
        fetched = Fetched()
        fetched.feed(text)
        assert [one for one in fetched.addresses if re.match(r"(https?:)?//", one)] == [], page.name
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", text), page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", sheet.read_text("utf-8"))


def test_every_path_of_the_interface_and_every_member_of_its_records_is_described(site: Path):
    page = told(site / "reference/http.html")
    openapi = document()
    for path, methods in openapi["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    for name, schema in openapi["components"]["schemas"].items():
        assert name in page
        for member in schema.get("properties", ()):
            assert member in page, f"{name}.{member}"


def test_every_command_and_each_of_its_options_is_described(site: Path) -> None:
    page = told(site / "reference/commands.html")
    every = list(commands())
    assert len(every) > 30
    for words, command in every:
        assert f"chocolate-factory {words}" in page
        for option in command.params:
            for form in option.opts:
                assert (form if form.startswith("-") else option.name.upper()) in page, words


def test_every_setting_is_described_with_its_default(site: Path) -> None:
    page = told(site / "reference/settings.html")
    for name, field in Settings.model_fields.items():
        assert PREFIX + name.upper() in page
        assert str(field.description) in re.sub(r"\s+", " ", page)
    assert "1095" in page


@pytest.mark.parametrize("title", FILES)
def test_every_key_of_a_file_is_described(site: Path, title: str) -> None:
    page = told(site / "reference/files.html")
    assert title in page
    for _, schema in parts(FILES[title]):
        for key in schema["properties"]:
            assert key in page


def test_every_page_of_the_documents_is_on_the_site(site: Path) -> None:
    docs = Path(__file__).parents[2] / "docs"
    for page in docs.rglob("*.md"):
        built = site / page.relative_to(docs).with_suffix(".html")
        assert built.is_file(), page.name
        others = [other.read_text("utf-8") for other in site.rglob("*.html") if other != built]
        assert any(f"{built.name}" in other for other in others), f"nothing leads to {page.name}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium on the path, or its path in CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(params=["file system", "server"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    if request.param == "file system":
        yield site.as_uri()
        return
    handler = partial(Silent, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Silent(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


def test_the_search_finds_a_setting_without_any_network(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/index.html")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("freeze_min")
    page.locator("a", has_text="CHOCOLATE_FACTORY_FREEZE_MIN").first.wait_for()
    assert field.input_value() == "freeze_min"
    elsewhere = [one for one in asked if not one.startswith((address, "data:", "blob:", "about:"))]
    assert elsewhere == []
    page.close()
