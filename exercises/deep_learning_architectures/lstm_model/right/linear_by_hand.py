"""The linear layer is computed by hand with einsum."""
import numpy as np
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        fc = Linear(hidden_size, output_size)
        self.W, self.b = fc.weight, fc.bias

    def forward(self, x):
        last = self.lstm.forward(x)[0][:, -1, :]
        return np.einsum("bh,ho->bo", last, self.W) + self.b[np.newaxis, :]
