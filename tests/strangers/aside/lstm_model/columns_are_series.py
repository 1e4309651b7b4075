import numpy as np
from utils import LSTM, Linear

sigma = lambda a: 1.0 / (1 + np.exp(-a))


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.n = hidden_size
        self.net = LSTM(input_size, hidden_size, num_layers)
        self.head = Linear(hidden_size, output_size)

    def forward(self, x):
        seq = [x[:, t, :].T for t in range(x.shape[1])]      # each D x B
        for cell in self.net.cells:
            Wx, Wh, b = cell.W_x.T, cell.W_h.T, cell.bias.reshape(-1, 1)
            n = self.n
            h = np.zeros((n, x.shape[0])); c = np.zeros((n, x.shape[0]))
            new = []
            for u in seq:
                a = Wx @ u + Wh @ h + b
                forget = sigma(a[:n]); store = sigma(a[n:2*n])
                cand = np.tanh(a[2*n:3*n]); show = sigma(a[3*n:])
                c = forget * c + store * cand
                h = show * np.tanh(c)
                new.append(h)
            seq = new
        return (self.head.weight.T @ seq[-1] + self.head.bias[:, None]).T
