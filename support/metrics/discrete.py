"""Discrete rows: what bins make of codes, and what the cells of a table are."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real

__all__ = ["Discretised", "TableRows", "compact", "discretise", "table_rows"]


class Discretised(NamedTuple):
    """Codes as bin numbers (N, m) int64, and the bins' edges (m, bins + 1)."""

    values: Tensor
    edges: Tensor


class TableRows(NamedTuple):
    """The cells of a joint table: values (cells, k) int64, probabilities (cells,)."""

    values: Tensor
    weights: Tensor


def discretise(
    codes: Tensor,
    bins: int = 15,
    method: str = "uniform",
    edges: Tensor | None = None,
) -> Discretised:
    r"""Cut every column into bins: a deterministic number becomes a cell.

    *uniform*: equal widths between the column's own minimum and maximum, so
    one outlier stretches all of them.  *quantile*: equal counts, up to ties,
    which makes the entropy of a continuous column $\log_2$ of the number of
    bins.  A bin holds its left edge, the last one both; a value within rounding of
    an edge lies on it.  With ``edges`` the
    bins are given, say by another sample; what lies outside joins the first
    or the last one.

    Args:
        codes: (N, m) finite numbers.
        bins: number of bins, 2 to N.
        method: ``"uniform"`` or ``"quantile"``.
        edges: (m, bins + 1), or (bins + 1,) for all columns, never decreasing;
            replaces ``bins`` and ``method``.

    Returns:
        `Discretised`: numbers from 0 to bins - 1, and the edges in float64.  A
        constant column falls into one bin.

    Raises:
        ValueError: a shape, a NaN or an infinity, fewer than 2 bins, fewer rows
            than bins, an unknown method, or edges that decrease.

    >>> discretise(torch.tensor([[0.0], [0.4], [0.6], [1.0]]), bins=2).values.flatten()
    tensor([0, 0, 1, 1])
    """
    columns = _codes(codes).double().T.contiguous()
    if edges is not None:
        edges = _check_edges(edges, columns)
    else:
        _check_bins(bins, columns.shape[1], method)
        steps = torch.arange(bins + 1, device=columns.device)
        if method == "uniform":
            low, high = columns.amin(1, keepdim=True), columns.amax(1, keepdim=True)
            edges = torch.lerp(low, high, steps.double() / bins)
        else:
            rows = columns.shape[1]
            first = (-(-steps * rows // bins)).clamp(max=rows - 1)
            edges = columns.sort(1).values[:, first]
    inner = edges[:, 1:-1]
    rounding = 4 * torch.finfo(torch.float64).eps * inner.abs()
    values = torch.searchsorted((inner - rounding).contiguous(), columns, right=True)
    return Discretised(values.T, edges)


def table_rows(table: Tensor) -> TableRows:
    """Turn a joint table into weighted rows, the form every score takes.

    Args:
        table: probabilities, one axis a variable; they sum to 1.

    Returns:
        `TableRows`: the cells of positive probability, last axis fastest.

    Raises:
        ValueError: no axis, a negative, NaN or infinite cell, or another sum.

    >>> table_rows(torch.tensor([[0.5, 0.0], [0.0, 0.5]])).values
    tensor([[0, 0],
            [1, 1]])
    """
    table = real("table", table).detach().double()
    if not table.ndim or not table.numel():
        raise ValueError(
            f"table: got shape {tuple(table.shape)}; give probabilities, one axis a "
            "variable"
        )
    total = float(table.sum())
    if not bool((table >= 0).all()) or not abs(total - 1) < 1e-5:
        raise ValueError(
            f"table: the smallest cell is {float(table.min())} and the sum {total}; "
            "give probabilities that sum to 1"
        )
    values = table.nonzero()
    return TableRows(values, table[table > 0] / total)


def compact(values: Tensor) -> tuple[Tensor, Tensor]:
    """Columns (N, k) as int64 and their sizes (k,): one more than the largest value.

    A column that reaches N or more is renumbered in its order, so that no
    histogram is larger than the sample asks for.

    >>> compact(torch.tensor([[0, 7], [1, 9]]))
    (tensor([[0, 0],
            [1, 1]]), tensor([2, 2]))
    """
    values = classes("values", values)
    largest = values.amax(0)  # one more may not fit: 2^63 - 1 is a value
    sizes = largest.clamp(max=len(values)) + 1
    for column in (largest >= len(values)).nonzero().flatten().tolist():
        renumbered = values[:, column].unique(return_inverse=True)[1]
        values = values.clone()
        values[:, column], sizes[column] = renumbered, renumbered.max() + 1
    return values, sizes


def _codes(codes: Tensor) -> Tensor:
    codes = real("codes", codes, finite=False).detach()
    if codes.ndim != 2 or not codes.numel():
        raise ValueError(
            f"codes: got shape {tuple(codes.shape)}; give (N, m), N and m at least 1"
        )
    wrong = (~codes.isfinite()).nonzero()
    if len(wrong):
        row, column = wrong[0].tolist()
        raise ValueError(
            f"codes: row {row}, column {column} is {float(codes[row, column])}; give "
            "finite numbers"
        )
    return codes


def _check_bins(bins: int, rows: int, method: str) -> None:
    if method not in ("uniform", "quantile"):
        raise ValueError(f"method: got {method!r}; give 'uniform' or 'quantile'")
    if bins < 2:
        raise ValueError(f"bins: got {bins}; give at least 2")
    if rows < bins:
        raise ValueError(f"bins: got {bins} for {rows} rows; give at most {rows}")


def _check_edges(edges: Tensor, columns: Tensor) -> Tensor:
    edges = real("edges", edges, like=columns).to(columns)
    width = edges.shape[-1] if edges.ndim else 0
    if width < 3 or edges.shape[:-1] not in ((), columns.shape[:1]):
        raise ValueError(
            f"edges: got shape {tuple(edges.shape)}; give (bins + 1,) or "
            f"({len(columns)}, bins + 1), at least 2 bins"
        )
    if not bool((edges.diff(dim=-1) >= 0).all()):
        raise ValueError("edges: got a decreasing or undefined edge; sort them")
    return edges.expand(len(columns), width).contiguous()
