"""Networks that label frames: a front-end, a black box, segmenters with patterns."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from support.arrays import flags
from support.models.segmenter import NMFSegmenter
from support.models.tcn import TCN
from support.segmentation.experiment import Prepared, Setting, log_spectrogram
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "RECIPE",
    "WEIGHTS",
    "FrontEnd",
    "Weights",
    "binary_cross_entropy",
    "features_of",
    "network",
    "train_front_end",
    "train_segmenter",
    "train_teacher",
]

RECIPE = Recipe(batch_size=8, rate=3e-3, schedule="one_cycle", every="step")
"""How every network is trained, but for the updates, which the setting says; ours."""

Loss = Callable[[Tensor, Tensor], Tensor]
_AT_ONCE = 40


class Weights(NamedTuple):
    r"""Of $\alpha\mathcal L_{\text{decision}}+\beta\mathcal L_{NMF}+\gamma\|H\|_1$.

    The second is the mean over all entries of the spectrogram, the third the mean over
    all activations.

    Args:
        decision: $\alpha$.
        rebuilding: $\beta$; 0 lets the activations forget the spectrogram.
        sparsity: $\gamma$.
    """

    decision: float = 10.0
    rebuilding: float = 5.0
    sparsity: float = 0.1


WEIGHTS = Weights()
"""Of the released checkpoints' names."""


def network(
    setting: Setting,
    inputs: int,
    outputs: int,
    *,
    blocks: int = 4,
    seed: int,
    stream: str,
) -> TCN:
    """A fresh TCN of the setting's width.

    Args:
        setting: sizes.
        inputs: channels in.
        outputs: channels out.
        blocks: of growing dilation.
        seed: of the run.
        stream: of the first weights.
    """
    with seeded_init(seed, stream):
        return TCN(
            inputs,
            outputs,
            setting.channels,
            setting.hidden,
            blocks,
            setting.repeats,
        )


def binary_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of yes-or-no answers, summed over the classes, a mean over frames.

    Args:
        logits: (B, C, T).
        labels: (B, C, T), 0 or 1.

    Returns:
        A scalar in nats.

    Raises:
        ValueError: shapes differ, or a label is neither.
    """
    labels = flags("labels", labels, like=logits).to(logits)
    mean = functional.binary_cross_entropy_with_logits(logits, labels)
    return mean * logits.shape[1]


class FrontEnd(nn.Module):
    """A frozen network whose output stands in for a large pre-trained one.

    Args:
        encoder: maps (B, F, T) to (B, D, T).
        scale: standard deviation of its output, which it is divided by.
    """

    scale: Tensor

    def __init__(self, encoder: nn.Module, scale: Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        self.register_buffer("scale", scale)
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, T) spectrograms -> (B, D, T) features."""
        return self.encoder(x) / self.scale


def train_front_end(
    prepared: Prepared, *, seed: int, recipe: Recipe = RECIPE, features: int = 32
) -> FrontEnd:
    """Learn to take mixtures apart, on sources of a pool that nothing else hears.

    A linear layer on the features must give the spectrograms of speech, noise and
    music; it is thrown away.  No label of the task is seen.  (Large speech models are
    pre-trained on mixtures that they must denoise, too.)

    Args:
        prepared: with its ``front`` split.
        seed: of the run.
        recipe: but for the updates.
        features: D.

    Returns:
        The front-end, frozen.

    Raises:
        ValueError: the split is missing.
    """
    if prepared.front is None:
        raise ValueError("prepared: it has no split 'front'; prepare it with one")
    x = prepared.front.x
    parts = log_spectrogram(prepared.front.layers.sources).flatten(1, 2)
    encoder = network(
        prepared.setting, x.shape[1], features, seed=seed, stream="front-end"
    )
    with seeded_init(seed, "front-end's decoder"):
        decoder = nn.Conv1d(features, parts.shape[1], 1)
    whole = nn.Sequential(encoder, decoder).to(x.device)
    replace(recipe, updates=prepared.setting.updates).fit(
        lambda x, parts: functional.mse_loss(whole(x), parts),
        whole,
        (x, parts),
        generator=generator(seed, "front-end's batches"),
        label="front-end",
    )
    found = predict(encoder, x, batch_size=_AT_ONCE)
    return FrontEnd(encoder, found.std())


def features_of(front_end: FrontEnd, x: Tensor) -> Tensor:
    """(B, F, T) spectrograms -> (B, D, T) features, without gradients."""
    return predict(front_end, x, batch_size=_AT_ONCE)


def train_teacher(
    inputs: Tensor,
    labels: Tensor,
    setting: Setting,
    *,
    seed: int,
    recipe: Recipe = RECIPE,
    stream: str = "teacher",
) -> TCN:
    """Train a black box on labels: a network without patterns.

    Args:
        inputs: (B, D, T) features or spectrograms.
        labels: (B, C, T), 0 or 1.
        setting: sizes and updates.
        seed: of the run.
        recipe: but for the updates.
        stream: of weights and batches; another one is another teacher.

    Returns:
        Maps (B, D, T) to logits (B, C, T).
    """
    net = network(setting, inputs.shape[1], labels.shape[1], seed=seed, stream=stream)
    net = net.to(inputs.device)
    replace(recipe, updates=setting.updates).fit(
        lambda x, y: binary_cross_entropy(net(x), y),
        net,
        (inputs, labels),
        generator=generator(seed, f"{stream}'s batches"),
        label=stream,
    )
    return net


def train_segmenter(
    inputs: Tensor,
    x: Tensor,
    answers: Tensor,
    W: Tensor,
    setting: Setting,
    *,
    loss: Loss = binary_cross_entropy,
    weights: Weights = WEIGHTS,
    recipe: Recipe = RECIPE,
    blocks: int = 3,
    train_dictionary: bool = False,
    seed: int,
    stream: str,
) -> NMFSegmenter:
    """Train a segmenter whose activations must rebuild the spectrogram.

    Args:
        inputs: (B, D, T) what the encoder hears: features, or the spectrograms.
        x: (B, F, T) spectrograms to rebuild.
        answers: (B, C, T) what it learns to say: labels, or a teacher's logits.
        W: (F, K) dictionary.
        setting: sizes and updates.
        loss: of logits (B, C, T) and answers.
        weights: of the three terms.
        recipe: but for the updates.
        blocks: of the encoder.
        train_dictionary: let the patterns learn too.
        seed: of the run.
        stream: of weights and batches.

    Returns:
        The segmenter, in evaluation mode.
    """
    encoder = network(
        setting, inputs.shape[1], W.shape[1], blocks=blocks, seed=seed, stream=stream
    )
    with seeded_init(seed, f"{stream}'s head"):
        model = NMFSegmenter(
            encoder, W, answers.shape[1], train_dictionary=train_dictionary
        )
    model = model.to(inputs.device)

    def step(inputs: Tensor, x: Tensor, answers: Tensor) -> dict[str, Tensor]:
        h, logits, recon = model(inputs)
        decision = loss(logits, answers)
        rebuilding = functional.mse_loss(recon, x)
        sparsity = h.mean()
        total = (
            weights.decision * decision
            + weights.rebuilding * rebuilding
            + weights.sparsity * sparsity
        )
        return {
            "loss": total,
            "decision": decision,
            "rebuilding": rebuilding,
            "sparsity": sparsity,
        }

    replace(recipe, updates=setting.updates).fit(
        step,
        model,
        (inputs, x, answers),
        generator=generator(seed, f"{stream}'s batches"),
        label=stream,
    )
    return model
