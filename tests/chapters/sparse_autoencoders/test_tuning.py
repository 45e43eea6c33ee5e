"""Every code tries as many values, and what is chosen is the best of what was tried."""

from chapters.sparse_autoencoders import systems, tuning
from tests.chapters.sparse_autoencoders.small import SETTING, clips, states


def test_codes_try_as_many_values():
    assert len(systems.RATES) == len(systems.SCALES)
    names = [name for name, *_ in tuning.candidates(states(), SETTING, 0)]
    for sparsity in SETTING.sparsities:
        for kind in ("trained", "untrained"):
            assert names.count(f"{kind} {sparsity:.2f}") == len(systems.RATES)


def test_merits_are_given_for_every_penalty():
    dense = systems.dense(states().train, 0, 0)
    merits = tuning.judge(dense, states(), clips())
    assert sum(name.startswith("C ") for name in merits) == len(tuning.PENALTIES)
    assert sum(name.startswith("alpha") for name in merits) == len(tuning.ALPHAS)


def test_the_best_mean_is_chosen_and_one_rate_serves_all_sparsities():
    def trial(name, tuned, *merits):
        return name, tuned, dict(zip(("C 1", "C 2", "alpha 3", "alpha 4"), merits,
                                     strict=True))  # fmt: skip

    chosen = tuning.choose(
        [
            trial("dense", "", 0.5, 0.6, 0.9, 0.8),
            trial("dense", "", 0.5, 0.3, 0.9, 0.8),  # another seed
            trial("trained 0.75", "rate 1", 0.7, 0.1, 0.2, 0.9),
            trial("trained 0.75", "rate 2", 0.6, 0.65, 0.9, 0.9),
            trial("trained 0.95", "rate 1", 0.1, 0.2, 0.9, 0.8),
            trial("trained 0.95", "rate 2", 0.4, 0.3, 0.9, 0.8),
            trial("untrained 0.75", "scale 1", 0.4, 0.3, 0.9, 0.8),
        ]
    )
    assert chosen == {
        "trained": "rate 2",
        "untrained": "scale 1",
        "dense": "C 1",
        "trained 0.75": "C 2",
        "trained 0.95": "C 1",
        "untrained 0.75": "C 1",
        "all": "alpha 4",
    }


def test_what_was_chosen_lies_inside_the_lists():
    for (_, profile), setting in systems.SETTINGS.items():
        if profile == "quick":
            assert setting.coding.rate in systems.RATES[1:-1]
            assert setting.scale in systems.SCALES[1:-1]
            assert set(setting.penalties.values()) <= set(tuning.PENALTIES[1:-1])
            # the least one: below it the Lasso does not come to an end
            assert setting.alpha == tuning.ALPHAS[0]
