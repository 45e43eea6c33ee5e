"""Pictures of the reader's with known factors, as a concept task."""

import numpy as np
import torch

from chapters.concepts.data import SIZES, Data
from support.data.factors import one_hot_concepts, partition_task
from support.data.own.given import Given
from support.data.own.resizing import sized
from support.training import generator, stream_seed

__all__ = ["COLUMNS", "KIND", "MORE", "load"]

KIND = "images"
COLUMNS = {"label": "the factor that shows the class: 2 to 8 values"}
MORE = (
    "Columns `concept ...`, one to four, are annotated; `needed ...`, two, are not, "
    "and decide the class together with the concepts; `free ...`, one to four, have "
    "nothing to do with it; 2 to 12 values each. As with the corpora, the seed draws a "
    "table from concepts and needed factors to a class, and those pictures are kept "
    "whose label agrees with it, so that the ceiling of the concepts is known. Of "
    "crossed factors and three labels a third is kept. Three quarters of what is kept "
    "are learned from."
)
_ROLES = {"concept": (1, 4), "needed": (2, 2), "free": (1, 4)}
_FEWEST = 200


def load(
    given: Given, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """The concept task of the pictures, in two parts.

    Raises:
        GivenDataError: columns without a role, too few or too many of one, or too few
            pictures that agree with the table.
    """
    roles = _roles(given)
    order = [column for columns in roles.values() for column in columns] + ["label"]
    coded = {name: given.classes(name, most=12) for name in order[:-1]}
    coded["label"] = given.classes("label", most=8)
    sizes = [len(coded[name][1]) for name in order]
    factors = torch.from_numpy(np.stack([coded[name][0] for name in order], axis=1))
    first, second = (
        [order.index(name) for name in roles[role]] for role in ("concept", "needed")
    )
    task = partition_task(
        factors, first, second, sizes[-1], stream_seed(seed, "own table"), sizes=sizes
    )
    agree = torch.nonzero(task.labels == factors[:, -1]).flatten()
    if len(agree) < _FEWEST:
        raise given.refused(
            f"{len(agree)} of {len(given)} pictures have the label that the drawn "
            "table asks for",
            f"Give more, or fewer labels: {_FEWEST} must be left.",
        )
    most = SIZES[profile]
    agree = agree[torch.randperm(len(agree), generator=generator(seed, "own split"))]
    cut = 3 * len(agree) // 4
    rows = agree[:cut][: most["n_train"]], agree[cut:][: most["n_test"]]
    x = sized(given.samples, most["side"])
    c, groups = one_hot_concepts(factors, first, sizes)
    plain = {name: name.partition(" ")[2] for name in order[:-1]}
    sides = {
        plain[name]: (
            factors[rows[0], order.index(name)],
            factors[rows[1], order.index(name)],
            len(coded[name][1]),
        )
        for name in (*roles["needed"], *roles["free"])
    }
    parts = [(x[part], c[part], factors[part, -1]) for part in rows]
    return Data(
        *parts[0],
        *parts[1],
        nuisances=sides,
        needed=tuple(plain[name] for name in roles["needed"]),
        free=tuple(plain[name] for name in roles["free"]),
        groups=groups,
        names=[
            f"{plain[name]} {word}"
            for name in roles["concept"]
            for word in coded[name][1]
        ],
        n_classes=sizes[-1],
        ceiling=task.ceiling,
        table=task.table,
    ).to(device)


def _roles(given: Given) -> dict[str, list[str]]:
    """The columns of each role."""
    names = [str(name) for name in given.table.columns if name != "label"]
    roles = {
        role: [name for name in names if name.startswith(f"{role} ")] for role in _ROLES
    }
    if strange := sorted(set(names) - {one for some in roles.values() for one in some}):
        raise given.refused(
            f"column {strange[0]!r} has no role",
            "Begin its name with 'concept ', 'needed ' or 'free ', or leave it out.",
        )
    plain = [name.partition(" ")[2] for name in names]
    if twice := sorted({name for name in plain if plain.count(name) > 1}):
        raise given.refused(
            f"{plain.count(twice[0])} columns are called {twice[0]!r} after their role",
            "Give each a name of its own.",
        )
    for role, (least, most) in _ROLES.items():
        if not least <= len(roles[role]) <= most:
            asked = f"{least}" if least == most else f"{least} to {most}"
            raise given.refused(
                f"{len(roles[role])} columns begin with {role!r}", f"Give {asked}."
            )
    return roles
