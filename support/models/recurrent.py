"""Bidirectional recurrent segmenter: every frame sees the whole sequence."""

from typing import Literal

from torch import Tensor, nn

__all__ = ["BiRecurrent"]


class BiRecurrent(nn.Module):
    """Stacked bidirectional GRU or LSTM with a linear layer on every frame.

    The form of the broadcast segmenters of Gimeno et al. (2020): features in,
    stacked bidirectional layers, frame-wise scores out.

    Args:
        inputs: input channels, such as mel bands.
        outputs: output channels, such as classes.
        hidden: units in each direction.
        layers: stacked layers.
        cell: ``"gru"`` or ``"lstm"``.

    Shape: (B, inputs, T) to (B, outputs, T), any T of at least 1; the same order of
    axes as :class:`support.models.tcn.TCN`.

    Raises:
        ValueError: a size or the cell is out of range, or the input's shape is wrong.

    >>> import torch
    >>> BiRecurrent(32, 3)(torch.randn(2, 32, 50)).shape
    torch.Size([2, 3, 50])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        hidden: int = 32,
        layers: int = 2,
        cell: Literal["gru", "lstm"] = "gru",
    ) -> None:
        super().__init__()
        if min(inputs, outputs, hidden, layers) < 1:
            raise ValueError(
                f"sizes: got {(inputs, outputs, hidden, layers)}; give at least 1 each"
            )
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
        if cell not in kinds:
            raise ValueError(f"cell: got {cell!r}; give 'gru' or 'lstm'")
        self.inputs = inputs
        self.recurrent = kinds[cell](
            inputs, hidden, layers, batch_first=True, bidirectional=True
        )
        self.leave = nn.Linear(2 * hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every frame."""
        if x.ndim != 3 or x.shape[1] != self.inputs or x.shape[2] < 1:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (B, {self.inputs}, T), T ≥ 1"
            )
        states, _ = self.recurrent(x.transpose(1, 2))
        return self.leave(states).transpose(1, 2)
