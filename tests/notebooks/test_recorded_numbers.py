"""Numbers that the prose quotes of many seeds are those of the record.

A sentence cannot compute; so each figure that stands in one is held to
``results.json`` here, as it is rounded there.
"""

import json
from functools import cache
from statistics import mean
from typing import Any

import pytest

from tests.notebooks.recorded import ROOT

DIGITS = "arabic_digits"


@cache
def runs(slug: str, dataset: str) -> list[dict[str, Any]]:
    text = (ROOT / "chapters" / slug / "results.json").read_text("utf-8")
    own = [
        record
        for record in json.loads(text)["records"]
        if record["dataset"] == dataset and not record["method"]
    ]
    assert len(own) == 10
    return own


def errors(slug: str, dataset: str, system: str, kind: str) -> list[float]:
    return [run["scores"][system][kind] for run in runs(slug, dataset)]


def per_cent(slug: str, dataset: str, system: str, kind: str) -> float:
    return 100 * mean(errors(slug, dataset, system, kind))


def less(slug: str, dataset: str, new: tuple[str, str], old: tuple[str, str]) -> float:
    """Mean over seeds of the relative reduction, in per cent."""
    pairs = zip(errors(slug, dataset, *new), errors(slug, dataset, *old), strict=True)
    return mean(100 * (1 - a / b) for a, b in pairs)


def voices(system: str, kind: str, dataset: str = "embedded") -> float:
    return per_cent("supervectors", dataset, system, kind)


def judge(system: str, kind: str, dataset: str = "embedded") -> float:
    return per_cent("auc_verification", dataset, system, kind)


def gain(
    new: tuple[str, str], old: tuple[str, str], dataset: str = "embedded"
) -> float:
    return less("auc_verification", dataset, new, old)


STEEP = "aAUC, δ = 200"
QUOTED = [
    (
        "supervectors",
        "the EER on anagrams is {:.1f} % where the chain has {:.1f} %",
        lambda: (voices("uniform 24", "TWa"), voices("HMM 24", "TWa")),
    ),
    (
        "supervectors",
        "impostors' error ({:.0f} %, with an interval",
        lambda: (
            less("supervectors", "embedded", ("HMM 24, PLDA", "IC"), ("HMM 24", "IC")),
        ),
    ),
    (
        "supervectors",
        "errs on {:.1f} % of the impostors and {:.1f} % of the anagrams, "
        "the trained one on {:.1f} and {:.1f}.",
        lambda: (
            voices("raw supervector", "IC", DIGITS),
            voices("raw supervector", "TWa", DIGITS),
            voices("HMM 24", "IC", DIGITS),
            voices("HMM 24", "TWa", DIGITS),
        ),
    ),
    (
        "supervectors",
        "the mean and deviation of 128 features, {:.0f} % each",
        lambda: (voices("statistics 128", "IC", DIGITS),),
    ),
    (
        "supervectors",
        "better than the chain, {:.1f} % against {:.1f}, and know",
        lambda: (voices("uniform 24", "TWa", DIGITS), voices("HMM 24", "TWa", DIGITS)),
    ),
    (
        "auc_verification",
        "takes another {:.0f} % off their EER, on every seed, and {:.0f} % on recorded "
        "digits, where it costs {:.0f} % more impostors",
        lambda: (
            gain((STEEP, "EER TW"), ("aAUC", "EER TW")),
            gain((STEEP, "EER TW"), ("aAUC", "EER TW"), DIGITS),
            -gain((STEEP, "EER IC"), ("aAUC", "EER IC"), DIGITS),
        ),
    ),
    (
        "auc_verification",
        "PLDA takes {:.0f} % off the EER of the network that learned names "
        "(from 19 to 32), and the smooth area {:.0f} %",
        lambda: (
            gain(("CE", "EER IC, PLDA"), ("CE", "EER IC")),
            gain(("aAUC", "EER IC"), ("CE", "EER IC")),
        ),
    ),
    (
        "auc_verification",
        "PLDA on the new vectors is another {:.0f} % better",
        lambda: (gain(("aAUC", "EER IC, PLDA"), ("CE", "EER IC, PLDA")),),
    ),
    (
        "auc_verification",
        "brings the old vectors from {:.1f} to {:.1f} %, below the smooth area's "
        "cosine at {:.1f} %, and the new ones to {:.1f} %",
        lambda: (
            judge("CE", "EER IC", DIGITS),
            judge("CE", "EER IC, s-norm", DIGITS),
            judge("aAUC", "EER IC", DIGITS),
            judge("aAUC", "EER IC, s-norm", DIGITS),
        ),
    ),
]


@pytest.mark.parametrize(("slug", "sentence", "values"), QUOTED)
def test_a_quoted_number_is_the_record_s(slug: str, sentence: str, values: Any) -> None:
    lesson = (ROOT / "chapters" / slug / "lesson.md").read_text("utf-8")
    assert sentence.format(*values()) in lesson


def test_what_is_said_of_every_seed_holds_of_each() -> None:
    def below(slug: str, dataset: str, one: str, other: str, kind: str) -> int:
        pairs = zip(
            errors(slug, dataset, one, kind),
            errors(slug, dataset, other, kind),
            strict=True,
        )
        return sum(a < b for a, b in pairs)

    def above(slug: str, dataset: str, one: str, other: str, kind: str) -> int:
        return below(slug, dataset, other, one, kind)

    own = "auc_verification"
    assert below("supervectors", "embedded", "uniform 24", "HMM 24", "TWa") == 10
    assert below(own, "embedded", STEEP, "aAUC", "EER TW") == 10
    assert above(own, DIGITS, "aAUC", STEEP, "EER IC") == 0  # "on no seed fewer"
    for name in ("mixture 24", "statistics 128"):  # "8 % each", "at 41 % and more"
        assert voices(name, "IC", DIGITS) == pytest.approx(8, abs=0.5)
        assert voices(name, "TWa", DIGITS) > 41
    even = [run["claims"]["recruitment.2b"] for run in runs("recruitment", "embedded")]
    assert sum(p < 0.8 for p in even) > 5  # "on most of the recorded seeds"


def test_on_real_recordings_class_weights_gain_twice_as_much_as_ranking() -> None:
    slug, dataset = "multiclass_auc", "broadcast"

    def area(loss: str, setting: str) -> float:
        return per_cent(slug, dataset, loss, f"AUC {setting}") / 100

    ranking = [area(loss, "D") - area("CE", "D") for loss in ("OVO", "OVR")]
    assert ranking == pytest.approx([2, 2], abs=0.5)  # "about two points"
    weighted = area("weighted CE", "D") - area("CE", "D")
    assert weighted / ranking[0] == pytest.approx(2, abs=0.3)
    assert area("OVO", "D'") == pytest.approx(area("weighted CE", "D'"), abs=0.5)
