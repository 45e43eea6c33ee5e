"""``course data``: list, get and check public corpora, and read their licences.

Nothing here imports torch, numpy or a network library before one is needed, so the
commands answer at once.
"""

import functools
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import fill, indent
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from support.course.pages.datasets import licence_table, size_in_words
from support.data.acquisition import registry
from support.data.acquisition.registry import DataError, UnknownCorpusError

__all__ = ["app"]

#: Columns of a terminal below which a table is written as lines.
_NARROW = 100

app = typer.Typer(
    name="data",
    help="Public corpora: list, get and check them; read their licences.",
    no_args_is_help=True,
)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="FOLDER",
        help="Folder of corpora; it precedes COURSE_DATA and ../shared/data.",
    ),
]


def _complete(incomplete: str) -> list[str]:
    return [name for name in registry.names() if name.startswith(incomplete)]


Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Names of corpora.", autocompletion=_complete),
]


def _say(message: str) -> None:
    """One line on stderr, not wrapped, so that it can be searched and copied."""
    typer.echo(message, err=True)


def _plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors of the data layer into one line and an exit code.

    2 says that the command was wrong, 1 that the work failed.
    """

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except UnknownCorpusError as error:
            _say(f"Error: {error}")
            raise typer.Exit(2) from None
        except (DataError, OSError) as error:
            _say(f"Error: {error}")
            raise typer.Exit(1) from None

    return wrapped


def _console() -> Console:
    # Piped output has no width of its own; 80 columns would break every row.
    return Console() if sys.stdout.isatty() else Console(width=150)


def _print(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    console, columns = _console(), list(columns)
    if console.width < _NARROW:  # a column would be a letter wide
        for first, *rest in rows:
            console.print(Text(first, style="bold"))
            for column, cell in zip(columns[1:], rest, strict=True):
                words = f"{column}: {cell}"
                indented = indent(fill(words, console.width - 2), "  ")
                console.print(Text(indented))
        return
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def _terms(row: registry.Corpus) -> str:
    marks = []
    if row.noncommercial != "no":
        marks.append(f"non-commercial: {row.noncommercial}")
    if row.share_alike != "no":
        marks.append(f"share-alike: {row.share_alike}")
    return "; ".join([row.licence, *marks])


def _whereabouts(name: str, data_dir: Path | None) -> str:
    state = registry.available(name, data_dir)
    if state != "local":
        return "to download" if state == "downloadable" else "not here"
    folder = registry.locate(name, data_dir)
    for place in registry.places(data_dir):
        if folder is not None and folder.parent == place.folder:
            return f"here ({place.label})"
    return "here"


@app.command("list")
@_plainly
def list_corpora(data_dir: Folder = None) -> None:
    """List the corpora: size, licence, and where they are."""
    rows = []
    for row in registry.catalogue().values():
        here = _whereabouts(row.name, data_dir)
        rows.append((row.name, row.content, size_in_words(row), _terms(row), here))
    _print("Corpora", ("Name", "Content", "Size", "Licence", "Here"), rows)


def _get(name: str, data_dir: Path | None) -> list[str]:
    """Get one corpus; returns what to say about where it is."""
    progress = sys.stderr.isatty()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if data_dir is not None:
            folders: Any = registry.install(name, data_dir, progress)
        else:
            folders = registry.fetch(name, progress=progress)
    for warning in caught:
        _say(f"Warning: {warning.message}")
    if not isinstance(folders, dict):
        folders = {name: folders}
    unknown = {
        part
        for part in folders
        if any(not file.verifiable for file in registry.corpus(part).files)
    }
    return [
        f"{part}: {'here, not verified' if part in unknown else 'here and right'}, "
        f"{folder}"
        for part, folder in folders.items()
    ]


@app.command()
@_plainly
def get(
    names: Names = None,
    data_dir: Folder = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All corpora of the registry.")
    ] = False,
) -> None:
    """Find corpora here or download them; verify them."""
    if everything and names:
        _say("Error: give names or --all, not both.")
        raise typer.Exit(2)
    wanted = list(dict.fromkeys(names or []))
    if everything:  # views have no files of their own
        rows = registry.catalogue().values()
        wanted = [row.name for row in rows if not row.composite]
    if not wanted:
        _say(f"Error: name a corpus, or --all. Known: {', '.join(registry.names())}.")
        raise typer.Exit(2)
    for name in wanted:  # a mistyped name stops before anything is downloaded
        registry.corpus(name)
    failed = 0
    for name in wanted:
        try:
            for line in _get(name, data_dir):
                typer.echo(line)
        except DataError as error:
            failed += 1
            _say(f"Error: {error}")
    if failed:
        if len(wanted) > 1:
            _say(f"{failed} of {len(wanted)} corpora are not here.")
        raise typer.Exit(1)


@app.command()
@_plainly
def check(names: Names = None, data_dir: Folder = None) -> None:
    """Hash every file that is here; fail on a wrong one."""
    selected = list(dict.fromkeys(names or []))
    findings = registry.check(selected, data_dir)
    marks = {"right": "right", "unverified": "not verified", "wrong": "WRONG"}
    present = [found for found in findings if found.path is not None]
    if present:
        _print(
            "Files",
            ("File", "State", "Where"),
            [
                (
                    f"{found.corpus}/{found.file}",
                    marks[found.state],
                    str(found.path),
                )
                for found in present
            ],
        )
    for found in findings:
        if found.state == "wrong":
            _say(f"Error: {found.detail}")
        elif found.state == "unverified":
            _say(
                f"Warning: {found.corpus}/{found.file} cannot be verified, the "
                f"registry knows no checksum; it has the {found.detail}."
            )
    count = {
        state: sum(found.state == state for found in findings)
        for state in ("right", "wrong", "missing", "unverified")
    }
    absent = sorted({found.corpus for found in findings if found.state == "missing"})
    typer.echo(
        f"{count['right']} right, {count['wrong']} wrong, {count['unverified']} not "
        f"verified, {count['missing']} not here"
        + (f" ({', '.join(absent)})." if absent else ".")
    )
    # Without names, what is not here was not asked for.
    if count["wrong"] or (selected and count["missing"]):
        raise typer.Exit(1)


@app.command()
@_plainly
def licences(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown table.")
    ] = False,
) -> None:
    """Print the licences and what they ask of you."""
    if markdown:
        typer.echo(licence_table())
        return
    _print(
        "Licences",
        (
            "Name",
            "Licence",
            "Non-commercial",
            "Share-alike",
            "May be passed on",
            "Note",
        ),
        [
            (
                row["corpus"],
                row["licence"],
                row["noncommercial"],
                row["share_alike"],
                row["redistribute"],
                row["note"],
            )
            for row in registry.licences()
        ],
    )
