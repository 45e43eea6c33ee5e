"""Who learns what from whom, and the choice of a grid."""

from dataclasses import replace

import pytest
import torch

from chapters.proxy_segmentation import systems
from chapters.proxy_segmentation.data import load
from chapters.proxy_segmentation.systems import CHOSEN, GRID, ROLES, SYSTEMS, Choice
from support.segmentation.experiment import SETTINGS
from support.training import predict
from tests.chapters.proxy_segmentation.small import data

TEACHER = systems.black_box(data(), 0)
TAUGHT = systems.teach(data(), TEACHER)


def test_the_teacher_is_asked_for_the_mixtures_to_learn_from():
    found = predict(TEACHER, data().features.train)
    assert torch.equal(TAUGHT.answers, found)
    assert data().answers is None


def test_roles_learn_from_whom_they_say():
    few = systems.labels_for(TAUGHT, replace(ROLES["10 % of labels"], share=0.5))
    assert torch.equal(few, TAUGHT.labels.train[:3])
    assert systems.labels_for(TAUGHT, ROLES["proxy A"]) is not None
    assert torch.equal(systems.labels_for(TAUGHT, ROLES["proxy B"]), TAUGHT.answers)
    with pytest.raises(ValueError, match="no teacher yet"):
        systems.labels_for(data(), ROLES["proxy B"])


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_trains_and_says_something_of_each_test_mixture(name):
    student = SYSTEMS[name](TAUGHT, 0)
    said = student.said(TAUGHT)
    assert said.logits.shape == (3, 4, 200)
    assert said.recon.shape == TAUGHT.x.test.shape
    assert torch.equal(student.model.dictionary, TAUGHT.prepared.W)
    assert student.hears == ROLES[name].hears


def test_a_proxy_hears_no_label():
    other = replace(
        TAUGHT,
        prepared=replace(
            TAUGHT.prepared,
            train=replace(
                TAUGHT.prepared.train,
                layers=replace(
                    TAUGHT.prepared.train.layers, labels=~TAUGHT.labels.train
                ),
            ),
        ),
    )
    one, two = (SYSTEMS["proxy B"](d, 0).said(TAUGHT).logits for d in (TAUGHT, other))
    assert torch.equal(one, two)


def test_all_students_have_as_many_trials():
    sizes = {name: len(grid) for name, grid in GRID.items()}
    assert set(sizes) == {"teacher", *ROLES}
    assert {sizes[name] for name in ROLES} == {9}


def test_what_was_chosen_is_of_the_grid():
    for chosen in CHOSEN.values():
        assert set(chosen) == set(GRID)
        for name, choice in chosen.items():
            assert choice in GRID[name], name


def test_tuning_takes_the_best_of_the_grid(monkeypatch):
    monkeypatch.setattr(
        systems, "GRID", {"proxy B": (Choice(1e-5, 5.0), Choice(2e-2, 1.0))}
    )
    longer = replace(
        TAUGHT, prepared=replace(
            TAUGHT.prepared, setting=replace(TAUGHT.prepared.setting, updates=60)
        )
    )  # fmt: skip
    longer = systems.teach(longer, systems.black_box(longer, 0))
    assert systems.tune("proxy B", {0: longer}) == Choice(2e-2, 1.0)


def test_a_loss_of_ones_own_takes_the_divergences_place():
    calls = []

    def loss(student, teacher):
        calls.append(teacher)
        return (student - teacher).square().mean()

    systems.train(TAUGHT, 0, ROLES["proxy B"], "proxy B", loss=loss)
    assert calls
    assert calls[0].shape[1:] == (4, 200)


def test_the_papers_setting_takes_a_step():
    setting = replace(SETTINGS["full"], train=2, test=2, frames=400, updates=1)
    full = load("embedded", "full", 0, setting=setting)
    full = systems.teach(full, systems.black_box(full, 0))
    student = SYSTEMS["proxy B"](full, 0)
    said = student.said(full)
    assert said.h.shape == (2, 256, 200)
    assert said.logits.isfinite().all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: systems.Role(hears="the sea"), "hears"),
        (lambda: systems.Role(share=0), "share"),
        (lambda: systems.Role(share=1.5), "share"),
        (lambda: Choice(rate=0), "rate"),
        (lambda: Choice(rate=float("nan")), "rate"),
        (lambda: Choice(rebuilding=-1), "rebuilding"),
        (lambda: systems.train(TAUGHT, 0, ROLES["proxy B"], "proxy C"), "name"),
        (lambda: systems.tune("proxy C", {0: TAUGHT}), "name"),
        (lambda: systems.tune("proxy B", {}), "name 'proxy B', 0 cases"),
        (lambda: data().taught(TAUGHT.answers[:1]), "answers"),
        (lambda: data().taught(TAUGHT.answers / 0), "answers"),
        (lambda: data().heard("the sea"), "what"),
    ],
)
def test_bad_input_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        call()
