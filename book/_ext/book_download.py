"""Let the download button of a chapter's page give what runs by itself.

A page's source is MyST and needs files beside it.  Where the staged tree holds an
archive for students, ``extra/downloads/<chapter>-students.zip``, the button gives
that one instead.
"""

from pathlib import Path

from sphinx.application import Sphinx

FOLDER = "extra"  # its content lies at the top of the book
ARCHIVE = "downloads/{}-students.zip"
BUTTON = "download-source-button"


def copy_archives(app: Sphinx, config: object) -> None:
    """Let Sphinx copy the archives, where there are any."""
    if (Path(app.confdir) / FOLDER).is_dir():
        config.html_extra_path.append(FOLDER)


def lead_to_archive(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Change where the button of a chapter's page leads."""
    parts = page.split("/")
    if parts[0] != "chapters" or parts[-1] not in ("lesson", "exercises"):
        return
    archive = ARCHIVE.format(parts[1])
    if not (Path(app.confdir) / FOLDER / archive).is_file():
        return
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []) if isinstance(group, dict) else []:
            if button.get("label") == BUTTON:
                button["url"] = context["pathto"](archive, 1)
                button["text"] = ".zip"
                button["tooltip"] = "Download the notebooks, ready to run"


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", copy_archives)
    # after the theme has made its buttons
    app.connect("html-page-context", lead_to_archive, priority=900)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
