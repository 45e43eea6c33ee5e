"""The training that all networks share, its loss, its teacher, and who is refused."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from chapters.class_token import tuning
from chapters.class_token.data import identities
from chapters.class_token.networks import CHOICES, EXTRAS, Choice, Ensemble, build
from chapters.class_token.scores import named_right
from chapters.class_token.systems import (
    RECIPES,
    SYSTEMS,
    answers_of,
    hear,
    objective,
    train,
    train_own,
)
from chapters.class_token.tuning import GRIDS, SEEDS, TRIALS, best
from support.losses.soft_targets import softmax_kd
from support.training import predict
from tests.verification.small import small_corpus

SHORT = replace(RECIPES["embedded", "quick"], epochs=2)


@pytest.fixture(scope="module")
def voices():
    data = small_corpus()
    return replace(data, setting=replace(data.setting, width=16, layers=1))


@pytest.fixture(scope="module")
def teacher(voices):
    return train(voices, SHORT, 0)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_network_learns_and_is_ready_to_listen(voices, teacher, name):
    given = {"teacher": teacher} if CHOICES[name].temperature else {}
    recipe = replace(SHORT, epochs=10)
    system = SYSTEMS[name](voices, recipe, 0, **given)
    assert not system.network.training
    vectors = system.embed(voices, voices.trials.test[:5], phrase=1)
    width = 32 if CHOICES[name].tokens == 2 else 16
    assert vectors.shape == (5, width)
    assert torch.equal(vectors, system.embed(voices, voices.trials.test[:5]))
    start = build(voices, CHOICES[name], 0).eval()
    index, labels = voices.background, identities(voices)

    def lost(network):
        logits = predict(network, voices.x[index], voices.mask[index])[1]
        return float(cross_entropy(logits[:, 0], labels))

    assert lost(system.network) < 0.95 * lost(start)


def test_the_loss_is_what_the_page_says():
    draw = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(4, 2, 3, generator=draw), torch.tensor([0, 2, 1, 1])
    answers = torch.randn(4, 3, generator=draw)
    first, second = (cross_entropy(logits[:, k], labels) for k in (0, 1))
    none = answers[:, :0]
    assert objective(logits[:, :1], labels, none, 0.3, 0) == first
    plain = objective(logits, labels, none, 0.3, 0)
    torch.testing.assert_close(plain, 0.3 * first + 0.7 * second)
    taught = objective(logits, labels, answers, 0.3, 2.0)
    wanted = 0.3 * first + 0.7 * softmax_kd(logits[:, 1], answers, 2.0)
    torch.testing.assert_close(taught, wanted)


def test_what_is_heard_in_training_differs_on_real_frames_alone(voices):
    index = voices.background[:20]
    x, mask, frames = voices.x[index], voices.mask[index], voices.corpus.frames[index]
    gap = hear(x, mask, frames) - x
    assert not gap[~mask].any()
    assert (gap[mask] != 0).all()


def test_the_first_weights_and_the_seed_decide_a_training(voices, teacher):
    same, other = train(voices, SHORT, 0), train(voices, SHORT, 1)
    one, two, three = (
        system.network.state_dict()["window.weight"]
        for system in (teacher, same, other)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_watching_changes_nothing_and_sees_five_moments(voices, teacher):
    seen = []
    recipe = replace(SHORT, epochs=5)
    watched = train(voices, recipe, 0, watch=lambda epoch, _: seen.append(epoch))
    assert seen == [1, 2, 3, 4, 5]
    blind = train(voices, recipe, 0)
    for one, other in zip(
        watched.network.parameters(), blind.network.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_a_teacher_answers_clean_and_is_asked_in_earnest(voices, teacher):
    answers = answers_of(teacher, voices)
    assert answers.shape == (len(voices.background), int(identities(voices).max()) + 1)
    assert torch.equal(answers, answers_of(teacher, voices))
    teacher.network.train()
    with pytest.raises(ValueError, match="teacher: it is in training mode"):
        answers_of(teacher, voices)
    teacher.network.eval()
    stranger = replace(teacher, network=build(voices, CHOICES["class token"], 0))
    stranger.network.classifiers[0] = nn.Linear(16, 3)
    stranger.network.eval()
    with pytest.raises(ValueError, match="teacher: it knows 3 classes"):
        answers_of(stranger, voices)


def test_a_token_alone_is_a_part_of_both(voices, teacher):
    both = train(voices, SHORT, 0, choice=Choice(2))
    index = voices.trials.test[:4]
    halves = [normalize(both.alone(k).embed(voices, index), dim=1) for k in (0, 1)]
    torch.testing.assert_close(torch.cat(halves, 1), both.embed(voices, index))
    pair = Ensemble([teacher, both]).embed(voices, index)
    assert pair.shape == (4, 16 + 32)
    torch.testing.assert_close(pair.norm(dim=1), torch.full((4,), 2**0.5))


def test_every_network_had_as_many_trials_and_its_choice_is_one_of_them():
    assert list(GRIDS) == list(TRIALS)
    for name, grid in GRIDS.items():
        assert len(set(grid)) == len(TRIALS[name]) == 8
        assert {len(row) for row in TRIALS[name]} == {len(SEEDS)}
    assert best(TRIALS) == CHOICES
    assert set(CHOICES) == set(SYSTEMS)
    assert set(EXTRAS) == {"quick", "full"}
    _, other, *_ = GRIDS["average"]
    assert best({"average": [[20, 10], [10, 10]]}) == {"average": other}


def test_trials_are_made_row_by_row(voices, monkeypatch, capsys):
    monkeypatch.setattr(tuning, "load", lambda *asked: voices)
    monkeypatch.setattr(tuning, "RECIPES", {("embedded", "quick"): SHORT})
    few = {name: grid[:1] for name, grid in GRIDS.items() if "token" in name}
    monkeypatch.setattr(tuning, "GRIDS", few)
    made = tuning.tried([0])
    assert {name: len(rows) for name, rows in made.items()} == dict.fromkeys(few, 1)
    assert all(0 <= row[0] <= 100 for (row,) in made.values())
    assert len(capsys.readouterr().out.splitlines()) == len(few)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda *sizes: "network", "made str"),
        (lambda *sizes: _Gives(lambda x: x), "gave no pair"),
        (lambda *sizes: _Gives(lambda x: (x, x[:, :1, :2])), "logits"),
    ],
)
def test_a_network_that_is_none_is_refused(voices, make, words):
    with pytest.raises(ValueError, match=words):
        train_own(voices, SHORT, 0, make)


class _Gives(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer, self.weight = answer, nn.Parameter(torch.zeros(1))

    def forward(self, x, mask):
        return self.answer(x)


def test_named_right_is_a_share_for_each_head(voices, teacher):
    shares = named_right(teacher, voices)
    assert len(shares) == 1
    assert 0 <= shares[0] <= 1


@pytest.mark.parametrize("name", EXTRAS["full"])
def test_the_full_profile_takes_a_few_steps(voices, name):
    choice = EXTRAS["full"][name]
    system = train(voices, replace(SHORT, epochs=1), 0, choice=choice)
    assert system.embed(voices, voices.trials.test[:2]).shape == (2, 16)
