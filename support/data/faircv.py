"""FairCVtest: the authors' arrays, if you have them, and faces like theirs.

The arrays of 2020 are pickles, and a pickle may run code when it is opened.  They
are read here by an unpickler that knows NumPy's arrays and nothing else.  They
carry no grant to pass them on, so no row of theirs is in this project.
"""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from support.data.errors import DataError
from support.data.recruitment import Recruitment

__all__ = ["ADDRESS", "FILES", "Released", "load_faircv_v1", "published_faces"]

ADDRESS = (
    "https://github.com/BiDAlab/FairCVtest/tree/"
    "80c537a00d22ded9160b0ec83bbf86f1a77661b4/data"
)
"""Where the authors keep the arrays of 2020: an old commit of their repository."""

FILES = {"gender": "Profiles_test_gen.npy", "ethnicity": "Profiles_test_et.npy"}
"""The two small files there (3,130,202 bytes each), by the bias of their scores."""

_COLUMNS = 54
_KEYS = ("profiles", "blindLabels", "biasedLabels")
# Two functions rebuild arrays and numbers; old and new NumPy name them differently.
_REBUILD_ARRAY = np.empty(0).__reduce__()[0]
_REBUILD_NUMBER = np.float64(0).__reduce__()[0]
_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{
        (f"numpy.{core}.multiarray", name): function
        for core in ("core", "_core")
        for name, function in (
            ("_reconstruct", _REBUILD_ARRAY),
            ("scalar", _REBUILD_NUMBER),
        )
    },
}
# Of the spread of a published group, what belongs to the person and what to the
# picture: the generator's shares, since the aggregates cannot tell them apart.
_PERSON = 0.85**2 / (0.85**2 + 0.35**2)


class Released(NamedTuple):
    """The authors' applications of 2020.

    Args:
        applications: as `make_recruitment` of version 1 gives them.  There is one
            picture a person, so ``face_second`` is ``face``; the score that the
            file does not bias is NaN.
        agnostic: (n, 20) the columns released as agnostic faces.
    """

    applications: Recruitment
    agnostic: Tensor


def load_faircv_v1(path: str | Path, kind: str) -> Released:
    """Read one of the authors' files of 2020 without running what it may hold.

    Get the files from `ADDRESS` yourself, and cite the authors' papers.

    Args:
        path: ``Profiles_test_gen.npy`` or another of the four files.
        kind: the bias of its scores, ``"gender"`` or ``"ethnicity"``.

    Returns:
        Applications in float32, and the agnostic columns.

    Raises:
        ValueError: the kind is unknown.
        DataError: there is no such file, it asks for anything but NumPy's arrays,
            it is damaged, or its arrays have another shape or other values.

    Source: column order of FairCVtest's readme of 2020.

    >>> load_faircv_v1("Profiles_test_gen.npy", "gender")  # doctest: +SKIP
    """
    if kind not in FILES:
        raise ValueError(f"kind: got {kind!r}; give one of {', '.join(FILES)}")
    path = Path(path)
    content = _read(path)
    missing = [key for key in _KEYS if key not in content]
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}; its keys: {list(content)}")
    profiles, blind, biased = (_numbers(path, key, content[key]) for key in _KEYS)
    n = len(profiles)
    if profiles.ndim != 2 or profiles.shape[1] != _COLUMNS:
        raise DataError(
            f"{path}: profiles have shape {tuple(profiles.shape)}; expected "
            f"(n, {_COLUMNS}). Is it a file of 2020? Those of 2023 have 51 columns."
        )
    if blind.shape != (n,) or biased.shape != (n,):
        raise DataError(
            f"{path}: {n} profiles, but scores of shapes {tuple(blind.shape)} and "
            f"{tuple(biased.shape)}"
        )
    ethnicity, gender = profiles[:, 0].long(), profiles[:, 1].long()
    for name, column, given, values in (
        ("ethnicity", profiles[:, 0], ethnicity, 3),
        ("gender", profiles[:, 1], gender, 2),
    ):
        if (column != given).any() or set(given.tolist()) != set(range(values)):
            raise DataError(
                f"{path}: column {name} holds {column.unique()[:6].tolist()}; expected "
                f"each of {list(range(values))} and nothing else"
            )
    numbers = profiles.float()
    unknown = torch.full((n,), float("nan"))
    face, blind, biased = numbers[:, 14:34], blind.float(), biased.float()
    applications = Recruitment(
        competencies=numbers[:, 2:14],
        face=face,
        face_second=face,
        text=numbers[:, :0],
        text_blind=numbers[:, :0],
        gender=gender,
        ethnicity=ethnicity,
        occupation=torch.full((n,), -1),
        suitability=torch.zeros(n),
        blind_score=blind,
        gender_score=biased if kind == "gender" else unknown,
        ethnicity_score=biased if kind == "ethnicity" else unknown,
    )
    return Released(applications, profiles[:, 34:])


