"""What the server promises of writes, on the built server: killed, and with a disk that fails."""

import random
import unittest

import torture


class KillTests(unittest.TestCase):
    def test_a_killed_server_has_every_write_it_answered_and_no_half_ones(self):
        """A few rounds of what `make torture` does many of."""
        seed = random.SystemRandom().randrange(1 << 32)
        with self.subTest(seed=seed):
            ordeal = torture.Torture(seed, writers=8)
            self.addCleanup(ordeal.stop)
            for _ in range(8):
                ordeal.round()
            self.assertGreater(ordeal.acknowledged, 0)


if __name__ == "__main__":
    unittest.main()
