"""More of a voice in the recording, fewer errors."""

import pytest

from chapters.supervectors.answers import spread_error


@pytest.mark.slow
def test_a_habit_for_each_sound_tells_more_than_one_length():
    errors = [spread_error(*pair, 3) for pair in ((0.07, 0.0), (0.0, 0.07))]
    assert 0 < errors[1] < errors[0] < 0.5
    assert spread_error(0.0, 0.07, 3) == errors[1]
