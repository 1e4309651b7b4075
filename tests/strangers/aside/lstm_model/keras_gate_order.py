import numpy as np
from utils import Linear, LSTMCell


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.units = hidden_size
        self.stack = [LSTMCell(input_size if not k else hidden_size, hidden_size) for k in range(num_layers)]
        self.dense = Linear(hidden_size, output_size)

    @staticmethod
    def sig(v):
        return 1.0 / (1.0 + np.exp(-v))

    def one_layer(self, cell, seq):
        h = c = np.zeros((seq.shape[0], self.units), dtype=seq.dtype)
        res = []
        for x_t in seq.transpose(1, 0, 2):
            i, f, o, g = np.hsplit(x_t.dot(cell.W_x) + h.dot(cell.W_h) + cell.bias, 4)
            c = self.sig(f) * c + self.sig(i) * np.tanh(g)
            h = self.sig(o) * np.tanh(c)
            res.append(h)
        return np.stack(res, axis=1)

    def forward(self, x):
        for cell in self.stack:
            x = self.one_layer(cell, x)
        return self.dense(x[:, -1, :])
