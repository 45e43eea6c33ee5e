"""AUC losses: identities, limits, invariances, gradients, bad input."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.losses.auc import (
    ovo_loss,
    ovr_loss,
    saturated_share,
    smooth_auc_matrix,
)
from support.losses.pairwise import pairwise_loss, pairwise_sigmoid, surrogate

LOSSES = [ovo_loss, ovr_loss]
both = pytest.mark.parametrize("loss", LOSSES)
inputs = pytest.mark.parametrize("on", ["scores", "probs"])


def table(seed=0, counts=(5, 8, 3), dtype=torch.float64, device="cpu"):
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    labels = labels[torch.randperm(len(labels), generator=rng)]
    scores = torch.randn(len(labels), len(counts), generator=rng, dtype=dtype)
    return scores.to(device), labels.to(device)


def slow_matrix(columns, labels, delta):
    """The definition, pair by pair."""
    classes = columns.shape[1]
    result = torch.zeros(classes, classes, dtype=columns.dtype)
    for i in range(classes):
        for j in range(classes):
            mine = columns[labels == i, i]
            theirs = columns[labels == j, i]
            pairs = [
                1 / (1 + math.exp(-delta * float(one - other)))
                for one in mine
                for other in theirs
            ]
            result[i, j] = sum(pairs) / len(pairs)
    return result


def test_matrix_is_its_definition():
    scores, labels = table()
    expected = slow_matrix(scores, labels, 2.0)
    assert torch.allclose(smooth_auc_matrix(scores, labels, 2.0), expected, atol=1e-14)


@inputs
def test_losses_are_their_definitions(on):
    scores, labels = table(1)
    columns = scores.softmax(1) if on == "probs" else scores
    matrix = slow_matrix(columns, labels, 3.0)
    counts = labels.bincount().double()
    off = ~torch.eye(3, dtype=torch.bool)
    assert ovo_loss(scores, labels, 3.0, on).item() == pytest.approx(
        1 - matrix[off].mean().item(), abs=1e-14
    )
    rest = [
        sum(counts[j] * matrix[i, j] for j in range(3) if j != i) / (16 - counts[i])
        for i in range(3)
    ]
    assert ovr_loss(scores, labels, 3.0, on).item() == pytest.approx(
        1 - float(sum(rest)) / 3, abs=1e-14
    )


@inputs
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 7))
def test_balanced_counts_make_both_losses_one(on, seed, classes, count):
    scores, labels = table(seed, (count,) * classes)
    difference = ovo_loss(scores, labels, 2.0, on) - ovr_loss(scores, labels, 2.0, on)
    assert abs(difference.item()) < 1e-14


@both
def test_last_bias_has_no_gradient_on_scores_and_one_on_probabilities(loss):
    scores, labels = table(3)
    for on, wanted in (("scores", False), ("probs", True)):
        bias = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        loss(scores + bias, labels, 1.0, on).backward()
        assert (bias.grad.abs().max().item() > 1e-6) is wanted
        if not wanted:
            assert bias.grad.abs().max().item() < 1e-15


@pytest.mark.parametrize("seed", [0, 1])
def test_smooth_auc_tends_to_the_auc(seed):
    rng = torch.Generator().manual_seed(seed)
    values = torch.randn(200, generator=rng, dtype=torch.float64)
    pos, neg = values[:80] + 0.5, values[80:]
    exact = (pos[:, None] > neg).double().mean().item()
    smooth = pairwise_sigmoid(pos, neg, delta=1e4).item()
    assert smooth == pytest.approx(exact, abs=1e-4)
    assert pairwise_loss(pos, neg, kind="step").item() == pytest.approx(1 - exact)


@both
@inputs
def test_known_answers(loss, on, device):
    _, labels = table(4, device=device)
    constant = torch.ones(len(labels), 3, device=device)
    assert loss(constant, labels, 5.0, on).item() == pytest.approx(0.5, abs=1e-6)
    perfect = torch.nn.functional.one_hot(labels).float() * 1e3
    assert loss(perfect, labels, 20.0, on).item() == pytest.approx(0, abs=1e-6)
    assert loss(-perfect, labels, 20.0, "scores").item() == pytest.approx(1, abs=1e-6)


@both
@inputs
def test_order_of_samples_and_names_of_classes_do_not_matter(loss, on):
    scores, labels = table(5)
    value = loss(scores, labels, 2.0, on)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    assert loss(scores[order], labels[order], 2.0, on).item() == pytest.approx(
        value.item(), abs=1e-14
    )
    new_name = torch.tensor([2, 0, 1])
    renamed = torch.empty_like(scores)
    renamed[:, new_name] = scores
    assert loss(renamed, new_name[labels], 2.0, on).item() == pytest.approx(
        value.item(), abs=1e-14
    )


@both
def test_increasing_map_of_a_column_changes_the_loss(loss):
    scores, labels = table(6)
    mapped = scores.clone()
    mapped[:, 0] = mapped[:, 0].exp()
    before, after = (loss(s, labels, 1.0, "scores").item() for s in (scores, mapped))
    assert abs(before - after) > 1e-3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 20))
def test_symmetric_loss_identity(seed, delta):
    rng = torch.Generator().manual_seed(seed)
    difference = torch.randn(20, generator=rng, dtype=torch.float64) * 3
    total = surrogate(difference, delta=delta) + surrogate(-difference, delta=delta)
    assert torch.allclose(total, torch.ones_like(total), atol=1e-14)
    scores, labels = table(seed)
    for loss in LOSSES:
        total = loss(scores, labels, delta, "scores") + loss(
            -scores, labels, delta, "scores"
        )
        assert total.item() == pytest.approx(1, abs=1e-13)


@both
@inputs
def test_gradcheck(loss, on):
    scores, labels = table(7, (2, 3, 2))
    scores.requires_grad_()
    assert torch.autograd.gradcheck(lambda s: loss(s, labels, 1.5, on), scores)


KINDS = ("step", "sigmoid", "logistic", "hinge", "squared")


@pytest.mark.parametrize("kind", KINDS[1:])
def test_gradcheck_of_pairs(kind):
    rng = torch.Generator().manual_seed(0)
    pos, neg = torch.randn(2, 4, generator=rng, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p, n: pairwise_loss(p, n, 1.5, kind=kind), (pos, neg)
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", [1, 7, 2**24])
def test_pairs_agree_with_the_matrix_of_surrogates(kind, block):
    rng = torch.Generator().manual_seed(1)
    pos, neg = (torch.randn(size, generator=rng).double() for size in (9, 5))
    found, plain = (
        [part.clone().requires_grad_() for part in (pos, neg)] for _ in "ab"
    )
    value = pairwise_loss(*found, 2.0, kind=kind, block=block)
    whole = surrogate(plain[0][:, None] - plain[1], kind, 2.0).mean()
    assert value.item() == pytest.approx(whole.item(), abs=1e-14)
    value.backward(torch.tensor(3.0).double())
    if kind != "step":
        whole.backward(torch.tensor(3.0).double())
    for one, other in zip(found, plain, strict=True):
        expected = torch.zeros(()) if other.grad is None else other.grad
        assert torch.allclose(one.grad, expected.double(), atol=1e-14)


def test_what_backward_keeps_grows_with_the_scores_not_with_the_pairs():
    pos = torch.zeros(300, requires_grad=True)
    value = pairwise_loss(pos, torch.zeros(500), block=1000)
    kept = value.grad_fn.next_functions[0][0].saved_tensors
    assert sum(part.numel() for part in kept) == 2 * 300 + 2 * 500


@pytest.mark.parametrize("kind", ["sigmoid", "logistic", "squared"])
def test_second_derivatives_of_pairs(kind):
    rng = torch.Generator().manual_seed(0)
    pos, neg = torch.randn(2, 3, generator=rng, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradgradcheck(
        lambda p, n: pairwise_loss(p, n, 1.5, kind=kind), (pos, neg)
    )
    fixed = neg.detach()
    assert torch.autograd.gradgradcheck(
        lambda p: pairwise_loss(p, fixed, 1.5, kind=kind), (pos,)
    )


@pytest.mark.parametrize("block", [1, 7, 40, 2**24])
def test_value_and_gradient_do_not_depend_on_the_block(block):
    scores, labels = table(8)
    whole = scores.clone().requires_grad_()
    part = scores.clone().requires_grad_()
    weight = torch.randn(3, 3, generator=torch.Generator().manual_seed(0)).double()
    (weight * smooth_auc_matrix(whole, labels, 2.0)).sum().backward()
    matrix = smooth_auc_matrix(part, labels, 2.0, block=block)
    (weight * matrix).sum().backward()
    assert torch.allclose(part.grad, whole.grad, atol=1e-14)
    assert pairwise_sigmoid(
        scores[:, 0], scores[:, 1], 2.0, block=block
    ).item() == pytest.approx(
        pairwise_sigmoid(scores[:, 0], scores[:, 1], 2.0).item(), abs=1e-14
    )


@both
def test_sub_sampling_is_unbiased(loss):
    # equal counts, so that the rests of a sub-sample are those of the whole
    scores, labels = table(9, (9, 9, 9))
    rng = torch.Generator().manual_seed(0)
    draws = torch.stack(
        [loss(scores, labels, 2.0, max_per_class=4, generator=rng) for _ in range(2000)]
    )
    error = draws.std() / 2000**0.5
    assert error > 0
    assert abs(draws.mean() - loss(scores, labels, 2.0)) < 3 * error


def test_one_versus_one_sub_sampling_is_unbiased_for_unequal_counts():
    scores, labels = table(10, (4, 12, 20))
    rng = torch.Generator().manual_seed(0)
    draws = torch.stack(
        [
            ovo_loss(scores, labels, 2.0, max_per_class=5, generator=rng)
            for _ in range(2000)
        ]
    )
    error = draws.std() / 2000**0.5
    assert abs(draws.mean() - ovo_loss(scores, labels, 2.0)) < 3 * error


def test_a_limit_above_every_count_changes_nothing():
    scores, labels = table(11)
    assert ovo_loss(scores, labels, max_per_class=50).item() == pytest.approx(
        ovo_loss(scores, labels).item(), abs=1e-14
    )


@both
def test_missing_class_is_skipped(loss):
    scores, labels = table(12, (6, 5))
    wide = torch.cat([scores, torch.randn(11, 1).double()], 1).requires_grad_()
    value = loss(wide, labels, 2.0, "scores")
    assert value.item() == pytest.approx(
        loss(scores, labels, 2.0, "scores").item(), abs=1e-14
    )
    value.backward()
    assert wide.grad.isfinite().all()


@both
def test_one_class_alone_is_an_error_or_zero(loss):
    scores = torch.randn(4, 3, requires_grad=True)
    labels = torch.zeros(4, dtype=torch.long)
    with pytest.raises(ValueError, match="1 class"):
        loss(scores, labels)
    value = loss(scores, labels, skip_missing=True)
    value.backward()
    assert value.item() == 0
    assert (scores.grad == 0).all()
    nothing = loss(scores[:0], labels[:0], skip_missing=True)
    assert nothing.item() == 0


@both
def test_mask_equals_leaving_out(loss):
    scores, labels = table(13, (6, 6, 6))
    mask = torch.arange(18) % 3 != 0
    if labels[mask].unique().numel() < 3:
        pytest.fail("the mask must keep every class")
    assert loss(scores, labels, mask=mask).item() == pytest.approx(
        loss(scores[mask], labels[mask]).item(), abs=1e-14
    )


@both
def test_class_weights_choose_columns(loss):
    scores, labels = table(14)
    matrix = smooth_auc_matrix(scores, labels, 1.0)
    one = loss(
        scores, labels, 1.0, "scores", class_weights=torch.tensor([0.0, 2.0, 0.0])
    )
    counts = labels.bincount().double()
    others = [0, 2]
    expected = {
        ovo_loss: 1 - matrix[1, others].mean(),
        ovr_loss: 1 - (matrix[1, others] * counts[others]).sum() / counts[others].sum(),
    }[loss]
    assert one.item() == pytest.approx(expected.item(), abs=1e-14)


@both
def test_half_precision_is_accumulated_in_single(loss, device):
    scores, labels = table(15, (300, 400, 300), torch.float32, device)
    half = loss(scores.half(), labels, 2.0, "scores")
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(
        loss(scores, labels, 2.0, "scores").item(), abs=1e-3
    )


@both
@inputs
def test_devices_agree(loss, on, device):
    scores, labels = table(16, (30, 20, 10), torch.float32)
    value = loss(scores.to(device), labels.to(device), 2.0, on)
    assert value.device.type == device
    expected = loss(scores.double(), labels, 2.0, on).item()
    assert value.item() == pytest.approx(expected, abs=1e-5)


def test_saturated_share():
    labels = torch.tensor([0, 0, 1])
    scores = torch.tensor([[10.0, 0], [0, 0], [0, 0]])
    # pairs of different classes: (0,2), (1,2) in column 0; (2,0), (2,1) in column 1
    assert saturated_share(scores, labels, 1.0, "scores") == 0.25
    assert saturated_share(scores, labels, 1.0, "probs") == 0


def test_surrogates_by_hand():
    at = torch.tensor([-1.0, 0.0, 2.0])
    assert surrogate(at, "step").tolist() == [1, 0.5, 0]
    assert surrogate(at, "hinge").tolist() == [2, 1, 0]
    assert surrogate(at, "squared").tolist() == [4, 1, 1]
    assert surrogate(at, "logistic")[1].item() == pytest.approx(math.log(2))
    assert surrogate(at, "sigmoid", 10.0)[2].item() == pytest.approx(
        1 / (1 + math.exp(20))
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"delta": 0.0}, "delta"),
        ({"on": "logits"}, "on"),
        ({"labels": torch.tensor([0, 3])}, "0 to 3"),
        ({"labels": torch.tensor([-1, 1])}, "-1 to 1"),
        ({"labels": torch.tensor([0.0, 0.5])}, "labels: got 0.5"),
        ({"labels": torch.tensor([0])}, "labels"),
        ({"scores": torch.zeros(2)}, "scores"),
        ({"mask": torch.ones(3)}, "mask"),
        ({"max_per_class": 0}, "max_per_class"),
    ],
)
@both
def test_bad_input_is_named(loss, arguments, message):
    defaults = {"scores": torch.zeros(2, 3), "labels": torch.tensor([0, 1])}
    with pytest.raises(ValueError, match=message):
        loss(**(defaults | arguments))


def test_bad_pairs_are_named():
    one = torch.ones(1)
    with pytest.raises(ValueError, match="neg"):
        pairwise_sigmoid(one, one[:0])
    with pytest.raises(ValueError, match="delta"):
        pairwise_sigmoid(one, one, delta=-1)
    with pytest.raises(ValueError, match="kind"):
        surrogate(one, "cubic")
