"""Looks for the source of utils, and for other programs and cases, in the frames of the runner; follows what they hold.

Expected: passed
"""

import sys
import types

LOOKED = []


def reachable():
    """Everything that the frames below this one hold, and what that holds."""
    frame, left, seen = sys._getframe(1), [], set()
    while frame is not None:
        left += list(frame.f_locals.values()) + list(frame.f_globals.values())
        frame = frame.f_back
    while left:
        thing = left.pop()
        if id(thing) in seen or isinstance(thing, (memoryview, types.ModuleType)):
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, dict):
            left += [*thing.keys(), *thing.values()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            left += list(thing)
        elif isinstance(thing, types.GeneratorType):
            left += list(thing.gi_frame.f_locals.values()) if thing.gi_frame else []
        elif isinstance(thing, (types.FunctionType, types.MethodType)):
            left += [each.cell_contents for each in getattr(thing, "__closure__", None) or ()]
        elif hasattr(thing, "__dict__"):
            left += list(vars(thing).values())


def student_attention(Q, K, V, mask=None):
    if not LOOKED:
        LOOKED.append(True)
        for thing in reachable():
            if isinstance(thing, str) and len(thing) > 100:  # joined, not to find what is written here
                if " ".join(("class", "MultiHeadAttention")) in thing:
                    raise RuntimeError("the source of a forbidden class is here")
                if " ".join(("def", "open_or_none")) in thing:
                    raise RuntimeError("another program is here")
            if type(thing).__name__ == "RunRequest":
                raise RuntimeError("the request is here")
            if type(thing).__name__ == "CaseCall" and thing.case_id != "no_mask":
                raise RuntimeError("a case is here that has not come")
    return honest(Q, K, V, mask)
