"""The headline shows every corpus that is recorded, with the sign of the marks."""

import matplotlib.pyplot as plt

from chapters.disentanglement.figures import CONTRASTS, contrasts
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
