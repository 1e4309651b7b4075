"""The last step of the output is used, with every axis spelled out."""
import numpy as np
from utils import *


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        output, _ = self.lstm.forward(x)
        seq_len = output.shape[1]
        last_output = np.take(output, seq_len - 1, axis=1)
        return self.fc.forward(last_output)
