from exercises.spec import CaseInput

CASES = {
    "small": CaseInput(construct={"in_features": 3, "out_features": 2}, arguments=lambda r: {"x": r.uniform(2, 3)}),
    "wide": CaseInput(construct={"in_features": 5, "out_features": 4}, arguments=lambda r: {"x": r.uniform(3, 5)}),
}
