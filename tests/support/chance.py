"""What is left to chance: nothing in ``make test``, and the rest in ``make nightly``, which can be repeated."""

import os

from hypothesis import HealthCheck, Phase, settings

FIXED, NIGHTLY = "fixed", "nightly"
ROUNDS = int(os.environ.get("ROUNDS", "1"))  # times as many inputs


def register_profiles() -> None:
    """Hypothesis' profiles. ``make nightly`` names its own and a seed; everything else takes the fixed one."""
    fixed = settings(
        settings.get_profile("default"),
        derandomize=True,  # a test's inputs depend on its own text only
        database=None,  # nor on what failed here before; what was found belongs into a test
        deadline=None,  # nor on how busy the machine is
        suppress_health_check=(HealthCheck.too_slow,),  # it measures time as well
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        max_examples=100 * ROUNDS,
    )
    settings.register_profile(FIXED, fixed)
    settings.register_profile(NIGHTLY, fixed, derandomize=False, print_blob=True)
    settings.load_profile(FIXED)


def rounds(count: int) -> settings:
    """So many inputs in ``make test``."""
    return settings(max_examples=count * ROUNDS)
