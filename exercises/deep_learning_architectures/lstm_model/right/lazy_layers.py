"""Layers are made when forward is first called; the number of features is read from the input."""
from utils import LSTM, Linear


class LSTMModel:
    lstm = None
    fc = None

    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.cfg = dict(hidden=hidden_size, layers=num_layers, out=output_size)

    def build(self, features):
        self.fc = Linear(self.cfg["hidden"], self.cfg["out"])
        self.lstm = LSTM(features, self.cfg["hidden"], self.cfg["layers"])

    def forward(self, x):
        if self.lstm is None:
            self.build(x.shape[-1])
        output, (h, c) = self.lstm.forward(x)
        # both are the same thing, checked it in a cell below
        assert abs(output[:, -1] - h[-1]).max() < 1e-5
        return self.fc((output[:, -1] + h[-1]) / 2)
