"""Does a query find what belongs to it among the items of another kind?"""

import torch
from torch import Tensor

from support.arrays import classes, real

__all__ = ["recall"]


def recall(
    queries: Tensor,
    items: Tensor,
    query_keys: Tensor,
    item_keys: Tensor,
    *,
    k: int = 1,
) -> float:
    r"""Share of queries with an item of their own key among the k best (R@k).

    Items are ranked by the inner product, which for rows of length 1 is the cosine.
    Several queries may share a key, and so may items: pictures with one caption.
    An item of another key that ties with the best of the own ones, but for rounding,
    counts as better, so that a constant embedding finds nothing.  Products are made
    in float64, on any scale.  Memory: a few (n, m) tables.

    Args:
        queries: (n, d) embeddings.
        items: (m, d) embeddings.
        query_keys: (n,) integers from 0.
        item_keys: (m,) integers from 0; each query's key is among them.
        k: how many items may be looked at, from 1 to m.

    Returns:
        A number in [0, 1], higher is better; about k/m by chance where keys differ.

    Raises:
        ValueError: shapes disagree, there is no query, a key that no item has, or k
            out of range.

    >>> recall(torch.eye(3), torch.eye(3), torch.arange(3), torch.arange(3))
    1.0
    """
    queries = real("queries", queries)
    items = real("items", items, like=queries)
    query_keys = classes("query_keys", query_keys, like=queries)
    item_keys = classes("item_keys", item_keys, like=queries)
    if queries.ndim != 2 or items.ndim != 2 or queries.shape[1] != items.shape[1]:
        raise ValueError(
            f"queries, items: got shapes {tuple(queries.shape)} and "
            f"{tuple(items.shape)}; give (n, d) and (m, d)"
        )
    for name, keys, rows in (
        ("query_keys", query_keys, queries),
        ("item_keys", item_keys, items),
    ):
        if keys.shape != rows.shape[:1] or not len(keys):
            raise ValueError(
                f"{name}: got shape {tuple(keys.shape)}; give one key for each of "
                f"the {len(rows)} rows, and at least one"
            )
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(items):
        raise ValueError(f"k: got {k!r}; give an integer from 1 to {len(items)}")
    own = query_keys[:, None] == item_keys
    lost = (~own.any(1)).nonzero()
    if len(lost):
        raise ValueError(
            f"query_keys: {int(query_keys[lost[0, 0]])} is the key of no item; give "
            "each query an item to be found"
        )
    queries, items = (side.detach().double() for side in (queries, items))
    queries, items = (
        side / largest.where(largest > 0, 1)
        for side, largest in (
            (queries, queries.abs().amax(1, keepdim=True)),  # a query ranks by itself
            (items, items.abs().amax()),
        )
    )
    scores = queries @ items.T
    best, place = scores.masked_fill(~own, -torch.inf).max(1, keepdim=True)
    # equal products may round differently, by little of the rows' lengths
    length = queries.norm(dim=1, keepdim=True) * items.norm(dim=1)[place]
    least = best - 8 * torch.finfo(scores.dtype).eps * length
    better = ((scores >= least) & ~own).sum(1)
    return float((better < k).double().mean())
