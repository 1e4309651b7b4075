from utils import LSTM, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size)
        self.linear = Linear(hidden_size, output_size)

    def forward(self, x):
        out, states = self.lstm(x)
        return self.linear(out[:, -1, :])
