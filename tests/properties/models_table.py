"""The rows of `support.models`, from one module a kind of model."""

from tests.properties.framework import Entry
from tests.properties.models.compensation import SHIFTS
from tests.properties.models.mixtures_and_chains import ALIGNMENTS
from tests.properties.models.patterns_and_spectra import PATTERNS, SPECTRA
from tests.properties.models.representations import OTHERS
from tests.properties.models.speakers_and_maps import MAPS
from tests.properties.models.tied_factors import FACTORS

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True

ROWS: list[Entry] = MAPS + ALIGNMENTS + FACTORS + OTHERS + PATTERNS + SPECTRA + SHIFTS

NETWORK = "a layer or a network: its input is what the layer before gives"
BEHIND = "behind the checks of mixtures and chains"

HELPERS: dict[str, str] = {
    "support.models.chains.best_path": "`viterbi`, whose inputs were checked before",
    "support.models.chains.every_path": "`forward_backward`, checked before",
    **{
        f"support.models.{name}": NETWORK
        for name in (
            "attention.EncoderLayer",
            "attention.MemoryLayer",
            "attention.SelfAttention",
            "bank.PerceptronBank",
            "coders.ResNet20",
            "coders.mlp",
            "coders.resnet20",
            "coders.small_conv",
            "forgetting.forget_map",
            "forgetting.fused_head",
            "masked_encoder.MaskedEncoder",
            "concepts.ConceptHead",
            "concepts.ConceptModel",
            "erasure.SensitiveProjection",
            "fusion.FusionRegressor",
            "recurrent.BiRecurrent",
            "segmenter.NMFSegmenter",
            "sparse_autoencoder.TopKSAE",
            "speaker.FrameEncoder",
            "speaker.SpeakerNetwork",
            "speaker_transformer.SpeakerTransformer",
            "tcn.TCN",
            "tcn.GlobalNorm",
            "tied_factors.TiedFactorNetwork",
            "vae.VariationalAutoencoder",
            "wide_resnet.ResidualUnit",
            "wide_resnet.WideResNet",
        )
    },
    **{
        f"support.models.gaussians.{name}": BEHIND
        for name in ("far_off", "floors", "log_densities", "moments")
    },
    "support.models.compensation.Compensator": "the checks that all of them share",
    "support.models.compensation.power_of_two": "behind the checks of compensations",
    "support.models.compensation.fit_mixture": "the better of two fits of a mixture",
    "support.models.erasure.Leace": "what leace returns; the row of leace applies it",
    "support.models.erasure.reverse_gradient": "the identity, of anything",
    "support.models.frame_statistics.Statistics": "a record, which baum_welch fills",
    "support.models.hooks.capture": "runs a network and keeps what it gives",
    "support.models.hooks.cut": "takes a network apart",
    "support.models.fixed_tables.factor_tables": "takes counts and draws",
    "support.models.fixed_tables.orthogonal_table": "takes two counts and draws",
    "support.models.masked_encoder.span_mask": "takes counts and draws",
    "support.models.rotations.random_rotations": "takes two counts and draws",
    "support.models.speaker_transformer.sinusoids": "takes two counts",
    "support.models.tokens.Token": "takes a count and draws",
    "support.models.tied_search.TiedModel": "a protocol of methods",
    "support.models.tied_search.best_log_likelihood": "takes a model",
    "support.models.tied_inference.check_factors": "the check itself",
    "support.models.tied_inference.check_offset": "the check itself",
    "support.models.tied_inference.check_states": "the check itself",
    "support.models.tied_inference.symmetric": "a check of matrices that are taken",
    "support.models.tied_search.infer_factors": "takes a model",
    "support.models.whitening.check_classes": "the check itself",
    "support.models.whitening.class_sums": "behind the checks of the maps",
}
