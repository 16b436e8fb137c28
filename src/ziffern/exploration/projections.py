"""Many dimensions seen in two: PCA, t-SNE and UMAP, clusters, and how well classes keep apart.

    flat = pca(images, 50)
    points = tsne(flat.points, seed=0)
    separation(points, labels).knn_accuracy

Samples may be pictures or the outputs of any layer. What is expensive is scikit-learn's work; what
it means for labels is reckoned here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets.splits import shuffled
from ziffern.errors import InputError, WorkError

Floats = NDArray[np.float32]
Integers = NDArray[np.integer]

TSNE_INPUT = 50
"""Principal components that t-SNE and UMAP start from, as their authors advise: less noise."""
TSNE_STEPS, TSNE_ANGLE = 750, 0.8
"""Steps of t-SNE, and how coarsely far points are summed up: measured, see docs/decisions.md."""
NEIGHBOURS = 10
"""Neighbours that vote in `Separation.knn_accuracy`."""
SILHOUETTE_SAMPLE = 4_000
"""At most so many points are compared with each other for the silhouette."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Samples in the directions of greatest variance, the greatest first.

    points: float32 (N, K), the samples in these directions.
    components: float32 (K, D), the directions, of length 1 and at right angles to each other.
    shares: float32 (K,), each direction's share of the whole variance, 0 to 1.
    mean: float32 (D,), the origin.
    """

    points: Floats
    components: Floats
    shares: Floats
    mean: Floats


class Clusters(NamedTuple):
    """What k-means found, the largest cluster first.

    centres: float32 (K, …), in the shape of a sample.
    members: int64 (N,), the cluster of each sample.
    """

    centres: Floats
    members: NDArray[np.int64]


class Purity(NamedTuple):
    """How far clusters, found without labels, are classes.

    overall: the share of samples that bear the most frequent label of their cluster, 0 to 1.
    classes: int64 (K,), the most frequent label of each cluster.
    shares: float64 (K,), its share within the cluster.
    sizes: int64 (K,), samples of the cluster.
    """

    overall: float
    classes: NDArray[np.int64]
    shares: NDArray[np.float64]
    sizes: NDArray[np.int64]


class Separation(NamedTuple):
    """How well labelled points keep apart; both figures are higher where classes keep together.

    silhouette: -1 to 1, mean of (b - a) / max(a, b), where a is a point's mean distance to its own
        class and b that to the nearest other one (Rousseeuw, Journal of Computational and Applied
        Mathematics 20, 1987). It punishes a class that lies in two places.
    knn_accuracy: 0 to 1, the share of points whose `NEIGHBOURS` nearest other points vote for
        their label (leave-one-out). It looks at the neighbourhood only.
    """

    silhouette: float
    knn_accuracy: float


def pca(
    samples: NDArray[np.generic], components: int | None = None, *, seed: int = 0
) -> Projection:
    """Return the samples in their directions of greatest variance (principal component analysis).

    Args:
        samples: (N, …) of any shape, N ≥ 2; uint8 pictures are read as 0…1.
        components: how many directions; all there are if not given, and never more than those.
        seed: only wide samples need it: theirs are found by a randomised method (Halko,
            Martinsson, Tropp, SIAM Review 53, 2011).

    Raises:
        InputError: fewer than two samples, or all are the same.
    """
    from sklearn.decomposition import PCA

    rows = _rows(samples)
    if len(rows) < 2:
        raise InputError(f"PCA needs at least 2 samples, not {len(rows)}")
    if not np.ptp(rows, axis=0).any():
        raise InputError(f"PCA finds no direction: all {len(rows):,} samples are the same")
    most = min(rows.shape)
    found = PCA(min(components or most, most), random_state=seed).fit(rows)
    return Projection(
        points=np.asarray(found.transform(rows), np.float32),
        components=np.asarray(found.components_, np.float32),
        shares=np.asarray(found.explained_variance_ratio_, np.float32),
        mean=np.asarray(found.mean_, np.float32),
    )


def tsne(
    samples: NDArray[np.generic], *, seed: int = 0, perplexity: float = 30, steps: int = TSNE_STEPS
) -> Floats:
    """Return a map, float32 (N, 2), on which neighbours stay neighbours.

    t-SNE (van der Maaten and Hinton, Journal of Machine Learning Research 9, 2008; Barnes–Hut as
    in volume 15, 2014), started from the first two principal components, so that the coarse order
    is kept too. Distances between far groups and sizes of groups mean nothing.

    Args:
        samples: (N, …); of wide ones the first `TSNE_INPUT` principal components are used.
        seed: the same seed gives the same map on the same machine.
        perplexity: about how many neighbours each point has.
        steps: of gradient descent, at least 250.

    Raises:
        InputError: the perplexity is not above 0 and below N.
    """
    from sklearn.manifold import TSNE

    rows = _rows(samples)
    if not 0 < perplexity < len(rows):
        raise InputError(
            f"t-SNE with perplexity {perplexity:g} needs more samples than that, not {len(rows)}; "
            "give more samples or a perplexity between 0 and their number"
        )
    method = TSNE(
        perplexity=perplexity, init="pca", max_iter=steps, angle=TSNE_ANGLE, random_state=seed
    )
    return np.asarray(method.fit_transform(_narrowed(rows, seed)), np.float32)


def umap(samples: NDArray[np.generic], *, seed: int = 0, neighbours: int = 15) -> Floats:
    """Return a map, float32 (N, 2), made by UMAP (McInnes, Healy, Melville, arXiv:1802.03426).

    Args:
        samples: (N, …); of wide ones the first `TSNE_INPUT` principal components are used.
        seed: the same seed gives the same map on the same machine.
        neighbours: how many each point is held to.

    Raises:
        InputError: not more samples than neighbours.
        WorkError: umap-learn is not installed.
    """
    rows = _rows(samples)
    if len(rows) <= neighbours:
        raise InputError(
            f"UMAP with {neighbours} neighbours needs more samples than that, not {len(rows)}"
        )
    try:
        from umap import UMAP
    except ModuleNotFoundError as error:
        raise WorkError(
            "UMAP needs umap-learn; install it with: pip install 'ziffern[umap]'"
        ) from error
    # with a seed UMAP uses one thread anyway, and warns unless it is told to
    method = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1)
    return np.asarray(method.fit_transform(_narrowed(rows, seed)), np.float32)


def kmeans(samples: NDArray[np.generic], clusters: int = 10, *, seed: int = 0) -> Clusters:
    """Divide samples into clusters round their means: Lloyd's k-means, started by k-means++.

    Args:
        samples: (N, …); uint8 pictures are read as 0…1.
        clusters: how many; no more than there are different samples.
        seed: of the start.

    Raises:
        InputError: fewer samples than clusters.
    """
    from sklearn.cluster import KMeans

    rows = _rows(samples)
    different = len(np.unique(rows, axis=0)) if len(rows) < 10 * clusters else len(rows)
    if not 1 <= clusters <= different:
        raise InputError(
            f"{clusters} clusters need at least as many different samples, not {different}"
        )
    found = KMeans(clusters, random_state=seed).fit(rows)
    sizes = np.bincount(found.labels_, minlength=clusters)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(clusters, np.int64)
    rank[order] = np.arange(clusters)
    centres = np.asarray(found.cluster_centers_, np.float32)[order]
    return Clusters(centres.reshape(clusters, *samples.shape[1:]), rank[found.labels_])


def purity(members: Integers, labels: Integers) -> Purity:
    """Compare clusters (N,) with labels (N,), both numbered from 0."""
    counts = np.zeros((int(members.max()) + 1, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (members, labels), 1)
    sizes, most = counts.sum(axis=1), counts.max(axis=1)
    return Purity(
        overall=float(most.sum() / len(labels)),
        classes=counts.argmax(axis=1),
        shares=most / np.maximum(sizes, 1),
        sizes=sizes,
    )


def separation(points: NDArray[np.floating], labels: Integers, *, seed: int = 0) -> Separation:
    """Measure how well classes keep apart, on a map (N, 2) or in any space (N, D).

    Args:
        points: (N, …).
        labels: (N,), numbered from 0.
        seed: of the points that are drawn for the silhouette where there are many.

    Raises:
        InputError: not one label a point, fewer than two classes or three points.
    """
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    rows = _rows(points)
    if len(labels) != len(rows):
        raise InputError(f"{len(rows)} points do not fit {len(labels)} labels")
    if len(rows) < 3 or len(np.unique(labels)) < 2:
        raise InputError("a separation needs at least three points of at least two classes")
    chosen = shuffled(len(rows), seed)[:SILHOUETTE_SAMPLE]
    classes = len(np.unique(labels[chosen]))
    if not 2 <= classes < len(chosen):
        silhouette = 0.0  # as the method has it for a class of one point
    else:
        silhouette = float(silhouette_score(rows[chosen], labels[chosen]))
    neighbours = min(NEIGHBOURS, len(rows) - 1)
    # asked without points, scikit-learn leaves each point out of its own neighbours
    near = NearestNeighbors(n_neighbors=neighbours).fit(rows).kneighbors(return_distance=False)
    votes = np.zeros((len(rows), int(labels.max()) + 1), np.int64)
    np.add.at(votes, (np.arange(len(rows))[:, None], labels[near]), 1)
    return Separation(silhouette, float((votes.argmax(axis=1) == labels).mean()))


def _rows(samples: NDArray[np.generic]) -> Floats:
    """Return samples (N, …) as float32 (N, D), pictures as 0…1."""
    rows = np.asarray(samples, np.float32).reshape(len(samples), -1)
    return rows / np.float32(255) if samples.dtype == np.uint8 else rows


def _narrowed(rows: Floats, seed: int) -> Floats:
    return pca(rows, TSNE_INPUT, seed=seed).points if rows.shape[1] > TSNE_INPUT else rows
