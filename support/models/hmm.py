"""Left-to-right hidden Markov models: which frame belongs to which part of a phrase.

All utterances of all phrases are aligned at once, in float64.
"""

import math

import torch
from torch import Tensor, nn

from support.arrays import classes, real, tensor
from support.models.chains import best_path, every_path
from support.models.frame_statistics import Statistics, baum_welch
from support.models.gaussians import floors, log_densities
from support.models.pooling import check_frames, uniform_alignment

__all__ = ["PhraseHMM"]

VARIANCE_FLOOR = 0.05
MOST_GO_ON = 0.999
# Entries (utterances x frames x states) of one block: 64 MB of float64.
_BLOCK = 2**23


class PhraseHMM(nn.Module):
    r"""One left-to-right chain a phrase, a diagonal Gaussian a state.

    Every path begins in the first state, ends in the last at the utterance's own
    last frame, and skips none; it leaves each state but the last once.

    Args:
        phrases: P.
        states: Q of each.
        features: F of a frame.

    Raises:
        ValueError: a size is below 1.

    Source: Mingote et al., arXiv 1812.09484 (alignment by an HMM a phrase); the
    training's details are ours.

    >>> hmm = PhraseHMM(1, 2, 1)
    >>> x = torch.tensor([[[0.0], [0.1], [5.0], [5.1]]])
    >>> trace = hmm.fit(x, torch.tensor([4]), torch.tensor([0]), iterations=2)
    >>> hmm.align(x, torch.tensor([4]), torch.tensor([0]))[0][0].argmax(1)
    tensor([0, 0, 1, 1])
    """

    mean: Tensor
    variance: Tensor
    log_stay: Tensor
    log_next: Tensor

    def __init__(self, phrases: int, states: int, features: int) -> None:
        super().__init__()
        if min(phrases, states, features) < 1:
            raise ValueError(
                f"phrases, states, features: got {phrases}, {states}, {features}; "
                "give at least 1 each"
            )
        self.phrases, self.states, self.features = phrases, states, features
        shape = (phrases, states)
        self.register_buffer("mean", torch.zeros(*shape, features).double())
        self.register_buffer("variance", torch.ones(*shape, features).double())
        self.register_buffer("log_stay", torch.full(shape, math.log(0.5)).double())
        self.register_buffer("log_next", torch.full(shape, math.log(0.5)).double())

    def fit(
        self,
        x: Tensor,
        frames: Tensor,
        phrase: Tensor,
        *,
        iterations: int = 5,
        kind: str = "viterbi",
    ) -> list[float]:
        r"""Fit all chains, from utterances cut into equal parts.

        Means and variances are those of the frames of a state, variances at least
        .05 of the whole data's (1 where a feature does not vary at all: it tells
        nothing); $a_{q,q+1}$ is the utterances over the frames of
        the state, at most .999.

        Args:
            x: (N, T, F) features; padding may hold anything.
            frames: (N,) real frames of each.
            phrase: (N,) what was said, 0 to P - 1, every phrase at least once.
            iterations: how often utterances are aligned and models refitted.
            kind: ``viterbi`` (best path) or ``baum_welch`` (all paths).

        Returns:
            Log-likelihood a frame, of the best paths or of all, before each
            refit and after the last; it never falls but for rounding.

        Raises:
            ValueError: shapes disagree, a feature is not finite, a phrase is out of
                range or never said, an utterance is shorter than the states, or
                the kind is unknown.
        """
        if kind not in ("viterbi", "baum_welch"):
            raise ValueError(f"kind: got {kind!r}; give 'viterbi' or 'baum_welch'")
        x, frames, phrase, mask = self._check(x, frames, phrase)
        said = torch.bincount(phrase, minlength=self.phrases)
        if (said == 0).any():
            missing = (said == 0).nonzero()[:, 0].tolist()
            raise ValueError(
                f"phrase: no utterance of {missing}; give some, or fewer P"
            )
        self.to(x.device)
        every = x[mask].double()
        # of equal frames this is exactly their value; squares are taken about it
        self._centre = every[0] + (every - every[0]).mean(0)
        whole = (every - self._centre).square().mean(0)
        floor = floors(self._centre, whole, VARIANCE_FLOOR)[1]
        x = torch.where(mask[..., None], x, self._centre.to(x))  # padding may be NaN
        said_by = [(phrase == p).nonzero()[:, 0] for p in range(self.phrases)]
        A = uniform_alignment(frames, self.states, x.shape[1])
        self._refit([self._as_one(x[rows], A[rows]) for rows in said_by], said, floor)
        trace = []
        for done in range(iterations + 1):
            found = [
                self._seen(x, frames, phrase, mask, rows, kind != "viterbi")
                for rows in said_by
            ]
            trace.append(sum(gained for _, gained in found) / int(frames.sum()))
            if done < iterations:
                self._refit([each for each, _ in found], said, floor)
        return trace

    @torch.no_grad()
    def align(
        self, x: Tensor, frames: Tensor, phrase: Tensor, *, soft: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Say of every frame in which state of a phrase it is.

        Args:
            x: (N, T, F) features.
            frames: (N,) real frames of each.
            phrase: (N,) whose chain; it need not be the phrase that was said.
            soft: probabilities over all paths in place of the best path.

        Returns:
            Alignment (N, T, Q) of the type of ``x``, rows of padding 0; and
            log-likelihoods (N,) float64, of the best path or of all.

        Raises:
            ValueError: shapes disagree, a feature is not finite, a phrase is out of
                range, or an utterance is shorter than the states.
        """
        x, frames, phrase, mask = self._check(x, frames, phrase)
        if not len(x):
            return x.new_zeros(0, x.shape[1], self.states), x.new_zeros(0).double()
        blocks = (each.split(self._block(x)) for each in (x, frames, phrase, mask))
        parts = [self._aligned(soft, *block) for block in zip(*blocks, strict=True)]
        A, found = (torch.cat(column) for column in zip(*parts, strict=True))
        return A, found

    def log_emission(self, x: Tensor, phrase: Tensor) -> Tensor:
        r"""Log densities $\log b_q(\mathbf x_t)$, (N, T, Q) float64.

        Args:
            x: (N, T, F) features.
            phrase: (N,) whose chain.

        Raises:
            ValueError: shapes disagree, a feature is not finite, or a phrase is out of
                range.
        """
        x = real("x", x)
        phrase = classes("phrase", phrase, self.phrases, like=x)
        self._check_shapes(x, phrase)
        return log_densities(x, self.mean[phrase], self.variance[phrase])

    def _aligned(
        self, soft: bool, x: Tensor, frames: Tensor, phrase: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        emission = self.log_emission(x, phrase)
        stay, go_on = self.log_stay[phrase], self.log_next[phrase]
        chain = emission.transpose(0, 1).contiguous(), frames, mask.T, stay, go_on
        if soft:
            gamma, found = every_path(*chain)
            return gamma.to(x), found
        path = best_path(*chain)
        chosen = path[..., None] == torch.arange(self.states, device=x.device)
        # Each state but the last is left once, and stayed in the rest of its time.
        moves = ((chosen.sum(1) - 1) * stay + go_on)[:, :-1].sum(1)
        return chosen.to(x), torch.where(chosen, emission, 0).sum((1, 2)) + moves

    def _seen(
        self,
        x: Tensor,
        frames: Tensor,
        phrase: Tensor,
        mask: Tensor,
        rows: Tensor,
        soft: bool,
    ) -> tuple[Statistics, float]:
        """Statistics of all utterances of one phrase, as of one; log-likelihood."""
        parts, total = [], 0.0
        for i in rows.split(self._block(x)):
            A, found = self._aligned(soft, x[i], frames[i], phrase[i], mask[i])
            parts.append(self._as_one(x[i], A))
            total += float(found.sum())
        return _joined(parts).sum_by(torch.zeros_like(rows[: len(parts)])), total

    def _refit(self, each: list[Statistics], said: Tensor, floor: Tensor) -> None:
        total = _joined(each)
        count = total.N[..., None]
        shift = total.F / count
        self.mean = self._centre + shift
        self.variance = torch.maximum(total.S / count - shift.square(), floor)
        leave = (said[:, None] / total.N).clamp(max=MOST_GO_ON)
        self.log_next, self.log_stay = leave.log(), torch.log1p(-leave)
        self.log_stay[:, -1] = 0  # nowhere else to go

    def _as_one(self, x: Tensor, A: Tensor) -> Statistics:
        """Statistics about the centre of several utterances, read as one long one."""
        away = x.flatten(0, 1).double() - self._centre
        return baum_welch(away[None], A.flatten(0, 1)[None])

    def _block(self, x: Tensor) -> int:
        """Utterances to align at a time."""
        wide = max(1, x.shape[1] * max(self.states, self.features))
        return max(1, _BLOCK // wide)

    def _check_shapes(self, x: Tensor, phrase: Tensor) -> None:
        if x.ndim != 3 or x.shape[2] != self.features or phrase.shape != x.shape[:1]:
            raise ValueError(
                f"x, phrase: got shapes {tuple(x.shape)} and {tuple(phrase.shape)}; "
                f"give (N, T, {self.features}) and (N,)"
            )

    def _check(
        self, x: Tensor, frames: Tensor, phrase: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What comes in, padding made 0, and the mask of real frames, (N, T)."""
        x = real("x", x, finite=False)  # padding may be NaN
        frames = tensor("frames", frames, x)
        phrase = tensor("phrase", phrase, x)
        self._check_shapes(x, phrase)
        if frames.shape != phrase.shape:
            raise ValueError(f"frames: got {len(frames)} for {len(x)} utterances")
        frames = check_frames(frames, self.states, x.shape[1])
        phrase = classes("phrase", phrase, self.phrases)
        mask = torch.arange(x.shape[1], device=x.device) < frames[:, None]
        x = torch.where(mask[..., None], x, 0)
        if not bool(x.sum().isfinite()) and not bool(x.isfinite().all()):
            bad = ~x.isfinite().flatten(1).all(1)
            raise ValueError(
                f"x: {int(bad.sum())} utterances hold NaN or infinite features, the "
                f"first being number {int(bad.nonzero()[0, 0])}"
            )
        return x, frames, phrase, mask


def _joined(parts: list[Statistics]) -> Statistics:
    return Statistics(*(torch.cat([getattr(p, k) for p in parts]) for k in "NFS"))
