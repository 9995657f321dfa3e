"""The parameters of BG/NBD that make what shoppers did most likely."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from recsvc.moments.bg_nbd import BgNbd

Floats = NDArray[np.float64]

PENALTY = 1e-3
"""Of the squared logs of the parameters, for each shopper: data that does not say keeps them from running away."""

LARGEST_LOG = 12.0


def fit_bg_nbd(x: Floats, t_x: Floats, tenure: Floats, penalty: float = PENALTY) -> BgNbd:
    """Return the parameters of largest likelihood, after equation 6 of Fader, Hardie, Lee (2005).

    Args:
        x: float64, shape (n,): orders after the first.
        t_x: days from the first order to the last.
        tenure: days from the first order to the end of what is known.
        penalty: see ``PENALTY``; 0 for none.
    """
    scale = max(float(tenure.mean()), 1e-6)
    t_x, tenure = t_x / scale, tenure / scale

    def loss(log_parameters: Floats) -> tuple[float, Floats]:
        value, gradient = _mean_log_likelihood(np.exp(log_parameters), x, t_x, tenure)
        return (
            penalty * float(log_parameters @ log_parameters) - value,
            2 * penalty * log_parameters - gradient,
        )

    found = minimize(
        loss, np.zeros(4), jac=True, method="L-BFGS-B", bounds=[(-LARGEST_LOG, LARGEST_LOG)] * 4,
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8},
    )  # fmt: skip
    r, alpha, a, b = np.exp(found.x).tolist()
    return BgNbd(r, alpha * scale, a, b)


def _mean_log_likelihood(parameters: Floats, x: Floats, t_x: Floats, tenure: Floats) -> tuple[float, Floats]:
    """Return the mean log-likelihood of shoppers, and its derivatives by the logs of the parameters, shape (4,)."""
    r, alpha, a, b = parameters
    again = np.maximum(x, 1)
    log_begun = np.log(alpha + tenure)
    # A1 A2 of the paper's appendix, then the sum A3 + A4 of the shopper who is still there and the one who is lost.
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    beta = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * log_begun
    lost = np.where(x > 0, np.log(a) - np.log(b + again - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    either = np.logaddexp(alive, lost)
    share = np.where(x > 0, np.exp(lost - either), 0.0)  # of the lost
    by_r = psi(r + x) - psi(r) + np.log(alpha) - (1 - share) * log_begun - share * np.log(alpha + t_x)
    by_alpha = r / alpha - (r + x) * ((1 - share) / (alpha + tenure) + share / (alpha + t_x))
    by_a = psi(a + b) - psi(a + b + x) + share / a
    by_b = psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - share / (b + again - 1)
    gradient = np.asarray([by_r.mean(), by_alpha.mean(), by_a.mean(), by_b.mean()]) * parameters
    return float((common + beta + either).mean()), gradient
