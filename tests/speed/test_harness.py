"""The clock and the comparison: who is faster is found, and a lie is caught."""

from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from support.speed import timing
from support.speed.__main__ import main
from support.speed.comparison import Comparison, numbers, to_numpy
from support.speed.harness import compare, disagreement
from support.speed.recording import provenance
from support.speed.timing import Times, in_turns, ratio_interval


class _Clock:
    """A clock that only what is called moves, so that a busy machine does not."""

    def __init__(self) -> None:
        self.now = 0.0

    def spend(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    made = _Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: made.now)
    return made


def _comparison(**changes: Any) -> Comparison:
    given: dict[str, Any] = {
        "name": "sum",
        "kernel": "support.metrics.auc.auc_binary",
        "peer": "numpy.sum",
        "package": "numpy",
        "make": lambda size, seed, device: (torch.arange(size, device=device),),
        "ours": torch.sum,
        "theirs": np.sum,
        "translate": to_numpy,
        "sizes": (2, 10, 100),
        "tolerance": 0,
    }
    return Comparison(**{**given, **changes})


def test_a_function_three_times_slower_is_found_so(clock: _Clock) -> None:
    times = in_turns(lambda: clock.spend(2e-3), lambda: clock.spend(6e-3), seconds=0.2)
    assert times.ratio == pytest.approx(3)
    assert ratio_interval(times) == pytest.approx((3, 3))
    assert len(times.ours) == 25  # 0.2 s in rounds of 8 ms


def test_short_calls_are_repeated_within_a_measurement(clock: _Clock) -> None:
    called: list[int] = []

    def short() -> None:
        called.append(1)
        clock.spend(1e-5)

    times = in_turns(short, lambda: clock.spend(1e-2), seconds=1e-6, rounds=1)
    assert times.ours[0] == pytest.approx(1e-5)
    assert len(called) == 3 + 100  # the warm-up, then a millisecond of calls


def test_a_drift_of_the_machine_touches_both_alike(clock: _Clock) -> None:
    def weathered() -> None:
        clock.spend(1e-3 * (1 + clock.now))

    times = in_turns(weathered, weathered, seconds=1.0)
    low, high = ratio_interval(times)
    assert low <= 1 <= high


def test_the_two_are_called_in_turns(clock: _Clock) -> None:
    called: list[str] = []
    in_turns(
        lambda: (called.append("a"), clock.spend(2e-3)),
        lambda: (called.append("b"), clock.spend(2e-3)),
        seconds=1e-6,
        rounds=4,
    )
    assert "".join(called[-8:]) == "abbaabba"


def test_the_device_is_waited_for(clock: _Clock) -> None:
    waited: list[int] = []
    in_turns(
        lambda: clock.spend(1e-3),
        lambda: clock.spend(1e-3),
        seconds=1e-6,
        rounds=3,
        synchronise=lambda: waited.append(1),
    )
    assert len(waited) == 2 * 2 * (3 + 3)  # before and after, two sides, each measure


def test_one_interrupted_round_does_not_move_the_ratio() -> None:
    times = Times(np.ones(9), np.r_[np.full(8, 2.0), 500.0])
    assert times.ratio == 2
    assert ratio_interval(times)[0] == 2


def test_the_interval_covers_the_true_ratio() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        noise = rng.lognormal(0, 0.2, (2, 20))
        low, high = ratio_interval(Times(noise[0], 2 * noise[1]), resamples=400)
        held += low <= 2 <= high
    assert 0.9 <= held / 300 <= 0.99


def test_results_that_agree_are_timed() -> None:
    rows = list(compare(_comparison(), seconds=0.01, rounds=2))
    assert [row["size"] for row in rows] == ["small", "typical", "large"]
    assert all(row["state"] == "measured" for row in rows)
    assert all(row["low"] <= row["ratio"] <= row["high"] for row in rows)
    assert rows[0]["version"] == np.__version__


def test_results_that_disagree_are_not_timed() -> None:
    wrong = _comparison(theirs=lambda x: np.sum(x) + 1)
    (row,) = compare(wrong, sizes=("small",))
    assert row["state"] == "results disagree"
    assert "1 in ours and 2 in theirs" in row["reason"]
    assert "ours_s" not in row


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        (lambda x: np.array([1.0, 2.0]), "1 numbers, theirs 2"),
        (lambda x: np.nan, "not finite"),
    ],
)
def test_what_disagrees_is_said(theirs: Any, reason: str) -> None:
    assert reason in disagreement(_comparison(theirs=theirs), 2)


def test_nothing_agrees_with_nothing() -> None:
    empty = _comparison(ours=lambda x: (), theirs=lambda x: ())
    assert "no number" in disagreement(empty, 2)


def test_an_absent_peer_is_a_line_and_not_an_error() -> None:
    (row,) = compare(_comparison(package="no-such-package"), sizes=("small",))
    assert row["state"] == "peer not installed"


def test_a_failing_peer_is_a_line_with_its_reason() -> None:
    def broken(x: Any) -> float:
        raise RuntimeError("out of order")

    (row,) = compare(_comparison(theirs=broken), sizes=("small",))
    assert (row["state"], row["reason"]) == ("failed", "RuntimeError: out of order")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": (2, 10, 50)}, "10 × typical"),
        ({"sizes": (20, 10, 100)}, "small < typical"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_entry_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _comparison(**changes)


def test_numbers_are_found_in_any_nest() -> None:
    nest = {"a": (torch.tensor([1.0, 2.0]), [3]), "b": np.array([[4j]])}
    assert numbers(nest).tolist() == [1, 2, 3, 4j]
    with pytest.raises(TypeError, match="str"):
        numbers(("one",))


def test_the_machine_is_described() -> None:
    about = provenance("cpu")
    assert about["cores"] >= 1
    assert about["versions"]["torch"] == torch.__version__


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "zebra"], "nothing has that in its name"),
        (["--device", "quantum"], "give cpu or cuda"),
    ],
)
def test_a_wrong_option_ends_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_a_run_writes_its_record(tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "record.json"
    words = ["--quick", "--only", "frames to segments", "--output", str(path)]
    assert main(words) == 0
    assert "3 measured" in capsys.readouterr().out
    text = path.read_text("utf-8")
    assert '"schema": 1' in text
    assert '"ratio"' in text


def test_both_sides_have_one_thread_those_of_blas_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    def timed(*args: Any, **options: Any) -> list[dict[str, Any]]:
        seen.append(torch.get_num_threads())
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return []

    monkeypatch.setattr("support.speed.__main__.compare", timed)
    before = torch.get_num_threads()
    try:
        with threadpool_limits(2):  # as a shell without settings has it
            assert main(["--only", "logistic"]) == 0
    finally:
        torch.set_num_threads(before)
    assert len(seen) > 1
    assert set(seen) == {1}
