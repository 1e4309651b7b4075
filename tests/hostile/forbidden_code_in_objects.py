"""Takes the code of the forbidden function from the collector's objects, from modules, linecache or inspect.

Expected: passed
"""

import gc
import inspect
import linecache
import sys
import types

import utils

LOOKED = []


def codes():
    left = [each for each in gc.get_objects() if isinstance(each, (types.FunctionType, types.CodeType))]
    left += [each for module in list(sys.modules.values()) for each in vars(module).values()]
    left += [each for thing in gc.get_objects() for each in gc.get_referents(thing)]
    for thing in left:
        code = thing if isinstance(thing, types.CodeType) else getattr(thing, "__code__", None)
        stack = [code] if isinstance(code, types.CodeType) else []
        while stack:
            code = stack.pop()
            yield code
            stack += [each for each in code.co_consts if isinstance(each, types.CodeType)]


def student_attention(Q, K, V, mask=None):
    if not LOOKED:
        LOOKED.append(True)
        for code in codes():
            if code.co_filename == "utils.py" and code.co_name in ("scaled_dot_product_attention", "_split"):
                raise RuntimeError("the forbidden function's code is here")
        if linecache.getlines("utils.py"):
            raise RuntimeError("linecache has the source of utils")
        try:
            inspect.getsource(utils.softmax)
        except (OSError, TypeError):
            pass
        else:
            raise RuntimeError("inspect has the source of utils")
    return honest(Q, K, V, mask)
