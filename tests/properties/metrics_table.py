"""The rows of `support.metrics`: examples, and what each function declares."""

import torch
from torch import Tensor

from support.arrays import real
from support.metrics import (
    auc,
    calibration,
    classification,
    compactness,
    comparisons,
    discrete,
    disentanglement,
    enhancement,
    explanations,
    fairness,
    information,
    intelligibility,
    intervals,
    likelihood_ratios,
    linear_prediction,
    probes,
    ranking,
    relevance,
    retrieval,
    score_normalisation,
    segmentation,
    separation,
    similarity,
    sparse_codes,
    speaker_bootstrap,
    unlearning,
    usable_information,
    verification,
)
from support.metrics.disentanglement import importances
from tests.properties.framework import Entry

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True


def draw(seed: int, *shape: int) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


# --- statistics over seeds ---------------------------------------------------------


def differences() -> dict[str, Tensor]:
    return {"differences": draw(0, 8) + 0.5}


STATISTICS = [
    Entry(
        intervals.mean_interval,
        lambda count=count: {"values": draw(0, count)},
        variant=f"{count}",
        scale={"values": 1},
    )
    for count in (3, 10, 30)
] + [
    Entry(comparisons.sign_flip_test, differences, scale={"differences": 0}),
    Entry(comparisons.hedges_g, differences, scale={"differences": 0}),
    Entry(
        comparisons.holm,
        lambda: {"p_values": torch.tensor([0.03, 0.01, 0.2, 0.04]).double()},
        order="moves",
        empty="defined",
    ),
    Entry(
        ranking.rank_methods,
        lambda: {"scores": draw(0, 6, 3) + torch.tensor([0.0, 1.0, 3.0])},
        call=lambda scores: ranking.rank_methods(scores)[:4],
        scale={"scores": 0},
        shift=("scores",),
    ),
]


# --- sparse codes ------------------------------------------------------------------


def rebuilt() -> dict[str, Tensor]:
    return {"x": draw(0, 12, 3), "recon": draw(0, 12, 3) + 0.3 * draw(1, 12, 3)}


def read_off(z: Tensor, which: str = "") -> dict[str, Tensor]:
    y = torch.stack([z[:, 0] + 0.3 * z[:, 2], z[:, 1] - z[:, 3]], 1)
    return {f"z{which}": z, f"y{which}": y}


CODES = [
    Entry(sparse_codes.fvu, rebuilt, together=("x", "recon"), half=1e-2),
    Entry(
        sparse_codes.activity,
        lambda: {"code": draw(0, 12, 4).relu()},
        scale={"code": 0},
    ),
]


# --- similarity of representations -------------------------------------------------


def pair() -> dict[str, Tensor]:
    x = draw(0, 40, 6)
    return {"x": x, "y": torch.cat([x[:, :3], draw(1, 40, 5)], 1)}


def split() -> dict[str, Tensor]:
    return {
        **pair(),
        "x_test": pair()["x"].flip(0)[:20] + 0.1,
        "y_test": pair()["y"].flip(0)[:20],
    }


def grams() -> dict[str, Tensor]:
    x, y = pair().values()
    return {"K": x @ x.T, "L": y @ y.T}


def streamed(x: Tensor, y: Tensor) -> float:
    return similarity.minibatch_cka([(x[:20], y[:20]), (x[20:], y[20:])])


def accumulated(x: Tensor, y: Tensor) -> float:
    stream = similarity.MinibatchCKA()
    stream.update(x, y)
    return stream.compute()


def shape_distances(x: Tensor, y: Tensor) -> tuple[float, float, float]:
    found = similarity.procrustes(x, y)
    return found.r2, found.distance, found.angle


ALIKE = {"scale": {"x": 0, "y": 0}, "shift": ("x", "y")}

