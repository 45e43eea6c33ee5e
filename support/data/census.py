"""Adult: incomes in the census of 1994, checked against what the file must hold."""

from pathlib import Path

import pandas as pd

from support.data.acquisition.registry import fetch_folder
from support.data.errors import DataError

__all__ = ["ADULT_COLUMNS", "load_adult"]

ADULT_COLUMNS = (
    "age", "workclass", "weight", "education", "education_years", "marital_status",
    "occupation", "relationship", "race", "sex", "capital_gain", "capital_loss",
    "hours", "country", "income",
)  # fmt: skip
_ROWS = 32_561


def load_adult(
    *, data_dir: Path | str | None = None, download: bool = True
) -> pd.DataFrame:
    """The training file of Adult: 32,561 people and their income's class.

    Args:
        data_dir: folder to look in first, such as your own copy's.
        download: False never touches the network.

    Returns:
        :data:`ADULT_COLUMNS`; ``income`` is ``<=50K`` or ``>50K``, what is not known
        is ``?``.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_adult()["income"].eq(">50K").mean().round(3)  # doctest: +SKIP
        0.241
    """
    path = fetch_folder("adult", data_dir, download) / "adult.data"
    frame = pd.read_csv(
        path, header=None, names=list(ADULT_COLUMNS), skipinitialspace=True
    )
    if len(frame) != _ROWS or set(frame["income"]) != {"<=50K", ">50K"}:
        raise DataError(
            f"{path} is not the table that was expected: {len(frame)} people with "
            f"incomes {sorted(map(str, set(frame['income'])))[:4]}. Run `course data "
            "check adult`."
        )
    return frame
