"""All layers write to the same hidden state and cell."""

import numpy as np

from utils import Linear, LSTMCell


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        h = np.zeros((x.shape[0], self.hidden_size), dtype=np.float32)
        c = np.zeros((x.shape[0], self.hidden_size), dtype=np.float32)
        for t in range(x.shape[1]):
            layer_input = x[:, t]
            for cell in self.cells:
                h, c = cell.forward(layer_input, h, c)
                layer_input = h
        return self.fc(h)
