import numpy as np
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.predict = Linear(hidden_size, output_size)

    def forward(self, x):
        hs, cs = [], []
        for cell in self.lstm.cells:
            hs += [np.zeros((x.shape[0], cell.hidden_size), dtype=x.dtype)]
            cs += [np.zeros((x.shape[0], cell.hidden_size), dtype=x.dtype)]
        for now in np.rollaxis(x, 1):
            for level, cell in enumerate(self.lstm.cells):
                hs[level], cs[level] = cell(now if level == 0 else hs[level - 1], hs[level], cs[level])
        return self.predict(hs[-1])
