"""The applications that the chapter works on, in two splits."""

from support.data.faircv import published_faces
from support.data.recruitment import Recruitment, make_recruitment
from support.data.tables import load_faircv_statistics
from support.training import stream_seed

__all__ = ["DATASETS", "load_applications"]

DATASETS = ("embedded", "faircv_statistics")
"""Where the faces come from: the generator, or published means and covariances."""


def load_applications(
    dataset: str, seed: int, *, train: int = 4800, test: int = 4800
) -> tuple[Recruitment, Recruitment]:
    """Draw training and test applications of version 2.

    Args:
        dataset: one of `DATASETS`.
        seed: of both splits.
        train: applications for training.
        test: applications for test.

    Raises:
        ValueError: the data set is unknown.
        support.data.errors.DataError: the published statistics are not to be had.

    >>> train, test = load_applications("embedded", 0, train=24, test=12)
    >>> len(train), len(test)
    (24, 12)
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; give one of {', '.join(DATASETS)}")
    splits = [
        make_recruitment(size, stream_seed(seed, name))
        for name, size in (("train", train), ("test", test))
    ]
    if dataset == "faircv_statistics":
        statistics = load_faircv_statistics()
        splits = [
            published_faces(split, statistics, stream_seed(seed, f"faces {name}"))
            for name, split in zip(("train", "test"), splits, strict=True)
        ]
    return splits[0], splits[1]
