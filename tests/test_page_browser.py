"""The page to chat on, in a real browser with JavaScript off, as a citizen on a phone has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from api.compose import Installation, build_app, open_council
from tests.conftest import free_port, lacking, wait_for_port
from tests.test_journeys import COUNCIL, opened

__all__ = ["opened"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
WIDTHS = {"phone": 320, "desktop": 1280}


@pytest.fixture(scope="module")
def address(opened: Installation) -> Iterator[str]:
    council, _ = open_council(COUNCIL, opened.settings)
    port = free_port()
    config = uvicorn.Config(build_app(opened, [council]), port=port, log_level="error")
    server = uvicorn.Server(config)
    # Signals belong to the test run, which is in the main thread.
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for_port(port)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        lacking("Chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": WIDTHS[request.param], "height": 800}
    context = browser.new_context(viewport=size, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    yield page
    context.close()


def say(page: Page, message: str) -> None:
    page.get_by_label("Your question").fill(message)
    page.get_by_role("button", name="Ask").click()


def test_a_whole_conversation_without_javascript(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/councils/exampleton/chat")
    assert "a computer program, not a person" in page.locator("main").inner_text()
    say(page, "when is the library open on Saturday")
    assert "10am to 4pm" in page.locator("main").inner_text()
    page.get_by_text("The council's own words").first.click()
    assert page.locator("blockquote").first.is_visible()
    say(page, "how much is a second brown bin")
    assert "£41.50" in page.locator("main").inner_text()
    assert page.locator(".turn").count() == 2
    page.reload()
    assert page.locator(".turn").count() == 2
    assert all(url.startswith(address) for url in asked)


def test_nothing_sticks_out_at_any_width(page: Page, address: str) -> None:
    page.goto(f"{address}/councils/exampleton/chat")
    say(page, "when is the library open")
    widest = page.locator("body").bounding_box()
    assert widest is not None
    assert page.viewport_size is not None
    assert widest["width"] <= page.viewport_size["width"]
    for part in page.locator("main table, main textarea, main button, main a").all():
        box = part.bounding_box()
        if box is not None and part.is_visible():
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= page.viewport_size["width"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "cy"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str, language: str) -> None:
    # axe itself is a script, so here scripts run; the page has none of its own.
    context = browser.new_context(
        viewport={"width": 320, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(f"{address}/councils/exampleton/chat?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    states = [Axe().run(page)]
    page.locator("#message").fill("how much is a second brown bin")
    page.locator("form.ask button").click()
    page.wait_for_load_state()
    states.append(Axe().run(page))
    page.locator("form.ask button").click()
    page.wait_for_load_state()
    states.append(Axe().run(page))
    for found in states:
        assert found.violations_count == 0, found.generate_report()
    context.close()
