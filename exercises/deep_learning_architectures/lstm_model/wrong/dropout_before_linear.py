"""There is a Dropout before the linear layer."""

from utils import LSTM, Dropout, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)
        self.dropout = Dropout(p=0.2)

    def forward(self, x):
        output, (h_n, c_n) = self.lstm.forward(x)
        return self.fc(self.dropout(output[:, -1, :]))
