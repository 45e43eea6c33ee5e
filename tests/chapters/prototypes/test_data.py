"""What the networks see: splits, levels, pairs with a raised pitch, and speech."""

import pytest
import torch

from chapters.prototypes import emotions
from chapters.prototypes.data import SIZES, digits, hide, load, tones
from support.data.audio import load_ravdess


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 0)


def test_digits_are_split_evenly_and_the_seed_redraws_it():
    one, other = digits(0), digits(1)
    assert one.train.y.bincount().tolist() == [100] * 10
    assert one.test.y.bincount().tolist() == [60] * 10
    assert not torch.equal(one.test.x, other.test.x)
    assert torch.equal(one.test.x, digits(0).test.x)
    together = torch.cat([one.train.x, one.test.x]).unique(dim=0)
    assert len(together) >= 1595  # no scan is in both parts; a few scans are twins


def test_few_labels_are_the_first_of_each_class():
    whole = digits(0)
    few = whole.few(5)
    assert few.train.y.bincount().tolist() == [5] * 10
    assert torch.equal(few.test.x, whole.test.x)
    for label in range(10):
        own = whole.train.x[whole.train.y == label][:5]
        assert torch.equal(few.train.x[few.train.y == label], own)
    assert torch.equal(whole.few(None).train.x, whole.train.x)


def test_hidden_classes_are_gone_and_the_others_numbered_anew():
    whole = digits(0)
    rest, strangers = hide(whole, (3, 7))
    assert rest.classes == ("0", "1", "2", "4", "5", "6", "8", "9")
    assert rest.train.y.bincount().tolist() == [100] * 8
    assert len(strangers) == 120
    fours = whole.test.x[whole.test.y == 4]
    assert torch.equal(rest.test.x[rest.test.y == 3], fours)


def test_tones_are_standardised_where_they_are_learnt(data):
    task = data.factors
    lengths = [len(part.y) for part in (task.train, task.test, *task.probes)]
    assert tuple(lengths) == SIZES["quick"]
    mean, scale = task.train.x.mean(0), task.train.x.std(0)
    torch.testing.assert_close(mean, torch.zeros(64), atol=1e-4, rtol=0)
    torch.testing.assert_close(scale, torch.ones(64), atol=1e-4, rtol=0)


def test_factors_of_probes_are_independent_and_those_of_training_are_not(data):
    def together(part):
        return float(torch.corrcoef(part.levels[:, :2].T.double())[0, 1])

    assert together(data.factors.train) > 0.5
    assert abs(together(data.factors.probes[1])) < 0.1


def test_a_raised_pitch_changes_the_sound_and_nothing_that_was_not_asked(data):
    before, after, level = data.raised
    assert before.shape == after.shape
    assert int(level.max()) == data.factors.n_levels - 2
    assert not torch.equal(before, after)
    task, raised, _ = tones(0)
    assert torch.equal(raised[0], before)
    kept = task.probes[1].levels[:, 0] < task.n_levels - 1
    assert torch.equal(task.probes[1].x[kept], before)


@pytest.mark.parametrize(
    ("name", "given"), [("dataset", "iemocap"), ("profile", "slow")]
)
def test_unknown_words_are_refused(name, given):
    options = {"dataset": "embedded", "profile": "quick", name: given}
    with pytest.raises(ValueError, match=f"{name}: got '{given}'; give one of"):
        load(**options, seed=0)


@pytest.fixture(scope="module")
def spoken():
    return emotions.speech(0)


def test_actors_are_on_one_side_and_those_of_tuning_never_tested(spoken):
    speakers = load_ravdess().manifest["speaker"]
    tested = set(speakers[spoken.is_test.numpy()])
    assert len(tested) == 8
    assert not tested & set(speakers[~spoken.is_test.numpy()])
    assert not tested & set(emotions.TUNING_ACTORS)
    tuning = emotions.speech(0, tuning=True)
    assert set(speakers[tuning.is_test.numpy()]) == set(emotions.TUNING_ACTORS)


def test_levels_are_the_thirds_of_training_recordings(spoken):
    for factor in range(3):
        counts = spoken.levels[~spoken.is_test, factor].bincount(minlength=3)
        assert int(counts.max() - counts.min()) < 12  # levels in dB have ties
    assert spoken.emotion.bincount().tolist() == [192, 192, 192, 96]
    women, men = spoken.facts[spoken.female, 0], spoken.facts[~spoken.female, 0]
    assert float(women.median()) > float(men.median()) + 40  # hertz


def test_digits_are_spoken_by_others_in_the_test():
    task = load("fsdd", "quick", 0).separation
    assert task.classes == tuple("0123456789")
    assert task.train.y.bincount().tolist() == [80] * 10
    assert task.test.y.bincount().tolist() == [40] * 10
    assert bool(task.train.x.isfinite().all())
