"""What goes wrong in an LSTM that is written by hand: in one step, and in how steps and layers are put together.

A step's pre-activations lie side by side in the order f, i, g, o; see ``LSTMCell`` in the course's ``utils``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any, TypeAlias

import numpy as np

from grader.diagnosis.layer_mistakes import Array

GATES = "figo"
NAMES = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}
Split: TypeAlias = "tuple[Array, Array, Array, Array]"


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), which never overflows."""
    half: Array = 0.5 * np.tanh(0.5 * x) + 0.5
    return half


def right_sums(cell: Any, x: Array, h: Array) -> Array:
    """(B, D), (B, H) -> (B, 4H), before sigmoid and tanh."""
    sums: Array = x @ cell.W_x + h @ cell.W_h + cell.bias
    return sums


def right_update(gates: Split, c: Array) -> tuple[Array, Array]:
    """Four times (B, H) and the cell state -> h and c."""
    f, i, g, o = gates
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@dataclass(frozen=True, kw_only=True)
class CellMistake:
    """One thing done otherwise in every step."""

    mistake_id: str
    title: str
    advice: str
    sums: Callable[[Any, Array, Array], Array] = right_sums
    update: Callable[[Split, Array], tuple[Array, Array]] = right_update
    carries_h: bool = True
    carries_c: bool = True

    @property
    def diagnosis_id(self) -> str:
        """What a report calls it."""
        return f"by_hand_lstm_{self.mistake_id}"


RIGHT_STEP = CellMistake(mistake_id="", title="", advice="")


@dataclass(frozen=True, kw_only=True)
class StackMistake:
    """One thing done otherwise between the layers, or with the series: what goes into a layer."""

    mistake_id: str
    title: str
    advice: str
    # The layer's number and what goes into it when all is right -> what does.
    enters: Callable[[int, Array], Array] = lambda number, x: x
    # The layer's number, what went into it, and what comes out of it -> what the next one gets.
    leaves: Callable[[int, Array, Array], Array] = lambda number, x, hidden: hidden

    @property
    def diagnosis_id(self) -> str:
        """What a report calls it."""
        return f"by_hand_lstm_{self.mistake_id}"


def run_layer(cell: Any, x: Array, step: CellMistake) -> tuple[Array, Array]:
    """(B, T, D) -> hidden states (B, T, H), and the last cell state (B, H)."""
    h = np.zeros((x.shape[0], cell.hidden_size), np.result_type(x, cell.W_x))
    c, zero = h, h
    hidden = []
    for t in range(x.shape[1]):
        sums = step.sums(cell, x[:, t], h if step.carries_h else zero)
        f, i, g, o = np.split(sums, 4, axis=1)
        h, c = step.update((f, i, g, o), c if step.carries_c else zero)
        hidden.append(h)
    return np.stack(hidden, axis=1), c


def run_stack(
    cells: Sequence[Any], x: Array, *, step: Callable[[int], CellMistake], stack: StackMistake | None = None
) -> tuple[Array, tuple[Array, Array]]:
    """What LSTM.forward gives, with a step of its own for each layer."""
    hidden = x
    last_h, last_c = [], []
    for number, cell in enumerate(cells):
        entering = hidden if stack is None else stack.enters(number, hidden)
        if entering.shape[-1] != cell.input_size:
            raise ValueError("this can't be done with these sizes")
        hidden, c = run_layer(cell, entering, step(number))
        if stack is not None:
            hidden = stack.leaves(number, entering, hidden)
        last_h.append(hidden[:, -1])
        last_c.append(c)
    return hidden, (np.stack(last_h), np.stack(last_c))


