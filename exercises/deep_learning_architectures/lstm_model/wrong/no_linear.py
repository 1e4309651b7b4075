"""The hidden state itself is returned."""

from utils import LSTM


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        return output[:, -1, :]
