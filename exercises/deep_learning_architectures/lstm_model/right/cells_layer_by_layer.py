"""LSTMCells are stacked by hand: each layer reads the whole sequence before the next one starts."""
import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = []
        for i in range(num_layers):
            n_in = input_size if i == 0 else hidden_size
            self.cells.append(LSTMCell(n_in, hidden_size))
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        B, T, _ = x.shape
        seq = [x[:, t, :] for t in range(T)]
        for cell in self.cells:
            h = np.zeros((B, self.hidden_size), dtype=np.float32)
            c = np.zeros((B, self.hidden_size), dtype=np.float32)
            outs = []
            for x_t in seq:
                h, c = cell.forward(x_t, h, c)
                outs.append(h)
            seq = outs
        return self.fc(seq[-1])
