"""Maps and back-ends of embeddings."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    backends,
    whitening,
)
from tests.properties.framework import Entry, draw

__all__ = ["MAPS"]


LABELS = torch.arange(24) % 4


def voices() -> dict[str, Tensor]:
    embedding = 3 * draw(0, 4, 3)[LABELS] + draw(1, 24, 3)
    return {"embedding": embedding, "classes": LABELS.clone()}


def compared() -> dict[str, Tensor]:
    return {**voices(), "enrolment": draw(2, 3, 2, 3), "test": draw(3, 5, 3)}


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