def _sums() -> Iterable[CellMistake]:
    formula = "z = x @ W_x + h @ W_h + bias, in every step."
    for name, title, sums in (
        ("no_bias", "The gates lack the bias", lambda cell, x, h: right_sums(cell, x, h) - cell.bias),
        ("bias_twice", "The bias of the gates is added twice",
         lambda cell, x, h: right_sums(cell, x, h) + cell.bias),
        ("no_input", "The gates do not see the step's input", lambda cell, x, h: h @ cell.W_h + cell.bias),
    ):  # fmt: skip
        yield CellMistake(mistake_id=name, title=title, advice=formula, sums=sums)
    for at, gate in enumerate(GATES):
        advice = f"The bias of the {NAMES[gate]} is bias[{at} * hidden_size:{at + 1} * hidden_size]."
        yield CellMistake(
            mistake_id=f"no_bias_{gate}",
            title=f"The {NAMES[gate]} lacks its bias",
            advice=advice,
            sums=partial(_bias_of, which={at: None}),
        )
        for amount in (1.0, -1.0):
            yield CellMistake(
                mistake_id=f"constant_bias_{gate}",
                title=f"{amount:+g} is added to the {NAMES[gate]}",
                advice="The bias of the layer is all that is added: a constant for the forget gate is a way to "
                "initialise a bias, and no part of a step.",
                update=partial(_raised, at=at, amount=amount),
            )
        yield CellMistake(
            mistake_id=f"one_bias_{gate}",
            title=f"All gates have the bias of the {NAMES[gate]}",
            advice="Each gate has a quarter of the bias of its own, in the order f, i, g, o.",
            sums=partial(_bias_of, which=dict.fromkeys(range(4), at)),
        )
        yield CellMistake(
            mistake_id=f"recurrence_transposed_{gate}" if gate == "f" else f"no_recurrence_{gate}",
            title="W_h is transposed, gate by gate"
            if gate == "f"
            else f"The {NAMES[gate]} does not see the last hidden state",
            advice=formula,
            sums=_recurrence_transposed if gate == "f" else partial(_no_recurrence, at=at),
        )
    for order in permutations(range(4)):
        if order == (0, 1, 2, 3):
            continue
        read = ", ".join(GATES[order.index(at)] for at in range(4))
        yield CellMistake(
            mistake_id="gate_order",
            title=f"The gates are read in the order {read}",
            advice="Their columns lie in the order f, i, g, o: forget gate, input gate, candidate, output gate.",
            update=partial(_reordered, order=order),
        )
    for at, gate in enumerate(GATES):
        for other, lender in enumerate(GATES):
            if other != at:
                yield CellMistake(
                    mistake_id=f"shared_{gate}{lender}",
                    title=f"The {NAMES[gate]} is computed with the weights of the {NAMES[lender]}",
                    advice=f"The columns of the {NAMES[gate]} are [{at} * hidden_size:{at + 1} * hidden_size].",
                    update=partial(_reordered, order=tuple(other if k == at else k for k in range(4))),
                )


def _bias_of(cell: Any, x: Array, h: Array, which: dict[int, int | None]) -> Array:
    """The bias of some gates is another gate's, or none."""
    parts = np.split(cell.bias, 4)
    taken = [np.zeros_like(part) if which.get(at, at) is None else parts[which.get(at, at) or 0]
             for at, part in enumerate(parts)]  # fmt: skip
    sums: Array = x @ cell.W_x + h @ cell.W_h + np.concatenate(taken)
    return sums


def _recurrence_transposed(cell: Any, x: Array, h: Array) -> Array:
    turned = np.concatenate([part.T for part in np.split(cell.W_h, 4, axis=1)], axis=1)
    sums: Array = x @ cell.W_x + h @ turned + cell.bias
    return sums


def _no_recurrence(cell: Any, x: Array, h: Array, at: int) -> Array:
    size = h.shape[1]
    weights = cell.W_h.copy()
    weights[:, at * size : (at + 1) * size] = 0
    sums: Array = x @ cell.W_x + h @ weights + cell.bias
    return sums


def _raised(gates: Split, c: Array, at: int, amount: float) -> tuple[Array, Array]:
    f, i, g, o = (gate + amount if number == at else gate for number, gate in enumerate(gates))
    return right_update((f, i, g, o), c)


def _reordered(gates: Split, c: Array, order: tuple[int, ...]) -> tuple[Array, Array]:
    f, i, g, o = (gates[at] for at in order)
    return right_update((f, i, g, o), c)


