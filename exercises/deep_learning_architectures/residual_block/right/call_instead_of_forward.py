"""The block has __call__ and no forward, and its arguments have other names."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, cin, cout, s=1):
        self.layers = [Conv2d(cin, cout, 3, s, 1), BatchNorm2d(cout), Conv2d(cout, cout, 3, 1, 1), BatchNorm2d(cout)]
        self.shortcut = [Conv2d(cin, cout, 1, s, 0)] if (s != 1 or cin != cout) else []
        self.relu = ReLU()

    def __call__(self, inp):
        c1, b1, c2, b2 = self.layers
        main = b2(c2(self.relu(b1(c1(inp)))))
        short = self.shortcut[0](inp) if len(self.shortcut) > 0 else inp
        return self.relu(main + short)
