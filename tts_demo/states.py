"""States of a phone: five fifths of its time, of which a model tells means and slopes, and the path between them.

All models, networks and trees alike, say of each of a phone's five states what its frames are like on average and how
they change; frames come from the smoothest likely path between the states (parameter generation, Tokuda et al. 2000).
Not covered: durations (given to every model) and realignment of the states.
"""

import numpy as np
from scipy.linalg import solveh_banded

N_STATES = 5
LEAST_VARIANCE = 1e-3  # of features with variance one


def states_of(durations: np.ndarray) -> np.ndarray:
    """State of each frame, 0 to 4, of phones that last so many frames [shape=(frames,), dtype=int64].

    Parameters
    ----------
    durations : np.ndarray of int [shape=(phones,)]

    Examples
    --------
    >>> states_of(np.array([5, 2])).tolist()
    [0, 1, 2, 3, 4, 1, 3]
    """
    begins = np.cumsum(durations) - durations
    elapsed = np.arange(durations.sum()) - np.repeat(begins, durations)
    return np.minimum((elapsed + 0.5) * N_STATES / np.repeat(durations, durations), N_STATES - 1).astype(np.int64)


def slopes_of(features: np.ndarray) -> np.ndarray:
    """Half the difference of the frames around each one; 0 at the ends [shape=(frames, features)]."""
    slopes = np.zeros_like(features)
    slopes[1:-1] = (features[2:] - features[:-2]) / 2
    return slopes


def std_within(values: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Mean square of each frame's distance from the mean of its segment [shape=(features,)].

    Parameters
    ----------
    values : np.ndarray [shape=(frames, features)]
    segments : np.ndarray of int [shape=(frames,)]
        Number of the segment that a frame belongs to.
    """
    _, place = np.unique(segments, return_inverse=True)
    counts = np.bincount(place)[:, None]
    means = np.stack([np.bincount(place, column) for column in values.T], axis=1) / counts
    return np.square(values - means[place]).mean(axis=0)


def generate(mean: np.ndarray, variance: np.ndarray, slope: np.ndarray, slope_variance: np.ndarray) -> np.ndarray:
    """The likeliest path, given Gaussians of each frame's features and of their slopes (Tokuda et al. 2000).

    Parameters
    ----------
    mean, variance, slope, slope_variance : np.ndarray [shape=(frames, features)]

    Returns
    -------
    np.ndarray [shape=(frames, features)]
    """
    frames, features = mean.shape
    precision, tilt = 1 / variance, 1 / slope_variance
    tilt[[0, -1]] = 0  # a slope needs a frame on either side
    right = precision * mean
    right[1:] += 0.5 * (tilt * slope)[:-1]
    right[:-1] -= 0.5 * (tilt * slope)[1:]
    diagonal = precision.copy()
    diagonal[1:] += 0.25 * tilt[:-1]
    diagonal[:-1] += 0.25 * tilt[1:]
    path = np.empty_like(mean)
    for column in range(features):
        bands = np.zeros((3, frames))
        bands[2] = diagonal[:, column]
        if frames > 2:
            bands[0, 2:] = -0.25 * tilt[1:-1, column]
        path[:, column] = solveh_banded(bands, right[:, column])
    return path
