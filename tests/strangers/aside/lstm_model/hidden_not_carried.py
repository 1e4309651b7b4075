import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hs = hidden_size
        self.cells = [LSTMCell(input_size, hidden_size)]
        self.cells += [LSTMCell(hidden_size, hidden_size) for _ in range(1, num_layers)]
        self.linear = Linear(hidden_size, output_size)

    def forward(self, x):
        hidden = x
        for cell in self.cells:
            c = np.zeros((x.shape[0], self.hs), np.float32)
            steps = []
            for t in range(x.shape[1]):
                h0 = np.zeros((x.shape[0], self.hs), np.float32)
                h, c = cell(hidden[:, t, :], h0, c)
                steps.append(h)
            hidden = np.stack(steps, 1)
        return self.linear(hidden[:, -1, :])
