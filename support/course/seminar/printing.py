"""Print a page to PDF with a Chromium, where this machine has one."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["count_pages", "find_chromium", "print_page"]

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_TIMEOUT_S = 60
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def find_chromium() -> str | None:
    """Find a Chromium: ``COURSE_CHROMIUM``, one on the path, or playwright's."""
    named = os.environ.get("COURSE_CHROMIUM")
    if named:
        return named
    for name in _BROWSERS:
        if path := shutil.which(name):
            return path
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    cache = Path(folder) if folder else Path.home() / ".cache" / "ms-playwright"
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def print_page(browser: str, page: Path, target: Path) -> str:
    """Print a page; nothing outside this machine is asked for anything.

    Args:
        browser: the path of a Chromium.
        page: an HTML file.
        target: the PDF to write.

    Returns:
        What went wrong, in words; empty where all went well.
    """
    # Chromium keeps its sandbox, except for root, for whom it has none.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--no-pdf-header-footer",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=10000",  # until the formulas are set
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target}",
            *(["--no-sandbox"] if is_root else []),
            page.resolve().as_uri(),
        ]
        try:
            ran = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"{browser} could not be run: {error}"
    if ran.returncode or not target.is_file():
        last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
        return f"{browser} did not print: {last}"
    return ""


def count_pages(pdf: bytes) -> int:
    """Count the pages of a PDF that Chromium wrote."""
    return len(_PAGE.findall(pdf))
