from utils import LSTM, Linear
import numpy as np


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.rnn = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size * num_layers, output_size)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        h = np.concatenate(list(h), axis=1)
        return self.fc(h)
