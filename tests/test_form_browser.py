"""A form on the page, in a real browser with JavaScript off, on a phone and on a desktop."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page

from api.app import create_app
from evals.serving import free_port
from tests.conftest import wait_for_port
from tests.test_api_automations import ADDRESS, NAME, PHONE, a_form_house
from tests.test_page_browser import WIDTHS, browser
from tests.test_photos import a_picture

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    house = a_form_house(tmp_path_factory.mktemp("forms"))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(house), port=port, log_level="error"))
    # Signals belong to the test run, which is in the main thread.
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for_port(port)
    yield f"http://127.0.0.1:{port}/councils/exampleton/chat"
    server.should_exit = True
    thread.join(timeout=20)


def opened(browser: Browser, address: str, width: int, scripts: bool, scheme: str) -> Page:
    size = {"width": width, "height": 800}
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        java_script_enabled=scripts,
        bypass_csp=scripts,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(address)
    page.locator("#message").fill("you missed my bin")
    page.locator("form.ask button").click()
    return page


def fill(page: Page, label: str, value: str) -> None:
    page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Continue").click()


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out sideways."""
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    parts = page.locator("main input:visible, main textarea, main button, main p, main h2").all()
    boxes = [box for part in parts if (box := part.bounding_box())]
    return all(box["x"] >= 0 and box["x"] + box["width"] <= width + 1 for box in boxes)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_whole_form_without_javascript(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, width, scripts=False, scheme="light")
    page.get_by_role("button", name="Rubbish").click()
    assert page.locator("button.reply").count() == 2
    assert fits(page)
    fill(page, "When?", "31 February")
    assert page.get_by_label("When?").get_attribute("aria-invalid") == "true"
    fill(page, "When?", "yesterday")
    fill(page, "Where do you live?", ADDRESS)
    fill(page, "What is your name?", NAME)
    fill(page, "Your phone number?", PHONE)
    page.get_by_role("button", name="Skip this question").click()
    picture = FilePayload(name="bin.jpg", mimeType="image/jpeg", buffer=a_picture("JPEG"))
    page.get_by_label("A picture?").set_input_files(picture)
    assert fits(page)
    page.get_by_role("button", name="Send the picture").click()
    assert NAME in page.locator("#latest").inner_text()
    assert fits(page)
    page.get_by_role("button", name="Yes, send it").click()
    assert "Your reference is MISS-" in page.locator("#latest").inner_text()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_form(browser: Browser, address: str, scheme: str) -> None:
    # axe itself is a script, so here scripts run; the page has none of its own.
    page = opened(browser, address, 320, scripts=True, scheme=scheme)
    states = [Axe().run(page)]
    page.get_by_role("button", name="Rubbish").click()
    page.wait_for_load_state()
    states.append(Axe().run(page))
    for value in ("31 February", "", "yesterday", ADDRESS, NAME, PHONE):
        page.locator("#field").fill(value)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_load_state()
        states.append(Axe().run(page))
    for _ in ("email", "photo"):
        page.get_by_role("button", name="Skip this question").click()
        page.wait_for_load_state()
        states.append(Axe().run(page))
    for found in states:
        assert found.violations_count == 0, found.generate_report()
    page.context.close()
