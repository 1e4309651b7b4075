"""Hidden states and cells are attributes, set to zero at the beginning of each forward."""
import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size, hidden_size)]
        self.cells += [LSTMCell(hidden_size, hidden_size) for _ in range(1, num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def init_hidden(self, batch_size):
        zeros = np.zeros((batch_size, self.hidden_size), dtype=np.float32)
        self.h = [zeros.copy() for _ in self.cells]
        self.c = [zeros.copy() for _ in self.cells]

    def step(self, x_t):
        for l, cell in enumerate(self.cells):
            self.h[l], self.c[l] = cell.forward(x_t, self.h[l], self.c[l])
            x_t = self.h[l]

    def forward(self, x):
        self.init_hidden(x.shape[0])
        for t in range(x.shape[1]):
            self.step(x[:, t, :])
        return self.fc(self.h[-1])
