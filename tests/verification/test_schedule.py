"""A rate that moves with the optimiser."""

import pytest
import torch

from support.verification.schedule import OneCycle


def run(steps, schedule, adam, parameter):
    rates = []
    for _ in range(steps):
        parameter.sum().backward()
        adam.step()
        rates.append(adam.param_groups[0]["lr"])
        schedule.step()  # as the training loop does; it changes nothing
    return rates


def fresh(steps=20):
    parameter = torch.nn.Parameter(torch.zeros(1))
    adam = torch.optim.Adam([parameter])
    return parameter, adam, OneCycle(adam, steps, 0.1)


def test_it_rises_to_the_peak_and_falls_to_nothing():
    parameter, adam, schedule = fresh()
    rates = run(20, schedule, adam, parameter)
    assert max(rates) == pytest.approx(0.1, rel=0.02)
    top = rates.index(max(rates))
    assert 3 <= top <= 7
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 1e-4


def test_it_goes_on_where_it_stopped():
    parameter, adam, schedule = fresh()
    whole = run(20, schedule, adam, parameter)
    parameter, adam, schedule = fresh()
    first = run(8, schedule, adam, parameter)
    states = adam.state_dict(), schedule.state_dict()
    parameter, adam, schedule = fresh()
    adam.load_state_dict(states[0])
    schedule.load_state_dict(states[1])
    assert first + run(12, schedule, adam, parameter) == pytest.approx(whole)
