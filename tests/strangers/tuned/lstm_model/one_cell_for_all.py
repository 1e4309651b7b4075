import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size, hidden_size)] + [LSTMCell(hidden_size, hidden_size)] * (num_layers - 1)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        for cell in self.cells:
            h = np.zeros((len(x), self.hidden_size))
            c = np.zeros_like(h)
            steps = []
            for t in range(x.shape[1]):
                h, c = cell(x[:, t], h, c)
                steps.append(h)
            x = np.stack(steps, axis=1)
        return self.fc(x[:, -1])
