"""The first line of a notebook."""

import sys

import pytest
import torch
import yaml

from support.lesson import Lesson, start
from support.own_method import load_method
from support.records import Record, Records
from support.training import stream_seed
from tests.claims import MEASURE, PAPER


@pytest.fixture
def displayed(monkeypatch):
    texts: list[str] = []
    monkeypatch.setattr("support.lesson.display", lambda item: texts.append(item.data))
    return texts


def documented(x: int) -> int:
    """Add one.

    In two paragraphs.
    """
    return x + 1


def test_start_says_what_runs(capsys):
    lesson = start("concepts", seed=3, device="cpu")
    line = capsys.readouterr().out
    assert line.startswith("concepts · quick profile · embedded data · seed 3 · cpu")
    assert torch.__version__ in line
    assert lesson.pick(quick=1, full=2) == 1
    assert start("concepts", profile="full", device="cpu").pick(quick=1, full=2) == 2
    assert lesson.seed_for("data") == stream_seed(3, "data")
    first = torch.rand(2, generator=lesson.generator("batches"))
    assert torch.equal(first, torch.rand(2, generator=lesson.generator("batches")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"profile": "fast"}, "'quick' or 'full'"),
        ({"dataset": ""}, "dataset: got"),
        ({"seed": "abc"}, "seed: got 'abc'"),
        ({"device": "cuda:77"}, "usable GPU"),
        ({"method": "nothing"}, "package.module:callable"),
        ({"method": "no_such_module:f"}, "does not import"),
        ({"method": "math:pi"}, "no callable 'pi'"),
    ],
)
def test_wrong_parameters_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        start("concepts", **change)


def test_a_method_is_loaded():
    assert load_method("") is None
    assert load_method("math:sqrt")(4) == 2


def test_prose_and_source(displayed):
    lesson = start("concepts", device="cpu")
    lesson.say("\n    It falls to {x:.2f}.\n", x=0.126)
    assert displayed.pop() == "It falls to 0.13."
    lesson.source(stream_seed)
    shown = displayed.pop()
    assert "# support/training/streams.py" in shown
    assert "SeedSequence" in shown
    assert "Derive an independent" not in shown
    lesson.source(documented)
    assert "def documented(x: int) -> int:\n    return x + 1" in displayed.pop()
    lesson.source(Lesson)
    assert "class Lesson:" in displayed.pop()


def test_the_ledger_reads_the_claims_beside_the_notebook(tmp_path, monkeypatch):
    (tmp_path / "claims.yml").write_text(yaml.safe_dump([{**PAPER, **MEASURE}]))
    monkeypatch.chdir(tmp_path)
    lesson = start("x", device="cpu", method="math:sqrt")
    lesson.ledger.measure("x.1", 0.5)
    record = lesson.ledger.record()
    assert record["claims"] == {"x.1": 0.5}
    assert record["method"] == "math:sqrt"
    assert record["device"] == "cpu"
    major, minor = sys.version_info[:2]
    assert record["versions"]["python"].startswith(f"{major}.{minor}")
    assert lesson.ledger is lesson.ledger


def broken(scores, labels):
    raise RuntimeError("no such\nlayer")


def test_the_readers_method_fails_in_words_and_the_others_go_on(
    displayed, tmp_path, monkeypatch
):
    (tmp_path / "claims.yml").write_text(yaml.safe_dump([{**PAPER, **MEASURE}]))
    monkeypatch.chdir(tmp_path)
    own = f"{__name__}:broken"
    lesson = start("concepts", device="cpu", method=own)
    done = []
    for name, method in {"ours": abs, **lesson.entry(shape=())}.items():
        with lesson.guard(name, "task A"):
            method(-1) if name == "ours" else method(None, None)
            done.append(name)
    assert done == ["ours"]
    reason = lesson.ledger.record()["failures"][own]
    assert reason.startswith("task A: RuntimeError: no such layer (line ")
    assert reason.endswith(" of test_lesson.py)")
    assert reason in displayed.pop()
    with pytest.raises(ZeroDivisionError), lesson.guard("ours"):
        1 / 0  # noqa: B018
    with lesson.guard(own, "task B"):
        sys.exit(3)
    assert lesson.ledger.failures == {own: reason}  # the first reason stands


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (torch.tensor(float("nan")), "not finite"),
        (torch.zeros(3), r"shape \(3,\); expected \(\), one number"),
        (None, "is a NoneType"),
    ],
)
def test_a_return_that_cannot_be_is_told(monkeypatch, returned, message):
    monkeypatch.setattr(sys.modules[__name__], "broken", lambda *_: returned)
    lesson = start("concepts", device="cpu", method=f"{__name__}:broken")
    (method,) = lesson.entry(shape=()).values()
    with pytest.raises(ValueError, match=message):
        method(None, None)
    (unchecked,) = lesson.entry().values()
    assert unchecked(None, None) is returned


