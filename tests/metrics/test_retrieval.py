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
