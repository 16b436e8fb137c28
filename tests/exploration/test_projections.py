import sys

import numpy as np
import pytest

from ziffern import datasets
from ziffern.errors import InputError, WorkError
from ziffern.exploration import projections
from ziffern.exploration.projections import kmeans, pca, purity, separation, tsne, umap


@pytest.fixture
def digits():
    sample = datasets.load("mnist").test
    return sample.images[:300], sample.labels[:300]


def blobs(centres, each=20, spread=0.1, seed=0):
    """Points scattered round given centres, and the number of each one's centre."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(centres)), each)
    noise = spread * rng.standard_normal((len(labels), len(centres[0])))
    return (np.array(centres)[labels] + noise).astype(np.float32), labels


def test_pca_is_the_eigenvectors_of_the_covariance(digits):
    images, _ = digits
    found = pca(images)
    rows = images.reshape(300, -1) / 255
    values = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    assert found.shares[:50] == pytest.approx(values[:50] / values.sum(), abs=1e-5)
    assert found.shares.sum() == pytest.approx(1, abs=1e-4)
    assert found.mean == pytest.approx(rows.mean(axis=0), abs=1e-5)
    assert found.components[:50] @ found.components[:50].T == pytest.approx(np.eye(50), abs=1e-4)
    back = found.points @ found.components + found.mean
    assert back == pytest.approx(rows, abs=1e-3)


def test_pca_keeps_the_directions_asked_for(digits):
    images, _ = digits
    found = pca(images, 5)
    assert found.points.shape == (300, 5)
    assert found.components.shape == (5, 784)
    assert (np.diff(found.shares) <= 0).all()
    assert pca(images[:3], 50).points.shape[1] == 3


def test_pca_of_nothing_different():
    with pytest.raises(InputError, match="at least 2 samples, not 1"):
        pca(np.zeros((1, 28, 28), np.uint8))
    with pytest.raises(InputError, match="all 7 samples are the same"):
        pca(np.full((7, 28, 28), 9, np.uint8))


def test_tsne_keeps_neighbours_and_is_repeatable():
    points, labels = blobs(10 * np.eye(4, 12))
    first = tsne(points, perplexity=10, steps=250)
    assert first.shape == (80, 2)
    assert separation(first, labels).knn_accuracy > 0.9
    assert (tsne(points, perplexity=10, steps=250) == first).all()


def test_tsne_of_wide_samples_starts_from_their_components(digits, monkeypatch):
    seen = []
    real = projections.pca
    monkeypatch.setattr(projections, "pca", lambda *a, **k: seen.append(a[1]) or real(*a, **k))
    assert tsne(digits[0][:60], perplexity=5, steps=250).shape == (60, 2)
    assert seen == [50]


@pytest.mark.parametrize("perplexity", [0, -1, 20, 30])
def test_tsne_needs_more_samples_than_its_perplexity(perplexity):
    with pytest.raises(InputError, match=f"perplexity {perplexity} needs more samples.* not 20"):
        tsne(np.zeros((20, 3), np.float32), perplexity=perplexity)


def test_umap_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(WorkError, match=r"pip install 'ziffern\[umap\]'"):
        umap(np.eye(20, dtype=np.float32))


def test_umap_needs_more_samples_than_neighbours():
    with pytest.raises(InputError, match="15 neighbours needs more samples than that, not 15"):
        umap(np.eye(15, dtype=np.float32))


def test_kmeans_finds_clusters_and_puts_the_largest_first():
    points, _ = blobs([[0, 0], [9, 0]], each=10)
    more, _ = blobs([[0, 9]], each=30, seed=1)
    found = kmeans(np.concatenate([points, more]), 3)
    assert found.centres[0] == pytest.approx([0, 9], abs=0.2)
    assert np.bincount(found.members).tolist() == [30, 10, 10]
    assert len(set(found.members[:10])) == 1


def test_centres_of_pictures_are_pictures(digits):
    images, _ = digits
    found = kmeans(images, 4)
    assert found.centres.shape == (4, 28, 28)
    largest = images[found.members == 0].mean(axis=0) / 255
    assert found.centres[0] == pytest.approx(largest, abs=1e-3)


def test_kmeans_needs_as_many_samples_as_clusters():
    same = np.ones((50, 2), np.float32)
    with pytest.raises(InputError, match=r"10 clusters .* not 1$"):
        kmeans(same)
    with pytest.raises(InputError, match=r"3 clusters .* not 2$"):
        kmeans(np.eye(2, dtype=np.float32), 3)


def test_purity_counts_the_most_frequent_label():
    found = purity(np.array([0, 0, 0, 0, 1, 1]), np.array([7, 7, 7, 2, 2, 2]))
    assert found.classes.tolist() == [7, 2]
    assert found.shares.tolist() == [0.75, 1]
    assert found.sizes.tolist() == [4, 2]
    assert found.overall == pytest.approx(5 / 6)


def test_separation_of_far_and_of_mixed_classes():
    points, labels = blobs([[0, 0], [9, 0]])
    far = separation(points, labels)
    assert far.knn_accuracy == 1
    assert far.silhouette > 0.95
    mixed = separation(points, np.arange(len(labels)) % 2)
    assert mixed.silhouette == pytest.approx(0, abs=0.1)
    assert mixed.knn_accuracy < 0.7


def test_a_point_is_not_its_own_neighbour():
    # two points of a class of their own, far from each other: their neighbours are all others
    points, labels = blobs([[0, 0]])
    points = np.concatenate([points, [[5, 0], [0, 5]]]).astype(np.float32)
    assert separation(points, np.append(labels, [1, 1])).knn_accuracy == pytest.approx(20 / 22)


def test_silhouette_of_many_points_is_that_of_a_seeded_draw(monkeypatch):
    points, labels = blobs([[0, 0], [1, 0]], each=100, spread=0.5)
    whole = separation(points, labels).silhouette
    monkeypatch.setattr(projections, "SILHOUETTE_SAMPLE", 60)
    drawn = separation(points, labels, seed=1).silhouette
    assert drawn == pytest.approx(whole, abs=0.15)
    assert drawn == separation(points, labels, seed=1).silhouette
    assert drawn != separation(points, labels, seed=2).silhouette


def test_separation_of_what_has_none():
    with pytest.raises(InputError, match="two classes"):
        separation(np.eye(5), np.zeros(5, np.int64))
    with pytest.raises(InputError, match="5 points do not fit 4 labels"):
        separation(np.eye(5), np.zeros(4, np.int64))
