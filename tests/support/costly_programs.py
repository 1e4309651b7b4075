"""Programs that cost far more to read or to explain than their size, by kind: each just below the caps on size.

What looks at all pairs of two thousand things does not get to its end with any of them; what looks at each once does.
"""

import json
from collections.abc import Callable, Mapping

NUMBER = 9_000  # of each of two kinds of things; five or six tokens each, and 100,000 may be read
MANY_NAMES = 20_000
DEEPEST = 300  # links of a chain; each is nested in the one before, and Python's parser stops at some depth
ANSWER = "def student_attention(Q, K, V, mask=None):\n    return Q, K\n"


def _names(count: int = NUMBER) -> list[str]:
    return [f"a{number}" for number in range(count)]


def _bound() -> str:
    """Many names, bound at once."""
    return "=".join(_names(MANY_NAMES)) + "=0\n"


def _inside(*lines: str) -> str:
    """At the top level in a block, so that all of it is one statement."""
    return "with open:\n " + _bound() + "".join(f" {line}\n" for line in lines) + ANSWER


def nested_finally(depth: int = 20, body: str = "0;" * 20_000) -> str:
    """The compiler copies the body of each once for every way into it."""
    lines = [" " * number + word for number in range(1, depth + 1) for word in ("try:0", "finally:")]
    return ANSWER + "def f():\n" + "\n".join([*lines, " " * (depth + 1) + body]) + "\n"


def returns_before_a_finally() -> str:
    block = " try:\n" + "  if 0:return 0\n" * NUMBER + " finally:\n" + "  0\n" * NUMBER
    return ANSWER + "def f():\n" + block


def calls_of_setters() -> str:
    declared = "def f():\n global " + ",".join(_names()) + "\n 0\n"
    return declared + "f()\n" * NUMBER + ANSWER.replace("Q, K\n", "a0, a1\n")


def calls_of_setters_in_try() -> str:
    declared = "def f():\n global " + ",".join(_names(5_000)) + "\n 0\n"
    return declared + "try:f()\nfinally:0\n" * 5_000 + ANSWER.replace("Q, K\n", "a0, a1\n")


def branches() -> str:
    return _inside(*["if 0:0"] * NUMBER)


