# Exercise 3: An LSTM that predicts


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        """
        Create the LSTM and the linear layer after it.

        Args:
            input_size: features at each step of the sequence
            hidden_size: units of each LSTM layer
            num_layers: how many LSTM layers are stacked
            output_size: how many numbers are predicted
        """
        # TODO 1: an LSTM from utils, and a Linear that reads one hidden state.
        raise NotImplementedError

    def forward(self, x):
        """
        Read the whole sequence, then predict.

        Args:
            x: shape (batch_size, seq_len, input_size)

        Returns:
            shape (batch_size, output_size)
        """
        # TODO 2: run the LSTM. It returns a pair, and the second half of it is a pair again.
        # TODO 3: take the last layer's hidden state at the last step, shape (batch_size, hidden_size).
        # TODO 4: let the linear layer turn it into the prediction.
        raise NotImplementedError
