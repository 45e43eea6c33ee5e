"""Recall at k by keys: known answers, a peer, ties, refusals."""

import pytest
import torch

from support.metrics.retrieval import recall


def test_each_finds_its_own_and_nobody_does_when_shuffled():
    eye, keys = torch.eye(4), torch.arange(4)
    assert recall(eye, eye, keys, keys) == 1
    assert recall(eye, eye.roll(1, 0), keys, keys) == 0


def test_queries_share_an_item_and_items_a_key():
    items = torch.eye(3)
    queries = torch.tensor([[1.0, 0, 0], [0.9, 0.1, 0], [0, 0, 1]])
    found = recall(queries, items, torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]))
    assert found == 1


def test_it_is_the_plain_search_for_every_k():
    draw = torch.Generator().manual_seed(0)
    queries, items = (torch.randn(n, 5, generator=draw) for n in (40, 12))
    keys = torch.randint(0, 6, (40,), generator=draw)
    own = torch.arange(12) % 6
    order = (queries @ items.T).argsort(1, descending=True)
    for k in (1, 2, 5, 12):
        hits = (own[order[:, :k]] == keys[:, None]).any(1)
        assert recall(queries, items, keys, own, k=k) == float(hits.double().mean())


def test_a_constant_embedding_finds_nothing():
    same = torch.ones(5, 2)
    assert recall(same, same, torch.arange(5), torch.arange(5)) == 0


@pytest.mark.parametrize("scale", [1e-30, 1e-23, 1e20, 1e37])
def test_ranks_do_not_know_the_scale(scale):
    draw, keys = torch.Generator().manual_seed(0), torch.arange(50)
    rows = torch.randn(50, 8, generator=draw)
    wanted = recall(rows, rows, keys, keys)
    assert 0.3 < wanted < 0.9
    assert recall(scale * rows, scale * rows, keys, keys) == wanted
    large = torch.tensor([[scale, scale]] * 2), torch.tensor([[scale, -scale], [1, 1]])
    assert recall(*large, torch.tensor([1, 0]), torch.tensor([0, 1])) == 0.5


def test_a_constant_column_of_queries_and_items_changes_no_rank():
    rows = torch.randn(200, 4, generator=torch.Generator().manual_seed(1))
    wide = torch.cat([rows, torch.full((200, 1), 1e4)], 1)
    keys = torch.arange(200)
    assert recall(wide, wide, keys, keys) == recall(rows, rows, keys, keys)


def test_a_copy_of_the_right_item_counts_as_better_whatever_rounds():
    draw = torch.Generator().manual_seed(0)
    queries, item = (
        torch.randn(200, 37, generator=draw),
        torch.randn(37, generator=draw),
    )
    keys = torch.zeros(200, dtype=torch.long)
    assert recall(queries, item.repeat(10, 1), keys, torch.arange(10), k=9) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"query_keys": torch.tensor([0, 7])}, "7 is the key of no item"),
        ({"query_keys": torch.tensor([0])}, "one key for each"),
        ({"items": torch.ones(2, 5)}, "give"),
        ({"k": 0}, "from 1 to 2"),
        ({"k": 3}, "from 1 to 2"),
    ],
)
def test_what_does_not_fit_is_told(change, words):
    given = {
        "queries": torch.eye(2),
        "items": torch.eye(2),
        "query_keys": torch.arange(2),
        "item_keys": torch.arange(2),
    }
    with pytest.raises(ValueError, match=words):
        recall(**given | change)
