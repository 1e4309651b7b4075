"""A dataclass with type hints, and layers in a second method."""
from dataclasses import dataclass
from typing import Tuple

import numpy as np

from utils import LSTM, Linear

Array = np.ndarray
State = Tuple[Array, Array]


@dataclass
class LSTMModel:
    input_size: int
    hidden_size: int
    num_layers: int
    output_size: int

    def __post_init__(self) -> None:
        self.lstm: LSTM = LSTM(self.input_size, self.hidden_size, num_layers=self.num_layers)
        self.fc: Linear = Linear(in_features=self.hidden_size, out_features=self.output_size)

    def encode(self, x: Array) -> Array:
        states: State
        _, states = self.lstm.forward(x)
        h_n, _ = states
        return h_n[-1]

    def forward(self, x: Array) -> Array:
        return self.fc(self.encode(x))
