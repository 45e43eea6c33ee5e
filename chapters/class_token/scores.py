"""What is measured of a verifier, and what its tokens look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from chapters.class_token.data import Data, identities
from chapters.class_token.networks import Listener
from support.arrays import real
from support.data.trials import TrialKind, check_disjoint
from support.metrics.verification import equal_error_rate
from support.scalars import number, whole
from support.training import predict
from support.verification.scoring import System, error_table, rates_of, trial_scores

__all__ = [
    "attention_of",
    "columns",
    "error_of_all",
    "errors_of",
    "gain",
    "keep",
    "named_right",
    "scored",
    "soft_labels",
    "span_of",
    "who_passes",
]

KINDS = ("IC", "TW", "TWa", "all")


@dataclass(frozen=True)
class _Heard:
    """Vectors of utterances that were heard once: no claim changes them."""

    vectors: Tensor
    place: Tensor

    def embed(self, data: Data, index: Tensor, phrase: int | None = None) -> Tensor:
        return self.vectors[self.place[index]]


def scored(system: System, data: Data) -> Tensor:
    """Scores of all trials, (trials,), of a verifier that needs no claim to listen."""
    learned = getattr(system, "learned_from", None)
    if learned is not None:
        check_disjoint(learned, data.corpus.speaker[data.trials.test].unique())
    used = torch.cat([data.trials.model.flatten(), data.trials.test]).unique()
    place = torch.zeros_like(data.corpus.speaker)
    place[used] = torch.arange(len(used), device=used.device)
    return trial_scores(_Heard(system.embed(data, used), place), data)


def errors_of(system: System, data: Data) -> dict[str, float]:
    """Errors by kind of false claim, see `support.verification.scoring.error_table`."""
    return error_table(scored(system, data), data.trials)


def who_passes(scores: Tensor, data: Data) -> dict[str, float]:
    """Whom the false claims belong to that pass where both errors are equal.

    Args:
        scores: (trials,), of `scored`.
        data: their list.

    Returns:
        ``IC``, ``TW`` and ``IW``: shares that sum to 1.
    """
    trials = data.trials
    rates = rates_of(scores, trials, "all")
    passes = scores > equal_error_rate(rates)[1]
    kinds = [TrialKind[kind] for kind in ("IC", "TW", "IW")]
    counts = {kind.name: int(passes[trials.kind == kind].sum()) for kind in kinds}
    total = max(1, sum(counts.values()))
    return {name: count / total for name, count in counts.items()}


def error_of_all(system: System, data: Data) -> float:
    """Equal error rate of true claims against every false one, in [0, 1]."""
    rates = rates_of(scored(system, data), data.trials, "all")
    return float(equal_error_rate(rates)[0])


def keep(curve: dict[int, float], data: Data) -> Callable[[int, Listener], None]:
    """What `train` calls on its way: the error after so many epochs enters a curve."""

    def judge(epoch: int, so_far: Listener) -> None:
        curve[epoch] = error_of_all(so_far, data)

    return judge


def named_right(system: Listener, data: Data) -> list[float]:
    """Share of background utterances, heard clean, that each classifier names rightly.

    Args:
        system: a trained network with classifiers of speakers and phrases.
        data: the same that it was trained on.

    Returns:
        A share in [0, 1] each, higher is better: of the average or the class token,
        then of the second token.
    """
    index = data.background
    _, logits = predict(system.network, data.x[index], data.mask[index])
    right = logits.argmax(2) == identities(data)[:, None]
    shares: list[float] = right.double().mean(0).tolist()
    return shares


def columns(row: Mapping[str, float], where: str = "") -> dict[str, float]:
    """The chapter's columns of the benchmark.

    Args:
        row: of `errors_of`.
        where: what is added to each name, such as ``", noise"``.
    """
    named = {f"EER {kind}{where}": row[kind] for kind in KINDS if kind in row}
    return named | {f"minDCF08{where}": row["minDCF08"]}


def gain(
    table: Mapping[str, Mapping[str, float]], old: str, new: str, kind: str = "all"
) -> float | None:
    """2 (old - new) / (old + new) of an error: how much less there is of it.

    Unlike 1 - new / old it is 0 in the mean where two systems are equally good.

    Returns:
        In [-2, 2], above 0 where the new one is better; None where neither erred.

    >>> gain({"average": {"all": 0.3}, "class": {"all": 0.1}}, "average", "class")
    1.0
    """
    before, after = table[old][kind], table[new][kind]
    if not before + after:
        return None
    return round(2 * (before - after) / (before + after), 12)


def attention_of(system: Listener, data: Data, index: int) -> Tensor:
    """How much each token looks at every frame of one utterance.

    Args:
        system: whose network has tokens.
        data: of `load`.
        index: an utterance, from 0.

    Returns:
        (layers, tokens, T) on the CPU, the mean over heads; a frame has its share of
        the window whose middle is nearest, and a row sums to what the token does not
        spend on tokens.

    Raises:
        ValueError: there is no such utterance, or the network has no token.
    """
    index = whole("index", index, least=0, most=len(data.x) - 1)
    x, mask = data.x[index : index + 1], data.mask[index : index + 1]
    network: Any = system.network
    if not len(network.tokens):
        raise ValueError("system: it averages; give one whose network has tokens")
    looks = predict(network, x, mask, call=network.attention)[0].mean(2)
    looks = looks[..., looks.shape[1] :].cpu()
    stride, frames = network.stride, int(data.corpus.frames[index])
    nearest = (torch.arange(frames) + stride // 2) // stride
    nearest = nearest.clamp_max((frames - 1) // stride)
    return (looks / torch.bincount(nearest, minlength=looks.shape[2]))[..., nearest]


def span_of(looks: Tensor) -> float:
    """Effective share of the frames: exp(entropy) of attention (T,), by their number.

    Raises:
        ValueError: no row of numbers of at least 0, one of them above.

    >>> span_of(torch.tensor([0.2, 0.2, 0.0, 0.0]))
    0.5
    """
    looks = real("looks", looks)
    if looks.ndim != 1 or bool((looks < 0).any()) or not bool(looks.sum() > 0):
        raise ValueError(
            f"looks: got {looks!r}; give (T,) of at least 0, one of them above"
        )
    share = looks / looks.sum()
    return round(float(torch.special.entr(share).sum().exp()) / len(looks), 6)


def soft_labels(logits: Tensor, phrases: int, temperature: float) -> Tensor:
    """A teacher's answer as a table: (C,) logits -> (speakers, phrases), sums to 1.

    Raises:
        ValueError: no row of finite logits, whose number is a multiple of the phrases,
            or the temperature is not above 0.
    """
    logits, phrases = real("logits", logits), whole("phrases", phrases)
    temperature = number("temperature", temperature, above=0)
    if logits.ndim != 1 or not len(logits) or len(logits) % phrases:
        raise ValueError(
            f"logits: got shape {tuple(logits.shape)}; give (speakers * {phrases},)"
        )
    return (logits / temperature).softmax(0).unflatten(0, (-1, phrases))
