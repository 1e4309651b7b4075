"""forward is a closure made in __init__, from helper functions at the top level."""
from utils import LSTM as RecurrentStack, Linear as Dense


def last_step(sequence):
    return sequence[..., -1, :]


def compose(*functions):
    def composed(value):
        for f in functions:
            value = f(value)
        return value
    return composed


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        stack = RecurrentStack(input_size, hidden_size, num_layers)
        dense = Dense(hidden_size, output_size)
        self.forward = compose(stack, lambda pair: pair[0], last_step, dense)
