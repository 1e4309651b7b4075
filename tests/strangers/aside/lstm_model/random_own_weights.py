import numpy as np


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.H = hidden_size
        self.W = [np.random.randn((input_size if l == 0 else hidden_size) + hidden_size, 4 * hidden_size) * 0.1
                  for l in range(num_layers)]
        self.b = [np.zeros(4 * hidden_size) for _ in range(num_layers)]
        self.Wy = np.random.randn(hidden_size, output_size) * 0.1
        self.by = np.zeros(output_size)

    def forward(self, x):
        s = lambda v: 1 / (1 + np.exp(-v))
        for W, b in zip(self.W, self.b):
            h = c = np.zeros((x.shape[0], self.H))
            hs = []
            for t in range(x.shape[1]):
                f, i, g, o = np.split(np.hstack([x[:, t], h]) @ W + b, 4, axis=1)
                c = s(f) * c + s(i) * np.tanh(g)
                h = s(o) * np.tanh(c)
                hs.append(h)
            x = np.stack(hs, 1)
        return x[:, -1] @ self.Wy + self.by
