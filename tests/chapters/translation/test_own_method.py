"""The example of a reader's own method does what the chapter asks of one."""

from chapters.translation.own_method import mean_images
from tests.chapters.translation.small import glyphs, meter


def test_it_translates_better_than_a_copy_is_recognised():
    data = glyphs()
    translate = mean_images(data.x_train, data.y_train, 0, "cpu")
    row = meter().translations(translate)
    assert row["accuracy"] > meter().copy["accuracy"]
    assert row["error"] < meter().copy["error"]
