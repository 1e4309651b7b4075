"""The series of a batch are read one by one."""
import numpy as np
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def predict_one(self, series):
        out, _ = self.lstm.forward(series[None, :, :])
        return self.fc(out[0, -1])     # 1-D vector, works too

    def forward(self, x):
        return np.stack([self.predict_one(s) for s in x], axis=0)
