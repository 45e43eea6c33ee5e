"""The chapter's data: drawn sprites or a corpus of them, noisy digits, spirals."""

import torch

from support.data.concept_tasks import ConceptTask, load_concept_task
from support.data.digits import DigitTask, digit_task
from support.training import stream_seed

__all__ = ["Data", "load", "load_digits"]

Data = ConceptTask
"""Images, concepts, nuisances, label and ceiling, in two splits."""

SIZES = {
    "quick": {"side": 16, "n_train": 3000, "n_test": 1000},
    "full": {"side": 64, "n_train": 12_000, "n_test": 4000},
}


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Draw the chapter's task, or cut it anew from a corpus.

    Args:
        dataset: a name of `support.data.concept_tasks.CONCEPT_TASKS`.
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its stream "data" draws the table, the images, the split.
        device: where the tensors are put.

    Raises:
        ValueError: the profile or the data set is unknown.
    """
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give {' or '.join(SIZES)}")
    task = load_concept_task(dataset, stream_seed(seed, "data"), **SIZES[profile])
    return task.to(device)


def load_digits(seed: int, device: torch.device | str = "cpu") -> DigitTask:
    """Draw the noisy digits on which a person intervenes, 14 concepts each.

    Args:
        seed: of the run; its stream "digits" draws concepts, noise and split.
        device: where the tensors are put.
    """
    *parts, names = digit_task(stream_seed(seed, "digits"))
    return DigitTask._make([*(part.to(device) for part in parts), names])
