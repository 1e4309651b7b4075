"""forward takes an argument for training, and there is a Dropout that drops nothing."""
from utils import LSTM, Linear, Dropout


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size, dropout=0.0):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.dropout = Dropout(p=dropout)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x, training=True):
        output, (h_n, c_n) = self.lstm.forward(x)
        last_output = self.dropout(output[:, -1, :], training=training)
        return self.fc(last_output)
