"""The built book, served, and one browser that visits it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from support.course.book.build import digest, first_page
from support.course.book.stage import stage
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.seminar.downloads import downloads
from tests.book.browser import ARGUMENTS, Visitor, fetch_axe, serve


class _ByPage(LoadScopeScheduling):
    """Keep together what looks at one page, or at one deck: it is opened once.

    The groups of pytest-xdist 3.8 are not seen by pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        found = _ABOUT.search(nodeid.partition("[")[2])
        return f"{file} {found.group()}" if found and file.endswith(_APART) else file


_APART = ("test_pages.py", "test_slides.py")
#: A page in an identifier such as ``390-book/welcome.html:dark``, else a chapter.
_ABOUT = re.compile(r"(?:book/|chapters/|index|search)[\w/]*\.html|\w+(?=\]$)")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByPage:
    return _ByPage(config, log)


@pytest.fixture(scope="session")
def html(project_root: Path) -> Path:
    """The folder of the built pages; they must be those of today's sources."""
    work = project_root / "_build"
    if not first_page(work).is_file():
        pytest.fail("The book is not built. Run: make book", pytrace=False)
    try:
        project = Project.at(project_root)
        wanted = digest({**stage(project), **downloads(project)})
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
def browser(chromium: str) -> Iterator[Any]:
    """One Chromium for all tests; they skip, visibly, where there is none."""
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
