"""There is a second linear layer with a ReLU before the last."""

from utils import LSTM, Linear, ReLU


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc1 = Linear(hidden_size, hidden_size)
        self.relu = ReLU()
        self.fc2 = Linear(hidden_size, output_size)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        return self.fc2(self.relu(self.fc1(output[:, -1, :])))
