"""The example of a reader's own method does what the chapter asks of one."""

from chapters.sparse_autoencoders.own_method import signed_components
from chapters.sparse_autoencoders.scores import Study
from support.metrics.sparse_codes import activity
from tests.chapters.sparse_autoencoders.small import SETTING, clips, states


def test_it_is_sparse_and_can_be_read():
    study = Study(clips(), SETTING)
    found = study.add("own", signed_components(states().train, 6, 0), states())
    assert activity(study.codes["own"](states().test)).active <= 6
    assert found.r2 > 0.1
