"""The headline shows every corpus that is recorded, with the sign of the marks."""

import matplotlib.pyplot as plt
import torch

from chapters.disentanglement.figures import CONTRASTS, contrasts, plane
from support.records import Record, Records


def runs(**values):
    claims = {f"disentanglement.{claim}": value for claim, value in values.items()}
    return Records(
        [
            Record(
                profile="quick",
                dataset="embedded",
                method="",
                seed=seed,
                claims={name: value + 0.01 * seed for name, value in claims.items()},
                scores={},
            )
            for seed in range(3)
        ]
    )


def test_a_score_that_prefers_the_rotation_stands_left_of_the_line():
    drawing = contrasts({"pictures": runs(**{"5g": 0.3, "5h": 0.2})})
    assert "Min, pictures: 0.31" in drawing.alt
    assert "MIG, pictures: −0.21" in drawing.alt
    assert "SAP" not in drawing.alt
    plt.close(drawing.figure)
    assert contrasts({"pictures": Records()}) is None
    assert set(CONTRASTS) == {"Min", "MIG", "SAP"}


def test_a_code_stands_where_its_parts_put_it():
    parts = {
        "perfect": torch.tensor([[1.0, 0, 0]]),
        "leak": torch.tensor([[1.0, 2, 1]]),
    }
    drawing = plane(parts, 1.0)
    assert "perfect: 1 at 1" in drawing.alt
    assert "leak: 1 at 4" in drawing.alt
    assert "Line all of the factor at 1" in drawing.alt
    plt.close(drawing.figure)
