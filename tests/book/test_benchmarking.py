"""The pages on benchmarks say what works: their examples are run."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from support.course.bench.settings import settings_from
from support.course.cli.app import main
from support.course.project.chapters import discover, find_root
from support.course.project.methods import documented_arguments

ROOT = find_root(Path(__file__))
#: Chapters whose example has no test of its own beside the chapter's others.
EXAMPLES = sorted(
    path.parent.name
    for path in ROOT.glob("chapters/*/own_method.py")
    if not (ROOT / f"tests/chapters/{path.parent.name}/test_own_method.py").exists()
)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "book" / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_yaml_example_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = blocks("benchmarking.md", "yaml")
    path = tmp_path / "first.yml"
    path.write_text(example, encoding="utf-8")
    words = ["bench", "--config", str(path), "--out", str(tmp_path / "out"), "-n"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert "20 of 20 to run" in said.out
    assert "squared_hinge" in said.out
    assert not (tmp_path / "out").exists()


def test_the_slurm_example_is_accepted() -> None:
    (example,) = blocks("clusters.md", "yaml")
    settings = settings_from({"out": "x", **yaml.safe_load(example)}, "clusters.md")
    assert settings.slurm is not None
    assert settings.slurm["workers"] == 8


def arguments(slug: str) -> tuple[Any, ...]:
    """Small arguments of the kind that the chapter hands over."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    labels = torch.arange(30) % 3
    images, concepts = normal(30, 1, 4, 4), (normal(30, 5) > 0).float()
    factors = np.stack([np.arange(30) % 3, np.arange(30) // 3], axis=1)
    return {
        "auc_verification": (normal(30, 4).requires_grad_(), labels),
        "concepts": (images, concepts, labels, 3, 0, images.device),
        "disentanglement": (factors, factors @ np.eye(2) + 0.1),
        "lfit": (factors, np.arange(30) % 4, (3, 10), 0),
        "multiclass_auc": (normal(30, 3).requires_grad_(), labels),
        "recruitment": (normal(30, 4), normal(30, 4), labels % 2, labels, 0),
        "similarity": (normal(30, 4), normal(30, 6)),
    }[slug]


@pytest.mark.parametrize("slug", EXAMPLES)
def test_the_example_of_a_chapter_does_what_the_chapter_asks(slug: str) -> None:
    source = (ROOT / f"chapters/{slug}/own_method.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 24
    name = [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ][-1]
    (chapter,) = [c for c in discover(ROOT) if c.slug == slug]
    given = arguments(slug)
    assert len(given) == len(documented_arguments(chapter.method))
    method = getattr(importlib.import_module(f"chapters.{slug}.own_method"), name)
    answer = method(*given)
    if slug == "concepts":
        z = answer.encode(given[0])
        assert z.shape == given[1].shape
        assert answer.predict(z).shape == (30, 3)
        assert torch.isfinite(answer.predict(z)).all()
        return
    if slug == "lfit":
        states, known, *_ = given
        assert (answer(states) == known).all()
        assert answer(1 + states[:5]).shape == (5,)
        return
    if slug == "recruitment":
        face, _, gender, *_ = given
        mapped = answer(face)
        assert mapped.shape == (30, 4)
        gap = mapped[gender == 1].mean(0) - mapped[gender == 0].mean(0)
        away = face[gender == 1].mean(0) - face[gender == 0].mean(0)
        assert float(gap @ away) == pytest.approx(0, abs=1e-5)
        return
    value = float(torch.as_tensor(answer).detach())
    assert np.isfinite(value)
    if slug == "auc_verification":
        answer.backward()
        assert given[0].grad.abs().sum() > 0
        alike = torch.eye(3)[given[1]]
        assert method(alike, given[1]) < value
    if slug == "multiclass_auc":
        answer.backward()
        assert given[0].grad.abs().sum() > 0
        right = 10 * torch.nn.functional.one_hot(given[1], 3).float()
        assert method(right, given[1]) == 0 < value
    if slug == "disentanglement":
        assert value == pytest.approx(1)
    if slug == "similarity":
        assert method(given[0], 3 * given[0]) == pytest.approx(1)
        assert abs(value) < 0.9


def test_every_chapter_with_a_method_has_an_example() -> None:
    wanted = {c.slug for c in discover(ROOT) if documented_arguments(c.method)}
    assert wanted == {
        path.parent.name for path in ROOT.glob("chapters/*/own_method.py")
    }
    assert set(EXAMPLES) <= wanted


@pytest.mark.parametrize("chapter", discover(ROOT), ids=lambda chapter: chapter.slug)
def test_a_lesson_that_takes_a_method_guards_it(chapter: Any) -> None:
    if documented_arguments(chapter.method):
        source = chapter.source("lesson").read_text(encoding="utf-8")
        assert "lesson.entry(" in source
        assert "lesson.guard(" in source
