"""Tables: the zoo, sung techniques, recruitment statistics, published results.

Each loader checks what the file must hold before it hands it on, so that a lesson
can rely on columns, counts and ranges.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from support.data.acquisition.registry import fetch_folder
from support.data.errors import DataError
from support.data.stored_arrays import load_arrays

__all__ = [
    "ZOO_ATTRIBUTES",
    "SungAttributes",
    "load_faircv_statistics",
    "load_reference_results",
    "load_vocalset_egemaps",
    "load_zoo",
]

#: The yes/no attributes of the zoo; ``legs`` is a number beside them.
ZOO_ATTRIBUTES = (
    "hair", "feathers", "eggs", "milk", "airborne", "aquatic", "predator", "toothed",
    "backbone", "breathes", "venomous", "fins", "tail", "domestic", "catsize",
)  # fmt: skip
_LEGS = {0, 2, 4, 5, 6, 8}


def _wrong(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} is not the table that was expected: {reason}. Run "
        f"`course data check {path.parent.name}`."
    )


def _require(path: Path, columns: Iterable[str], needed: Iterable[str]) -> None:
    missing = sorted(set(needed) - set(columns))
    if missing:
        raise _wrong(path, f"{', '.join(missing)} missing")


def load_zoo(
    *, data_dir: Path | str | None = None, download: bool = True
) -> pd.DataFrame:
    """The zoo: 101 animals, 15 yes/no attributes, legs and a type.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        Columns name, :data:`ZOO_ATTRIBUTES` (0 or 1), legs (0, 2, 4, 5, 6, 8) and type
        (mammal, bird, fish, shellfish, insect, reptile, amphibian). The name frog
        occurs twice, with different attributes.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_zoo()["type"].nunique()  # doctest: +SKIP
        7
    """
    path = fetch_folder("zoo", data_dir, download) / "zoo.csv"
    frame = pd.read_csv(path)
    _require(path, frame, ("name", "type", "legs", *ZOO_ATTRIBUTES))
    if not frame[list(ZOO_ATTRIBUTES)].isin([0, 1]).all(axis=None):
        raise _wrong(path, "an attribute is neither 0 nor 1")
    if len(frame) != 101 or set(frame["legs"]) != _LEGS:
        raise _wrong(path, f"{len(frame)} animals with {set(frame['legs'])} legs")
    return frame


@dataclass(frozen=True, slots=True)
class SungAttributes:
    """Acoustic attributes of sung recordings.

    Args:
        features: (2699, 88) float32, eGeMAPS functionals in openSMILE's units.
        feature_names: the 88 names.
        labels: frame with singer, sex, exercise, technique and vowel ("" where none).
    """

    features: np.ndarray
    feature_names: tuple[str, ...]
    labels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.features)


def load_vocalset_egemaps(
    *, data_dir: Path | str | None = None, download: bool = True
) -> SungAttributes:
    """VocalSet: 88 eGeMAPS attributes of 2,699 recordings, 15 singers, 17 techniques.

    Split by singer: recordings of one singer resemble each other.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_vocalset_egemaps().features.shape  # doctest: +SKIP
        (2699, 88)
    """
    path = fetch_folder("vocalset_egemaps", data_dir, download)
    path = path / "vocalset_egemaps.npz"
    labels = ["singer", "sex", "exercise", "technique", "vowel"]
    arrays = load_arrays(path, ["features", "feature_names", *labels])
    features = arrays["features"].astype(np.float32, copy=False)
    if features.shape != (2699, 88) or not np.isfinite(features).all():
        raise _wrong(path, f"features {features.shape} or not finite")
    if any(arrays[label].shape != (len(features),) for label in labels):
        raise _wrong(path, "labels of another length than the features")
    frame = pd.DataFrame({label: arrays[label].astype(str) for label in labels})
    return SungAttributes(features, tuple(map(str, arrays["feature_names"])), frame)


def load_faircv_statistics(
    *, data_dir: Path | str | None = None, download: bool = True
) -> dict[str, Any]:
    """FairCVtest: aggregates to build a recruitment set from, and published results.

    No profile of a person is in it. Group keys are ``ethnicity<e>_gender<g>``.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        Nested dictionary: columns, coding, experiments.{gender, ethnicity} with
        marginals, blind_score, biased_score_by_group and bias_term_regression;
        face_embedding.groups with mean (20,) and covariance (20, 20) of six groups;
        published_scenarios.results of ten scenarios; reference.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> len(load_faircv_statistics()["face_embedding"]["groups"])  # doctest: +SKIP
        6
    """
    folder = fetch_folder("faircv_statistics", data_dir, download)
    path = folder / "faircv_v1_statistics.json"
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _wrong(path, f"it is no JSON ({error})") from error
    needed = ("columns", "coding", "experiments", "face_embedding")
    _require(path, tree, (*needed, "published_scenarios"))
    _require(path, tree["experiments"], ("gender", "ethnicity"))
    groups = tree["face_embedding"].get("groups", {})
    if len(groups) != 6:
        raise _wrong(path, f"{len(groups)} groups of face embeddings instead of 6")
    return tree


def load_reference_results(
    *, data_dir: Path | str | None = None, download: bool = True
) -> pd.DataFrame:
    """Published accuracies on the full official data of four image and sound corpora.

    They do not compare with results on the subsets that come with the course.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        61 rows: dataset, task, method, metric, value (fraction in [0, 1]), source.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_reference_results()["value"].between(0, 1).all()  # doctest: +SKIP
        True
    """
    folder = fetch_folder("reference_results", data_dir, download)
    path = folder / "published_results.csv"
    frame = pd.read_csv(path)
    _require(path, frame, ("dataset", "task", "method", "metric", "value", "source"))
    if not frame["value"].between(0, 1).all():
        raise _wrong(path, "a value lies outside [0, 1]")
    return frame
