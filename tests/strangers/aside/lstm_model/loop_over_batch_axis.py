import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.cells = [LSTMCell(input_size if i == 0 else hidden_size, hidden_size) for i in range(num_layers)]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        seq = x
        for cell in self.cells:
            h = np.zeros((seq.shape[1], self.hidden_size))
            c = np.zeros((seq.shape[1], self.hidden_size))
            out = []
            for step in seq:
                h, c = cell(step, h, c)
                out.append(h)
            seq = np.array(out)
        return self.fc(seq[:, -1])
