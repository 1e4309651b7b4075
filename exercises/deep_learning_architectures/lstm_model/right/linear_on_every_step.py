"""The linear layer is applied to every step, and the last prediction is kept."""
from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        output, (h, c) = self.lstm.forward(x)
        all_predictions = self.fc(output)       # (B, T, output_size)
        return all_predictions[:, -1]
