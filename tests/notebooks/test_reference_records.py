"""The numbers of a fresh run stay within their claims' tolerance of the reference.

nbval masks measured numbers; here they are held to what ``claims.yml`` allows.
"""

import json
import math
from typing import Any

import pytest

from support.claims import load_claims
from support.course.kernel.execution import record_in
from support.course.project.chapters import Chapter
from tests.notebooks.conftest import CHAPTERS, Executed, name

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(params=CHAPTERS, ids=name)
def chapter(request: pytest.FixtureRequest) -> Chapter:
    return request.param


def reference(chapter: Chapter) -> dict[str, Any]:
    path = chapter.folder / "lesson.ipynb"
    found = record_in(json.loads(path.read_text(encoding="utf-8")))
    assert found is not None, f"{path} holds no record"
    return found


def test_the_reference_measures_every_claim_that_its_data_set_reads(
    chapter: Chapter,
) -> None:
    found = reference(chapter)
    wanted = [
        claim.id
        for claim in load_claims(chapter.claims)
        if claim.measured and found["dataset"] in claim.reads
    ]
    assert sorted(found["claims"]) == sorted(wanted)


def test_a_fresh_run_measures_the_same(chapter: Chapter, executed: Executed) -> None:
    fresh, old = record_in(executed(chapter, "lesson")), reference(chapter)
    assert fresh is not None
    assert {k: fresh[k] for k in ("chapter", "profile", "dataset", "seed")} == {
        k: old[k] for k in ("chapter", "profile", "dataset", "seed")
    }
    claims = {claim.id: claim for claim in load_claims(chapter.claims)}
    moved = {
        name: (value, old["claims"][name], claims[name].tolerance)
        for name, value in fresh["claims"].items()
        if not math.isclose(
            value,
            old["claims"][name],
            rel_tol=1e-5,  # the reference keeps six digits
            abs_tol=claims[name].tolerance,
        )
    }
    assert moved == {}, "claim: (fresh, reference, tolerance)"


def test_a_fresh_run_scores_the_same_methods(
    chapter: Chapter, executed: Executed
) -> None:
    fresh, old = record_in(executed(chapter, "lesson")), reference(chapter)
    assert fresh is not None
    assert {m: sorted(row) for m, row in fresh["scores"].items()} == {
        m: sorted(row) for m, row in old["scores"].items()
    }


def test_every_number_that_a_sentence_quotes_is_in_the_record(
    chapter: Chapter, executed: Executed
) -> None:
    said = [
        output["data"]["text/markdown"]
        for cell in executed(chapter, "lesson").cells
        for output in cell.get("outputs", [])
        if "text/markdown" in output.get("data", {})
    ]
    assert said
    assert [text for text in said if "Not recorded yet" in text] == []


def test_the_reference_tells_nothing_of_the_machine(chapter: Chapter) -> None:
    assert not {"versions", "device", "wall_s", "peak_gpu_bytes"} & set(
        reference(chapter)
    )
