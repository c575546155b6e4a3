"""Gaussian mixtures with diagonal covariances, one for each state of the aligner."""

import numpy as np

VARIANCE_FLOOR = 0.02  # of the variance of all frames; keeps rare states from collapsing on a few frames
FRAMES_TO_SPLIT = 60  # a Gaussian with fewer frames stays one
_LOG_2_PI = np.log(2 * np.pi)


class Mixtures:
    """Mixtures for `n_states` states, all beginning as the one Gaussian of all frames.

    Each frame counts for the likeliest Gaussian of its state alone, which is a tenth of the work of adding up all of
    them and aligns as well.

    Parameters
    ----------
    features : np.ndarray [shape=(frames, dimensions)]
    n_states : int
    """

    def __init__(self, features: np.ndarray, n_states: int) -> None:
        everywhere = (n_states, 1, features.shape[1])
        self.floor = VARIANCE_FLOOR * features.var(axis=0)
        self.weights = np.ones((n_states, 1))
        self.means = np.broadcast_to(features.mean(axis=0), everywhere).copy()
        self.variances = np.broadcast_to(features.var(axis=0), everywhere).copy()

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Log likelihood of each frame in each state [shape=(frames, states)]."""
        return _log_likelihoods(features, self.weights, self.means, self.variances).max(axis=2)

    def fit(self, features: np.ndarray, states: np.ndarray) -> None:
        """Re-estimate every state from the frames [shape=(frames, dimensions)] that it was given."""
        order = np.argsort(states, kind="stable")
        bounds = np.searchsorted(states[order], np.arange(len(self.weights) + 1))
        for state in range(len(self.weights)):
            own = features[order[bounds[state] : bounds[state + 1]]]
            if len(own) >= 2:
                self._fit_state(state, own)

    def _fit_state(self, state: int, own: np.ndarray) -> None:
        one = slice(state, state + 1)
        each = _log_likelihoods(own, self.weights[one], self.means[one], self.variances[one])[:, 0]
        component_of = each.argmax(axis=1)
        for component in range(each.shape[1]):
            frames = own[component_of == component]
            self.weights[state, component] = len(frames) / len(own) if len(frames) >= 2 else 0.0
            if len(frames) >= 2:
                self.means[state, component] = frames.mean(axis=0)
                self.variances[state, component] = np.maximum(frames.var(axis=0), self.floor)

    def split(self, states: np.ndarray) -> None:
        """Put two Gaussians, 0.4 standard deviations apart, in the place of each that has frames enough.

        Parameters
        ----------
        states : np.ndarray [shape=(frames,)]
            The state that each frame was given.
        """
        frames = np.bincount(states, minlength=len(self.weights))[:, None] * self.weights
        enough = frames >= FRAMES_TO_SPLIT
        apart = 0.2 * np.sqrt(self.variances) * enough[..., None]
        self.means = np.concatenate([self.means + apart, self.means - apart], axis=1)
        self.variances = np.concatenate([self.variances, self.variances], axis=1)
        halved = np.where(enough, 0.5, 1.0) * self.weights
        self.weights = np.concatenate([halved, np.where(enough, halved, 0.0)], axis=1)


def _log_likelihoods(features: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Of each frame under each Gaussian, its weight included [shape=(frames, states, components)]."""
    dimensions = features.shape[1]
    precisions = (1 / variances).reshape(-1, dimensions)
    centres = means.reshape(-1, dimensions)
    with np.errstate(divide="ignore"):
        constants = np.log(weights).ravel() - 0.5 * (
            dimensions * _LOG_2_PI + np.log(variances).sum(-1).ravel() + (centres**2 * precisions).sum(-1)
        )
    factors = np.concatenate([centres * precisions, -0.5 * precisions], axis=1).T
    each = np.concatenate([features, features**2], axis=1) @ factors + constants
    return each.reshape(-1, *weights.shape)
