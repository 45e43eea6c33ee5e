"""The example of a reader's own method does what the chapter asks of one."""

from chapters.prototypes.data import load
from chapters.prototypes.own_method import linear
from chapters.prototypes.scores import factor_row, probe_matrix


def test_it_embeds_and_predicts_better_than_guessing():
    task = load("embedded", "quick", 0).factors
    part = task.train
    model = linear(part.x, part.y, part.levels, 0, "cpu")
    assert model.embed(task.test.x).shape == (len(task.test.y), 48)
    row = factor_row(model, task, probe_matrix(model, task))
    assert row["accuracy"] > 0.5
    assert row["gap"] > 0.2
