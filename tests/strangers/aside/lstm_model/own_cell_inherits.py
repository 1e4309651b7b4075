from typing import NamedTuple
import numpy as np
from utils import Linear, LSTMCell


class State(NamedTuple):
    h: np.ndarray
    c: np.ndarray

    @classmethod
    def zeros(cls, batch, size):
        return cls(np.zeros((batch, size)), np.zeros((batch, size)))


class MyCell(LSTMCell):
    def forward(self, x, state):
        H = self.hidden_size
        wx = self.W_x.reshape(-1, 4, H)
        wh = self.W_h.reshape(-1, 4, H)
        z = np.einsum("bd,dgh->gbh", x, wx) + np.einsum("bk,kgh->gbh", state.h, wh)
        z += self.bias.reshape(4, 1, H)
        f, i, o = (0.5 * (1 + np.tanh(z[k] / 2)) for k in (0, 1, 3))
        c = f * state.c + i * np.tanh(z[2])
        return State(o * np.tanh(c), c)


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        widths = [input_size] + [hidden_size] * num_layers
        self.cells = [MyCell(a, b) for a, b in zip(widths, widths[1:])]
        self.readout = Linear(hidden_size, output_size)

    def forward(self, x):
        states = [State.zeros(x.shape[0], cell.hidden_size) for cell in self.cells]
        for t in range(x.shape[1]):
            inp = x[:, t]
            for k, cell in enumerate(self.cells):
                states[k] = cell(inp, states[k])
                inp = states[k].h
        return self.readout(states[-1].h)
