"""Concept bottleneck models in one frame."""

import pytest
import torch

from support.models.coders import mlp
from support.models.concepts import (
    KINDS,
    ConceptModel,
    class_means,
    quantiles,
)


def build(kind: str, device: str = "cpu", **options) -> ConceptModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = mlp(5, [8], 6 if kind == "cem" else 3)
        return ConceptModel(encoder, 3, 4, kind, **options).to(device)


def images(device: str = "cpu", n: int = 7) -> torch.Tensor:
    return torch.randn(n, 5, generator=torch.Generator().manual_seed(1)).to(device)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_gradients(kind, device):
    model = build(kind, device)
    out = model(images(device))
    assert out.z.shape == (7, 6 if kind == "cem" else 3)
    assert out.y_logits.shape == (7, 4)
    if kind == "vanilla":
        assert out.c_logits is None
    else:
        assert out.c_logits.shape == (7, 3)
    out.y_logits.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.encoder[1].parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_is_deterministic_and_only_mcbm_is_noisy(kind):
    model = build(kind)
    noisy = model(images())
    assert torch.equal(noisy.z, noisy.z_noisy) == (kind != "mcbm")
    model.eval()
    first, second = model(images()), model(images())
    assert torch.equal(first.z, first.z_noisy)
    assert torch.equal(first.y_logits, second.y_logits)


def test_mcbm_without_noise_and_with_identity_head_is_a_cbm_bit_for_bit():
    plain = build("cbm")(images())
    same = build("mcbm", sigma=0.0, concept_head="identity")(images())
    assert torch.equal(plain.c_logits, same.c_logits)
    assert torch.equal(plain.y_logits, same.y_logits)


def test_identity_and_affine_heads():
    out = build("cbm").eval()(images())
    assert torch.equal(out.c_logits, out.z)
    model = build("mcbm").eval()
    with torch.no_grad():
        model.concept_head.weight.copy_(torch.tensor([1.0, 2.0, 3.0]))
        model.concept_head.bias.fill_(0.5)
    out = model(images())
    assert torch.allclose(out.c_logits, out.z * torch.tensor([1.0, 2.0, 3.0]) + 0.5)


def test_mlp_head_sees_its_own_component_only():
    head = build("mcbm", concept_head="mlp").concept_head
    z = torch.randn(4, 3)
    changed = z.clone()
    changed[:, 0] += 1
    assert torch.equal(head(z)[:, 1:], head(changed)[:, 1:])
    assert head.hidden(z).shape == (4, 3, 3)
    with torch.no_grad():  # dead: every hidden unit below zero for every input
        head.weight_in.zero_()
        head.bias_in.fill_(-1.0)
    assert torch.equal(head(z), head(changed))


def test_hard_reads_exact_bits_and_lets_the_gradient_through():
    model = build("hard")
    z = torch.randn(200, 3, requires_grad=True)
    bits = model.read(z)
    assert set(bits.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(bits, (z > 0).float())
    bits.sum().backward()
    soft = torch.sigmoid(z.detach())
    assert torch.allclose(z.grad, soft * (1 - soft))


def test_cem_mixes_its_pairs():
    model = build("cem")
    z, yes = torch.randn(7, 6), torch.ones(7, 3)
    everything = torch.ones(7, 3, dtype=torch.bool)
    assert torch.equal(model.intervene(z, yes, everything)[1], z[:, 0::2])
    assert torch.equal(model.intervene(z, 0 * yes, everything)[1], z[:, 1::2])


@pytest.mark.parametrize("kind", ["cbm", "hard", "cem", "mcbm"])
def test_an_empty_intervention_changes_nothing(kind, device):
    model = build(kind, device).eval()
    out = model(images(device))
    c = torch.ones(7, 3, device=device)
    settings = quantiles(out.z) if kind == "cbm" else None
    logits, read = model.intervene(out.z, c, torch.zeros_like(c).bool(), settings)
    assert torch.equal(logits, out.y_logits)
    assert torch.equal(read, model.read(out.z))


def test_a_full_intervention_on_mcbm_depends_on_the_concepts_alone():
    model = build("mcbm").eval()
    z = model(images()).z
    c = torch.tensor([[1.0, 0.0, 1.0]]).expand(7, 3)
    logits, read = model.intervene(z, c, torch.ones_like(c).bool())
    assert torch.equal(logits, logits[:1].expand(7, 4))
    assert read[0].tolist() == [3.0, -3.0, 3.0]


def test_settings_are_written_where_the_mask_says():
    model = build("cbm").eval()
    z = model(images()).z
    c = torch.tensor([[1.0, 0.0, 1.0]]).expand(7, 3)
    mask = torch.tensor([[True, True, False]]).expand(7, 3)
    settings = quantiles(z)
    _, read = model.intervene(z, c, mask, settings)
    assert torch.equal(read[:, 0], settings.yes[0].expand(7))
    assert torch.equal(read[:, 1], settings.no[1].expand(7))
    assert torch.equal(read[:, 2], z[:, 2])


def test_class_means_and_quantiles():
    z = torch.tensor([[0.0], [1.0], [10.0], [20.0]])
    c = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
    means = class_means(z, c)
    assert (means.no.item(), means.yes.item()) == (0.5, 15.0)
    with pytest.raises(ValueError, match="both values"):
        class_means(z, torch.ones(4, 1))
    with pytest.raises(ValueError, match="must be"):
        class_means(z, torch.ones(3, 1))
    with pytest.raises(ValueError, match="ordered"):
        quantiles(z, 0.9, 0.1)


def test_what_cannot_be_built_is_refused_in_words():
    encoder = mlp(5, [8], 3)
    for arguments, options, words in [
        ((3, 4, "other"), {}, "kind"),
        ((0, 4, "cbm"), {}, "n_concepts"),
        ((3, 1, "cbm"), {}, "n_classes"),
        ((3, 4, "cem"), {"concept_head": "identity"}, "cem"),
        ((3, 4, "cbm"), {"concept_head": "other"}, "concept_head"),
        ((3, 4, "mcbm"), {"sigma": -1.0}, "sigma"),
    ]:
        with pytest.raises(ValueError, match=words):
            ConceptModel(encoder, *arguments, **options)
    with pytest.raises(ValueError, match="encoder"):
        ConceptModel(encoder, 2, 4, "cbm")(images())


def test_what_cannot_be_set_is_refused_in_words():
    z, c = torch.zeros(7, 3), torch.zeros(7, 3)
    mask = torch.zeros(7, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="no concepts to set"):
        build("vanilla").intervene(z, c, mask)
    with pytest.raises(ValueError, match="settings"):
        build("cbm").intervene(z, c, mask)
    with pytest.raises(ValueError, match="mask"):
        build("mcbm").intervene(z, c, mask[:3])
    with pytest.raises(ValueError, match=r"mask: got 0\.5"):
        build("mcbm").intervene(z, c, c + 0.5)