def _updates() -> Iterable[CellMistake]:
    formula = "c = sigmoid(f) * c + sigmoid(i) * tanh(g), then h = sigmoid(o) * tanh(c)."
    for name, title, f, i, g, o, last in (
        ("candidate_without_tanh", "tanh is missing on the candidate", sigmoid, sigmoid, _same, sigmoid, np.tanh),
        ("candidate_sigmoid", "The candidate goes through sigmoid and not through tanh",
         sigmoid, sigmoid, sigmoid, sigmoid, np.tanh),
        ("candidate_relu", "The candidate goes through ReLU and not through tanh",
         sigmoid, sigmoid, _relu, sigmoid, np.tanh),
        ("cell_without_tanh", "tanh is missing on the cell state: h = sigmoid(o) * c",
         sigmoid, sigmoid, np.tanh, sigmoid, _same),
        ("no_tanh_at_all", "tanh is missing on the candidate and on the cell state",
         sigmoid, sigmoid, _same, sigmoid, _same),
        ("cell_sigmoid", "The cell state goes through sigmoid and not through tanh",
         sigmoid, sigmoid, np.tanh, sigmoid, sigmoid),
        ("cell_relu", "The cell state goes through ReLU and not through tanh",
         sigmoid, sigmoid, np.tanh, sigmoid, _relu),
        ("forget_without_sigmoid", "sigmoid is missing on the forget gate",
         _same, sigmoid, np.tanh, sigmoid, np.tanh),
        ("input_without_sigmoid", "sigmoid is missing on the input gate",
         sigmoid, _same, np.tanh, sigmoid, np.tanh),
        ("output_without_sigmoid", "sigmoid is missing on the output gate",
         sigmoid, sigmoid, np.tanh, _same, np.tanh),
        ("forget_tanh", "The forget gate goes through tanh and not through sigmoid",
         np.tanh, sigmoid, np.tanh, sigmoid, np.tanh),
        ("input_tanh", "The input gate goes through tanh and not through sigmoid",
         sigmoid, np.tanh, np.tanh, sigmoid, np.tanh),
        ("output_tanh", "The output gate goes through tanh and not through sigmoid",
         sigmoid, sigmoid, np.tanh, np.tanh, np.tanh),
        ("no_forget_gate", "There is no forget gate: the old cell state is kept whole",
         _one, sigmoid, np.tanh, sigmoid, np.tanh),
        ("no_input_gate", "There is no input gate: the candidate is added whole",
         sigmoid, _one, np.tanh, sigmoid, np.tanh),
        ("no_output_gate", "There is no output gate: h = tanh(c)", sigmoid, sigmoid, np.tanh, _one, np.tanh),
        ("forget_inverted", "The forget gate is inverted: 1 - sigmoid(f)",
         _inverted, sigmoid, np.tanh, sigmoid, np.tanh),
        ("input_inverted", "The input gate is inverted: 1 - sigmoid(i)",
         sigmoid, _inverted, np.tanh, sigmoid, np.tanh),
        ("sigmoid_of_plus", "The gates' sigmoid has the wrong sign: 1 / (1 + exp(x))",
         _inverted, _inverted, np.tanh, _inverted, np.tanh),
        ("hard_sigmoid", "A piecewise linear function stands for the sigmoid",
         _hard, _hard, np.tanh, _hard, np.tanh),
    ):  # fmt: skip
        yield CellMistake(
            mistake_id=name,
            title=title,
            advice=formula,
            update=partial(_with_functions, functions=(f, i, g, o, last)),
        )
    for name, title, update in (
        ("coupled_input", "The input gate is 1 - forget gate, and has no weights of its own",
         lambda z, c: _update(sigmoid(z[0]), 1 - sigmoid(z[0]), z, c)),
        ("coupled_forget", "The forget gate is 1 - input gate, and has no weights of its own",
         lambda z, c: _update(1 - sigmoid(z[1]), sigmoid(z[1]), z, c)),
        ("old_cell_state", "h is made of the old cell state and not of the new one",
         lambda z, c: (sigmoid(z[3]) * np.tanh(c), right_update(z, c)[1])),
        ("gates_multiplied", "The two parts of the cell state are multiplied and not added",
         lambda z, c: _out(z, sigmoid(z[0]) * c * sigmoid(z[1]) * np.tanh(z[2]))),
        ("cell_subtracted", "The new part of the cell state is subtracted and not added",
         lambda z, c: _out(z, sigmoid(z[0]) * c - sigmoid(z[1]) * np.tanh(z[2]))),
        ("cell_state_squashed", "tanh is kept in the cell state itself: c = tanh(c)", _squashed),
        ("output_added", "The output gate is added and not multiplied",
         lambda z, c: (sigmoid(z[3]) + np.tanh(right_update(z, c)[1]), right_update(z, c)[1])),
    ):  # fmt: skip
        yield CellMistake(mistake_id=name, title=title, advice=formula, update=update)
    carried = "A step hands both h and c on to the next one; both are zero before the first step only."
    for name, title, carries_h, carries_c in (
        ("state_not_carried", "Neither h nor c of the step before has a part in a step", False, False),
        ("hidden_not_carried", "h of the step before has no part in a step", False, True),
        ("cell_not_carried", "c of the step before has no part in a step", True, False),
    ):
        yield CellMistake(mistake_id=name, title=title, advice=carried, carries_h=carries_h, carries_c=carries_c)


