"""Lists of claims."""

from itertools import product

import pytest
import torch

from support.data.errors import DataError
from support.data.trials import TrialKind, check_disjoint, load_trials, trial_list


def utterances(speakers=16, sessions=9, phrases=8):
    sizes = (speakers, sessions, phrases)
    return torch.cartesian_prod(*(torch.arange(k) for k in sizes)).T


SEX = torch.arange(16) % 2
PARTNER = torch.arange(8) ^ 1


def test_the_quick_profile_has_its_counts():
    trials = trial_list(*utterances(), sex=SEX, partner=PARTNER)
    assert trials.counts() == {"TC": 768, "TW": 5376, "IC": 5376, "IW": 37632}
    assert int(trials.anagram.sum()) == 768
    assert trials.model.shape == (128, 3)
    assert len(trials) == 49152


def test_every_trial_is_what_its_kind_says():
    speaker, session, phrase = utterances(4, 5, 4)
    sex, partner = torch.tensor([0, 1, 0, 1]), torch.tensor([1, 0, 3, 2])
    trials = trial_list(
        speaker, session, phrase, sex=sex, partner=partner, enrol_sessions=(1, 4)
    )
    wanted = set()
    for s, p in product(range(4), range(4)):
        for u in range(len(speaker)):
            same_sex = sex[s] == sex[speaker[u]]
            if session[u] in (1, 4) or not same_sex:
                continue
            who, what = int(speaker[u]) == s, int(phrase[u]) == p
            kind = {(1, 1): "TC", (1, 0): "TW", (0, 1): "IC", (0, 0): "IW"}[who, what]
            anagram = kind == "TW" and int(phrase[u]) == int(partner[p])
            wanted.add((s, p, u, kind, anagram))
    found = {
        (
            int(trials.model_speaker[m]),
            int(trials.model_phrase[m]),
            int(u),
            TrialKind(int(k)).name,
            bool(a),
        )
        for m, u, k, a in zip(
            trials.model_index, trials.test, trials.kind, trials.anagram, strict=True
        )
    }
    assert found == wanted
    for used, s, p in zip(
        trials.model, trials.model_speaker, trials.model_phrase, strict=True
    ):
        assert (speaker[used] == s).all()
        assert (phrase[used] == p).all()
        assert session[used].tolist() == [1, 4]


def test_no_enrolment_is_a_test():
    trials = trial_list(*utterances())
    assert not torch.isin(trials.test, trials.model).any()


def test_the_order_of_utterances_does_not_matter():
    columns = utterances(4, 4, 2)
    turned = torch.randperm(32, generator=torch.Generator().manual_seed(0))
    one = trial_list(*columns, enrol_sessions=(0, 2))
    other = trial_list(*(c[turned] for c in columns), enrol_sessions=(0, 2))
    for name in ("model_speaker", "model_phrase"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    assert torch.equal(one.model, turned[other.model])
    assert set(zip(one.test.tolist(), one.model_index.tolist(), strict=True)) == set(
        zip(turned[other.test].tolist(), other.model_index.tolist(), strict=True)
    )


def test_thinning_is_balanced_and_reproducible():
    def draw(seed):
        source = torch.Generator().manual_seed(seed)
        return trial_list(*utterances(), sex=SEX, max_per_type=100, generator=source)

    assert draw(0).counts() == dict.fromkeys(("TC", "TW", "IC", "IW"), 100)
    assert torch.equal(draw(0).test, draw(0).test)
    assert not torch.equal(draw(0).test, draw(1).test)


def test_without_sexes_everybody_is_an_impostor():
    known = trial_list(*utterances(), sex=SEX, same_sex=False)
    unknown = trial_list(*utterances())
    assert known.counts() == unknown.counts()
    assert known.counts()["IC"] == 128 * 15 * 6


def test_a_list_survives_its_file(tmp_path, device):
    columns = (column.to(device) for column in utterances(4, 4, 2))
    trials = trial_list(*columns, partner=torch.tensor([1, 0]), enrol_sessions=(0, 2))
    path = tmp_path / "trials.txt"
    trials.save(path, "abc")
    again = load_trials(path, "abc")
    for name in vars(trials):
        assert torch.equal(getattr(trials, name).cpu(), getattr(again, name)), name
    assert [each.name for each in tmp_path.iterdir()] == ["trials.txt"]
    with pytest.raises(DataError, match="this one is xyz"):
        load_trials(path, "xyz")
    path.write_text(path.read_text() + "0 5 XX\n")
    with pytest.raises(DataError, match="'0 5 XX'"):
        load_trials(path, "abc")
    whole = path.read_text().replace("0 5 XX\n", "")
    for line in (
        "999 5 TC",
        "-1 5 TC",
        "0 -5 TC",
        "0 5 TCa",
        "0 5 TCaaa",
        "m 0 1 1 1 1",
    ):
        path.write_text(f"{whole}{line}\n")
        with pytest.raises(DataError, match=f"'{line}', is no model and no trial"):
            load_trials(path, "abc")
    path.write_text(whole.replace("\nm 1 ", "\nm 2 ", 1))
    with pytest.raises(DataError, match="in the order of rows"):
        load_trials(path, "abc")
    path.write_text("nothing\n")
    with pytest.raises(DataError, match="first line"):
        load_trials(path, "abc")
    path.write_text("# corpus abc\n")
    with pytest.raises(DataError, match="no trial"):
        load_trials(path, "abc")
    with pytest.raises(DataError, match="none"):
        load_trials(tmp_path / "none.txt", "abc")


def test_leaking_speakers_are_named():
    check_disjoint(torch.tensor([0, 1]), torch.tensor([2, 3]))
    with pytest.raises(ValueError, match=r"1 are both .* \[1\]"):
        check_disjoint(torch.tensor([0, 1]), torch.tensor([1, 3, 1]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enrol_sessions": (0, 1, 2, 3, 4, 5, 6, 7, 8)}, "no other session"),
        ({"enrol_sessions": (0, 9)}, "speaker 0 does not say phrase 0"),
        ({"enrol_sessions": ()}, "enrol_sessions"),
        ({"enrol_sessions": (0, 0)}, "different"),
        ({"max_per_type": 3}, "generator"),
        ({"max_per_type": 0, "generator": torch.Generator()}, "max_per_type: got 0"),
        ({"sex": torch.zeros(1).long()}, "sex: got 1 values"),
        ({"partner": torch.zeros(1).long()}, "partner: got 1 values"),
        ({"speaker": utterances()[0] - 1}, "negative"),
        ({"speaker": torch.zeros(3).long()}, "shapes"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    given = dict(zip(("speaker", "session", "phrase"), utterances(), strict=True))
    with pytest.raises(ValueError, match=words):
        trial_list(**given | change)


def test_no_utterance_and_a_missing_enrolment_are_refused_in_words():
    speaker, session, phrase = utterances()
    empty = torch.empty(0, dtype=torch.int64)
    with pytest.raises(ValueError, match="no utterance"):
        trial_list(empty, empty, empty)
    kept = ~((speaker == 2) & (phrase == 5) & (session == 3))
    with pytest.raises(ValueError, match="speaker 2 does not say phrase 5"):
        trial_list(speaker[kept], session[kept], phrase[kept])
