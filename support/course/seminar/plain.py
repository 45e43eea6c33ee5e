"""Turn the book's MyST into Markdown that any notebook or slide shows as it is meant.

Plain Jupyter knows no directives and no roles.  Blocks become quotations and folds,
citations become names and years, references become titles, equations are numbered.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from support.course.project.project import Project

__all__ = ["Words", "citations", "directives", "labels", "plain"]

_OPEN = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\}[ ]*(?P<title>.*)$")
_OPTION = re.compile(r"^:(?P<key>[\w-]+):[ ]*(?P<value>.*)$")
_CODE = re.compile(r"^(`{3,}|~{3,})(?![`~{])")
_ROLE = re.compile(r"\{(?P<name>[\w:]+)\}`(?P<text>[^`]+)`")
_TARGET = re.compile(r"^\([\w-]+\)=\s*$\n?", re.MULTILINE)
_EQUATION = re.compile(r"\$\$[ ]*\((?P<label>[\w-]+)\)[ ]*$")
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?://|#)[^)]*\)")
_CHOICE = re.compile(r"^- \[[ x]\] (.*)$", re.MULTILINE)
_RIGHT = re.compile(r"^- \[x\] (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Words:
    """What the text of one notebook refers to.

    Attributes:
        cited: authors and year by key.
        titles: by label, how a block or an equation is called: ``Definition (Leak)``,
            ``(1)``.
    """

    cited: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def plain(text: str, words: Words) -> str:
    """Translate a text.

    Args:
        text: a Markdown cell of a chapter.
        words: what it refers to.

    Returns:
        Markdown without directives and roles; a link to a page of the book, which
        is not beside a notebook, becomes its words.

    >>> plain("See {cite:t}`koh`.", Words({"koh": ("Koh et al.", "2020")}))
    'See Koh et al. (2020).'
    """
    kept: list[str] = []
    lines = iter(_TARGET.sub("", text).splitlines())
    for line in lines:
        code, opening = _CODE.match(line), _OPEN.match(line)
        if code:
            kept += [line, *_until(lines, code[1]), code[1]]
        elif opening:
            body = list(_until(lines, opening["fence"]))
            kept.append(_block(opening["name"], opening["title"], body, words))
        elif not line.startswith("% "):
            kept.append(_inline(line, words))
    return "\n".join(kept)


def directives(text: str) -> list[str]:
    """List the directives and roles in a text, code left out.

    >>> directives("```{note}\\nSee {ref}`x`.\\n```")
    ['note', 'ref']
    """
    found: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if code := _CODE.match(line):
            list(_until(lines, code[1]))
        elif opening := _OPEN.match(line):
            found.append(opening["name"])
        else:
            found += [role["name"] for role in _ROLE.finditer(line)]
    return found


def labels(texts: Iterable[str]) -> dict[str, str]:
    """Collect the labels of blocks and equations, and what each is called."""
    found: dict[str, str] = {}
    count = equations = 0
    for text in texts:
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if equation := _EQUATION.search(line):
                equations += 1
                found[equation["label"]] = f"({equations})"
            opening = _OPEN.match(line)
            if not opening:
                continue
            kind = _kind(opening["name"])
            if kind == "Exercise":
                count += 1
                kind = f"Exercise {count}"
            options, _ = _options(lines[number + 1 :])
            if "label" in options:
                title = opening["title"].strip()
                found[options["label"]] = f"{kind} ({title})" if title else kind
    return found


def citations(project: Project) -> dict[str, tuple[str, str]]:
    """Read who wrote what and when.

    Args:
        project: with the bibliographies of book and chapters.

    Returns:
        Authors in short and the year, by key; none without pybtex.
    """
    try:
        from pybtex.database import parse_file
    except ImportError:
        return {}
    found = {}
    own = sorted(project.root.glob("chapters/*/references.bib"))
    for path in [*project.root.glob("book/references.bib"), *own]:
        for key, entry in parse_file(str(path), bib_format="bibtex").entries.items():
            people = entry.persons.get("author") or entry.persons.get("editor") or []
            names = [
                " ".join(str(part) for part in person.rich_last_names)
                for person in people
            ]
            short = names[0] if names else key
            if len(names) == 2:
                short = " and ".join(names)
            elif len(names) > 2:
                short = f"{names[0]} et al."
            found[key] = (short, str(entry.fields.get("year", "n.d.")))
    return found


def _until(lines: Iterable[str], fence: str) -> Iterable[str]:
    for line in lines:
        if line.rstrip() == fence:
            return
        yield line


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        option = _OPTION.match(line)
        if not option:
            return found, lines[number:]
        found[option["key"]] = option["value"].strip()
    return found, []


def _block(name: str, title: str, lines: list[str], words: Words) -> str:
    options, rest = _options(lines)
    title = _inline(title.strip(), words)
    body = plain("\n".join(rest).strip("\n"), words)
    kind = _kind(name)
    if kind == "Exercise":
        called = words.titles.get(options.get("label", ""), f"Exercise ({title})")
        return f"**{called}**\n\n{body}"
    if kind == "Solution":
        return f"**Solution**\n\n{body}"
    if name == "quiz":
        return _quiz(title, body)
    if name == "dropdown":
        return _fold(title, body)
    if name == "div":
        return body
    if name.startswith("prf:"):
        kind = f"{kind} ({title})" if title else kind
    elif title:
        kind = title
    return _quote(f"**{kind}.**" if not kind.endswith((".", "?")) else kind, body)


def _quiz(question: str, body: str) -> str:
    """The question and its choices; the answers stay folded."""
    choices = "\n".join(f"- {choice}" for choice in _CHOICE.findall(body))
    right = "; ".join(_RIGHT.findall(body))
    told = _CHOICE.sub(r"- \1", body)
    answers = _fold("Answers", f"Right: {right}\n\n{told}")
    return f"**Question.** {question}\n\n{choices}\n\n{answers}"


def _kind(name: str) -> str:
    return name.removeprefix("prf:").replace("-", " ").capitalize()


def _fold(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _quote(title: str, body: str) -> str:
    lines = [title, "", *body.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n"


def _inline(line: str, words: Words) -> str:
    if equation := _EQUATION.search(line):
        number = words.titles.get(equation["label"], "").strip("()")
        tag = rf"\tag{{{number}}}" if number else ""
        line = f"{line[: equation.start()]}{tag}$$"
    return _LINK.sub(r"*\1*", _ROLE.sub(lambda role: _role(role, words), line))


def _role(role: re.Match[str], words: Words) -> str:
    name, text = role["name"], role["text"]
    if name in ("cite:t", "cite:p", "cite"):
        makers: dict[str, Callable[[str, str], str]] = {
            "cite:t": lambda who, year: f"{who} ({year})",
        }
        make = makers.get(name, lambda who, year: f"{who}, {year}")
        keys = [key.strip() for key in text.split(",")]
        said = [make(*words.cited.get(key, (key, "n.d."))) for key in keys]
        return "; ".join(said) if name == "cite:t" else f"({'; '.join(said)})"
    shown, _, label = text.partition("<")
    if label:
        return shown.strip()
    return words.titles.get(text, text)
