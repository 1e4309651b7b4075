import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.num_layers, self.hidden_size = num_layers, hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)
        self.h = None

    def forward(self, x):
        if self.h is None or self.h[0].shape[0] != x.shape[0]:
            self.h = [np.zeros((x.shape[0], self.hidden_size)) for _ in range(self.num_layers)]
            self.c = [np.zeros((x.shape[0], self.hidden_size)) for _ in range(self.num_layers)]
        for t in range(x.shape[1]):
            v = x[:, t]
            for k in range(self.num_layers):
                self.h[k], self.c[k] = self.cells[k](v, self.h[k], self.c[k])
                v = self.h[k]
        return self.fc(self.h[-1])
