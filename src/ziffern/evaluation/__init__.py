"""How good a network is: metrics, calibration, mistakes; numbers only, no pictures."""
