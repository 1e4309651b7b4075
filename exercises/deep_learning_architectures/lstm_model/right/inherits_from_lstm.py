"""The model inherits from the LSTM of utils and adds the linear layer."""
from utils import LSTM, Linear


class LSTMModel(LSTM):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        output, _ = super().forward(x)
        return self.fc(output[:, -1, :])
