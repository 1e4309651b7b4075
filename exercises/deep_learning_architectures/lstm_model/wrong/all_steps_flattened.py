"""All steps are flattened into one long row."""

from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = None
        self.output_size = output_size

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        flat = output.reshape(x.shape[0], -1)
        if self.fc is None:
            self.fc = Linear(flat.shape[1], self.output_size)
        return self.fc(flat)
