import numpy as np
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        h0 = np.zeros((self.num_layers, x.shape[0], self.hidden_size))
        c0 = np.zeros((self.num_layers, x.shape[0], self.hidden_size))
        out, (hn, cn) = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1, :])
