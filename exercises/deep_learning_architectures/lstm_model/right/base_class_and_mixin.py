"""The model inherits from a base class and a mixin of the student's own."""
from utils import LSTM, Linear


class Model:
    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return self.head(self.encode(x))


class LastStepMixin:
    def encode(self, x):
        hidden_states, _ = self.lstm(x)
        *_, last = hidden_states.swapaxes(0, 1)
        return last


class LSTMModel(LastStepMixin, Model):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.head = Linear(hidden_size, output_size)
