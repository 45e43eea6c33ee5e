"""How many voices there are, what they say, and how much they vary."""

from dataclasses import dataclass

__all__ = ["PROFILES", "VoiceConfig", "voice_config"]

LONGEST_PHRASE = 16


@dataclass(frozen=True)
class VoiceConfig:
    """Sizes and spreads of a corpus.

    Args:
        background: speakers to learn from.
        evaluation: speakers to be verified, others than those.
        sessions: of every speaker.
        phrases: even, since they come in pairs of anagrams.
        length: sounds of a phrase, even, 4 to 16.
        hop: samples between feature frames, a multiple of 80.
        snr: least and greatest signal-to-noise ratio of a session, dB.
        channel: standard deviation of a channel's first cosine, dB.
        tract: of the logarithm of a speaker's formant scale.
        habit: of the logarithm of a speaker's formants, sound by sound.
        effort: vocal effort of every session, 0 (normal) to 1 (shouted); empty
            for 0 throughout.

    Raises:
        ValueError: a size is out of range.
    """

    background: int = 32
    evaluation: int = 16
    sessions: int = 9
    phrases: int = 8
    length: int = 8
    hop: int = 160
    snr: tuple[float, float] = (15.0, 30.0)
    channel: float = 3.0
    tract: float = 0.04
    habit: float = 0.05
    effort: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.background < 0 or self.evaluation < 0 or self.speakers < 1:
            raise ValueError(
                f"background, evaluation: got {self.background} and {self.evaluation}; "
                "give at least 0 each, and one speaker in all"
            )
        if self.sessions < 1:
            raise ValueError(f"sessions: got {self.sessions}; give at least 1")
        if self.phrases < 2 or self.phrases % 2:
            raise ValueError(
                f"phrases: got {self.phrases}; give an even number, at least 2: they "
                "come in pairs of anagrams"
            )
        if not 4 <= self.length <= LONGEST_PHRASE or self.length % 2:
            raise ValueError(
                f"length: got {self.length}; give an even number of sounds from 4 to "
                f"{LONGEST_PHRASE}"
            )
        if self.hop < 80 or self.hop % 80:
            raise ValueError(f"hop: got {self.hop}; give 80, 160 or 240 samples")
        if not self.snr[0] <= self.snr[1]:
            raise ValueError(f"snr: got {self.snr}; give the least first")
        if min(self.channel, self.tract, self.habit) < 0:
            raise ValueError(
                f"channel, tract, habit: got {self.channel}, {self.tract}, "
                f"{self.habit}; give spreads of at least 0"
            )
        if self.effort and len(self.effort) != self.sessions:
            raise ValueError(
                f"effort: got {len(self.effort)} numbers for {self.sessions} sessions"
            )
        if not all(0 <= effort <= 1 for effort in self.effort):
            raise ValueError(f"effort: got {self.effort}; give numbers from 0 to 1")

    @property
    def speakers(self) -> int:
        """All speakers; the background's come first."""
        return self.background + self.evaluation

    @property
    def ticks(self) -> int:
        """Frames of 10 ms in the buffer of an utterance; what is longer is cut."""
        return 13 * self.length


PROFILES = {
    "quick": VoiceConfig(),
    "standard": VoiceConfig(56, 24, snr=(10.0, 30.0)),
    "wide": VoiceConfig(200, 40, phrases=2),
    "full": VoiceConfig(194, 106, phrases=30, length=16, hop=80),
}


def voice_config(profile: str | VoiceConfig) -> VoiceConfig:
    """Look a profile up by its name.

    Args:
        profile: ``quick``, ``standard``, ``wide``, ``full``, or sizes of one's own,
            which are given back.

    Raises:
        ValueError: the name is unknown.

    >>> voice_config("quick").speakers
    48
    """
    if isinstance(profile, VoiceConfig):
        return profile
    if profile not in PROFILES:
        raise ValueError(
            f"profile: got {profile!r}; give one of {', '.join(PROFILES)}, or a "
            "VoiceConfig"
        )
    return PROFILES[profile]
