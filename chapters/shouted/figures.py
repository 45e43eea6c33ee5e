"""The pictures that no other chapter draws: where shouting moves a voice."""

from collections.abc import Mapping

import torch
from torch import Tensor

from chapters.shouted.data import Data
from chapters.shouted.scores import CONDITIONS
from chapters.shouted.systems import Fold
from support import plots
from support.data.effort import EffortEmbeddings
from support.data.pair_trials import Condition, PairTrials
from support.models.compensation import BiasCompensator

__all__ = ["Map", "histograms", "pair_weights"]

_SMALL = (2.1, 2.6)  # inches; three such panels stand beside each other


class Map:
    """A plane of six voices: where each is normal, and where its shouts lie.

    The axes are those in which the six normal means spread most; nothing else of the
    data decides them, so that one plane serves for all compensations.

    Args:
        data: of the chapter.
        fold: whose test speakers are shown.
    """

    def __init__(self, data: Data, fold: Fold) -> None:
        self.names = data.speaker[~fold.train].unique()
        self.speaker, self.shouted = data.speaker, data.shouted
        normal = self._means(fold.z, ~data.shouted)
        self.origin = normal.mean(0)
        centred = normal - self.origin
        self.axes = torch.linalg.svd(centred, full_matrices=False).Vh[:2].T
        self.normal = centred @ self.axes
        before = (self._means(fold.z, data.shouted) - self.origin) @ self.axes
        reach = 1.25 * float(torch.cat([self.normal, before]).abs().max())
        self.limits = (-reach, reach)

    def draw(self, moved: Tensor, title: str) -> plots.Drawing:
        """Normal means, means of what became of the shouts, and lines between.

        Args:
            moved: (N, E) embeddings after compensation.
            title: over the panel.
        """
        after = (self._means(moved, self.shouted) - self.origin) @ self.axes
        lines = torch.stack([self.normal, after], 1).tolist()
        return plots.scatter(
            {"normal": self.normal, "shouted": after},
            x="first direction",
            y="second direction",
            segments=[(tuple(one), tuple(other)) for one, other in lines],
            x_limits=self.limits,
            y_limits=self.limits,
            square=True,
            title=title,
            size=(4.2, 4.0),
        )

    def _means(self, z: Tensor, kept: Tensor) -> Tensor:
        return torch.stack(
            [z[kept & (self.speaker == name)].mean(0) for name in self.names]
        )


def histograms(
    scores: Tensor, trials: PairTrials, threshold: float
) -> list[plots.Drawing]:
    """Scores of true and of false claims, a panel a condition, one threshold for all.

    Args:
        scores: (trials,).
        trials: their list.
        threshold: drawn in every panel.
    """
    parts = {}
    for name, condition in zip(CONDITIONS, Condition, strict=False):
        here = trials.condition == condition
        parts[name] = {
            "one speaker": scores[here & trials.target],
            "two speakers": scores[here & ~trials.target],
        }
    return plots.panels(
        plots.histograms,
        parts,
        share="x",
        size=_SMALL,
        x="cosine",
        bins=40,
        density=True,
        marks={"accept above": threshold},
    )


def pair_weights(
    made: EffortEmbeddings, components: int, generator: torch.Generator
) -> list[plots.Drawing]:
    """What MEMLIN has learned of made-up pairs: weights and biases of cluster pairs.

    Args:
        made: of `support.data.effort.effort_embeddings`.
        components: K.
        generator: starts the mixtures.
    """
    fitted = BiasCompensator("memlin_cross", components)
    fitted.fit(made.normal, made.shouted, generator)
    assert fitted.cross is not None
    shares = fitted.cross[0].exp()
    lengths = (fitted.unit * fitted.biases.norm(dim=1)).reshape(components, components)
    away = fitted.biases - fitted.biases.mean(0)
    apart = (fitted.unit * away.norm(dim=1)).reshape(components, components)
    names = [str(number + 1) for number in range(components)]
    panels: Mapping[str, Tensor] = {
        "share of pairs": shares,
        "length of the bias": lengths,
        "its distance from the mean bias": apart,
    }
    return [
        plots.heat(
            values.tolist(),
            names,
            names,
            value=title,
            x="normal cluster",
            y="shouted cluster",
            digits=2 if title == "share of pairs" else 1,
            title=title,
            size=_SMALL,
        )
        for title, values in panels.items()
    ]
