"""States, slopes and the path between them, against plain loops and dense algebra."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tts_demo.states import N_STATES, generate, slopes_of, states_of, std_within


@given(st.lists(st.integers(0, 23), min_size=1, max_size=9).filter(any))
def test_a_state_is_a_fifth_of_a_phone(durations):
    expected = [min(int(5 * (frame + 0.5) / frames), 4) for frames in durations for frame in range(frames)]
    assert states_of(np.array(durations)).tolist() == expected


def test_slopes_are_half_the_difference_of_the_neighbours():
    assert slopes_of(np.array([[1.0], [3.0], [7.0], [2.0]]))[:, 0].tolist() == [0, 3, -0.5, 0]


def test_std_within_segments_leaves_out_what_lies_between_them():
    values = np.array([[1.0, 0.0], [3.0, 0.0], [100.0, 5.0], [104.0, 5.0]])
    assert std_within(values, np.array([7, 7, 2, 2])).tolist() == [(1 + 1 + 4 + 4) / 4, 0]


def test_the_generated_path_is_the_likeliest():
    """Against the dense normal equations, dimension by dimension."""
    random = np.random.default_rng(0)
    frames = 9
    mean, slope = random.normal(size=(2, frames, 2))
    variance, slope_variance = random.uniform(0.2, 2, size=(2, frames, 2))
    path = generate(mean, variance, slope, slope_variance.copy())
    window = np.zeros((frames, frames))
    for row in range(1, frames - 1):
        window[row, row - 1], window[row, row + 1] = -0.5, 0.5
    for column in range(2):
        weight = np.diag(1 / slope_variance[:, column])
        left = np.diag(1 / variance[:, column]) + window.T @ weight @ window
        right = mean[:, column] / variance[:, column] + window.T @ weight @ slope[:, column]
        np.testing.assert_allclose(path[:, column], np.linalg.solve(left, right), atol=1e-10)


def test_a_path_between_wide_states_bends_and_between_narrow_ones_steps():
    mean = np.repeat([[0.0], [1.0]], N_STATES, axis=0)
    still = np.zeros_like(mean)
    smooth = generate(mean, np.full_like(mean, 1.0), still, np.full_like(mean, 0.01))
    stiff = generate(mean, np.full_like(mean, 1e-6), still, np.full_like(mean, 1.0))
    np.testing.assert_allclose(stiff, mean, atol=1e-4)
    assert 0.1 < smooth[N_STATES - 1, 0] < smooth[N_STATES, 0] < 0.9
