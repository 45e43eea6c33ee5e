"""The built book, served, and one browser that visits it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.course.book.build import digest, first_page
from support.course.book.stage import stage
from support.course.project.errors import CourseError
from support.course.project.project import Project
from tests.book.browser import (
    ARGUMENTS,
    Visitor,
    fetch_axe,
    find_chromium,
    serve,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what looks at one page, or at one deck: it is opened once."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and isinstance(item, pytest.Function):
            values = item.callspec.params if hasattr(item, "callspec") else {}
            page = values.get("page") or values.get("report", [""])[0]
            about = page or values.get("deck") or values.get("slug", "")
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {about}"))


@pytest.fixture(scope="session")
def html(project_root: Path) -> Path:
    """The folder of the built pages; they must be those of today's sources."""
    work = project_root / "_build"
    if not first_page(work).is_file():
        pytest.fail("The book is not built. Run: make book", pytrace=False)
    try:
        wanted = digest(stage(Project.at(project_root)))
    except CourseError as error:
        pytest.fail(f"The book cannot be staged: {error}", pytrace=False)
    built = json.loads((work / "book.json").read_text("utf-8"))
    if built != {**built, "digest": wanted, "strict": True}:
        pytest.fail("The built book is older than its sources. Run: make book")
    return work / "html"


@pytest.fixture(scope="session")
def axe(project_root: Path) -> tuple[str, str]:
    """The source of axe-core, and why there is none."""
    return fetch_axe(project_root / "_build" / "node")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests; they skip, visibly, where there is none."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on the path, and COURSE_CHROMIUM is not set")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="session")
def visitor(html: Path, axe: tuple[str, str], browser: Any) -> Iterator[Visitor]:
    """The browser on the served book."""
    with serve(html) as address:
        yield Visitor(browser, address, axe[0])
