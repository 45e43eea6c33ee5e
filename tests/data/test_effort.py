"""Made-up pairs of embeddings."""

import pytest
import torch

from support.data.effort import effort_embeddings


def test_pairs_hold_what_is_told_of_them():
    made = effort_embeddings(speakers=40, sentences=50, seed=1)
    assert made.normal.shape == made.shouted.shape == (2000, 64)
    means = torch.stack([made.normal[made.speaker == s].mean(0) for s in range(40)])
    louder = torch.stack([made.shouted[made.speaker == s].mean(0) for s in range(40)])
    # what is left of the shift is .2 of the voice, and .4 of the sentences' mean
    left = louder - made.shift - 0.8 * means
    assert float(left.std()) < 0.35 * float(made.shift.std())


def test_the_shift_depends_on_cluster_and_manner():
    made = effort_embeddings(speakers=300, sentences=1, seed=0)
    for label in (made.cluster, made.manner):
        groups = [made.shift[label == k].mean(0) for k in label.unique()]
        between = torch.stack(groups).std(0).square().mean()
        assert float(between) > 0.2
    assert torch.equal(made.normal, effort_embeddings(300, 1, seed=0).normal)


@pytest.mark.parametrize("bad", [0, 2.5, True, "3", None])
def test_counts_are_refused_by_name(bad):
    for name in ("speakers", "sentences", "clusters", "manners", "dimensions"):
        with pytest.raises(ValueError, match=f"{name}: got"):
            effort_embeddings(**{name: bad}, seed=0)
    for seed in (-1, 2**70):
        with pytest.raises(ValueError, match=f"seed: got {seed}"):
            effort_embeddings(seed=seed)
