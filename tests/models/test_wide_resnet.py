"""The network begins at the identity, corrects by blocks, and sees what it says."""

import pytest
import torch

from support.models.wide_resnet import ResidualUnit, WideResNet


def inputs(seed: int = 0, frames: int = 60) -> torch.Tensor:
    return torch.randn(
        2, 9, frames, generator=torch.Generator().manual_seed(seed), dtype=torch.double
    )


def network(seed: int = 0, **options) -> WideResNet:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = WideResNet(9, 8, 3, **options).double().eval()
        for part in net.modules():
            if isinstance(part, torch.nn.BatchNorm1d):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
    return net


def woken(**options) -> WideResNet:
    """A network whose head says something."""
    net = network(**options)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net.head[-1].reset_parameters()
    return net


def test_a_zero_head_is_the_identity():
    x = inputs()
    assert torch.equal(network()(x), x)
    assert not torch.allclose(network(global_shortcut=False)(x), x, atol=0.1)
    assert sum(p.numel() for p in WideResNet(129, 64, 4).parameters()) == 150_273


def test_the_last_block_says_what_the_network_says():
    net, x = woken(), inputs()
    answers = net.by_block(x)
    assert len(answers) == 3
    assert torch.equal(answers[-1], net(x))
    assert not torch.allclose(answers[0], answers[1], atol=1e-3)


def test_without_shortcuts_the_input_is_not_added():
    unit = ResidualUnit(4, shortcut=False).eval()
    u = torch.randn(1, 4, 9, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(unit(u), unit.layers(u))
    unit.shortcut = True
    assert torch.allclose(unit(u), u + unit.layers(u))
    x = inputs()
    plain, added = (woken(global_shortcut=kind) for kind in (False, True))
    added.load_state_dict(plain.state_dict())
    assert torch.allclose(added(x), x + plain(x))


@pytest.mark.parametrize(("units", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_a_frame_sees_its_context_and_no_more(units, dilation):
    net, x = woken(units=units, dilation=dilation), inputs()
    moved = x.clone()
    moved[:, :, 30] += 1
    changed = (net(moved) - net(x)).abs().amax((0, 1)) > 0
    reach = net.context // 2
    assert not changed[: 30 - reach].any()
    assert not changed[31 + reach :].any()
    assert changed[30 - reach] or changed[30 + reach]


def test_later_input_is_later_output_away_from_the_ends():
    net, x = woken(), inputs()
    reach = net.context // 2
    later = net(x.roll(5, 2))
    assert torch.allclose(
        later[:, :, 5 + reach : -reach], net(x)[:, :, reach : -reach - 5], atol=1e-9
    )


def test_gradients_reach_every_part():
    net, x = woken().train(), inputs()
    net(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
    small = WideResNet(2, 2, 1).double().eval()
    small.head[-1].reset_parameters()
    assert torch.autograd.gradcheck(
        small, inputs(frames=5)[:1, :2].clone().requires_grad_()
    )


def test_a_few_steps_bring_the_output_nearer():
    x = inputs()
    y = x + 0.5 * x.roll(1, 2)
    net = network().train()
    optimizer = torch.optim.AdamW(net.parameters(), 5e-3)
    for _ in range(50):
        optimizer.zero_grad()
        loss = (net(x) - y).square().mean()
        loss.backward()
        optimizer.step()
    assert loss < 0.3 * (x - y).square().mean()


def test_devices_agree(device):
    net, x = woken().float(), inputs().float()
    wanted = net(x)
    found = net.to(device)(x.to(device)).cpu()
    assert torch.allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bins": 0}, "bins: got 0"),
        ({"channels": 2.5}, "channels: got 2.5"),
        ({"blocks": True}, "blocks: got True"),
        ({"units": 0}, "units: got 0"),
        ({"kernel": 4}, "kernel: got 4; give an odd number"),
        ({"dilation": -1}, "dilation: got -1"),
    ],
)
def test_networks_that_cannot_be_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        WideResNet(**({"bins": 9, "channels": 8, "blocks": 3} | options))
    if options.keys() <= {"channels", "kernel", "dilation"}:
        with pytest.raises(ValueError, match=words):
            ResidualUnit(**({"channels": 8} | options))


@pytest.mark.parametrize(
    "x", [torch.zeros(9, 5), torch.zeros(1, 8, 5), torch.zeros(1, 9, 0), "x", None]
)
def test_what_is_no_spectrum_is_refused(x):
    for act in (network(), network().by_block):
        with pytest.raises(ValueError, match="x: got"):
            act(x)
    assert network()(torch.zeros(1, 9, 5).half()).dtype == torch.float64
