"""The bank trains each network as if it were alone, and each term means its formula."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy

from chapters.prototypes import systems
from chapters.prototypes.bank import RECIPES, train
from chapters.prototypes.data import blocks, digits, load
from chapters.prototypes.terms import Term, ToFactors, WithHeads
from chapters.prototypes.tuning import GRIDS, best, try_all
from support.training import Recipe

SHORT = Recipe(updates=30, batch_size=64, rate=3e-3)


@pytest.fixture(scope="module")
def scans():
    return digits(0)


@pytest.fixture(scope="module")
def sounds():
    return load("embedded", "quick", 0).factors


@pytest.fixture
def batch():
    source = torch.Generator().manual_seed(0)
    z, logits = torch.randn(12, 48, generator=source), torch.randn(12, 4)
    levels = torch.randint(6, (12, 3), generator=source)
    return z, logits, torch.arange(12) % 4, levels


def test_a_bank_trains_each_as_if_it_were_alone(scans):
    names = ["cross-entropy", "prototypes", "trained centres", "regularised"]
    few = scans.few(20)
    terms = systems.terms(few, 0, names)
    together = train(few, SHORT, 0, terms)
    for name in names:
        alone = train(few, SHORT, 0, systems.terms(few, 0, [name]))
        torch.testing.assert_close(
            together[name].embed(scans.test.x),
            alone[name].embed(scans.test.x),
            atol=2e-4,
            rtol=1e-3,
        )


def test_all_begin_with_the_same_weights_and_learn(scans):
    frozen = replace(SHORT, updates=1, rate=1e-12)
    names = ["cross-entropy", "prototypes"]
    start = train(scans, frozen, 0, systems.terms(scans, 0, names))
    one, other = (start[name].embed(scans.test.x) for name in names)
    torch.testing.assert_close(one, other, atol=1e-4, rtol=0)
    ended = train(scans, SHORT, 0, systems.terms(scans, 0, names))
    for name in names:
        right = ended[name].predict(scans.test.x).argmax(1) == scans.test.y
        assert float(right.double().mean()) > 0.7


def test_decay_shrinks_the_weights(scans):
    terms = {"none": Term(), "much": Term(decay=0.1)}
    models = train(scans, SHORT, 0, terms)
    size = {
        name: sum(float(w.square().sum()) for w in model.parameters() if w.ndim == 2)
        for name, model in models.items()
    }
    assert size["much"] < 0.9 * size["none"]


def test_a_tied_head_is_the_table(scans):
    model = train(scans, SHORT, 0, systems.terms(scans, 0, ["prototypes as head"]))[
        "prototypes as head"
    ]
    assert torch.equal(model.head.weight, systems.class_table(scans, 0))
    assert not model.head.bias.any()


def test_nothing_pulls_where_factors_are_told_to_stand(sounds, batch):
    _, logits, y, levels = batch
    table = 5 * systems.factor_table(sounds, 0)
    there = torch.cat([table[a, levels[:, a]] for a in range(3)], 1)
    term = ToFactors(table)
    wanted = cross_entropy(logits, y)
    torch.testing.assert_close(term(there, logits, y, levels), wanted)
    moved = there.clone()
    moved[:, 0] += 3  # a third of 9
    torch.testing.assert_close(term(moved, logits, y, levels), wanted + 3)


def test_own_heads_see_their_block_alone(sounds, batch):
    z, logits, y, levels = batch
    own, every = (WithHeads(sounds, 0, 1.0, own=own) for own in (True, False))
    changed = z.clone()
    changed[:, 16:] = 0
    for term, sees in ((own, False), (every, True)):
        one, other = (
            term.heads[0](blocks(each, 3)[0] if not sees else each)
            for each in (z, changed)
        )
        assert torch.equal(one, other) != sees
        assert term(z, logits, y, levels) > cross_entropy(logits, y)


def test_the_pull_to_the_origin_is_the_squared_length(scans, batch):
    _, _, y, _ = batch
    z, logits = torch.randn(12, 64), torch.randn(12, 10)
    term = systems.terms(scans, 0, ["pull to origin"])["pull to origin"]
    weight = systems.CHOSEN["digits"]["pull to origin"]
    wanted = cross_entropy(logits, y) + weight * z.square().sum(1).mean()
    torch.testing.assert_close(term(z, logits, y, torch.empty(12, 0)), wanted)


def test_every_choice_is_one_of_its_grid():
    for chosen in systems.CHOSEN.values():
        for name, value in chosen.items():
            assert value in GRIDS[name]
            assert len(GRIDS[name]) == 4


def test_tuning_takes_the_best_mean_and_the_first_of_equals(scans, monkeypatch):
    tables = [
        {("a", 1): 0.5, ("a", 2): 0.9, ("b", 1): 0.4, ("b", 2): 0.4},
        {("a", 1): 0.6, ("a", 2): 0.1, ("b", 1): 0.4, ("b", 2): 0.4},
    ]
    assert best(tables) == {"a": 1, "b": 1}
    monkeypatch.setitem(RECIPES["quick"], "digits", SHORT)
    found = try_all(scans.few(5), 0)
    assert len(found) == 20
    assert all(0 < value < 1 for value in found.values())


def test_full_is_the_same_for_longer():
    quick, full = RECIPES["quick"], RECIPES["full"]
    for name, recipe in quick.items():
        assert full[name].updates == 5 * recipe.updates


def test_a_few_steps_of_full():
    task = load("embedded", "full", 0).factors
    recipe = replace(RECIPES["full"]["tones"], updates=5)
    names = ["factor prototypes", "heads on all"]
    models = train(task, recipe, 0, systems.terms(task, 0, names))
    for model in models.values():
        assert bool(model.predict(task.test.x).isfinite().all())
