"""Right and wrong programs of an exercise, run in this process and put together in pairs."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.variants.fresh_inputs import FreshCases, fresh_cases
    from grader.variants.mistake_pairs import composed, distinct, matching_pairs, signatures_of
    from grader.variants.outcomes import named_outputs, outcomes_of
    from grader.variants.reference_runs import (
        SHIPPED_UTILS,
        BankSource,
        DoubleSource,
        ReferenceRunner,
        broken,
        ignored,
        reference_runner,
    )
else:
    __getattr__ = lazy(
        __name__,
        {
            "fresh_inputs": ("FreshCases", "fresh_cases"),
            "mistake_pairs": ("composed", "distinct", "matching_pairs", "signatures_of"),
            "outcomes": ("named_outputs", "outcomes_of"),
            "reference_runs": (
                "SHIPPED_UTILS",
                "BankSource",
                "DoubleSource",
                "ReferenceRunner",
                "broken",
                "ignored",
                "reference_runner",
            ),
        },
    )

__all__ = [
    "SHIPPED_UTILS",
    "BankSource",
    "DoubleSource",
    "FreshCases",
    "ReferenceRunner",
    "broken",
    "composed",
    "distinct",
    "fresh_cases",
    "ignored",
    "matching_pairs",
    "named_outputs",
    "outcomes_of",
    "reference_runner",
    "signatures_of",
]
