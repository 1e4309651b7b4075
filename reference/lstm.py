"""A stacked LSTM (Hochreiter & Schmidhuber 1997) that reads a sequence and predicts from its last state."""

from exercises.deep_learning_architectures.utils import LSTM, Array, Linear


class LSTMModel:
    """An LSTM and a linear layer on the last layer's hidden state after the last step."""

    def __init__(self, input_size: int, hidden_size: int, num_layers: int, output_size: int) -> None:
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x: Array) -> Array:
        """Sequences (B, T, input_size) -> predictions (B, output_size)."""
        output, _ = self.lstm.forward(x)  # (B, T, hidden_size)
        prediction: Array = self.fc(output[:, -1])
        return prediction
