"""A new chapter that runs, is checked and shows the shape of all the others."""

import re
from pathlib import Path

import yaml

from support.course.project.chapters import toc_slugs
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic

__all__ = ["add_to_contents", "scaffold"]

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PARTS = {
    "I": "I. Representations and information",
    "II": "II. Fair and explainable decisions",
    "III": "III. Explainable audio",
    "IV": "IV. Who is speaking",
    "V": "V. Listening in rooms",
}


def scaffold(root: Path, slug: str, title: str = "") -> list[Path]:
    """Write the files of a new chapter and add it to the contents.

    Args:
        root: the project's folder.
        slug: lower-case letters, digits and underscores.
        title: the short title; that of the paper of this slug by default.

    Returns:
        The files written.

    Raises:
        CourseError: the slug is malformed or the folder exists.
    """
    if not _SLUG.fullmatch(slug):
        raise CourseError(
            f"slug: got {slug!r}; give 2 to 40 lower-case letters, digits and "
            "underscores, a letter first, for example tied_factors."
        )
    folder = root / "chapters" / slug
    if folder.exists():
        raise CourseError(
            f"chapters/{slug} exists already; nothing was written. Choose another "
            "slug, or remove that folder first."
        )
    paper = _paper(root, slug)
    title = title or str(paper.get("title") or slug.replace("_", " ").capitalize())
    words = {
        "@SLUG@": slug,
        "@TITLE@": title,
        "@YAML_TITLE@": yaml.safe_dump(title, allow_unicode=True, width=1000)
        .removesuffix("...\n")
        .strip(),
        "@DASHES@": slug.replace("_", "-"),
        "@FIGURE@": f"fig-{slug.replace('_', '-')}-means",
        "@CITATION@": f"The paper: {{cite:t}}`{slug}`.\n\n" if paper else "",
    }
    written = []
    for name, template in _FILES.items():
        text = template
        for mark, word in words.items():
            text = text.replace(mark, word)
        write_atomic(folder / name, text)
        written.append(folder / name)
    contents = root / "_toc.yml"
    if slug not in toc_slugs(root) and contents.is_file():
        part = _PARTS.get(str(paper.get("part", "")), "")
        text = contents.read_text(encoding="utf-8")
        write_atomic(contents, add_to_contents(text, slug, part))
        written.append(contents)
    return written


def add_to_contents(text: str, slug: str, part: str) -> str:
    """Add a chapter to the text of ``_toc.yml``, at the end of its part.

    Args:
        text: of the file; comments and order are kept.
        slug: the chapter.
        part: the caption of its part; the part is made where it is missing. With
            no part the last one that holds chapters is taken.

    Returns:
        The new text.
    """
    entry = [
        f"      - file: chapters/{slug}/lesson",
        "        sections:",
        f"          - file: chapters/{slug}/exercises",
    ]
    lines = text.rstrip("\n").split("\n")
    captions = [i for i, line in enumerate(lines) if line.startswith("  - caption:")]
    ends = [*captions, len(lines)][1:]
    spans = list(zip(captions, ends, strict=False))
    holding = [
        (begin, end)
        for begin, end in spans
        if any("chapters/" in line for line in lines[begin:end])
    ]
    named = [
        (begin, end)
        for begin, end in spans
        if part and lines[begin].partition(":")[2].strip().strip("\"'") == part
    ]
    if named or (holding and not part):
        end = (named or holding[-1:])[0][1]
        lines[end:end] = entry
    elif captions:
        later = [
            begin
            for begin, _ in holding
            if part and lines[begin].partition(":")[2].strip() > part
        ]
        place = (later or [holding[-1][1]] if holding else [captions[0]])[0]
        caption = part or "Chapters"
        lines[place:place] = [
            f"  - caption: {caption}",
            "    numbered: true",
            "    chapters:",
            *entry,
        ]
    else:
        if not any(line.startswith("chapters:") for line in lines):
            lines.append("chapters:")
        lines += [line[4:] for line in entry]
    return "\n".join(lines) + "\n"


def _paper(root: Path, slug: str) -> dict[str, object]:
    path = root / "book" / "papers.yml"
    if not path.is_file():
        return {}
    papers = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return next((paper for paper in papers if paper.get("slug") == slug), {})


_HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
course:
  slug: @SLUG@
  title: @YAML_TITLE@
  minutes: 10
  datasets: [embedded]
  method: "callable(sample) -> float"
---
"""

_LESSON = (
    _HEADER
    + """
# @TITLE@

@CITATION@One sentence says what the paper claims.

```{code-cell} ipython3
:tags: [parameters]

profile = "quick"
dataset = "embedded"
seed = 0
device = "auto"
method = ""
```

