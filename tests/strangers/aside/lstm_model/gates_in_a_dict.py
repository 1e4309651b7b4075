import numpy as np
from utils import LSTMCell, Linear


def stable_sigmoid(v):
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, 1 / (1 + e), e / (1 + e))


class LSTMModel:
    GATES = "figo"

    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.size = hidden_size
        self.cells = [LSTMCell(hidden_size if n else input_size, hidden_size) for n in range(num_layers)]
        self.last = Linear(hidden_size, output_size)

    def gates(self, cell, x, h):
        joined = np.concatenate((x, h), axis=1) @ np.concatenate((cell.W_x, cell.W_h)) + cell.bias
        raw = dict(zip(self.GATES, np.array_split(joined, 4, axis=1)))
        return {name: np.tanh(v) if name == "g" else stable_sigmoid(v) for name, v in raw.items()}

    def forward(self, x):
        series = list(np.moveaxis(x, 1, 0))
        for cell in self.cells:
            h = c = np.zeros((len(x), self.size))
            for t, value in enumerate(series):
                gate = self.gates(cell, value, h)
                c = gate["f"] * c + gate["i"] * gate["g"]
                h = gate["o"] * np.tanh(c)
                series[t] = h
        return self.last(series[-1])
