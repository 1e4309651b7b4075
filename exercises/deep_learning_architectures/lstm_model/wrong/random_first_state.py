"""Hidden states and cells start at random instead of zero."""

import numpy as np

from utils import Linear, LSTMCell


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        sequence = [x[:, t] for t in range(x.shape[1])]
        for cell in self.cells:
            h = np.random.randn(x.shape[0], self.hidden_size).astype(np.float32)
            c = np.random.randn(x.shape[0], self.hidden_size).astype(np.float32)
            hidden = []
            for x_t in sequence:
                h, c = cell.forward(x_t, h, c)
                hidden.append(h)
            sequence = hidden
        return self.fc(h)
