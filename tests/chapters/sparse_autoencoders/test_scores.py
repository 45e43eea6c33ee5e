"""What is read is what is there: known answers for every figure of a code."""

import math

import pytest
import torch

from chapters.sparse_autoencoders import scores, systems
from support.models.sparse_autoencoder import TopKSAE
from tests.chapters.sparse_autoencoders.small import SETTING, clips, source, states


def test_a_probe_reads_what_is_written_and_guesses_what_is_not():
    y = torch.arange(200) % 4
    written = torch.nn.functional.one_hot(y, 4).float()
    written = torch.cat([written, torch.zeros(200, 1)], 1)  # a dead unit harms nobody
    assert scores.probe(written[:100], y[:100], written[100:], y[100:], 1.0) == 1
    noise = torch.randn(200, 5, generator=source())
    assert scores.probe(noise[:100], y[:100], noise[100:], y[100:], 0.01) < 0.45


def test_a_code_that_says_the_attributes_is_complete():
    data = clips()
    sides = [part.attributes / data.train.attributes.std(0) for part in
             (data.train, data.test)]  # fmt: skip
    given = systems.Vectors(*sides)
    found = scores.read(lambda x: x, given, data, 0.1, 0.01)
    assert found.r2 > 0.99
    assert found.completeness > 0.9
    assert found.effective == pytest.approx(1, abs=0.4)
    assert len(found.best) == scores.BEST
    assert math.isnan(found.unexplained)


def test_figures_of_a_reading_are_means_over_its_best_attributes():
    code = systems.untrained_sae(states().train, 8, 0, SETTING)
    found = scores.read(code, states(), clips(), 0.1, 0.1)
    order = found.read.r2_in.argsort(descending=True)[: scores.BEST]
    assert set(order.tolist()) == set(found.best.tolist())
    assert found.r2 == pytest.approx(float(found.read.r2_out[order].mean()))
    row = found.row()
    assert row["active"] <= 8
    assert row["FVU"] > 0
    assert all(math.isfinite(value) for value in row.values())


def test_a_study_keeps_codes_and_subtracts_figures():
    study = scores.Study(clips(), SETTING)
    one = study.add("dense", systems.dense(states().train, 0, 0), states())
    other = study.add("turned", systems.rotated(states().train, 0, 0), states())
    assert study.gain("turned", "dense") == other.accuracy - one.accuracy
    assert study.gain("turned", "dense", "r2") == pytest.approx(other.r2 - one.r2)
    assert list(study.codes) == ["dense", "turned"]


def test_what_a_reader_s_code_returns_is_checked():
    with pytest.raises(ValueError, match="what encode returned has shape"):
        scores.code_of(lambda x: x[0], states().test)
    with pytest.raises(ValueError, match="finite"):
        scores.code_of(lambda x: x * torch.nan, states().test)


def test_a_code_that_says_nothing_has_no_counts_and_whole_numbers_are_read():
    silent = scores.read(lambda x: torch.zeros(len(x), 3), states(), clips(), 0.1, 0.1)
    assert "C" not in silent.row()
    assert math.isnan(silent.effective)
    assert silent.activity.dead == 1
    signs = scores.read(lambda x: (x > 0).long(), states(), clips(), 0.1, 0.1)
    assert signs.accuracy > 0.2
    assert all(math.isfinite(value) for value in signs.row().values())


def test_a_unit_that_hardly_moves_in_training_does_not_outweigh_all_others():
    def shy(x):
        unit = torch.zeros(len(x), 1)
        unit[3] = 1e-4 if len(x) == len(states().train) else 5.0
        return torch.cat([x, unit], 1)

    plain = scores.read(lambda x: x, states(), clips(), 0.1, 0.01)
    found = scores.read(shy, states(), clips(), 0.1, 0.01)
    assert found.r2 > plain.r2 - 0.1
    held = scores.held_within(torch.tensor([[0.0], [2]]), torch.tensor([[-1.0], [1]]))
    assert held.flatten().tolist() == [0, 1]
    with pytest.raises(ValueError, match="test: got 2 units, where train has 3"):
        scores.held_within(torch.zeros(4, 3), torch.zeros(4, 2))


def test_entropies_of_even_and_of_lumped_attributes():
    even = torch.arange(100).float()
    lumped = torch.zeros(100)
    lumped[0] = 1
    two = (torch.arange(100) % 2).float()
    found = scores.entropies(torch.stack([even, lumped, two], 1))
    assert float(found[0]) == pytest.approx(math.log(10))
    assert float(found[2]) == pytest.approx(math.log(2))
    assert 0 < float(found[1]) < 0.1


Y = torch.tensor([0, 1, 1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: scores.probe("ab", Y, torch.eye(3), Y, 1.0), "train: got str"),
        (lambda: scores.probe(torch.eye(3), Y, torch.eye(3)[:, :2], Y, 1.0), "units"),
        (lambda: scores.probe(torch.eye(3), Y[:2], torch.eye(3), Y, 1.0), "train: got"),
        (lambda: scores.probe(torch.eye(3), 0 * Y, torch.eye(3), Y, 1.0), "one class"),
        (lambda: scores.probe(torch.eye(3), Y, torch.eye(3), Y, 0), "penalty: got 0"),
        (lambda: scores.probe(torch.eye(3), Y, torch.eye(3), Y / 2, 1.0), "y_test"),
        (lambda: scores.entropies(torch.ones(4, 1)), "attribute 0 does not vary"),
        (lambda: scores.entropies(torch.rand(4)), "attributes: got shape"),
        (lambda: scores.entropies(torch.eye(3), 2.5), "bins: got 2.5"),
        (lambda: scores.entropies(torch.eye(3) * torch.nan), "attributes: got nan"),
    ],
)
def test_what_cannot_be_read_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_planted_atoms_are_found_by_a_decoder_that_has_them():
    _, atoms = systems.planted(0, n=10)
    model = TopKSAE(64, 40, 3)
    with torch.no_grad():
        model.decoder.weight[:, :32] = 3 * atoms
        assert scores.atoms_found(model, atoms) == 1
        model.decoder.weight[:, :8] *= -1
        assert scores.atoms_found(model, atoms) == 0.75


def test_identities_hold_and_other_codes_are_refused():
    code = systems.train_sae(states().train, 8, 0, SETTING)
    assert scores.dropped_gradient(code, states().test) == 0
    assert scores.mean_gap(states().test) < 1e-6
    assert scores.completeness_law() < 1e-10
    with pytest.raises(ValueError, match="model: got function"):
        scores.dropped_gradient(lambda x: x, states().test)
