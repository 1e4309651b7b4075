import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        dims = [input_size] + [hidden_size] * (num_layers - 1)
        self.layers = [LSTMCell(d, hidden_size) for d in dims]
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        b, seq_len, _ = x.shape
        for layer in self.layers:
            h = np.zeros((b, self.hidden_size))
            out = []
            for t in range(seq_len):
                h, _ = layer(x[:, t], h, np.zeros((b, self.hidden_size)))
                out.append(h)
            x = np.array(out).transpose(1, 0, 2)
        return self.fc(x[:, -1])
