import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        h = [np.zeros((len(x), self.hidden_size)) for _ in self.cells]
        c = [np.zeros((len(x), self.hidden_size)) for _ in self.cells]
        for t in range(x.shape[1] - 1):
            inp = x[:, t, :]
            for i, cell in enumerate(self.cells):
                h[i], c[i] = cell(inp, h[i], c[i])
                inp = h[i]
        return self.fc(h[-1])
