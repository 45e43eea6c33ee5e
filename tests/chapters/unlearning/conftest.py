"""One trained network, and the problem that it must forget the class 0."""

import pytest

from chapters.unlearning.answers import example


@pytest.fixture(scope="session")
def posed():
    return example()
