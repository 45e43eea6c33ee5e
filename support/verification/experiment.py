"""Voices, their features, an HMM a phrase, and the trials: what every system is given.

Nothing here looks at an evaluation speaker before a trial is scored: the scale of
the features and the HMMs come from background speakers alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from support.data.digit_strings import digit_strings
from support.data.trials import Trials, trial_list
from support.data.voices.corpus import Voices, make_corpus
from support.models.gmm import DiagonalGMM
from support.models.hmm import PhraseHMM
from support.models.pooling import uniform_alignment
from support.signal.mfcc import mean_normalise, mfcc
from support.training import generator, stream_seed

__all__ = [
    "DATASETS",
    "SETTINGS",
    "Prepared",
    "Setting",
    "prepare",
    "prepare_corpus",
    "with_mixture",
]

DATASETS = ("embedded", "arabic_digits")
ENROLMENT = (0, 3, 6)
FIRST_TAKES = (0, 1, 2)


@dataclass(frozen=True)
class Setting:
    """Sizes that a profile decides.

    Args:
        states: Q of each phrase's HMM.
        coefficients: MFCC a frame, the zeroth included.
        deltas: append first and second differences over time.
        width: channels of the front-end's hidden layers.
        layers: its convolutions.
        epochs: passes over the background utterances.
        most_trials: of each kind, drawn at random; all where None.
    """

    states: int = 10
    coefficients: int = 20
    deltas: bool = False
    width: int = 48
    layers: int = 3
    epochs: int = 6
    most_trials: int | None = None


SETTINGS = {
    ("embedded", "quick"): Setting(),
    ("embedded", "full"): Setting(40, 20, True, 256, 4, 30, 200_000),
    ("arabic_digits", "quick"): Setting(14),
    ("arabic_digits", "full"): Setting(14, 20, True, 256, 4, 30),
}


@dataclass(frozen=True)
class Prepared:
    """One corpus made ready, see `prepare`.

    Args:
        corpus: the voices themselves.
        setting: sizes.
        x: (N, T, F) float32 features; mean 0 over each utterance, divided by the
            background's standard deviation, 0 on padding.
        raw: (N, T, F) the same coefficients with their means, on no scale.
        mask: (N, T) bool, true on real frames.
        background: (B,) indices of utterances to learn from.
        hmm: one left-to-right chain a phrase, fitted on the background.
        trials: claims about the evaluation speakers.
        gmm: a mixture for all phrases, see `with_mixture`.
    """

    corpus: Voices
    setting: Setting
    x: Tensor
    raw: Tensor
    mask: Tensor
    background: Tensor
    hmm: PhraseHMM
    trials: Trials
    gmm: DiagonalGMM | None = None

    @property
    def features(self) -> int:
        """F, the size of a frame."""
        return self.x.shape[2]

    @property
    def states(self) -> int:
        """Q, the states of a phrase."""
        return self.setting.states

    @property
    def speakers(self) -> Tensor:
        """(B,) class of each background utterance's speaker, from 0."""
        return self.corpus.speaker[self.background].unique(return_inverse=True)[1]

    def align(
        self, index: Tensor, phrase: Tensor | int | None = None, kind: str = "viterbi"
    ) -> Tensor:
        r"""Align utterances with the chain of a phrase, theirs or a claimed one.

        Args:
            index: (n,) utterances.
            phrase: (n,) or one integer, the phrase that is claimed; the one that
                was said when left out, which is right for enrolment and for
                training, and never for a test.
            kind: ``viterbi`` (the best path, zeros and ones), ``soft`` (posteriors
                of forward-backward), ``uniform`` (equal parts, no model) or
                ``mixture`` (responsibilities of a mixture, which knows no order
                and no phrase).

        Returns:
            $A$, (n, T, Q) float32; a real frame's row sums to 1, padding's to 0.

        Raises:
            ValueError: the kind is unknown or lacks its mixture; an utterance has
                fewer frames than states, or a phrase is out of range (of
                `PhraseHMM`).
        """
        frames = self.corpus.frames[index]
        if kind == "uniform":
            return uniform_alignment(frames, self.states, self.x.shape[1])
        if kind == "mixture":
            if self.gmm is None:
                raise ValueError("kind: 'mixture' needs one; see with_mixture")
            return self.gmm.align(self.x[index], frames)[0]
        if kind not in ("viterbi", "soft"):
            raise ValueError(
                f"kind: got {kind!r}; give 'viterbi', 'soft', 'uniform' or 'mixture'"
            )
        if phrase is None:
            phrase = self.corpus.phrase[index]
        elif not isinstance(phrase, Tensor):
            phrase = torch.full_like(index, phrase)
        return self.hmm.align(self.x[index], frames, phrase, soft=kind == "soft")[0]


