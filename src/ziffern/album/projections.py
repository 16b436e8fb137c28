"""Training pictures in fewer dimensions, as plates: components, clusters and three maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ziffern.album.page import Plate, Step
from ziffern.album.seen import Numbers, Seen, tolerant
from ziffern.datasets.splits import shuffled
from ziffern.errors import InputError
from ziffern.exploration import projections
from ziffern.exploration.projections import (
    NEIGHBOURS,
    TSNE_INPUT,
    Projection,
    kmeans,
    purity,
    separation,
)
from ziffern.figures.dataset import MARKS, clusters_figure, components_for, variance_figure
from ziffern.figures.maps import map_figure
from ziffern.figures.style import percent
from ziffern.figures.tiles import tiles_figure

COMPONENTS = 20
"""Principal components that are shown as pictures."""
MAP = 10_000
"""Most training pictures on a map."""
PERPLEXITY = 30.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Training:
    """The training part, its principal components, and the draw that the maps show."""

    look: Seen
    numbers: Numbers

    @cached_property
    def flat(self) -> Projection:
        """All principal components; reckoned once, for several plates."""
        return projections.pca(self.look.train.images, seed=self.look.seed)

    @cached_property
    def drawn(self) -> NDArray[np.int64]:
        """Which pictures are on the maps."""
        return shuffled(len(self.look.train), self.look.seed)[:MAP]


def steps(look: Seen, numbers: Numbers, *, perplexity: float | None = None) -> list[Step]:
    """Return the work that makes the plates; `numbers` gets `pca`, `kmeans` and `maps`.

    Raises:
        InputError: the perplexity was asked for, and the map has too few pictures for it.
    """
    mapped = min(len(look.train), MAP)
    if perplexity is not None and not 0 < perplexity < mapped:
        raise InputError(
            f"--perplexity {perplexity:g}: expected above 0 and below the number of pictures on "
            f"the map, {mapped:,}"
        )
    seen = _Training(look, numbers)
    plates: list[tuple[str, str, Callable[[], list[Plate]]]] = [
        ("components", "Principal components", lambda: _components(seen)),
        ("pca", "Map by principal components", lambda: [_pca(seen)]),
        ("clusters", "Clusters", lambda: [_clusters(seen)]),
        ("tsne", "Map by t-SNE", lambda: [_tsne(seen, perplexity or PERPLEXITY)]),
        ("umap", "Map by UMAP", lambda: [_umap(seen)]),
    ]
    return [tolerant(name, title, make, numbers) for name, title, make in plates]


def _components(seen: _Training) -> list[Plate]:
    shares = seen.flat.shares
    needed = {f"{share:g}": components_for(shares, share) for share in MARKS}
    shown = min(COMPONENTS, len(shares))
    seen.numbers["pca"] = {"shares": shares[:shown].tolist(), "components_for": needed}
    pictures = seen.flat.components[:shown].reshape(shown, *seen.look.train.images.shape[1:])
    captions = [f"{i + 1}: {percent(share, 1)}" for i, share in enumerate(shares[:shown].tolist())]
    enough = ", ".join(
        f"{percent(share, 0)} with {count}"
        for share, count in zip(MARKS, needed.values(), strict=True)
    )
    return [
        Plate(
            "explained-variance",
            "Explained variance",
            f"How much of the variance of all {pictures[0].size} pixels the first principal "
            f"components explain together: {enough}. Pixels are far from independent of each "
            "other.",
            variance_figure(shares),
            alt=f"The first components explain {enough}",
        ),
        Plate(
            "components",
            "Principal components",
            f"The first {shown} directions of greatest variance as pictures, with the share that "
            "each explains. A digit is the mean picture plus so much of each of them: blue adds "
            "ink, orange takes it away.",
            tiles_figure(pictures, captions, scale="signed", columns=10),
            alt="Components as pictures: " + ", ".join(captions),
        ),
    ]


def _clusters(seen: _Training) -> Plate:
    part, names = seen.look.train, seen.look.class_names
    clusters = kmeans(part.images, len(names), seed=seen.look.seed)
    found = purity(clusters.members, part.labels)
    told = [
        {"class": names[label], "share": share, "size": size}
        for label, share, size in zip(
            found.classes.tolist(), found.shares.tolist(), found.sizes.tolist(), strict=True
        )
    ]
    seen.numbers["kmeans"] = {"purity": found.overall, "clusters": told}
    missing = [name for label, name in enumerate(names) if label not in found.classes]
    without = f" No cluster is mostly {' or '.join(missing)}." if missing else ""
    return Plate(
        "clusters",
        "Clusters",
        f"k-means divides the pixels into {len(names)} clusters without knowing a label. Each "
        "centre is the mean of its members; below it stand the most frequent label, its share "
        f"and the size.{without} Were each cluster named after its most frequent label, "
        f"{percent(found.overall, 1)} of the pictures would be named right.",
        clusters_figure(clusters, found, names),
        alt="; ".join(f"{percent(c['share'], 0)} {c['class']} of {c['size']:,}" for c in told),
        facts=[("purity", percent(found.overall, 1))],
    )


def _pca(seen: _Training) -> Plate:
    first, second = (percent(share, 1) for share in (*seen.flat.shares.tolist(), 0.0)[:2])
    points = np.pad(seen.flat.points[seen.drawn, :2], ((0, 0), (0, 1)))[:, :2]
    return _map(
        seen,
        "pca",
        "Map by principal components",
        "The two directions of greatest variance. It is the shadow of the cloud of pictures on a "
        "plane: what is far apart here is far apart, but what is near may not be.",
        points,
        x=f"first component: {first} of the variance",
        y=f"second component: {second}",
    )


def _tsne(seen: _Training, perplexity: float) -> Plate:
    images = seen.look.train.images[seen.drawn]
    points = projections.tsne(images, seed=seen.look.seed, perplexity=perplexity)
    return _map(
        seen,
        "tsne",
        "Map by t-SNE",
        f"Pictures that are alike in their pixels lie together (perplexity {perplexity:g}, from "
        f"the first {TSNE_INPUT} principal components). Labels were not used. Neighbourhoods "
        "can be believed; distances between groups and their sizes mean nothing.",
        points,
    )


def _umap(seen: _Training) -> Plate:
    points = projections.umap(seen.look.train.images[seen.drawn], seed=seen.look.seed)
    return _map(
        seen,
        "umap",
        "Map by UMAP",
        "As by t-SNE: neighbours in the pixels stay neighbours, without labels.",
        points,
    )


def _map(
    seen: _Training, name: str, title: str, text: str, points: Floats, *, x: str = "", y: str = ""
) -> Plate:
    labels = seen.look.train.labels[seen.drawn]
    facts = [("pictures", f"{len(points):,}")]
    told: dict[str, float | int] = {"pictures": len(points)}
    try:
        found = separation(points, labels, seed=seen.look.seed)
    except InputError:  # a single class lies where it lies
        pass
    else:
        told |= found._asdict()
        facts += [
            ("silhouette", f"{found.silhouette:.2f}"),
            (f"{NEIGHBOURS} nearest neighbours vote right", percent(found.knn_accuracy, 1)),
        ]
    seen.numbers.setdefault("maps", {})[name] = told
    figure = map_figure(
        points, labels, seen.look.class_names, images=seen.look.train.images[seen.drawn], x=x, y=y
    )
    alt = f"Map of {len(points):,} pictures; " + ", ".join(f"{k}: {v}" for k, v in facts[1:])
    return Plate(name, title, text, figure, alt=alt.rstrip("; "), facts=facts, raster=True)
