//! Lines over parallel axes, and the density behind them.
