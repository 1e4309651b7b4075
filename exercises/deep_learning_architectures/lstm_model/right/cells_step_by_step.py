"""LSTMCells are stacked by hand: at each step all layers take their turn."""
import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        sizes = [input_size] + [hidden_size] * num_layers
        self.num_layers, self.hidden_size = num_layers, hidden_size
        self.fc = Linear(hidden_size, output_size)
        self.cells = {k: LSTMCell(sizes[k], sizes[k + 1]) for k in range(num_layers)}

    def forward(self, x):
        h = np.zeros((self.num_layers, len(x), self.hidden_size))
        c = np.zeros_like(h)
        for t in range(x.shape[1]):
            inp = x[:, t]
            for k, cell in self.cells.items():
                h[k], c[k] = cell(inp, h[k], c[k])
                inp = h[k]
        return self.fc(h[self.num_layers - 1])