def test_without_a_method_there_is_no_entry(tmp_path, monkeypatch):
    lesson = start("concepts", device="cpu")
    assert lesson.entry(shape=()) == {}
    with pytest.raises(ZeroDivisionError), lesson.guard(""):
        1 / 0  # noqa: B018


def test_only_long_trainings_keep_their_state(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    assert start("concepts", device="cpu").checkpoint("a") is None
    long = start("concepts", profile="full", device="cpu")
    place = long.checkpoint("a")
    assert place == long.checkpoint("a")
    assert place.is_relative_to(tmp_path / "_build" / "checkpoints" / "concepts")
    others = [
        long.checkpoint("b"),
        start("concepts", profile="full", device="cpu", seed=1).checkpoint("a"),
    ]
    monkeypatch.setattr("support.lesson.PACKAGE", tmp_path)
    (tmp_path / "changed.py").write_text("x = 1", encoding="utf-8")
    others.append(long.checkpoint("a"))
    assert len({place, *others}) == 4


@pytest.fixture
def recorded(tmp_path, monkeypatch, displayed):
    """Two chapters, each with ten records of its first claim, in the first's folder."""
    for slug, level in (("concepts", 1), ("lfit", 5)):
        folder = tmp_path / "chapters" / slug
        folder.mkdir(parents=True)
        claims = [
            {**PAPER, **MEASURE, "id": f"{slug}.1", "digits": 1},
            {**PAPER, **MEASURE, "id": f"{slug}.2"},
        ]
        folder.joinpath("claims.yml").write_text(yaml.safe_dump(claims))
        runs = [
            Record(
                profile="quick",
                dataset=dataset,
                method="",
                seed=seed,
                claims={f"{slug}.1": level + seed / 10},
                scores={"A": {"error": level}, "B": {"error": level + 1}},
            )
            for dataset in ("embedded", "digits")[: 1 + (slug == "lfit")]
            for seed in range(10)
        ]
        folder.joinpath("results.json").write_text(Records(runs).text(slug))
    monkeypatch.chdir(tmp_path / "chapters" / "concepts")
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    return displayed


def test_a_sentence_quotes_claims_of_this_chapter_and_of_others(recorded):
    lesson = start("concepts")
    lesson.recorded("{n} seeds: {a}, {b:.2f} {b.interval:.0f}.", a="1", b="lfit.1")
    lesson.recorded("{a}", a="lfit.1", dataset="digits")
    assert recorded == ["10 seeds: 1.4, 5.45 [5, 6].", "5.5"]


def test_a_sentence_quotes_what_is_made_of_scores(recorded):
    runs = start("concepts").records()
    gain = runs.scores("B", "error") / runs.scores("A", "error") - 1
    start("concepts").recorded("{gain:.0%} on {gain.above} of {n}", gain=gain)
    assert recorded == ["100% on 10 of 10"]


def test_a_sentence_without_its_record_says_so(recorded, tmp_path, monkeypatch):
    lesson = start("concepts")
    lesson.recorded("{a}", a="2")
    lesson.recorded("{a} {b}", a="1", b=lesson.records().scores("C", "error"))
    lesson.recorded("{a}", a="1", dataset="digits")
    none = lesson.records(profile="full").scores("A", "error")
    lesson.recorded("{a}", a=100 * (1 - none / none))
    monkeypatch.delenv("COURSE_ROOT")  # as where one chapter was downloaded alone
    (tmp_path / "chapters" / "lfit").rename(tmp_path / "elsewhere")
    lesson.recorded("{a}", a="lfit.1")
    names = [text.split(":")[1].split(".")[0] for text in recorded]
    assert names == [" a", " b", " a", " a", " a"]
    assert "`course run concepts --record`" in recorded[0]
    assert "`course run concepts --record --dataset digits`" in recorded[2]


def test_an_unknown_claim_is_an_error_that_lists_the_right_ones(recorded):
    lesson = start("concepts")
    with pytest.raises(ValueError, match=r"'9'; concepts has \['concepts.1', 'con"):
        lesson.recorded("{a}", a="9")
    with pytest.raises(ValueError, match=r"lfit has \['lfit.1', 'lfit.2'\]"):
        lesson.recorded("{a}", a="lfit.9")
    with pytest.raises(ValueError, match=r"claims.yml: cannot be read"):
        lesson.recorded("{a}", a="no_chapter.1")
