import numpy as np
from utils import LSTM, Linear


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        n = self.hidden_size
        B, T, _ = x.shape
        inputs = x
        for cell in self.lstm.cells:
            h = np.zeros((B, n))
            c = np.zeros((B, n))
            outputs = np.zeros((B, T, n))
            for t in range(T):
                z = inputs[:, t] @ cell.W_x + cell.bias
                f = sigmoid(z[:, :n])
                i = sigmoid(z[:, n:2 * n])
                g = np.tanh(z[:, 2 * n:3 * n])
                o = sigmoid(z[:, 3 * n:])
                c = f * c + i * g
                h = o * np.tanh(c)
                outputs[:, t] = h
            inputs = outputs
        return self.fc(inputs[:, -1])
