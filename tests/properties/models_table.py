"""The rows of `support.models`: examples, and what each function declares."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    backends,
    calibration,
    chains,
    compensation,
    concepts,
    context_filter,
    effort,
    erasure,
    factor_analysis,
    forgetting,
    frame_statistics,
    gmm,
    hmm,
    nmf,
    pooling,
    prototypes,
    regression_compensation,
    rotations,
    sparse_autoencoder,
    stitching,
    tied_factors,
    tied_inference,
    whitening,
)
from tests.properties.framework import Entry, draw

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True


LABELS = torch.arange(24) % 4


def voices() -> dict[str, Tensor]:
    embedding = 3 * draw(0, 4, 3)[LABELS] + draw(1, 24, 3)
    return {"embedding": embedding, "classes": LABELS.clone()}


def compared() -> dict[str, Tensor]:
    return {**voices(), "enrolment": draw(2, 3, 2, 3), "test": draw(3, 5, 3)}


# --- maps and back-ends ----------------------------------------------------------


def mapped(fit: Any) -> Any:
    """What a fitted map makes of its data; eigenvectors have no sign."""

    def call(embedding: Tensor, **inputs: Tensor) -> Any:
        return fit(embedding, **inputs).apply(embedding).abs()

    return call


def cosine(embedding: Tensor, enrolment: Tensor, test: Tensor) -> Any:
    return backends.CosineBackend().fit(embedding).score(enrolment, test)


def plda(method: str) -> Any:
    def call(embedding: Any, classes: Any, enrolment: Any, test: Any) -> Any:
        backend = backends.TwoCovariancePLDA(method=method, iterations=2)
        return backend.fit(embedding, classes).score(enrolment, test)

    return call


def densities() -> dict[str, Tensor]:
    between, within = torch.eye(3).double() * 2, torch.eye(3).double()
    return {
        "enrolment": draw(2, 3, 2, 3),
        "test": draw(3, 5, 3),
        "between": between + 0.1,
        "within": within + 0.2,
    }


def stepped(**inputs: Any) -> Any:
    between, within = torch.eye(3).double() * 2, torch.eye(3).double()
    return backends.em_step(**inputs, between=between, within=within)


MAPS = [
    *(
        Entry(
            of,
            voices if named else lambda: {"embedding": voices()["embedding"]},
            call=mapped(of),
            order="moves",
            scale={"embedding": 0},
            shift=("embedding",),
            out="single",
            half=5e-2,
            tolerance=1e-5,
        )
        for of, named in (
            (whitening.whitening, False),
            (whitening.wccn, True),
            (whitening.lda, True),
        )
    ),
    Entry(
        whitening.class_covariances,
        lambda: {"x": draw(1, 24, 3), "classes": LABELS.clone()},
        scale={"x": 2},
    ),
    Entry(
        backends.CosineBackend,
        lambda: {k: v for k, v in compared().items() if k != "classes"},
        call=cosine,
        rows=("embedding",),
        together=("embedding", "enrolment", "test"),
        out="single",
        half=1e-2,
    ),
    *(
        Entry(
            backends.TwoCovariancePLDA,
            compared,
            call=plda(method),
            variant=method,
            rows=("embedding", "classes"),
            together=("embedding", "enrolment", "test"),
            tolerance=1e-5,
        )
        for method in ("moments", "em")
    ),
    Entry(
        backends.plda_scores,
        densities,
        call=lambda **inputs: backends.plda_scores(**inputs).T,
        rows=("test",),
        order="moves",
        empty="defined",
        half=1e-2,
    ),
    Entry(
        backends.em_step,
        lambda: {"x": draw(1, 24, 3), "classes": LABELS.clone()},
        call=stepped,
    ),
]


# --- mixtures, chains and what is pooled -----------------------------------------


def frames() -> dict[str, Tensor]:
    centres = 4 * draw(0, 3, 2)
    return {"x": centres[torch.arange(60) % 3] + draw(1, 60, 2)}


def spoken() -> dict[str, Tensor]:
    state = (torch.arange(9) // 3)[None, :, None]
    return {
        "x": 3 * state + draw(0, 8, 9, 2),
        "frames": torch.tensor([9, 7, 8, 9, 6, 9, 8, 9]),
        "phrase": torch.arange(8) % 2,
    }


def fitted_mixture(x: Tensor) -> Tensor:
    mixture = gmm.DiagonalGMM(3, 2)
    mixture.fit(x, generator=torch.Generator().manual_seed(0), iterations=5)
    return mixture.log_responsibilities(x).exp()


def updated_mixture(x: Tensor) -> Any:
    mixture = gmm.DiagonalGMM(3, 2)
    mixture.mean = 4 * draw(0, 3, 2)
    for _ in range(3):
        mixture.update(x)
    return mixture.mean, mixture.variance, mixture.log_weight.exp()


def fitted_chain(kind: str) -> Any:
    def call(**inputs: Any) -> Any:
        chain = hmm.PhraseHMM(2, 3, 2)
        chain.fit(**inputs, kind=kind, iterations=2)
        return chain.align(**inputs, soft=True)[0].double()

    return call


def emitted() -> dict[str, Tensor]:
    return {
        "log_emission": draw(0, 4, 6, 3),
        "frames": torch.tensor([5, 4, 3, 6]),
        "log_stay": -draw(1, 3).square() - 0.1,
        "log_next": -draw(2, 3).square() - 0.1,
    }


def pooled() -> dict[str, Tensor]:
    mask = torch.ones(4, 6, dtype=torch.bool)
    mask[1, 4:] = False
    return {"y": draw(0, 4, 6, 3), "mask": mask}


def aligned() -> dict[str, Tensor]:
    return {"y": draw(0, 4, 6, 3), "A": draw(1, 4, 6, 2).square() + 0.1}


def counted(**inputs: Any) -> Any:
    found = frame_statistics.baum_welch(**inputs)
    return found.N, found.F, found.S


def adapted(mean: Any) -> Any:
    y, A = aligned().values()
    return frame_statistics.relevance_map(frame_statistics.baum_welch(y, A), mean)


ALIGNMENTS = [
    Entry(
        gmm.DiagonalGMM,
        frames,
        call=fitted_mixture,
        variant="fit",
        order="the first means are drawn by the places of frames",
        scale={"x": 0},
        shift=("x",),
        half=2e-2,
    ),
    Entry(gmm.DiagonalGMM, frames, call=updated_mixture, variant="update"),
    *(
        Entry(
            hmm.PhraseHMM,
            spoken,
            call=fitted_chain(kind),
            variant=kind,
            order="moves",
            scale={"x": 0},
            shift=("x",),
            tolerance=1e-5,
            half=1e-2,
        )
        for kind in ("viterbi", "baum_welch")
    ),
    Entry(
        chains.viterbi,
        emitted,
        rows=("log_emission", "frames"),
        order="moves",
        empty="defined",
    ),
    Entry(
        chains.forward_backward,
        emitted,
        call=lambda **inputs: chains.forward_backward(**inputs).gamma,
        rows=("log_emission", "frames"),
        order="moves",
        out="single",
        empty="defined",
    ),
    *(
        Entry(
            of,
            example,
            order="moves",
            scale={"y": 1},
            out="input",
            empty="defined",
            half=1e-2,
        )
        for of, example in (
            (pooling.mean_pool, pooled),
            (pooling.statistics_pool, pooled),
            (pooling.alignment_pool, aligned),
        )
    ),
    Entry(
        pooling.uniform_alignment,
        lambda: {"frames": torch.tensor([5, 4, 3, 6])},
        call=lambda frames: pooling.uniform_alignment(frames, 3, 6).double(),
        order="moves",
        empty="defined",
    ),
    Entry(
        frame_statistics.baum_welch,
        lambda: {"x": aligned()["y"], "A": aligned()["A"]},
        call=counted,
        order="moves",
        empty="defined",
    ),
    Entry(
        frame_statistics.relevance_map,
        lambda: {"mean": draw(2, 2, 3)},
        call=adapted,
        rows=(),
        order="a mean for each state: there are no rows",
        empty="defined",
    ),
]


# --- factors that many frames share ----------------------------------------------


def tied() -> dict[str, Tensor]:
    J = draw(0, 6, 5, 3)
    return {
        "precision": J.mT @ J,
        "linear": draw(1, 6, 3),
        "speaker": torch.arange(6) // 2,
    }


def told(**inputs: Any) -> Tensor:
    y, A = aligned().values()
    return tied_inference.log_likelihood(frame_statistics.baum_welch(y, A), **inputs)


def counts(N: Any, F: Any) -> frame_statistics.Statistics:
    return frame_statistics.Statistics(N, F, F**2)


def layer() -> dict[str, Tensor]:
    root = draw(0, 3, 3)
    return {
        "phi": draw(1, 4, 2, 3),
        "N": draw(2, 4, 2).abs(),
        "F": draw(3, 4, 2, 5),
        "last": draw(4, 3, 5),
        "prior": root @ root.T + torch.eye(3).double(),
        "model": torch.arange(4) % 2,
    }


def adapted_layer(N: Any, F: Any, **inputs: Any) -> Tensor:
    return tied_factors.map_last_layer(statistics=counts(N, F), **inputs)


def analysed(y: Any, A: Any) -> Any:
    found = frame_statistics.baum_welch(y, A)
    state = torch.arange(2).expand(len(found.N), 2)
    model = factor_analysis.JointFactorAnalysis(
        factor_analysis.state_means(found, state, 2), 1, 1
    )
    source = torch.Generator().manual_seed(0)
    speaker = torch.arange(len(state)) // 2
    return model.fit(found, state, speaker, iterations=2, generator=source)


def mean_frames(y: Any, A: Any) -> Tensor:
    found = frame_statistics.baum_welch(y, A)
    state = torch.arange(2).expand(len(found.N), 2)
    return factor_analysis.state_means(found, state, 2)


def centred(y: Any, x: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = tied_factors.TiedFactorNetwork(3, 4, 2, 3, 5).double()
    return tied_factors.centre(network, y, x)[1:]


FACTORS = [
    Entry(
        tied_inference.tied_posterior,
        tied,
        call=lambda **inputs: tied_inference.tied_posterior(
            **inputs, speaker_factors=1
        ),
        order="sessions move and speakers stay; tests/models holds both",
        empty="defined",
        out="single",
        half=2e-2,
    ),
    Entry(
        tied_inference.log_likelihood,
        lambda: {"mean": draw(2, 2, 3), "variance": draw(3, 3).exp()},
        call=told,
        rows=(),
        order="a mean for each state: there are no rows",
        empty="defined",
        half=1e-2,
    ),
    Entry(
        tied_factors.map_last_layer,
        layer,
        call=adapted_layer,
        rows=("phi", "N", "F", "model"),
        empty="defined",
        half=2e-2,
    ),
    Entry(
        tied_factors.centre,
        lambda: {"y": draw(0, 9, 2), "x": draw(1, 9, 3)},
        call=centred,
        order="moves",
        shift=("y", "x"),
        half=2e-2,
    ),
    Entry(
        factor_analysis.JointFactorAnalysis,
        aligned,
        call=analysed,
        order="whose recordings they are is told by their places",
        names={"y": "x"},
        tolerance=1e-5,
        half=2e-2,
    ),
    Entry(
        factor_analysis.state_means,
        aligned,
        call=mean_frames,
        names={"y": "x"},
        half=1e-2,
    ),
]


# --- concepts, calibration, erasure, stitching -----------------------------------


def calibrated(scores: Tensor, labels: Tensor) -> Tensor:
    found = calibration.calibrate_bias(scores, labels)
    return found.apply(scores).softmax(1)


def stitched(source: Tensor, target: Tensor) -> Any:
    stitcher = stitching.Stitcher(3, 3, "affine").double()
    stitcher.start_at_least_squares(source, target)
    return stitcher.linear.weight, stitcher.offset


def turned(**inputs: Any) -> Tensor:
    prior = rotations.RotatedPrior(4, 5, torch.Generator().manual_seed(0), 4.0)
    return prior.transport(**inputs)


def solved(z_r: Tensor, z_f: Tensor, mean: Tensor) -> Any:
    found = forgetting.solve_forget_map(z_r, z_f, mean, 1.0)
    return found.linear.weight, found.offset


OTHERS = [
    Entry(
        concepts.class_means,
        lambda: {"z": draw(0, 12, 3), "c": draw(1, 12, 3) > 0},
        scale={"z": 1},
        out="single",
    ),
    Entry(
        concepts.quantiles, lambda: {"z": draw(0, 12, 3)}, scale={"z": 1}, out="single"
    ),
    Entry(
        prototypes.prototypes,
        lambda: {"c": draw(0, 12, 3) > 0},
        call=lambda c: prototypes.prototypes(c).double(),
        order="moves",
        empty="defined",
    ),
    Entry(
        calibration.calibrate_bias,
        lambda: {
            "scores": draw(0, 24, 4)
            + torch.nn.functional.one_hot(LABELS.roll(1) // 2 + LABELS // 2, 4),
            "labels": LABELS.clone(),
        },
        call=calibrated,
        order="moves",
        scale={"scores": 0},
        shift=("scores",),
        out="single",
        tolerance=1e-4,
        half=1e-2,
    ),
    Entry(
        erasure.leace,
        lambda: {"x": voices()["embedding"], "z": draw(5, 24, 2)},
        call=lambda x, z: erasure.leace(x, z)(x),
        order="moves",
        scale={"x": 1, "z": 0},
        shift=("z",),
        out="single",
    ),
    Entry(
        forgetting.solve_forget_map,
        lambda: {"z_r": draw(0, 24, 3), "z_f": draw(1, 24, 3), "mean": draw(2, 3)},
        call=solved,
        rows=("z_r", "z_f"),
        out="single",
    ),
    Entry(
        rotations.RotatedPrior,
        lambda: {"z": draw(0, 24, 5), "source": LABELS, "target": LABELS.flip(0)},
        call=turned,
        order="moves",
        scale={"z": 1},
        out="single",
        empty="defined",
    ),
    Entry(
        sparse_autoencoder.topk_relu,
        lambda: {"a": draw(0, 12, 6)},
        options={"k": 2},
        order="moves",
        scale={"a": 1},
        out="single",
        empty="defined",
        half=1e-2,
    ),
    Entry(
        sparse_autoencoder.align_units,
        lambda: {"decoder_a": draw(0, 6, 4), "decoder_b": draw(1, 6, 5)},
        scale={"decoder_a": 0, "decoder_b": 0},
        half=1e-2,
    ),
    Entry(
        stitching.Stitcher,
        lambda: {"source": draw(0, 24, 3), "target": draw(1, 24, 3)},
        call=stitched,
    ),
]

# --- patterns of non-negative numbers -----------------------------------------------


def frames_of_patterns() -> dict[str, Tensor]:
    return {"X": draw(0, 6, 9).abs() + 0.1}


def rebuilt(X: Any, **options: Any) -> Tensor:
    draws = torch.Generator().manual_seed(0)
    found = nmf.sparse_nmf(X, 3, generator=draws, iterations=20, **options)
    return found.W @ found.H


PATTERNS = [
    *(
        Entry(
            nmf.sparse_nmf,
            frames_of_patterns,
            call=rebuilt,
            options={"beta": beta},
            variant=f"{beta}",
            order="the first patterns are drawn by the places of rows",
            out="single",
            half=2e-2,
        )
        for beta in (2.0, 1.0)
    ),
    *(
        Entry(
            nmf.activations,
            lambda: {**frames_of_patterns(), "W": draw(1, 6, 3).abs() + 0.1},
            options={"beta": beta},
            variant=f"{beta}",
            rows=("X", "W"),
            scale={"X": 1, "W": -1} if beta == 2 else {},
            out="single",
            half=2e-2,
        )
        for beta in (2.0, 1.0)
    ),
    Entry(
        nmf.beta_divergence,
        lambda: {"x": draw(0, 6, 9).abs(), "y": draw(1, 6, 9).abs()},
        out="single",
        empty="defined",
        half=1e-2,
    ),
]


def filtered(x: Any, y: Any) -> Tensor:
    return context_filter.fit_context_filter(x, y, frames=1, penalty=1.0).apply(x)


SPECTRA = [
    Entry(
        context_filter.fit_context_filter,
        lambda: {"x": draw(0, 6, 3, 8), "y": draw(1, 6, 3, 8)},
        call=filtered,
        order="moves",
        out="single",
        half=1e-2,
    )
]


# --- shifts of embeddings between conditions -------------------------------------


def paired() -> dict[str, Tensor]:
    x = draw(0, 24, 3)
    return {"normal": x, "shouted": 0.7 * x + 1 + 0.3 * draw(1, 24, 3)}


def shifted(make: Any) -> Any:
    def call(normal: Any, shouted: Any) -> Any:
        fitted = make().fit(normal, shouted, torch.Generator().manual_seed(0))
        return fitted.bias(shouted)

    return call


def conditions() -> dict[str, Tensor]:
    shouted = LABELS == 0
    return {"z": draw(0, 24, 3) + shouted[:, None], "shouted": shouted}


def told(z: Any, shouted: Any) -> Any:
    return effort.EffortDetector(0.1).fit(z, shouted).probability(z)


def switched(z: Any, shouted: Any) -> Any:
    detector = effort.EffortDetector(0.1).fit(**conditions())
    return effort.CompensatedBackend(detector, lambda z: z / 2).transform(z, shouted)


SHIFTS = [
    *(
        Entry(
            of,
            paired,
            call=shifted(make),
            variant=variant,
            order="the starts of mixtures are drawn by the places of pairs",
            out="single",
            half=2e-2,
        )
        for of, variant, make in (
            *(
                (
                    compensation.BiasCompensator,
                    kind,
                    lambda kind=kind: compensation.BiasCompensator(kind, 2),
                )
                for kind in compensation.KINDS
            ),
            (
                regression_compensation.JointCompensator,
                "",
                lambda: regression_compensation.JointCompensator(2, 2),
            ),
        )
    ),
    Entry(
        regression_compensation.LinearCompensator,
        paired,
        call=shifted(lambda: regression_compensation.LinearCompensator(0.5)),
        order="moves",
        out="single",
        half=2e-2,
    ),
    Entry(
        effort.EffortDetector,
        conditions,
        call=told,
        order="moves",
        scale={"z": 0},
        shift=("z",),
        out="single",
        tolerance=1e-4,
        half=2e-2,
    ),
    Entry(
        effort.CompensatedBackend,
        conditions,
        call=switched,
        order="moves",
        out="single",
        empty="defined",
        half=2e-2,
    ),
]


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
    "support.models.tied_inference.check_states": "the check itself",
    "support.models.tied_search.infer_factors": "takes a model",
    "support.models.whitening.check_classes": "the check itself",
    "support.models.whitening.class_sums": "behind the checks of the maps",
}
