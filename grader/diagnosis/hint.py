"""What a student's own code or an exception shows of a mistake, beside what numbers prove."""

from dataclasses import dataclass
from enum import Enum

from sandbox.wire.messages import Place


class HintKind(Enum):
    """Its value is the diagnosis's id in the report."""

    NO_RETURN = "no_return"  # what should come back falls off the end of a function
    DROPPED_RESULT = "dropped_result"  # a layer is called, and nobody uses what it gives
    LIST_RETURNED = "list_returned"  # where one array is asked for
    RETURN_IN_LOOP = "return_in_loop"  # a loop that ends in its first turn
    SHARED_LAYER = "shared_layer"  # one layer serves where the architecture has several
    OUTSIDE_CLASS = "method_outside_class"  # a method begins at the margin
    CUT_SHORT = "definition_cut_short"  # a line at the margin ends it
    HIDDEN_NAME = "hidden_name"  # a later value has the name of what the answer calls
    NAME_NOT_READ = "name_not_read"  # it stands where nothing is read or run
    LATER_NOT_READ = "later_definition_not_read"  # the one that was graded is not the last
    EXCEPTION = "exception"  # what an exception of Python or NumPy means
    OWN_LAYER = "own_layer"  # a class with the name of one of utils takes its place
    OWN_WEIGHTS = "own_weights"  # random numbers where the layers of utils have the parameters
    HALF_PRECISION = "half_precision"  # float16, which keeps three digits
    CHANNELS_LAST = "channels_last"  # axes of an image taken in another order than they have


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A mistake with the lines in which it stands; the first is the one to go to."""

    kind: HintKind
    title: str
    message: str
    places: tuple[Place, ...]
