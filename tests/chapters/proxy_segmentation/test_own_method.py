"""The example of a reader's own method does what the chapter asks of one."""

import torch

from chapters.proxy_segmentation import systems
from chapters.proxy_segmentation.own_method import squared
from tests.chapters.proxy_segmentation.small import data


def test_it_is_a_scalar_that_is_least_where_both_agree():
    z = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0))
    assert squared(z, z) == 0
    assert squared(-z, z) > 0
    assert squared(z, 0 * z).shape == ()


def test_a_proxy_learns_by_it():
    taught = systems.teach(data(), systems.black_box(data(), 0))
    role = systems.ROLES["proxy B"]
    student = systems.train(taught, 0, role, "proxy B", loss=squared)
    assert student.said(taught).logits.isfinite().all()
