"""The hidden states of all layers are put side by side."""

from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(num_layers * hidden_size, output_size)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        return self.fc(h_n.transpose(1, 0, 2).reshape(x.shape[0], -1))