def published_faces(
    data: Recruitment, statistics: Mapping[str, Any], seed: int
) -> Recruitment:
    r"""Give applications faces with the published means and covariances.

    $$f=\mathrm{unit}\big(\mu_g+\Sigma_g^{1/2}(\sqrt{.855}\,z_{id}
    +\sqrt{.145}\,z)\big)$$

    for the group $g$ of gender and ethnicity.  The split between person and
    picture is that of `make_recruitment`, since aggregates cannot tell it.

    Args:
        data: applications; all but the faces is kept.
        statistics: of `support.data.tables.load_faircv_statistics`.
        seed: of the faces.

    Returns:
        The applications with other faces.

    Raises:
        DataError: a group is not in the statistics.

    Source: aggregates of the released arrays of 2020.
    """
    source = torch.Generator().manual_seed(seed)
    n, width = data.face.shape
    person = torch.randn(n, width, generator=source)
    shots = [torch.randn(n, width, generator=source) for _ in range(2)]
    faces = [torch.empty(n, width) for _ in shots]
    groups = statistics["face_embedding"]["groups"]
    for ethnicity in data.ethnicity.unique().tolist():
        for gender in data.gender.unique().tolist():
            key = f"ethnicity{ethnicity}_gender{gender}"
            if key not in groups:
                raise DataError(f"the statistics lack {key}; they have {list(groups)}")
            mean = torch.tensor(groups[key]["mean"])
            values, vectors = torch.linalg.eigh(
                torch.tensor(groups[key]["covariance"], dtype=torch.float64)
            )
            # Rounded to six decimals, a small eigenvalue may come out below 0.
            root = (vectors * values.clamp(min=0).sqrt() @ vectors.T).float()
            rows = (data.ethnicity == ethnicity) & (data.gender == gender)
            for face, shot in zip(faces, shots, strict=True):
                mixed = _PERSON**0.5 * person[rows] + (1 - _PERSON) ** 0.5 * shot[rows]
                face[rows] = mean + mixed @ root
    first, second = (torch.nn.functional.normalize(face, dim=1) for face in faces)
    return replace(data, face=first, face_second=second)


class _NumpyOnly(pickle.Unpickler):
    """Knows how to rebuild arrays and numbers, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise DataError(
                f"it asks for {module}.{name}, which no array needs, and might run "
                "code; nothing was loaded"
            )
        return _KNOWN[module, name]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }.get(version)
            if read_header is None:
                raise DataError(f"{path} is refused: NumPy format {version} is unknown")
            shape, _, dtype = read_header(file)
            if shape != () or not dtype.hasobject:
                raise DataError(
                    f"{path} holds {dtype} of shape {shape}; expected one dictionary"
                )
            content = _NumpyOnly(file).load()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error
    except DataError as error:
        text = str(error)
        raise DataError(
            text if text.startswith(str(path)) else f"{path} is refused: {text}"
        ) from None
    except Exception as error:  # a damaged pickle may raise anything
        raise DataError(
            f"{path} is damaged or no file of FairCVtest ({type(error).__name__}: "
            f"{error})"
        ) from error
    # NumPy pickles an array of no dimension around the dictionary.
    content = content.item() if isinstance(content, np.ndarray) else content
    if not isinstance(content, dict):
        raise DataError(f"{path} holds a {type(content).__name__}; expected a dict")
    return content


def _numbers(path: Path, key: str, value: Any) -> Tensor:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {key} holds no numbers ({error})") from error
    if not array.size or not np.isfinite(array).all():
        raise DataError(f"{path}: {key} is empty or holds NaN or infinity")
    return torch.from_numpy(array.copy())
