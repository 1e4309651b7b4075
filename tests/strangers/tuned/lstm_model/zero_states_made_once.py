import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size, batch_size=32):
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.h0 = np.zeros((batch_size, hidden_size))
        self.c0 = np.zeros((batch_size, hidden_size))
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        for cell in self.cells:
            h, c = self.h0, self.c0
            seq = []
            for t in range(x.shape[1]):
                h, c = cell(x[:, t], h, c)
                seq.append(h)
            x = np.stack(seq, axis=1)
        return self.fc(x[:, -1])
