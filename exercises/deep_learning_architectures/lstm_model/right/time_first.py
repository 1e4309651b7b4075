"""The output is transposed to time first, as in PyTorch, and its last entry taken."""
import numpy as np
import utils


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.out_layer = utils.Linear(hidden_size, output_size)
        self.rnn = utils.LSTM(input_size, hidden_size, num_layers=num_layers)

    def forward(self, x):
        out, state = self.rnn(x)
        out = np.transpose(out, (1, 0, 2))  # (T, B, H)
        return self.out_layer(out[-1])
