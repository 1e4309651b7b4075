from exercises.spec import CaseInput

CASES = {"rows": CaseInput(arguments=lambda r: {"x": r.uniform(3, 4, low=0.5, high=1.5)})}
