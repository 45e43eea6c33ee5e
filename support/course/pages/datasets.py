"""The page "Data sets and their licences": its tables, made from the registry alone."""

from collections.abc import Sequence

from support.course.pages.markdown import markdown_table
from support.course.project.words import memory
from support.data.acquisition.registry import RELEASE_ADDRESS, Corpus, catalogue

__all__ = ["licence_table", "render", "size_in_words"]

_KINDS = {"images": "Images", "audio": "Audio", "table": "Tables and statistics"}


def size_in_words(row: Corpus) -> str:
    """What a corpus takes, its parts together."""
    parts = [catalogue()[part] for part in row.parts] or [row]
    size = sum(part.bytes for part in parts)
    return memory(size) if size else "not known"


def _licence(row: Corpus) -> str:
    if not row.licence_address:
        return row.licence
    return f"[{row.licence}]({row.licence_address})"


def licence_table() -> str:
    """The terms of every corpus as one Markdown table.

    Example:
        >>> print(licence_table().splitlines()[0])
        | Name | Licence | Non-commercial only | Share-alike | May be passed on |
    """
    header = (
        "Name", "Licence", "Non-commercial only", "Share-alike", "May be passed on",
    )  # fmt: skip
    return markdown_table(
        header,
        (
            (
                f"`{row.name}`",
                _licence(row),
                row.noncommercial,
                row.share_alike,
                "yes" if row.redistribute else "no",
            )
            for row in catalogue().values()
            if not row.composite
        ),
    )


def _overview(rows: Sequence[Corpus]) -> str:
    return markdown_table(
        ("Name", "Content", "Size"),
        (
            (f"[`{row.name}`](#data-{row.name.replace('_', '-')})", row.content,
             size_in_words(row))
            for row in rows
        ),
    )  # fmt: skip


def _how(row: Corpus) -> str:
    if row.composite:
        return f"`course data get {row.name}` gets its parts."
    get = f"`course data get {row.name}`"
    origins = [file.origin for file in row.files if file.origin]
    if origins:
        return f"{get} downloads it from {' and '.join(f'<{o}>' for o in origins)}."
    if RELEASE_ADDRESS or row.mirrors:
        return f"{get}, or a copy in the folder `COURSE_DATA` names."
    return (
        f"{get} where `COURSE_DATA` or `COURSE_DATA_RELEASE` is set: the packed files "
        "are not published yet."
    )


def _entry(row: Corpus) -> str:
    """One corpus: a labelled heading and a list of facts."""
    facts = [("Content", row.content), ("Size", size_in_words(row))]
    if row.composite:
        facts.append(("Parts", ", ".join(f"`{part}`" for part in row.parts)))
    facts.append(("Licence", _licence(row)))
    if row.noncommercial != "no":
        facts.append(("Non-commercial use only", row.noncommercial))
    if row.share_alike != "no":
        facts.append(("Share-alike", row.share_alike))
    facts += [("Home", f"<{row.home}>")]
    if row.official and row.official != row.home:
        facts.append(("Original data", f"<{row.official}>"))
    facts += [
        ("Cite", row.citation),
        ("Note", row.note),
        ("Get", _how(row)),
        ("Load", f"`{row.loader}`"),
    ]
    unknown = [file.path for file in row.files if not file.verifiable]
    if unknown:
        facts.append(("Checksum", f"not known for {', '.join(unknown)}"))
    label = f"(data-{row.name.replace('_', '-')})="
    lines = [label, f"### {row.title}", ""]
    lines += [f"- **{name}:** {text}" for name, text in facts if text]
    return "\n".join(lines)


def render() -> str:
    """The generated part of the page, as MyST Markdown.

    A pure function of the registry: an overview for each kind of data, the table of
    licences, and an entry a corpus with content, size, licence, citation and how to
    get it. Headings start at the second level.

    Example:
        >>> "RAVDESS" in render()
        True
    """
    blocks = []
    for kind, heading in _KINDS.items():
        rows = [row for row in catalogue().values() if row.kind == kind]
        if rows:
            blocks += [f"## {heading}", _overview(rows)]
    blocks += ["## Licences at a glance", licence_table()]
    blocks += ["## One by one", *map(_entry, catalogue().values())]
    return "\n\n".join(blocks) + "\n"
