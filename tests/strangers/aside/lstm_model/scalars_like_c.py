import math
import numpy as np
from utils import LSTM, Linear


def sig(v):
    return 1.0 / (1.0 + math.exp(-v))


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.nh, self.no = hidden_size, output_size
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def gate(self, cell, which, unit, xt, hp):
        j = which * self.nh + unit
        s = float(cell.bias[j])
        for k in range(len(xt)):
            s += xt[k] * float(cell.W_x[k, j])
        for k in range(self.nh):
            s += hp[k] * float(cell.W_h[k, j])
        return s

    def forward(self, x):
        y = np.zeros((x.shape[0], self.no), dtype=np.float32)
        for b in range(x.shape[0]):
            series = [[float(v) for v in row] for row in x[b]]
            for cell in self.lstm.cells:
                h = [0.0] * self.nh
                c = [0.0] * self.nh
                res = []
                for xt in series:
                    nh, nc = [], []
                    for u in range(self.nh):
                        ff = sig(self.gate(cell, 0, u, xt, h))
                        ii = sig(self.gate(cell, 1, u, xt, h))
                        gg = math.tanh(self.gate(cell, 2, u, xt, h))
                        oo = sig(self.gate(cell, 3, u, xt, h))
                        nc.append(ff * c[u] + ii * gg)
                        nh.append(oo * math.tanh(nc[-1]))
                    h, c = nh, nc
                    res.append(h)
                series = res
            y[b] = self.fc(np.array(series[-1], dtype=np.float32))
        return y
