"""Training: what learns, what stays, what a loss is a mean of."""

from dataclasses import replace

import pytest
import torch

from support.losses.distillation import bernoulli_kd
from support.segmentation.systems import (
    RECIPE,
    Weights,
    binary_cross_entropy,
    features_of,
    train_front_end,
    train_segmenter,
    train_teacher,
)
from support.training import predict
from tests.segmentation.small import prepared

P = prepared()


def test_a_front_end_is_frozen_and_of_unit_deviation():
    front = train_front_end(P, seed=0, features=6)
    assert not any(p.requires_grad for p in front.parameters())
    assert features_of(front, P.front.x).std().item() == pytest.approx(1, abs=1e-4)
    found = features_of(front, P.test.x)
    assert found.shape == (3, 6, 200)
    with pytest.raises(ValueError, match="no split 'front'"):
        train_front_end(replace(P, front=None), seed=0)


def test_a_teacher_and_its_student_learn():
    setting = replace(P.setting, updates=40)
    teacher = train_teacher(P.train.x, P.train.labels, setting, seed=0)
    logits = predict(teacher, P.train.x)
    prior = P.train.labels.double().mean((0, 2)).logit()[None, :, None]
    assert binary_cross_entropy(logits, P.train.labels) < binary_cross_entropy(
        prior.expand_as(logits).float(), P.train.labels
    )
    student = train_segmenter(
        P.train.x,
        P.train.x,
        logits,
        P.W,
        setting,
        loss=bernoulli_kd,
        seed=0,
        stream="student",
    )
    assert torch.equal(student.dictionary, P.W)
    found = predict(student, P.train.x)
    assert bernoulli_kd(found.logits, logits) < bernoulli_kd(0 * logits, logits)
    assert (found.recon - P.train.x).square().mean() < P.train.x.square().mean()


def test_weights_count():
    run = {"setting": replace(P.setting, updates=30), "seed": 0, "stream": "s"}
    data = (P.train.x, P.train.x, P.train.labels, P.W)
    rebuilt, forgot = (
        predict(
            train_segmenter(*data, weights=Weights(rebuilding=beta), **run), data[0]
        )
        for beta in (5.0, 0.0)
    )
    error = [(f.recon - P.train.x).square().mean() for f in (rebuilt, forgot)]
    assert error[0] < error[1]


def test_another_stream_is_another_training_and_the_same_one_the_same():
    setting = replace(P.setting, updates=2)
    first, again, other = (
        predict(
            train_teacher(P.train.x, P.train.labels, setting, seed=0, stream=stream),
            P.test.x,
        )
        for stream in ("teacher", "teacher", "another")
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_loss_is_a_sum_over_classes_and_a_mean_over_frames():
    logits, labels = torch.zeros(2, 4, 5), torch.ones(2, 4, 5)
    value = binary_cross_entropy(logits, labels).item()
    assert value == pytest.approx(4 * torch.tensor(2.0).log().item())
    with pytest.raises(ValueError, match="labels: got -1"):
        binary_cross_entropy(logits, -labels)


def test_a_dictionary_may_learn():
    model = train_segmenter(
        P.train.x,
        P.train.x,
        P.train.labels,
        P.W,
        P.setting,
        train_dictionary=True,
        recipe=replace(RECIPE, rate=1e-2),
        seed=0,
        stream="s",
    )
    assert not torch.allclose(model.dictionary, P.W, atol=1e-4)
    assert model.dictionary.min() >= 0