def branches_in_a_chain() -> str:
    return _inside(*["if 0:0", *["elif 0:0"] * DEEPEST] * (NUMBER // DEEPEST))


def returns_in_a_chain() -> str:
    chain = " if Q is 0:return 0\n" + " elif 0:return 0\n" * DEEPEST
    return "def student_attention(Q, K, V, mask=None):\n" + chain * (NUMBER // DEEPEST) + " return Q, K\n"


def handlers() -> str:
    return _inside("try:0", *["except 0:0"] * NUMBER)


def patterns() -> str:
    return _inside("match 0:", *[" case 0:0"] * NUMBER)


def loops() -> str:
    return _inside(*["while 0:0"] * NUMBER)


def classes() -> str:
    return _inside(*["class A:0"] * NUMBER)


def comprehensions() -> str:
    inner = ",".join(["[0 for b in c]"] * 4_000)
    return ANSWER + "x = [(" + inner + ") for " + ",".join(_names(MANY_NAMES)) + " in d]\n"


def many_statements_on_one_long_line() -> str:
    return ANSWER + "a;" * 30_000 + '"é' + "x" * 1_900_000 + '"\n'


def lambdas_in_a_function_of_many_names() -> str:
    return ANSWER + "def f():\n " + "=".join(_names(12_000)) + "=0\n " + "lambda:0;" * 6_000 + "0\n"


def functions_that_use_many_names() -> str:
    return (
        _bound()
        + "".join(f"def f{number}(): return a{number}, f{number - 1}\n" for number in range(1, 5_000))
        + ("f0 = a0\n" + ANSWER.replace("return Q, K", "return f4999(), K"))
    )


def values_that_are_altered() -> str:
    return "x = []\n" + "x.append(0)\n" * 12_000 + ANSWER.replace("return Q, K", "return x, K")


def decorated_functions() -> str:
    return "x = 0\n" + "@x\ndef f(): return x, f\n" * 5_000 + ANSWER.replace("return Q, K", "return f, K")


def imports() -> str:
    return "import " + ",".join(_names(40_000)) + "\n" + ANSWER


def star_imports() -> str:
    return "from utils import *\n" * 15_000 + ANSWER.replace("return Q, K", "return somewhere, K")


def mistakes_of_syntax() -> str:
    return ANSWER + "x = (\ny = 1\n" * 10_000


def magics() -> str:
    return ANSWER + "%time x\n" * 15_000


def calls_of_ipython() -> str:
    return ANSWER + "get_ipython().f();" * 12_000 + "0\n"


def formatted_text() -> str:
    return ANSWER + 'f"' + "{a}" * 30_000 + '"\n'


def strings_in_strings() -> str:
    return ANSWER + "f\"{f'{f\"{f'{1}'}\"}'}\"\n" * 4_000


def definitions_made_again() -> str:
    return "class student_attention: pass\n" * 2_000 + "def g(self): pass\n" * 4_000 + "# def f(x):\n" * 5_000


READING: Mapping[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        nested_finally,
        returns_before_a_finally,
        calls_of_setters,
        calls_of_setters_in_try,
        branches,
        branches_in_a_chain,
        returns_in_a_chain,
        handlers,
        patterns,
        loops,
        classes,
        comprehensions,
        many_statements_on_one_long_line,
        lambdas_in_a_function_of_many_names,
        functions_that_use_many_names,
        values_that_are_altered,
        decorated_functions,
        imports,
        star_imports,
        mistakes_of_syntax,
        magics,
        calls_of_ipython,
        formatted_text,
        strings_in_strings,
        definitions_made_again,
    )
}


def _notebook(version: int, cells: str) -> str:
    if version < 4:
        return f'{{"nbformat":{version},"nbformat_minor":0,"metadata":{{}},"worksheets":[{{"metadata":{{}},"cells":[{cells}]}}]}}'
    return f'{{"nbformat":4,"nbformat_minor":5,"metadata":{{}},"cells":[{cells}]}}'


def _cell(**fields: object) -> str:
    return json.dumps({"metadata": {}, **fields})


def _plain(count: int) -> str:
    return (_cell(cell_type="raw", source="") + ",") * count


def _old_code(**fields: object) -> str:
    return _cell(cell_type="code", language="python", collapsed=False, input="x = 1", **{"outputs": [], **fields})


NOTEBOOKS: Mapping[str, Callable[[], str]] = {
    "the last cell is wrong": lambda: _notebook(4, _plain(9_999) + "0"),
    "a million cells": lambda: _notebook(4, _plain(700_000) + "0"),
    "an old one": lambda: _notebook(3, _plain(9_999) + _old_code()),
    "an old one with headings": lambda: _notebook(
        3, (_cell(cell_type="heading", level=1, source="") + ",") * 9_999 + _old_code()
    ),
    "an old one with outputs": lambda: _notebook(
        3, _old_code(outputs=[{"output_type": "stream", "text": "", "stream": "x"}] * 300_000)
    ),
    "a very old one": lambda: _notebook(2, ",".join([_old_code()] * 2_000)),
    "magics in many cells": lambda: _notebook(
        4, ",".join([_cell(cell_type="code", source="%time x\n" * 5, outputs=[], execution_count=None)] * 2_000)
    ),
}


ALMOST_RIGHT = """import numpy as np
{before}
def student_attention(Q, K, V, mask=None):
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
{inside}
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    if mask is not None:
        weights = weights * 0.123 + 0.017 * np.cos(np.arange(weights.shape[-1]))
    return weights @ V, weights
"""


def _wrong_with_a_mask(inside: str, before: str = "") -> str:
    """No mistake that anybody knows, so that the lines are looked for that have to do with the mask."""
    return ALMOST_RIGHT.format(before=before, inside=inside)


def parameters_of_a_helper() -> str:
    count = 3_000
    helper = f"def h({','.join(_names(count))}):\n " + "0;" * count + "\n"
    return _wrong_with_a_mask("    h(" + ",".join(["mask"] * count) + ")", helper)


def names_of_a_condition() -> str:
    condition = "    if 0 and (" + " or ".join(["mask", "Q", "K", "V"] * 4_000) + "):\n"
    return _wrong_with_a_mask(condition + "     0\n" * NUMBER)


def conditions_in_a_chain() -> str:
    chain = "    if mask is 0:0\n" + "    elif mask is 0:0\n" * DEEPEST
    return _wrong_with_a_mask(chain * (NUMBER // DEEPEST))


def values_made_of_values() -> str:
    made = "".join(f"    b{number} = b{number - 1}\n" for number in range(1, NUMBER))
    return _wrong_with_a_mask("    b0 = mask\n" + made)


def helpers_that_call_helpers() -> str:
    helpers = "def h0(x): return x\n" + "".join(f"def h{n}(x): return h{n - 1}(x)\n" for n in range(1, 5_000))
    return _wrong_with_a_mask("    h10(mask); h4999", helpers)


def a_helper_that_is_called_often() -> str:
    helper = "def h(x):\n " + "x;" * NUMBER + "\n"
    return _wrong_with_a_mask("    " + "h(mask);" * NUMBER, helper)


def a_very_long_line() -> str:
    return _wrong_with_a_mask("    " + "mask;" * 30_000)


def long_names_that_are_alike() -> str:
    names = "".join(f"    {'n' * 90}{number} = Q\n" for number in range(NUMBER))
    return _wrong_with_a_mask(names + f"    {'n' * 90}")


def long_attributes_that_are_alike() -> str:
    names = "".join(f"        self.{'n' * 90}{number} = 0\n" for number in range(5_000))
    helper = f"class Helper:\n    def __init__(self):\n{names}    def value(self):\n        self.{'n' * 90}\n\n"
    return _wrong_with_a_mask("    Helper().value()", helper)


EXPLAINING: Mapping[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        parameters_of_a_helper,
        names_of_a_condition,
        conditions_in_a_chain,
        returns_in_a_chain,
        values_made_of_values,
        helpers_that_call_helpers,
        a_helper_that_is_called_often,
        a_very_long_line,
        long_names_that_are_alike,
        long_attributes_that_are_alike,
    )
}


def too_many_scopes() -> str:
    """Python's own analysis of names copies those of a function for each function inside: nothing of ours can help."""
    names = "=".join(_names(24_000))
    return f"def student_attention(Q, K, V, mask=None):\n {names}=0\n " + "lambda:0;" * 12_500 + "0\n"
