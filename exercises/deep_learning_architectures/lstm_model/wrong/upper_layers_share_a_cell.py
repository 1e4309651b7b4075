"""List multiplication puts one and the same cell into all upper layers."""

import numpy as np

from utils import Linear, LSTMCell


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size, hidden_size)] + [LSTMCell(hidden_size, hidden_size)] * (num_layers - 1)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        sequence = [x[:, t] for t in range(x.shape[1])]
        for cell in self.cells:
            h = np.zeros((x.shape[0], self.hidden_size), dtype=np.float32)
            c = np.zeros((x.shape[0], self.hidden_size), dtype=np.float32)
            hidden = []
            for x_t in sequence:
                h, c = cell.forward(x_t, h, c)
                hidden.append(h)
            sequence = hidden
        return self.fc(h)