SIMILARITY = [
    Entry(similarity.cca, pair, call=lambda x, y: similarity.cca(x, y)[:2], **ALIKE),
    Entry(
        similarity.svcca, pair, call=lambda x, y: similarity.svcca(x, y)[:2], **ALIKE
    ),
    Entry(
        similarity.pwcca, pair, call=lambda x, y: similarity.pwcca(x, y)[:2], **ALIKE
    ),
    *(
        Entry(
            similarity.rsa,
            pair,
            options={"distance": distance, "comparison": comparison},
            variant=f"{distance}-{comparison}",
            scale={"x": 0, "y": 0},
            shift=("x", "y"),
            half=1e-2,
        )
        for distance in ("euclidean", "correlation")
        for comparison in ("spearman", "pearson")
    ),
    *(
        Entry(measure, pair, options={"unbiased": form}, variant=f"{form}", **ALIKE)
        for measure in (similarity.linear_cka, similarity.rbf_cka)
        for form in (True, False)
    ),
    Entry(
        similarity.hsic,
        grams,
        order="rows and columns of a Gram matrix move together",
        scale={"K": 1, "L": 1},
        shift=("K", "L"),
    ),
    Entry(
        similarity.minibatch_cka,
        pair,
        call=streamed,
        order="the rows of a batch may move, not those of two",
        **ALIKE,
    ),
    Entry(similarity.MinibatchCKA, pair, call=accumulated, **ALIKE),
    *(
        Entry(
            similarity.mutual_neighbours,
            pair,
            options={"k": 5, "distance": distance},
            variant=distance,
            scale={"x": 0, "y": 0},
            shift=("x", "y") if distance == "euclidean" else (),
        )
        for distance in ("euclidean", "cosine")
    ),
    Entry(
        similarity.procrustes,
        pair,
        call=shape_distances,
        **ALIKE,
    ),
    *(
        Entry(
            similarity.fit_r2,
            split,
            call=lambda x, y, x_test, y_test, family=family: similarity.fit_r2(
                x, y, family, x_test, y_test
            )[:2],
            variant=family,
            rows=("x", "y"),
            order="same" if family != "mlp" else "the seed's batches are of the rows",
            tolerance=1e-6 if family != "mlp" else 1e-3,
        )
        for family in similarity.FAMILIES
    ),
]


def found() -> dict[str, Tensor]:
    return {
        "queries": draw(0, 12, 3),
        "items": draw(1, 6, 3),
        "query_keys": torch.arange(12) % 6,
        "item_keys": torch.arange(6),
    }


SIMILARITY += [
    Entry(
        retrieval.recall,
        found,
        options={"k": k},
        variant=f"{k}",
        rows=("queries", "query_keys"),
        scale={"queries": 0, "items": 0},
    )
    for k in (1, 3)
]

# --- decisions, probabilities, areas -----------------------------------------------