```{code-cell} ipython3
:tags: [setup]

from support.lesson import start

lesson = start("@SLUG@", profile=profile, dataset=dataset, seed=seed,
               device=device, method=method)
```

+++ {"slideshow": {"slide_type": "slide"}, "tags": ["slide-only"]}

## The question

One sentence for the deck alone: neither the book nor the notebooks show it.

+++

## The data

Look before you learn: many samples from one simple law.

```{code-cell} ipython3
import matplotlib.pyplot as plt
import torch

from support.plots import show

draws = torch.randn(lesson.pick(quick=200, full=2000), 50,
                    generator=lesson.generator("data"))
```

## The experiment

The mean of many draws varies less than one draw does.

```{code-cell} ipython3
means = draws.mean(dim=1)
ratio = float(means.std() / draws.std())
lesson.say("Means vary {r:.2f} times as much as single draws.", r=ratio)
```

```{code-cell} ipython3
---
slideshow:
  slide_type: slide
---
figure, axes = plt.subplots(figsize=(5, 3))
axes.hist(means.numpy(), bins=20)
axes.set_xlabel("mean of 50 draws")
axes.set_ylabel("samples")
show(figure, name="@FIGURE@",
     caption="Means of 50 draws each.",
     alt=f"Histogram of {len(means)} means, one peak near zero, nearly "
         f"all of them between -0.5 and 0.5.")
```

+++ {"tags": ["teacher"]}

What to ask in the room, and what goes wrong there.

+++

## Claims

```{code-cell} ipython3
:tags: [check]

lesson.ledger.measure("@SLUG@.1", ratio)
lesson.ledger.show()
```

Over many seeds:

```{code-cell} ipython3
judgements = lesson.ledger.over_seeds()
```

## Three questions

:::{quiz} Why does the mean of many draws vary less than one draw?
:name: quiz-@DASHES@-1

- [ ] Each draw varies less

  The law of a single draw is the same.
- [x] Errors of independent draws partly cancel

  Their variances add, and the sum is divided by the number squared.
:::

:::{quiz} What would make the mean vary as much as one draw?
:name: quiz-@DASHES@-2

- [x] Draws that are all equal

  Nothing cancels where all err alike.
- [ ] Draws from a wider law

  Both would vary more, in the same proportion.
:::

:::{quiz} How many draws halve the spread of the mean once more?
:name: quiz-@DASHES@-3

- [ ] Twice as many

  That divides it by the root of two.
- [x] Four times as many

  The spread falls with the root of the number.
:::

## Take-aways

Three sentences that a reader should remember.
"""
)

_SEMINAR = """\
  seminar:
    cuts:
      45: "What to keep, and what to leave out, with 45 minutes."
      60: "The same for 60 minutes."
      90: "The same for 90 minutes."
    mistakes:
      - answer: "The sum, not divided by the number of values."
        reveals: "The student computes a total; ask for the average of one value."
      - answer: "Division by seven, whatever comes in."
        reveals: "The example was read as the rule; try five values."
      - answer: "The middle value."
        reveals: "Median and mean are taken for one thing; add an outlier."
---
"""
_EXERCISES = (
    _HEADER.removesuffix("---\n")
    + _SEMINAR
    + """
# Exercises: @TITLE@

```{code-cell} ipython3
:tags: [setup]

import numpy as np

from support.exercises import check
```

````{exercise} The mean by hand
:label: ex-@SLUG@-1

*5 minutes, difficulty 1; teaches what an average is.*
Write `average(values)` without calling a function named mean.
````

```{code-cell} ipython3
:tags: [starter]

def average(values):
    return None
```

```{code-cell} ipython3
:tags: [check]

def same(function):
    return check(function, against=np.mean, what="average",
                 inputs=lambda rng: [rng.normal(size=7)])


passed = same(average)
```

:::{dropdown} Hint 1
A sum, and a number of values.
:::

````{solution} ex-@SLUG@-1
:label: so-@SLUG@-1

The sum of the values, divided by how many there are.
````

```{code-cell} ipython3
:tags: [solution, check, hide-cell]

def average(values):
    return sum(values) / len(values)


passed = same(average)
```
"""
)

_CLAIMS = """\
# Fixed before any seed is run for the record.
- id: @SLUG@.1
  statement: The mean of many draws varies less than one draw does.
  where: to be named
  paper: no figure found
  statistic: standard deviation of means of 50 draws, divided by that of one draw
  direction: less
  margin: 0.5
  no_effect: 1.0
  digits: 3
  tolerance: 0.01
"""

_FILES = {
    "lesson.md": _LESSON,
    "exercises.md": _EXERCISES,
    "claims.yml": _CLAIMS,
}
