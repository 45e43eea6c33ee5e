"""Whatever draws wants a generator of torch, and says so."""

import numpy as np
import pytest
import torch

from support.data.glyphs import draw_glyphs
from support.data.rooms import polack_rooms
from support.data.tones import voiced_tones
from support.generators import random_source
from support.models.fixed_tables import factor_tables, orthogonal_table
from support.models.rotations import RotatedPrior, random_rotations

DRAWING = {
    "glyphs": lambda given: draw_glyphs(2, given),
    "tones": lambda given: voiced_tones(2, 0.7, given),
    "rooms": lambda given: polack_rooms([0.3], [0.0], given, rate=8000),
    "rotations": lambda given: random_rotations(1, 2, given),
    "prior": lambda given: RotatedPrior(2, 8, given),
    "table": lambda given: orthogonal_table(2, 3, given),
    "thrown table": lambda given: orthogonal_table(4, 3, given),
    "tables": lambda given: factor_tables([2], [3], given),
}


@pytest.mark.parametrize("call", DRAWING.values(), ids=DRAWING)
@pytest.mark.parametrize("wrong", [None, 0, "seed", np.random.default_rng(0)])
def test_what_is_no_generator_is_refused_in_words(call, wrong):
    kind = type(wrong).__name__
    with pytest.raises(ValueError, match=rf"^generator: got {kind}; give a torch\.Gen"):
        call(wrong)


def test_a_generator_is_handed_on_as_it_is():
    given = torch.Generator().manual_seed(3)
    assert random_source("generator", given) is given
    assert given.initial_seed() == 3
