import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        B, T, D = x.shape
        h = np.zeros((B, self.hidden_size))
        c = np.zeros((B, self.hidden_size))
        seq = x
        for cell in self.cells:
            outs = []
            for t in range(T):
                h, c = cell.forward(seq[:, t, :], h, c)
                outs.append(h)
            seq = np.stack(outs, axis=1)
        return self.fc.forward(seq[:, -1, :])
