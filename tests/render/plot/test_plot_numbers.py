import itertools

import numpy as np
import pytest
from render.planted import planted
from render.plot.research_graphs import lists_of, matrix_of, random_graph
from sklearn.metrics import adjusted_rand_score, average_precision_score, precision_recall_curve

import farmgraph as fg
from farmgraph.render.plot import measures, methods


@pytest.fixture(scope="module")
def log():
    return planted(n_people=300)


@pytest.mark.parametrize("seed", range(4))
def test_shared_contents_are_what_sets_say(seed):
    graph = random_graph(seed)
    chosen = np.random.default_rng(seed).permutation(graph.n_accounts)[:17]
    of = [set(np.flatnonzero(row)) for row in matrix_of(graph)]
    expected = [[len(of[a] & of[b]) for b in chosen] for a in chosen]
    assert methods.shared_contents(*lists_of(graph), chosen).tolist() == expected


@pytest.mark.parametrize("seed", range(4))
def test_authorities_are_the_leading_right_singular_vector(seed):
    graph = random_graph(seed)
    leading = np.abs(np.linalg.svd(matrix_of(graph))[2][0])
    found = methods.authorities(*lists_of(graph), graph.n_contents)
    np.testing.assert_allclose(found, leading / leading.max(), atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_synchronicity_and_normality_are_means_over_pairs(seed):
    graph = random_graph(seed)
    matrix = matrix_of(graph)
    leading = np.maximum(np.abs(np.linalg.svd(matrix)[2][0]), 1e-300)
    degrees = matrix.sum(axis=0).astype(int)
    cell = [
        (int(d).bit_length(), round(float(np.log2(max(a, 2.0**-20)))))
        for d, a in zip(degrees, leading / leading.max(), strict=True)
    ]
    everything = range(graph.n_contents)
    found = methods.synchronicities(*lists_of(graph), graph.n_contents)
    for account in range(graph.n_accounts):
        own = np.flatnonzero(matrix[account])
        among = np.mean([cell[p] == cell[q] for p in own for q in own])
        to_all = np.mean([cell[p] == cell[q] for p in own for q in everything])
        assert found.synchronicity[account] == pytest.approx(among)
        assert found.normality[account] == pytest.approx(to_all)
    assert found.n_cells == len(set(cell))
    background = np.mean([cell[p] == cell[q] for p in everything for q in everything])
    assert found.background == pytest.approx(background)


@pytest.mark.parametrize("seed", range(6))
def test_no_account_lies_below_the_parabola(seed):
    graph = random_graph(seed)
    found = methods.synchronicities(*lists_of(graph), graph.n_contents)
    limit = {"n_cells": found.n_cells, "background": found.background}
    lowest = methods.lowest_synchronicity(found.normality, **limit)
    assert (found.synchronicity >= lowest - 1e-12).all()
    # Evenly spread over the M cells, s = M (1/M)^2 and n = sum b / M: both 1/M, and nothing can be lower.
    assert methods.lowest_synchronicity(1 / found.n_cells, **limit) == pytest.approx(1 / found.n_cells)


def test_the_lower_limit_is_the_least_of_a_search():
    # Cells hold 1/2, 1/4, 1/4 of the contents. Walk over all shares f on a fine grid, keep those of one normality.
    share = np.array([0.5, 0.25, 0.25])
    steps = np.arange(0, 241) / 240
    f = np.array([(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1 + 1e-12])
    normality = f @ share
    for wanted in (0.3, 0.35, 0.4, 0.45):
        near = np.abs(normality - wanted) < 1e-9
        least = (f[near] ** 2).sum(axis=1).min()
        limit = methods.lowest_synchronicity(wanted, n_cells=3, background=0.375)
        assert limit == pytest.approx(least, abs=1e-4)


def test_the_lower_limit_where_all_cells_are_alike():
    assert methods.lowest_synchronicity([0.25, 0.25], n_cells=4, background=0.25).tolist() == [0.25, 0.25]


@pytest.mark.parametrize("rank", [1, 5, 24])
def test_reconstructed_degrees_of_a_small_matrix(rank):
    graph = random_graph(3)
    left, values, right = np.linalg.svd(matrix_of(graph), full_matrices=False)
    rebuilt = left[:, :rank] * values[:rank] @ right[:rank]
    found = methods.reconstructed_degrees(*lists_of(graph), graph.n_contents, rank=rank)
    np.testing.assert_allclose(found, (rebuilt**2).sum(axis=1), atol=1e-9)


def test_reconstructed_degrees_of_a_large_matrix_are_those_of_numpy_and_the_same_each_time():
    graph = random_graph(5, n_accounts=900, n_contents=700, n_rows=9_000)
    assert graph.n_accounts * graph.n_contents > methods.SMALL_MATRIX
    left, values, _ = np.linalg.svd(matrix_of(graph), full_matrices=False)
    expected = ((left * values)[:, :25] ** 2).sum(axis=1)
    found = methods.reconstructed_degrees(*lists_of(graph), graph.n_contents, rank=25, seed=4)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    again = methods.reconstructed_degrees(*lists_of(graph), graph.n_contents, rank=25, seed=4)
    np.testing.assert_array_equal(found, again)


@pytest.mark.parametrize("rank", [25, 26, 400])
def test_with_all_singular_vectors_degrees_are_whole(rank):
    graph = random_graph(1)
    assert graph.n_contents <= 25
    found = methods.reconstructed_degrees(*lists_of(graph), graph.n_contents, rank=rank)
    assert found.tolist() == graph.account_degrees.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_precision_and_recall_are_those_of_sklearn(seed):
    rng = np.random.default_rng(seed)
    truth, score = rng.random(300) < 0.2, rng.integers(0, 4 + 30 * seed, 300) / 7
    precision, recall, at = measures.precision_recall_steps(truth, score)
    area = measures.average_precision(precision, recall)
    assert area == pytest.approx(average_precision_score(truth, score), abs=1e-12)
    # sklearn lists from the lowest threshold and ends at a point (1, 0) that nothing was measured at.
    theirs = precision_recall_curve(truth, score)
    np.testing.assert_allclose(precision[::-1], theirs[0][:-1])
    np.testing.assert_allclose(recall[::-1], theirs[1][:-1])
    np.testing.assert_allclose(at[::-1], theirs[2])


@pytest.mark.parametrize("seed", range(20))
def test_the_adjusted_rand_index_is_that_of_sklearn(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 1 + seed % 5, 30), rng.integers(5, 6 + seed % 7, 30)
    assert measures.similarity_of_partitions(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_the_adjusted_rand_index_of_hardly_anything():
    alone = np.arange(3)
    assert (
        measures.similarity_of_partitions(alone, alone[::-1]) == 1 == adjusted_rand_score(alone, alone[::-1])
    )
    assert np.isnan(measures.similarity_of_partitions(alone[:1], alone[:1]))


def test_stability_is_the_mean_over_neighbours_among_accounts_in_both():
    rng = np.random.default_rng(2)
    grid = [[rng.integers(-1, 3, 40) for _ in range(4)] for _ in range(3)]
    found = measures.neighbour_stability(grid)
    for i, j in itertools.product(range(3), range(4)):
        alike = []
        for k, m in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= k < 3 and 0 <= m < 4:
                both = (grid[i][j] >= 0) & (grid[k][m] >= 0)
                alike.append(adjusted_rand_score(grid[i][j][both], grid[k][m][both]))
        assert found[i, j] == pytest.approx(np.mean(alike))
    assert np.isnan(measures.neighbour_stability([[grid[0][0]]])).all()


def test_clusters_of_each_setting_are_those_of_a_run_of_its_own(log):
    graph = log["graph"]
    windows, thresholds = ("20s", "10min", None), (2, 3, 6)
    grid = measures.clusters_by_setting(graph, windows=windows, thresholds=thresholds, seed=5)
    names = np.array(graph.account_names.to_pylist(), dtype=object)
    for (j, window), (i, threshold) in itertools.product(enumerate(windows), enumerate(thresholds)):
        alone = fg.leiden(fg.co_engagement(graph, window=window, min_contents=threshold), seed=5)
        for cluster in alone.ids:
            assert set(names[grid[i][j] == cluster]) == set(alone.accounts_of(cluster))
        assert (grid[i][j] >= 0).sum() == len(alone.members)


def test_complementary_distribution_counts():
    values = np.array([1, 1, 2, 5, 5, 5, 9])
    at, share = measures.complementary_distribution(values)
    assert at.tolist() == [1, 2, 5, 9]
    assert share.tolist() == [np.mean(values >= x) for x in at]
