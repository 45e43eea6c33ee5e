"""Every code tries as many values, and the chosen ones are among them."""

from chapters.sparse_autoencoders import systems, tuning
from tests.chapters.sparse_autoencoders.small import SETTING, clips, states


def test_codes_try_as_many_values():
    assert len(systems.RATES) == len(systems.SCALES)
    few = [name for name, _ in tuning.candidates(states(), SETTING, 0)]
    for sparsity in SETTING.sparsities:
        for kind in ("trained", "untrained"):
            assert sum(name.startswith(f"{kind} {sparsity:.2f}") for name in few) == 3


def test_merits_are_given_for_every_penalty():
    dense = systems.dense(states().train, 0, 0)
    merits = tuning.judge(dense, states(), clips())
    assert sum(name.startswith("C ") for name in merits) == len(tuning.PENALTIES)
    assert sum(name.startswith("alpha") for name in merits) == len(tuning.ALPHAS)


def test_what_was_chosen_was_tried():
    for (_, profile), setting in systems.SETTINGS.items():
        if profile == "quick":
            assert setting.coding.rate in systems.RATES
            assert setting.scale in systems.SCALES
            assert setting.alpha in tuning.ALPHAS
            assert set(setting.penalties.values()) <= set(tuning.PENALTIES)