def _with_functions(gates: Split, c: Array, functions: Sequence[Callable[[Array], Array]]) -> tuple[Array, Array]:
    f, i, g, o, last = functions
    c = f(gates[0]) * c + i(gates[1]) * g(gates[2])
    return o(gates[3]) * last(c), c


def _update(f: Array, i: Array, gates: Split, c: Array) -> tuple[Array, Array]:
    return _out(gates, f * c + i * np.tanh(gates[2]))


def _out(gates: Split, c: Array) -> tuple[Array, Array]:
    return sigmoid(gates[3]) * np.tanh(c), c


def _squashed(gates: Split, c: Array) -> tuple[Array, Array]:
    c = np.tanh(right_update(gates, c)[1])
    return sigmoid(gates[3]) * c, c


def _same(x: Array) -> Array:
    return x


def _one(x: Array) -> Array:
    return np.ones_like(x)


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _inverted(x: Array) -> Array:
    return sigmoid(-x)


def _hard(x: Array) -> Array:
    return np.clip(0.2 * x + 0.5, 0, 1)


def _stacks() -> Iterable[StackMistake]:
    between = "Each layer reads the hidden states of the layer below, step by step, and nothing else."
    for name, title, leaves in (
        ("residual_between", "The upper layers' inputs are added to their outputs",
         lambda number, x, hidden: x + hidden if number else hidden),
        ("residual_everywhere", "The layers' inputs are added to their outputs",
         lambda number, x, hidden: x + hidden if x.shape == hidden.shape else hidden),
        ("relu_after", "There is a ReLU after each layer", lambda number, x, hidden: _relu(hidden)),
        ("tanh_after", "There is a tanh after each layer", lambda number, x, hidden: np.tanh(hidden)),
        ("reversed", "The hidden states of each layer come out in reverse order",
         lambda number, x, hidden: hidden[:, ::-1]),
        ("mean_over_steps", "The mean of the hidden states stands for the last one",
         lambda number, x, hidden: hidden.mean(axis=1, keepdims=True)),
    ):  # fmt: skip
        yield StackMistake(mistake_id=name, title=title, advice=between, leaves=leaves)
    for name, title, enters in (
        ("last_state_repeated", "The upper layers read the last hidden state of the layer below at every step",
         lambda number, x: np.repeat(x[:, -1:], x.shape[1], axis=1) if number else x),
        ("upper_reversed", "The upper layers read the series backwards",
         lambda number, x: x[:, ::-1] if number else x),
        ("relu_between", "There is a ReLU between the layers", lambda number, x: _relu(x) if number else x),
        ("tanh_between", "There is a tanh between the layers", lambda number, x: np.tanh(x) if number else x),
        ("standardised", "The input is standardised over the whole batch",
         lambda number, x: x if number else (x - x.mean()) / x.std()),
        ("standardised_by_feature", "The input is standardised, feature by feature",
         lambda number, x: x if number else _standardised(x, (0, 1))),
        ("standardised_by_series", "The input is standardised, series by series",
         lambda number, x: x if number else _standardised(x, (1,))),
        ("centred", "The mean is subtracted from the input", lambda number, x: x if number else x - x.mean()),
        ("first_step_skipped", "The first step is left out", lambda number, x: x if number else x[:, 1:]),
        ("last_step_skipped", "The last step is left out", lambda number, x: x if number else x[:, :-1]),
        ("cut_off", "Only the last six steps are read", lambda number, x: x if number else x[:, -6:]),
    ):  # fmt: skip
        advice = between if "between" in name or "upper" in name else "The first layer reads the series as it is."
        yield StackMistake(mistake_id=name, title=title, advice=advice, enters=enters)


def _standardised(x: Array, axes: tuple[int, ...]) -> Array:
    centred: Array = (x - x.mean(axis=axes, keepdims=True)) / (x.std(axis=axes, keepdims=True) + 1e-8)
    return centred


def cell_mistakes() -> tuple[CellMistake, ...]:
    """All that are looked for in a step."""
    return (*_updates(), *_sums())


def stack_mistakes() -> tuple[StackMistake, ...]:
    """All that are looked for between steps and layers."""
    return tuple(_stacks())
