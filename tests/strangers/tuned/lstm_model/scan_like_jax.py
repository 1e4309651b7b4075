import numpy as np
from functools import partial, reduce
from utils import LSTM, Linear


def scan(f, init, xs):
    carry, ys = init, []
    for x in xs:
        carry, y = f(carry, x)
        ys.append(y)
    return carry, np.stack(ys)


def step(cell, carry, x_t):
    h, c = cell(x_t, *carry)
    return (h, c), h


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.out = Linear(hidden_size, output_size)

    def forward(self, x):
        def layer(xs, cell):
            zero = np.zeros((x.shape[0], cell.hidden_size), x.dtype)
            return scan(partial(step, cell), (zero, zero), xs)[1]
        return self.out(reduce(layer, self.lstm.cells, np.swapaxes(x, 0, 1))[-1])
