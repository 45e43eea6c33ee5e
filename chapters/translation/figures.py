"""The pictures that no other chapter draws: translations in rows, latents in planes."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import torch
from torch import Tensor

from chapters.translation.data import Data
from chapters.translation.scores import slant_and_ink
from chapters.translation.translator import Translator, on_the_way
from support import plots
from support.arrays import classes, real
from support.scalars import whole

__all__ = ["domains", "gallery", "hard_case", "path", "plane", "targets"]


def gallery(data: Data, count: int = 3) -> plots.Drawing:
    """The first test images of every domain, a column each.

    Args:
        data: of the chapter.
        count: of each domain.

    Raises:
        ValueError: there are not so many of each.
    """
    of = [data.x_test[data.y_test == domain] for domain in range(len(data.names))]
    count = whole("count", count, 1, min(map(len, of)))
    rows = {
        chr(97 + k): torch.stack([images[k] for images in of]) for k in range(count)
    }
    return _mosaic(rows, data.names, "test images, one of every domain")


def domains(
    data: Data, models: Mapping[str, Translator], sample: int, *, way: str = "rotation"
) -> plots.Drawing:
    """One test image in every domain, a row the truth, where there is one, or a model.

    Args:
        data: of the chapter.
        models: name to model.
        sample: which test image.
        way: see `chapters.translation.translator.move`.

    Raises:
        ValueError: there is no such image, or the way is another.
    """
    sample = whole("sample", sample, 0, len(data.x_test) - 1)
    every = torch.arange(len(data.names)).to(data.y_test)
    source = data.y_test[sample].expand(len(every))
    image = data.x_test[sample].expand(len(every), -1, -1, -1)
    rows = {name: model(image, source, every, way) for name, model in models.items()}
    truth = data.truth(every, torch.full_like(every, sample))
    if truth is not None:
        rows = {"truth": truth} | rows
    titles = [
        f"{name}\n(source)" if domain == int(source[0]) else name
        for domain, name in enumerate(data.names)
    ]
    return _mosaic(rows, titles, "images of one style in every domain")


def hard_case(data: Data, model: Translator, count: int = 100) -> int:
    """Of the first test images the one whose translations keep its style least.

    By the error to the true translations; of scans by slant and ink, in deviations.

    Args:
        data: of the chapter.
        model: that translates.
        count: how many images to choose among, at least 1.

    Raises:
        ValueError: the count is none.
    """
    rows = torch.arange(min(whole("count", count), len(data.x_test)))
    image, source = data.x_test[rows], data.y_test[rows]
    away = torch.zeros(len(rows), dtype=torch.double)
    for step in range(1, len(data.names)):
        target = (source + step) % len(data.names)
        found, truth = model(image, source, target), data.truth(target, rows)
        if truth is None:
            before, after = slant_and_ink(image), slant_and_ink(found)
            away += ((after - before) / before.std(0)).square().sum(1).cpu()
        else:
            away += (found - truth).square().mean((1, 2, 3)).cpu()
    return int(away.argmax())


def targets(
    data: Data, models: Mapping[str, Translator], target: int, samples: Sequence[int]
) -> plots.Drawing:
    """Several test images in one domain: sources, truth, and a row a model.

    Args:
        data: of the chapter.
        models: name to model.
        target: the domain.
        samples: which test images, at least one.

    Raises:
        ValueError: there is no such image or domain.
    """
    target = whole("target", target, 0, len(data.names) - 1)
    chosen = classes("samples", samples, len(data.x_test))
    if not len(chosen):
        raise ValueError("samples: got none; give at least one")
    source, image = data.y_test[chosen], data.x_test[chosen]
    goal = torch.full_like(source, target)
    rows = {"source": image}
    truth = data.truth(goal, chosen)
    if truth is not None:
        rows["truth"] = truth
    rows |= {name: model(image, source, goal) for name, model in models.items()}
    titles = [data.names[domain] for domain in source.tolist()]
    what = f"images, all of them to become {data.names[target]}"
    return _mosaic(rows, titles, what)


def path(
    model: Translator, data: Data, sample: int, target: int, shares: Sequence[float]
) -> plots.Drawing:
    """What the decoder makes of latents on their way along a rotation.

    Args:
        model: without labels.
        data: of the chapter.
        sample: which test image.
        target: the domain it goes to.
        shares: of the way.

    Raises:
        ValueError: there is no such image or domain, or a share is no number.
    """
    sample = whole("sample", sample, 0, len(data.x_test) - 1)
    target = whole("target", target, 0, len(data.names) - 1)
    image, source = data.x_test[sample][None], data.y_test[sample][None]
    mean = model.encode(image, source).mean
    goal = torch.full_like(source, target)
    frames = []
    for share in shares:
        turned = on_the_way(mean[:, : model.width], model.prior, source, goal, share)
        frames.append(
            model.decode(torch.cat([turned, mean[:, model.width :]], 1), goal)
        )
    titles = [f"{share:.0%}" for share in shares]
    names = data.names[int(source[0])], data.names[target]
    return plots.images(
        [[frame[0] for frame in frames]],
        [titles],
        what=f"images on the way from {names[0]} to {names[1]}",
    )


def plane(
    z: Tensor, y: Tensor, names: Sequence[str], *, title: str = "", shown: int = 300
) -> plots.Drawing:
    """Latents in the plane in which they spread most, a colour a domain.

    Args:
        z: (n, d).
        y: (n,) domains; of more than five the first five are drawn.
        names: of the domains.
        title: over the panel.
        shown: of the latents, the first ones.

    Raises:
        ValueError: lengths differ, or a number is not finite.
    """
    z, y = real("z", z), classes("y", y)
    if z.ndim != 2 or y.shape != z.shape[:1]:
        raise ValueError(
            f"z, y: got shapes {tuple(z.shape)} and {tuple(y.shape)}; give (n, d), (n,)"
        )
    z, y = z[:shown].double().cpu(), y[:shown].cpu()
    axes = torch.linalg.svd(z - z.mean(0), full_matrices=False).Vh[:2].T
    points = (z - z.mean(0)) @ axes
    groups = {name: points[y == place] for place, name in enumerate(names[:5])}
    return plots.scatter(
        groups,
        x="first direction",
        y="second direction",
        square=True,
        title=title,
        size=(3.4, 3.4),
    )


def _mosaic(
    rows: Mapping[str, Tensor], titles: Sequence[str], what: str
) -> plots.Drawing:
    """Images (n, 1, side, side) in rows, as one picture, which weighs little."""
    side, gap = next(iter(rows.values())).shape[-1], 1
    pitch = side + gap
    canvas = np.zeros((len(rows) * pitch, len(titles) * pitch, 4))  # gaps see through
    for down, images in enumerate(rows.values()):
        for across, image in enumerate(images.detach().cpu().numpy()):
            place = np.s_[
                down * pitch : down * pitch + side,
                across * pitch : across * pitch + side,
            ]
            canvas[place] = np.clip(image[0], 0, 1)[..., None]
            canvas[place][..., 3] = 1
    before = 1.3 if len(max(rows, key=len)) > 1 else 0.4  # inches for the words
    width = min(6.4, before + 0.7 * len(titles))  # five columns fit a phone
    height = (width - before) * len(rows) / len(titles) + 0.5
    figure, axis = plots.start((width, height))
    axis.imshow(canvas, interpolation="none")
    middle = (side - 1) / 2
    axis.set_xticks([middle + pitch * k for k in range(len(titles))], titles)
    labels = [fill(label, 11) for label in rows]
    axis.set_yticks([middle + pitch * k for k in range(len(rows))], labels)
    axis.tick_params(
        length=0, top=False, labeltop=True, bottom=False, labelbottom=False
    )
    axis.grid(False)
    axis.spines[:].set_visible(False)
    columns = ", ".join(title.replace("\n", " ") for title in titles)
    alt = f"{len(titles)} {what}. Columns: {columns}. Rows: {', '.join(rows)}."
    if "truth" in rows:
        away = [
            f"{name} {float((images - rows['truth']).square().mean()):.4f}"
            for name, images in rows.items()
            if name not in ("source", "truth")
        ]
        alt += f" Mean squared errors to the truth: {', '.join(away)}."
    return plots.Drawing(figure, alt)
