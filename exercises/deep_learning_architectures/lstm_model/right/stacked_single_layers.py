"""Several LSTMs with one layer each are stacked, each reading the sequence that the one below gives."""
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstms = [LSTM(input_size, hidden_size)]
        for _ in range(num_layers - 1):
            self.lstms.append(LSTM(hidden_size, hidden_size))
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        for lstm in self.lstms:
            x, (h, c) = lstm.forward(x)
        return self.fc(h[0])
