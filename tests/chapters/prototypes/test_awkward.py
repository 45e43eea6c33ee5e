"""What does not fit is refused in words that name it."""

from dataclasses import replace

import pytest
import torch

from chapters.prototypes import figures, scores, systems, tuning
from chapters.prototypes.bank import train
from chapters.prototypes.data import Task, blocks, digits, hide, tones
from chapters.prototypes.terms import Term, ToFactors, ToPrototypes, WithHeads
from support.training import Recipe

SHORT = Recipe(updates=2, batch_size=8, rate=1e-3)
NAN = float("nan")
Z, Y = torch.eye(6, 4) + 1, torch.arange(6) % 3


@pytest.fixture(scope="module")
def scans() -> Task:
    return digits(0)


def _train(task, **terms):
    return train(task, SHORT, 0, terms)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda task: tones(0, "slow"), "profile: got 'slow'; give one of quick, full"),
        (lambda task: task.few(0), "per_class: got 0"),
        (lambda task: task.few(2.5), "per_class: got 2.5"),
        (lambda task: task.block, "task: got digits, 0 factors in 64 dimensions"),
        (lambda task: replace(task, factors=("a", "b", "c")).block, "3 factors in 64"),
        (lambda task: hide(task, (10,)), "unseen: got values from 10 to 10"),
        (lambda task: hide(task, (-1,)), "unseen: got values from -1"),
        (lambda task: hide(task, ()), "unseen: got 0 of 10 classes"),
        (lambda task: hide(task, tuple(range(9))), "unseen: got 9 of 10 classes"),
        (lambda task: blocks(Z, 3), "count: got 3 for 4 dimensions"),
        (lambda task: blocks(Z, 0), "count: got 0"),
        (lambda task: _train(task), "terms: got {}"),
        (lambda task: _train(task, a=None), "terms: got {'a': None}"),
        (
            lambda task: train(task, SHORT, 0, dict.fromkeys("ab", Term())),
            "there twice",
        ),
        (lambda task: _train(task, a=ToPrototypes(torch.ones(3, 64))), r"in \[0, 3\)"),
        (lambda task: _train(task, a=ToPrototypes(torch.ones(10, 3))), r"and \(8, 3\)"),
        (lambda task: ToPrototypes(torch.ones(10, 64), NAN), "weight: got nan"),
        (lambda task: ToPrototypes(torch.ones(10, 64) * NAN), "table: got nan"),
        (lambda task: ToFactors(torch.ones(3, 4)), r"table: got shape \(3, 4\)"),
        (lambda task: ToFactors(torch.ones(0, 3, 4)), r"table: got shape \(0, 3, 4\)"),
        (
            lambda task: _train(task, a=ToFactors(torch.ones(3, 6, 16))),
            "levels: got sh",
        ),
        (lambda task: Term(-1.0), "decay: got -1"),
        (lambda task: Term(0.0, 2.0), "smoothing: got 2"),
        (lambda task: WithHeads(task, 0, 1.0, own=True), "task: got digits"),
        (lambda task: WithHeads(task, 0, 1.0, own=False), "task: got one without"),
        (lambda task: systems.terms(task, 0, ["x"]), "names: got 'x'"),
        (lambda task: systems.terms(task, 0, ["heads on all"]), "names: got 'heads"),
        (lambda task: systems.at_scale(task, 0, NAN), "scale: got nan"),
        (lambda task: systems.factor_table(task, 0), "task: got digits"),
        (lambda task: systems.compared(replace(task, name="x")), "task: got 'x'"),
        (lambda task: scores.nearest(Z, Z[:, :2]), r"z, table: got shapes \(6, 4\)"),
        (lambda task: scores.nearest(Z, Z * NAN), "table: got nan"),
        (lambda task: scores.separation_row(None, task, Z), "table: got 6 rows"),
        (lambda task: scores.gap(torch.ones(1, 1)), r"matrix: got shape \(1, 1\)"),
        (lambda task: scores.gap(torch.ones(2, 3)), r"matrix: got shape \(2, 3\)"),
        (lambda task: scores.gap(torch.eye(2) * NAN), "matrix: got nan"),
        (lambda task: scores.unseen_auc(Z, Z, Z[:0]), "z, table: got shapes"),
        (lambda task: scores.unseen_auc(Z, Z[:0], Z), "z, table: got shapes"),
        (lambda task: scores.tied_difference(Z, Z, 0.0), "variance: got 0"),
        (lambda task: scores.tied_difference(Z[:0], Z, 1.0), "z, table: got shapes"),
        (lambda task: scores.class_means(Z, 2 * Y), "leave no number out"),
        (lambda task: scores.class_means(Z, Y[:2]), "z, y: got shapes"),
        (lambda task: scores.class_means(Z, Y + 0.5), "y: got 0.5"),
        (lambda task: figures.cosines({"a": Z}, Y, None), "generator: got NoneType"),
        (
            lambda task: figures.cosines({"a": Z[:3]}, Y, torch.Generator()),
            "clouds, y: 'a' has shape",
        ),
        (lambda task: figures.plane(Z, Y, Z, ["a"]), "y, names: got classes"),
        (lambda task: figures.plane(Z, Y + 1, Z, ["a", "b", "c"]), "y, names: got cl"),
        (lambda task: figures.terciles(task), "task: got digits, which has no factors"),
        (lambda task: tuning.best([]), "tables: got none"),
        (lambda task: tuning.try_all(task, 200, ["x"]), "names: got 'x'"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(scans, call, words):
    with pytest.raises(ValueError, match=words):
        call(scans)


def test_a_model_takes_rows_of_its_width_and_any_type(scans):
    model = _train(scans, a=Term())["a"]
    x = scans.test.x[:5]
    assert torch.equal(model.embed(x.double()), model.embed(x))
    for wrong, words in ((x[:, :3], r"x: got shape \(5, 3\)"), (x * NAN, "x: got nan")):
        for call in (model.embed, model.predict):
            with pytest.raises(ValueError, match=words):
                call(wrong)
