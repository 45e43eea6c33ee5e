"""Pictures before tables: they are to scale, and say in words what they show."""

import math
import re

from support.course.pages.pictures import methods_forest, ratio_dots


def test_ratios_lie_right_of_the_line_where_ours_is_faster() -> None:
    drawn = ratio_dots({"small": [0.1, 1.5, 10.0], "large": [100.0]})
    line = float(re.findall(r'd="M([\d.]+) 0V', drawn)[0])
    found = re.findall(r'class="(over|under)" cx="([\d.]+)"', drawn)
    assert [kind for kind, _ in found] == ["under", "over", "over", "over"]
    assert [float(x) < line for _, x in found] == [True, False, False, False]
    assert "small: 3 ratios, 1 of them below 1; large: 1 ratios, 0" in drawn
    assert ratio_dots({}) == ""


def test_ratios_that_are_alike_are_piled_up() -> None:
    drawn = ratio_dots({"small": [2.0, 2.0, 2.0]})
    places = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert len({x for x, _ in places}) == 1
    assert len({y for _, y in places}) == 3


def test_methods_stand_on_the_scale_of_their_metric() -> None:
    metrics = {"AUC": {"ours": (0.9, 0.8, 1.0), "theirs": (0.6, math.nan, math.nan)}}
    drawn = methods_forest(metrics, {"AUC": "higher"}, "Quick profile")
    assert [float(x) for x in re.findall(r'class="dot" cx="([\d.]+)"', drawn)] == [
        325.0,
        205.0,
    ]
    assert re.findall(r'class="bar" d="M([\d.]+) \d+H([\d.]+)"', drawn) == [
        ("285.0", "365.0")
    ]
    assert "AUC ↑" in drawn
    assert "AUC, ours 0.900; AUC, theirs 0.600" in drawn
    assert methods_forest({"AUC": {"ours": (math.nan,) * 3}}, {}, "") == ""