def decisions() -> dict[str, Tensor]:
    return {"labels": torch.arange(30) % 3, "predictions": torch.arange(30) // 2 % 3}


def probabilities() -> dict[str, Tensor]:
    quarters = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.75, 0], [0, 0, 1.0]]).double()
    return {"probs": quarters.repeat(8, 1), "y": torch.arange(24) // 2 % 3}


def two_classes() -> dict[str, Tensor]:
    return {"scores": draw(0, 40), "labels": torch.arange(40) // 3 % 2}


def three_classes() -> dict[str, Tensor]:
    return {"scores": draw(0, 40, 3), "labels": torch.arange(40) % 3}


RANKED = {"scale": {"scores": 0}, "shift": ("scores",), "half": 1e-12}

DECISIONS = [
    *(
        Entry(measure, decisions, options={"classes": 3})
        for measure in (
            classification.confusion_matrix,
            classification.balanced_accuracy,
            classification.f1_score,
            segmentation.detection_scores,
        )
    ),
    Entry(classification.accuracy, decisions),
    Entry(
        segmentation.detection_scores,
        lambda: {**decisions(), "mask": torch.arange(30) % 4 > 0},
        options={"classes": 3},
        variant="mask",
    ),
    Entry(
        segmentation.frames_to_segments,
        lambda: {"labels": torch.arange(30) // 4 % 3},
        options={"hop": 0.02},
        order="the rows are the frames of a recording",
        empty="defined",
    ),
    Entry(
        segmentation.segments_to_frames,
        lambda: {"segments": torch.tensor([[0.0, 0.5, 1.0], [0.5, 1.0, 2.0]]).double()},
        options={"hop": 0.1, "frames": 12},
        order="where segments overlap, later rows win",
        empty="defined",
    ),
    Entry(calibration.ece, probabilities),
    Entry(calibration.brier, probabilities),
    Entry(auc.auc_binary, two_classes, **RANKED),
    Entry(auc.auc_pairs, three_classes, **RANKED),
    *(
        Entry(
            auc.auc_multiclass,
            three_classes,
            options={"mode": mode, "average": average},
            variant=f"{mode}-{average}",
            **RANKED,
        )
        for mode in ("ovo", "ovr")
        for average in ("macro", "weighted", None)
    ),
]


# --- fairness and explanations -----------------------------------------------------


def scored_groups() -> dict[str, Tensor]:
    scores = torch.sigmoid(draw(0, 60))
    return {"scores": scores, "groups": torch.arange(60) % 3}


def concepts() -> dict[str, Tensor]:
    c = (draw(0, 30, 4) > 0).long()
    return {"c_soft": torch.sigmoid(draw(1, 30, 4) + 2.0 * c), "c": c}


def intervened() -> dict[str, Tensor]:
    c = (draw(0, 30, 3) > 0).double()
    return {"z": draw(1, 30, 3), "c": c, "y": torch.arange(30) % 2}


def answer(z: Tensor, c: Tensor, mask: Tensor) -> Tensor:
    weights = torch.tensor([[0.5, -1], [0.25, 1], [-0.5, 0.25]]).double()
    return torch.where(mask, c.double(), z.double()) @ weights


JUDGED = [
    Entry(fairness.score_kl, scored_groups, options={"bins": 10}),
    Entry(
        fairness.score_kl_test,
        scored_groups,
        call=lambda **given: fairness.score_kl_test(**given, seed=0, bins=10).value,
    ),
    Entry(fairness.top_share, scored_groups, options={"k": 10}, scale={"scores": 0}),
    Entry(
        fairness.p_rule,
        lambda: {"rates": torch.tensor([0.5, 0.25, 0.75]).double()},
        scale={"rates": 0},
    ),
    Entry(
        fairness.true_positive_gap,
        lambda: {**scored_groups(), "truth": torch.sigmoid(draw(1, 60))},
        options={"threshold": 0.5},
    ),
    Entry(
        explanations.oracle_impurity,
        concepts,
        scale={"c_soft": 0},
        shift=("c_soft",),
        half=1e-12,
    ),
    Entry(
        explanations.intervention_curve,
        intervened,
        options={"order": [2, 0, 1]} | {"intervene": answer},
    ),
    Entry(
        explanations.uncertainty_order,
        lambda: {"c_probs": torch.sigmoid(draw(0, 30, 4))},
    ),
]


# --- probes and usable information -------------------------------------------------


def features() -> dict[str, Tensor]:
    y = torch.arange(60) % 3
    return {"features": draw(0, 60, 4) + y[:, None], "labels": y}


def leaks() -> dict[str, Tensor]:
    n = torch.arange(60) % 2
    z = draw(0, 60, 3) + n[:, None]
    return {
        "z_train": z[:40],
        "n_train": n[:40],
        "z_test": z[40:],
        "n_test": n[40:],
    }


def observed() -> dict[str, Tensor]:
    y = torch.arange(60) % 3
    return {"x": draw(0, 60, 4) + y[:, None], "y": y, "given": draw(1, 60, 2)}


def noisy_split() -> dict[str, Tensor]:
    return {**split(), "y": split()["y"] + 0.3 * draw(5, 40, 8)}


def probed(probe: str):
    def call(features: Tensor, labels: Tensor) -> Tensor:
        fitted = probes.fit_probe(features, labels, 3, probe=probe)
        return fitted.logits(features).softmax(1).double()

    return call


COMPACT = [
    Entry(
        of,
        lambda: {"relevances": draw(0, 5, 6).relu() + 4 * torch.eye(5, 6)},
        order="moves",
        scale={"relevances": 0},
    )
    for of in (compactness.effective_number, compactness.mass_number)
]

PROBES = [
    Entry(
        probes.fit_probe,
        features,
        call=probed("logistic"),
        variant="logistic",
        order="moves",
        scale={"features": 0},
        shift=("features",),
        tolerance=1e-4,
    ),
    Entry(
        probes.fit_probe,
        features,
        call=probed("mlp"),
        variant="mlp",
        order="the seed's batches are of the rows",
        tolerance=1e-2,
        half=0.1,
    ),
    Entry(
        probes.conditional_entropy,
        lambda: {"logits": draw(0, 30, 3), "labels": torch.arange(30) % 3},
    ),
    Entry(
        probes.urr,
        leaks,
        options={"n_values": 2},
        rows=("z_train", "n_train"),
        tolerance=1e-4,
    ),
    Entry(
        usable_information.usable_information,
        observed,
        call=lambda **given: usable_information.usable_information(**given, n_values=3)[
            :4
        ],
        order="the seed's folds are of the rows",
        scale={"x": 0, "given": 0},
        shift=("x", "given"),
        tolerance=1e-4,
    ),
    *(
        Entry(
            usable_information.gaussian_usable_information,
            noisy_split,
            options={"noise": noise},
            variant=noise,
            rows=("x", "y"),
        )
        for noise in ("full", "isotropic")
    ),
]


# --- unlearning --------------------------------------------------------------------


def read_out(**given: Tensor) -> float:
    source = torch.Generator().manual_seed(0)
    return unlearning.residual_r2(**given, noise=0.1, components=3, generator=source)


UNLEARNING = [
    Entry(
        unlearning.membership_auc,
        lambda: {"losses_forget": draw(0, 12), "losses_test": draw(1, 12)},
        together=("losses_forget", "losses_test"),
    ),
    Entry(
        unlearning.residual_r2,
        lambda: {
            "z_fit": draw(0, 24, 4),
            "x_fit": draw(0, 24, 4) + 0.1,
            "z_test": draw(1, 24, 4),
            "x_test": draw(1, 24, 4) + 0.1,
        },
        call=read_out,
        order="the read-out noise is drawn by the places of rows",
    ),
]

# --- verification ------------------------------------------------------------------


def trials() -> dict[str, Tensor]:
    return {"target": draw(0, 30) + 1, "nontarget": draw(1, 30)}


def weighted_trials() -> dict[str, Tensor]:
    weights = torch.arange(30).double() % 3
    return {**trials(), "target_weights": weights, "nontarget_weights": weights + 1}


def of_rates(statistic):
    return lambda **given: statistic(verification.error_rates(**given))


def normed() -> dict[str, Tensor]:
    return {"scores": draw(0, 12, 12), "model_cohort": draw(1, 12, 9)}


def spoken() -> dict[str, Tensor]:
    return {
        "scores": draw(0, 60) + torch.arange(60) % 2,
        "is_target": torch.arange(60) % 2 > 0,
        "speaker": torch.arange(60) // 2 % 6,
    }


def bootstrapped(measure, **options):
    def call(**given):
        source = torch.Generator().manual_seed(0)
        return measure(**given, **options, generator=source, draws=100)

    return call


def missed(rates: verification.ErrorRates) -> Tensor:
    return verification.equal_error_rate(rates)[0]


SCALED = {"together": ("target", "nontarget")}
SEEDED = {"order": "same", "tolerance": 1e-9}

VERIFICATION = [
    Entry(
        verification.error_rates,
        trials,
        call=lambda **given: verification.error_rates(**given)[:2],
        **SCALED,
    ),
    Entry(
        verification.error_rates,
        weighted_trials,
        call=lambda **given: verification.error_rates(**given)[:2],
        variant="weights",
        **SCALED,
    ),
    Entry(verification.equal_error_rate, trials, call=of_rates(missed), **SCALED),
    Entry(
        verification.minimum_dcf,
        trials,
        call=of_rates(lambda r: verification.minimum_dcf(r, verification.DCF08)[0]),
        **SCALED,
    ),
    Entry(verification.actual_dcf, trials, options={"point": verification.DCF08}),
    Entry(
        verification.roc_area, trials, call=of_rates(verification.roc_area), **SCALED
    ),
    Entry(
        verification.convex_hull,
        trials,
        call=of_rates(lambda rates: verification.convex_hull(rates)[:2]),
        **SCALED,
    ),
    Entry(
        verification.det_points,
        trials,
        call=of_rates(lambda rates: verification.det_points(rates, 30, 30)),
        **SCALED,
    ),
    Entry(likelihood_ratios.cllr, trials, infinite=("target", "nontarget")),
    Entry(
        likelihood_ratios.calibrate,
        trials,
        call=lambda target, nontarget: likelihood_ratios.calibrate(target, nontarget)(
            real("target", target).double()
        ),
        order="moves",
        **SCALED,
    ),
    Entry(score_normalisation.z_norm, normed, order="moves", empty="defined"),
    Entry(
        score_normalisation.t_norm,
        lambda: {"scores": draw(0, 12, 12), "test_cohort": draw(1, 12, 12)},
        order="rows are models, of the cohort other ones",
    ),
    Entry(
        score_normalisation.s_norm,
        lambda: {**normed(), "test_cohort": draw(2, 12, 12)},
        order="rows are models, of the cohort other ones",
    ),
    Entry(
        speaker_bootstrap.speaker_interval,
        spoken,
        call=bootstrapped(speaker_bootstrap.speaker_interval, statistic=missed),
        **SEEDED,
    ),
    Entry(
        speaker_bootstrap.paired_interval,
        lambda: {
            "first": draw(0, 60) + torch.arange(60) % 2,
            "second": draw(1, 60) + 2 * (torch.arange(60) % 2),
            "is_target": torch.arange(60) % 2 > 0,
            "speaker": torch.arange(60) // 2 % 6,
        },
        call=bootstrapped(speaker_bootstrap.paired_interval, statistic=missed),
        **SEEDED,
    ),
    Entry(
        speaker_bootstrap.det_band,
        lambda: {**spoken(), "false_alarm": torch.tensor([0.125, 0.5]).double()},
        call=bootstrapped(speaker_bootstrap.det_band),
        rows=("scores", "is_target", "speaker"),
        **SEEDED,
    ),
]


# --- information and disentanglement -----------------------------------------------


def variables() -> dict[str, Tensor]:
    a = torch.arange(60) % 3
    return {"a": a, "b": (a + torch.arange(60) // 7) % 4, "given": torch.arange(60) % 2}


def columns() -> dict[str, Tensor]:
    a, b, given = variables().values()
    return {"a": torch.stack([a, b], 1), "b": torch.stack([given, a, b], 1)}


def weights() -> Tensor:
    return torch.arange(60).double() % 5 + 1


def world() -> dict[str, Tensor]:
    factors = torch.stack([torch.arange(60) % 3, torch.arange(60) // 3 % 2], 1)
    return {
        "factors": factors,
        "codes": draw(0, 60, 4) * 0.5 + factors[:, [0, 1, 0, 1]],
    }


def weighted_world() -> dict[str, Tensor]:
    return {**world(), "weights": weights()}


AFFINE = {"scale": {"codes": 0}, "shift": ("codes",), "half": 0.1}
HISTOGRAMS = ("mig", "mig_sup", "dcimig", "jemmig", "modularity")


def parts(measure, count: int, **options):
    return lambda **given: measure(**given, **options)[:count]


INFORMATION = [
    Entry(
        information.entropy,
        lambda: {"variables": variables()["b"]},
        call=lambda variables: information.entropy(variables),
    ),
    Entry(information.mutual_information, lambda: {k: variables()[k] for k in "ab"}),
    Entry(information.conditional_mutual_information, variables),
    Entry(
        information.conditional_mutual_information,
        lambda: {**variables(), "weights": weights()},
        variant="weights",
        scale={"weights": 0},
    ),
    Entry(information.mutual_information_matrix, columns),
    Entry(information.pairwise_information, columns),
    Entry(
        discrete.discretise,
        lambda: {"codes": draw(0, 40, 3)},
        call=lambda codes: discrete.discretise(codes).values,
        order="moves",
        **AFFINE,
    ),
    Entry(
        discrete.table_rows,
        lambda: {"table": torch.tensor([[0.5, 0.125], [0.25, 0.125]]).double()},
        order="the rows are the values of a variable",
    ),
    *(
        Entry(getattr(disentanglement, name), world, options={"bins": 5}, **AFFINE)
        for name in HISTOGRAMS
    ),
    *(
        Entry(
            getattr(disentanglement, name),
            weighted_world,
            options={"bins": 5},
            variant="weights",
            **AFFINE,
        )
        for name in HISTOGRAMS
    ),
    Entry(disentanglement.minimality_sufficiency, world, options={"bins": 5}, **AFFINE),
    Entry(
        disentanglement.minimality_sufficiency_gaussian,
        world,
        call=parts(disentanglement.minimality_sufficiency_gaussian, 2, draws=3),
        **{**AFFINE, "order": "the seed's draws are of the rows"},
    ),
    Entry(
        disentanglement.active_latents,
        lambda: {"codes": draw(0, 40, 3) * torch.tensor([1.0, 0.0, 1.0])},
        scale={"codes": 0},
        shift=("codes",),
    ),
    *(
        Entry(
            disentanglement.dci,
            world,
            call=parts(disentanglement.dci, 3, predictor=predictor, trees=5),
            variant=predictor,
            order="the seed's split is of the rows",
            tolerance=tolerance,
            **AFFINE,
        )
        for predictor, tolerance in (("lasso", 1e-3), ("forest", 1e-6))
    ),
    Entry(
        disentanglement.dci_from_importances,
        lambda: {"importances": draw(0, 3, 4).abs()},
        scale={"importances": 0},
    ),
    Entry(
        importances.lasso_importances,
        lambda: {**read_off(draw(0, 24, 4)), **read_off(draw(1, 9, 4), "_test")},
        options={"alpha": 0.05},
        rows=("z", "y"),
        together=("z", "y", "z_test", "y_test"),
        tolerance=1e-4,
        half=1e-2,
    ),
    Entry(
        importances.completeness,
        lambda: {"importances": draw(0, 3, 4).abs()},
        order="moves",
        scale={"importances": 0},
    ),
    Entry(
        disentanglement.explicitness,
        world,
        order="the seed's split is of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.factor_vae_score,
        world,
        call=parts(
            disentanglement.factor_vae_score,
            1,
            train_votes=60,
            test_votes=60,
            active_std=0.0,
        ),
        order="the seed's draws are of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.beta_vae_score,
        world,
        options={"pairs": 5, "train_points": 60, "test_points": 60},
        order="the seed's draws are of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.infomec,
        world,
        call=parts(disentanglement.infomec, 3),
        order="the seed's split is of the rows",
        tolerance=1e-4,
        **AFFINE,
    ),
    Entry(disentanglement.neighbour_information, world, tolerance=1e-4, **AFFINE),
    Entry(disentanglement.irs, world, **AFFINE),
    Entry(disentanglement.irs, weighted_world, variant="weights", **AFFINE),
    Entry(disentanglement.sap, world, **AFFINE),
    Entry(
        disentanglement.sap,
        world,
        options={"method": "classifier"},
        variant="classifier",
        order="the seed's split is of the rows",
        half=0.1,
    ),
    Entry(
        disentanglement.bottleneck_terms,
        lambda: {
            "factors": world()["factors"],
            "nuisance": torch.arange(60) % 2,
            "observation": torch.arange(60) % 12,
            "codes": columns()["a"],
        },
        names={
            "factors": r"\w+",
            "nuisance": r"\w+",
            "observation": r"\w+",
            "codes": r"\w+",
        },
    ),
]

# --- relevance of components -------------------------------------------------------


def active() -> dict[str, Tensor]:
    return {"h": draw(0, 6, 3, 4).abs(), "theta": draw(1, 2, 3)}


def mapped() -> dict[str, Tensor]:
    return {"maps": draw(0, 6, 2, 3, 4).abs(), "ideal": draw(1, 6, 2, 3, 4) > 0}


def cut() -> dict[str, Tensor]:
    x = draw(0, 6, 3, 4).abs() + 1
    return {"x": x, "parts": draw(1, 6, 2, 3, 4).abs().clamp_max(1)}


def two_sums(x: Tensor) -> Tensor:
    return torch.stack([x.sum(1), x[:, 0]], 1)


FRAMES = {"frames": draw(9, 6, 2, 4) > -1}

RELEVANCE = [
    *(
        Entry(
            relevance.relevance,
            active,
            options={"pool": pool},
            variant=pool,
            rows=("h",),
            order="moves",
            scale={"h": 1, "theta": 1},
            out="single",
            half=1e-2,
        )
        for pool in ("mean", "max", "none")
    ),
    Entry(
        relevance.class_prototype,
        lambda: {
            "relevances": draw(0, 6, 2, 3),
            "W": draw(1, 5, 3).abs(),
            "present": torch.arange(12).reshape(6, 2) % 5 > 0,
        },
        rows=("relevances", "present"),
        scale={"relevances": 1, "W": 1},
        out="single",
        half=1e-2,
    ),
    Entry(
        relevance.soft_maps,
        lambda: {
            "x": draw(2, 6, 5, 4).abs(),
            "W": draw(1, 5, 3).abs(),
            "h": active()["h"],
            "selected": draw(3, 6, 2, 3).sigmoid(),
        },
        rows=("x", "h", "selected"),
        order="moves",
        scale={"x": 1, "W": 0, "h": 0},
        out="single",
        half=1e-2,
    ),
    Entry(
        relevance.mass_accuracy,
        lambda: {**mapped(), **FRAMES},
        scale={"maps": 0},
        half=1e-2,
    ),
    Entry(
        relevance.deletion_drop,
        lambda: {**cut(), **FRAMES},
        call=lambda **inputs: relevance.deletion_drop(two_sums, **inputs),
        half=1e-2,
    ),
    Entry(
        relevance.group_relevance,
        lambda: {
            "h": draw(0, 6, 3).abs(),
            "theta": draw(1, 2, 3),
            "labels": torch.arange(6) % 2,
        },
        rows=("h", "labels"),
        scale={"h": 1, "theta": 1},
        out="single",
        half=1e-2,
    ),
]


def gathered() -> dict[str, Tensor]:
    y = torch.arange(24) % 4
    return {"z": 2 * draw(0, 4, 5)[y] + draw(1, 24, 5), "y": y}


SEPARATION = [
    Entry(
        separation.fisher_ratio,
        gathered,
        scale={"z": 0},
        shift=("z",),
        half=5e-3,
    ),
    Entry(separation.cosine_distances, gathered, scale={"z": 0}, half=5e-3),
    Entry(separation.class_mean_cosines, gathered, scale={"z": 0}, half=5e-3),
    Entry(
        separation.class_mean_cosines,
        gathered,
        options={"centre": True},
        variant="centred",
        scale={"z": 0},
        shift=("z",),
        half=5e-3,
    ),
]


# --- dereverberated speech ---------------------------------------------------------


def heard() -> dict[str, Tensor]:
    return {"reference": draw(0, 4, 600), "processed": draw(1, 4, 600)}


def spectra() -> dict[str, Tensor]:
    return {name: value.reshape(4, 25, 24).abs() for name, value in heard().items()}


def correlated() -> dict[str, Tensor]:
    power = torch.fft.rfft(draw(0, 6, 30), 64).abs().square()
    return {"autocorrelation": torch.fft.irfft(power)[:, :5].clone()}


def predictors() -> dict[str, Tensor]:
    return {"predictor": torch.cat([torch.ones(6, 1), draw(0, 6, 4) / 4], 1)}


ENHANCEMENT = [
    Entry(linear_prediction.levinson, correlated, order="moves", empty="defined"),
    Entry(
        linear_prediction.prediction_cepstra,
        predictors,
        order="moves",
        empty="defined",
    ),
    *(
        Entry(
            of,
            heard,
            options={"rate": 8000},
            order="moves",
            scale={"reference": 0, "processed": 0},
        )
        for of in (
            linear_prediction.log_likelihood_ratio,
            linear_prediction.cepstral_distance,
            linear_prediction.prediction_distances,
        )
    ),
    Entry(
        intelligibility.short_time_intelligibility,
        lambda: {"reference": draw(0, 3, 4400), "processed": draw(1, 3, 4400)},
        options={"rate": 8000},
        order="moves",
        scale={"reference": 0, "processed": 0},
    ),
    Entry(
        enhancement.segmental_snr,
        lambda: {**spectra(), "bands": draw(2, 3, 25).abs()},
        rows=("reference", "processed"),
        order="moves",
        scale={"bands": 0},
        together=("reference", "processed"),
    ),
    Entry(enhancement.log_spectral_distance, spectra, order="moves"),
    Entry(
        enhancement.reduced_srmr,
        lambda: {"signal": draw(0, 4, 2400)},
        options={"rate": 8000},
        order="moves",
        scale={"signal": 0},
    ),
    Entry(
        enhancement.recovered_share,
        lambda: {"before": draw(0, 9).abs() + 1, "after": draw(1, 9).abs()},
        together=("before", "after"),
    ),
]

ROWS = (
    STATISTICS
    + CODES
    + SIMILARITY
    + SEPARATION
    + DECISIONS
    + JUDGED
    + PROBES
    + COMPACT
    + UNLEARNING
    + VERIFICATION
    + INFORMATION
    + RELEVANCE
    + ENHANCEMENT
)

HELPERS = {
    "support.metrics.discrete.compact": "renumbers what was checked",
    "support.metrics.fairness.kl_floor": "takes counts",
    "support.metrics.disentanglement.inputs.check_choice": "takes a word",
    "support.metrics.disentanglement.inputs.check_sample": "the edge of the scores",
    "support.metrics.disentanglement.inputs.code_values": "behind check_sample",
    "support.metrics.disentanglement.inputs.histogram_information": "under the gaps",
    "support.metrics.disentanglement.inputs.rescale": "takes one number",
    "support.metrics.disentanglement.inputs.rounding_of": "behind check_sample",
    "support.metrics.disentanglement.inputs.spread": "behind check_sample",
    "support.metrics.intervals.smallest_p": "takes a count of seeds",
    "support.metrics.comparisons.against": "the two tests and the interval, by names",
    "support.metrics.ranking.critical_difference": "takes counts and a level",
    "support.metrics.intervals.array_of": "the edge of the statistics",
    "support.metrics.intervals.sample_of": "the edge of the statistics",
    "support.metrics.unlearning.distance_to_retraining": "takes scores by name",
    "support.metrics.similarity.inputs.centred": "behind check_pair",
    "support.metrics.similarity.inputs.check_pair": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_side": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_test": "the edge of the fits",
    "support.metrics.similarity.inputs.column_mean": "behind check_pair",
    "support.metrics.similarity.kernels.alignment": "a ratio of numbers",
    "support.metrics.similarity.kernels.linear_hsics": "behind check_pair",
}
