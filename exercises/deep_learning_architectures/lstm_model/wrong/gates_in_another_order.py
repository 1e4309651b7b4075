"""The gates are computed by hand, with the input gate before the forget gate, as PyTorch has them."""
import numpy as np
from utils import LSTM, Linear


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.H = hidden_size
        self.lstm = LSTM(input_size, hidden_size, num_layers)  # only for its weights
        self.fc = Linear(hidden_size, output_size)

    def layer(self, cell, seq):
        B, T, _ = seq.shape
        H = self.H
        h, c = np.zeros((B, H)), np.zeros((B, H))
        hs = np.zeros((B, T, H))
        for t in range(T):
            z = np.dot(seq[:, t], cell.W_x) + np.dot(h, cell.W_h) + cell.bias
            i = sigmoid(z[:, 0 * H:1 * H])
            f = sigmoid(z[:, 1 * H:2 * H])
            g = np.tanh(z[:, 2 * H:3 * H])
            o = sigmoid(z[:, 3 * H:4 * H])
            c = f * c + i * g
            h = o * np.tanh(c)
            hs[:, t] = h
        return hs

    def forward(self, x):
        for cell in self.lstm.cells:
            x = self.layer(cell, x)
        return x[:, -1] @ self.fc.weight + self.fc.bias