def prepare(
    dataset: str = "embedded",
    profile: str = "quick",
    seed: int = 0,
    device: str | torch.device = "cpu",
    *,
    setting: Setting | None = None,
) -> Prepared:
    """Make or load voices, and all that is fixed before a network is trained.

    Args:
        dataset: ``embedded`` (synthesised) or ``arabic_digits`` (recorded digits,
            joined to strings of four that come in pairs of anagrams).
        profile: ``quick`` or ``full``.
        seed: decides the synthesised voices, or the digit strings and whose they are.
        device: where everything lies.
        setting: other sizes than the profile's.

    Returns:
        See `Prepared`.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.
    """
    if (dataset, profile) not in SETTINGS:
        raise ValueError(
            f"dataset, profile: got {dataset!r}, {profile!r}; give one of "
            f"{DATASETS} and 'quick' or 'full'"
        )
    setting = setting or SETTINGS[dataset, profile]
    if dataset == "embedded":
        corpus = make_corpus(profile, stream_seed(seed, "voices"), device)
        return prepare_corpus(corpus, setting, seed=seed)
    corpus = digit_strings(dataset, seed=stream_seed(seed, "strings"), device=device)
    return prepare_corpus(corpus, setting, enrol_sessions=FIRST_TAKES, same_sex=False)


def prepare_corpus(
    corpus: Voices,
    setting: Setting | None = None,
    *,
    enrol_sessions: Sequence[int] = ENROLMENT,
    same_sex: bool = True,
    seed: int = 0,
) -> Prepared:
    """As `prepare`, for voices that are already there.

    Args:
        corpus: with background and evaluation speakers.
        setting: sizes; those of the quick profile when left out.
        enrol_sessions: whose recordings make a model, from 0.
        same_sex: impostors are of the model's sex.
        seed: of the draw of trials, where the setting bounds them.

    Returns:
        See `Prepared`.

    Raises:
        ValueError: no speaker is background or none is tried, a feature is the same
            in every frame, or utterances are shorter than the states.
    """
    setting = setting or Setting()
    said = corpus.background[corpus.speaker]
    known, tried = said.nonzero()[:, 0], (~said).nonzero()[:, 0]
    if not len(known) or not len(tried):
        raise ValueError(
            f"corpus: {len(known)} utterances of background speakers and {len(tried)} "
            "of others; give both"
        )
    raw = _coefficients(corpus, setting)
    x = mean_normalise(raw, corpus.frames)
    mask = torch.arange(x.shape[1], device=x.device) < corpus.frames[:, None]
    spread = x[known][mask[known]].std(0)
    if not (spread > 0).all():
        raise ValueError(
            f"corpus: coefficients {(spread == 0).nonzero()[:, 0].tolist()} are the "
            "same in every background frame; give recordings that differ"
        )
    x = x / spread
    hmm = PhraseHMM(len(corpus.phrases), setting.states, x.shape[2])
    hmm.fit(x[known], corpus.frames[known], corpus.phrase[known])
    trials = trial_list(
        corpus.speaker[tried],
        corpus.session[tried],
        corpus.phrase[tried],
        sex=corpus.sex,
        partner=corpus.partner,
        enrol_sessions=tuple(enrol_sessions),
        same_sex=same_sex,
        max_per_type=setting.most_trials,
        generator=generator(seed, "trials"),
    )
    # Trials number the evaluation's utterances; ours number the corpus's.
    trials = replace(trials, model=tried[trials.model], test=tried[trials.test])
    return Prepared(corpus, setting, x, raw, mask, known, hmm, trials)


def with_mixture(
    prepared: Prepared, components: int | None = None, *, seed: int = 0
) -> Prepared:
    """Add a Gaussian mixture of all background frames, to align with.

    Args:
        prepared: corpus and features.
        components: K; as many as a chain has states when left out.
        seed: of the first means.

    Returns:
        The same, with ``gmm``; `Prepared.align` then knows ``mixture``.

    Raises:
        ValueError: fewer frames than components.
    """
    gmm = DiagonalGMM(components or prepared.states, prepared.features)
    known = prepared.background
    gmm.fit(
        prepared.x[known][prepared.mask[known]], generator=generator(seed, "mixture")
    )
    return replace(prepared, gmm=gmm)


def _coefficients(corpus: Voices, setting: Setting) -> Tensor:
    """MFCC of every frame, with differences over time where they are asked for."""
    static = mfcc(corpus.log_mel, setting.coefficients)
    if not setting.deltas:
        return static
    first = _differences(static)
    return torch.cat([static, first, _differences(first)], dim=2)


def _differences(x: Tensor) -> Tensor:
    """Slope over five frames by least squares, the ends repeated."""
    padded = torch.cat([x[:, :1], x[:, :1], x, x[:, -1:], x[:, -1:]], dim=1)
    near = padded[:, 3:-1] - padded[:, 1:-3]
    far = padded[:, 4:] - padded[:, :-4]
    return (near + 2 * far) / 10
