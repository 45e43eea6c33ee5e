"""The page that says what a reader's method is called with, and shows one."""

import json
from pathlib import Path

from support.course.pages.methods import methods
from support.course.project.chapters import Chapter
from support.course.project.project import Project


def test_the_page_shows_the_call_and_the_example(tmp_path: Path) -> None:
    (tmp_path / "chapters/alpha").mkdir(parents=True, exist_ok=True)
    example = tmp_path / "chapters/alpha/own_method.py"
    example.write_text("import torch\n\n\ndef my_loss(x):\n    return x\n")
    folder = tmp_path / "chapters/alpha"
    chapters = (
        Chapter("alpha", folder, "A", 5, ("embedded",), "callable(x (N,)) -> a number"),
        Chapter("beta", Path(), "B", 5, ("embedded",)),
    )
    project = Project(tmp_path, tmp_path, chapters, ())
    seen = tmp_path / "book/method_arguments.json"
    seen.parent.mkdir()
    words = {"arguments": ["int64 tensor (4,), 0 to 9"], "answer": "int, 3"}
    seen.write_text(json.dumps({"alpha": words}))
    text = methods(project)
    assert "- `x`: int64 tensor (4,), 0 to 9\n" in text
    assert "the example below answered: int, 3." in text
    seen.write_text(json.dumps({"alpha": {**words, "arguments": []}}))
    assert "int64 tensor" not in methods(project)  # it is of another call
    assert "callable(x (N,))" in text
    assert "and expects: a number." in text
    assert "def my_loss(x):" in text
    assert "--method chapters.alpha.own_method:my_loss" in text
    assert "beta" not in text
    empty = Project(tmp_path, tmp_path, (), ())
    assert methods(empty) == "No chapter takes a method yet."
